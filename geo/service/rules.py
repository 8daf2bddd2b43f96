"""Rule sets in and out: checked as a whole, stored from a day on, asked again for any day; modes of areas."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from geo.errors import InvalidInput, NotFound
from geo.model import Issue, Location, Mode, ModeSwitch, Place, Report, Route, RuleFault, RuleSet, RuleSetRecord
from geo.service.context import Net, Service, find_plan_in_force, knowledge, net_of
from geo.service.routing import Asked, Router, keys_of, router_of

if TYPE_CHECKING:
    from geo.service.routing import InForce

# Faults that make no answer wrong: what is reported, but does not keep a rule set out.
MILD: Final = frozenset({"lint_unreachable", "lint_double", "lint_gap_fallback", "lint_department_area"})
_CHUNK: Final = 2_000


@dataclass(frozen=True)
class Difference:
    """An issue whose answer would have been another one; `then` is what would have been said."""

    issue: int
    now: Route
    then: Route

    @property
    def fields(self) -> tuple[str, ...]:
        """What differs: the department, those that help it, or both."""
        names = ("department", "with_departments")
        return tuple(name for name in names if getattr(self.now, name) != getattr(self.then, name))


@dataclass
class Replay:
    """What the rules of another day make of the issues of a period; nothing is stored."""

    issues: int = 0
    same: int = 0
    unplaced: int = 0
    differences: list[Difference] = field(default_factory=list)


def check_rules(service: Service, rule_set: RuleSet) -> tuple[RuleFault, ...]:
    """All faults of a rule set over the place's catalogue × the grids of the plan in force."""
    return _lint(service, rule_set, knowledge(service).place)


def read_and_check(
    service: Service, path: Path, *, version: str | None = None, effective: date | None = None
) -> tuple[RuleSet, tuple[RuleFault, ...]]:
    """A rule set file or folder and its faults."""
    rule_set = service.files.read_rule_set(str(path), version=version, effective=effective)
    return rule_set, check_rules(service, rule_set)


def import_rules(
    service: Service,
    path: Path,
    *,
    actor: str,
    version: str | None = None,
    effective: date | None = None,
    force: bool = False,
) -> tuple[RuleSetRecord, tuple[RuleFault, ...]]:
    """Store a rule set from its day on, whole or not at all; returns its record and the faults that were let pass.

    Raises
    ------
    InvalidInput
        It has faults that would send an issue to the wrong department or to none; `force` stores it nevertheless.
    Conflict
        Its version is known with other contents, or it does not come into force after all others.
    """
    rule_set, faults = read_and_check(service, path, version=version, effective=effective)
    _refuse(rule_set, faults, force=force)
    return service.store.save_rule_set(rule_set, actor=actor), faults


def read_place_rules(service: Service, folder: Path, place: Place) -> tuple[RuleSet, ...]:
    """The rule sets of a place folder, the earliest first, all checked; those that are stored already are left out."""
    known = {record.version for record in service.store.list_rule_sets()}
    sets = [service.files.read_rule_set(name) for name in service.files.list_rule_sets(str(folder))]
    for rule_set in sets:
        if rule_set.effective is None:
            raise InvalidInput("rules_effective_missing", version=rule_set.version)
        _refuse(rule_set, _lint(service, rule_set, place), force=False)
    fresh = [rule_set for rule_set in sets if rule_set.version not in known]
    return tuple(sorted(fresh, key=lambda item: item.effective or date.min))


def _lint(service: Service, rule_set: RuleSet, place: Place) -> tuple[RuleFault, ...]:
    from geo.locate import lint_dates, lint_rule_set

    plan = find_plan_in_force(service) if service.store.place_stamp() else None
    grids = () if plan is None else net_of(service, plan).grids
    faults = lint_rule_set(
        rule_set,
        place.categories,
        place.departments,
        place.areas,
        [(grid.code, grid.parent) for grid in grids],
    )
    dates = [(r.version, r.effective, r.until) for r in service.store.list_rule_sets() if r.version != rule_set.version]
    if rule_set.effective is not None:
        dates.append((rule_set.version, rule_set.effective, rule_set.until))
    return (*faults, *lint_dates(dates))


def _refuse(rule_set: RuleSet, faults: Sequence[RuleFault], *, force: bool) -> None:
    grave = [fault for fault in faults if fault.kind not in MILD]
    if grave and not force:
        rules = ", ".join(dict.fromkeys(rule for fault in grave for rule in fault.rules))
        raise InvalidInput(
            "rules_faulty", version=rule_set.version, count=len(grave), rules=rules[:200] or "–", first=grave[0].kind
        )


def rules_in_force(service: Service, as_of: date | None = None) -> InForce:
    """The rule set in force on `as_of` (today if None).

    Raises
    ------
    NotFound
        There are rule sets, but none of that day.
    """
    day = as_of or service.today()
    router = router_of(service)
    force = router.find_in_force(day)
    if force is None:
        raise NotFound("rules_not_at_date", date=day, first=router.records[0].effective)
    return force


def set_mode(
    service: Service, mode: Mode, *, area: str, since: datetime | None, until: datetime | None, reason: str, actor: str
) -> ModeSwitch:
    """Put an area ("" for all) into a mode from `since` (now if None) until `until`; it returns by itself then.

    "normal" ends an emergency early: without `until` it holds as long as any switch said so far.

    Raises
    ------
    InvalidInput
        The area does not exist, an emergency has no end, the end is not after the beginning, or there is no reason.
    """
    areas = [item.code for item in knowledge(service).place.areas]
    if area and not any(code.startswith(area) or area.startswith(code) for code in areas):
        raise InvalidInput("mode_area_unknown", area=area)
    begin = since or service.now()
    if until is None:
        if mode == "emergency":
            raise InvalidInput("mode_until_missing")
        until = max([switch.until for switch in service.store.list_modes()] + [begin + timedelta(seconds=1)])
    switch = ModeSwitch(area=area, mode=mode, since=begin, until=until, reason=reason)
    return replace(switch, id=service.store.save_mode(switch, actor=actor), actor=actor)


def route_on(service: Service, issue: Issue, day: date | None) -> Route:
    """Who would have got an issue on `day`, by the plan and the rules of that day; None: when it was reported."""
    placed = [_place(issue, day, _net_on(service, day))]
    return _route_issues(service, router_of(service), [issue], placed, day)[0]


def replay(
    service: Service,
    day: date,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    progress: Callable[[int], None] | None = None,
) -> Replay:
    """Ask the rules of `day` about all issues from `since` to before `until` and list where they say something else.

    Raises
    ------
    InvalidInput
        The period ends before it begins.
    """
    if since is not None and until is not None and until <= since:
        raise InvalidInput("rules_replay_period", since=since, until=until)
    router, net = router_of(service), _net_on(service, day)
    found = Replay()
    for issues in _chunks(service, since, until):
        places = [_place(issue, day, net) for issue in issues]
        for issue, place, then in zip(issues, places, _route_issues(service, router, issues, places, day), strict=True):
            found.issues += 1
            found.unplaced += place.status != "located"
            if (then.department, then.with_departments) == (issue.route.department, issue.route.with_departments):
                found.same += 1
            else:
                found.differences.append(Difference(issue.id, issue.route, then))
        if progress:
            progress(found.issues)
    return found


def _chunks(service: Service, since: datetime | None, until: datetime | None) -> Iterator[tuple[Issue, ...]]:
    last = 0
    while issues := service.store.list_issues(since=since, until=until, after_id=last, limit=_CHUNK):
        last = issues[-1].id
        yield issues


def _net_on(service: Service, day: date | None) -> Net | None:
    plan = None if day is None else find_plan_in_force(service, day)
    return None if plan is None else net_of(service, plan)


def _place(issue: Issue, day: date | None, net: Net | None) -> Location:
    """Where an issue lay under the plan of another day; None: there was no plan on that day."""
    location = issue.location
    if day is None or location.lon is None or location.lat is None or location.status == "unlocated":
        return location
    if net is None:
        return replace(location, status="unlocated", note="no_plan_in_force", grid=None, chain=())
    return location if net.plan.id == location.plan else _lies_in(net, location)


def _lies_in(net: Net, location: Location) -> Location:
    grid = int(net.index.locate(lon=np.array([location.lon]), lat=np.array([location.lat]))[0])
    if grid < 0:
        return replace(location, status="outside", plan=net.plan.id, grid=None, chain=())
    code = net.grids[grid].code
    return replace(location, status="located", plan=net.plan.id, grid=code, chain=net.chains[grid], context={})


def _route_issues(
    service: Service, router: Router, issues: Sequence[Issue], places: Sequence[Location], day: date | None
) -> list[Route]:
    asked = []
    for issue, place in zip(issues, places, strict=True):
        at = issue.reported_at.astimezone(service.timezone)
        report = Report(issue.text, issue.source, issue.source_id, address=issue.address)
        keys = (("issue", str(issue.id)), *keys_of(report)) if len(router.book) else ()
        moment = at if day is None else datetime.combine(day, at.time(), tzinfo=service.timezone)
        asked.append(Asked(issue.scheme, issue.kind, issue.category, place, moment, keys))
    return router.route(asked)
