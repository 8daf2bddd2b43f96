"""Vector tiles decode to what went in: place, clip, winding, shared borders at every zoom, values."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks._coverages import coverage
from geo.errors import InvalidInput
from geo.maps.tiles import BUFFER, EXTENT, ShapeTiles, VectorTiles, tile_bounds
from geo.maps.tiles_paths import paths_of, to_world
from geo.partition.arcs import shared_arcs

Z, X, Y = 14, 13718, 6694  # around 121.44 E, 31.21 N
ZOOMS = (3, 7, 9, 10, 11, 12, 13, 14, 15, 17)
NET = coverage(60, vertices=61, seed=3)
GRIDS = ShapeTiles("grids", NET.polygons, {"code": NET.codes})
ARCS = shared_arcs(NET.polygons)
BORDERS = ShapeTiles("borders", ARCS.line, {"left": ARCS.left.tolist(), "right": ARCS.right.tolist()})


def objects(*shapes: Any) -> np.ndarray:
    out = np.empty(len(shapes), dtype=object)
    out[:] = shapes
    return out


def decode(tile: bytes, layer: str = "grids") -> list[dict[str, Any]]:
    if not tile:
        return []
    return list(mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})[layer]["features"])


def one(*shapes: Any, **columns: list[Any]) -> list[dict[str, Any]]:
    return decode(ShapeTiles("grids", objects(*shapes), columns).tile(Z, X, Y))


def inner(fx: float, fy: float) -> tuple[float, float]:
    """A place in the tile, by fractions from its north-west corner (without the margin)."""
    n = 2.0**Z
    lon = (X + fx) / n * 360 - 180
    return lon, float(np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * (Y + fy) / n)))))


def ring_area(ring: list[list[int]]) -> float:
    x, y = np.array(ring, dtype=float).T
    return float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2)


def polygons(feature: dict[str, Any]) -> list[list[list[list[int]]]]:
    shape = feature["geometry"]
    return [shape["coordinates"]] if shape["type"] == "Polygon" else list(shape["coordinates"])


def lines(feature: dict[str, Any]) -> list[list[list[int]]]:
    shape = feature["geometry"]
    return [shape["coordinates"]] if shape["type"] == "LineString" else list(shape["coordinates"])


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


def window(x: int, y: int, margin: float) -> Any:
    """A tile with a margin, in steps of the whole zoom."""
    west, north = x * EXTENT - margin, y * EXTENT - margin
    return shapely.box(west, north, west + EXTENT + 2 * margin, north + EXTENT + 2 * margin)


def odd(counts: Counter[Any]) -> set[Any]:
    return {key for key, count in counts.items() if count % 2}


def test_points_fall_where_mercator_puts_them() -> None:
    places = [(0.0, 0.0), (0.5, 0.25), (0.999, 0.75)]
    for number, (feature, (fx, fy)) in enumerate(
        zip(one(*[shapely.Point(inner(*p)) for p in places]), places, strict=True), start=1
    ):
        assert feature["id"] == number
        assert np.abs(np.array(feature["geometry"]["coordinates"]) - np.array([fx, fy]) * EXTENT).max() <= 0.5 + 1e-6


def test_polygons_are_clipped_with_a_margin_and_wound_as_the_format_asks() -> None:
    hole = [inner(0.4, 0.4), inner(0.6, 0.4), inner(0.6, 0.6), inner(0.4, 0.6)]
    large = shapely.Polygon([inner(-3, -3), inner(4, -3), inner(4, 4), inner(-3, 4)], [hole])
    for shape in (large, shapely.orient_polygons(large), shapely.orient_polygons(large, exterior_cw=True)):
        outer, inside = one(shape)[0]["geometry"]["coordinates"]
        assert np.min(outer) == -BUFFER
        assert np.max(outer) == EXTENT + BUFFER
        # In tile coordinates (y down) an exterior ring has positive area by the surveyor's formula, a hole negative.
        assert ring_area(outer) > 0 > ring_area(inside)
        assert np.isclose(-ring_area(inside), (0.2 * EXTENT) ** 2, rtol=0.01)


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


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(-400, 1400), st.integers(-400, 1400)), min_size=2, max_size=12, unique=True),
)
def test_lines_are_cut_as_shapely_cuts_them(thousandths: list[tuple[int, int]]) -> None:
    places = [(a / 1000, b / 1000) for a, b in thousandths]
    line = shapely.LineString([inner(*p) for p in places])
    window = shapely.box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
    steps = shapely.LineString(np.array(places) * EXTENT)
    drawn = shapely.MultiLineString([part for f in one(line) for part in lines(f)])
    wanted = shapely.intersection(steps, window)
    loose = 2.0 + 1.5  # what a line may stray, and the steps
    # Where a line leaves the window at a flat angle, a small stray is a longer piece of it.
    assert shapely.difference(drawn, shapely.buffer(wanted, loose)).length < 3 * loose
    assert shapely.difference(wanted, shapely.buffer(drawn, loose)).length < 3 * loose or drawn.is_empty
    assert drawn.is_empty or shapely.covers(window, drawn)


@settings(deadline=None, max_examples=60)
@given(st.integers(3, 14), st.integers(0, 10_000))
def test_polygons_are_cut_as_shapely_cuts_them(corners: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    turn = np.sort(rng.uniform(0, 2 * np.pi, corners))
    ring = rng.uniform(-0.2, 1.2, 2) + rng.uniform(0.05, 0.7, (corners, 1)) * np.column_stack(
        [np.cos(turn), np.sin(turn)]
    )
    steps = shapely.Polygon(ring * EXTENT)
    if not steps.is_valid:
        return
    window = shapely.box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
    wanted = shapely.intersection(steps, window)
    found = one(shapely.Polygon([inner(*p) for p in ring]))
    area = sum(ring_area(r) for f in found for polygon in polygons(f) for r in polygon)
    assert abs(area - wanted.area) <= 4 * (steps.length + 4 * EXTENT) ** 1.0


def test_a_tile_within_a_hole_holds_nothing_of_the_polygon() -> None:
    frame = shapely.Polygon(
        [inner(-9, -9), inner(9, -9), inner(9, 9), inner(-9, 9)],
        [[inner(-2, -2), inner(3, -2), inner(3, 3), inner(-2, 3)]],
    )
    small = shapely.box(*inner(0.2, 0.4), *inner(0.4, 0.2))
    assert one(frame) == []
    assert one(shapely.MultiPolygon([small, frame]))[0]["geometry"] == one(small)[0]["geometry"]


def test_a_border_with_a_vertex_on_one_side_only_is_one() -> None:
    """Two squares beside a long one that has no vertex where they meet."""
    net = objects(shapely.box(0, 0, 1, 1), shapely.box(0, 1, 1, 2), shapely.box(1, 0, 2, 2))
    for polygons_ in (net, shapely.segmentize(net, 1.0)):
        arcs = VectorTiles().borders(polygons_)
        inside = sorted((a, b, x.length) for a, b, x in zip(arcs.left, arcs.right, arcs.line, strict=True) if b >= 0)
        assert inside == [(0, 1, 1.0), (0, 2, 1.0), (1, 2, 1.0)]


def test_lines_and_many_parts_stay_what_they_are() -> None:
    two = shapely.MultiLineString([[inner(0.1, 0.1), inner(0.2, 0.2)], [inner(0.3, 0.3), inner(0.9, 0.3)]])
    assert one(two)[0]["geometry"]["type"] == "MultiLineString"
    many = shapely.MultiPoint([inner(0.1, 0.1), inner(0.2, 0.2), inner(5, 5)])
    assert len(one(many)[0]["geometry"]["coordinates"]) == 2
    # A polygon that only touches the margin leaves no line behind.
    west, south, _, north = tile_bounds(Z, X, Y, margin=BUFFER / EXTENT)
    assert one(shapely.box(west - 1, south, west, north)) == []


def test_nothing_in_the_tile_is_no_bytes() -> None:
    assert ShapeTiles("grids", objects(), {}).tile(Z, X, Y) == b""
    assert ShapeTiles("grids", objects(None, shapely.Polygon(), shapely.Point(0, 0)), {}).tile(Z, X, Y) == b""
    assert ShapeTiles("grids", objects(None), {}).bounds is None


HOSTILE = ["<script>alert(1)</script>", '"onmouseover=', "</script>", "a\u202eb", "\x00", "x" * 9000, "\ud800"]


def test_values_are_kept_and_text_is_made_visible() -> None:
    point = shapely.Point(inner(0.5, 0.5))
    given_ = {"name": ["a\u202eb<"], "n": [3], "m": [-3], "w": [2.5], "ok": [True], "gone": [None]}
    assert one(point, **given_)[0]["properties"] == {
        "name": "a⟦U+202E⟧b<", "n": 3, "m": -3, "w": 2.5, "ok": True,
    }  # fmt: skip
    found = one(*[point] * len(HOSTILE), name=HOSTILE)
    assert [set(feature["properties"]) for feature in found] == [{"name"}] * len(HOSTILE)
    assert not any(c in feature["properties"]["name"] for feature in found for c in "\u202e\x00")
    assert found[0]["properties"]["name"] == HOSTILE[0]  # a value, which pages show as text


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


def test_a_column_of_another_length_is_refused() -> None:
    with pytest.raises(InvalidInput):
        ShapeTiles("grids", objects(shapely.Point(0, 0)), {"code": ["1", "2"]})
