"""Every fault is found and named, and a sound drawing has none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from geo.messages import say
from geo.model import Drawing, Grid, Units
from geo.partition import PartitionSpec, graph_of, solve
from geo.partition.check import check_drawing
from tests.partition.partition_worlds import squares

# Rows of 100 m squares, numbered from the lower left:
#   9 10 11      grids  b b d
#   6  7  8             a b d
#   3  4  5             a c d
#   0  1  2             a c c
LABELS = list("accacdabdbbd")
DEGREE = 1 / 111_132.95


def drawing(shapes=None, crs="EPSG:32650", **wishes) -> Drawing:
    shapes = squares(3, 4) if shapes is None else shapes
    label = np.array(LABELS, dtype=object)
    weight = np.full(12, 10.0)
    grids = tuple(
        Grid(name, name, "p", 30.0 if name != "x" else 0, 3, shapely.coverage_union_all(shapes[label == name]))
        for name in "abcd"
    )
    units = Units(
        np.array([f"u{i}" for i in range(12)], dtype=object),
        shapes,
        weight,
        crs,
        grid=label,
        parent=np.full(12, "p", dtype=object),
    )
    return Drawing(grids, units, crs, {"ideal": 30.0, "tolerance": 0.05, "total": 120.0, "unit_count": 12, **wishes})


def in_degrees() -> Drawing:
    shapes = squares(3, 4)
    scale = np.array([DEGREE / np.cos(np.radians(31.2)), DEGREE])
    return drawing(shapely.transform(shapes, lambda xy: xy * scale + [121.5, 31.2]), "EPSG:4490")


def kinds(plan: Drawing, **options) -> set[str]:
    found = check_drawing(plan, **options)
    for fault in found:
        for lang in ("zh", "en"):
            assert say(fault.kind, lang, **fault.context)
    return {fault.kind for fault in found}


def with_units(plan: Drawing, **changes) -> Drawing:
    return replace(plan, units=replace(plan.units, **changes))


@pytest.mark.parametrize("make", [drawing, in_degrees])
def test_a_sound_drawing_has_no_fault(make):
    assert check_drawing(make()) == ()


@pytest.mark.parametrize("make", [drawing, in_degrees])
def test_a_unit_taken_away_is_missed(make):
    plan = make()
    keep = np.arange(12) != 4
    units = plan.units
    short = with_units(
        plan,
        ids=units.ids[keep],
        geometry=units.geometry[keep],
        weight=units.weight[keep],
        grid=units.grid[keep],
        parent=units.parent[keep],
    )
    found = check_drawing(short)
    assert {fault.kind for fault in found} >= {
        "grid_unit_count_differs",
        "grid_weight_differs",
        "plan_unit_count_differs",
        "plan_weight_differs",
        "grid_shape_differs",
    }
    shape = next(fault for fault in found if fault.kind == "grid_shape_differs")
    assert shape.grids == ("c",)
    assert shape.context["beyond_m2"] == pytest.approx(10_000, rel=0.01)
    assert plan.units.geometry[4].contains(shapely.Point(shape.at))


@pytest.mark.parametrize("make", [drawing, in_degrees])
def test_a_unit_given_to_a_far_grid_is_named(make):
    plan = make()
    label = plan.units.grid.copy()
    label[0] = "d"
    found = check_drawing(with_units(plan, grid=label))
    pieces = next(fault for fault in found if fault.kind == "grid_in_pieces")
    assert pieces.grids == ("d",)
    assert pieces.units == ("u0",)
    assert plan.units.geometry[0].contains(shapely.Point(pieces.at))


@pytest.mark.parametrize("make", [drawing, in_degrees])
@pytest.mark.parametrize("unit", range(12))
def test_a_unit_moved_by_a_metre_is_seen(make, unit):
    plan = make()
    step = 1.0 if make is drawing else DEGREE
    shapes = plan.units.geometry.copy()
    shapes[unit] = shapely.transform(shapes[unit], lambda xy: xy + np.array([0, step]))
    found = check_drawing(with_units(plan, geometry=shapes))
    assert ("check_units_overlap" in {fault.kind for fault in found}) == (unit < 9)
    assert "grid_shape_differs" in {fault.kind for fault in found}
    assert any(LABELS[unit] in fault.grids for fault in found)


@pytest.mark.parametrize("make", [drawing, in_degrees])
@pytest.mark.parametrize("grid", range(4))
def test_a_grid_moved_by_a_metre_is_seen(make, grid):
    plan = make()
    step = 1.0 if make is drawing else DEGREE
    moved = replace(
        plan.grids[grid], geometry=shapely.transform(plan.grids[grid].geometry, lambda xy: xy + np.array([0, step]))
    )
    grids = (*plan.grids[:grid], moved, *plan.grids[grid + 1 :])
    found = check_drawing(replace(plan, grids=grids))
    assert any(fault.kind == "grid_shape_differs" and fault.grids == (moved.code,) for fault in found)
    # a and c push into the grids north of them; b and d lie on the northern edge.
    assert ("check_grids_overlap" in {fault.kind for fault in found}) == (moved.code in "ac")


def test_an_overlap_is_measured_and_placed():
    plan = drawing()
    shapes = plan.units.geometry.copy()
    shapes[4] = shapely.box(98, 100, 200, 200)
    fault = next(f for f in check_drawing(with_units(plan, geometry=shapes)) if f.kind == "check_units_overlap")
    assert fault.units == ("u3", "u4")
    assert fault.context["area_m2"] == 200
    assert shapely.box(98, 100, 100, 200).contains(shapely.Point(fault.at))


def test_a_gap_is_measured_and_placed():
    plan = drawing()
    shapes = plan.units.geometry.copy()
    shapes[4] = shapely.box(102, 100, 200, 200)
    fault = next(f for f in check_drawing(with_units(plan, geometry=shapes)) if f.kind == "gap_between_units")
    assert fault.context["area_m2"] == 200
    assert {"u3", "u4"} <= set(fault.units)
    assert shapely.box(100, 100, 102, 200).contains(shapely.Point(fault.at))


def test_names_that_are_wrong():
    plan = drawing()
    ids, label = plan.units.ids.copy(), plan.units.grid.copy()
    ids[3] = "u2"
    label[5], label[6] = "", "z"
    found = kinds(with_units(plan, ids=ids, grid=label))
    assert {"unit_id_repeated", "unit_without_grid", "unit_grid_unknown"} <= found
    assert "grid_code_repeated" in kinds(replace(plan, grids=(*plan.grids, plan.grids[0])))
    empty = replace(plan.grids[0], code="e", units=0, weight=0.0, geometry=shapely.box(900, 900, 950, 950))
    assert "grid_without_units" in kinds(replace(plan, grids=(*plan.grids, empty)))


def test_nesting():
    plan = drawing()
    parent = plan.units.parent.copy()
    parent[6] = "q"
    fault = next(f for f in check_drawing(with_units(plan, parent=parent)) if f.kind == "grid_over_two_areas")
    assert fault.grids == ("a",)
    assert fault.units == ("u6",)


@pytest.mark.parametrize(
    "shape",
    [None, shapely.Polygon(), shapely.Point(0, 0), shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])],
)
def test_bad_geometry(shape):
    plan = drawing()
    shapes = plan.units.geometry.copy()
    shapes[2] = shape
    assert "unit_geometry_bad" in kinds(with_units(plan, geometry=shapes))
    bad = replace(plan.grids[1], geometry=shape)
    assert "grid_geometry_bad" in kinds(replace(plan, grids=(plan.grids[0], bad, *plan.grids[2:])))


def test_weights_and_bounds():
    plan = drawing()
    weight = plan.units.weight.copy()
    weight[0] = 13.0
    heavier = with_units(plan, weight=weight)
    assert {"grid_weight_differs", "plan_weight_differs", "grid_too_heavy"} <= kinds(heavier)
    assert "grid_too_heavy" not in kinds(heavier, tolerance=0.11)
    assert "grid_too_light" in kinds(plan, band=(31, 50))
    assert "grid_too_heavy" in kinds(replace(plan, wishes={"min": 10, "max": 20}))
    weight[0] = np.nan
    assert "check_unit_weight_bad" in kinds(with_units(plan, weight=weight))


def test_what_no_plan_can_help_is_no_fault():
    plan = drawing()
    weight = plan.units.weight.copy()
    weight[0] = 90.0
    grids = (replace(plan.grids[0], weight=110.0), *plan.grids[1:])
    giant = replace(with_units(plan, weight=weight), grids=grids, wishes={"min": 25, "max": 40})
    assert check_drawing(giant) == ()


def test_the_boundary():
    plan = drawing()
    assert kinds(plan, boundary=shapely.box(0, 0, 300, 400)) == set()
    assert kinds(plan, boundary=shapely.box(0, 0, 310, 400)) == {"boundary_not_covered"}
    assert kinds(plan, boundary=shapely.box(0, 0, 300, 395)) == {"units_beyond_boundary"}


def test_an_enclave_that_both_layers_leave_out_is_no_gap_unless_the_boundary_says_so():
    shapes = squares(3, 4)
    shapes[4] = shapely.difference(shapes[4], shapely.box(120, 120, 180, 180))
    plan = drawing(shapes)
    assert check_drawing(plan) == ()
    assert kinds(plan, boundary=shapely.box(0, 0, 300, 400)) == {"boundary_not_covered"}


def test_a_solved_plan_of_real_blocks_is_sound_in_degrees(shared_data):
    pyogrio = pytest.importorskip("pyogrio")
    blocks = pyogrio.read_dataframe(shared_data / "rockland" / "rockland_blocks_2010.gpkg")
    shapes, weight = np.asarray(blocks.geometry, dtype=object), blocks["pop"].to_numpy(dtype=float)
    graph = graph_of(np.asarray(blocks.to_crs(32618).geometry, dtype=object), weight)
    result = solve(graph, PartitionSpec(grids=30), rng=np.random.default_rng(0))
    report, label = result.report, result.grid_of_unit
    assert (report.grids, report.disconnected) == (30, 0)
    assert report.max_deviation <= 0.05
    assert np.bincount(label, weight).sum() == 311_687
    grids = tuple(
        Grid(f"{k:02d}", "", "", weight[label == k].sum(), int((label == k).sum()), _dissolved(shapes[label == k]))
        for k in range(30)
    )
    names = np.array([f"{k:02d}" for k in label], dtype=object)
    ids = blocks["GEOID"].astype(object).to_numpy()
    plan = Drawing(
        grids,
        Units(ids, shapes, weight, "EPSG:4269", grid=names),
        "EPSG:4269",
        {"ideal": report.ideal, "tolerance": 0.05},
    )
    assert check_drawing(plan) == ()


def _dissolved(shapes):
    return shapely.coverage_union_all(shapes)
