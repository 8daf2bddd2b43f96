"""Boundary, buildings and barriers become seamless units: read, build, nest, group, say what lies between, write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import crs as crs_
from geo.errors import InvalidBoundary, InvalidInput
from geo.messages import Lang, say
from geo.model import Buildings, Layer, Units
from geo.service.people import settle_people
from geo.service.plane import Plane
from geo.service.ports import Files
from geo.service.units_gaps import find_gaps
from geo.service.units_layers import Between, adjacency_layer, crossings_layer, find_between
from geo.service.units_read import HULL, UnitsRead, UnitsRequest, inputs_of, read_inputs

if TYPE_CHECKING:
    from geo.partition.units import UnitsResult

__all__ = ["HULL", "UnitsMade", "UnitsRequest", "make_units", "make_units_file"]


@dataclass(frozen=True, eq=False)
class UnitsMade:
    """The units, what lies between them, and what was done to get them.

    `notes` are (message key, values); `account` is the report beyond that of the building itself.
    """

    units: Units
    result: UnitsResult
    between: Between
    notes: tuple[tuple[str, Mapping[str, Any]], ...]
    account: Mapping[str, Any]

    def sentences(self, lang: Lang) -> list[str]:
        """What a person should know."""
        return [say(key, lang, **values) for key, values in (*self.result.report.notes(), *self.notes)]

    def as_report(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**self.result.report.as_dict(), **self.account}


def make_units_file(
    files: Files,
    request: UnitsRequest,
    *,
    out: Path,
    report: Path | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> UnitsMade:
    """Read the inputs, build units, write them in the CRS of the boundary (of the buildings under a hull).

    A GeoPackage holds the layers `units`, `adjacency` and `crossings`; other formats hold the units alone.
    """
    made = make_units(files, request, progress=progress)
    layers = {"units": _as_layer(made, str(out))}
    if out.suffix.lower() == ".gpkg":
        layers["adjacency"] = adjacency_layer(made.between, made.units, str(out))
        layers["crossings"] = crossings_layer(made.between, made.units, str(out))
    files.write_layers(str(out), layers)
    if report is not None:
        files.write_json(report, made.as_report())
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
    from geo.partition.units import build_units

    read = read_inputs(files, request)
    try:
        result = build_units(inputs_of(read, request), progress=progress)
    except InvalidInput as error:
        raise _on_the_globe(error, read) from None
    polygons = read.plane.unflatten(result.polygons)
    several = read.areas is not None and (request.parent is not None or request.total_field is not None)
    area_of_unit = _nest(polygons, read.areas, read.plane) if read.areas is not None and several else None
    result, people = settle_people(
        result,
        read.counted,
        total=request.total,
        areas=read.areas,
        area_of_unit=area_of_unit,
        per_area=request.total_field is not None,
        once=request.duplicates == "max",
    )
    parent = None
    if request.parent is not None and read.areas is not None and area_of_unit is not None:
        parent = read.areas.ids[area_of_unit]
    group, grouping, notes = _group(files, request, read, result, parent)
    between = find_between(result, read.divides, read.plane)
    if people["by"] == "floor_area" and people["floors_guessed"]["count"]:
        guessed = people["floors_guessed"]["count"]
        notes.append(("units_note_floors_guessed", {"count": guessed, "floors": round(people["usual_floors"], 1)}))
    gaps = None if read.areas is None else find_gaps(read.outline, read.plane)
    if gaps is not None:
        notes.append(gaps.note())
    if "total" in people:
        notes.append(("units_note_people", {"total": people["total"], "field": people["field"]}))
    return UnitsMade(
        units=Units(
            ids=result.ids,
            geometry=polygons,
            weight=result.weight,
            crs=read.crs,
            parent=parent,
            group=group,
            fields=MappingProxyType(_summed(read.buildings, result, once=request.duplicates == "max")),
            weight_field=read.counted.field,
        ),
        result=result,
        between=between,
        notes=(*notes, *between.notes()),
        account={
            "people": people,
            "groups": grouping,
            "gaps": None if gaps is None else gaps.as_dict(),
            **between.account(),
        },
    )


def _group(
    files: Files, request: UnitsRequest, read: UnitsRead, result: UnitsResult, parent: NDArray[np.object_] | None
) -> tuple[NDArray[np.object_] | None, dict[str, Any], list[tuple[str, Mapping[str, Any]]]]:
    """The compound of each unit, "" for none; a compound over two areas is one group in each."""
    if request.compounds is None:
        return None, {}, []
    from geo.partition.units import group_units

    compounds = files.read_compounds(request.compounds, id_field=request.compound_id, crs=request.crs)
    shapes = read.plane.flatten(crs_.project(compounds.geometry, source=compounds.crs, target=read.crs))
    found = group_units(result.polygons, read.houses, result.unit_of_building, shapes)
    names = np.where(found.compound >= 0, compounds.ids[found.compound], "").astype(object)
    over: list[str] = []
    if parent is not None:
        for number in np.unique(found.compound[found.compound >= 0]):
            inside = np.flatnonzero(found.compound == number)
            if len(set(parent[inside])) > 1:
                over.append(str(compounds.ids[number]))
                names[inside] = [f"{name}@{area}" for name, area in zip(names[inside], parent[inside], strict=True)]
    fence = [str(unit) for unit in result.ids[found.fence]]
    used = len(np.unique(found.compound[found.compound >= 0]))
    account = {
        "groups": used,
        "units": int((found.compound >= 0).sum()),
        "on_fence": {"count": len(fence), "ids": fence},
        "over_areas": {"count": len(over), "ids": over},
        "without_unit": [str(name) for k, name in enumerate(compounds.ids) if not (found.compound == k).any()],
    }
    notes: list[tuple[str, Mapping[str, Any]]] = [("units_note_groups", {"groups": used, "units": account["units"]})]
    if fence:
        notes.append(("units_note_fence", {"count": len(fence), "ids": ", ".join(fence[:5])}))
    if over:
        notes.append(("units_note_group_over", {"count": len(over), "ids": ", ".join(over[:5])}))
    return names, account, notes


def _on_the_globe(error: InvalidInput, read: UnitsRead) -> InvalidInput:
    """Where boundary and buildings lie, in degrees: the metres that units are built in tell nobody anything."""
    houses = read.houses[~(shapely.is_missing(read.houses) | shapely.is_empty(read.houses))]
    if error.code != "units_no_building_inside" or not len(houses):
        return error
    houses = read.plane.unflatten(houses)

    def span(shapes: NDArray[np.object_]) -> list[float]:
        # A boundary may be large: its box is projected, not all of it.
        box = np.array([shapely.box(*shapely.total_bounds(shapes))], dtype=object)
        globe = crs_.project(box, source=read.crs, target=crs_.WGS84)
        return [round(float(degrees), 6) for degrees in shapely.total_bounds(globe)]

    spans = {"boundary": span(np.array([read.outline], dtype=object)), "buildings": span(houses)}
    return InvalidInput("units_elsewhere", count=error.context["count"], **spans)


def _nest(polygons: NDArray[np.object_], areas: Units, plane: Plane) -> NDArray[np.int64]:
    """The one area that each unit lies in; a unit that lies in two is an error, not a rounding."""
    inside = shapely.point_on_surface(polygons)
    unit, area = shapely.STRtree(areas.geometry).query(inside, predicate="intersects")
    home = np.full(len(polygons), -1)
    home[unit[::-1]] = area[::-1]
    across = plane.flatten(shapely.difference(polygons, areas.geometry[home]))
    # Noding moves a vertex by less than a micrometre: a real crossing is larger than a sliver along the border.
    lost = shapely.area(across) > 1e-4 * np.maximum(shapely.length(across), 1.0)
    if lost.any():
        raise InvalidBoundary("units_across_areas", count=int(lost.sum()), area=areas.ids[home[lost.argmax()]])
    return home


def _summed(buildings: Buildings, result: UnitsResult, *, once: bool) -> dict[str, NDArray[Any]]:
    """Buildings and, where the file has them, households and residents of each unit."""
    from geo.partition.units import count_once, sum_units

    home = result.unit_of_building
    count = len(result.polygons)
    sums: dict[str, NDArray[Any]] = {"buildings": np.bincount(home[home >= 0], minlength=count)}
    for name, given in buildings.sums.items():
        values = count_once(given, result.duplicate) if once else given
        sums[name] = np.rint(sum_units(values, home, count)).astype(np.int64)
    return sums


def _as_layer(made: UnitsMade, source: str) -> Layer:
    from geo.partition.units.result import KIND_NAMES

    units = made.units
    fields: dict[str, NDArray[Any]] = {"id": units.ids, units.weight_field: units.weight, **units.fields}
    if units.parent is not None:
        fields["parent"] = units.parent
    if units.group is not None:
        fields["group"] = units.group
    fields["kind"] = np.array(KIND_NAMES, dtype=object)[made.result.kind]
    return Layer(geometry=units.geometry, fields=MappingProxyType(fields), crs=units.crs, source=source)
