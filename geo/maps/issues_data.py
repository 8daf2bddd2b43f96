"""Issues → what pages show of them: columns of numbers, and each text said once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from geo.maps.base_data import Interner, base_data, grid_numbers, plan_data, say_if_known, seconds
from geo.maps.encode import Encoder
from geo.messages import Lang, catalogue
from geo.model import Department, Grid, Issue, Location, Route
from geo.service.views import Backdrop, IssuesView

_STATUS: Final = ("to_confirm", "to_dispatch", "in_progress", "closed")
_CHINA_OFFSET_S: Final = 8 * 3600


def issues_page(view: IssuesView, lang: Lang) -> dict[str, Any]:
    """The data of the issues page."""
    data, encoder = base_data("issues", lang, view.backdrop, view.grids)
    data["plan"] = None if view.plan is None else plan_data(view.plan)
    data |= clock(view.now)
    rows = _Rows(view.grids, encoder, lang, view.backdrop, view.departments)
    data["issues"] = rows.table(view.issues, rows.whole)
    return data


def dispatch_page(view: IssuesView, lang: Lang) -> dict[str, Any]:
    """The data of the dispatcher's page: the place, and what issues are named by; no issue is in it."""
    data, _ = base_data("issues", lang, view.backdrop, view.grids)
    data["plan"] = None if view.plan is None else plan_data(view.plan)
    data |= clock(view.now)
    data["departments"] = [[d.code, d.name] for d in view.departments]
    data["categories"] = [[c.scheme, c.kind, c.code, c.name, c.parent or ""] for c in view.categories]
    # What speaks against an address stands in a case by its key.
    data["faults"] = {key: texts[lang] for key, texts in catalogue().items() if key.startswith("match_")}
    data["leaders"] = [view.leaders.get(grid.code, "") for grid in view.grids]
    return data


def clock(now: datetime | None) -> dict[str, Any]:
    """The page's own time, which decides what is overdue, and the zone that people read moments in."""
    offset = None if now is None else now.utcoffset()
    # A moment without a zone is UTC; people read it in the country's time.
    return {"now": seconds(now), "zone": _CHINA_OFFSET_S if offset is None else int(offset.total_seconds())}


def pin_data(issues: Sequence[Issue], grids: Sequence[Grid], encoder: Encoder, lang: Lang) -> dict[str, Any]:
    """What a pin and its small card show of each issue, in the form of the issues page but without its evidence."""
    rows = _Rows(grids, encoder, lang)
    return rows.table(issues, rows.brief)


class _Rows:
    """Writes issues as rows, and keeps the tables that their numbers point into (−1 for none)."""

    def __init__(
        self,
        grids: Sequence[Grid],
        encoder: Encoder,
        lang: Lang,
        backdrop: Backdrop | None = None,
        departments: Sequence[Department] = (),
    ) -> None:
        self._lang, self._encoder = lang, encoder
        self._grid = grid_numbers(grids)
        self._area = {area.code: area.name for area in (backdrop.areas if backdrop else ())}
        self._grid_name = {grid.code: grid.name for grid in grids}
        self._department = {d.code: d.name for d in departments}
        self._tables: defaultdict[str, Interner] = defaultdict(Interner)

    def table(self, issues: Sequence[Issue], row: Callable[[Issue], dict[str, Any]]) -> dict[str, Any]:
        """The rows of `issues` by column, newest first, and their tables."""
        newest_first = sorted(issues, key=lambda issue: (issue.reported_at, issue.id), reverse=True)
        rows = [row(issue) for issue in newest_first]
        names = list(rows[0]) if rows else []
        columns = {name: [row[name] for row in rows] for name in names}
        return {"n": len(rows), "columns": columns, "tables": {k: t.values for k, t in self._tables.items()}}

    def brief(self, issue: Issue) -> dict[str, Any]:
        """What every page with pins shows of an issue."""
        place, route = issue.location, issue.route
        x = y = None
        if place.lon is not None and place.lat is not None:
            x, y = self._encoder.point(place.lon, place.lat)
        return {
            "id": issue.id,
            "text": issue.text,
            "category": self._tables["category"].add(issue.category_name or issue.category or ""),
            "status": _STATUS.index(issue.status),
            "reported": seconds(issue.reported_at),
            "due": seconds(issue.due_at),
            "x": x,
            "y": y,
            "where": ("located", "outside", "unlocated").index(place.status),
            "grid": self._grid.get(place.grid or "", -1),
            "department": -1 if route.department is None else self._dept(route),
        }

    def whole(self, issue: Issue) -> dict[str, Any]:
        """What the issues page shows of an issue: where it came from, and why it went where it went."""
        place, route = issue.location, issue.route
        tables = self._tables
        return self.brief(issue) | {
            "sid": issue.source_id or "",
            "source": tables["source"].add(issue.source),
            "closed": seconds(issue.closed_at),
            "address": tables["address"].add(issue.address) if issue.address else -1,
            "accuracy": None if issue.accuracy_m is None else round(issue.accuracy_m, 1),
            "chain": self._chain(place),
            "crs": tables["crs"].add(place.crs),
            "shift": round(place.shift_m, 1),
            "border": None if place.border_m is None else round(place.border_m, 1),
            "near": self._grid.get(place.nearest_grid or "", -1),
            "nearM": None if place.nearest_m is None else round(place.nearest_m, 1),
            "method": tables["method"].add(place.method),
            "note": self._note(place),
            "route": self._route(route),
        }

    def _chain(self, place: Location) -> int:
        if not place.chain:
            return -1
        codes = [code for code in place.chain if code != place.grid]
        names = [self._area.get(code) or self._grid_name.get(code) or code for code in codes]
        if place.grid:
            names.append(place.grid_name or self._grid_name.get(place.grid) or place.grid)
        key = (*place.chain, place.grid or "")
        return self._tables["chain"].add(key, {"names": names, "code": place.grid or place.chain[-1]})

    def _note(self, place: Location) -> int:
        """What a person should know about the place, and what the address gave, as sentences."""
        address = place.context.get("address", place.context) if place.method != "address" else place.context
        evidence = (
            _address_evidence(address, self._lang) if isinstance(address, dict) and "outcome" in address else None
        )
        said = say_if_known(place.note, self._lang, **dict(place.context)) if place.note else ""
        if not said and evidence is None:
            return -1
        key = (place.note, said, repr(evidence))
        return self._tables["note"].add(key, {"key": place.note, "said": said, "address": evidence})

    def _dept(self, route: Route) -> int:
        code = route.department or ""
        return self._tables["department"].add(code, route.department_name or self._department.get(code) or code)

    def _route(self, route: Route) -> int:
        passed = [
            [say_if_known(f"step_{item.step}", self._lang), say_if_known(item.why, self._lang)]
            for item in route.steps
            if not item.rule and item.step != "override"
        ]
        tried = [*passed, *([rule, say_if_known(why, self._lang)] for rule, why in route.tried[:6])]
        said = say_if_known(f"list_{route.rule_list}", self._lang) if route.rule_list else ""
        value = {
            "rule": route.rule,
            "version": " · ".join(part for part in (route.rule_version, said) if part) or None,
            "hours": route.deadline_hours,
            "with": [self._department.get(code, code) for code in route.with_departments],
            "tried": tried,
            "note": say_if_known(route.note or route.alarm, self._lang) if route.note or route.alarm else "",
        }
        return self._tables["route"].add(repr(sorted(value.items(), key=lambda item: item[0])), value)


def _address_evidence(context: dict[str, Any], lang: Lang) -> dict[str, Any]:
    """What the address was matched to, best first, how sure that is, and what speaks against it."""
    told = context.get("explanation")
    faults = told.get("faults", ()) if isinstance(told, dict) else ()
    said = [
        say_if_known(str(fault.get("key", "")), lang, **(fault.get("context") or {}))
        for fault in faults
        if isinstance(fault, dict)
    ]
    candidates = [c for c in context.get("candidates", ()) if isinstance(c, dict)]
    confidence = context.get("confidence")
    return {
        "outcome": str(context.get("outcome", "")),
        "confidence": round(float(confidence), 2) if isinstance(confidence, int | float) else None,
        "names": [str(c.get("name") or c.get("id") or "") for c in candidates[:3]],
        "explanation": " ".join(said) if isinstance(told, dict) else str(told or ""),
    }
