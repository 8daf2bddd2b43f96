"""Runs of the scans through the service: what was planted is found and told once, and nothing else is."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import InvalidInput, NotFound
from geo.hotspots import PeriodKind
from geo.model import CategoryKind, Issue, Location, Place, Report, Route
from geo.model.hotspots import Hotspot
from geo.service.context import Service, get_plan_in_force, net_of
from geo.service.hotspot_counts import count_incidents, list_incidents
from geo.service.hotspot_digest import view_digests, write_digests
from geo.service.hotspot_fold import FoldBy, fold
from geo.service.hotspot_known import is_same, mark_known
from geo.service.hotspot_run import RunSettings, run_hotspots
from geo.service.hotspot_words import in_words, restrained
from geo.service.plans import publish_plan
from geo.settings import read_settings
from geo.wiring import build_service

FOLDER = Path(__file__).resolve().parents[2] / "data" / "boundaries" / "chenguang"
QUICK = RunSettings(replicas=99)


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def add(service: Service, reports: Sequence[tuple[str, str, datetime, float, float, str | None]]) -> None:
    """Store reports (id, category, when, lon, lat, address) with the grid of the plan in force."""
    net = net_of(service, get_plan_in_force(service))
    lon, lat = (np.array([report[k] for report in reports], dtype=float) for k in (3, 4))
    found = net.index.locate(lon=lon, lat=lat)
    stored = []
    for (number, category, when, x, y, address), grid in zip(reports, found.tolist(), strict=True):
        code = net.grids[grid].code if grid >= 0 else None
        place = Location("located" if code else "outside", grid=code, plan=net.plan.id, lon=x, lat=y)
        kind: CategoryKind = "hotline" if len(category) == 4 else "event"
        report = Report(
            "文", "s", number, when, kind if kind == "hotline" else "gb", kind, category, x, y, address=address
        )
        stored.append((report, place, Route(None, "")))
    service.store.save_issues(stored, actor="t")


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The sample district's plan and its issues at their true places."""
    url = f"sqlite:///{tmp_path_factory.mktemp('hotspots') / 'geo.db'}"
    service = replace(
        build_service(read_settings(database_url=url, lang="en", actor="t"), create=True),
        clock=lambda: datetime(2026, 11, 22, 4, tzinfo=UTC),
    )
    service.store.save_place(Place("990101", "晨光", (), (), (), (), (), (), ()), actor="t")
    plan = service.store.save_plan(service.files.read_drawing(str(FOLDER / "current_plan.gpkg")), name="p", actor="t")
    publish_plan(service, plan.id, effective=date(2025, 1, 1), actor="t")
    truth = {row["source_id"]: row for row in rows("truth/issues_truth.csv")}
    add(
        service,
        [
            (
                row["source_id"], row["category"], datetime.fromisoformat(row["reported_at"]),
                float(truth[row["source_id"]]["lon"] or 0), float(truth[row["source_id"]]["lat"] or 0),
                row["address"] or None,
            )
            for row in rows("issues.csv")
        ],
    )  # fmt: skip
    yield service
    service.store.close()  # type: ignore[attr-defined]


class ReadOnce:
    """A store whose issues are read once for all runs of a test; the rest is the store's own."""

    def __init__(self, store: Any) -> None:
        self._store, self._issues = store, store.list_issues()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def list_issues(self, *, department: None, since: datetime, until: datetime) -> tuple[Issue, ...]:
        assert department is None
        return tuple(issue for issue in self._issues if since <= issue.reported_at < until)


@pytest.fixture(scope="module")
def year(district: Service) -> Service:
    """The district with a run every four weeks."""
    once = replace(district, store=ReadOnce(district.store))
    for month in range(12):
        day = date(2026, 1, 4) + timedelta(days=28 * month)
        assert run_hotspots(once, as_of=day, settings=QUICK, actor="t")[1]
    return district


def test_planted_hotspots_are_told_once_with_dates_and_topics_and_nothing_else_is(year: Service) -> None:
    planted = {row["category"]: row for row in rows("truth/hotspots.csv")}
    told: dict[str, list[Hotspot]] = {}
    for hotspot in year.store.list_hotspots():
        if hotspot.run <= 12:
            told.setdefault(hotspot.category, []).append(hotspot)
    assert sorted(told) == sorted(planted)
    shapes = {grid.code: grid.geometry for grid in year.store.get_grids(1)}
    for category, found in told.items():
        alert, *later = found
        assert alert.known == 0
        assert {hotspot.known for hotspot in later} <= {alert.id}
        begin, end = (date.fromisoformat(planted[category][key]) for key in ("start", "end"))
        assert abs((alert.first - begin).days) <= 7
        assert begin <= alert.last
        assert alert.first <= end
        middle = shapely.Point(float(planted[category]["lon"]), float(planted[category]["lat"]))
        circle = middle.buffer(float(planted[category]["radius_m"]) / 90_000)
        assert all(shapes[code].intersects(circle) for code in alert.members)
        assert alert.recurrence_days is None or alert.recurrence_days >= 365
        assert alert.observed > 3 * alert.expected


def test_the_same_run_is_read_not_run_again(year: Service) -> None:
    day = date(2026, 2, 1)
    one, _ = run_hotspots(year, as_of=day, settings=QUICK, actor="t")
    lines = len(year.store.get_journal(limit=1000))
    assert run_hotspots(year, as_of=day, settings=QUICK, actor="somebody else") == (one, False)
    assert len(year.store.get_journal(limit=1000)) == lines
    # Other settings are another run, and what is known already is no alert there either.
    other, fresh = run_hotspots(year, as_of=day, settings=replace(QUICK, categories=("05",)), actor="t")
    assert fresh
    assert other.hotspots
    assert all(hotspot.known for hotspot in other.hotspots)


def test_duplicates_are_folded_as_the_truth_says(district: Service) -> None:
    found = list_incidents(district, first=date(2025, 11, 1), last=date(2026, 11, 1))
    assert found.reports.sum() == 6000
    # 240 of the 6,000 were written as reports of the same thing.
    assert abs(6000 - len(found.issues) - 240) <= 10


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"denominator": "sheep"}, "hotspot_denominator"),
        ({"step": "month"}, "hotspot_unknown_period"),
        ({"history_days": 20}, "hotspot_bad_option"),
        ({"history_days": 10**7}, "hotspot_bad_option"),
        ({"replicas": 0}, "hotspot_bad_option"),
        ({"least_days": float("nan")}, "hotspot_bad_option"),
    ],
)
def test_settings_that_cannot_be_are_typed(service: Service, change: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidInput) as error:
        run_hotspots(service, as_of=date(2025, 5, 8), settings=replace(QUICK, **change), actor="t")
    assert error.value.code == code


def test_days_without_an_answer_and_without_issues(service: Service) -> None:
    with pytest.raises(InvalidInput):
        run_hotspots(service, as_of=date(2026, 12, 1), settings=QUICK, actor="t")
    with pytest.raises(NotFound):
        run_hotspots(service, as_of=date(2023, 12, 1), settings=QUICK, actor="t")
    run, _ = run_hotspots(service, as_of=date(2025, 5, 1), settings=QUICK, actor="t")
    assert run.hotspots == ()
    assert run.counted["incidents"] == run.counted["categories"] == 0


ISSUE = Issue(
    1, "文", "s", "1", datetime(2025, 5, 1, tzinfo=UTC), "hotline", "hotline", "0501", "", None, "closed",
    Location("located", grid="g", plan=1, lon=114.0, lat=34.0), Route(None, ""),
)  # fmt: skip


@given(
    st.lists(
        st.tuples(st.sampled_from(["", "大街", "1号", " １号"]), st.integers(0, 2), st.integers(0, 12)), max_size=9
    )
)
def test_folding_is_what_linking_in_time_by_hand_gives(told: list[tuple[str, int, int]]) -> None:
    issues = [replace(ISSUE, address=a, location=replace(ISSUE.location, lon=114.0 + x / 100)) for a, x, _ in told]
    group = list(range(len(told)))
    for _ in told:
        for i, (a, x, at) in enumerate(told):
            for j, (b, y, then) in enumerate(told):
                if ((a.endswith("号") and b.endswith("号")) or x == y) and abs(at - then) <= 3:
                    group[i] = group[j] = min(group[i], group[j])
    chain = fold(issues, np.array([float(day) for _, _, day in told]), FoldBy(3))
    assert all((chain[i] == chain[j]) == (group[i] == group[j]) for i in range(len(told)) for j in range(len(told)))


def test_counts_by_plan_period_and_what_the_public_sees(district: Service) -> None:
    asked: dict[str, Any] = {"first": date(2026, 1, 1), "last": date(2026, 3, 31), "categories": ("05",)}
    whole = count_incidents(district, period="quarter", **asked)
    periods: list[PeriodKind] = ["day", "ten_days", "month"]
    for period in periods:
        parts = count_incidents(district, period=period, **asked)
        assert (parts.counts.sum(axis=1) == whole.counts[:, 0]).all()
    assert (whole.reports >= whole.counts).all()
    then = count_incidents(district, period="quarter", plan="then", **asked)
    assert then.counts.sum() == whole.counts.sum()
    public = count_incidents(district, period="quarter", public=True, **asked)
    assert not ((public.counts > 0) & (public.counts < 5)).any()
    assert ((public.counts == whole.counts) | (public.counts == -1)).all()
    assert (public.reports[public.counts == -1] == -1).all()


FOUND = Hotspot(
    "0501", "h", "h", "", "share", ("g",), "g", 114.0, 34.0, 0.0, date(2026, 1, 1), date(2026, 1, 7),
    12, 3.0, 4.0, 9.0, 1e-3, 812.0, id=7, plan=1,
)  # fmt: skip


def test_words_and_what_is_hidden() -> None:
    assert in_words(FOUND, "zh", public=True) == "7 天内 12 件，通常 3 件；偶然出现约 812 天一次。"
    assert "12 in 7 days where 3 were expected" in in_words(FOUND, "en", public=True)
    assert restrained(FOUND) == FOUND
    few = replace(FOUND, observed=4)
    assert "4" not in in_words(few, "zh", public=True)
    assert "4" in in_words(few, "zh", public=False)
    assert (restrained(few).observed, restrained(few).relative_risk, restrained(few).llr) == (-1, None, 0.0)


def test_a_story_goes_on_while_its_days_topic_and_ground_do() -> None:
    later = replace(FOUND, id=9, first=date(2026, 1, 21), last=date(2026, 1, 28))
    assert is_same(FOUND, later)
    assert not is_same(FOUND, replace(later, first=date(2026, 1, 22)))
    assert not is_same(FOUND, replace(later, members=("h",)))
    assert not is_same(FOUND, replace(later, category="0502"))
    assert is_same(FOUND, replace(later, plan=2, members=("x",), lon=114.001))
    assert not is_same(FOUND, replace(later, plan=2, members=("g",), lon=114.01))
    assert mark_known([later], [replace(FOUND, id=8, known=7)])[0].known == 7


def test_a_digest_is_one_file_a_community_with_nothing_personal_and_nothing_hostile(
    year: Service, tmp_path: Path
) -> None:
    net = net_of(year, get_plan_in_force(year))
    point = net.grids[0].geometry.representative_point()
    stored = Report(
        "电话13812345678 </td><script>alert(1)</script>\u202e", "s", "hostile", datetime(2026, 11, 20, 4, tzinfo=UTC),
        "hotline", "hotline", "0505", point.x, point.y,
    )  # fmt: skip
    where = Location("located", grid=net.grids[0].code, plan=net.plan.id, lon=point.x, lat=point.y)
    year.store.save_issues([(stored, where, Route(None, ""))], actor="t")
    files = write_digests(year, tmp_path / "out", as_of=date(2026, 11, 20), lang="zh")
    assert [path.stem for path in files] == sorted({grid.parent for grid in net.grids})
    page = next(path for path in files if path.stem == net.grids[0].parent).read_text(encoding="utf-8")
    assert "一周简报" in page
    assert "&lt;script&gt;" in page
    for bad in ("<script", "13812345678", "\u202e"):
        assert bad not in page
    again = write_digests(year, tmp_path / "again", as_of=date(2026, 11, 20), lang="zh")
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in files]


def test_a_digest_tells_the_new_issues_and_hotspots_of_its_week(year: Service) -> None:
    views = view_digests(year, date(2026, 7, 19))
    begin, end = (datetime(2026, 7, day, 16, tzinfo=UTC) for day in (12, 19))
    issues = year.store.list_issues(since=begin, until=end)
    assert sum(len(view.new) for view in views) == sum(issue.location.grid is not None for issue in issues)
    assert {hotspot.category for view in views for hotspot in view.hotspots} >= {"0505"}
    for view in views:
        assert all(set(hotspot.members) & set(view.grids) for hotspot in view.hotspots)
