"""What a planner asks, as the solver wants it: barriers, staff, areas, groups and locks by number."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import crs as crs_
from geo.errors import GeoError, InvalidInput
from geo.model import Adjacency, Layer, Units
from geo.service.barriers import is_hard
from geo.service.ports import Files
from geo.service.units_read import read_shapes

if TYPE_CHECKING:
    from geo.partition import PartitionSpec

# How much metres of border count beside the number of neighbours parted: where units have shapes, rounder grids are
# worth a few more cuts (mean Polsby–Popper .43 → .46 on census blocks).
_BORDER_SHARE = 0.4


@dataclass(frozen=True)
class PartitionRequest:
    """What `geo partition` is asked: one of `grids`, `target`, `least`–`most` or `staff` says how many grids there are.

    Weights are in the unit of the field `weight`; `tolerance` and `max_moved` are fractions. `workloads` are further
    fields to balance, each with its tolerance. `barriers` are followed where that is cheap, `hard_barriers` are never
    crossed; `hard` names kinds or classes of the units' own adjacency that are never crossed. Parts of an area that lie
    at most `join` metres off are joined to the nearest unit, also where people live. `staff` is a file of
    points, a grid each; `capacity` a field of it.
    """

    weight: str
    workloads: tuple[tuple[str, float], ...] = ()
    grids: int | None = None
    target: float | None = None
    least: float | None = None
    most: float | None = None
    tolerance: float = 0.05
    within: str | None = None
    keep: str | None = None
    current: str | None = None
    max_moved: float | None = None
    curve: int = 0
    locked: str | None = None
    barriers: tuple[str, ...] = ()
    hard_barriers: tuple[str, ...] = ()
    hard: tuple[str, ...] = ()
    join: float | None = None
    staff: str | None = None
    capacity: str | None = None
    codes_from: str | None = None
    id_field: str | None = None
    crs: str | None = None
    missing_weight: float | None = None
    name: str = ""
    seed: int = 0
    seconds: float | None = None


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What is read beside the units, in the units' metric system.

    Attributes
    ----------
    adjacency : what lies between the units, if their file says so.
    barriers, hard : object (k,), lines or polygons; None for none.
    joined : pairs of unit ids that the plan which is redrawn has joined over a gap.
    seats : int64 (s,), unit of each member of staff. capacity : float64 (s,). staff : object (s,), their names.
    """

    adjacency: Adjacency | None = None
    barriers: NDArray[np.object_] | None = None
    hard: NDArray[np.object_] | None = None
    joined: tuple[Any, ...] = ()
    seats: NDArray[np.int64] | None = None
    capacity: NDArray[np.float64] | None = None
    staff: NDArray[np.object_] | None = None


def metric_crs(geometry: NDArray[np.object_], crs: str) -> str:
    """A system in metres for `geometry`: its own if that is one, else the zone of its centre."""
    west, south, east, north = shapely.total_bounds(geometry).tolist()
    x, y = (west + east) / 2, (south + north) / 2
    if not crs_.is_geographic(crs):
        if crs_.metres_per_unit(x, y, crs=crs) == 1.0:
            return crs
        lon, lat, _ = crs_.to_wgs84(x, y, crs=crs)
        return crs_.metric_crs(lon, lat)
    return crs_.metric_crs(x, y)


def read_surroundings(files: Files, path: str, request: PartitionRequest, units: Units) -> Surroundings:
    """Read what lies between the units (`path` is their file), barriers and staff.

    Staff who sit outside the units, or two in one unit, are refused by name.
    """
    target = metric_crs(units.geometry, units.crs)

    def lines(paths: tuple[str, ...]) -> NDArray[np.object_] | None:
        return read_shapes(files, paths, target=target, crs=request.crs) if paths else None

    around = Surroundings(
        adjacency=_hardened(files.read_adjacency(path, units.ids), request),
        barriers=lines(request.barriers),
        hard=lines(request.hard_barriers),
        joined=_joined_before(files, path) if request.current is not None else (),
    )
    if request.staff is None:
        if request.capacity is not None:
            raise InvalidInput("capacity_without_staff", field=request.capacity)
        return around
    layer = files.read_layer(request.staff)
    return _seated(around, layer, request, units)


def _joined_before(files: Files, path: str) -> tuple[Any, ...]:
    """The pairs that a plan keeps as joined, if `path` is one."""
    try:
        wishes = files.read_drawing(path).wishes
    except GeoError:  # units that are no plan yet: they were read already, so nothing is wrong with the file
        return ()
    pairs = wishes.get("joined")
    return tuple(pairs) if isinstance(pairs, list) else ()


def _hardened(adjacency: Adjacency | None, request: PartitionRequest) -> Adjacency | None:
    """The same adjacency with the kinds and classes that the request names closed too."""
    if not request.hard:
        return adjacency
    if adjacency is None:
        raise InvalidInput("hard_without_adjacency", hard=", ".join(request.hard))
    classes = sorted({(str(kind), str(name)) for kind, name in zip(adjacency.kind, adjacency.name, strict=True)})
    for word in request.hard:
        if not any(is_hard(kind, name, (word,)) for kind, name in classes):
            words = ", ".join(sorted({text for both in classes for text in both} - {"", "none"}))
            raise InvalidInput("hard_unknown", word=word, words=words)
    closed = {both for both in classes if is_hard(*both, request.hard)}
    named = [(str(kind), str(name)) in closed for kind, name in zip(adjacency.kind, adjacency.name, strict=True)]
    return replace(adjacency, hard=adjacency.hard | np.array(named, dtype=bool))


def _seated(around: Surroundings, layer: Layer, request: PartitionRequest, units: Units) -> Surroundings:
    points = np.array([None if g is None else shapely.point_on_surface(g) for g in layer.geometry], dtype=object)
    missing = np.flatnonzero([g is None or g.is_empty for g in points])
    if not len(points) or len(missing):
        raise InvalidInput("staff_without_place", source=layer.source, row=int(missing[0]) + 1 if len(missing) else 0)
    system = request.crs or layer.crs or units.crs
    points = crs_.project(points, source=system, target=units.crs)
    row, unit = shapely.STRtree(units.geometry).query(points, predicate="intersects")
    seats = np.full(len(points), -1, dtype=np.int64)
    # On a shared border the unit with the lowest id: units are ordered by id.
    for r, u in sorted(zip(row.tolist(), unit.tolist(), strict=True), reverse=True):
        seats[r] = u
    names = _staff_names(layer)
    outside = np.flatnonzero(seats < 0)
    if len(outside):
        raise InvalidInput(
            "staff_outside", staff=names[outside[0]], row=int(outside[0]) + 1, count=len(outside), source=layer.source
        )
    order = np.argsort(seats, kind="stable")
    double = np.flatnonzero(np.diff(seats[order]) == 0)
    if len(double):
        first, second = order[double[0]], order[double[0] + 1]
        raise InvalidInput(
            "staff_share_unit", first=names[first], second=names[second], unit=str(units.ids[seats[first]])
        )
    capacity = None
    if request.capacity is not None:
        capacity = _numbers(layer, request.capacity)[order]
    return replace(around, seats=seats[order], capacity=capacity, staff=names[order])


def _staff_names(layer: Layer) -> NDArray[np.object_]:
    for name in ("name", "id", "姓名"):
        if name in layer.fields:
            return np.array([str(value) for value in layer.fields[name]], dtype=object)
    return np.array([str(k + 1) for k in range(len(layer.geometry))], dtype=object)


def _numbers(layer: Layer, field: str) -> NDArray[np.float64]:
    if field not in layer.fields:
        raise InvalidInput(
            "staff_field_unknown", field=field, source=layer.source, fields=", ".join(layer.fields) or "-"
        )
    values = []
    for row, value in enumerate(layer.fields[field]):
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = np.nan
        if not (np.isfinite(number) and number > 0):
            raise InvalidInput("staff_capacity_bad", field=field, row=row + 1, value=value, source=layer.source)
        values.append(number)
    return np.array(values)


def spec_for(units: Units, request: PartitionRequest, around: Surroundings) -> PartitionSpec:
    """The wishes with names turned into numbers."""
    from geo.partition import PartitionSpec

    parent, current, group = (
        numbered(names) for names in (units.parent, units.grid if request.current else None, units.group)
    )
    staff = None
    if around.seats is not None:
        staff = np.full(len(units), -1, dtype=np.int32)
        staff[around.seats] = np.arange(len(around.seats), dtype=np.int32)
    return PartitionSpec(
        grids=request.grids,
        target=request.target,
        min_weight=request.least,
        max_weight=request.most,
        tolerance=request.tolerance,
        workload_tolerance=tuple(tolerance for _, tolerance in request.workloads),
        parent=parent,
        group=group,
        locked=units.locked,
        current=current,
        max_moved=request.max_moved,
        staff=staff,
        capacity=around.capacity,
        border_share=_BORDER_SHARE,
        seconds=request.seconds,
    )


def check_wishes(units: Units, request: PartitionRequest) -> None:
    """Refuse units without people, and wishes that leave open how many grids there shall be, or say it twice."""
    if len(units) == 0:
        raise InvalidInput("units_file_empty")
    if not float(units.weight.sum()) > 0:
        raise InvalidInput("units_all_zero", field=request.weight)
    asked = [
        request.grids is not None,
        request.target is not None,
        request.least is not None or request.most is not None,
        request.staff is not None and request.grids is None,
    ]
    if sum(asked) != 1:
        raise InvalidInput("partition_size_unclear")
    if request.curve and not request.current:
        raise InvalidInput("curve_without_current")


def numbered(names: NDArray[np.object_] | None) -> NDArray[np.int32] | None:
    """Each row's number among the distinct non-empty names, sorted; −1 for "" and None. int32 (n,)."""
    if names is None:
        return None
    number = {name: k for k, name in enumerate(sorted({str(name) for name in names if name}))}
    return np.array([number.get(str(name), -1) if name else -1 for name in names], dtype=np.int32)
