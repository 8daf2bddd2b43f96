"""Special grids: carved without tearing the net, laid over it without faults, won by every point inside."""

from __future__ import annotations

from collections import deque

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import InvalidBoundary, InvalidInput
from geo.locate import GridIndex
from geo.model import Drawing, Grid, Units
from geo.partition import graph_of
from geo.partition.check import check_drawing
from geo.partition.special import carve, refuse_overlaps, units_inside
from tests.partition.partition_worlds import squares


def pieces(label, shapes, grid) -> int:
    """Connected parts of a grid by breadth-first search over shared edges, no code of ours."""
    left = set(np.flatnonzero(label == grid).tolist())
    number = 0
    while left:
        number += 1
        queue = deque([left.pop()])
        while queue:
            a = queue.popleft()
            near = {b for b in left if shapely.intersection(shapes[a], shapes[b]).length > 1}
            left -= near
            queue.extend(near)
    return number


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 10_000), st.booleans())
def test_carving_loses_nothing_and_mends_what_it_cuts(seed: int, mend: bool) -> None:
    rng = np.random.default_rng(seed)
    shapes = squares(8, 6)
    # Four grids, 4 x 3 units each, connected before.
    label = np.array([(r // 3) * 2 + c // 4 for r in range(6) for c in range(8)], dtype=np.int32)
    graph = graph_of(shapes, rng.integers(0, 9, 48).astype(float))
    x, y = rng.integers(0, 7), rng.integers(0, 5)
    polygon = shapely.box(
        x * 100 + 20, y * 100 - 20, (x + rng.integers(1, 4)) * 100 + 20, (y + rng.integers(1, 5)) * 100
    )
    inside = units_inside(graph.xy_m, shapes, np.array([polygon]))
    expected = [shapely.intersects_xy(polygon, *point) for point in graph.xy_m]
    assert (inside == 0).tolist() == expected
    result = carve(graph, label, inside, grids=4, mend=mend)
    new = result.grid_of_unit
    assert (new[inside == 0] == 4).all()
    assert {unit for unit, _ in result.taken} == set(np.flatnonzero(inside == 0).tolist())
    assert [before for _, before in result.taken] == label[inside == 0].tolist()
    moved = {unit: to for unit, _, to in result.given}
    for unit in np.flatnonzero(inside < 0).tolist():
        assert new[unit] == moved.get(unit, label[unit])
    assert set(result.swallowed) == {g for g in range(4) if g not in new}
    parted = {g: pieces(new, shapes, g) for g in range(4)}
    assert dict(result.stray) == {g: count for g, count in parted.items() if count > 1}
    if not mend:
        assert not moved
        return
    # What is left over is hemmed in: no open grid borders on it.
    for g, _ in result.stray:
        neighbours = [
            int(new[b])
            for a in np.flatnonzero(new == g)
            for b in range(48)
            if shapely.intersection(shapes[a], shapes[b]).length > 1 and new[b] != g
        ]
        assert set(neighbours) <= {4}


def test_a_cut_off_piece_goes_to_the_longest_border_in_its_area() -> None:
    shapes = squares(4, 3)
    # Grid 0 is a strip; its right end is cut off by the special grid and borders on 1 above and 2 below.
    label = np.array([2, 2, 2, 2, 0, 0, 0, 0, 1, 1, 1, 1], dtype=np.int32)
    graph = graph_of(shapes, np.ones(12))
    inside = np.full(12, -1, dtype=np.int32)
    inside[[5, 6]] = 0
    parent = np.array([0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0], dtype=np.int32)
    assert carve(graph, label, inside, grids=3).given == ((7, 0, 1),)
    assert carve(graph, label, inside, grids=3, parent=np.where(np.arange(12) == 11, 7, 0)).given == ((7, 0, 2),)
    assert carve(graph, label, inside, grids=3, parent=parent).given == ((7, 0, 1),)
    closed = carve(graph, label, inside, grids=3, fixed=np.array([False, True, True]))
    assert closed.given == ()
    assert closed.stray == ((0, 2),)


def test_one_building_takes_the_unit_around_it() -> None:
    shapes = squares(3, 1)
    points = np.array([[50.0, 50.0], [150.0, 50.0], [250.0, 50.0]])
    building = shapely.box(180, 10, 215, 30)
    assert units_inside(points, shapes, np.array([building])).tolist() == [-1, 0, -1]
    with pytest.raises(InvalidInput):
        carve(
            graph_of(shapes, np.ones(3)),
            np.zeros(3, np.int32),
            units_inside(points, shapes, np.array([shapely.box(900, 0, 950, 9), building])),
            grids=1,
        )


def test_overlapping_special_grids_are_refused_by_name() -> None:
    polygons = np.array([shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10), shapely.box(15, 5, 40, 10)])
    with pytest.raises(InvalidBoundary) as error:
        refuse_overlaps(polygons, ["园区", "楼宇", "商圈"])
    assert {error.value.context["a"], error.value.context["b"]} == {"楼宇", "商圈"}
    assert "25.0" in error.value.message("zh")
    refuse_overlaps(polygons[:2], ["a", "b"])


def overlaid(*over: Grid) -> Drawing:
    shapes = squares(4, 2)
    label = np.array(list("aabbaabb"), dtype=object)
    grids = [Grid(c, c, "p", 40.0, 4, shapely.coverage_union_all(shapes[label == c])) for c in "ab"]
    ids = np.array([f"u{k}" for k in range(8)], dtype=object)
    units = Units(ids, shapes, np.full(8, 10.0), "EPSG:32650", label, np.full(8, "p", dtype=object))
    return Drawing((*grids, *over), units, "EPSG:32650", {"ideal": 40.0, "tolerance": 0.05})


def special(code: str, *box: float, units: int = 0) -> Grid:
    return Grid(code, code, "p", 0.0, units, shapely.box(*box), kind="special", households=3)


def test_a_plan_with_special_grids_over_it_is_sound() -> None:
    assert check_drawing(overlaid()) == ()
    assert check_drawing(overlaid(special("pZ001", 150, 50, 260, 120), special("pZ002", 260, 50, 300, 120))) == ()


def test_faults_of_special_grids_over_a_plan_are_found() -> None:
    both = overlaid(special("pZ001", 150, 50, 260, 120), special("pZ002", 240, 50, 300, 120))
    assert [(f.kind, f.grids) for f in check_drawing(both)] == [("special_grids_overlap", ("pZ001", "pZ002"))]
    away = overlaid(special("pZ001", 950, 50, 960, 120))
    assert [f.kind for f in check_drawing(away)] == ["special_outside_net"]
    # A base grid without units is a fault as before, and so are units that a special grid states but has not.
    assert {f.kind for f in check_drawing(overlaid(special("pZ001", 150, 50, 260, 120, units=2)))} >= {
        "grid_without_units",
        "grid_unit_count_differs",
    }


def test_what_lies_over_the_net_wins_in_lookup() -> None:
    net = [shapely.box(x / 100, 0, (x + 1) / 100, 0.02) for x in range(3)]
    park = shapely.box(0.005, 0.005, 0.025, 0.015)
    index = GridIndex.build([*net, park], ["a", "b", "c", "z"], over={3})
    rng = np.random.default_rng(1)
    lon = np.r_[rng.uniform(-0.001, 0.031, 4000), 0.005, 0.01, 0.025, 0.005]
    lat = np.r_[rng.uniform(-0.001, 0.021, 4000), 0.01, 0.01, 0.015, 0.0]
    found = index.locate(lon=lon, lat=lat)
    expected = np.full(len(lon), -1)
    for k in (2, 1, 0, 3):
        expected[shapely.intersects_xy([*net, park][k], lon, lat)] = k
    assert found.tolist() == expected.tolist()
    singly = [index.locate_one(lon=x, lat=y) for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]
    assert singly == expected.tolist()
