"""`geo partition` with further weights, hard barriers and staff: what is written, and what is refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.files import LocalFiles
from geo.model import Layer
from tests.cli.small_files import Run, column, lattice

WEST, SOUTH = 500_000, 3_650_000


def write(path: Path, geometry: list[object], fields: dict[str, list[object]], layer: str = "things") -> Path:
    columns = {name: column(values) for name, values in fields.items()}
    LocalFiles().write_layers(str(path), {layer: Layer(column(geometry), columns, "EPSG:4547", "test")})
    return path


@pytest.fixture
def busy_units(tmp_path: Path) -> Path:
    geometry, fields = lattice()
    fields["cases"] = np.array([1 + k % 6 for k in range(36)], dtype=np.int64)
    path = tmp_path / "busy.gpkg"
    LocalFiles().write_layers(str(path), {"units": Layer(geometry, fields, "EPSG:4547", "test")})
    return path


def test_two_weights_are_balanced_each_within_its_tolerance(run: Run, busy_units: Path) -> None:
    wishes = ("--weight", "people", "--weight", "cases:0.15", "--grids", 4, "--tolerance", 0.1)
    ran = run("partition", busy_units, *wishes, "--out", "plan.gpkg", "--report", "r.json")
    assert ran.code == 0, ran.err
    units = LocalFiles().read_drawing("plan.gpkg").units
    assert units.grid is not None
    for field, tolerance in ((units.weight, 0.1), (units.fields["cases"], 0.15)):
        load = np.array([field[units.grid == code].sum() for code in np.unique(units.grid)])
        assert np.abs(load / load.mean() - 1).max() <= tolerance + 1e-9
    assert json.loads(Path("r.json").read_text())["workload_deviation"][0] <= 0.15


@pytest.mark.parametrize(
    ("weight", "words"),
    [("cases:often", ("cases:often", "FIELD:TOLERANCE")), ("noise:0.1", ("noise", "cases")), ("id:0.1", ("u000",))],
)
def test_a_workload_that_is_none_is_refused(run: Run, busy_units: Path, weight: str, words: tuple[str, ...]) -> None:
    ran = run("partition", busy_units, "--weight", "people", "--weight", weight, "--grids", 4, "--out", "plan.gpkg")
    assert ran.code == 2
    assert all(word in ran.err for word in words)
    assert not Path("plan.gpkg").exists()


def test_no_grid_crosses_a_hard_barrier(run: Run, units_file: Path, tmp_path: Path) -> None:
    line = shapely.LineString([(WEST + 200, SOUTH - 50), (WEST + 200, SOUTH + 650)])
    wall = write(tmp_path / "wall.gpkg", [line], {"class": ["wall"]})
    wishes = ("--weight", "people", "--grids", 3, "--tolerance", 0.1, "--hard-barriers", wall)
    ran = run("partition", units_file, *wishes, "--out", "plan.gpkg")
    assert ran.code == 0, ran.err
    for grid in LocalFiles().read_drawing("plan.gpkg").grids:
        assert not shapely.crosses(grid.geometry, line)


def seats(tmp_path: Path, at: list[tuple[float, float]], capacity: list[object]) -> Path:
    points = [shapely.Point(WEST + x, SOUTH + y) for x, y in at]
    return write(
        tmp_path / "staff.gpkg", points, {"name": ["甲", "乙", "丙"][: len(at)], "capacity": capacity}, "staff"
    )


def test_each_member_of_staff_gets_a_grid_of_their_capacity(run: Run, units_file: Path, tmp_path: Path) -> None:
    staff = seats(tmp_path, [(50, 50), (550, 50), (350, 550)], [1.0, 1.0, 2.0])
    wishes = ("--weight", "people", "--staff", staff, "--capacity", "capacity", "--tolerance", 0.1)
    ran = run("partition", units_file, *wishes, "--out", "plan.gpkg", "--report", "r.json")
    assert ran.code == 0, ran.err
    served = json.loads(Path("r.json").read_text())["staff"]
    grids = {grid.code: grid for grid in LocalFiles().read_drawing("plan.gpkg").grids}
    assert sorted(served.values()) == sorted(["甲", "乙", "丙"])
    total = sum(grid.weight for grid in grids.values())
    for code, name in served.items():
        share = 0.5 if name == "丙" else 0.25
        assert abs(grids[code].weight / (share * total) - 1) <= 0.1
    third = next(code for code, name in served.items() if name == "丙")
    assert grids[third].geometry.contains(shapely.Point(WEST + 350, SOUTH + 550))


@pytest.mark.parametrize(
    ("at", "capacity", "words"),
    [
        ([(50, 50), (5000, 50)], [1.0, 1.0], ("乙", "row 2", "no unit")),
        ([(50, 50), (60, 50)], [1.0, 1.0], ("甲", "乙", "u000")),
        ([(50, 50), (550, 50)], [1.0, -2.0], ("row 2", "-2", "greater than 0")),
        ([(50, 50), (550, 50)], [1.0, None], ("row 2", "greater than 0")),
    ],
)
def test_staff_that_cannot_be_seated_are_named(
    run: Run, units_file: Path, tmp_path: Path, at: list[tuple[float, float]], capacity: list[object], words: tuple[str]
) -> None:
    staff = seats(tmp_path, at, capacity)
    wishes = ("--weight", "people", "--staff", staff, "--capacity", "capacity")
    ran = run("partition", units_file, *wishes, "--out", "plan.gpkg")
    assert ran.code == 2
    assert all(word in ran.err for word in words), ran.err
    assert not Path("plan.gpkg").exists()


def test_a_capacity_needs_staff(run: Run, units_file: Path) -> None:
    ran = run("partition", units_file, "--weight", "people", "--grids", 3, "--capacity", "c", "--out", "plan.gpkg")
    assert ran.code == 2
    assert "--staff" in ran.err


def test_what_became_of_further_weights_is_said(run: Run, busy_units: Path) -> None:
    wishes = ("--weight", "people", "--weight", "cases:0.15", "--grids", 4, "--tolerance", 0.1)
    ran = run("partition", busy_units, *wishes, "--out", "plan.gpkg", "--report", "r.json")
    found = json.loads(Path("r.json").read_text(encoding="utf-8"))["workload_deviation"][0]
    assert f"cases: largest deviation {found:.2%} (allowed 15.00%)" in ran.out


@pytest.mark.parametrize(("weights", "tolerance"), [((), 5), (("--weight", "cases:5"), 0.1)])
def test_per_cent_for_a_share_is_pointed_out(
    run: Run, busy_units: Path, weights: tuple[str, ...], tolerance: float
) -> None:
    wishes = ("--weight", "people", *weights, "--grids", 4, "--tolerance", tolerance)
    ran = run("partition", busy_units, *wishes, "--out", "plan.gpkg")
    assert ran.code == 0
    assert "0.05" in ran.err
    assert "500%" in ran.err
    quiet = run("partition", busy_units, "--weight", "people", "--grids", 4, "--tolerance", 1, "--out", "plan.gpkg")
    assert "0.01" not in quiet.err


def test_a_plan_that_was_stopped_early_says_so(run: Run, busy_units: Path) -> None:
    wishes = ("--weight", "people", "--grids", 4, "--tolerance", 0.1, "--out", "plan.gpkg")
    early = run("partition", busy_units, *wishes, "--seconds", 1e-6)
    assert early.code == 0, early.err
    assert "--seconds" in early.out
    assert "--seconds" not in run("partition", busy_units, *wishes).out


def test_a_part_with_people_beyond_a_gap_is_joined_where_the_planner_says_so(run: Run, tmp_path: Path) -> None:
    geometry, fields = lattice()
    apart = shapely.box(WEST + 634.2, SOUTH, WEST + 700, SOUTH + 50)
    ids, people = [*fields["id"], "v00"], [*fields["people"], 1]
    path = write(tmp_path / "gap.gpkg", [*geometry, apart], {"id": ids, "people": people}, "units")
    wishes = ("--weight", "people", "--grids", 4, "--tolerance", 0.1)
    refused = run("partition", path, *wishes, "--out", "plan.gpkg")
    assert refused.code != 0
    assert "--join 35" in refused.err
    assert "34.2 m" in refused.err
    ran = run("partition", path, *wishes, "--join", 35, "--out", "plan.gpkg")
    assert ran.code == 0, ran.err
    assert "(34.2 m, 1)" in ran.out + ran.err
    assert run("check", "plan.gpkg").code == 0
    assert run("partition", path, *wishes, "--join", -3, "--out", "other.gpkg").code == 2


def test_units_that_do_not_share_all_their_vertices_make_a_plan(run: Run, tmp_path: Path) -> None:
    geometry, fields = lattice()
    half = shapely.box(
        WEST + 600, SOUTH, WEST + 700, SOUTH + 50
    )  # its corner lies on the middle of its neighbour's side
    shapes, values = [*geometry, half], {"id": [*fields["id"], "v00"], "people": [*fields["people"], 9]}
    path = write(tmp_path / "tees.gpkg", shapes, values, "units")
    ran = run("partition", path, "--weight", "people", "--grids", 4, "--tolerance", 0.1, "--out", "plan.gpkg")
    assert ran.code == 0, ran.err
    assert run("check", "plan.gpkg").code == 0
