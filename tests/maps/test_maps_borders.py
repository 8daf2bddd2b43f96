"""Borders where neighbours do not share their vertices: each once, with the right pieces on both sides."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from geo.maps.borders import border_arcs
from geo.partition.arcs import Arcs, shared_arcs

STEP = 0.001  # degrees, about 100 m


def brick_wall(seed: int, jitter: float = 0.0) -> NDArray[np.object_]:
    """Rows of bricks of unequal width: the joints of a row fall on the sides of the bricks above and below."""
    rng = np.random.default_rng(seed)
    bricks = []
    for row in range(5):
        joints = np.concatenate([[0.0], np.cumsum(rng.uniform(0.5, 2, 6))])
        joints *= 8 / joints[-1]
        for west, east in itertools.pairwise(joints):
            corners = np.array([(west, row), (east, row), (east, row + 1), (west, row + 1)]) * STEP
            bricks.append(shapely.Polygon(corners + rng.uniform(-jitter, jitter, (4, 2))))
    return np.array(bricks, dtype=object)


def lengths(arcs: Arcs) -> dict[tuple[int, int], float]:
    """Length of border between each pair, in steps."""
    out: dict[tuple[int, int], float] = {}
    for line, left, right in zip(arcs.line, arcs.left.tolist(), arcs.right.tolist(), strict=True):
        pair = (min(left, right), max(left, right))
        out[pair] = out.get(pair, 0.0) + float(line.length) / STEP
    return out


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("jitter", [0.0, 2e-8])
def test_borders_of_a_wall_are_found_once_with_both_sides(seed: int, jitter: float) -> None:
    exact = brick_wall(seed)
    bricks = brick_wall(seed, jitter)
    assert (shared_arcs(bricks).right < 0).sum() > 10  # the joints alone do not pair
    found = lengths(border_arcs(bricks, shapely.union_all(exact)))
    # The pieces are boxes, so what two of them share is the intersection of their outlines, to the last bit.
    wanted: dict[tuple[int, int], float] = {}
    for i, a in enumerate(exact):
        for j in range(i + 1, len(exact)):
            shared = shapely.intersection(shapely.boundary(a), shapely.boundary(exact[j])).length / STEP
            if shared > 0.01:
                wanted[i, j] = shared
        outside = shapely.intersection(shapely.boundary(a), shapely.boundary(shapely.union_all(exact))).length / STEP
        if outside > 0.01:
            wanted[-1, i] = outside
    assert {pair for pair, length in found.items() if length > 0.01} == set(wanted)
    assert all(found[pair] == pytest.approx(length, abs=0.01) for pair, length in wanted.items())


def test_left_lies_on_the_left() -> None:
    bricks = brick_wall(9)
    arcs = border_arcs(bricks, shapely.union_all(bricks))
    assert (arcs.left >= 0).all()
    for line, left, right in zip(arcs.line, arcs.left, arcs.right, strict=True):
        (x0, y0), (x1, y1) = shapely.get_coordinates(line)[:2]
        normal = np.array([y0 - y1, x1 - x0]) / np.hypot(x1 - x0, y1 - y0) * STEP / 50
        middle = np.array([x0 + x1, y0 + y1]) / 2
        assert bricks[left].contains(shapely.Point(middle + normal))
        assert right < 0 or bricks[right].contains(shapely.Point(middle - normal))


def test_a_cover_that_shares_its_vertices_keeps_its_arcs() -> None:
    tiles = np.array([shapely.box(i, j, i + 1, j + 1) for i in range(3) for j in range(3)], dtype=object)
    arcs, plain = border_arcs(tiles, shapely.union_all(tiles)), shared_arcs(tiles)
    assert arcs.line.tolist() == plain.line.tolist()
    assert arcs.right.tolist() == plain.right.tolist()


def test_a_gap_narrower_than_a_lane_is_no_outside_but_a_hole_is() -> None:
    near = np.array([shapely.box(0, 0, STEP, STEP), shapely.box(STEP + 8e-6, 0, 2 * STEP, STEP)], dtype=object)
    found = lengths(border_arcs(near, shapely.box(0, 0, 2 * STEP, STEP)))
    assert found[0, 1] == pytest.approx(1, abs=0.02)
    far = np.array([shapely.box(0, 0, STEP, STEP), shapely.box(STEP + 8e-5, 0, 2 * STEP, STEP)], dtype=object)
    assert set(lengths(border_arcs(far, shapely.box(0, 0, STEP, STEP)))) == {(-1, 0), (-1, 1)}
