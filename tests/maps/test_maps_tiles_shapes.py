"""Vector tiles decode to what went in: place, clip, winding, values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import InvalidInput
from geo.maps.tiles import BUFFER, EXTENT, ShapeTiles, VectorTiles, tile_bounds
from tests.maps.tile_reading import decode, lines, polygons, ring_area

Z, X, Y = 14, 13718, 6694  # around 121.44 E, 31.21 N


def objects(*shapes: Any) -> np.ndarray:
    out = np.empty(len(shapes), dtype=object)
    out[:] = shapes
    return out


def one(*shapes: Any, **columns: list[Any]) -> list[dict[str, Any]]:
    return decode(ShapeTiles("grids", objects(*shapes), columns).tile(Z, X, Y))


def inner(fx: float, fy: float) -> tuple[float, float]:
    """A place in the tile, by fractions from its north-west corner (without the margin)."""
    n = 2.0**Z
    lon = (X + fx) / n * 360 - 180
    return lon, float(np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * (Y + fy) / n)))))


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


def test_polygons_that_cross_themselves_have_borders_too() -> None:
    """What moving a net to WGS84 may leave of it: a union as such refuses it."""
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    net = objects(bow, shapely.Polygon([(1, 0), (2, 0), (2, 1), (1, 1), (3, 1), (1, 1)]))
    with pytest.raises(shapely.GEOSException):
        shapely.union_all(net)
    arcs = VectorTiles().borders(net)
    assert {int(k) for k in np.concatenate([arcs.left, arcs.right]) if k >= 0} == {0, 1}


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


def test_a_column_of_another_length_is_refused() -> None:
    with pytest.raises(InvalidInput):
        ShapeTiles("grids", objects(shapely.Point(0, 0)), {"code": ["1", "2"]})
