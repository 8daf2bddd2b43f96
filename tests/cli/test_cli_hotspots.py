"""geo hotspots: every command on a small town, on both databases."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from geo.model import Location, Report, Route
from geo.service.plans import publish_plan
from geo.settings import read_settings
from geo.wiring import build_service
from tests.api.conftest import SOUTH, STEP, WEST, drawing, place
from tests.cli.small_files import Run

LAST = date(2026, 8, 31)


@pytest.fixture
def town(run: Run, store_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Lamps fail anywhere, one in two days; in the last fortnight of August thirty fail in grid 1."""
    service = build_service(read_settings(database_url=store_url, lang="en", actor="t"))
    service.store.save_place(place(), actor="t")
    plan = service.store.save_plan(drawing(), name="p", actor="t")
    publish_plan(service, plan.id, effective=date(2025, 1, 1), actor="t")
    rng = np.random.default_rng(1)
    days = [(int(day), int(rng.integers(1, 5))) for day in np.sort(rng.integers(14, 364, 170))]
    days += [(int(day), 1) for day in rng.integers(0, 14, 30)]
    rows = []
    for k, (ago, grid) in enumerate(days):
        when = datetime(2026, 8, 31, 4, tzinfo=UTC) - timedelta(days=ago)
        lon, lat = WEST + STEP * (0.2 + 2 * ((grid - 1) % 2)), SOUTH + STEP * (0.2 + 2 * ((grid - 1) // 2))
        lon, lat = lon + 4e-5 * (k % 20), lat + 4e-5 * (k // 20)
        report = Report("灯坏 <b>", "s", str(k), when, "hotline", "hotline", "0101", lon, lat)
        where = Location("located", grid=f"99010100100100{grid}", plan=1, lon=lon, lat=lat)
        rows.append((report, where, Route(None, "")))
    service.store.save_issues(rows, actor="t")
    service.store.close()  # type: ignore[attr-defined]
    monkeypatch.setenv("GEO_DATABASE_URL", store_url)
    return run


def test_a_run_is_told_listed_shown_and_digested(town: Run, tmp_path: Path) -> None:
    ran = town("hotspots", "run", "--as-of", LAST)
    assert ran.code == 0, ran.err
    assert "200 incidents (200 reports" in ran.out + ran.err
    (line,) = (line for line in ran.out.splitlines() if "0101" in line)
    assert "990101001001001" in line
    again = town("hotspots", "run", "--as-of", LAST)
    assert "stored already" in again.out + again.err
    told = json.loads(town("hotspots", "run", "--as-of", LAST, "--json").out)
    assert told["counted"]["incidents"] == 200
    assert told["hotspots"][0]["members"] == ["990101001001001"]
    assert line in town("hotspots", "list").out
    assert json.loads(town("hotspots", "list", "--since", "2026-09-01", "--json").out) == []
    none = town("hotspots", "list", "--until", "2026-08-30")
    assert "No hotspots" in none.out + none.err
    assert "LLR" in town("hotspots", "show", 1).out
    assert json.loads(town("hotspots", "show", 1, "--json").out)["names"] == {"990101001001001": "晨光01"}
    # What is near, or of one reporter, folded as well: other settings are another run.
    wide = json.loads(town("hotspots", "run", "--as-of", LAST, "--fold-metres", 40, "--fold-reporter", "--json").out)
    assert wide["counted"]["incidents"] < 200
    assert wide["counted"]["issues"] == 200
    done = town("hotspots", "digest", "--out", tmp_path / "out", "--as-of", LAST)
    assert done.code == 0, done.err
    (page,) = (tmp_path / "out").iterdir()
    assert "灯坏 &lt;b&gt;" in page.read_text(encoding="utf-8")


def test_a_theme_is_ranked_frozen_and_reported(town: Run, tmp_path: Path) -> None:
    days = ("--first", "2026-08-01", "--last", "2026-08-31")
    ran = town("hotspots", "theme", "rank", *days)
    assert ran.code == 0, ran.err
    assert ran.out.startswith("990101001001001 晨光01 · 0101 路灯不亮: ")
    (row,) = json.loads(town("hotspots", "theme", "rank", *days, "--level", "area", "--json").out)["rows"]
    assert row["code"] == "990101001001"
    assert town("hotspots", "theme", "list").code == 0
    made = town("hotspots", "theme", "freeze", "0101", "990101001001001", "--name", "路灯", *days)
    assert made.code == 0, made.err
    assert "Theme 1 is frozen" in made.out + made.err
    assert town("hotspots", "theme", "list").out.startswith("1  路灯")
    shown = json.loads(town("hotspots", "theme", "show", 1, "--json").out)
    assert shown["by_grid"]["990101001001001"] == shown["counted"]["incidents"] == len(shown["issues"])
    assert "990101001001001:" in town("hotspots", "theme", "show", 1).out
    ran = town("hotspots", "theme", "report", 1, "--since", "2026-09-01", "--until", "2026-09-20", "--out", "t.html")
    assert ran.code == 0, ran.err
    assert "0 in 20 days after" in ran.out
    assert "@page{size:A4" in (tmp_path / "t.html").read_text(encoding="utf-8")
    assert (
        json.loads(
            town(
                "hotspots", "theme", "report", 1, "--since", "2026-09-01", "--until", "2026-09-20", "--public", "--json"
            ).out
        )["theme"]["issues"]
        == []
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("run", "--as-of", "2090-01-01"), 2), (("run", "--as-of", "2020-01-01"), 3), (("run", "--as-of", "soon"), 2),
        (("run", "--denominator", "sheep"), 2), (("show", "9"), 3),
        (("digest", "--out", "d", "--as-of", "2020-01-01"), 3),
        (("theme", "rank", "--first", "2026-08-01"), 2), (("theme", "show", "9"), 3), (("theme", "report", "9"), 3),
        (("theme", "freeze", "0101", "nowhere", "--name", "n"), 3), (("theme", "rank", "--order", "size"), 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)  # fmt: skip
def test_what_cannot_be_says_what_to_do(run: Run, tmp_path: Path, arguments: tuple[str, ...], code: int) -> None:
    service = build_service(
        read_settings(database_url=f"sqlite:///{tmp_path / 'geo.db'}", lang="en", actor="t"), create=True
    )
    service.store.save_place(place(), actor="t")
    plan = service.store.save_plan(drawing(), name="p", actor="t")
    publish_plan(service, plan.id, effective=date(2025, 1, 1), actor="t")
    service.store.close()  # type: ignore[attr-defined]
    ran = run("hotspots", *arguments)
    assert ran.code == code
    assert ran.err.strip()
    assert "Traceback" not in ran.err
