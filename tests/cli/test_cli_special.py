"""geo special: over a plan and carved from it, checked and located by the same program."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.files import LocalFiles
from geo.model import Layer
from tests.cli.small_files import Run, column

X, Y = 500_000, 3_650_000


@pytest.fixture
def sound_plan(run: Run, tmp_path: Path) -> Path:
    """36 squares in two areas of three columns, two grids each, with a tolerance that carving does not break."""
    boxes, rows = [], []
    for r in range(6):
        for c in range(6):
            boxes.append(shapely.box(X + 100 * c, Y + 100 * r, X + 100 * (c + 1), Y + 100 * (r + 1)))
            rows.append((f"u{r}{c}", f"11010100100{1 + c // 3}"))
    fields = {
        "id": column([row[0] for row in rows]),
        "households": np.full(36, 10, dtype=np.int64),
        "parent": column([row[1] for row in rows]),
    }
    units, plan = tmp_path / "units.gpkg", tmp_path / "plan.gpkg"
    LocalFiles().write_layers(str(units), {"units": Layer(column(list(boxes)), fields, "EPSG:4547", "test")})
    ran = run(
        "partition",
        units,
        "--weight",
        "households",
        "--grids",
        4,
        "--tolerance",
        0.5,
        "--within",
        "parent",
        "--out",
        plan,
    )
    assert ran.code == 0, ran.err
    return plan


@pytest.fixture
def outlines(tmp_path: Path):
    def write(*rows: tuple[str, float, float, float, float], crs: str = "EPSG:4547", **more: list) -> Path:
        path = tmp_path / "outlines.gpkg"
        shapes = [shapely.box(X + a, Y + b, X + c, Y + d) for _, a, b, c, d in rows]
        fields = {"name": column([row[0] for row in rows]), **{key: column(list(v)) for key, v in more.items()}}
        LocalFiles().write_layers(str(path), {"outlines": Layer(column(shapes), fields, crs, "test")})
        return path

    return write


def test_laid_over_it_wins_in_lookup_and_the_plan_stays_sound(run, sound_plan, outlines, tmp_path) -> None:
    park = outlines(("科技园", 140, 140, 460, 330))
    out, report = tmp_path / "over.gpkg", tmp_path / "r.json"
    ran = run("special", sound_plan, park, "--out", out, "--report", report)
    assert ran.code == 0, ran.err
    before, after = (LocalFiles().read_drawing(str(p)) for p in (sound_plan, out))
    assert after.units.grid.tolist() == before.units.grid.tolist()
    (special,) = [grid for grid in after.grids if grid.kind == "special"]
    assert (special.name, special.units, special.lies_over) == ("科技园", 0, True)
    assert special.code.startswith("11010100100")
    assert special.code not in {grid.code for grid in before.grids}
    figures = json.loads(report.read_text("utf-8"))["special_grids"][0]
    inside = [p for p in shapely.point_on_surface(before.units.geometry) if special.geometry.covers(p)]
    assert figures["households"] == special.households == 10 * len(inside)
    assert sum(base["area_m2"] for base in figures["base_grids"]) == pytest.approx(320 * 190, abs=1)
    assert run("check", out).code == 0
    where = ("--lon", X + 150, "--lat", Y + 150, "--crs", "EPSG:4547")
    found = json.loads(run("locate", *where, "--plan", out, "--json").out)
    base = json.loads(run("locate", *where, "--plan", sound_plan, "--json").out)
    assert found["grid"] == special.code
    assert found["context"]["base_grid"] == base["grid"]
    ran = run("locate", *where, "--plan", out)
    assert base["grid"] in ran.out
    outside = json.loads(
        run("locate", "--lon", X + 20, "--lat", Y + 20, "--crs", "EPSG:4547", "--plan", out, "--json").out
    )
    assert outside["grid"] in {grid.code for grid in before.grids}
    assert "base_grid" not in outside["context"]


def test_carved_it_takes_whole_units_and_the_plan_stays_sound(run, sound_plan, outlines, tmp_path) -> None:
    park = outlines(("园区", 0, 120, 300, 280))
    out = tmp_path / "carved.gpkg"
    ran = run("special", sound_plan, park, "--carve", "--out", out, "--json")
    assert ran.code == 0, ran.err
    figures = json.loads(ran.out)
    after = LocalFiles().read_drawing(str(out))
    (special,) = [grid for grid in after.grids if grid.kind == "special"]
    assert special.units == 6
    assert special.households == special.weight == 60
    assert shapely.equals(special.geometry, shapely.box(X, Y + 100, X + 300, Y + 300))
    assert figures["special_grids"][0]["units_cut_by_outline"] == 6
    assert figures["special_grids"][0]["units_outside_outline_m2"] == pytest.approx(6 * 10_000 - 300 * 160)
    assert sum(grid.weight for grid in after.grids) == 360
    # Base grids that lost people may be too light by the plan's own wishes; that is said, and nothing else is wrong.
    assert run("check", out, "--tolerance", 0.95).code == 0
    assert sum(row["before"] - row["after"] for row in figures["base_grids_changed"]) == 60
    assert sum(grid.units for grid in after.grids) == 36


def test_base_grids_that_fall_out_of_the_band_are_told(run, sound_plan, outlines, tmp_path) -> None:
    park, out = outlines(("园区", 0, 120, 300, 280)), tmp_path / "carved.gpkg"
    assert run("check", sound_plan).code == 0
    ran = run("special", sound_plan, park, "--carve", "--out", out, "--json")
    checked = json.loads(run("check", out, "--json").out)
    wanted = sorted(code for fault in checked for code in fault["grids"])
    fallen = json.loads(ran.out)["base_grids_out_of_band"]
    assert [row["grid"] for row in fallen] == wanted != []
    again = run("special", sound_plan, park, "--carve", "--out", tmp_path / "again.gpkg")
    assert all(f"  {row['grid']}" in again.err for row in fallen)
    # A single unit less: whatever the check finds, and nothing else, is said.
    alone = run("special", sound_plan, outlines(("楼", 10, 10, 90, 90)), "--carve", "--out", out, "--json")
    said = {row["grid"] for row in json.loads(alone.out)["base_grids_out_of_band"]}
    assert said == {code for fault in json.loads(run("check", out, "--json").out) for code in fault["grids"]}


def test_what_is_wrong_is_named(run, sound_plan, outlines, tmp_path) -> None:
    out = tmp_path / "o.gpkg"
    ran = run("special", sound_plan, outlines(("北楼", 0, 0, 90, 90), ("南楼", 50, 50, 190, 190)), "--out", out)
    assert ran.code == 2
    assert "北楼" in ran.err
    assert "南楼" in ran.err
    ran = run("special", sound_plan, outlines(("远园", 5000, 0, 5090, 90)), "--out", out)
    assert ran.code == 2
    assert "远园" in ran.err
    ran = run("special", sound_plan, outlines(("跨区", 210, 10, 390, 90)), "--carve", "--out", out)
    assert ran.code == 2
    assert "110101001001, 110101001002" in ran.err
    twice = outlines(("甲", 0, 0, 90, 90), ("乙", 200, 0, 290, 90), number=["Z1", "Z1"])
    ran = run("special", sound_plan, twice, "--code", "number", "--out", out)
    assert ran.code == 2
    assert "Z1" in ran.err
    assert not out.exists()


def test_a_second_one_over_the_first_is_refused(run, sound_plan, outlines, tmp_path) -> None:
    first = tmp_path / "first.gpkg"
    assert run("special", sound_plan, outlines(("甲", 0, 0, 190, 90)), "--out", first).code == 0
    ran = run("special", first, outlines(("乙", 150, 50, 290, 190)), "--out", tmp_path / "second.gpkg")
    assert ran.code == 2
    assert "甲" in ran.err
    assert "乙" in ran.err
    away = run("special", first, outlines(("乙", 200, 0, 290, 90)), "--carve", "--out", tmp_path / "second.gpkg")
    assert away.code == 0, away.err
    codes = [grid.code for grid in LocalFiles().read_drawing(str(tmp_path / "second.gpkg")).grids]
    assert len(codes) == len(set(codes)) == 6
    assert run("check", tmp_path / "second.gpkg").code == 0


def test_rows_in_another_order_give_the_same_plan(run, sound_plan, outlines, tmp_path) -> None:
    rows = [("甲", 0, 0, 190, 90), ("乙", 310, 110, 490, 190), ("丙", 0, 310, 90, 490)]
    texts = []
    for order in (rows, rows[::-1]):
        out = tmp_path / f"{len(texts)}.gpkg"
        assert run("special", sound_plan, outlines(*order), "--carve", "--out", out).code == 0
        texts.append(out.read_bytes())
    assert texts[0] == texts[1]
