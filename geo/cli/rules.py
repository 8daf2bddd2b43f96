"""geo rules: who answers for what, from which day on, and why."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from geo.cli.console import Progress, language, parse_date, print_json, settings, tell, warn
from geo.cli.reference import reference
from geo.errors import InvalidInput
from geo.messages import say
from geo.model import Location, Route, RuleFault

if TYPE_CHECKING:
    from geo.service.rules import Difference

Actor = Annotated[str | None, typer.Option(help="Who acts, for the journal; the login name by default.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Version = Annotated[str | None, typer.Option(help="Version of a table of rules, or in place of the folder's own.")]
Effective = Annotated[str | None, typer.Option(help="First day, in place of the folder's own: 2026-07-01.")]
_SHOWN = 50


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("import")(import_)
    app.command("check")(check)
    app.command("list")(list_)
    app.command("show")(show)
    app.command("explain")(explain)
    app.command("replay")(replay)
    app.command("mode")(mode)


def import_(
    path: Annotated[Path, typer.Argument(help="A rule set folder (ruleset.toml, rules.csv …), or a table of rules.")],
    version: Version = None,
    effective: Effective = None,
    force: Annotated[bool, typer.Option("--force", help="Store it although it has faults.")] = False,
    actor: Actor = None,
) -> None:
    """Store a rule set from its first day on; the one before ends there (导入规则集). Whole or not at all.

    Example: geo rules import rules/2026.2 --effective 2026-07-01
    """
    from geo.service.rules import import_rules
    from geo.wiring import build_service

    record, faults = import_rules(
        build_service(settings(), create=True),
        path,
        actor=actor or settings().actor,
        version=version,
        effective=parse_date(effective),
        force=force,
    )
    _warn_faults(faults)
    tell("rules_imported", version=record.version, effective=record.effective, rules=record.rules)


def check(
    path: Annotated[
        Path | None, typer.Argument(help="A rule set folder or a table of rules; the rules in force if not given.")
    ] = None,
    version: Version = None,
    effective: Effective = None,
    as_of: Annotated[str | None, typer.Option(help="Without PATH: the rules in force on this day.")] = None,
    as_json: AsJson = False,
) -> None:
    """Find every fault: gaps, ties, unreachable rules, what pushes down, unknown names (exit 1 if there is any).

    Example: geo rules check rules/2026.2
    """
    from geo.service.rules import check_rules, read_and_check, rules_in_force
    from geo.wiring import build_service

    service = build_service(settings())
    if path is not None:
        rule_set, faults = read_and_check(
            service, path, version=version or (path.stem if path.is_file() else None), effective=parse_date(effective)
        )
    else:
        rule_set = rules_in_force(service, parse_date(as_of)).index.rule_set
        faults = check_rules(service, rule_set)
    if as_json:
        print_json([{"kind": f.kind, "rules": f.rules, "text": _said(f), **f.context} for f in faults])
    else:
        for fault in faults:
            print(_said(fault))
        tell("rules_checked", version=rule_set.version or "–", rules=len(rule_set.rules), faults=len(faults))
    if faults:
        raise typer.Exit(1)


def list_(as_json: AsJson = False) -> None:
    """List the versions of the rules and the modes that were said (规则集版本).

    Example: geo rules list
    """
    from geo.wiring import build_service

    store = build_service(settings()).store
    records, modes = store.list_rule_sets(), store.list_modes()
    if as_json:
        print_json({"versions": [vars(record) for record in records], "modes": [vars(switch) for switch in modes]})
        return
    for record in records:
        print(f"{record.version}  {record.effective} … {record.until or ''}  {record.rules}  {record.name}")
    for switch in modes:
        print(f"{switch.mode}  {switch.area or '*'}  {switch.since:%F %R%z} … {switch.until:%F %R%z}  {switch.reason}")
    if not records:
        tell("rules_none")


def show(
    rule: Annotated[str | None, typer.Argument(help="A rule's id; all rules of the set if not given.")] = None,
    as_of: Annotated[str | None, typer.Option(help="The rules in force on this day; today if not said.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the rules in force on a day.

    Example: geo rules show R031 --as-of 2026-07-01
    """
    from geo.locate.routing.match import step_of
    from geo.service.rules import rules_in_force
    from geo.wiring import build_service

    rules = rules_in_force(build_service(settings()), parse_date(as_of)).index.rule_set.rules
    wanted = [item for item in rules if rule is None or item.id == rule]
    if not wanted:
        raise InvalidInput("rule_unknown", rule=rule)
    if as_json:
        print_json([{**vars(item), "window": vars(item.window), "step": step_of(item)} for item in wanted])
        return
    for item in wanted:
        matter = " ".join(part for part in (item.scheme, item.kind, item.category or "*") if part)
        where = " ".join(part for part in (item.area or "*", item.asset, item.tenure) if part)
        limit = item.deadline if item.deadline is not None else item.deadline_hours
        print(
            f"{item.id}  {step_of(item)}  {matter}  {where}  → {item.department}  {_limit(limit, item.deadline_unit)}"
        )


def explain(
    issue: Annotated[int | None, typer.Argument(min=1, help="A stored issue; else say matter and place.")] = None,
    category: Annotated[str, typer.Option(help="Code of the category.")] = "",
    scheme: Annotated[str, typer.Option(help="Its scheme.")] = "",
    kind: Annotated[str, typer.Option(help="part, event or hotline.")] = "",
    lon: Annotated[float | None, typer.Option(help="Longitude or easting.")] = None,
    lat: Annotated[float | None, typer.Option(help="Latitude or northing.")] = None,
    crs: Annotated[str | None, typer.Option(callback=reference, help="Reference system of lon and lat.")] = None,
    grid: Annotated[str | None, typer.Option(help="A grid's code.")] = None,
    address: Annotated[str | None, typer.Option(help="An address.")] = None,
    as_of: Annotated[str | None, typer.Option(help="By the rules of this day.")] = None,
    emergency: Annotated[bool, typer.Option("--emergency", help="As if it were an emergency (应急状态).")] = False,
    grade: Annotated[str, typer.Option(help="小事, 大事, 难事 … of the ladder.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say who answers for a matter at a place, by which rule and list, by when, and what was tried before.

    Example: geo rules explain --scheme hotline --category 0103 --grid 990101001001001
    """
    from geo.service.route_asked import RouteRequest, route_again, route_place
    from geo.wiring import build_service

    service = build_service(settings())
    day = parse_date(as_of)
    if issue is not None:
        stored, route = route_again(service, issue, as_of=day)
        location = stored.location
    else:
        at = None if day is None else datetime.combine(day, time(12), tzinfo=service.timezone)
        asked = RouteRequest(
            scheme, kind, category, lon, lat, crs, grid, address, at, "emergency" if emergency else None, grade
        )
        location, route = route_place(service, asked)
    if as_json:
        print_json({"location": vars(location), "route": {**vars(route), "steps": [vars(s) for s in route.steps]}})
    else:
        _tell_route(location, route)
    if route.department is None:
        raise typer.Exit(1)


def replay(
    as_of: Annotated[str, typer.Option(help="The day whose plan and rules are asked: 2026-07-01.")],
    since: Annotated[str | None, typer.Option(help="First day of the period of issues.")] = None,
    until: Annotated[str | None, typer.Option(help="Last day of the period.")] = None,
    as_json: AsJson = False,
) -> None:
    """Ask who would have got the issues of a period on another day; nothing stored is changed (回放).

    Example: geo rules replay --as-of 2024-07-01 --since 2026-09-01 --until 2026-09-30
    """
    from geo.service.context import find_plan_in_force
    from geo.service.rules import replay as replay_
    from geo.wiring import build_service

    service = build_service(settings())
    day, first, last = parse_date(as_of), parse_date(since), parse_date(until)
    assert day is not None
    zone = service.timezone
    progress = Progress("geo rules replay")
    found = replay_(
        service,
        day,
        since=None if first is None else datetime.combine(first, time(), tzinfo=zone),
        until=None if last is None else datetime.combine(last + timedelta(days=1), time(), tzinfo=zone),
        progress=progress.rows,
    )
    progress.done()
    rows = [
        {
            "issue": d.issue,
            "now": d.now.department,
            "then": d.then.department,
            "with_now": list(d.now.with_departments),
            "with_then": list(d.then.with_departments),
            "differs": list(d.fields),
            "rule": d.then.rule,
            "note": d.then.note,
        }
        for d in found.differences
    ]
    if as_json:
        print_json({"issues": found.issues, "same": found.same, "unplaced": found.unplaced, "differences": rows})
        return
    for row, said in zip(rows[:_SHOWN], map(_changed, found.differences), strict=False):
        print(f"{row['issue']}  {said}  {row['rule'] or row['note']}")
    if found.issues and find_plan_in_force(service, day) is None:
        warn("rules_replay_no_plan", day=day)
    tell("rules_replayed", day=day, issues=found.issues, same=found.same, other=len(rows), unplaced=found.unplaced)


def _limit(limit: float | None, unit: str) -> str:
    """A deadline in words: 7 个工作日, 24 hours."""
    return "" if limit is None else say(f"rules_limit_{unit or 'hours'}", language(), n=f"{limit:g}")


def _changed(difference: Difference) -> str:
    """What another day's rules say otherwise, field by field."""
    lang, now, then = language(), difference.now, difference.then
    values = {
        "department": (now.department or "–", then.department or "–"),
        "with_departments": ("、".join(now.with_departments) or "–", "、".join(then.with_departments) or "–"),
    }
    return "  ".join(
        say(f"rules_replay_{field}", lang, now=values[field][0], then=values[field][1]) for field in difference.fields
    )


def mode(
    mode: Annotated[Literal["emergency", "normal"], typer.Argument(help="emergency, or normal to end one early.")],
    reason: Annotated[str, typer.Option(help="Why, for the journal.")],
    area: Annotated[str, typer.Option(help="Code of a street, community or grid; all if not said.")] = "",
    since: Annotated[str | None, typer.Option("--from", help="2026-07-01T08:00; now if not said.")] = None,
    until: Annotated[str | None, typer.Option(help="2026-07-03T08:00; it returns to normal by itself then.")] = None,
    actor: Actor = None,
) -> None:
    """Switch an area between normal and emergency mode for a time (常态、应急). The journal keeps who did it and why.

    Example: geo rules mode emergency --area 990101001 --until 2026-07-03T08:00 --reason 暴雨红色预警
    """
    from geo.service.rules import set_mode
    from geo.wiring import build_service

    service = build_service(settings())

    def moment(text: str | None) -> datetime | None:
        if text is None:
            return None
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise InvalidInput("mode_time_bad", value=text[:40]) from None
        return at if at.tzinfo else at.replace(tzinfo=service.timezone)

    switch = set_mode(
        service,
        mode,
        area=area,
        since=moment(since),
        until=moment(until),
        reason=reason,
        actor=actor or settings().actor,
    )
    begin, end = (at.astimezone(service.timezone) for at in (switch.since, switch.until))
    tell("mode_set", mode=mode, area=area or "*", since=f"{begin:%F %R}", until=f"{end:%F %R}")


def _said(fault: RuleFault) -> str:
    return say(fault.kind, language(), **fault.context)


def _warn_faults(faults: tuple[RuleFault, ...]) -> None:
    for fault in faults[:_SHOWN]:
        warn(fault.kind, **fault.context)


def _tell_route(location: Location, route: Route) -> None:
    lang = language()

    def said(key: str, **values: Any) -> str:
        return say(key, lang, **values)

    print(" › ".join([*location.chain]) or said(location.note or "route_needs_grid", **location.context))
    for number, item in enumerate(route.steps, start=1):
        rule = " ".join(part for part in (item.rule, item.rule_list, item.department) if part)
        print(f"{number}. {said(f'step_{item.step}')}: {rule} {said(item.why)}".replace("  ", " "))
    for rule, why in route.tried:
        print(f"   {rule}: {said(why)}")
    if route.department is None:
        print(said(route.note))
        return
    tell(
        "rules_answer",
        department=f"{route.department_name} ({route.department})",
        rule=route.rule,
        version=route.rule_set or route.rule_version,
        others=", ".join(route.with_departments) or "–",
        above=route.supervising or "–",
        due=f"{route.due_at:%F %R}" if route.due_at else "–",
        closing=route.closing or "–",
    )
    if route.alarm:
        warn(route.alarm)
