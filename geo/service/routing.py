"""Who answers for a report: the rules in force on its day, what lies there, the mode, and decisions of persons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from geo.model import Asset, Location, Place, Report, Route, RuleSet, RuleSetRecord
from geo.service.context import Service, Shelf, knowledge, timetable

if TYPE_CHECKING:
    from geo.locate import AssetIndex, Matter, RuleIndex

NEEDS_GRID: Final = Route(department=None, department_name=None, note="route_needs_grid")
NO_RULES: Final = Route(department=None, department_name=None, note="route_no_rules_at_date")
Keys = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Asked:
    """One question: a matter at a located place.

    Attributes
    ----------
    at : the moment, aware; the rules of its day are asked.
    keys : (kind, key) of overrides that may be for it.
    grade : how large or hard it is, in the words of the ladder.
    received_by : code of the department that received it first.
    mode : None is that of the place at `at`.
    """

    scheme: str
    kind: str
    category: str
    location: Location
    at: datetime
    keys: tuple[tuple[str, str], ...] = ()
    grade: str = ""
    received_by: str = ""
    mode: str | None = None


@dataclass(frozen=True, eq=False)
class InForce:
    """A rule set made ready; `record` is None for the plain rules of a place."""

    record: RuleSetRecord | None
    index: RuleIndex
    assets: AssetIndex


class Router:
    """All that decides who answers, as of one moment of the database."""

    def __init__(self, service: Service, place: Place) -> None:
        from geo.locate.routing.above import OverrideBook

        self._store = service.store
        self._zone = service.timezone
        self._place = place
        self.records = service.store.list_rule_sets()
        self.book = OverrideBook(service.store.list_overrides())
        self.modes = service.store.list_modes()
        self._ready: Shelf[InForce] = Shelf(4)
        self._by_code: dict[str, list[tuple[str, str]]] = {}
        for item in place.categories:
            self._by_code.setdefault(item.code, []).append((item.scheme, item.kind))

    def find_record(self, day: date) -> RuleSetRecord | None:
        """The stored rule set in force on `day`."""
        return next(
            (r for r in reversed(self.records) if r.effective <= day and (r.until is None or day < r.until)), None
        )

    def find_in_force(self, day: date) -> InForce | None:
        """The rule set in force on `day`; a place without stored ones has its plain rules on every day."""
        record = self.find_record(day)
        if record is None:
            return None if self.records else self._ready.get("plain", lambda: self._make(None))
        return self._ready.get(record.id, lambda: self._make(record))

    def _make(self, record: RuleSetRecord | None) -> InForce:
        from geo.locate import AssetIndex, RuleIndex

        rules = RuleSet(version="", rules=self._place.rules) if record is None else self._store.get_rule_set(record.id)
        return InForce(record, RuleIndex(rules, self._place.departments), AssetIndex(rules.assets))

    def route(self, asked: Sequence[Asked]) -> list[Route]:
        """Who answers, one route a question, in order; a place that is not known has none."""
        answers = [NEEDS_GRID] * len(asked)
        by_set: dict[int, tuple[InForce, list[int]]] = {}
        for row, one in enumerate(asked):
            if one.location.status != "located":
                continue
            answers[row] = NO_RULES
            force = self.find_in_force(one.at.astimezone(self._zone).date())
            if force is not None:
                by_set.setdefault(id(force), (force, []))[1].append(row)
        for force, rows in by_set.values():
            found = lying_at(force.assets, [asked[row] for row in rows])
            for row, lying in zip(rows, found, strict=True):
                answers[row] = force.index.route(self._matter(asked[row], lying))
        return answers

    def _whole(self, scheme: str, kind: str, category: str) -> tuple[str, str]:
        """Scheme and kind of a category, filled from the catalogue where its code leaves no choice."""
        if scheme and kind:
            return scheme, kind
        found = [row for row in self._by_code.get(category, ()) if scheme in ("", row[0]) and kind in ("", row[1])]
        return found[0] if len(found) == 1 else (scheme, kind)

    def _matter(self, one: Asked, lying: Sequence[Asset]) -> Matter:
        from geo.locate import Lying, Matter
        from geo.locate.routing.above import mode_at

        chain = chain_of(one.location)
        mode = one.mode or mode_at(self.modes, chain=chain, at=one.at)
        scheme, kind = self._whole(one.scheme, one.kind, one.category)
        override = None
        if one.keys or len(self.book):
            keys = (*one.keys, *(("grid", code) for code in chain[3:]))
            override = self.book.find(keys, scheme=scheme, kind=kind, category=one.category, chain=chain, at=one.at)
        return Matter(
            scheme,
            kind,
            one.category,
            chain,
            one.at.astimezone(self._zone),
            "emergency" if mode == "emergency" else "normal",
            tuple([Lying(asset.layer, asset.owner, asset.tenure) for asset in lying]),
            one.grade,
            one.received_by,
            override,
        )


def lying_at(assets: AssetIndex, asked: Sequence[Asked]) -> list[tuple[Asset, ...]]:
    """What lies at the places of located questions."""
    nowhere = float("nan")
    lon = np.array([nowhere if one.location.lon is None else one.location.lon for one in asked], dtype=np.float64)
    lat = np.array([nowhere if one.location.lat is None else one.location.lat for one in asked], dtype=np.float64)
    return assets.find(lon=lon, lat=lat, categories=[one.category for one in asked])


def chain_of(location: Location) -> tuple[str, ...]:
    """Codes from the district to the grid; under a special grid the base grid too, so that rules for either fit."""
    base = location.context.get("base_grid") if isinstance(location.context, Mapping) else None
    if isinstance(base, str) and base not in location.chain:
        return (*location.chain, base)
    return tuple(location.chain)


def router_of(service: Service) -> Router:
    """The router of this moment, made anew when rules, overrides, modes or the place were changed."""
    table = timetable(service)
    place = knowledge(service).place
    return service.memory.routers.get((table.place_stamp, table.rules_stamp), lambda: Router(service, place))  # type: ignore[no-any-return]


def keys_of(report: Report) -> tuple[tuple[str, str], ...]:
    """What overrides may know a report by: its source's id, and its words."""
    from geo.service.corrections import address_key

    keys = []
    if report.source_id:
        keys.append(("source", f"{report.source}/{report.source_id}"))
    words = address_key(report.address or report.text)
    if words:
        keys.append(("address", words))
    return tuple(keys)


def route_reports(
    service: Service, rows: Sequence[tuple[Report, Location]], *, now: datetime | None = None
) -> list[Route]:
    """Who answers for reports that were placed; the rules of the day that each came in are asked."""
    router = router_of(service)
    present = now or service.now()
    overridden = len(router.book) > 0
    return router.route(
        [
            Asked(
                report.scheme,
                report.kind,
                report.category,
                location,
                _aware(report.reported_at, present),
                keys_of(report) if overridden else (),
            )
            for report, location in rows
        ]
    )


def _aware(at: datetime | None, present: datetime) -> datetime:
    # A time without a zone is refused by the store; until then it must not stop the batch.
    return present if at is None or at.tzinfo is None else at
