"""The month's theme on both databases: ranked and frozen as counting by hand gives, and never changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from geo.errors import GeoError, InvalidInput, NotFound
from geo.hotspots.theme import against_others, rate_ratio
from geo.model import Location, Report, Route
from geo.service.case_actions import Reason, override
from geo.service.context import Service
from geo.service.plans import publish_plan
from geo.service.theme_public import public_ranking, public_theme
from geo.service.theme_rank import rank_themes
from geo.service.theme_words import told_theme
from geo.service.themes import freeze_theme, render_theme, report_theme, write_theme
from geo.settings import read_settings
from geo.wiring import build_service
from tests.api.conftest import SOUTH, STEP, WEST, drawing, place

GRID = "99010100100100"
JUNE: dict[str, Any] = {"first": date(2026, 6, 1), "last": date(2026, 6, 30)}


@pytest.fixture
def town(store_url: str) -> Iterator[Service]:
    """Street lamps: 20 in June in grid 1 (5 of them where one failed in May), 6 in July; 30 and 28 in grid 3."""
    service = replace(
        build_service(read_settings(database_url=store_url, lang="en", actor="t")),
        clock=lambda: datetime(2026, 6, 30, 20, tzinfo=UTC),
    )
    # What is frozen is dated by the database's clock.
    service.store._clock = service.clock  # type: ignore[attr-defined]
    service.store.save_place(place(), actor="t")
    plan = service.store.save_plan(drawing(), name="p", actor="t")
    publish_plan(service, plan.id, effective=date(2026, 1, 1), actor="t")
    rows = [("0101", 1, date(2026, 5, 10), f"A{k}") for k in range(5)]
    rows += [("0101", 1, date(2026, 6, 1 + k), f"A{k}") for k in range(20)]
    rows += [("0101", 1, date(2026, 6, 2), "A0"), ("0101", 1, date(2026, 6, 30), "Z")]  # a duplicate, and Z …
    rows += [("0101", 1, date(2026, 7, 1), "Z")]  # … that goes on into July and is no case of July
    rows += [("0101", 1, date(2026, 7, 3 + k), f"B{k}") for k in range(6)]
    rows += [("0101", 3, date(2026, 6, 1 + k), f"C{k}") for k in range(30)]
    rows += [("0101", 3, date(2026, 7, 1 + k), f"D{k}") for k in range(28)]
    rows += [("0201", 4, date(2026, 6, 5 + k), f"E{k}") for k in range(7)]
    add(service, rows)
    yield service
    service.store.close()  # type: ignore[attr-defined]


def add(service: Service, rows: list[tuple[str, int, date, str]]) -> None:
    stored = []
    for number, (category, grid, day, door) in enumerate(rows):
        lon, lat = WEST + STEP * (0.2 + 2 * ((grid - 1) % 2)), SOUTH + STEP * (0.2 + 2 * ((grid - 1) // 2))
        when = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
        # Doors are two metres apart and more.
        lon += 2e-5 * int(door[1:] or 0)
        lat += 2e-5 * (ord(door[0]) - ord("A"))
        report = Report(
            "灯坏",
            "s",
            f"{door} {day} {number}",
            when,
            "hotline",
            "hotline",
            category,
            lon,
            lat,
            address=f"路{door}号1",
        )
        where = Location("located", grid=GRID + str(grid), plan=1, lon=lon, lat=lat, method="address")
        stored.append((report, where, Route(None, "")))
    service.store.save_issues(stored, actor="t")


def later(service: Service, day: date = date(2026, 8, 1)) -> Service:
    return replace(service, clock=lambda: datetime(day.year, day.month, day.day, 4, tzinfo=UTC))


def test_a_ranking_counts_as_by_hand(town: Service) -> None:
    found = rank_themes(later(town), **JUNE)
    rows = {(row.category, row.code[-1]): row for row in found.rows}
    assert set(rows) == {("0101", "1"), ("0101", "3"), ("0201", "4")}
    lamps = rows["0101", "1"]
    assert (lamps.incidents, lamps.reports, lamps.before, lamps.repeats, lamps.handovers) == (21, 22, 5, 5, 0)
    assert (rows["0101", "3"].incidents, rows["0101", "3"].before, rows["0201", "4"].incidents) == (30, 0, 7)
    assert [row.code[-1] for row in rank_themes(later(town), **JUNE, order="volume").rows] == ["3", "1", "4"]
    assert rank_themes(later(town), **JUNE, order="repeats").rows[0] == lamps
    (area, other) = rank_themes(later(town), **JUNE, level="area").rows
    assert (area.code, area.name, area.incidents, len(area.grids)) == ("990101001001", "晨光社区", 51, 4)
    assert other.category == "0201"
    assert [row.code[-1] for row in rank_themes(later(town), **JUNE, least=22).rows] == ["3"]
    # The month before, if nobody says which.
    assert rank_themes(later(town, date(2026, 7, 9))).rows == found.rows


def test_what_departments_hand_on_counts(town: Service) -> None:
    first, second = (issue.id for issue in town.store.list_issues(grid=GRID + "4")[:2])
    for issue, departments in ((first, ("cg", "jd", "cg")), (second, ("jd",))):
        for department in departments:
            revision = town.store.get_case(issue).revision
            override(
                town, issue, department=department, reason=Reason("wrong_department"), revision=revision, actor="t"
            )
    row = next(r for r in rank_themes(later(town), **JUNE).rows if r.category == "0201")
    assert row.handovers == 2


def test_a_frozen_set_stays_whatever_comes(town: Service) -> None:
    theme = freeze_theme(town, name=" 路灯 ", category="0101", places=[GRID + "1"], **JUNE, note="n", actor="t")
    assert (theme.id, theme.name, theme.category_name, theme.grids) == (1, "路灯", "路灯不亮", (GRID + "1",))
    assert theme.counted == {
        "incidents": 21, "reports": 22, "repeats": 5, "handovers": 0, "before": 5, "others": 30, "others_before": 0
    }  # fmt: skip
    assert len(theme.issues) == 21
    add(town, [("0101", 1, date(2026, 6, 20), "L")])
    assert town.store.get_theme(1) == theme == town.store.list_themes()[0]
    assert [line["action"] for line in town.store.get_journal(subject="theme:1")] == ["save_theme"]
    for statement in ("UPDATE theme SET name = 'x'", "DELETE FROM theme"):
        with pytest.raises(GeoError), town.store._writing() as connection:  # type: ignore[attr-defined]
            connection.execute(sa.text(statement))
    for bad in (2, 2**70):
        with pytest.raises(NotFound):
            town.store.get_theme(bad)


def test_before_and_after_beside_the_other_grids(town: Service) -> None:
    freeze_theme(town, name="路灯", category="0101", places=[GRID + "1"], **JUNE, actor="t")
    report = report_theme(later(town), 1, since=date(2026, 7, 1))
    assert (report.since, report.until) == (date(2026, 7, 1), date(2026, 7, 31))
    # What began in June and goes on is a case of June.
    assert (report.after, report.others_after) == (6, 28)
    whole = rate_ratio(6, 21, days_after=31, days_before=30)
    assert report.ratio == (whole.value, whole.low, whole.high)
    beside = against_others(6, 21, 28, 30)
    assert report.against == (beside.value, beside.low, beside.high)
    assert report.by_grid == {GRID + "1": (21, 6)}
    assert sum(here for _, here, _ in report.weeks) == 27
    assert "a fall beyond chance" in told_theme(report, "en")[0]
    assert "超出偶然" in told_theme(report, "zh")[0]
    # The day after it was frozen, to yesterday; and nothing yet on that day.
    assert report_theme(later(town), 1).since == date(2026, 7, 2)
    assert report_theme(later(town, date(2026, 7, 1)), 1).until is None
    for since, until in (
        (date(2026, 6, 30), None), (date(2026, 7, 9), date(2026, 7, 8)), (date(2026, 7, 9), date(2026, 8, 2))
    ):  # fmt: skip
        with pytest.raises(InvalidInput):
            report_theme(later(town), 1, since=since, until=until)


def test_the_public_sees_nothing_of_few(town: Service) -> None:
    add(town, [("0101", 2, date(2026, 6, 9 + k), f"F{k}") for k in range(3)])
    add(town, [("0101", 1, date(2026, 7, 20), "G")])
    freeze_theme(town, name="n", category="0101", places=[GRID + "1", GRID + "2"], **JUNE, note="secret", actor="t")
    open_, public = (report_theme(later(town), 1, public=flag) for flag in (False, True))
    assert open_.by_grid[GRID + "2"] == (3, 0)
    # One figure alone would be the rest of the sum.
    assert {pair[0] for pair in public.by_grid.values()} == {-1}
    assert (public.theme.issues, public.theme.note, public.theme.created_by, public.weeks) == ((), "", "", ())
    assert public.ratio == open_.ratio
    short = report_theme(later(town), 1, since=date(2026, 7, 20), public=True)
    assert (short.after, short.ratio, short.against) == (-1, None, None)
    assert public_theme(open_.theme).by_grid == {}
    ranked = public_ranking(rank_themes(later(town), **JUNE, least=1))
    assert all(row.incidents >= 5 and not 0 < row.repeats < 5 and not 0 < row.before < 5 for row in ranked.rows)
    html = render_theme(later(town), 1, lang="en", public=True)
    assert "under 5" in html
    assert "secret" not in html


def test_the_page_is_one_file_and_shows_hostile_text_as_text(town: Service, tmp_path: Path) -> None:
    name = "</title><script>alert(1)</script>\u202e"
    freeze_theme(town, name=name, category="0101", places=["990101001001"], note="<img src=x onerror=1>", **JUNE,
                 actor="t")  # fmt: skip
    report = report_theme(later(town), 1)
    for lang, word in (("zh", "治理前"), ("en", "Before and after")):
        path = tmp_path / f"{lang}.html"
        write_theme(later(town), report, path, lang=lang, public=False)
        page = path.read_text(encoding="utf-8")
        assert word in page
        assert "@page{size:A4" in page
        for bad in ("<script", "<img", "\u202e", "http://", "https://"):
            assert bad not in page


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": " "}, "theme_name_wanted"), ({"places": []}, "theme_place_wanted"),
        ({"places": ["nowhere"]}, "theme_place"), ({"category": "01"}, "theme_nothing"),
        ({"first": None}, "theme_days"),
        ({"first": date(2026, 7, 1)}, "theme_days"), ({"last": date(2026, 7, 9)}, "hotspot_future"),
        ({"first": date(2020, 1, 1)}, "theme_days"),
    ],
)  # fmt: skip
def test_what_cannot_be_frozen_is_named(service: Service, change: dict[str, object], code: str) -> None:
    asked = {"name": "n", "category": "0101", "places": [GRID + "1"], **JUNE, "actor": "t"} | change
    with pytest.raises(GeoError) as error:
        freeze_theme(later(service, date(2026, 7, 2)), **asked)
    assert error.value.code == code


def test_an_order_or_a_number_that_is_none_is_named(service: Service) -> None:
    for bad in ({"order": "size"}, {"level": "city"}, {"least": 0}, {"limit": 0}):
        with pytest.raises(InvalidInput):
            rank_themes(later(service), **JUNE, **bad)
    assert rank_themes(later(service), **JUNE).rows == ()
    with pytest.raises(InvalidInput):
        rank_themes(later(service), first=date.min, last=date.min + timedelta(days=3))
