"""Barriers from files as they come: classes, bridges, tunnels and gates told by the fields that OpenStreetMap uses."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.files.barrier_classes import GATES, NO_BARRIERS, describe, kind_of_layer, known
from geo.files.columns import column, text_of, texts
from geo.files.layers import read_layer
from geo.files.units import system_among
from geo.model import Barriers, Layer

# Of the first four a row may bear several at once; of the others the first that is there and filled counts.
_OSM: Final = ("highway", "railway", "waterway", "barrier")
_OTHERS: Final = ("fclass", "class", "kind_detail", "kind", "type", "类别", "等级", "类型")
_BRIDGE: Final = ("bridge", "is_bridge", "桥", "桥梁")
_TUNNEL: Final = ("tunnel", "is_tunnel", "隧道")
_LAYER: Final = ("layer",)
_IDS: Final = ("id", "osm_id", "@id", "full_id", "gid", "编号")
_NO: Final = frozenset({"", "0", "no", "false", "f", "n", "none", "否"})


def read_barriers(name: str, *, class_field: str | None, crs: str | None) -> Barriers:
    """Read what divides the ground.

    Parameters
    ----------
    name : `FILE` or `FILE:LAYER`.
    class_field : column with the class; else `highway`, `railway`, `waterway`, `barrier`, `class` … are looked for,
        and the layer's name says what it holds.
    crs : what the coordinates are in, if the file does not say.

    Returns
    -------
    Barriers
        In file order. `role` is "bridge", "tunnel" or "gate" where the fields say so, "none" for what divides nothing
        (ferries, plans, lines without geometry), "barrier" for the rest.
    """
    layer = read_layer(name)
    count = len(layer.geometry)
    system = system_among(layer, crs)
    path, _, inner = layer.source.rpartition(":")
    # The layer's own name first: a file of a river town may hold roads.
    words = (inner, Path(path).stem) if path else (Path(inner).stem,)
    layer_kind = next((kind for kind in map(kind_of_layer, words) if kind != "other"), "other")
    values = _classes(layer, class_field, count)
    kind, classes = np.empty(count, dtype=object), np.empty(count, dtype=object)
    strength = np.empty(count)
    for row, value in enumerate(values):
        kind[row], classes[row], strength[row] = describe(value, layer_kind)
    return Barriers(
        ids=_ids(layer, count),
        geometry=layer.geometry,
        kind=kind,
        name=classes,
        strength=strength,
        role=_roles(layer, values, kind),
        known=np.array([known(str(name)) for name in classes], dtype=bool),
        crs=system,
        source=layer.source,
    )


def _classes(layer: Layer, field: str | None, count: int) -> list[str | None]:
    """The class of each row, None where no field says."""
    if field is not None:
        return list(texts(column(layer, field)))
    columns = [[_word(v) for v in found.tolist()] for found in _found(layer, _OSM)]
    others = [[_word(v) for v in found.tolist()] for found in _found(layer, _OTHERS)]
    out: list[str | None] = []
    for row in range(count):
        osm = [values[row] for values in columns if values[row] is not None]
        if osm:
            # A street on a dam bears a street's value and a wall's: the stronger one is what parts the ground.
            out.append(max(osm, key=lambda word: (known(word or ""), describe(word, "other")[2])))
        else:
            words = [values[row] for values in others if values[row] is not None]
            out.append(next((word for word in words if word and known(word)), words[0] if words else None))
    return out


def _word(value: Any) -> str | None:
    """A value that names a class: not "no", and "yes" says no more than the layer does."""
    text = text_of(value)
    return None if text is None or text.casefold() in _NO or text.casefold() == "yes" else text


def _found(layer: Layer, names: tuple[str, ...]) -> list[NDArray[Any]]:
    """The columns of these names that the layer has, whatever their case, in the order of the names."""
    by_name = {name.casefold(): values for name, values in reversed(list(layer.fields.items()))}
    return [by_name[name] for name in names if name in by_name]


def _roles(layer: Layer, values: list[str | None], kind: NDArray[np.object_]) -> NDArray[np.object_]:
    count = len(values)
    role = np.full(count, "barrier", dtype=object)
    level = np.zeros(count)
    for found in _found(layer, _LAYER):
        level = np.array([_level(value) for value in found.tolist()])
    flows = np.isin(kind, ("road", "rail", "water"))
    bridge, tunnel = _flag(layer, _BRIDGE, count), _flag(layer, _TUNNEL, count)
    role[(bridge | (level > 0)) & flows] = "bridge"
    role[(tunnel | (level < 0)) & flows] = "tunnel"
    point = shapely.get_dimensions(layer.geometry) == 0
    word = np.array([(value or "").casefold() for value in values], dtype=object)
    gate = np.isin(word, list(GATES))
    role[np.isin(word, list(NO_BARRIERS)) | point] = "none"
    role[gate] = np.where(point[gate], "gate", "none")
    role[shapely.is_missing(layer.geometry) | shapely.is_empty(layer.geometry)] = "none"
    return role


def _flag(layer: Layer, names: tuple[str, ...], count: int) -> NDArray[np.bool_]:
    """True where one of the columns says anything but no ("yes", "viaduct", "culvert", 1 …)."""
    out = np.zeros(count, dtype=bool)
    for values in _found(layer, names):
        out |= np.array([(text_of(value) or "").casefold() not in _NO for value in values.tolist()], dtype=bool)
    return out


def _level(value: Any) -> float:
    """The floor of a way above or below the ground, 0 where none is given."""
    try:
        return float(text_of(value) or 0)
    except ValueError:
        return 0.0


def _ids(layer: Layer, count: int) -> NDArray[np.object_]:
    """The first column that looks like ids; they need not be unique, they only name rows to people."""
    for values in _found(layer, _IDS):
        names = texts(values)
        if any(name is not None for name in names):
            return np.array([name or f"#{row + 1}" for row, name in enumerate(names)], dtype=object)
    return np.array([f"#{row + 1}" for row in range(count)], dtype=object)
