"""Responsibility end to end: the sample's truth, sets by date, replay, modes and overrides."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from geo.errors import InvalidInput, NotFound
from geo.files import LocalFiles
from geo.locate.routing.match import handler_levels
from geo.model import Asset, Location, Override, Report, Rule, RuleSet
from geo.service.chain import area_chain
from geo.service.context import Service
from geo.service.plans import import_place
from geo.service.route_asked import RouteRequest, route_again, route_place
from geo.service.routing import Asked, Router, router_of
from geo.service.rules import check_rules, import_rules, replay, rules_in_force, set_mode
from tests.api.conftest import SOUTH, STEP, WEST, square

PLACE = Path(__file__).resolve().parents[2] / "data" / "boundaries" / "chenguang"
GRID = "990101001001001"


def test_every_sample_issue_gets_the_department_of_the_truth(empty: Service) -> None:
    """With the true place, all of them: by a rule with its list and steps; a barred matter never goes down."""
    import_place(empty, PLACE, actor="t")
    place = empty.store.get_place()
    areas = {area.code: area for area in place.areas}
    lines = (PLACE / "truth/issues_truth.csv").read_text(encoding="utf-8-sig").splitlines()
    truth = {row["source_id"]: row for row in csv.DictReader(lines)}
    rows = list(LocalFiles().read_reports(str(PLACE / "issues.csv"), columns={}, crs=None, source="x"))
    asked, wanted = [], []
    for row in rows:
        assert isinstance(row, Report)
        true = truth[row.source_id or ""]
        if true["community"]:
            chain = (*area_chain(areas, true["community"]), true["community"] + "001")
            location = Location("located", chain[-1], chain=chain, lon=float(true["lon"]), lat=float(true["lat"]))
            assert row.reported_at is not None
            asked.append(Asked(row.scheme, row.kind, row.category, location, row.reported_at))
            wanted.append(true["department"])
    routes = Router(empty, place).route(asked)
    assert len(routes) > 5_000
    assert [route.department for route in routes] == wanted
    levels = handler_levels({item.code: item for item in place.departments})
    negative = router_of(empty).find_in_force(date(2026, 1, 1)).index.rule_set.negative
    barred = 0
    for one, route in zip(asked, routes, strict=True):
        assert route.rule
        assert route.rule_set == route.rule_version == "2025.1"
        assert route.rule_list
        assert route.closing
        assert route.due_at is not None
        assert route.due_at > one.at
        assert route.steps[0].step == "override"
        if any((n.scheme, n.kind) == (one.scheme, one.kind) and one.category.startswith(n.category) for n in negative):
            barred += 1
            for code in (route.department, *route.with_departments):
                assert levels[code] not in ("grid", "community")
    assert barred > 100
    assert any("WY-" in code for route in routes for code in route.with_departments)  # owners help
    assert [record.version for record in empty.store.list_rule_sets()] == ["2022.1", "2025.1"]
    import_place(empty, PLACE, actor="t")  # again: nothing more
    assert len(empty.store.list_rule_sets()) == 2


def rule_set(version: str, day: date | None, *rules: Rule, **more: object) -> RuleSet:
    fallback = Rule("F", "", "", "", "", "jd", step="fallback")
    return RuleSet(version, (*rules, fallback), day, **more)  # type: ignore[arg-type]


def here(**more: object) -> RouteRequest:
    point = {"lon": WEST + STEP / 2, "lat": SOUTH + STEP / 2, "crs": "WGS84"}
    return RouteRequest("hotline", "hotline", "0101", **({**point, **more}))  # type: ignore[arg-type]


LAMP = Rule("L", "hotline", "hotline", "0101", "", "cg", deadline_hours=4, rule_list="power")


@pytest.fixture
def dated(service: Service) -> Service:
    """Lamps are for the street in 2024 and for the bureau from 2025 on, where the road's owner helps."""
    service.store.save_rule_set(rule_set("1", date(2024, 1, 1), replace(LAMP, department="jd")), actor="t")
    owner = Asset("road", "r", "路", "jd", square(0, 0, 4))
    helps = Rule("H", "", "", "", "", "{owner}", asset="road", step="helper")
    service.store.save_rule_set(rule_set("2", date(2025, 1, 1), LAMP, helps, assets=(owner,)), actor="t")
    return service


def test_the_rules_of_the_day_answer(dated: Service) -> None:
    _, route = route_place(dated, here())
    assert (route.department, route.with_departments, route.rule_set, route.rule_list) == ("cg", ("jd",), "2", "power")
    at = datetime(2024, 6, 1, 12, tzinfo=dated.timezone)
    assert route_place(dated, here(at=at))[1].department == "jd"
    assert rules_in_force(dated, date(2024, 6, 1)).index.rule_set.version == "1"
    with pytest.raises(NotFound):
        rules_in_force(dated, date(2023, 6, 1))
    # A grid alone has no place where something could lie.
    assert route_place(dated, here(lon=None, lat=None, crs=None, grid=GRID))[1].with_departments == ()


def test_an_issue_is_routed_by_the_rules_of_its_day_and_replayed(dated: Service) -> None:
    zone = dated.timezone
    place = Location("located", GRID, chain=("990101", "990101001", "990101001001", GRID), plan=1)
    place = replace(place, lon=WEST + STEP / 2, lat=SOUTH + STEP / 2)
    days = [
        datetime(2024, 3, 1, 9, tzinfo=zone),
        datetime(2025, 3, 1, 9, tzinfo=zone),
        datetime(2023, 3, 1, tzinfo=zone),
    ]
    router = router_of(dated)
    rows = []
    for day in days:
        report = Report("灯", "s", reported_at=day, scheme="hotline", kind="hotline", category="0101")
        route = router.route([Asked(report.scheme, report.kind, report.category, place, day)])[0]
        rows.append((report, place, route))
    assert [row[2].department for row in rows] == ["jd", "cg", None]
    assert rows[2][2].note == "route_no_rules_at_date"
    ids = dated.store.save_issues(rows, actor="t")
    stored = [dated.store.get_issue(number or 0).route for number in ids]
    found = replay(dated, date(2025, 5, 1))
    assert (found.issues, found.same, [d.issue for d in found.differences]) == (3, 1, [ids[0], ids[2]])
    assert all(d.then.department == "cg" for d in found.differences)
    assert all("department" in d.fields for d in found.differences)
    one = found.differences[0]
    helped = replace(one, then=replace(one.now, with_departments=("x",)))
    assert (helped.fields, replace(one, then=one.now).fields) == (("with_departments",), ())
    assert replay(dated, date(2024, 5, 1), since=days[1], until=days[1] + timedelta(days=1)).issues == 1
    assert route_again(dated, ids[0] or 0, as_of=date(2025, 5, 1))[1].department == "cg"
    assert route_again(dated, ids[0] or 0)[1] == rows[0][2]
    # No plan was in force then: a place that nobody knows.
    assert replay(dated, date(2023, 12, 31)).unplaced == 3
    assert [dated.store.get_issue(number or 0).route for number in ids] == stored


def test_an_emergency_begins_ends_and_returns_by_itself(service: Service) -> None:
    rule = Rule("E", "hotline", "", "01", "", "jd", step="emergency")
    service.store.save_rule_set(rule_set("1", date(2024, 1, 1), LAMP, rule), actor="t")
    now = service.now()

    def lead(hours: float) -> str | None:
        return route_place(service, here(at=now + timedelta(hours=hours)))[1].department

    set_mode(
        service, "emergency", area="990101001", since=None, until=now + timedelta(hours=9), reason="暴雨", actor="t"
    )
    assert [lead(h) for h in (-1, 0, 8.9, 9)] == ["cg", "jd", "jd", "cg"]
    set_mode(service, "normal", area="", since=now + timedelta(hours=3), until=None, reason="雨停", actor="t")
    assert [lead(h) for h in (2, 3, 8.9, 9)] == ["jd", "cg", "cg", "cg"]
    assert route_place(service, here(at=now + timedelta(hours=20), mode="emergency"))[1].department == "jd"
    for wrong in ({"area": "77"}, {"until": None}, {"reason": " "}):
        given = {"area": "", "since": None, "until": now + timedelta(hours=1), "reason": "x", **wrong}
        with pytest.raises(InvalidInput):
            set_mode(service, "emergency", actor="t", **given)  # type: ignore[arg-type]
    assert len(service.store.list_modes()) == 2


def test_a_decision_of_a_person_stands_above(service: Service) -> None:
    service.store.save_override(Override("grid", GRID, "jd", "试点", category="01"), actor="t")
    _, route = route_place(service, here())
    assert (route.department, route.step) == ("jd", "override")
    assert route_place(service, here(lon=WEST + STEP * 3))[1].department == "cg"
    service.store.save_override(Override("grid", GRID, "", "结束", category="01"), actor="t")
    assert route_place(service, here())[1].department == "cg"


def test_a_place_without_dated_sets_has_its_plain_rules_on_every_day(service: Service) -> None:
    force = rules_in_force(service, date(1999, 1, 1))
    assert (force.record, len(force.index.rule_set.rules)) == (None, 2)
    assert check_rules(service, force.index.rule_set) == ()


def test_a_faulty_set_is_not_stored(service: Service, tmp_path: Path) -> None:
    path = tmp_path / "rules.csv"
    path.write_text("id,scheme,kind,category,area,department\na,,,,,cg\nb,,,,,jd\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match="a, b"):
        import_rules(service, path, actor="t", version="1", effective=date(2026, 1, 1))
    assert service.store.list_rule_sets() == ()
    record, faults = import_rules(service, path, actor="t", version="1", effective=date(2026, 1, 1), force=True)
    assert (record.version, [f.kind for f in faults]) == ("1", ["lint_tie"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"lat": None},
        {"grid": GRID},
        {"lon": None, "lat": None},
        {"at": datetime(2026, 1, 1)},
        {"category": "9999"},
        {"lon": 500.0},
    ],
)
def test_a_question_that_makes_no_sense_is_refused(service: Service, wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        route_place(service, replace(here(), **wrong))  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        route_place(service, here(lon=None, lat=None, crs=None, grid="nowhere"))
