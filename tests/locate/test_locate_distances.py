"""Distances to borders against geodesics and against shapely in a projection made for the point."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.locate.index.boxes import curve_order
from geo.locate.index.distances import Distances
from geo.locate.index.edges import shared_edges
from geo.locate.index.ground import edge_chord, edge_metres, frame, in_space, lambert

GEOD = pyproj.Geod(ellps="WGS84")


def net(rng, count, *, lon=121.0, lat=31.0, side=0.05):
    """Voronoi polygons, in the order of their ranks."""
    seeds = np.array([lon, lat]) + side * rng.random((count, 2))
    frame = shapely.box(lon, lat, lon + side, lat + side)
    return shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(seeds), extend_to=frame, ordered=True))


def lines_of(edges, order=None):
    """Edges as a tree has them: ends, and both owners in the bytes of the fifth column."""
    order = curve_order(edges.xy) if order is None else order
    lines = np.empty((len(order), 5))
    lines[:, :4] = edges.xy[order]
    lines.view(np.int32)[:, 8:] = np.column_stack((edges.left[order], edges.right[order]))
    return lines


def distances(polygons):
    return Distances([lines_of(shared_edges(np.asarray(polygons)))], len(polygons))


def geodesic(lon, lat, a, b):
    """Metres to an edge, walked on the ellipsoid, then again in smaller steps around the nearest place."""
    low, high = 0.0, 1.0
    for _ in range(3):
        t = np.linspace(low, high, 100)
        x, y = a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])
        metres = GEOD.inv(np.full(100, lon), np.full(100, lat), x, y)[2]
        k = int(metres.argmin())
        low, high = t[max(k - 1, 0)], t[min(k + 1, 99)]
    return float(metres.min())


def projected(lon, lat, shapes):
    """Metres to shapes by shapely, on an azimuthal plane around the point, where distances from it are true."""
    plane = pyproj.Transformer.from_crs(
        "EPSG:4326", f"+proj=aeqd +lon_0={lon} +lat_0={lat} +ellps=WGS84 +units=m", always_xy=True
    )
    fine = shapely.segmentize(shapes, 1e-4)
    return shapely.distance(
        shapely.Point(0, 0), shapely.transform(fine, lambda xy: np.column_stack(plane.transform(xy[:, 0], xy[:, 1])))
    )


@settings(max_examples=60, deadline=None)
@given(
    lat=st.floats(-75, 75),
    bearing=st.floats(0, 360),
    away=st.floats(1, 10_000),
    turn=st.floats(0, 360),
    length=st.floats(1, 3_000),
)
def test_an_edge_nearby_is_as_far_as_the_geodesic_says(lat, bearing, away, turn, length):
    a = GEOD.fwd(120.0, lat, bearing, away)[:2]
    b = GEOD.fwd(*a, turn, length)[:2]
    got = edge_metres(120.0, lat, np.array([*a, *b]), frame(lat))
    expected = geodesic(120.0, lat, a, b)
    error = (expected / 6.371e6) ** 2 * (1 + np.tan(np.radians(lat)) ** 2) * expected
    # Beyond the reach of the series Lambert's formula takes over.
    assert abs(got - expected) <= max(error, 1e-4, 0.2 * (got > frame(lat)[4]))


@settings(max_examples=40, deadline=None)
@given(
    lat=st.floats(-80, 80),
    bearing=st.floats(0, 360),
    away=st.floats(10_000, 5e6),
    turn=st.floats(0, 360),
    length=st.floats(1, 200_000),
)
def test_an_edge_far_away_is_as_far_as_the_geodesic_says(lat, bearing, away, turn, length):
    a = GEOD.fwd(10.0, lat, bearing, away)[:2]
    b = GEOD.fwd(*a, turn, length)[:2]
    if abs(a[0] - b[0]) > 180 or max(abs(a[1]), abs(b[1])) > 85:
        return  # over the meridian of 180° or the pole an edge that is straight in degrees is another line
    got = edge_metres(10.0, lat, np.array([*a, *b]), frame(lat))
    expected = geodesic(10.0, lat, a, b)
    # Chords choose the foot: to a hundred-thousandth within 1,000 km, to a thousandth within 5,000 km.
    assert got == pytest.approx(expected, rel=1e-5 if expected < 1e6 else 1e-3, abs=0.2)


def test_lambert_is_within_twenty_metres_but_on_the_other_side_of_the_earth():
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(-180, 180, 4000), rng.uniform(-90, 90, 4000)
    expected = GEOD.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])[2]
    got = np.array([lambert(lon[k], lat[k], lon[k + 1], lat[k + 1]) for k in range(len(expected))])
    near = expected < 5e6
    assert near.sum() > 500
    assert np.abs(got - expected)[near].max() < 20
    assert (np.abs(got - expected) / expected).max() < 0.01


@pytest.mark.parametrize("lat", [0.0, 31.0, -52.0, 70.0])
def test_the_nearest_border_of_all_is_found(lat):
    rng = np.random.default_rng(int(lat) + 100)
    polygons = net(rng, 120, lat=lat)
    found = distances(polygons)
    xy = np.array([121.0, lat]) + rng.uniform(-0.02, 0.07, (400, 2))
    metres = found.metres(xy[:, 0], xy[:, 1])
    borders = shapely.boundary(polygons)
    expected = [projected(x, y, borders).min() for x, y in xy[:14]]
    np.testing.assert_allclose(metres[:14], expected, atol=2e-3)
    # However many are asked and in whatever order, and one by one.
    np.testing.assert_array_equal(found.metres(xy[:9, 0], xy[:9, 1]), metres[:9])
    np.testing.assert_array_equal(found.metres(xy[::-1, 0], xy[::-1, 1]), metres[::-1])
    assert [found.metres_one(x, y) for x, y in xy.tolist()] == metres.tolist()


def test_the_nearest_border_of_many_is_the_least_of_each():
    """Brute force over all edges with the same measure: nothing is missed by the boxes, near or far."""
    rng = np.random.default_rng(8)
    edges = shared_edges(net(rng, 300, side=0.3))
    found = Distances([lines_of(edges)], 300)
    spread = np.repeat([0.1, 1.0, 20.0, 60.0], 12)[:, None]
    xy = np.clip(np.array([121.1, 31.1]) + spread * rng.uniform(-1, 1, (48, 2)), -179, 89)
    brute = [min(edge_metres(x, y, edge, frame(y)) for edge in edges.xy) for x, y in xy]
    np.testing.assert_allclose(found.metres(xy[:, 0], xy[:, 1]), brute, rtol=1e-5, atol=1e-9)
    rank, metres = found.nearest(xy[:, 0], xy[:, 1])
    np.testing.assert_allclose(metres, brute, rtol=1e-5, atol=1e-9)
    own = found.to_each(xy[:, 0], xy[:, 1], rank)
    np.testing.assert_allclose(own, metres, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("lat", [31.0, -84.0])
def test_neighbours_that_are_asked_together_get_what_each_gets_alone(lat):
    """Heaps as dense as a street and as sparse as a district, points twice, in no order: the same bits."""
    rng = np.random.default_rng(12)
    found = distances(net(rng, 200, lat=lat))
    heap = np.array([121.0, lat]) + 0.05 * rng.random((12, 2))
    xy = heap[rng.integers(12, size=900)] + rng.normal(0, np.repeat([3e-5, 4e-4, 3e-3], 300)[:, None], (900, 2))
    xy = np.vstack((xy, xy[:50], [[121.0, lat], [124.0, lat]]))[rng.permutation(952)]
    for places in (xy, np.round(xy, 3)):
        metres = found.metres(places[:, 0], places[:, 1])
        assert [found.metres_one(x, y) for x, y in places.tolist()] == metres.tolist()


@pytest.mark.parametrize(("lon", "lat", "side"), [(121.0, 31.0, 0.05), (-180.0, 50.0, 0.1), (-180.0, -90.0, 180.0)])
def test_together_they_begin_on_a_corner_and_end_beyond_the_reach_of_the_series(lon, lat, side):
    rng = np.random.default_rng(13)
    edges = shared_edges(net(rng, 60, lon=lon, lat=lat, side=side))
    found = Distances([lines_of(edges)], 60)
    corners = edges.xy[rng.integers(len(edges), size=40), :2]
    around = np.array([lon, lat]) + side * rng.uniform(-3, 4, (500, 2))
    xy = np.clip(np.vstack((np.repeat(corners, 3, axis=0), around)), [-180, -90], [180, 90])
    alone = [found.metres_one(x, y) for x, y in xy.tolist()]
    assert found.metres(xy[:, 0], xy[:, 1]).tolist() == alone
    assert found.metres(xy[:8, 0], xy[:8, 1]).tolist() == alone[:8]  # too few to be put in order


@pytest.mark.parametrize(
    ("lon", "lat", "side"), [(121, 31, 0.3), (-0.02, -0.03, 0.05), (179.9, 10, 0.1), (0, 75, 4.9), (-20, -20, 40)]
)
def test_far_away_no_border_is_nearer_than_the_one_found(lon, lat, side):
    """Every edge by the measure itself, without boxes: to the last bit, all around the earth."""
    rng = np.random.default_rng(14)
    edges = shared_edges(net(rng, 40, lon=lon, lat=lat, side=side))
    found = Distances([lines_of(edges)], 40)
    away = side * np.repeat([1.0, 5.0, 60.0, 900.0], 8)[:, None] * rng.uniform(-1, 1, (32, 2))
    xy = np.vstack((np.array([lon, lat]) + away, [[lon - 180 if lon > 0 else lon + 180, -lat], [0, 90], [0, -90]]))
    xy = np.clip(xy, [-180, -90], [180, 90])
    for x, y in xy.tolist():
        place = in_space(x, y)
        chord = [edge_chord(*place, *edge)[0] for edge in edges.xy.tolist()]
        far = [edge_metres(x, y, edges.xy[k], frame(y)) for k in np.flatnonzero(np.array(chord) == min(chord))]
        got = found.metres_one(x, y)
        # Nearer, the series decides.
        assert got in far or got < 1.1 * frame(y)[4]


def test_the_border_of_a_grid_of_ones_choice():
    rng = np.random.default_rng(4)
    polygons = net(rng, 60)
    found = distances(polygons)
    xy = np.array([121.0, 31.0]) + rng.uniform(-0.02, 0.07, (30, 2))
    rank = rng.integers(-1, 60, 30).astype(np.int32)
    inside = shapely.STRtree(polygons).query(shapely.points(xy), predicate="within")
    rank[inside[0][::2]] = inside[1][::2]  # half of the points in their own grid
    got = found.to_each(xy[:, 0], xy[:, 1], rank)
    borders = shapely.boundary(polygons)
    for (x, y), k, metres in zip(xy, rank, got, strict=True):
        assert metres == (np.inf if k < 0 else pytest.approx(float(projected(x, y, borders[k])), abs=2e-3))


@pytest.mark.parametrize("metres", [0.0, 40.0, 900.0, 15_000.0])
def test_every_grid_with_a_border_within_a_radius(metres):
    rng = np.random.default_rng(5)
    polygons = net(rng, 40)
    found = distances(polygons)
    xy = np.array([121.0, 31.0]) + rng.uniform(-0.03, 0.08, (12, 2))
    point, rank, far = found.within(xy[:, 0], xy[:, 1], metres)
    borders = shapely.boundary(polygons)
    for k, (x, y) in enumerate(xy):
        expected = projected(x, y, borders)
        got = dict(zip(rank[point == k].tolist(), far[point == k].tolist(), strict=True))
        assert len(got) == (point == k).sum()
        sure = np.flatnonzero(expected < metres - 0.2)
        assert set(sure.tolist()) <= set(got) <= set(np.flatnonzero(expected < metres + 0.2).tolist())
        np.testing.assert_allclose([got[i] for i in sure], expected[sure], atol=0.1)


def test_of_grids_that_are_equally_near_the_lowest_rank():
    boxes = [shapely.box(121 + k / 100, 31, 121 + (k + 1) / 100, 31.01) for k in range(3)]
    for order in ([0, 1, 2], [2, 1, 0], [1, 0, 2]):
        found = distances([boxes[k] for k in order])
        # Straight above the corner between the first and the second, near and far.
        x, y = np.array([121.01, 121.01]), np.array([31.02, 33.0])
        assert found.nearest(x, y)[0].tolist() == [min(order.index(0), order.index(1))] * 2


def test_a_thousand_kilometres_away_the_nearest_grid_is_the_right_one():
    rng = np.random.default_rng(6)
    polygons = net(rng, 200, side=0.5)
    found = distances(polygons)
    for bearing in range(0, 360, 30):
        lon, lat, _ = GEOD.fwd(121.25, 31.25, bearing, 1e6)
        rank, metres = found.nearest(np.array([lon]), np.array([lat]))
        corners, grid = shapely.get_coordinates(shapely.segmentize(polygons, 1e-3), return_index=True)
        to = GEOD.inv(np.full(len(corners), lon), np.full(len(corners), lat), *corners.T)[2]
        assert metres[0] == pytest.approx(to.min(), abs=20)
        assert to[grid == rank[0]].min() == pytest.approx(to.min(), abs=20)


def test_what_is_kept_gives_the_same_answers_without_building():
    rng = np.random.default_rng(7)
    edges = shared_edges(net(rng, 80))
    built = Distances([lines_of(edges)], 80)
    kept = {name: array.copy() for name, array in built.arrays().items()}
    for array in kept.values():
        array.setflags(write=False)  # as in a mapped file
    again = Distances([lines_of(edges)], 80, kept)
    x, y = 121 + 0.05 * rng.random(50), 31 + 0.05 * rng.random(50)
    np.testing.assert_array_equal(again.metres(x, y), built.metres(x, y))
    assert sum(array.nbytes for array in kept.values()) < 8 * len(edges) + 1000


def test_the_order_of_edges_does_not_matter():
    rng = np.random.default_rng(9)
    edges = shared_edges(net(rng, 100))
    mixed = lines_of(edges, rng.permutation(len(edges)))
    x, y = 121 + 0.05 * rng.random(60), 31 + 0.05 * rng.random(60)
    for a, b in zip(
        Distances([lines_of(edges)], 100).nearest(x, y), Distances([mixed], 100).nearest(x, y), strict=True
    ):
        np.testing.assert_array_equal(a, b)


def test_without_grids_there_is_no_border():
    none = Distances([np.empty((0, 5))], 0)
    x = np.array([1.0, 2.0])
    assert np.isinf(none.metres(x, x)).all()
    assert np.isinf(none.metres_one(1.0, 1.0))
    assert none.nearest(x, x)[0].tolist() == [-1, -1]
    assert [len(part) for part in none.within(x, x, 10.0)] == [0, 0, 0]
    assert np.isinf(none.to_each(x, x, np.array([-1, -1], dtype=np.int32))).all()


@pytest.mark.parametrize("lat", [-90.0, 90.0, 89.99])
def test_at_the_poles_the_answer_is_a_distance(lat):
    found = distances([shapely.box(10, 60, 11, 61)])
    corner = GEOD.inv(0.0, lat, 10.5, 61 if lat > 0 else 60)[2]
    assert found.metres_one(0.0, lat) == pytest.approx(corner, rel=1e-3)


def test_a_grid_with_very_many_edges():
    turn = np.linspace(0, 2 * np.pi, 3001)[:-1]
    rough = 0.02 * (1 + 0.1 * np.sin(37 * turn))
    star = shapely.Polygon(np.column_stack((121 + rough * np.cos(turn), 31 + rough * np.sin(turn))))
    frame = shapely.box(120.9, 30.9, 121.1, 31.1)
    found = distances([frame - star, star])
    x, y = np.array([121.0, 121.012, 120.985, 121.05, 124.0]), np.array([31.0, 31.003, 31.013, 31.0, 31.0])
    for grid, border in ((0, shapely.boundary(frame - star)), (1, star.exterior)):
        got = found.to_each(x, y, np.full(5, grid, dtype=np.int32))
        expected = [float(projected(a, b, border)) for a, b in zip(x, y, strict=True)]
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=2e-3)


def test_layers_together_are_as_one():
    rng = np.random.default_rng(11)
    polygons = np.append(net(rng, 50), shapely.box(121.01, 31.01, 121.03, 31.02))
    net_edges, over_edges = shared_edges(polygons[:50]), shared_edges(polygons[50:])
    over_lines = lines_of(over_edges)
    owners = over_lines.view(np.int32)
    owners[:, 8:] += np.where(owners[:, 8:] >= 0, 50, 0).astype(np.int32)
    two = Distances([over_lines, lines_of(net_edges)], 51)
    one = distances(polygons)
    x, y = 121 + rng.uniform(-0.02, 0.07, 80), 31 + rng.uniform(-0.02, 0.07, 80)
    rank = rng.integers(-1, 51, 80).astype(np.int32)
    np.testing.assert_array_equal(two.metres(x, y), one.metres(x, y))
    np.testing.assert_array_equal(two.nearest(x, y), one.nearest(x, y))
    np.testing.assert_array_equal(two.to_each(x, y, rank), one.to_each(x, y, rank))
    assert [two.metres_one(*place) for place in zip(x, y, strict=True)] == one.metres(x, y).tolist()
    got, expected = (sorted(zip(*found.within(x, y, 2000.0), strict=True)) for found in (two, one))
    assert got == expected
