"""What units are made from: boundary, buildings and barriers of many files, read into one plane of metres."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import crs as crs_
from geo.errors import InvalidCrs
from geo.model import BuildingColumns, Buildings, Units
from geo.service.barriers import BORDER_CLASS, MIDDLE_CLASS, WATER_CLASS, BarrierFiles, Divides, read_divides
from geo.service.people import Counted, count_people
from geo.service.plane import Plane
from geo.service.ports import Files

if TYPE_CHECKING:
    from geo.partition.units import UnitInputs

# `--boundary hull`: the convex hull of the barriers serves where no boundary is known.
HULL = "hull"


@dataclass(frozen=True)
class UnitsRequest:
    """What `geo units` is asked. Fields are column names; `boundary_where` is `field=value`.

    `weight` None reckons people from floor area, which needs `total` or `total_field` (of the boundary). `extend_m` is
    how far loose ends of barriers are drawn on. `duplicates` says how records of one footprint count.
    """

    boundary: str
    buildings: str
    barriers: tuple[str, ...] = ()
    water: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()
    bridges: tuple[str, ...] = ()
    compounds: str | None = None
    weight: str | None = "households"
    household_size: str | None = None
    floors: str | None = None
    height: str | None = None
    homes: str | None = None
    total: int | None = None
    total_field: str | None = None
    duplicates: Literal["max", "sum"] = "max"
    boundary_where: str | None = None
    parent: str | None = None
    building_id: str | None = None
    compound_id: str | None = None
    class_field: str | None = None
    hard: tuple[str, ...] = ()
    extend_m: float = 0.0
    crs: str | None = None
    missing_weight: float | None = None


@dataclass(frozen=True, eq=False)
class UnitsRead:
    """The inputs of one run, flat, in metres."""

    buildings: Buildings
    areas: Units | None
    divides: Divides
    plane: Plane
    outline: shapely.Geometry
    houses: NDArray[np.object_]
    water: NDArray[np.object_]
    counted: Counted
    crs: str


def read_inputs(files: Files, request: UnitsRequest) -> UnitsRead:
    """Read the files of a request and bring them into one plane."""
    columns = BuildingColumns(
        weight=request.weight,
        id_field=request.building_id,
        missing_weight=request.missing_weight,
        household_size=request.household_size,
        floors=request.floors,
        height=request.height,
        homes=request.homes,
    )
    buildings = files.read_buildings(request.buildings, columns, crs=request.crs)
    areas = None
    if request.boundary != HULL:
        areas = files.read_areas(
            request.boundary,
            where=request.boundary_where,
            name_field=request.parent,
            total_field=request.total_field,
            crs=request.crs,
        )
    target = buildings.crs if areas is None else areas.crs
    wanted = BarrierFiles(
        request.barriers, request.gates, request.bridges, request.class_field, request.hard, request.crs
    )
    divides = read_divides(files, wanted, target=target)
    water = read_shapes(files, request.water, target=target, crs=request.crs)
    outline = _hull(divides) if areas is None else shapely.union_all(areas.geometry)
    plane = Plane.of(outline, target)
    houses = plane.flatten(crs_.project(buildings.geometry, source=buildings.crs, target=target))
    buildings = replace(buildings, geometry=np.empty(0, dtype=object))  # a city's footprints are needed once only
    return UnitsRead(
        buildings=buildings,
        areas=areas,
        divides=divides,
        plane=plane,
        outline=outline,
        houses=houses,
        water=plane.flatten(water),
        counted=count_people(buildings, houses, request.weight),
        crs=target,
    )


def _hull(divides: Divides) -> shapely.Geometry:
    from geo.partition.units import hull_of

    return hull_of(np.concatenate([divides.lines, divides.bridges]))


def inputs_of(read: UnitsRead, request: UnitsRequest) -> UnitInputs:
    """What units are built from; borders between areas are barriers that no unit crosses."""
    from geo.partition.units import UnitInputs, UnitSettings

    divides = read.divides
    lines, classes, hard = divides.lines, divides.class_of, divides.hard[divides.class_of]
    if read.areas is not None and len(read.areas) > 1:
        borders = shapely.boundary(read.areas.geometry)
        lines = np.concatenate([lines, borders])
        classes = np.concatenate([classes, np.full(len(borders), divides.number(BORDER_CLASS), dtype=np.int32)])
        hard = np.concatenate([hard, np.ones(len(borders), dtype=bool)])
    return UnitInputs(
        boundary=read.plane.flatten(np.array([read.outline], dtype=object))[0],
        buildings=read.houses,
        barriers=read.plane.flatten(lines),
        building_ids=read.buildings.ids,
        weight=read.counted.weight,
        weight_field=read.counted.field,
        duplicates=request.duplicates,
        barrier_class=classes,
        hard=hard,
        gates=read.plane.flatten(divides.gates),
        water=read.water if len(read.water) else None,
        water_class=divides.number(WATER_CLASS),
        split_class=divides.number(MIDDLE_CLASS) if divides.split_water else None,
        settings=UnitSettings(extend_m=request.extend_m),
    )


def read_shapes(files: Files, paths: tuple[str, ...], *, target: str, crs: str | None = None) -> NDArray[np.object_]:
    """The shapes of several files in the system `target`; `crs` is that of files that name none."""
    found = [np.array([], dtype=object)]
    for path in paths:
        layer = files.read_layer(path)
        shapes = layer.geometry[~(shapely.is_missing(layer.geometry) | shapely.is_empty(layer.geometry))]
        west, south, east, north = shapely.bounds(shapes).T
        source = crs_.choose((west + east) / 2.0, (south + north) / 2.0, own=layer.crs, named=crs)
        if source is None:
            raise InvalidCrs("layer_without_crs", path=path)
        found.append(crs_.project(shapes, source=source, target=target))
    return np.concatenate(found)
