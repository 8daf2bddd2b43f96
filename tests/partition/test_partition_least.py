"""The least that any redraw moves, and divisions of few units: both against everything there is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import PartitionInfeasible
from geo.partition import PartitionSpec, UnitGraph, solve
from geo.partition.solver.flow import least_moved
from geo.partition.solver.least import least_of_all
from tests.partition.partition_worlds import lattice, pieces_by_search

WORLDS = settings(max_examples=10, deadline=None)


def all_divisions(graph: UnitGraph, grids: int):
    """Every division into `grids` connected parts, numbered by first unit: lists of labels."""

    def grown(labels: list[int], used: int):
        if len(labels) == len(graph):
            part = np.array(labels)
            if used == grids and all(
                pieces_by_search(graph, np.flatnonzero(part == grid)) == 1 for grid in range(grids)
            ):
                yield part
            return
        for label in range(min(used + 1, grids)):
            yield from grown([*labels, label], max(used, label + 1))

    yield from grown([], 0)


def least_by_trying(graph: UnitGraph, home: np.ndarray, grids: int, low: float, high: float) -> float:
    """The least weight that moves over all divisions in the band and all ways in which today's grids may go on."""
    from scipy.optimize import linear_sum_assignment

    best = np.inf
    for part in all_divisions(graph, grids):
        load = np.bincount(part, graph.weight, minlength=grids)
        if (load < low - 1e-9).any() or (load > high + 1e-9).any():
            continue
        kept = np.zeros((grids, grids))
        np.add.at(kept, (part, home), graph.weight)
        rows, columns = linear_sum_assignment(-kept)
        best = min(best, graph.weight.sum() - kept[rows, columns].sum())
    return float(best)


@WORLDS
@given(
    shape=st.sampled_from([(8, 1), (4, 2), (9, 1)]),
    grids=st.integers(2, 4),
    weights=st.lists(st.integers(0, 6), min_size=9, max_size=9),
    width=st.sampled_from([0.1, 0.3, 0.6]),
)
def test_no_redraw_moves_less_than_the_bound(shape, grids, weights, width):
    graph = lattice(*shape, np.array(weights[: shape[0] * shape[1]], float))
    home = (np.arange(len(graph)) % shape[0] * grids // shape[0]).astype(np.int32)
    ideal = graph.weight.sum() / grids
    low, high = np.full(grids, ideal * (1 - width)), np.full(grids, ideal * (1 + width))
    least = least_by_trying(graph, home, grids, float(low[0]), float(high[0]))
    loose, searched = (least_of_all(graph, home, low, high, nodes=nodes) for nodes in (0, None))
    weak = least_moved(graph, home, low, high)
    assert loose <= searched + 1e-6
    assert searched <= least + 1e-6
    # The weak bound sums what is too much or wanting, which the programme knows as well.
    assert weak.anyhow <= loose + 1e-6
    assert searched <= weak.next_door + 1e-6


def test_whoever_reaches_past_a_neighbour_takes_a_corridor_along():
    """3 people too many, a grid in between: handed on, 6 move; by an arm that takes a corridor along, 4."""
    graph = lattice(3, 2, np.array([3, 1, 2, 4, 9, 3], float))
    home = np.array([0, 1, 2] * 2, np.int32)
    low, high = np.array([1.0, 9.0, 8.0]), np.array([4.0, 10.0, 9.0])
    weak = least_moved(graph, home, low, high)
    assert (weak.anyhow, weak.next_door) == pytest.approx((3.0, 6.0))
    assert least_of_all(graph, home, low, high, nodes=None) == pytest.approx(4.0)


def path(weight: list[float]) -> UnitGraph:
    return lattice(len(weight), 1, np.array(weight, float))


def test_few_units_are_brought_into_the_band_if_any_division_is():
    """Where the search of a redraw ends outside the band, trying everything does not."""
    rng = np.random.default_rng(3)
    for _ in range(5):
        graph = lattice(4, 3, rng.integers(1, 9, 12).astype(float))
        home = (np.arange(12) // 4).astype(np.int32)
        ideal = graph.weight.sum() / 3
        for tolerance in (0.03, 0.1):
            spec = PartitionSpec(grids=3, tolerance=tolerance, current=home)
            low, high = ideal * (1 - tolerance), ideal * (1 + tolerance)
            possible = any(
                np.all((load >= low - 1e-9) & (load <= high + 1e-9))
                for part in all_divisions(graph, 3)
                for load in [np.bincount(part, graph.weight, minlength=3)]
            )
            result = solve(graph, spec, rng=np.random.default_rng(0))
            assert (result.report.outside_band == 0) == possible


def test_a_refused_redraw_names_the_least_share_that_was_found():
    graph = path([4, 1, 1, 1, 1, 1, 1, 1, 1])
    home = np.array([0, 0, 0, 0, 0, 1, 1, 2, 2], np.int32)
    with pytest.raises(PartitionInfeasible) as refused:
        solve(graph, PartitionSpec(grids=3, tolerance=0.3, current=home, max_moved=0.01), rng=np.random.default_rng(0))
    context = refused.value.context
    assert refused.value.code == "max_moved_too_small"
    assert 0.01 < context["least"] <= context["needed"]
    (relaxed,) = context["relaxations"]
    assert relaxed["max_moved"] == context["needed"]
    spec = PartitionSpec(grids=3, tolerance=0.3, current=home, max_moved=relaxed["max_moved"])
    assert solve(graph, spec, rng=np.random.default_rng(0)).report.outside_band == 0
    low, high = 0.7 * 4, 1.3 * 4
    least = least_by_trying(replace(graph), home, 3, low, high) / graph.weight.sum()
    assert context["least"] <= least + 1e-9 <= context["needed"] + 2e-4
