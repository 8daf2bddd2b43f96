"""Issues in the store: complete round trips, imports that add nothing the second time, the reporter kept apart."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.errors import InvalidInput, NotFound
from geo.model import Issue, Location, Report, Route
from geo.store import SqlStore
from geo.store.models import JournalRow, ReporterRow
from tests.store.samples import drawing, place, reported

CHINA = timezone(timedelta(hours=8))


# What PostgreSQL and UTF-8 can hold; NUL and surrogates have tests of their own.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)


CODES = TEXT.map(lambda text: text[:30])


REAL = st.floats(allow_nan=False, allow_infinity=False)


MOMENTS = st.datetimes(
    datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.sampled_from([UTC, CHINA, timezone(timedelta(hours=-3))])
)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | REAL | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


REPORTS = st.builds(
    Report,
    text=TEXT,
    source=CODES,
    source_id=st.none(),
    reported_at=MOMENTS,
    scheme=CODES,
    kind=st.sampled_from(["part", "event", "hotline", ""]),
    category=CODES,
    lon=maybe(REAL),
    lat=maybe(REAL),
    crs=maybe(TEXT),
    accuracy_m=maybe(REAL),
    address=maybe(TEXT),
    status=st.sampled_from(["to_confirm", "to_dispatch", "in_progress", "closed"]),
    closed_at=maybe(MOMENTS),
    reporter_name=maybe(TEXT),
    reporter_phone=maybe(TEXT),
)


LOCATIONS = st.builds(
    Location,
    status=st.sampled_from(["located", "outside", "unlocated"]),
    grid=maybe(CODES),
    grid_name=maybe(TEXT),
    chain=st.lists(TEXT, max_size=4).map(tuple),
    plan=st.none(),
    lon=maybe(st.floats(-180, 180)),
    lat=maybe(st.floats(-90, 90)),
    crs=TEXT,
    shift_m=REAL,
    border_m=maybe(REAL),
    nearest_grid=maybe(TEXT),
    nearest_m=maybe(REAL),
    method=TEXT,
    note=TEXT,
    context=st.dictionaries(TEXT, JSON, max_size=3),
)


ROUTES = st.builds(
    Route,
    department=maybe(CODES),
    department_name=maybe(TEXT),
    with_departments=st.lists(TEXT, max_size=3).map(tuple),
    rule=maybe(TEXT),
    rule_version=maybe(TEXT),
    deadline_hours=maybe(st.floats(-1e5, 1e5)),
    tried=st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple),
    note=TEXT,
)


def expected(issue_id: int, report: Report, location: Location, route: Route, category_name: str = "") -> Issue:
    """The issue that must come back."""
    assert report.reported_at is not None
    assert report.status is not None
    hours = route.deadline_hours
    return Issue(
        id=issue_id,
        text=report.text,
        source=report.source,
        source_id=report.source_id,
        reported_at=report.reported_at,
        scheme=report.scheme,
        kind=report.kind,
        category=report.category,
        category_name=category_name,
        address=report.address,
        status=report.status,
        location=location,
        route=route,
        due_at=None if hours is None else report.reported_at.astimezone(UTC) + timedelta(hours=hours),
        closed_at=report.closed_at,
        accuracy_m=report.accuracy_m,
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(REPORTS, LOCATIONS, ROUTES), min_size=1, max_size=4))
def test_every_field_comes_back(store: SqlStore, rows: list[tuple[Report, Location, Route]]) -> None:
    ids = store.save_issues(rows, actor="a")
    assert all(isinstance(i, int) for i in ids)
    assert list(ids) == sorted(ids)
    for issue_id, row in zip(ids, rows, strict=True):
        found = store.get_issue(issue_id or 0)
        assert found == expected(issue_id or 0, *row)
        for moment in (found.reported_at, found.due_at, found.closed_at):
            assert moment is None or moment.utcoffset() == timedelta(0)


def test_the_plan_of_an_issue_must_exist(store: SqlStore) -> None:
    plan = store.save_plan(drawing(), name="p", actor="a")
    (issue_id,) = store.save_issues([reported(plan=plan.id)], actor="a")
    assert store.get_issue(issue_id or 0).location.plan == plan.id
    with pytest.raises(NotFound, match="77"):
        store.save_issues([reported(plan=77)], actor="a")


def test_what_a_report_leaves_open(store: SqlStore) -> None:
    clock = datetime(2025, 5, 1, 12, tzinfo=UTC)
    store._clock = lambda: clock
    report, location, route = reported(reported_at=None)
    nowhere = Location(status="unlocated", note="no_coordinate")
    no_route = Route(department=None, department_name=None)
    ids = store.save_issues([(report, location, route), (report, nowhere, no_route)], actor="a")
    first, second = (store.get_issue(i or 0) for i in ids)
    assert (first.reported_at, first.status, first.due_at) == (clock, "to_dispatch", clock + timedelta(hours=24))
    assert (second.status, second.due_at, second.location) == ("to_confirm", None, nowhere)


def test_a_known_source_id_is_left_alone(store: SqlStore) -> None:
    first = [reported(str(i), text=f"first {i}") for i in range(5)]
    assert None not in store.save_issues(first, actor="a")
    again = [reported(str(i), text="again", phone="139") for i in range(3, 7)] + [reported("6", text="twin")]
    ids = store.save_issues(again, actor="a")
    assert [i is None for i in ids] == [True, True, False, False, True]
    assert [issue.text for issue in store.list_issues()] == [f"first {i}" for i in range(5)] + ["again"] * 2
    # Without an id of the source nothing can be known; another source may use the same ids.
    assert None not in store.save_issues([reported(), reported(), reported("3", source="app")], actor="a")
    found = store.find_issue("app", "3")
    assert found is not None
    assert (found.source, found.source_id) == ("app", "3")
    assert store.find_issue("app", "4") is None


def test_importing_twice_adds_nothing(store: SqlStore) -> None:
    rows = [reported(f"n{i}", phone=str(i)) for i in range(300)]
    ids = store.save_issues(rows, actor="a")
    assert len(set(ids)) == 300
    before, journal = store.list_issues(), store.get_journal()
    assert store.save_issues(rows, actor="a") == (None,) * 300
    assert store.save_issues([], actor="a") == ()
    assert store.list_issues() == before
    assert store.get_journal() == journal, "what changed nothing is no write"
    with store._reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(ReporterRow)).scalar_one() == 300


def test_the_reporter_is_kept_apart(store: SqlStore) -> None:
    secret_name, secret_phone = "赵六-secret", "13900001111"
    (issue_id, _) = store.save_issues(
        [reported("1", phone=secret_phone, reporter_name=secret_name), reported("2")], actor="a"
    )
    with store._reading() as connection:
        rows = connection.execute(sa.select(ReporterRow.issue_id, ReporterRow.name, ReporterRow.phone)).all()
        assert [tuple(row) for row in rows] == [(issue_id, secret_name, secret_phone)]
        for table in ("issue", "journal"):
            for row in connection.exec_driver_sql(f"SELECT * FROM {table}"):
                assert secret_phone not in str(row)
                assert secret_name not in str(row)
    assert secret_phone not in repr(store.list_issues())


def test_todays_name_of_the_category(store: SqlStore) -> None:
    store.save_issues([reported(kind="part"), reported(kind="event"), reported(category="9999")], actor="a")
    assert [i.category_name for i in store.list_issues()] == ["", "", ""]
    store.save_place(place(), actor="a")
    assert [i.category_name for i in store.list_issues()] == ["井盖", "井盖丢失", ""]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"text": "a\x00b"}, "store_text_nul"),
        ({"text": "a\ud83d"}, "store_text_surrogate"),
        ({"source_id": "\x00"}, "store_text_nul"),
        ({"reporter_phone": "\x00"}, "store_text_nul"),
        ({"reported_at": datetime(2025, 1, 1)}, "store_time_naive"),
        ({"closed_at": datetime(2025, 1, 1)}, "store_time_naive"),
        ({"accuracy_m": math.nan}, "store_number_not_finite"),
        ({"category": "9" * 201}, "store_code_long"),
        ({"source_id": "长" * 201}, "store_code_long"),
        ({"reported_at": datetime.min.replace(tzinfo=CHINA)}, "store_time_range"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_stored(store: SqlStore, change: dict[str, Any], code: str) -> None:
    good = reported("1")
    bad = reported(**({"source_id": "2"} | change))
    with pytest.raises(InvalidInput, match="Row 2") as caught:
        store.save_issues([good, bad], actor="a")
    assert caught.value.code == code
    assert store.list_issues() == ()
    assert store.get_journal() == ()


def test_context_that_json_cannot_say(store: SqlStore) -> None:
    report, location, route = reported()
    for value, code in (
        (math.inf, "store_number_not_finite"),
        ("\x00", "store_text_nul"),
        (object(), "store_value_kind"),
    ):
        with pytest.raises(InvalidInput) as caught:
            store.save_issues([(report, replace(location, context={"deep": [value]}), route)], actor="a")
        assert caught.value.code == code
    with pytest.raises(InvalidInput, match="deadline"):
        store.save_issues([(report, location, replace(route, deadline_hours=1e300))], actor="a")


def test_a_write_that_fails_in_the_middle_leaves_nothing(store: SqlStore) -> None:
    kept = store.save_issues([reported("0")], actor="a")
    with pytest.raises(InvalidInput):
        # The issues are in by the time their reporters are refused.
        store.save_issues([reported("1", phone="1"), reported("2", phone="1\x00")], actor="a")
    assert tuple(i.id for i in store.list_issues()) == kept
    with store._reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(JournalRow)).scalar_one() == 1
    assert None not in store.save_issues([reported("1"), reported("2")], actor="a")
