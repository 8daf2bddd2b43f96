"""Boundary, buildings and barriers become seamless units: read, build, nest, write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import crs as crs_
from geo.errors import InvalidBoundary, InvalidCrs
from geo.messages import Lang, say
from geo.model import Layer, Units
from geo.service.ports import Files

if TYPE_CHECKING:
    from geo.partition.units import UnitsResult

# `--boundary hull`: the convex hull of the barriers serves where no boundary is known.
HULL = "hull"
# Areas that are borders: stronger than any road, so that a unit never follows a road across one.
_BORDER_CLASS = 100
_METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True)
class UnitsRequest:
    """What `geo units` is asked. Fields are column names; `boundary_where` is `field=value`."""

    boundary: str
    buildings: str
    barriers: tuple[str, ...] = ()
    water: tuple[str, ...] = ()
    weight: str = "households"
    boundary_where: str | None = None
    parent: str | None = None
    building_id: str | None = None
    crs: str | None = None
    missing_weight: float | None = None


@dataclass(frozen=True, eq=False)
class UnitsMade:
    """The units and what was done to get them."""

    units: Units
    result: UnitsResult

    def sentences(self, lang: Lang) -> list[str]:
        """What a person should know."""
        return [say(key, lang, **values) for key, values in self.result.report.notes()]


def make_units_file(
    files: Files,
    request: UnitsRequest,
    *,
    out: Path,
    report: Path | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> UnitsMade:
    """Read the inputs, build units, write them in the CRS of the boundary (of the buildings under a hull)."""
    made = make_units(files, request, progress=progress)
    files.write_layers(str(out), {"units": _as_layer(made, str(out))})
    if report is not None:
        files.write_json(report, made.result.report.as_dict())
    return made


def make_units(
    files: Files, request: UnitsRequest, *, progress: Callable[[float, str], None] | None = None
) -> UnitsMade:
    """Build units.

    Raises
    ------
    InvalidBoundary
        Areas overlap, or a unit would lie in two of them.
    InvalidInput
        A field, a weight or a geometry cannot be used; the row is named.
    """
    from geo.partition.units import UnitInputs, build_units, hull_of

    buildings = files.read_buildings(
        request.buildings,
        weight=request.weight,
        id_field=request.building_id,
        crs=request.crs,
        missing_weight=request.missing_weight,
    )
    areas = None
    if request.boundary != HULL:
        areas = files.read_areas(
            request.boundary, where=request.boundary_where, name_field=request.parent, crs=request.crs
        )
    target = buildings.crs if areas is None else areas.crs
    lines = read_shapes(files, request.barriers, target=target, crs=request.crs)
    water = read_shapes(files, request.water, target=target, crs=request.crs)
    houses = crs_.project(buildings.geometry, source=buildings.crs, target=target)
    outline = hull_of(lines) if areas is None else shapely.union_all(areas.geometry)
    plane = Plane.of(outline, target)
    classes = np.ones(len(lines), dtype=np.int32)
    if areas is not None and len(areas) > 1:
        borders = shapely.boundary(areas.geometry)
        lines = np.concatenate([lines, borders])
        classes = np.concatenate([classes, np.full(len(borders), _BORDER_CLASS, dtype=np.int32)])
    result = build_units(
        UnitInputs(
            boundary=plane.flatten(np.array([outline], dtype=object))[0],
            buildings=plane.flatten(houses),
            barriers=plane.flatten(lines),
            building_ids=buildings.ids,
            weight=buildings.weight,
            weight_field=request.weight,
            barrier_class=classes,
            hard_class=_BORDER_CLASS,
            water=plane.flatten(water) if len(water) else None,
        ),
        progress=progress,
    )
    polygons = plane.unflatten(result.polygons)
    parent = None if areas is None or request.parent is None else _nest(polygons, areas, plane)
    return UnitsMade(
        units=Units(
            ids=result.ids,
            geometry=polygons,
            weight=result.weight,
            crs=target,
            parent=parent,
            fields=MappingProxyType(_summed(buildings, result)),
            weight_field=request.weight,
        ),
        result=result,
    )


@dataclass(frozen=True)
class Plane:
    """Metres for building units in. Degrees are only scaled, so that a straight border stays straight on the way back.

    A map projection would bend it: 0.1 m over 3 km, and the units would no longer cover the boundary that was given.
    Over a district the scale is off by less than one part in a thousand.
    """

    origin: tuple[float, float]
    scale: tuple[float, float]

    @classmethod
    def of(cls, outline: shapely.Geometry, crs: str) -> Plane:
        """The plane of an area: as it is in a projected CRS, scaled degrees about its centre otherwise."""
        if not crs_.is_geographic(crs):
            return cls((0.0, 0.0), (1.0, 1.0))
        west, south, east, north = shapely.bounds(outline)
        lon, lat = (west + east) / 2, (south + north) / 2
        return cls((lon, lat), (_METRES_PER_DEGREE * float(np.cos(np.radians(lat))), _METRES_PER_DEGREE))

    def flatten(self, geometry: NDArray[np.object_]) -> NDArray[np.object_]:
        """From the CRS to the plane."""
        if self.scale == (1.0, 1.0):
            return geometry
        flat: NDArray[np.object_] = shapely.transform(geometry, lambda xy: (xy - self.origin) * self.scale)
        return flat

    def unflatten(self, geometry: NDArray[np.object_]) -> NDArray[np.object_]:
        """From the plane back to the CRS."""
        if self.scale == (1.0, 1.0):
            return geometry
        back: NDArray[np.object_] = shapely.transform(geometry, lambda xy: xy / self.scale + self.origin)
        return back


def read_shapes(files: Files, paths: tuple[str, ...], *, target: str, crs: str | None = None) -> NDArray[np.object_]:
    """The shapes of several files in the system `target`; `crs` is that of files that name none."""
    found = [np.array([], dtype=object)]
    for path in paths:
        layer = files.read_layer(path)
        source = layer.crs or crs
        if source is None:
            raise InvalidCrs("layer_without_crs", path=path)
        shapes = layer.geometry[~(shapely.is_missing(layer.geometry) | shapely.is_empty(layer.geometry))]
        found.append(crs_.project(shapes, source=source, target=target))
    return np.concatenate(found)


def _nest(polygons: NDArray[np.object_], areas: Units, plane: Plane) -> NDArray[np.object_]:
    """Code of the one area that each unit lies in; a unit that lies in two is an error, not a rounding."""
    inside = shapely.point_on_surface(polygons)
    unit, area = shapely.STRtree(areas.geometry).query(inside, predicate="intersects")
    home = np.full(len(polygons), -1)
    home[unit[::-1]] = area[::-1]
    across = plane.flatten(shapely.difference(polygons, areas.geometry[home]))
    # Noding moves a vertex by less than a micrometre: a real crossing is larger than a sliver along the border.
    lost = shapely.area(across) > 1e-4 * np.maximum(shapely.length(across), 1.0)
    if lost.any():
        raise InvalidBoundary("units_across_areas", count=int(lost.sum()), area=areas.ids[home[lost.argmax()]])
    names: NDArray[np.object_] = areas.ids[home]
    return names


def _summed(buildings: Units, result: UnitsResult) -> dict[str, NDArray[Any]]:
    """Buildings and, where the file has them, households and residents of each unit."""
    home = result.unit_of_building
    placed = home >= 0
    count = len(result.polygons)
    sums: dict[str, NDArray[Any]] = {"buildings": np.bincount(home[placed], minlength=count)}
    for name in ("households", "residents"):
        values = buildings.fields.get(name)
        if name != buildings.weight_field and values is not None and np.issubdtype(values.dtype, np.number):
            people = np.nan_to_num(values.astype(np.float64))
            sums[name] = np.rint(np.bincount(home[placed], people[placed], minlength=count)).astype(np.int64)
    return sums


def _as_layer(made: UnitsMade, source: str) -> Layer:
    from geo.partition.units.result import KIND_NAMES

    units = made.units
    fields: dict[str, NDArray[Any]] = {"id": units.ids, units.weight_field: units.weight, **units.fields}
    if units.parent is not None:
        fields["parent"] = units.parent
    fields["kind"] = np.array(KIND_NAMES, dtype=object)[made.result.kind]
    return Layer(geometry=units.geometry, fields=MappingProxyType(fields), crs=units.crs, source=source)
