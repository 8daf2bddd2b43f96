"""Figures in reports and comparisons."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import shapely

from geo.cli.figures import ROWS, figures_table
from geo.errors import PartitionInfeasible
from geo.messages import catalogue
from geo.model import Units
from geo.service.figures import drawing_metrics, named_certificate
from geo.service.partition import draw_plan
from geo.service.wishes import PartitionRequest


@pytest.fixture
def units() -> Units:
    shapes = np.array(
        [
            shapely.box(500_000 + 50 * x, 4_000_000 + 50 * y, 500_050 + 50 * x, 4_000_050 + 50 * y)
            for y in range(4)
            for x in range(6)
        ],
        dtype=object,
    )
    weight = np.array([3.0, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4, 6, 2, 6, 4])
    return Units(
        ids=np.array([f"u{k:02d}" for k in range(24)], dtype=object),
        geometry=shapes,
        weight=weight,
        crs="EPSG:4548",
        group=np.array(["g1" if k in (0, 1) else "" for k in range(24)], dtype=object),
        fields={"buildings": np.arange(24), "note": np.array(["x"] * 24, dtype=object)},
        weight_field="households",
    )


def test_a_report_carries_metrics_and_a_certificate_by_id_and_a_plan_file_gives_the_same(units):
    drawing, figures = draw_plan(units, PartitionRequest(weight="households", grids=4, tolerance=0.2))
    block = figures["metrics"]
    assert sorted(block["grids"]) == [grid.code for grid in drawing.grids]
    for grid in drawing.grids:
        row = block["grids"][grid.code]
        assert row["weight"] == grid.weight
        assert row["area_m2"] == pytest.approx(grid.geometry.area)
        assert row["perimeter_m"] == pytest.approx(grid.geometry.length)
        inside = [k for k in range(24) if drawing.units.grid[k] == grid.code]
        assert row["span_of_control"] == {"households": grid.weight, "buildings": sum(inside)}
    assert block["plan"]["max_deviation"] == pytest.approx(figures["max_deviation"])
    assert block["plan"]["cut"] == figures["cut"]
    assert block["plan"]["groups_split"] == 0
    assert block["plan"]["barriers"] is None
    assert json.loads(json.dumps(figures, allow_nan=False))["metrics"] == block
    again = drawing_metrics(drawing)["plan"]
    assert again.pop("span_of_control") == block["plan"].pop("span_of_control")
    assert again == pytest.approx(block["plan"])


def test_a_certificate_names_units_by_id(units):
    heavy = replace(units, weight=np.where(np.arange(24) == 13, 400.0, units.weight))
    _, figures = draw_plan(heavy, PartitionRequest(weight="households", grids=4, tolerance=0.2))
    proof = figures["certificate"]
    assert (proof["reason"], proof["units"], proof["units_count"]) == ("unit", ["u13"], 1)
    assert [heavy["unit"] for heavy in proof["oversize"]] == ["u13"] == figures["oversize_units"]
    assert proof["oversize"][0]["over"] == pytest.approx(400 - 1.2 * heavy.weight.sum() / 4)
    many = {"oversize": [], "outside": [], "units": [k % 24 for k in range(80)]}
    assert len(named_certificate(many, units)["units"]) == 50
    assert named_certificate(many, units)["units_count"] == 80


def test_units_without_a_grid_and_groups_torn_apart(units):
    drawing, _ = draw_plan(units, PartitionRequest(weight="households", grids=4, tolerance=0.2))
    grid = drawing.units.grid.copy()
    grid[0], grid[1] = grid[23], ""
    torn = replace(
        drawing, units=replace(drawing.units, grid=grid, group=np.array(["a"] * 2 + ["b"] * 22, dtype=object))
    )
    plan = drawing_metrics(torn)["plan"]
    assert plan["groups_split"] == 1
    assert plan["disconnected"] == 1
    assert plan["ideal"] == (units.weight.sum() - 1) / 4
    assert drawing_metrics(replace(drawing, units=replace(drawing.units, grid=None))) == {"plan": {}, "grids": {}}


def test_the_table_has_one_line_a_figure_that_either_plan_knows():
    lines = figures_table({"grids": 3, "ideal": 10.0, "walk_m": None}, {"grids": 12, "ideal": 2.5, "gini": 0.25})
    assert len(lines) == 4
    assert lines[1].split()[-2:] == ["3", "12"]
    assert lines[3].split()[-2:] == ["–", "0.250"]
    assert all(key in catalogue() for _, key, _ in ROWS)


def test_a_refusal_speaks_of_units_areas_and_ways_by_name(units):
    # Area B is the westernmost column: 4 of 24 units of weight 1, which three grids of 8 do not divide.
    area = np.array(["B" if k % 6 == 0 else "A" for k in range(24)], dtype=object)
    even = replace(units, weight=np.ones(24), parent=area, group=None)
    with pytest.raises(PartitionInfeasible) as caught:
        draw_plan(even, PartitionRequest(weight="households", grids=3, tolerance=0.3, within="area"))
    context = caught.value.context
    assert context["area"] == "B"
    assert context["units"] == ["u00", "u06", "u12", "u18"]
    ways = {way["kind"]: way for way in context["relaxations"]}
    assert sorted(ways["parents"]["parents"]) == ["A", "B"]
    assert ways["tolerance"]["tolerance"] == 0.5
    for lang, words in (
        ("zh", ("所在区域：B", "允许偏差 0.5", "跨越")),
        ("en", ("The area is B", "a tolerance of 0.5")),
    ):
        assert all(word in caught.value.message(lang) for word in words)
