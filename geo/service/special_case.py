"""A plan and outlines of special grids (专属网格), brought together: names, areas, codes, the units inside."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import crs as crs_
from geo.errors import InvalidBoundary, InvalidInput
from geo.model import Drawing, Units
from geo.service.ports import Files
from geo.service.wishes import metric_crs

# Why a column cannot name the outlines.
_NO_NAMES = ("field_unknown", "field_unknown_similar", "id_missing", "id_twice")


@dataclass(frozen=True)
class SpecialRequest:
    """What `geo special` is asked.

    `mode` "over" leaves the base net as it is, "carve" takes the units inside out of it. `name` and `code` are columns
    of the outlines; without `code` they get the next free numbers of special grids. `where` is `field=value`: only such
    outlines, say one building. `mend` gives what carving cuts off to neighbours.
    """

    mode: Literal["over", "carve"] = "over"
    name: str | None = None
    code: str | None = None
    where: str | None = None
    crs: str | None = None
    mend: bool = True


@dataclass(frozen=True, eq=False)
class Case:
    """A plan and outlines, both in metres too."""

    drawing: Drawing
    unit_shape: NDArray[np.object_]
    point: NDArray[np.float64]
    outline: NDArray[np.object_]
    outline_m: NDArray[np.object_]
    names: list[str]
    inside: NDArray[np.int32]
    parent: list[str]


def read_outlines(files: Files, path: str, request: SpecialRequest) -> Units:
    """The outlines by name; a column `name` that nobody asked for is taken if it is complete and unique."""
    for name in ("name", None) if request.name is None else (request.name,):
        try:
            return files.read_areas(path, where=request.where, name_field=name, total_field=None, crs=request.crs)
        except InvalidBoundary as error:
            if error.code != "file_areas_overlap":
                raise
            pair = {"a": error.context["unit"], "b": error.context["other"]}
            more = {"area_m2": error.context["area_m2"], "count": error.context["count"]}
            raise InvalidBoundary("special_overlap", **pair, **more) from None
        except InvalidInput as error:
            if request.name is not None or name is None or error.code not in _NO_NAMES:
                raise
    raise AssertionError("the last try returns or raises")


def prepare(drawing: Drawing, areas: Units, request: SpecialRequest) -> Case:
    """Find the units inside each outline and the area that it belongs to; outlines that overlap are refused."""
    from geo.partition.special import refuse_overlaps, units_inside

    units = drawing.units
    metres = metric_crs(units.geometry, drawing.crs)
    unit_shape = crs_.project(units.geometry, source=drawing.crs, target=metres)
    outline_m = crs_.project(areas.geometry, source=areas.crs, target=metres)
    names = _names(areas, request)
    earlier = [grid for grid in drawing.grids if grid.kind == "special"]
    if earlier:
        shapes = crs_.project(np.array([g.geometry for g in earlier], dtype=object), source=drawing.crs, target=metres)
        refuse_overlaps(np.concatenate([outline_m, shapes]), [*names, *(g.name or g.code for g in earlier)])
    else:
        refuse_overlaps(outline_m, names)
    point = shapely.get_coordinates(shapely.point_on_surface(unit_shape))
    inside = units_inside(point, unit_shape, outline_m)
    case = Case(
        drawing=drawing,
        unit_shape=unit_shape,
        point=point,
        outline=crs_.project(areas.geometry, source=areas.crs, target=drawing.crs),
        outline_m=outline_m,
        names=names,
        inside=inside,
        parent=[],
    )
    return replace(case, parent=[_parent(case, s, request) for s in range(len(names))])


def _names(areas: Units, request: SpecialRequest) -> list[str]:
    """What people call the special grids: the column that was named, else `name`, else the row's number."""
    if request.name is None and "name" in areas.fields:
        return [str(v).strip() if v else str(own) for v, own in zip(areas.fields["name"], areas.ids, strict=True)]
    return [str(name) for name in areas.ids]


def _parent(case: Case, s: int, request: SpecialRequest) -> str:
    """The area that holds most of a special grid; a carved one may lie in one area only."""
    units = case.drawing.units
    near = np.flatnonzero(shapely.intersects(case.unit_shape, case.outline_m[s]))
    area = shapely.area(shapely.intersection(case.unit_shape[near], case.outline_m[s]))
    if not len(near) or not area.max() > 0:
        raise InvalidInput("special_off_net", name=case.names[s])
    if units.parent is None:
        return ""
    mine = np.flatnonzero(case.inside == s)
    homes = sorted({str(units.parent[u]) for u in mine.tolist()})
    if request.mode == "carve" and len(homes) > 1:
        raise InvalidInput("special_over_two_areas", name=case.names[s], areas=", ".join(homes))
    if request.mode == "carve" and homes:
        return homes[0]
    names, number = np.unique(units.parent[near].astype(str), return_inverse=True)
    return str(names[int(np.argmax(np.round(np.bincount(number, area), 3)))])


def codes_of(case: Case, areas: Units, request: SpecialRequest) -> list[str]:
    """Given codes, or the next free numbers of special grids in each area."""
    from geo.partition.codes import assign_codes

    used = {grid.code for grid in case.drawing.grids} | set(case.drawing.wishes.get("retired") or ())
    if request.code is None:
        middle = shapely.get_coordinates(shapely.centroid(case.outline_m))
        number = np.arange(len(middle), dtype=np.int32)
        return [str(code) for code in assign_codes(number, middle, case.parent, taken=used, kind="special")]
    if request.code not in areas.fields:
        raise InvalidInput("special_field_unknown", field=request.code, fields=", ".join(areas.fields) or "-")
    codes = ["" if v is None or v != v else str(v).strip() for v in areas.fields[request.code].tolist()]
    for k, code in enumerate(codes):
        if not code:
            raise InvalidInput("special_code_missing", name=case.names[k], field=request.code)
        if code in used:
            raise InvalidInput("special_code_taken", name=case.names[k], code=code)
        used.add(code)
    return codes
