"""Vector tiles of grids: borders shared at every zoom, ranks, levels."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import shapely

from benchmarks._coverages import coverage
from geo.errors import InvalidInput
from geo.maps.tiles import BUFFER, EXTENT, ShapeTiles, tile_bounds
from geo.maps.tiles_paths import paths_of, to_world
from geo.partition.arcs import shared_arcs
from tests.maps.tile_reading import decode, lines, polygons, ring_area, window

ZOOMS = (3, 7, 9, 10, 11, 12, 13, 14, 15, 17)


NET = coverage(60, vertices=61, seed=3)


GRIDS = ShapeTiles("grids", NET.polygons, {"code": NET.codes})


ARCS = shared_arcs(NET.polygons)


BORDERS = ShapeTiles("borders", ARCS.line, {"left": ARCS.left.tolist(), "right": ARCS.right.tolist()})


def tiles_of(shapes: np.ndarray, z: int) -> list[tuple[int, int]]:
    """Every tile of a zoom that the shapes come near."""
    west, south, east, north = shapely.total_bounds(shapes)
    x, y = to_world(np.array([west, east]), np.array([north, south]))
    (x0, x1), (y0, y1) = (np.clip(np.floor(v * 2**z).astype(int) + np.array([-1, 1]), 0, 2**z - 1) for v in (x, y))
    return [(a, b) for a in range(x0, x1 + 1) for b in range(y0, y1 + 1)][:400]


def edges(paths: list[list[list[int]]], x: int, y: int) -> Counter[tuple[tuple[int, int], tuple[int, int]]]:
    """Edges that no clip has touched, in steps of the whole zoom, without direction."""
    found: Counter[tuple[tuple[int, int], tuple[int, int]]] = Counter()
    for path in paths:
        for p, q in pairwise(path):
            if min(*p, *q) > -BUFFER and max(*p, *q) < EXTENT + BUFFER:
                ends = sorted(((p[0] + x * EXTENT, p[1] + y * EXTENT), (q[0] + x * EXTENT, q[1] + y * EXTENT)))
                found[ends[0], ends[1]] += 1
    return found


def odd(counts: Counter[Any]) -> set[Any]:
    return {key for key, count in counts.items() if count % 2}


@pytest.mark.parametrize("z", ZOOMS)
def test_every_ring_is_wound_as_the_format_asks(z: int) -> None:
    seen = 0
    for x, y in tiles_of(NET.polygons, z):
        for feature in decode(GRIDS.tile(z, x, y)):
            for outer, *holes in polygons(feature):
                seen += 1
                assert ring_area(outer) > 0
                assert all(ring_area(hole) < 0 for hole in holes)
    assert seen


@pytest.mark.parametrize("z", ZOOMS)
def test_grids_are_put_together_from_the_very_borders(z: int) -> None:
    """At every zoom the rings of a grid are the borders that it has with others: no gap, no overlap, nothing twice."""
    if z < 9:  # grids are about a step wide there
        return
    for x, y in tiles_of(NET.polygons, z):
        drawn: dict[int, Counter[Any]] = {k: Counter() for k in range(len(NET.polygons))}
        for feature in decode(BORDERS.tile(z, x, y), "borders"):
            for side in ("left", "right"):
                if feature["properties"][side] >= 0:
                    drawn[feature["properties"][side]] += edges(lines(feature), x, y)
        rings: dict[int, Counter[Any]] = {k: Counter() for k in range(len(NET.polygons))}
        for feature in decode(GRIDS.tile(z, x, y)):
            for polygon in polygons(feature):
                rings[feature["id"] - 1] += edges(polygon, x, y)
        for k, outline in rings.items():
            sides = [odd(outline), odd(drawn[k])]
            if all(sides):  # a lake of less than a step is left out as an area and drawn as a line
                assert sides[0] <= sides[1]
                rest = sides[1] - sides[0]
                assert all(max(abs(p[0] - q[0]), abs(p[1] - q[1])) <= 4 for p, q in rest)


@pytest.mark.parametrize("z", [12, 13, 14, 15])
def test_neighbouring_tiles_have_the_same_vertices_where_both_draw(z: int) -> None:
    compared = 0
    tiles = tiles_of(NET.polygons, z)
    held = {
        (x, y): sum((edges(p, x, y) for f in decode(GRIDS.tile(z, x, y)) for p in polygons(f)), Counter())
        for x, y in tiles
    }
    for x, y in tiles:
        for nx, ny in ((x + 1, y), (x, y + 1)):
            if (nx, ny) not in held:
                continue
            low = max(x, nx) * EXTENT - BUFFER, max(y, ny) * EXTENT - BUFFER
            high = min(x, nx) * EXTENT + EXTENT + BUFFER, min(y, ny) * EXTENT + EXTENT + BUFFER

            def both(ends: Any, low: Any = low, high: Any = high) -> bool:
                return all(low[k] < p[k] < high[k] for p in ends for k in (0, 1))

            a, b = ({e for e in held[t] if both(e)} for t in ((x, y), (nx, ny)))
            assert a == b
            compared += len(a)
    assert compared


@pytest.mark.parametrize("z", [9, 11, 13, 15, 17])
def test_a_border_strays_no_farther_than_it_may(z: int) -> None:
    scale = EXTENT * 2.0**z
    paths = BORDERS.paths
    most, left_out = BORDERS.tolerance(z), 0
    for i, j in zip(paths.start[:-1], paths.start[1:], strict=True):
        whole = np.column_stack([paths.x[i:j], paths.y[i:j]]) * scale
        keep = paths.rank[i:j] > most
        left_out += int((~keep).sum())
        closed = bool((whole[0] == whole[-1]).all())
        assert closed or (keep[0] and keep[-1])
        kept = whole[keep]
        thin = shapely.linestrings(np.concatenate([kept, kept[:1]]) if closed else kept)
        assert shapely.distance(thin, shapely.points(whole)).max() <= most * scale + 1e-6
    assert left_out or z > 13


@pytest.mark.parametrize("z", ZOOMS)
def test_a_grid_is_in_the_tiles_that_it_touches_and_in_no_other(z: int) -> None:
    slack = GRIDS.tolerance(z) * EXTENT * 2.0**z + 1.5

    def to_steps(coordinates: np.ndarray) -> np.ndarray:
        return np.column_stack(to_world(coordinates[:, 0].copy(), coordinates[:, 1].copy())) * EXTENT * 2.0**z

    placed = shapely.transform(NET.polygons, to_steps)
    seen: set[int] = set()
    for x, y in tiles_of(NET.polygons, z):
        ids = {feature["id"] - 1 for feature in decode(GRIDS.tile(z, x, y))}
        seen |= ids
        far = window(x, y, BUFFER + slack)
        assert ids <= set(np.flatnonzero(shapely.intersects(far, placed)).tolist())
        if z >= 9:  # farther out a grid may be less than what a border strays
            near = window(x, y, BUFFER - slack)
            assert ids >= set(np.flatnonzero(shapely.intersects(near, placed)).tolist())
    if z < 15:  # of closer zooms the first few tiles alone are looked at
        assert seen == set(range(len(NET.polygons)))


def test_ranks_are_those_of_every_neighbour() -> None:
    paths = paths_of(NET.polygons)
    ranks: dict[tuple[float, float], set[float]] = {}
    for x, y, rank in zip(paths.x.tolist(), paths.y.tolist(), paths.rank.tolist(), strict=True):
        ranks.setdefault((x, y), set()).add(rank)
    assert all(len(values) == 1 for values in ranks.values())
    turned = paths_of(shapely.reverse(NET.polygons)[::-1])
    for x, y, rank in zip(turned.x.tolist(), turned.y.tolist(), turned.rank.tolist(), strict=True):
        assert ranks[x, y] == {rank}


def test_every_tile_of_a_level_covers_the_world_once() -> None:
    areas = []
    for x in range(4):
        for y in range(4):
            west, south, east, north = tile_bounds(2, x, y)
            assert west < east
            assert south < north
            areas.append((west, east))
    assert min(a for a, _ in areas) == -180
    assert max(b for _, b in areas) == 180


@pytest.mark.parametrize(("z", "x", "y"), [(-1, 0, 0), (23, 0, 0), (2, 4, 0), (2, 0, -1)])
def test_a_tile_that_does_not_exist_is_refused(z: int, x: int, y: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        GRIDS.tile(z, x, y)
    assert str(z) in caught.value.message("zh")
