"""The gazetteer of a deployment under one plan: in which grids each of its places lies."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.errors import InvalidInput
from geo.locate.index.ground import frame
from geo.model import Feature, Place
from geo.service.context import Net, Service, knowledge, net_key, timetable
from geo.service.corrections import book

if TYPE_CHECKING:
    from geo.locate import Gazetteer
    from geo.locate.address.weights import Weights

Entries = Sequence[Mapping[str, Any]]
Parts = tuple[tuple[int, float], ...]

# What people report of a road happens beside its middle line, which may be the border of two grids.
_BESIDE_ROAD_M: Final = 15.0
# A grid that has less of a place than this has none of it: outlines were drawn at other times by other hands.
_SLIVER: Final = 0.02


@dataclass(frozen=True, eq=False)
class Register:
    """The gazetteer by itself, whatever the plan.

    `version` changes with any entry or correction; `weights` and `normaliser` say what scores and reads the texts.
    """

    entries: tuple[Mapping[str, Any], ...]
    gazetteer: Gazetteer
    version: str
    weights: str
    normaliser: str

    def __reduce__(self) -> tuple[Any, ...]:
        # Another process builds its own index: that is quicker than to send one.
        return (build_register, (self.entries, self.gazetteer.weights))


@dataclass(frozen=True, eq=False)
class Places:
    """A register under one plan. It holds no port and no index of grids, so that it can go to other processes.

    Attributes
    ----------
    codes, names, chains : of the grids, by number.
    parts : entry id, as text -> (grid number, share) of the grids that it lies in, greatest first; −1 is outside.
    shapes : entry id -> outline or line in degrees WGS84, of those that are more than a point.
    inside : the codes of grids by the code of each area above them.
    """

    register: Register
    plan: int | None
    codes: tuple[str, ...]
    names: tuple[str, ...]
    chains: tuple[tuple[str, ...], ...]
    parts: Mapping[str, Parts]
    shapes: Mapping[str, BaseGeometry]
    inside: Mapping[str, frozenset[str]]
    # Known house numbers of a side of a road, in order: number, lon, lat, grid number.
    sides: Mapping[str, tuple[tuple[int, float, float, int], ...]]
    # Outlines of the grids, those that lie over the net first.
    order: tuple[int, ...]
    outlines: shapely.STRtree

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """The matcher, which takes candidates of one grid together."""
        only = {key: parts[0][0] for key, parts in self.parts.items() if len(parts) == 1 and parts[0][0] >= 0}
        return self.register.gazetteer.with_grids(lambda key: only.get(str(key)))

    def grid_at(self, lon: float, lat: float) -> int:
        """The number of the grid at a point (degrees WGS84), −1 outside all."""
        found = self.outlines.query(shapely.Point(lon, lat), predicate="intersects")
        return self.order[int(found.min())] if len(found) else -1

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "gazetteer"}


def register_of(service: Service) -> Register:
    """The gazetteer as the database has it now, with what persons have corrected; built at the first use."""
    corrected = book(service)
    weights = service.address_weights
    key = (timetable(service).place_stamp, corrected.stamp, None if weights is None else weights.to_json())

    def build() -> Register:
        entries = knowledge(service).place.entries
        return build_register(corrected.entries(entries), service.address_weights)

    return service.memory.registers.get(key, build)


def places_of(service: Service, net: Net) -> Places:
    """The gazetteer under the plan of `net`; built once for each gazetteer and plan."""
    stamp = timetable(service).place_stamp
    register = register_of(service)
    if net.plan.id == 0:  # a plan file is in no database: its places go with its net
        held: Places | None = net.prepared.get(("places", register.version, register.weights))
        if held is None:
            held = net.prepared["places", register.version, register.weights] = build_places(
                register, net, knowledge(service).place
            )
        return held
    key = (net_key(net.plan, stamp), register.version, register.weights)
    return service.memory.places.get(key, lambda: build_places(register, net, knowledge(service).place))


def build_register(entries: Entries, weights: Weights | None = None) -> Register:
    """The matcher over `entries`, without what only the plan asks for; with the program's own weights if None.

    Raises
    ------
    InvalidInput
        An entry cannot be used; the message names it.
    """
    from geo.locate import Gazetteer
    from geo.locate.address import normalise
    from geo.service.address_fit import weights_in_use

    text = json.dumps(list(entries), ensure_ascii=False, sort_keys=True, default=str)
    # The matcher knows no geometry.
    plain = [{key: value for key, value in entry.items() if key not in ("shape", "numbers")} for entry in entries]
    gazetteer = Gazetteer.build(plain, weights=weights or weights_in_use(None))
    return Register(
        entries=tuple(entries),
        gazetteer=gazetteer,
        version=_digest(text),
        weights=f"{gazetteer.weights.version}-{_digest(gazetteer.weights.to_json())}",
        normaliser=str(normalise.VERSION),
    )


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=6).hexdigest()


def build_places(register: Register, net: Net, place: Place) -> Places:
    """Lay the entries of a register under a plan."""
    shapes = _shapes(register.entries, place)
    lon, lat = _points(register.entries)
    known = np.isfinite(lon) & np.isfinite(lat)
    found = np.full(len(lon), -1, dtype=np.int64)
    if known.any():
        found[known] = net.index.locate(lon=lon[known], lat=lat[known])
    parts: dict[str, Parts] = {
        str(entry["id"]): ((int(k), 1.0),)
        for entry, k, there in zip(register.entries, found.tolist(), known.tolist(), strict=True)
        if there
    }
    parts.update(_parts_of_shapes(net, shapes))
    parts.update(_parts_by_buildings(register.entries, parts, shapes))
    codes = tuple(grid.code for grid in net.grids)
    order = tuple(sorted(range(len(codes)), key=lambda k: (not net.grids[k].lies_over, codes[k])))
    inside: dict[str, set[str]] = defaultdict(set)
    for code, chain in zip(codes, net.chains, strict=True):
        for area in chain:
            inside[area].add(code)
    return Places(
        register=register,
        plan=net.plan.id,
        codes=codes,
        names=tuple(grid.name or grid.code for grid in net.grids),
        chains=net.chains,
        parts=parts,
        shapes=shapes,
        inside={area: frozenset(grids) for area, grids in inside.items()},
        sides=_sides(register.entries, net),
        order=order,
        outlines=shapely.STRtree([net.grids[k].geometry for k in order]),
    )


def _points(entries: Entries) -> tuple[Any, Any]:
    columns = []
    for field in ("lon", "lat"):
        values = [entry.get(field) for entry in entries]
        columns.append(np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64))
    return columns[0], columns[1]


def _shapes(entries: Entries, place: Place) -> dict[str, BaseGeometry]:
    """Outlines of areas, lines of roads by their names, and what entries bring along themselves."""
    areas = {area.code: area.geometry for area in place.areas if area.geometry is not None}
    roads: dict[str, list[Feature]] = defaultdict(list)
    for feature in place.features:
        if feature.layer == "road" and feature.name:
            roads[feature.name].append(feature)
    shapes: dict[str, BaseGeometry] = {}
    for entry in entries:
        key, kind = str(entry["id"]), entry.get("kind")
        if entry.get("shape"):
            shapes[key] = _read_shape(entry)
        elif kind in ("street", "community") and key in areas:
            shapes[key] = areas[key]
        elif kind == "road" and "low" not in entry and entry.get("name") in roads:
            shapes[key] = shapely.union_all([feature.geometry for feature in roads[entry["name"]]])
    return shapes


def _read_shape(entry: Mapping[str, Any]) -> BaseGeometry:
    try:
        shape = shapely.from_wkt(entry["shape"])
    except (shapely.GEOSException, TypeError):
        raise InvalidInput("gazetteer_shape_bad", id=entry["id"]) from None
    valid: BaseGeometry = shapely.make_valid(shape)
    return valid


def _parts_of_shapes(net: Net, shapes: Mapping[str, BaseGeometry]) -> dict[str, Parts]:
    """Shares of the grids; a road counts with what lies along it."""
    if not shapes:
        return {}
    keys, values = list(shapes), np.array(list(shapes.values()), dtype=object)
    lines = shapely.get_dimensions(values) == 1
    values[lines] = [_beside(line) for line in values[lines]]
    grids = np.array([grid.geometry for grid in net.grids], dtype=object)
    own = np.array([not grid.lies_over for grid in net.grids], dtype=bool)
    shape, grid = shapely.STRtree(grids).query(values, predicate="intersects")
    shape, grid = shape[own[grid]], grid[own[grid]]
    common = shapely.area(shapely.intersection(values[shape], grids[grid]))
    whole = shapely.area(values)
    found: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for k, g, area in zip(shape.tolist(), grid.tolist(), common.tolist(), strict=True):
        share = area / whole[k] if whole[k] > 0 else 1.0
        if share >= _SLIVER:
            found[keys[k]].append((g, share))
    return {
        key: tuple(sorted(rows, key=lambda row: (-row[1], row[0]))) if (rows := found.get(key)) else ((-1, 1.0),)
        for key in keys
    }


def _beside(line: BaseGeometry) -> BaseGeometry:
    """A band along a line, in degrees."""
    per_lon, per_lat = frame(float(shapely.get_coordinates(line)[0, 1]))[:2]
    scale = per_lat / per_lon
    flat = shapely.transform(line, lambda xy: xy / [scale, 1.0])
    band: BaseGeometry = shapely.transform(shapely.buffer(flat, _BESIDE_ROAD_M / per_lat), lambda xy: xy * [scale, 1.0])
    return band


def _parts_by_buildings(
    entries: Entries, parts: Mapping[str, Parts], shapes: Mapping[str, BaseGeometry]
) -> dict[str, Parts]:
    """A compound lies where its buildings do: that is where people report from."""
    of: dict[str, Counter[int]] = defaultdict(Counter)
    for entry in entries:
        key = str(entry["id"])
        if entry.get("within") is not None and key in parts:
            of[str(entry["within"])][parts[key][0][0]] += 1
    known = {str(entry["id"]) for entry in entries}
    return {
        key: tuple((grid, count / counts.total()) for grid, count in counts.most_common())
        for key, counts in of.items()
        if key in known and key not in shapes
    }


def _sides(entries: Entries, net: Net) -> dict[str, tuple[tuple[int, float, float, int], ...]]:
    rows = [(str(entry["id"]), entry["numbers"]) for entry in entries if entry.get("numbers")]
    if not rows:
        return {}
    flat = np.array([point for _, numbers in rows for point in numbers], dtype=np.float64)
    grid = net.index.locate(lon=np.ascontiguousarray(flat[:, 1]), lat=np.ascontiguousarray(flat[:, 2])).tolist()
    sides, at = {}, 0
    for key, numbers in rows:
        sides[key] = tuple((int(n), lon, lat, grid[at + k]) for k, (n, lon, lat) in enumerate(numbers))
        at += len(numbers)
    return sides
