"""The month's theme: frozen, listed, and reported before and after."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from math import isnan
from pathlib import Path
from typing import Final

from geo.errors import InvalidInput, NotFound
from geo.hotspots.theme import Ratio, against_others, rate_ratio
from geo.messages import Lang
from geo.model import Issue
from geo.model.themes import Theme, ThemeReport
from geo.service.context import Net, Service, get_plan_in_force, knowledge, net_of
from geo.service.hotspot_counts import list_incidents
from geo.service.hotspot_fold import Topic, topic_of
from geo.service.theme_public import public_theme, shown
from geo.service.theme_rank import days_of, tally_of
from geo.service.theme_view import ThemeView

NAME_MOST: Final = 80
NOTE_MOST: Final = 500


def freeze_theme(
    service: Service,
    *,
    name: str,
    category: str,
    scheme: str = "",
    kind: str = "",
    places: Sequence[str],
    first: dt.date | None = None,
    last: dt.date | None = None,
    note: str = "",
    actor: str,
) -> Theme:
    """Keep a theme with the incidents of some days; whatever comes or changes later, this set stays.

    Parameters
    ----------
    category : a whole code; `scheme` and `kind` where the code is of several directories.
    places : codes of grids or of areas, whose grids are then all in it.
    first, last : days, both included; the last whole month if not said.

    Raises
    ------
    InvalidInput
        No name or place, days that are none or not yet, or a code that several directories have.
    NotFound
        A place is in no plan of the last day, or nothing of the topic happened there in these days.
    """
    if not name.strip():
        raise InvalidInput("theme_name_wanted")
    first, last = days_of(service, first, last)
    net = net_of(service, get_plan_in_force(service, last))
    grids = _grids_of(net, places)
    tally = tally_of(service, net, first, last, categories=(category,) if category else ())
    issues = tally.incidents.issues
    matter = [issues[k] for k in tally.rows if issues[k].location.grid in grids and issues[k].category == category]
    topic = _only_topic(matter, scheme, kind)
    if topic is None:
        raise NotFound("theme_nothing", category=category, first=first, last=last)

    def of_topic(rows: Sequence[int]) -> list[int]:
        return [k for k in rows if topic_of(issues[k]) == topic]

    def here(k: int) -> bool:
        return issues[k].location.grid in grids

    own, before = of_topic(tally.rows), of_topic(tally.before)
    inside = [k for k in own if here(k)]
    by_grid = Counter(str(issues[k].location.grid) for k in inside)
    names: dict[Topic, str] = {(c.scheme, c.kind, c.code): c.name for c in knowledge(service).place.categories}
    theme = Theme(
        name=name.strip()[:NAME_MOST], note=note.strip()[:NOTE_MOST], scheme=topic[0], kind=topic[1],
        category=category, category_name=names.get(topic, ""), plan=net.plan.id, grids=tuple(sorted(grids)),
        first=first, last=last, issues=tuple(issues[k].id for k in inside),
        by_grid={code: by_grid[code] for code in sorted(grids)},
        counted={
            "incidents": len(inside),
            "reports": int(tally.incidents.reports[inside].sum()),
            "repeats": int(tally.again[inside].sum()),
            "handovers": int(tally.handed[inside].sum()),
            "before": sum(1 for k in before if here(k)),
            "others": len(own) - len(inside),
            "others_before": sum(1 for k in before if not here(k)),
        },
    )  # fmt: skip
    return service.store.save_theme(theme, actor=actor)


def _only_topic(issues: Sequence[Issue], scheme: str, kind: str) -> Topic | None:
    """What issues of one code are about, where `scheme` and `kind` are as said; refused if that is several things."""
    found = sorted({topic_of(i) for i in issues if scheme in ("", i.scheme) and kind in ("", i.kind)})
    if len(found) > 1:
        told = ", ".join(f"{topic[0]}/{topic[1]}" for topic in found)
        raise InvalidInput("theme_several", category=issues[0].category, topics=told)
    return found[0] if found else None


def report_theme(
    service: Service, theme_id: int, *, since: dt.date | None = None, until: dt.date | None = None, public: bool = False
) -> ThemeReport:
    """A theme's incidents before (as frozen) and after, with intervals, beside the same topic in all other grids.

    Parameters
    ----------
    since, until : days after, both included; from the day after it was frozen, or after its days if it was frozen
        before they ended, to yesterday.
    public : without figures below `LEAST_SHOWN`, and without what they would be reckoned back from.

    Raises
    ------
    NotFound
        There is no such theme.
    InvalidInput
        The days after begin within the set's, stand the wrong way round, or are not over.
    """
    theme = service.store.get_theme(theme_id)
    assert theme.created_at is not None
    frozen = theme.created_at.astimezone(service.timezone).date()
    begin = since or max(frozen, theme.last) + dt.timedelta(days=1)
    end = until or service.today() - dt.timedelta(days=1)
    if begin <= theme.last or end > service.today() or (begin > end and (since or until)):
        raise InvalidInput("theme_after", since=begin, until=end, last=theme.last, today=service.today())
    net = net_of(service, service.store.get_plan(theme.plan, today=service.today()))
    if begin > end:
        report = _without_after(theme, net)
        return shown(report) if public else report
    # From the set's first day, so that a chain of duplicates that began in its days is not counted again after.
    found = list_incidents(service, first=theme.first, last=end, net=net, categories=(theme.category,))
    topic, own = (theme.scheme, theme.kind, theme.category), set(theme.grids)
    known = {grid.code for grid in net.grids}
    rows = [(i, int(day)) for i, day in zip(found.issues, found.day, strict=True) if topic_of(i) == topic]
    after = [i for i, day in rows if begin.toordinal() <= day and i.location.grid in known]
    here = Counter(str(i.location.grid) for i in after if i.location.grid in own)
    inside, others = sum(here.values()), len(after) - sum(here.values())
    days = ((end - begin).days + 1, (theme.last - theme.first).days + 1)
    ratio = rate_ratio(inside, theme.counted["incidents"], days_after=days[0], days_before=days[1])
    against = against_others(inside, theme.counted["incidents"], others, theme.counted["others"])
    report = ThemeReport(
        theme, begin, end, inside, others, _told(ratio), _told(against),
        {code: (theme.by_grid[code], here[code]) for code in theme.grids},
        _weeks(rows, own, known, theme.first, end), {grid.code: grid.name for grid in net.grids if grid.code in own},
    )  # fmt: skip
    return shown(report) if public else report


def render_theme(service: Service, theme_id: int, *, lang: Lang, public: bool) -> str:
    """The report as one page of A4 that needs no server."""
    return _page(service, report_theme(service, theme_id, public=public), lang=lang, public=public)


def render_themes(service: Service, *, lang: Lang, public: bool) -> str:
    """The list of all themes as a page."""
    themes = service.store.list_themes()
    shown_ones = tuple(map(public_theme, themes)) if public else themes
    page: str = service.pages.themes(shown_ones, place=knowledge(service).place.name, lang=lang)
    return page


def write_theme(service: Service, report: ThemeReport, path: Path, *, lang: Lang, public: bool) -> None:
    """Write that page."""
    service.files.write_text(path, _page(service, report, lang=lang, public=public))


def _page(service: Service, report: ThemeReport, *, lang: Lang, public: bool) -> str:
    grids = tuple(service.store.get_grids(report.theme.plan))
    page: str = service.pages.theme(ThemeView(knowledge(service).place.name, report, grids, public), lang=lang)
    return page


def _told(ratio: Ratio) -> tuple[float, float, float] | None:
    return None if isnan(ratio.value) else (ratio.value, ratio.low, ratio.high)


def _without_after(theme: Theme, net: Net) -> ThemeReport:
    names = {grid.code: grid.name for grid in net.grids if grid.code in theme.grids}
    return ThemeReport(
        theme, None, None, 0, 0, None, None, {code: (theme.by_grid[code], 0) for code in theme.grids}, (), names
    )


def _grids_of(net: Net, places: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for place in dict.fromkeys(p.strip() for p in places if p.strip()):
        own = {grid.code for grid in net.grids if place in (grid.code, grid.parent)}
        if not own:
            raise NotFound("theme_place", place=place, plan=net.plan.id)
        found |= own
    if not found:
        raise InvalidInput("theme_place_wanted")
    return found


def _weeks(
    rows: Sequence[tuple[Issue, int]], own: set[str], known: set[str], first: dt.date, last: dt.date
) -> tuple[tuple[dt.date, int, int], ...]:
    """Weeks from the first day on: incidents here and elsewhere; a last week that is not whole is left out."""
    here, there = Counter[int](), Counter[int]()
    for issue, day in rows:
        grid = issue.location.grid
        if grid in known:
            (here if grid in own else there)[(day - first.toordinal()) // 7] += 1
    return tuple(
        (first + dt.timedelta(days=7 * week), here[week], there[week]) for week in range(((last - first).days + 1) // 7)
    )
