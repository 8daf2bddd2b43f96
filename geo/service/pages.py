"""Gather what a page shows from the store; `geo.maps` draws it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from geo.errors import NotFound
from geo.messages import Lang
from geo.model import Issue, IssueStatus, Plan
from geo.service.checks import deviations
from geo.service.context import Service, find_plan_in_force, get_plan_in_force, knowledge, net_of
from geo.service.coverage import view_coverage
from geo.service.hotspot_page import Question
from geo.service.hotspot_page_render import hotspots_data, render_hotspots
from geo.service.placing import count_by_grid, placed_in
from geo.service.plans import band_of, stored_drawing, stored_faults, tolerance_of
from geo.service.reporters import public_issues
from geo.service.tiled import count_open, find_tiles, tiles_of
from geo.service.views import Backdrop, IssuesView, PlanView, Tiles

OPEN: Final[tuple[IssueStatus, ...]] = ("to_confirm", "to_dispatch", "in_progress")
PAGES = ("plan", "issues", "coverage", "hotspots")
# Pages that come without their data where the place is large (`geo.service.tiled`), and ask for it.
LATE: Final = ("plan", "issues", "coverage", "hotspots")
# The post that answers for a grid (网格长); its name is in the place's own words.
LEADER: Final = "网格长"


def render_page(service: Service, page: str, *, lang: Lang, standalone: bool, plan_id: int | None = None) -> str:
    """One page as HTML; `page` is one of `PAGES`.

    Raises
    ------
    NotFound
        No such page or plan, or no plan is in force.
    """
    if page == "hotspots":
        return render_hotspots(service, Question(), lang=lang, standalone=standalone)
    if not standalone and page in LATE and find_tiles(service, plan_id) is not None:
        if page != "issues":
            _plan(service, plan_id)  # says that there is none
        asked = "" if plan_id is None else f"plan={plan_id}"
        return service.pages.late(page, knowledge(service).place.name, asked=asked, lang=lang)
    if page == "plan":
        return service.pages.plan(view_plan(service, plan_id, whole=standalone), lang=lang, standalone=standalone)
    if page == "issues":
        if not standalone:
            return service.pages.dispatch(view_dispatch(service), lang=lang)
        return service.pages.issues(view_issues(service), lang=lang, standalone=True)
    if page == "coverage":
        return service.pages.coverage(
            view_coverage(service, plan_id, whole=standalone), lang=lang, standalone=standalone
        )
    raise NotFound("page_unknown", page=page, known=", ".join(PAGES))


def page_data(service: Service, page: str, *, lang: Lang, plan_id: int | None = None) -> str:
    """What a page of `LATE` asks for when it is there: its data as JSON.

    Raises
    ------
    NotFound
        No such page or plan, or no plan is in force.
    """
    if page not in LATE:
        raise NotFound("page_unknown", page=page, known=", ".join(LATE))
    if page == "plan":
        return service.pages.data(page, view_plan(service, plan_id), lang=lang)
    if page == "hotspots":
        return hotspots_data(service, Question(), lang=lang, public=True)
    if page == "issues":
        return service.pages.data(page, view_dispatch(service), lang=lang)
    return service.pages.data(page, view_coverage(service, plan_id), lang=lang)


def view_plan(service: Service, plan_id: int | None = None, *, whole: bool = False) -> PlanView:
    """A plan (the one in force if None) with its units, deviations and faults.

    Where the place or its issues are too much for a page, their shapes are tiles and issues are asked for, unless the
    page has to be `whole` (a file that stands alone).
    """
    plan = _plan(service, plan_id)
    drawing = stored_drawing(service, plan)
    tolerance = tolerance_of(plan)
    net = net_of(service, plan)
    many = None if whole else count_open(service, net)
    issues = placed_in(net, public_issues(service, open_issues(service))) if many is None else ()
    return PlanView(
        plan=plan,
        grids=drawing.grids,
        units=drawing.units,
        deviation=deviations(drawing.grids),
        tolerance=tolerance,
        band=band_of(plan),
        violations=stored_faults(service, plan),
        open_issues=count_by_grid(net, issues) if many is None else many,
        backdrop=backdrop(service, None if whole else tiles_of(service, plan, units=True)),
        issues=tuple(i for i in issues if i.location.status == "located") if plan.state == "active" else (),
        many_issues=many is not None and plan.state == "active",
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
        backdrop=backdrop(service, tiles_of(service, plan)),
        now=service.now(),
        leaders={post.grid: post.name for post in place.staff if post.name and post.role == LEADER},
    )


def _plan(service: Service, plan_id: int | None) -> Plan:
    if plan_id is None:
        return get_plan_in_force(service)
    return service.store.get_plan(plan_id, today=service.today())


def backdrop(service: Service, tiles: Tiles | None = None) -> Backdrop:
    """The place under the grids."""
    place = knowledge(service).place
    return Backdrop(name=place.name, areas=place.areas, features=place.features, tiles=tiles)


def open_issues(service: Service) -> list[Issue]:
    """All issues that are not closed."""
    return [issue for status in OPEN for issue in service.store.list_issues(status=status)]
