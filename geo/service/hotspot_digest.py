"""The week of a community on one page: what is new, what is overdue, and what is elevated beyond chance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Final

from geo.messages import Lang
from geo.model import Issue
from geo.model.hotspots import Hotspot
from geo.service.context import Net, Service, get_plan_in_force, knowledge, net_of
from geo.service.hotspot_digest_view import DigestView
from geo.service.placing import placed_in
from geo.service.reporters import public_issues

_WEEK: Final = dt.timedelta(days=7)


def write_digests(
    service: Service,
    folder: Path,
    *,
    as_of: dt.date | None = None,
    lang: Lang,
    progress: Callable[[float], None] = lambda share: None,
) -> tuple[Path, ...]:
    """Write a page that needs no server for every community with grids, `CODE.html`; returns the files.

    Parameters
    ----------
    as_of : last day of the week, yesterday if not said. What is overdue is so at the end of that day.

    Raises
    ------
    NotFound
        No plan was in force on `as_of`.
    """
    views = view_digests(service, as_of or service.today() - dt.timedelta(days=1))
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for number, view in enumerate(views):
        path = folder / f"{view.community}.html"
        service.files.write_text(path, service.pages.digest(view, lang=lang))
        written.append(path)
        progress((number + 1) / len(views))
    return tuple(written)


def view_digests(service: Service, last: dt.date) -> tuple[DigestView, ...]:
    """The week that ends with `last`, a community at a time, by code, on the plan in force then; texts are masked."""
    net = net_of(service, get_plan_in_force(service, last))
    end = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), tzinfo=service.timezone)
    new = placed_in(net, public_issues(service, service.store.list_issues(since=end - _WEEK, until=end)))
    late = [issue for issue in service.store.list_issues(until=end) if _is_late(issue, end)]
    overdue = placed_in(net, public_issues(service, late))
    # Elevated in this week: told by its latest run, or told first in it.
    told = service.store.list_hotspots(since=last - _WEEK + dt.timedelta(days=1), before=last + dt.timedelta(days=1))
    place = knowledge(service).place
    names = {area.code: area.name for area in place.areas}
    parents = {grid.code: grid.parent for grid in net.grids}
    return tuple(
        DigestView(
            place=place.name,
            community=code,
            name=names.get(code, ""),
            first=last - _WEEK + dt.timedelta(days=1),
            last=last,
            new=_of(new, parents, code),
            overdue=_of(overdue, parents, code),
            hotspots=_newest(told, net, parents, code),
            grids={grid.code: grid.name for grid in net.grids if grid.parent == code},
        )
        for code in sorted(set(parents.values()))
    )


def _is_late(issue: Issue, end: dt.datetime) -> bool:
    """Whether an issue was due and not closed at a moment."""
    return issue.due_at is not None and issue.due_at < end and (issue.closed_at is None or issue.closed_at >= end)


def _of(issues: tuple[Issue, ...], parents: dict[str, str], community: str) -> tuple[Issue, ...]:
    return tuple(issue for issue in issues if parents.get(issue.location.grid or "") == community)


def _newest(told: tuple[Hotspot, ...], net: Net, parents: dict[str, str], community: str) -> tuple[Hotspot, ...]:
    """Each story once, as its latest run of the week tells it."""
    stories = {hotspot.known or hotspot.id: hotspot for hotspot in told}
    here = [h for h in stories.values() if h.plan == net.plan.id and community in {parents.get(m) for m in h.members}]
    return tuple(sorted(here, key=lambda h: (h.p, h.id)))
