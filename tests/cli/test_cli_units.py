"""`geo units` at the door: wishes that contradict one another, and the sentences for people."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo import crs
from geo.files import LocalFiles
from geo.model import Layer
from tests.cli.small_files import Run, column


@pytest.fixture
def block(tmp_path: Path) -> Path:
    """Two houses, a street between them that ends 2 m before the boundary."""
    origin = np.array([500_000.0, 3_450_000.0])

    def at(shape: shapely.Geometry) -> shapely.Geometry:
        return shapely.transform(shape, lambda xy: xy + origin)

    layers = {
        "areas": Layer(column([at(shapely.box(0, 0, 100, 60))]), {"people": np.array([70])}, "EPSG:4547", ""),
        "buildings": Layer(
            column([at(shapely.box(10, 20, 30, 40)), at(shapely.box(60, 20, 80, 40))]),
            {"households": np.array([3, 4]), "floors": np.array([1, 6])},
            "EPSG:4547",
            "",
        ),
        "roads": Layer(
            column([at(shapely.LineString([(40, -5), (40, 58)]))]),
            {"highway": column(["primary"])},
            "EPSG:4547",
            "",
        ),
    }
    path = tmp_path / "block.gpkg"
    LocalFiles().write_layers(str(path), layers)
    return path


def options(block: Path, out: Path, *more: object) -> list[object]:
    files = ["--boundary", f"{block}:areas", "--buildings", f"{block}:buildings", "--barriers", f"{block}:roads"]
    return ["units", *files, "--out", out, *more]


def test_a_units_file_with_what_lies_between(run: Run, block: Path, tmp_path: Path) -> None:
    out = tmp_path / "units.gpkg"
    ran = run(*options(block, out, "--extend", 3, "--hard", "road", "--floor-area", "--total-field", "people"))
    assert ran.code == 0, ran.err
    assert "people: 70 in all" in ran.out
    assert "1 loose ends" in ran.out
    units = LocalFiles().read_units(str(out), weight="people")
    assert units.weight.tolist() == [10, 60]
    adjacency = LocalFiles().read_adjacency(str(out), units.ids)
    assert adjacency is not None
    assert adjacency.hard.tolist() == [True]
    assert adjacency.metres.tolist() == pytest.approx([60])
    ran = run("partition", out, "--weight", "people", "--grids", 1, "--out", tmp_path / "plan.gpkg", "--tolerance", 0.2)
    assert ran.code in (0, 5), ran.err


@pytest.mark.parametrize(
    ("more", "word"),
    [
        (["--floor-area"], "--total"),
        (["--floor-area", "--weight", "households", "--total", 9], "--floor-area"),
        (["--total", 9, "--total-field", "people"], "not both"),
        (["--extend", 80], "0 to 50"),
        (["--hard", "moat"], "'moat'"),
        (["--household-size", "-1"], "household size"),
        (["--homes", "kind"], "field=value"),
        (["--gates", "nowhere.gpkg"], "nowhere.gpkg"),
    ],
)
def test_contradictions_and_faults_are_refused(
    run: Run, block: Path, tmp_path: Path, more: list[object], word: str
) -> None:
    ran = run(*options(block, tmp_path / "units.gpkg", *more))
    assert ran.code in (2, 3)
    assert word in ran.err
    assert not (tmp_path / "units.gpkg").exists()


def test_totals_need_a_boundary(run: Run, block: Path, tmp_path: Path) -> None:
    arguments = options(block, tmp_path / "units.gpkg", "--total-field", "people")
    arguments[arguments.index(f"{block}:areas")] = "hull"
    ran = run(*arguments)
    assert ran.code == 2
    assert "hull" in ran.err


def test_nested_areas_name_the_option_that_takes_one_level(run: Run, block: Path, tmp_path: Path) -> None:
    home = LocalFiles().read_layer(f"{block}:areas").geometry[0]
    west, east = shapely.clip_by_rect(home, 0, 0, 500_040, 9e6), shapely.clip_by_rect(home, 500_040, 0, 9e6, 9e6)
    levels = {"level": column(["subdistrict", "community", "community"])}
    nested = tmp_path / "nested.gpkg"
    LocalFiles().write_layers(str(nested), {"areas": Layer(column([home, west, east]), levels, "EPSG:4547", "")})
    out = tmp_path / "units.gpkg"
    asked = options(block, out)
    asked[asked.index(f"{block}:areas")] = f"{nested}:areas"
    ran = run(*asked)
    assert ran.code == 2
    assert "2 pair(s) of areas" in ran.err
    assert "--boundary-where level=community" in ran.err
    assert "geo units" not in ran.err
    assert not out.exists()
    assert run(*asked, "--boundary-where", "level=community").code == 0


def test_the_named_system_is_that_of_files_that_name_none(run: Run, block: Path, tmp_path: Path) -> None:
    houses = LocalFiles().read_layer(f"{block}:buildings")
    LocalFiles().write_layers(str(tmp_path / "houses.csv.gpkg"), {"b": replace(houses, crs=None)})
    areas = LocalFiles().read_layer(f"{block}:areas")
    degrees = crs.project(areas.geometry, source="EPSG:4547", target="EPSG:4326")
    LocalFiles().write_layers(str(tmp_path / "areas.geojson"), {"a": Layer(degrees, {}, "EPSG:4326", "")})
    told = ("units", "--boundary", "areas.geojson", "--buildings", "houses.csv.gpkg", "--out", "u.gpkg")
    ran = run(*told, "--crs", "EPSG:4547")
    assert ran.code == 0, ran.err
    assert "2 units: 2 with buildings" in ran.out


def test_one_unit_alone_makes_a_plan(run: Run, block: Path, tmp_path: Path) -> None:
    houses = LocalFiles().read_layer(f"{block}:buildings")
    one = Layer(houses.geometry[:1], {"households": np.array([3])}, "EPSG:4547", "")
    LocalFiles().write_layers(str(tmp_path / "one.gpkg"), {"b": one})
    assert run("units", "--boundary", f"{block}:areas", "--buildings", "one.gpkg", "--out", "u.gpkg").code == 0
    ran = run("partition", "u.gpkg", "--weight", "households", "--grids", 1, "--out", "p.gpkg")
    assert ran.code == 0, ran.err
    assert run("check", "p.gpkg").code == 0


@pytest.mark.parametrize("system", ["EPSG:3857", "+proj=tmerc +lat_0=0 +lon_0=114 +x_0=500000 +ellps=GRS80 +units=ft"])
def test_feet_and_mercator_are_told_in_metres_of_the_ground(run: Run, block: Path, tmp_path: Path, system: str) -> None:
    for layer in ("areas", "buildings", "roads"):
        read = LocalFiles().read_layer(f"{block}:{layer}")
        shapes = crs.project(read.geometry, source="EPSG:4547", target=system)
        LocalFiles().write_layers(str(tmp_path / f"{layer}.gpkg"), {layer: Layer(shapes, read.fields, system, "")})
    told = ["--boundary", "areas.gpkg", "--buildings", "buildings.gpkg", "--barriers", "roads.gpkg", "--out", "u.gpkg"]
    assert run("units", *told, "--weight", "households", "--extend", 3).code == 0
    units = LocalFiles().read_units("u.gpkg", weight="households")
    adjacency = LocalFiles().read_adjacency("u.gpkg", units.ids)
    assert adjacency is not None
    assert adjacency.metres.tolist() == pytest.approx([60], rel=3e-3)
    ran = run("partition", "u.gpkg", "--weight", "households", "--grids", 2, "--tolerance", 1, "--out", "p.gpkg")
    assert ran.code == 0, ran.err
    ran = run(
        "partition", "u.gpkg", "--weight", "households", "--grids", 2, "--out", "p.gpkg", "--tolerance", 1, "--json"
    )
    assert json.loads(ran.out)["cut_m"] == pytest.approx(60, rel=3e-3)
    assert run("check", "p.gpkg").code == 0


def test_buildings_elsewhere_are_told_in_degrees(run: Run, block: Path, tmp_path: Path) -> None:
    houses = LocalFiles().read_layer(f"{block}:buildings")
    far = shapely.transform(houses.geometry, lambda xy: xy + np.array([100_000.0, 0.0]))
    LocalFiles().write_layers(str(tmp_path / "far.gpkg"), {"b": replace(houses, geometry=far)})
    ran = run("units", "--boundary", f"{block}:areas", "--buildings", "far.gpkg", "--out", "u.gpkg")
    assert ran.code == 2
    assert "spans (longitude latitude) 114.0000 31.1" in ran.err
    assert "the buildings 115.0" in ran.err
