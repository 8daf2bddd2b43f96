"""Check the codes of a plan against a scheme, or write them anew by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import crs as crs_
from geo.errors import InvalidInput, NotFound
from geo.model import Drawing, Grid, GridKind, Violation
from geo.service.ports import Files
from geo.service.wishes import metric_crs

if TYPE_CHECKING:
    from geo.partition.schemes import CodeScheme

# What lies in a grid is numbered after the grid itself.
_ORDER: tuple[GridKind, ...] = ("base", "special", "micro")


def scheme_of(name: str) -> CodeScheme:
    """A scheme by name, or from a .toml file of the place's own."""
    from geo.partition.schemes import find_scheme, parse_scheme

    if not name.endswith(".toml"):
        return find_scheme(name)
    path = Path(name)
    if not path.is_file():
        raise NotFound("scheme_file_missing", path=name)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput("scheme_not_utf8", path=name) from None
    return parse_scheme(text)


def check_codes_file(
    files: Files, path: str, scheme: CodeScheme, *, areas: Mapping[str, str] | None = None
) -> tuple[Violation, ...]:
    """Every code of a plan file that breaks the scheme or that the plan itself says is retired.

    Parameters
    ----------
    areas : mapping, optional
        Names of the areas that exist, by code.
    """
    from geo.partition.schemes import check_codes

    drawing = files.read_drawing(path)
    grids = drawing.grids
    return check_codes(
        [grid.code for grid in grids],
        [grid.parent for grid in grids],
        scheme,
        kinds=[grid.kind for grid in grids],
        areas=areas,
        retired=drawing.wishes.get("retired") or (),
    )


def read_areas(files: Files, path: str) -> dict[str, str]:
    """Names of areas by code, from a file with the fields `code` and `name`."""
    layer = files.read_layer(path)
    names = layer.fields.get("name", np.full(len(layer.geometry), "", dtype=object))
    if "code" not in layer.fields:
        raise NotFound("areas_without_code", path=path, fields=", ".join(layer.fields))
    return {str(code): str(name or "") for code, name in zip(layer.fields["code"], names, strict=True)}


def recode_file(files: Files, path: str, scheme: CodeScheme, *, out: Path) -> Mapping[str, str]:
    """Write a plan with codes by `scheme`; codes that fit it go on. Returns old -> new for those that changed."""
    drawing = files.read_drawing(path)
    fresh, renamed = recode(drawing, scheme)
    files.write_drawing(str(out), fresh)
    return renamed


def recode(drawing: Drawing, scheme: CodeScheme) -> tuple[Drawing, dict[str, str]]:
    """The same drawing with codes by `scheme`, and old -> new for the grids whose code changed.

    Old codes that are given up join the plan's list of retired ones, and none of these is ever given again.
    """
    from geo.partition.codes import assign_codes, retired_codes

    ever = {grid.code for grid in drawing.grids} | set(drawing.wishes.get("retired") or ())
    new: dict[str, str] = {}
    for kind in _ORDER:
        grids = [grid for grid in drawing.grids if grid.kind == kind]
        if not grids:
            continue
        place = {grid.code: k for k, grid in enumerate(grids)}
        labels, xy = _points(drawing, grids, place)
        parents = [new.get(grid.parent, grid.parent) if kind == "micro" else grid.parent for grid in grids]
        old = np.array([grid.code for grid in grids], dtype=object)
        taken = ever | set(new.values())
        codes = assign_codes(labels, xy, parents, taken=taken, previous=old[labels], scheme=scheme, kind=kind)
        new |= dict(zip(old.tolist(), codes.tolist(), strict=True))
    grids = [
        replace(
            grid,
            code=new[grid.code],
            parent=new.get(grid.parent, grid.parent) if grid.kind == "micro" else grid.parent,
            name=new[grid.code] if grid.name == grid.code else grid.name,
        )
        for grid in drawing.grids
    ]
    units = drawing.units
    if units.grid is not None:
        named = np.array([new.get(str(code), str(code or "")) for code in units.grid], dtype=object)
        units = replace(units, grid=named)
    wishes = {**drawing.wishes, "retired": retired_codes(ever, new.values()), "code_scheme": scheme.name}
    fresh = Drawing(tuple(sorted(grids, key=lambda grid: grid.code)), units, drawing.crs, wishes)
    return fresh, {old: code for old, code in new.items() if old != code}


def _points(
    drawing: Drawing, grids: list[Grid], place: Mapping[str, int]
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Points of the grids in metres, and the grid of each: of their units where all have some, else one a grid."""
    units = drawing.units
    named = units.grid if units.grid is not None else np.full(len(units), "", dtype=object)
    number = np.array([place.get(str(code), -1) for code in named], dtype=np.int64)
    inside = np.flatnonzero(number >= 0)
    if len(np.unique(number[inside])) == len(grids):
        labels, shapes, crs = number[inside], units.geometry[inside], units.crs
    else:
        labels, crs = np.arange(len(grids)), drawing.crs
        shapes = np.array([grid.geometry for grid in grids], dtype=object)
    metric = crs_.project(shapes, source=crs, target=metric_crs(shapes, crs))
    return labels.astype(np.int32), shapely.get_coordinates(shapely.centroid(metric))
