"""Shares of lines and areas against geodesics, chance and brute force."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import InvalidInput
from geo.locate import GridIndex
from geo.locate.ground import area_m2, length_m
from geo.locate.shapes import Cover

GEOD = pyproj.Geod(ellps="WGS84")
SIDE = 1 / 128


def square(c, r, w=1.0, h=1.0):
    return shapely.box(121 + c * SIDE, 31 + r * SIDE, 121 + (c + w) * SIDE, 31 + (r + h) * SIDE)


def line(*places):
    return shapely.LineString([(121 + c * SIDE, 31 + r * SIDE) for c, r in places])


def lattice(codes="abcd", **more):
    """Two by two, the first row in the south."""
    return Cover([square(c, r) for r in (0, 1) for c in (0, 1)], list(codes), **more)


def told(cover, shape, codes="abcd"):
    shares = cover.shares(shape)
    assert sum(part.share for part in shares.parts) == pytest.approx(1, abs=1e-12)
    assert sum(part.amount for part in shares.parts) == pytest.approx(shares.amount, rel=1e-8)
    return {codes[part.grid] if part.grid >= 0 else None: round(part.share, 4) for part in shares.parts}


def voronoi(rng, n):
    seeds = np.array([121.0, 31.0]) + 0.1 * rng.random((n, 2))
    frame = shapely.box(121.0, 31.0, 121.1, 31.1)
    return shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(seeds), extend_to=frame))


@pytest.mark.parametrize("lat", [-70.0, 0.0, 31.0, 60.0])
def test_lengths_and_areas_are_those_of_the_ellipsoid(lat):
    shape = shapely.Polygon([(10, lat), (10.9, lat + 0.1), (10.7, lat + 0.8), (10.1, lat + 0.5)])
    # pyproj walks geodesics between corners: with short steps both are the same line.
    fine = shapely.segmentize(shape, 1e-4)
    area, around = GEOD.geometry_area_perimeter(fine)
    np.testing.assert_allclose(area_m2(np.array([shape])), [abs(area)], rtol=1e-7)
    np.testing.assert_allclose(length_m(np.array([shape.exterior, shape])), [around, 0.0], rtol=1e-9)
    hole = shapely.Polygon(shape.exterior, [shape.buffer(-0.2).exterior])
    rest = GEOD.geometry_area_perimeter(shapely.segmentize(hole.interiors[0], 1e-4))[0]
    np.testing.assert_allclose(area_m2(np.array([hole])), [abs(area) - abs(rest)], rtol=1e-7)


def test_a_line_through_three_grids_and_out():
    shape = line((0.5, 0.5), (1.5, 0.5))
    assert told(lattice(), shape) == {"a": 0.5, "b": 0.5}
    assert lattice().shares(shape).lead == 0
    assert lattice("badc").shares(shape).lead == 1  # of equals the lowest code


def test_a_line_along_borders_is_the_lowest_codes_once():
    along = line((1, 0), (1, 2))
    assert told(lattice(), along) == {"a": 0.5, "c": 0.5}
    assert told(lattice("dcba"), along, "dcba") == {"a": 0.5, "c": 0.5}
    # The outer border is the grid's that it belongs to, whole; from there on it is outside.
    assert told(lattice(), line((0, 0), (0, 1))) == {"a": 1.0}
    assert told(lattice(), line((0, 0), (-1, 0))) == {None: 1.0}
    assert lattice().shares(along).contested == ()


def test_areas_by_grid_outside_and_lead():
    shares = lattice().shares(square(0.5, 0.25, 2, 0.5))
    assert [(part.grid, round(part.share, 4)) for part in shares.parts] == [(1, 0.5), (0, 0.25), (-1, 0.25)]
    assert (shares.measure, shares.lead) == ("m2", 1)
    away = lattice().shares(square(5, 5))
    assert [(part.grid, part.share) for part in away.parts] == [(-1, 1.0)]
    assert away.lead == -1
    # Only touched: no part of it.
    assert told(lattice(), square(2, 0)) == {None: 1.0}


def test_points_count_and_a_point_on_a_corner_is_the_lowest_codes():
    points = shapely.MultiPoint([(121 + SIDE, 31 + SIDE), (121 + 1.5 * SIDE, 31.001), (0, 0)])
    shares = lattice().shares(points)
    assert told(lattice(), points) == {"a": 0.3333, "b": 0.3333, None: 0.3333}
    assert (shares.measure, shares.amount, shares.lead) == ("points", 3.0, 0)
    assert told(lattice(), shapely.Point(121.001, 31.001)) == {"a": 1.0}


def test_a_grid_over_the_net_has_its_part_first_and_is_no_fault():
    cover = Cover([*(square(c, r) for r in (0, 1) for c in (0, 1)), square(0.5, 0.5, 1, 1)], list("abcdz"), over={4})
    assert told(cover, square(0, 0, 2, 2), "abcdz") == {k: (0.25 if k == "z" else 0.1875) for k in "abcdz"}
    assert told(cover, line((0, 1), (2, 1)), "abcdz") == {"z": 0.5, "a": 0.25, "b": 0.25}
    # On the border of the grid over the net it is the grid's over the net.
    assert told(cover, line((0.5, 0), (0.5, 1)), "abcdz") == {"a": 0.5, "z": 0.5}
    assert cover.shares(square(0, 0, 2, 2)).contested == ()


def test_grids_that_overlap_are_named_where_the_shape_meets_them():
    cover = Cover([square(0, 0, 1.5, 1), square(1, 0, 1, 1), square(0, 1, 2, 1)], ["b", "a", "c"])
    assert told(cover, square(0, 0, 2, 1), "bac") == {"a": 0.5, "b": 0.5}
    assert cover.shares(square(0, 0, 2, 1)).contested == (1, 0)
    assert cover.shares(line((0.5, 0.5), (1.8, 0.5))).contested == (1, 0)
    assert cover.shares(square(0, 0, 0.9, 1)).contested == ()
    assert cover.shares(line((0.5, 1.5), (1.8, 1.5))).contested == ()


def test_what_is_covered_twice_counts_once():
    there_and_back = line((0.5, 0.5), (1.5, 0.5), (0.5, 0.5))
    assert lattice().shares(there_and_back).amount == pytest.approx(float(length_m(np.array([there_and_back]))[0]) / 2)
    both = shapely.GeometryCollection([square(0, 0), shapely.MultiPolygon([square(0.5, 0, 0.5, 1)])])
    assert lattice().shares(both).amount == pytest.approx(float(area_m2(np.array([square(0, 0)]))[0]))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 100_000), count=st.integers(2, 60))
def test_areas_are_those_of_points_strewn_over_them(seed, count):
    rng = np.random.default_rng(seed)
    grids = voronoi(rng, count)
    codes = [f"{k:03d}" for k in rng.permutation(len(grids))]
    over = set(rng.choice(len(grids), 1).tolist())
    grids[list(over)] = shapely.buffer(grids[list(over)], 0.01)
    shape = shapely.convex_hull(shapely.MultiPoint(np.array([121.0, 31.0]) + rng.uniform(-0.03, 0.13, (5, 2))))
    shares = Cover(grids, codes, over).shares(shape)
    assert sum(part.share for part in shares.parts) == pytest.approx(1, abs=1e-12)
    assert shares.contested == ()
    west, south, east, north = shape.bounds
    xy = np.column_stack((rng.uniform(west, east, 60_000), rng.uniform(south, north, 60_000)))
    xy = xy[shapely.contains_xy(shape, xy[:, 0], xy[:, 1])]
    found = GridIndex.build(grids, codes, over).locate(lon=xy[:, 0], lat=xy[:, 1])
    drawn = np.bincount(found + 1, minlength=len(grids) + 1) / len(found)
    got = np.zeros(len(grids) + 1)
    for part in shares.parts:
        got[part.grid + 1] = part.share
    np.testing.assert_allclose(got, drawn, atol=0.02)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 100_000), count=st.integers(2, 60))
def test_lines_are_those_of_points_along_them(seed, count):
    rng = np.random.default_rng(seed)
    grids = voronoi(rng, count)
    codes = [f"{k:03d}" for k in rng.permutation(len(grids))]
    # Corners of the net among its own, so that it runs along borders too.
    corners = shapely.get_coordinates(shapely.get_exterior_ring(grids[int(rng.integers(len(grids)))]))[:3]
    shape = shapely.LineString([*(np.array([121.0, 31.0]) + rng.uniform(-0.03, 0.13, (2, 2))), *corners])
    shares = Cover(grids, codes).shares(shape)
    assert sum(part.share for part in shares.parts) == pytest.approx(1, abs=1e-12)
    index = GridIndex.build(grids, codes)
    got = np.zeros(len(grids) + 1)
    for part in shares.parts:
        got[part.grid + 1] = part.share
    xy = shapely.get_coordinates(shapely.line_interpolate_point(shape, np.linspace(0, 1, 20_001), normalized=True))
    # A place along a border is rounded off to either side of it: of neighbours the lowest code has it.
    off = np.array([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]]) * 1e-12
    near = np.stack([index.locate(lon=xy[:, 0] + dx, lat=xy[:, 1] + dy) for dx, dy in off])
    place = np.append(np.argsort(np.argsort(codes)), len(codes))
    found = near[place[near].argmin(axis=0), np.arange(len(xy))]
    drawn = np.bincount(found + 1, minlength=len(grids) + 1) / len(found)
    np.testing.assert_allclose(got, drawn, atol=0.03)


@pytest.mark.parametrize(
    ("shape", "sentence"),
    [
        (shapely.Polygon(), "empty"),
        (shapely.GeometryCollection([shapely.Point(1, 1), line((0, 0), (1, 1))]), "mixes LineString, Point"),
        (shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), "Self-intersection"),
        (shapely.LineString([(121, 31), (121, 31)]), "no length"),
        (shapely.Point(500_000, 3_400_000), "no place on earth"),
        (shapely.Point(float("inf"), 31.0), "no place on earth"),
    ],
)
def test_a_shape_that_cannot_be_shared_is_refused_with_its_reason(shape, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        lattice().shares(shape)


def test_without_grids_all_is_outside():
    assert told(Cover([], []), square(0, 0)) == {None: 1.0}
    assert Cover([], []).shares(line((0, 0), (1, 1))).lead == -1
