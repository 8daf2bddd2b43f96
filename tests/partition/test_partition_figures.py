"""Colours, figures and comparison."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import InvalidInput
from geo.model import Units
from geo.partition import graph_of
from geo.partition.colours import WASHES, colours, wash_differences
from geo.partition.metrics import compare, grid_metrics
from tests.partition.partition_worlds import pieces_by_search, squares


@pytest.mark.parametrize(("width", "height"), [(6, 5), (20, 15)])
def test_neighbours_on_a_lattice_differ_enough_for_everybody(width, height):
    pairs = [(y * width + x, y * width + x + 1) for y in range(height) for x in range(width - 1)]
    pairs += [(y * width + x, (y + 1) * width + x) for y in range(height - 1) for x in range(width)]
    # Every other cell touches a diagonal neighbour too, as real grids do.
    pairs += [(y * width + x, (y + 1) * width + x + 1) for y in range(height - 1) for x in range(0, width - 1, 2)]
    chosen = colours(width * height, pairs)
    table = wash_differences(WASHES)
    assert min(table[chosen[a], chosen[b]] for a, b in pairs) >= 6
    assert len(set(chosen.tolist())) == 8


def test_the_washes_can_be_as_close_as_3_for_some_eyes():
    table = wash_differences(WASHES)
    assert table[~np.eye(8, dtype=bool)].min() == pytest.approx(3.0, abs=0.1)
    assert wash_differences(("#000000", "#FFFFFF"))[0, 1] == pytest.approx(100, abs=0.1)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 30), st.data())
def test_colours_of_sparse_graphs_differ_and_kept_ones_survive(n, data):
    pairs = [(data.draw(st.integers(0, i - 1)), i) for i in range(1, n)]
    chosen = colours(n, pairs)
    assert all(chosen[a] != chosen[b] for a, b in pairs)
    kept = np.where(np.arange(n) % 2 == 0, chosen, -1)
    again = colours(n, pairs, kept)
    assert np.array_equal(again[::2], chosen[::2])


def test_figures_of_grids_by_hand_and_by_union():
    shapes = squares(4, 3)
    graph = graph_of(shapes, np.arange(12.0))
    label = np.array([0, 0, 1, 1, 0, 2, 1, 1, 0, 2, 2, 0])
    metrics = grid_metrics(label, graph, shapes)
    for grid in range(3):
        inside = label == grid
        union = shapely.union_all(shapes[inside])
        assert metrics.area_m2[grid] == pytest.approx(union.area)
        assert metrics.perimeter_m[grid] == pytest.approx(union.length)
        assert metrics.polsby_popper[grid] == pytest.approx(4 * np.pi * union.area / union.length**2)
        assert metrics.weight[grid] == np.arange(12.0)[inside].sum()
        assert metrics.pieces[grid] == pieces_by_search(graph, np.flatnonzero(inside))
    assert metrics.ideal == 22
    assert metrics.deviation == pytest.approx((metrics.weight - 22) / 22)
    assert metrics.cut.sum() == 2 * sum(
        label[a] != label[b] for a, b in zip(graph.source, graph.indices, strict=True) if a < b
    )


def units(names, label, shapes=None, weight=None, crs="EPSG:32650"):
    names, label = np.array(list(names), dtype=object), np.array(list(label), dtype=object)
    weight = np.ones(len(names)) if weight is None else np.asarray(weight, float)
    return Units(names, squares(len(names), 1) if shapes is None else shapes, weight, crs, grid=label)


def test_compare_by_id():
    a = units(["u1", "u2", "u3", "u4"], "aabb")
    b = units(["u4", "u3", "u2", "u5"], "yyyy", weight=[10, 5, 3, 2])
    found = compare(a, b)
    assert found.matched_by == "id"
    assert found.continues == {"y": "b"}
    assert found.moved_units == ("u2",)
    assert found.moved_share == 3 / 20
    assert found.unmatched == ("u5",)
    assert found.gone == ("u1",)
    assert found.flows == (("a", "y", 3.0), ("b", "y", 15.0))


def test_a_change_of_codes_moves_nobody():
    found = compare(units("1234", "aabb"), units("1234", "xxyy"))
    assert found.moved_units == ()
    assert found.continues == {"x": "a", "y": "b"}


def test_compare_by_overlap():
    a = units(["p", "q"], "ab", shapes=np.array([shapely.box(0, 0, 2, 1), shapely.box(2, 0, 4, 1)], dtype=object))
    fine = np.array([shapely.box(x, 0, x + 1, 1) for x in range(5)], dtype=object)
    found = compare(a, units("12345", "aaabb", shapes=fine))
    assert found.matched_by == "overlap"
    assert found.moved_units == ("3",)
    assert found.unmatched == ("5",)
    with pytest.raises(InvalidInput, match="systems"):
        compare(a, units("12345", "aaabb", shapes=fine, crs="EPSG:4490"))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=12), st.data())
def test_comparison_adds_up(before, data):
    after = data.draw(st.lists(st.sampled_from("abcd"), min_size=len(before), max_size=len(before)))
    weight = data.draw(st.lists(st.integers(0, 9), min_size=len(before), max_size=len(before)))
    names = [f"u{i}" for i in range(len(before))]
    found = compare(units(names, before), units(names, after, weight=weight))
    assert sum(w for *_, w in found.flows) == sum(weight) == found.total_weight
    expected = {n for n, x, y in zip(names, before, after, strict=True) if found.continues.get(y) != x}
    assert set(found.moved_units) == expected
    assert len(set(found.continues.values())) == len(found.continues)
