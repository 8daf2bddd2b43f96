"""Gather what a page shows from the store; `geo.maps` draws it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import NotFound
from geo.messages import Lang
from geo.model import Grid, Issue, IssueStatus, Plan
from geo.service.checks import deviations
from geo.service.context import Service, find_plan_in_force, get_plan_in_force, knowledge, net_of
from geo.service.coverage import view_coverage
from geo.service.placing import count_by_grid, placed_in
from geo.service.plans import band_of, stored_drawing, stored_faults, tolerance_of
from geo.service.reporters import public_issues
from geo.service.views import Backdrop, HotspotsView, IssuesView, PlanView

OPEN: Final[tuple[IssueStatus, ...]] = ("to_confirm", "to_dispatch", "in_progress")
PAGES = ("plan", "issues", "coverage", "hotspots")
# The post that answers for a grid (网格长); its name is in the place's own words.
LEADER: Final = "网格长"
# Longer than any week and shorter than a season: the grid level needs a month of cases (hotspots.md).
HOTSPOT_DAYS = 30


def render_page(service: Service, page: str, *, lang: Lang, standalone: bool, plan_id: int | None = None) -> str:
    """One page as HTML; `page` is one of `PAGES`.

    Raises
    ------
    NotFound
        No such page or plan, or no plan is in force.
    """
    if page == "plan":
        return service.pages.plan(view_plan(service, plan_id), lang=lang, standalone=standalone)
    if page == "issues":
        if not standalone:
            return service.pages.dispatch(view_dispatch(service), lang=lang)
        return service.pages.issues(view_issues(service), lang=lang, standalone=True)
    if page == "coverage":
        return service.pages.coverage(view_coverage(service, plan_id), lang=lang, standalone=standalone)
    if page == "hotspots":
        return service.pages.hotspots(view_hotspots(service), lang=lang, standalone=standalone)
    raise NotFound("page_unknown", page=page, known=", ".join(PAGES))


def view_plan(service: Service, plan_id: int | None = None) -> PlanView:
    """A plan (the one in force if None) with its units, deviations and faults."""
    plan = _plan(service, plan_id)
    drawing = stored_drawing(service, plan)
    tolerance = tolerance_of(plan)
    net = net_of(service, plan)
    issues = placed_in(net, public_issues(service, open_issues(service)))
    return PlanView(
        plan=plan,
        grids=drawing.grids,
        units=drawing.units,
        deviation=deviations(drawing.grids),
        tolerance=tolerance,
        band=band_of(plan),
        violations=stored_faults(service, plan),
        open_issues=count_by_grid(net, issues),
        backdrop=backdrop(service),
        issues=tuple(i for i in issues if i.location.status == "located") if plan.state == "active" else (),
        now=service.now(),
    )


def view_issues(service: Service, *, days: int | None = None) -> IssuesView:
    """Issues on the plan in force; open ones always, closed ones of the last `days` (all if None)."""
    plan = find_plan_in_force(service)
    net = None if plan is None else net_of(service, plan)
    grids = () if net is None else net.grids
    now = service.now()
    issues: Sequence[Issue] = service.store.list_issues()
    if net is not None:
        issues = placed_in(net, issues)
    if days is not None:
        since = now - timedelta(days=days)
        issues = [issue for issue in issues if issue.status != "closed" or issue.reported_at >= since]
    place = knowledge(service).place
    return IssuesView(
        plan=plan,
        grids=grids,
        issues=public_issues(service, issues),
        departments=place.departments,
        categories=place.categories,
        backdrop=backdrop(service),
        now=now,
    )


def view_dispatch(service: Service) -> IssuesView:
    """What the dispatch page stands on; it asks for the issues themselves as it needs them."""
    plan = find_plan_in_force(service)
    grids = () if plan is None else net_of(service, plan).grids
    place = knowledge(service).place
    return IssuesView(
        plan=plan,
        grids=grids,
        issues=(),
        departments=place.departments,
        categories=place.categories,
        backdrop=backdrop(service),
        now=service.now(),
        leaders={post.grid: post.name for post in place.staff if post.name and post.role == LEADER},
    )


def view_hotspots(service: Service, *, until: date | None = None, days: int = HOTSPOT_DAYS) -> HotspotsView:
    """Where issues are more than the people there let expect, over the last `days` before `until`."""
    from geo.hotspots import neighbourhood_ratio

    plan = get_plan_in_force(service)
    net = net_of(service, plan)
    last = until or _last_day(service)
    since = last - timedelta(days=days - 1)
    issues = service.store.list_issues(
        since=datetime.combine(since, time.min, service.timezone),
        until=datetime.combine(last + timedelta(days=1), time.min, service.timezone),
    )
    counts = count_by_grid(net, issues)
    observed = np.array([counts[grid.code] for grid in net.grids], dtype=np.int64)
    population = np.array([_people(grid) for grid in net.grids], dtype=np.float64)
    result = neighbourhood_ratio(observed, population, _neighbours(net.grids))
    return HotspotsView(
        plan=plan,
        grids=net.grids,
        since=since,
        until=last,
        denominator="residents" if all(grid.residents for grid in net.grids) else "households",
        observed=result.observed,
        expected=result.expected,
        ratio=result.ratio,
        q=result.q,
        judged=result.judged,
        backdrop=backdrop(service),
    )


def _plan(service: Service, plan_id: int | None) -> Plan:
    if plan_id is None:
        return get_plan_in_force(service)
    return service.store.get_plan(plan_id, today=service.today())


def backdrop(service: Service) -> Backdrop:
    """The place under the grids."""
    place = knowledge(service).place
    return Backdrop(name=place.name, areas=place.areas, features=place.features)


def open_issues(service: Service) -> list[Issue]:
    """All issues that are not closed."""
    return [issue for status in OPEN for issue in service.store.list_issues(status=status)]


def _neighbours(grids: Sequence[Grid]) -> NDArray[np.int32]:
    """Pairs of grids that share a border, each once; int32 (n_pairs, 2)."""
    from geo.partition.arcs import shared_arcs

    arcs = shared_arcs(np.array([grid.geometry for grid in grids], dtype=object))
    inner = (arcs.left >= 0) & (arcs.right >= 0)
    pairs: NDArray[np.int32] = np.unique(
        np.sort(np.column_stack([arcs.left[inner], arcs.right[inner]]), axis=1), axis=0
    )
    return pairs


def _people(grid: Grid) -> float:
    for value in (grid.residents, grid.households):
        if value:
            return float(value)
    return grid.weight


def _last_day(service: Service) -> date:
    """Today, or the day of the newest issue where the records end before."""
    newest = service.store.newest_issue_at()
    today = service.today()
    return today if newest is None else min(today, newest.astimezone(service.timezone).date())
