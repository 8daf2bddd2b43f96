"""Many nets into one (多网合一): read nets, people and areas, overlay, draw the base net, write all that was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import crs as crs_
from geo.errors import InvalidInput
from geo.messages import Lang
from geo.model import Layer, Units
from geo.service.plane import Plane
from geo.service.ports import Files, Pages

if TYPE_CHECKING:
    from geo.partition.nets import BaseNet, Conflicts, Crosswalk, Refinement, Within

Method = Literal["agree", "lead"]


@dataclass(frozen=True)
class NetSource:
    """One existing net: a file, which of its columns is what, and how much it counts."""

    name: str
    path: str
    code: str
    carry: tuple[str, ...] = ()
    crs: str | None = None
    trust: float = 1.0


@dataclass(frozen=True)
class NetsRequest:
    """What `geo nets` is asked.

    Attributes
    ----------
    nets : the existing nets.
    people, weight, missing_weight : a file with people and its column, None for areas alone.
    boundary, where, within : what is to be covered; the column whose areas no base grid crosses.
    tolerance_m, least_m2 : noise of drawing that vanishes; smaller pieces join a neighbour.
    method, lead : how the base net is made. plan : a plan file drawn out of the atoms; then the method is not asked.
    codes_from : the net whose codes go on.
    crs : of files that name none.
    """

    nets: tuple[NetSource, ...]
    people: str | None = None
    weight: str = "households"
    missing_weight: float | None = None
    boundary: str | None = None
    where: str | None = None
    within: str | None = None
    tolerance_m: float = 1.0
    least_m2: float = 200.0
    method: Method = "agree"
    lead: tuple[str, ...] = ()
    plan: str | None = None
    codes_from: str | None = None
    crs: str | None = None
    name: str = ""


@dataclass(frozen=True, eq=False)
class NetsMade:
    """All that came of it.

    Attributes
    ----------
    units : the atoms inside with their grid, in the CRS of the result.
    plane : metres of the overlay, and back.
    values : net number -> field -> old code -> value, as read.
    """

    request: NetsRequest
    ref: Refinement
    base: BaseNet
    conflicts: Conflicts
    crosswalk: Crosswalk
    units: Units
    plane: Plane
    values: Mapping[int, Mapping[str, Mapping[str, float]]] = field(default_factory=dict)


def merge_nets_file(
    files: Files,
    request: NetsRequest,
    *,
    out: Path,
    report: Path | None = None,
    crosswalk: Path | None = None,
    page: tuple[Path, Pages, Lang] | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> Mapping[str, Any]:
    """Merge nets; write the plan file with its further layers, the report, the crosswalk and the page.

    Returns the report. `page` is where to write the page, who draws it, and in which language.

    Raises
    ------
    InvalidInput
        A file, a column or a wish cannot be used; names net and row.
    """
    from geo.service.nets_layers import crosswalk_rows, drawing_of, further_layers, report_of
    from geo.service.nets_view import view_nets

    made = merge_nets(files, request, progress=progress)
    figures = report_of(made)
    drawing = drawing_of(made)
    # All is made before anything is written: a page that cannot be drawn leaves no half of a result behind.
    layers = further_layers(made)
    text = None if page is None else page[1].nets(view_nets(made, drawing), lang=page[2], standalone=True)
    files.write_drawing(str(out), drawing, layers)
    if page is not None and text is not None:
        files.write_text(page[0], text)
    if crosswalk is not None:
        header, rows = crosswalk_rows(made)
        files.write_rows(crosswalk, header, rows)
    if report is not None:
        files.write_json(report, figures)
    return figures


def merge_nets(files: Files, request: NetsRequest, *, progress: Callable[[float, str], None] | None = None) -> NetsMade:
    """Overlay nets, draw the base net, and compare."""
    from geo.partition.nets import (
        NetLayer,
        NetsInputs,
        NetsSettings,
        People,
        find_conflicts,
        make_crosswalk,
        refine,
    )

    tell = progress or (lambda share, key: None)
    tell(0.0, "nets_stage_read")
    layers = [
        files.read_net(one.path, code=one.code, values=one.carry, crs=one.crs or request.crs) for one in request.nets
    ]
    areas = None
    if request.boundary is not None:
        areas = files.read_areas(
            request.boundary, where=request.where, name_field=request.within, total_field=None, crs=request.crs
        )
    target = areas.crs if areas is not None else _usual(layers)
    shapes = [_in_target(layer, target) for layer in layers]
    outline = shapely.box(*shapely.total_bounds(areas.geometry if areas is not None else np.concatenate(shapes)))
    plane = Plane.of(outline, target)
    within = None if areas is None else _within(areas, request, plane)
    codes = ("",) if within is None else within.codes
    people = People.nobody()
    if request.people is not None:
        found = files.read_people(
            request.people, weight=request.weight, crs=request.crs, missing_weight=request.missing_weight
        )
        people = People(plane.flatten(_in_target(found, target)), found.fields["weight"])
    ref = refine(
        NetsInputs(
            [
                NetLayer(one.name, plane.flatten(shape), layer.fields["code"], one.trust)
                for one, shape, layer in zip(request.nets, shapes, layers, strict=True)
            ],
            people,
            within,
            NetsSettings(tolerance_m=request.tolerance_m),
        ),
        progress=tell,
    )
    tell(0.8, "nets_stage_base")
    base = _base(files, request, ref, codes, plane, target)
    tell(0.9, "nets_stage_compare")
    conflicts = find_conflicts(ref, base)
    units = _units(ref, base, plane, target, codes, request)
    return NetsMade(
        request, ref, base, conflicts, make_crosswalk(ref, base), units, plane, _values(request, layers, ref)
    )


def _within(areas: Units, request: NetsRequest, plane: Plane) -> Within:
    """The areas in metres with their codes; one area without a code where nothing is to be nested."""
    from geo.partition.nets import Within

    if request.within is not None:
        return Within(plane.flatten(areas.geometry), tuple(str(name) for name in areas.ids))
    return Within(plane.flatten(np.array([shapely.union_all(areas.geometry)], dtype=object)), ("",))


def _usual(layers: Sequence[Layer]) -> str:
    """The reference system that most nets have, the first by name between equals."""
    names = Counter(str(layer.crs) for layer in layers)
    return min(names, key=lambda name: (-names[name], name)) if names else crs_.WGS84


def _in_target(layer: Layer, target: str) -> NDArray[np.object_]:
    moved: NDArray[np.object_] = crs_.project(layer.geometry, source=str(layer.crs), target=target)
    return moved


def _base(
    files: Files, request: NetsRequest, ref: Refinement, codes: Sequence[str], plane: Plane, target: str
) -> BaseNet:
    from geo.partition.nets import BaseWish, draw_base, take_base

    if request.plan is None:
        wish = BaseWish(
            method=request.method, lead=request.lead, least_m2=request.least_m2, codes_from=request.codes_from
        )
        return draw_base(ref, wish, codes)
    drawn = files.read_drawing(request.plan).units
    row = {name: k for k, name in enumerate(drawn.ids.tolist())}
    ids = ref.ids.tolist()
    strange = sorted(set(row) ^ set(ids))
    if not strange and drawn.grid is not None:
        order = [row[name] for name in ids]
        shapes = plane.flatten(crs_.project(drawn.geometry[order], source=drawn.crs, target=target))
        # The same names may stand for other pieces: each must lie where the atom does, and be as large.
        atoms = ref.atoms.polygons[: len(ids)]
        here = shapely.intersects(shapely.point_on_surface(shapes), atoms)
        alike = np.abs(shapely.area(shapes) - shapely.area(atoms)) <= 1e-6 * shapely.area(atoms) + 0.01
        strange = [name for name, good in zip(ids, here & alike, strict=True) if not good]
        if not strange:
            return take_base(ref, drawn.grid[order])
    raise InvalidInput("nets_plan_of_others", path=request.plan, id=min(strange, default="-"), count=len(strange))


def _units(
    ref: Refinement, base: BaseNet, plane: Plane, target: str, codes: Sequence[str], request: NetsRequest
) -> Units:
    """The atoms as units of a plan: with the code that each net gives them, "" for none."""
    atoms, count = ref.atoms, ref.atoms.inside
    fields: dict[str, NDArray[Any]] = {}
    for k, layer in enumerate(ref.layers):
        fields[layer.name] = np.array([*layer.codes, ""], dtype=object)[atoms.label[:count, k]]
    parent = None
    if request.within is not None:
        parent = np.array([codes[k] for k in atoms.parent[:count]], dtype=object)
    return Units(
        ids=ref.ids,
        geometry=plane.unflatten(atoms.polygons[:count]),
        weight=atoms.weight_milli[:count] / 1000,
        crs=target,
        grid=base.codes[base.grid_of_atom],
        parent=parent,
        fields=fields,
        weight_field=request.weight,
    )


def _values(request: NetsRequest, layers: Sequence[Layer], ref: Refinement) -> dict[int, dict[str, dict[str, float]]]:
    """What is to be carried over: rows of one code add up."""
    number = {layer.name: k for k, layer in enumerate(ref.layers)}
    out: dict[int, dict[str, dict[str, float]]] = {}
    for one, layer in zip(request.nets, layers, strict=True):
        for name in one.carry:
            sums: dict[str, list[float]] = {}
            for code, value in zip(layer.fields["code"].tolist(), layer.fields[name].tolist(), strict=True):
                sums.setdefault(str(code), []).append(float(value))
            added = {code: float(np.sum(np.sort(values))) for code, values in sums.items()}
            out.setdefault(number[one.name], {})[name] = added
    return out
