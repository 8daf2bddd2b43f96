"""Gather what the pages of a draft and of a comparison show."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import crs as crs_
from geo.errors import InvalidInput, NotFound
from geo.messages import Lang
from geo.model import Drawing, Grid, Issue, Plan, Units
from geo.service import editing
from geo.service.checks import deviations
from geo.service.context import Service, build_net, find_plan_in_force, knowledge
from geo.service.editing_result import drawing_of
from geo.service.pages import backdrop, open_issues
from geo.service.plans import band_of, stored_drawing, stored_faults, tolerance_of
from geo.service.views import ComparedPlan, CompareView, DraftView
from geo.service.wishes import metric_crs

# Faults of the ground that the units themselves have; all others are found anew after each step.
_SEAMS: Final = ("gap_between_", "check_units_overlap", "check_grids_overlap", "unit_geometry_bad", "area_not_covered")
_CHOICES: Final = 40
# To check more units than this takes longer than a page may take to be seen.
_CHECKED_AT_ONCE: Final = 2_000


def view_draft(service: Service, draft_id: int, *, lang: Lang, actor: str, whole: bool = False) -> DraftView:
    """A draft as its page shows it; the faults of a large ground that nobody has looked for yet only if `whole`."""
    opened = editing.open_draft(service, draft_id)
    ground = opened.ground
    with opened.lock:
        state = opened.news(None, actor, lang)
    faults = service.memory.faults.find((ground.plan.id, ground.plan.revision))
    if faults is None and (whole or len(ground.units) <= _CHECKED_AT_ONCE):
        faults = stored_faults(service, ground.plan)
    graph = ground.graph
    shut = np.zeros(len(graph.indices), dtype=np.bool_) if graph.closed is None else graph.closed
    rows = np.flatnonzero(shut & (graph.source < graph.indices))
    return DraftView(
        key=(ground.plan.id, ground.plan.revision, ground.plan.created_at, service.store.place_stamp()),
        plan=ground.plan,
        grids=ground.grids,
        units=ground.units,
        state=state,
        tolerance=tolerance_of(ground.plan),
        band=band_of(ground.plan),
        seams=None if faults is None else tuple(fault for fault in faults if fault.kind.startswith(_SEAMS)),
        closed=np.column_stack([graph.source[rows], graph.indices[rows]]).astype(np.int64),
        backdrop=backdrop(service),
        now=service.now(),
    )


def render_draft(service: Service, draft_id: int, *, lang: Lang, actor: str) -> str:
    """The page of a draft."""
    return service.pages.draft(view_draft(service, draft_id, lang=lang, actor=actor), lang=lang)


def render_draft_base(service: Service, draft_id: int, *, lang: Lang, actor: str) -> str:
    """Houses, walls, roads and faults of the ground under a draft, JSON, for a page that left them out."""
    return service.pages.draft_base(view_draft(service, draft_id, lang=lang, actor=actor, whole=True), lang=lang)


def render_compare(service: Service, a: str | None, b: str | None, *, lang: Lang) -> str:
    """The page that compares two plans; see `view_compare`."""
    return service.pages.compare(view_compare(service, a, b), lang=lang, standalone=False)


@dataclass(frozen=True, eq=False)
class _Side:
    key: str
    plan: Plan
    drawing: Drawing

    @property
    def grids(self) -> tuple[Grid, ...]:
        return tuple(grid for grid in self.drawing.grids if not grid.lies_over)


def view_compare(service: Service, a: str | None = None, b: str | None = None) -> CompareView:
    """Two plans side by side: ``3`` names a plan, ``d7`` a draft.

    Without `a` it is the plan in force, without `b` the newest draft that is open, else the newest other plan.

    Raises
    ------
    NotFound
        No such plan or draft, or nothing to compare.
    InvalidInput
        A name is neither.
    """
    choices = _choices(service)
    first, second = _sides(service, a, b, choices)
    units = second.drawing.units
    old = _rows(first, units)
    new = _own_rows(second, units)
    moved = np.flatnonzero(_changed(first, second, old, new))
    homes = units.weight if units.weight_field == "households" else units.fields.get("households")
    known = homes is not None and np.issubdtype(np.asarray(homes).dtype, np.number)
    counts = np.nan_to_num(np.asarray(homes, dtype=np.float64)) if known else None
    flows, issues = _issue_flows(service, first, second)
    return CompareView(
        a=_compared(first),
        b=_compared(second),
        units=_taken(units, moved),
        from_grid=old[moved],
        to_grid=new[moved],
        weight=(float(units.weight[moved].sum()), float(units.weight.sum())),
        households=None if counts is None else (float(counts[moved].sum()), float(counts.sum())),
        open_issues=(issues, sum(count for _, _, count in flows)),
        moved_issues=flows,
        choices=choices,
        backdrop=backdrop(service),
    )


def _choices(service: Service) -> tuple[tuple[str, str, str], ...]:
    plans = service.store.list_plans(today=service.today())[:_CHOICES]
    drafts = [draft for draft in service.store.list_drafts(limit=_CHOICES) if draft.submitted is None]
    return tuple(
        [(f"d{draft.id}", draft.name, "editing") for draft in drafts]
        + [(str(plan.id), plan.name, plan.state) for plan in plans if plan.units]
    )


def _sides(
    service: Service, a: str | None, b: str | None, choices: tuple[tuple[str, str, str], ...]
) -> tuple[_Side, _Side]:
    if a is None:
        force = find_plan_in_force(service)
        a = str(force.id) if force is not None else next((key for key, _, _ in reversed(choices)), None)
    if b is None:
        b = next((key for key, _, _ in choices if key != a), a)
    if a is None or b is None:
        raise NotFound("compare_nothing")
    return _side(service, a), _side(service, b)


def _side(service: Service, key: str) -> _Side:
    number = key.removeprefix("d")
    if not number.isascii() or not number.isdecimal() or len(number) > 9:
        raise InvalidInput("compare_key_bad", got=key[:40])
    if key.startswith("d"):
        opened = editing.open_draft(service, int(number))
        with opened.lock:
            return _Side(key, opened.ground.plan, drawing_of(service, opened))
    plan = service.store.get_plan(int(number), today=service.today())
    return _Side(key, plan, stored_drawing(service, plan))


def _own_rows(side: _Side, units: Units) -> NDArray[np.int64]:
    row = {grid.code: k for k, grid in enumerate(side.grids)}
    codes = units.grid if units.grid is not None else [""] * len(units)
    return np.array([row.get(str(code or ""), -1) for code in codes], dtype=np.int64)


def _rows(side: _Side, units: Units) -> NDArray[np.int64]:
    """The grid of `side` that holds each of `units`: by the unit's own record where ids agree, else by its place."""
    own = side.drawing.units
    if len(own) == len(units) and (own.ids == units.ids).all():
        return _own_rows(side, own)
    from geo.locate import GridIndex

    index = GridIndex.build([grid.geometry for grid in side.grids], [grid.code for grid in side.grids])
    inside = shapely.point_on_surface(units.geometry)
    found: NDArray[np.int64] = index.locate(lon=shapely.get_x(inside), lat=shapely.get_y(inside)).astype(np.int64)
    return found


def _changed(first: _Side, second: _Side, old: NDArray[np.int64], new: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Units whose grid does not go on from the one that they were in; a mere change of code moves nobody."""
    if {grid.code for grid in first.grids} & {grid.code for grid in second.grids}:
        before = [grid.code for grid in first.grids]
        after = [grid.code for grid in second.grids]
        return np.array(
            [(before[o] if o >= 0 else "") != (after[n] if n >= 0 else "") for o, n in zip(old, new, strict=True)],
            dtype=bool,
        )
    weight = Counter[tuple[int, int]]()
    for o, n, w in zip(old.tolist(), new.tolist(), second.drawing.units.weight.tolist(), strict=True):
        weight[o, n] += w
    goes_on: dict[int, int] = {}
    for (o, n), _ in sorted(weight.items(), key=lambda item: (-item[1], item[0])):
        if n not in goes_on and o not in goes_on.values():
            goes_on[n] = o
    return np.array([goes_on.get(n) != o for o, n in zip(old.tolist(), new.tolist(), strict=True)], dtype=bool)


def _taken(units: Units, rows: NDArray[np.int64]) -> Units:
    columns = ("grid", "parent", "group", "locked")
    more = {name: None if getattr(units, name) is None else getattr(units, name)[rows] for name in columns}
    fields = {name: np.asarray(values)[rows] for name, values in units.fields.items()}
    return Units(
        units.ids[rows], units.geometry[rows], units.weight[rows], units.crs, **more, fields=fields,
        weight_field=units.weight_field,
    )  # fmt: skip


def _compared(side: _Side) -> ComparedPlan:
    grids = side.grids
    deviation = deviations(grids)
    band, tolerance = band_of(side.plan), tolerance_of(side.plan)
    weight = np.array([grid.weight for grid in grids])
    if band is not None:
        out = (weight > band[1]).astype(np.int64) - (weight < band[0])
    else:
        out = np.where(np.abs(deviation) <= tolerance + 1e-9, 0, np.sign(deviation)).astype(np.int64)
    shapes = np.array([grid.geometry for grid in grids], dtype=object)
    metric = crs_.project(shapes, source=crs_.WGS84, target=metric_crs(shapes, crs_.WGS84))
    around = shapely.length(metric)
    compact = np.divide(4 * np.pi * shapely.area(metric), around**2, out=np.zeros(len(grids)), where=around > 0)
    return ComparedPlan(side.key, side.plan, grids, deviation, out, float(compact.mean()) if len(grids) else 0.0)


def _issue_flows(service: Service, first: _Side, second: _Side) -> tuple[tuple[tuple[int, int, int], ...], int]:
    """(grid of a, grid of b, how many) of open issues that lie in another grid, most first; and how many are open."""
    issues: list[Issue] = [i for i in open_issues(service) if i.location.lon is not None and i.location.lat is not None]
    if not issues:
        return (), 0
    lon = np.array([issue.location.lon for issue in issues], dtype=np.float64)
    lat = np.array([issue.location.lat for issue in issues], dtype=np.float64)
    place = knowledge(service).place
    a, b = (build_net(side.plan, side.grids, place).index.locate(lon=lon, lat=lat) for side in (first, second))
    before = [grid.code for grid in first.grids] + [""]
    after = [grid.code for grid in second.grids] + [""]
    flows = Counter((int(o), int(n)) for o, n in zip(a, b, strict=True) if before[o] != after[n])
    ordered = sorted(flows.items(), key=lambda item: (-item[1], item[0]))
    return tuple((o, n, count) for (o, n), count in ordered), len(issues)
