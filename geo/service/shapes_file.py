"""The lines and areas of a file to grids: one row a shape and grid, none lost."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from geo.errors import GeoError, InvalidCrs
from geo.messages import Lang, say
from geo.model import Layer
from geo.service.context import Net, Service
from geo.service.shapes import GridShare, ShapeShares, share_shape

# The columns that are added; a column of the input with such a name is kept under another.
ADDED = ("shape", "grid", "grid_name", "share", "amount", "measure", "lead", "plan", "note")


def share_file(
    service: Service, net: Net, path: str, *, out: Path, crs: str | None, lang: Lang = "zh"
) -> Mapping[str, int]:
    """Write for each shape of a file a row for each grid that it touches, in order; returns counts.

    A row has the fields and the geometry of its shape, `shape` (its number from 1), `grid` (empty: outside), `share`
    (of the shape, they sum to 1), `amount` in `measure` (m, m2, points), whether the grid should `lead`, and a `note`.
    A shape that cannot be used has one row with the reason.

    Raises
    ------
    InvalidCrs
        Neither the file nor `crs` names a reference system.
    """
    layer = service.files.read_layer(path)
    named = crs or layer.crs
    if named is None:
        raise InvalidCrs("layer_without_crs", path=path)
    rows: list[tuple[int, ShapeShares | None, GridShare | None, str]] = []
    bad = 0
    for i, shape in enumerate(layer.geometry):
        try:
            found = share_shape(net, shape, crs=named)
        except InvalidCrs:
            raise
        except GeoError as error:
            bad += 1
            rows.append((i, None, None, error.message(lang)))
            continue
        note = say("shape_contested", lang, grids=", ".join(found.contested)) if found.contested else ""
        rows += [(i, found, share, note) for share in found.shares]
    written = Layer(
        geometry=layer.geometry[[row[0] for row in rows]],
        fields=MappingProxyType(_fields(layer, rows, net.plan.id)),
        crs=named,
        source=layer.source,
    )
    service.files.write_layers(str(out), {"shares": written})
    return {"shapes": len(layer.geometry), "rows": len(rows), "bad": bad}


def _fields(
    layer: Layer, rows: list[tuple[int, ShapeShares | None, GridShare | None, str]], plan: int
) -> dict[str, Any]:
    taken = [row[0] for row in rows]
    fields = {f"{name}_in" if name in ADDED else name: values[taken] for name, values in layer.fields.items()}

    def text(values: list[str | None]) -> Any:
        column = np.empty(len(values), dtype=object)
        column[:] = values
        return column

    shares = [row[2] for row in rows]
    fields["shape"] = np.array(taken, dtype=np.int64) + 1
    fields["grid"] = text([None if share is None else share.grid for share in shares])
    fields["grid_name"] = text([None if share is None else share.name for share in shares])
    fields["share"] = np.array([np.nan if share is None else share.share for share in shares], dtype=np.float64)
    fields["amount"] = np.array([np.nan if share is None else share.amount for share in shares], dtype=np.float64)
    fields["measure"] = text([None if found is None else found.measure for _, found, _, _ in rows])
    fields["lead"] = np.array(
        [
            found is not None and share is not None and share.grid is not None and share.grid == found.lead
            for _, found, share, _ in rows
        ],
        dtype=np.bool_,
    )
    fields["plan"] = np.full(len(rows), plan, dtype=np.int64)
    fields["note"] = text([row[3] for row in rows])
    return fields
