"""The layers `adjacency` and `crossings` of a units file."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidInput
from geo.files.columns import column, flags, name_rows, numbers, texts
from geo.files.layers import layer_names, read_layer
from geo.files.names import find_source
from geo.model import Adjacency, Layer

ADJACENCY: Final = "adjacency"
CROSSINGS: Final = "crossings"


def read_adjacency(name: str, ids: NDArray[np.object_]) -> Adjacency | None:
    """What lies between the units of a file that `geo units` wrote; None if the file does not say.

    Parameters
    ----------
    name : `FILE` or `FILE:LAYER` of the units.
    ids : object (n,), the units as they were read; rows of other units are passed over.

    Returns
    -------
    Adjacency
        Ordered by (left, right, class). The layer of crossings decides what is crossed, so that a person may add or
        delete a gate or a bridge there; without it the column `crossing` counts.

    Raises
    ------
    InvalidInput
        A length, strength or truth value cannot be read.
    """
    source = find_source(name)
    if source.kind != "GeoPackage":
        return None
    present = {layer for layer, _ in layer_names(source)}
    if ADJACENCY not in present:
        return None
    row_of = {str(unit): row for row, unit in enumerate(ids)}
    layer = read_layer(f"{source.path}:{ADJACENCY}")
    left, right = _rows(layer, "left", row_of), _rows(layer, "right", row_of)
    crossing = flags(column(layer, "crossing"), field="crossing", source=layer.source)
    kind, between = texts(column(layer, "kind"), missing="none"), texts(column(layer, "class"), missing="")
    metres, strength = _numbers(layer, "metres"), _numbers(layer, "strength")
    hard = flags(column(layer, "hard"), field="hard", source=layer.source)
    if CROSSINGS in present:
        crossed = read_layer(f"{source.path}:{CROSSINGS}")
        one, two = _rows(crossed, "left", row_of), _rows(crossed, "right", row_of)
        pairs = {(min(a, b), max(a, b)) for a, b in zip(one.tolist(), two.tolist(), strict=True) if a >= 0 <= b != a}
        touching = [(min(a, b), max(a, b)) for a, b in zip(left.tolist(), right.tolist(), strict=True)]
        crossing = np.array([pair in pairs for pair in touching], dtype=bool)
        apart = sorted(pairs - set(touching))
        left = np.concatenate([left, [a for a, _ in apart]])
        right = np.concatenate([right, [b for _, b in apart]])
        more = len(apart)
        metres, strength = (np.concatenate([values, np.zeros(more)]) for values in (metres, strength))
        hard, crossing = np.concatenate([hard, np.zeros(more, bool)]), np.concatenate([crossing, np.ones(more, bool)])
        kind, between = (np.concatenate([values, [word] * more]) for values, word in ((kind, "bridge"), (between, "")))
    keep = np.flatnonzero((left >= 0) & (right >= 0))
    order = keep[np.lexsort((between[keep].astype(str), kind[keep].astype(str), right[keep], left[keep]))]
    return Adjacency(
        left=left[order].astype(np.int32),
        right=right[order].astype(np.int32),
        metres=metres[order],
        kind=kind[order].astype(object),
        name=between[order].astype(object),
        strength=strength[order],
        hard=hard[order],
        crossing=crossing[order],
    )


def _rows(layer: Layer, field: str, row_of: dict[str, int]) -> NDArray[np.int64]:
    """The row of each unit that a column names, −1 for a unit that is not there."""
    return np.array([row_of.get(name or "", -1) for name in texts(column(layer, field))], dtype=np.int64)


def _numbers(layer: Layer, field: str) -> NDArray[np.float64]:
    values, bad = numbers(column(layer, field))
    wrong: NDArray[Any] = np.flatnonzero(bad | ~(values >= 0))
    if len(wrong):
        raise InvalidInput("adjacency_number_bad", source=layer.source, field=field, rows=name_rows(wrong.tolist()))
    return values
