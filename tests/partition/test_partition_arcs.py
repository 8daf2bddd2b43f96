"""Arcs and adjacency against exact geometry."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import InvalidInput
from geo.partition import UnitGraph, graph_of
from geo.partition.arcs import shared_arcs
from tests.partition.partition_worlds import squares


def cover(seed: int, sites: int = 25) -> np.ndarray:
    """A seamless cover of a square by Voronoi polygons, some of them welded, one with a hole that another fills."""
    points = shapely.MultiPoint(np.random.default_rng(seed).uniform(0, 1000, (sites, 2)))
    box = shapely.box(0, 0, 1000, 1000)
    cells = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=box))
    lines = shapely.union_all(np.append(shapely.boundary(shapely.intersection(cells, box)), shapely.boundary(box)))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.node(lines))))
    inner = shapely.buffer(shapely.point_on_surface(faces[3]), 1.0, quad_segs=2)
    faces[3] = shapely.difference(faces[3], inner)
    return np.append(faces, inner).astype(object)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_arcs_are_every_border_once(seed):
    shapes = cover(seed)
    arcs = shared_arcs(shapes)
    total = shapely.length(shapely.union_all(shapely.boundary(shapes)))
    assert shapely.length(arcs.line).sum() == pytest.approx(total)
    for index, shape in enumerate(shapes):
        mine = arcs.line[(arcs.left == index) | (arcs.right == index)]
        assert shapely.length(mine).sum() == pytest.approx(shape.length)
        assert shapely.equals(shapely.line_merge(shapely.union_all(mine)), shapely.line_merge(shape.boundary))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_an_arc_runs_with_its_left_polygon_on_the_left(seed):
    shapes = cover(seed)
    arcs = shared_arcs(shapes)
    assert (arcs.left >= 0).all()
    for line, left, right in zip(arcs.line, arcs.left, arcs.right, strict=True):
        (x0, y0), (x1, y1) = line.coords[0], line.coords[1]
        step = np.array([-(y1 - y0), x1 - x0]) / np.hypot(x1 - x0, y1 - y0) * 1e-4
        beside = shapely.Point((x0 + x1) / 2 + step[0], (y0 + y1) / 2 + step[1])
        assert shapes[left].contains(beside)
        if right >= 0:
            assert left < right


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_adjacency_equals_the_shared_lengths(seed):
    shapes = cover(seed)
    graph = graph_of(shapes, np.ones(len(shapes)), min_border_m=0.5)
    found = dict(zip(zip(graph.source.tolist(), graph.indices.tolist(), strict=True), graph.border_m, strict=True))
    for a in range(len(shapes)):
        for b in range(len(shapes)):
            shared = 0.0 if a == b else shapely.intersection(shapes[a], shapes[b]).length
            if shared >= 0.5001:
                assert found[a, b] == pytest.approx(shared)
            elif shared < 0.4999:
                assert (a, b) not in found


def test_squares_that_touch_at_a_corner_are_no_neighbours():
    graph = graph_of(squares(3, 3), np.ones(9))
    assert graph.indices[graph.indptr[4] : graph.indptr[5]].tolist() == [1, 3, 5, 7]


def test_neighbours_are_found_over_t_junctions():
    # One long edge below, two short ones above it, their common vertex 2 mm off the line.
    low = shapely.box(0, 0, 200, 100)
    left = shapely.Polygon([(0, 100), (100, 100.002), (100, 200), (0, 200)])
    right = shapely.Polygon([(100, 100.002), (200, 100), (200, 200), (100, 200)])
    graph = graph_of(np.array([low, left, right], dtype=object), np.ones(3))
    assert graph.indices.tolist() == [1, 2, 0, 2, 0, 1]
    assert graph.border_m == pytest.approx(100, abs=0.01)


def test_a_real_gap_is_no_border():
    graph = graph_of(np.array([shapely.box(0, 0, 1, 1), shapely.box(1.2, 0, 2, 1)], dtype=object), np.ones(2))
    assert len(graph.indices) == 0


def test_row_order_does_not_change_a_single_bit_of_the_borders():
    shapes = cover(7)
    order = np.random.default_rng(0).permutation(len(shapes))
    a, b = graph_of(shapes, np.ones(len(shapes))), graph_of(shapes[order], np.ones(len(shapes)))
    mine = {(i, j): m for i, j, m in zip(a.source.tolist(), a.indices.tolist(), a.border_m, strict=True)}
    other = {(order[i], order[j]): m for i, j, m in zip(b.source, b.indices, b.border_m, strict=True)}
    assert mine == other


def test_real_blocks_form_one_piece(shared_data):
    pyogrio = pytest.importorskip("pyogrio")
    blocks = pyogrio.read_dataframe(shared_data / "rockland" / "rockland_blocks_2010.gpkg").to_crs(32618)
    shapes = np.asarray(blocks.geometry, dtype=object)
    graph = graph_of(shapes, blocks["pop"].to_numpy())
    from geo.partition.graph import pieces_of

    assert len(graph) == 4764
    assert pieces_of(np.zeros(4764), graph).max() == 0


@pytest.mark.parametrize(
    ("arrays", "code"),
    [
        ({"weight": [1, 1], "indptr": [0, 1], "indices": [1]}, "graph_shape"),
        ({"weight": [1, 1], "indptr": [0, 1, 3], "indices": [1, 0]}, "graph_indptr"),
        ({"weight": [1, 1], "indptr": [0, 1, 2], "indices": [1, 2]}, "graph_index"),
        ({"weight": [1, 1], "indptr": [0, 1, 1], "indices": [1]}, "graph_one_way"),
        ({"weight": [1, 1], "indptr": [0, 1, 2], "indices": [0, 0]}, "graph_loop"),
        ({"weight": [1, -1], "indptr": [0, 1, 2], "indices": [1, 0]}, "unit_weight_bad"),
        ({"weight": [1, np.nan], "indptr": [0, 1, 2], "indices": [1, 0]}, "unit_weight_bad"),
        ({"weight": [1, 1], "indptr": [0, 1, 2], "indices": [1, 0], "border_m": [1.0]}, "graph_border_shape"),
        ({"weight": [1, 1], "indptr": [0, 1, 2], "indices": [1, 0], "border_m": [1, -1]}, "graph_border_bad"),
        ({"weight": [1, 1], "indptr": [0, 1, 2], "indices": [1, 0], "border_m": [1, 2]}, "graph_border_one_way"),
        ({"weight": [1, 1], "indptr": [0, 1, 2], "indices": [1, 0], "xy_m": [[0, 0]]}, "graph_xy_shape"),
        ({"weight": [1, 1], "indptr": [0, 1, 2], "indices": [1, 0], "xy_m": [[0, 0], [0, np.nan]]}, "graph_xy_bad"),
    ],
)
def test_a_graph_that_is_none_is_refused(arrays, code):
    with pytest.raises(InvalidInput) as caught:
        UnitGraph(**{name: np.asarray(value) for name, value in arrays.items()})
    assert caught.value.code == code
    assert caught.value.message("zh")


def test_units_without_geometry_are_refused_by_row():
    with pytest.raises(InvalidInput, match="row 2"):
        graph_of(np.array([shapely.box(0, 0, 1, 1), shapely.Polygon()], dtype=object), np.ones(2))
