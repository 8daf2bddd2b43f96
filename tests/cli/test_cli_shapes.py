"""geo locate --shape: one row a shape and grid, none lost; candidates of a point that is not exact."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.files import LocalFiles
from geo.model import Layer
from tests.cli.small_files import Run


def column(values: list[object]) -> np.ndarray:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def plan_bounds(plan_file: Path) -> tuple[float, float, float, float]:
    return tuple(shapely.total_bounds(LocalFiles().read_layer(f"{plan_file}:grids").geometry).tolist())


def test_shapes_of_a_file_to_grids(run: Run, plan_file: Path, tmp_path: Path) -> None:
    west, south, east, north = plan_bounds(plan_file)
    middle = (south + north) / 2
    shapes = [
        shapely.LineString([(west + 10, middle + 3), (east + 50, middle + 3)]),
        shapely.box(west + 20, south + 20, east - 20, north - 20),
        shapely.Polygon([(west, south), (east, north), (east, south), (west, north)]),
        None,
    ]
    fields = {"name": column(["断头路", "积水", "坏", "空"]), "grid": column(["a", "b", "c", "d"])}
    source = tmp_path / "shapes.gpkg"
    LocalFiles().write_layers(str(source), {"shapes": Layer(column(shapes), fields, "EPSG:4547", "test")})
    ran = run("locate", "--shape", source, "--plan", plan_file, "--out", "shares.csv")
    assert ran.code == 0, ran.err
    assert "4 shapes" in ran.out + ran.err
    with (tmp_path / "shares.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    by_shape = defaultdict(list)
    for row in rows:
        by_shape[row["shape"]].append(row)
    assert set(by_shape) == {"1", "2", "3", "4"}
    for number, measure in (("1", "m"), ("2", "m2")):
        assert sum(float(row["share"]) for row in by_shape[number]) == pytest.approx(1)
        assert {row["measure"] for row in by_shape[number]} == {measure}
        assert [row["lead"].lower() in ("true", "1") for row in by_shape[number]].count(True) == 1
    outside = [row for row in by_shape["1"] if not row["grid"]]
    assert sum(float(row["amount"]) for row in outside) == pytest.approx(50, rel=1e-3)
    assert "Self-intersection" in by_shape["3"][0]["note"]
    assert "empty" in by_shape["4"][0]["note"]
    # A column of the input with a name of ours is kept under another.
    assert by_shape["2"][0]["grid_in"] == "b"
    assert by_shape["1"][0]["name"] == "断头路"


def test_shapes_want_a_system_and_a_place_to_go(run: Run, plan_file: Path, tmp_path: Path) -> None:
    (tmp_path / "s.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": []}), encoding="utf-8")
    assert run("locate", "--shape", "s.geojson", "--plan", plan_file).code == 2
    assert run("locate", "--shape", "s.geojson", "--lon", 1, "--lat", 2, "--out", "o.csv").code == 2


def test_a_point_that_is_not_exact_prints_its_candidates(run: Run, plan_file: Path) -> None:
    grids = LocalFiles().read_layer(f"{plan_file}:grids")
    shared = shapely.intersection(grids.geometry[0], shapely.union_all(grids.geometry[1:]))
    at = shapely.line_interpolate_point(shapely.line_merge(shapely.get_parts(shared)[0]), 0.5, normalized=True)
    ran = run("locate", "--lon", at.x, "--lat", at.y, "--crs", "EPSG:4547", "--accuracy-m", 20, "--plan", plan_file)
    assert ran.code == 0, ran.err
    assert "%" in ran.out
    assert "may reach over a border" in ran.out
