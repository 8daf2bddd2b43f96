"""The grid index against brute force: the lowest code among the closed polygons that cover a point."""

from __future__ import annotations

import gc
import pickle

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import InvalidBoundary, InvalidCoordinate, InvalidInput
from geo.locate import GridIndex
from geo.locate.index import native

ORIGIN = np.array([121.4, 31.2])


def brute_force(polygons, codes, lon, lat):
    """Every polygon against every point, one polygon at a time; nothing shared with the index."""
    answer = np.full(len(lon), -1)
    for i in sorted(range(len(codes)), key=lambda i: codes[i], reverse=True):
        answer[shapely.intersects(polygons[i], shapely.points(lon, lat))] = i
    return answer


def voronoi(rng, n, size=0.1):
    """A seamless net of n cells, with codes in no order."""
    seeds = shapely.multipoints(ORIGIN + size * rng.random((n, 2)))
    frame = shapely.box(*ORIGIN, *(ORIGIN + size))
    cells = shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=frame))
    # Kept whole: cutting cells one by one would break the shared edges.
    return cells, [f"{code:04d}" for code in rng.permutation(len(cells))]


def squares(rows, columns, side=0.01):
    return [
        shapely.box(*(ORIGIN + side * np.array([c, r])), *(ORIGIN + side * np.array([c + 1, r + 1])))
        for r in range(rows)
        for c in range(columns)
    ]


def probes(polygons, rng, n=2000):
    """Uniform points, exact vertices, and midpoints of edges (which round off the edge, or do not)."""
    low, high = shapely.total_bounds(polygons).reshape(2, 2)
    vertices = shapely.get_coordinates(polygons)
    middles = (vertices[1:] + vertices[:-1]) / 2
    margin = 0.05 * (high - low)
    return np.vstack((rng.uniform(low - margin, high + margin, (n, 2)), vertices, middles))


@pytest.mark.parametrize("n", [3, 60, 400])
def test_locate_equals_brute_force_on_a_seamless_net(n):
    rng = np.random.default_rng(n)
    polygons, codes = voronoi(rng, n)
    index = GridIndex.build(polygons, codes)
    xy = probes(polygons, rng)
    found = index.locate(lon=xy[:, 0], lat=xy[:, 1])
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, brute_force(polygons, codes, xy[:, 0], xy[:, 1]))
    assert index.codes == tuple(codes)


def test_a_function_of_one_point_outlives_what_else_was_made_like_it():
    polygons, codes = squares(2, 2), ["1", "2", "3", "4"]
    first = GridIndex.build(polygons, codes)
    spot = {"lon": float(ORIGIN[0]) + 0.005, "lat": float(ORIGIN[1]) + 0.005}
    rank = first.locate_one(**spot)
    # As two threads do that make the first functions of a process at once: the later definition is the one kept.
    native._definition.cache_clear()
    second = GridIndex.build(polygons, codes)
    assert second.locate_one(**spot) == rank
    native._definition.cache_clear()
    gc.collect()
    assert [first.locate_one(**spot) for _ in range(1000)] == [rank] * 1000
    kept = [each for function in vars(first).values() for each in getattr(function, "__self__", None) or ()]
    assert any(isinstance(part, native._Definition) for each in kept if isinstance(each, tuple) for part in each)


def test_locate_one_equals_the_batch():
    rng = np.random.default_rng(5)
    polygons, codes = voronoi(rng, 80)
    index = GridIndex.build(polygons, codes)
    xy = probes(polygons, rng, n=500)
    singly = [index.locate_one(lon=float(x), lat=float(y)) for x, y in xy]
    assert singly == index.locate(lon=xy[:, 0], lat=xy[:, 1]).tolist()


def test_what_is_no_number_is_refused_singly_as_by_the_interpreter():
    index = GridIndex.build(squares(1, 1), ["a"])
    inside = {"lon": np.float32(121.4375), "lat": 31}
    assert index.locate_one(**inside) == index.locate(**inside)[0]
    for bad in ("121.4", None, [121.4]):
        with pytest.raises(TypeError, match="real number"):
            index.locate_one(lon=bad, lat=31.2)
        with pytest.raises(TypeError, match="real number"):
            index.border_one(lon=121.4, lat=bad)
    with pytest.raises(OverflowError):
        index.locate_one(lon=10**400, lat=31.2)
    for few in ((), (121.4,), (121.4, 31.2, 0.0)):
        with pytest.raises(TypeError):
            index._ask(*few)
    # −1.0 is what the interpreter answers with where it fails, and a coordinate.
    assert GridIndex.build([shapely.box(-2, -2, 0, 0)], ["a"]).locate_one(lon=-1.0, lat=-1.0) == 0


def test_a_function_for_single_points_keeps_what_it_reads():
    """Its arrays are read by address: nobody else may hold them."""
    ask = GridIndex.build(squares(2, 2), ["a", "b", "c", "d"])._ask
    corner = (float(ORIGIN[0]), float(ORIGIN[1]))
    filled = [np.full(1000, 7) for _ in range(1000)]
    assert ask(*corner) == 0
    assert len(filled) == 1000


def test_a_pickled_index_stands_on_its_own_arrays():
    """Addresses of the first index must not travel: its memory is gone when the copy is asked."""
    rng = np.random.default_rng(6)
    polygons, codes = voronoi(rng, 60)
    index = GridIndex.build(polygons, codes)
    xy = probes(polygons, rng, n=300)
    want = index.locate(lon=xy[:, 0], lat=xy[:, 1]).tolist()
    packed = pickle.dumps(index)
    addresses = {array.ctypes.data for array in index._arrays.values()}
    copy = pickle.loads(packed)
    assert not addresses & set(copy._ask.__self__[1].tolist())
    del index
    assert [copy.locate_one(lon=float(x), lat=float(y)) for x, y in xy] == want


def test_four_corners_go_to_the_lowest_code_whatever_the_order():
    corner = ORIGIN + 0.01
    for codes in (["a", "b", "c", "d"], ["d", "c", "b", "a"], ["10", "9", "8", "11"]):
        index = GridIndex.build(squares(2, 2), codes)
        assert index.codes[int(index.locate(lon=[corner[0]], lat=[corner[1]])[0])] == min(codes)


def test_hole_enclave_and_parts():
    outer = shapely.Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], holes=[[(1, 1), (3, 1), (3, 3), (1, 3)]])
    enclave = shapely.box(1, 1, 2, 3)  # fills half of the hole
    parts = shapely.multipolygons([shapely.box(6, 0, 7, 1), shapely.box(8, 0, 9, 1)])
    index = GridIndex.build([outer, enclave, parts], ["b", "a", "c"])
    lon = [0.5, 1.5, 2.5, 1.0, 3.0, 6.5, 7.5, 8.5]
    assert index.locate(lon=lon, lat=[0.5, 2, 2, 2, 2, 0.5, 0.5, 0.5]).tolist() == [0, 1, -1, 1, 0, 2, -1, 2]


@settings(max_examples=60, deadline=None)
@given(
    corners=st.lists(st.tuples(*[st.integers(0, 6)] * 4), min_size=1, max_size=6),
    shift=st.sampled_from([0.0, 0.1, 1e-7]),
)
def test_overlapping_covers_answer_the_lowest_code_too(corners, shift):
    polygons = np.array([shapely.box(x + shift, y, x + w + 1, y + h + 1) for x, y, w, h in corners])
    codes = [f"{(7 * i) % 10}-{i}" for i in range(len(polygons))]
    index = GridIndex.build(polygons, codes)
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(-1, 15, 0.5), np.arange(-1, 15, 0.5)))
    vertices = shapely.get_coordinates(polygons)
    x, y = np.append(x, vertices[:, 0]), np.append(y, vertices[:, 1])
    np.testing.assert_array_equal(index.locate(lon=x, lat=y), brute_force(polygons, codes, x, y))


def test_real_districts_equal_brute_force(shared_data):
    import pyogrio

    table = pyogrio.read_arrow(shared_data / "china" / "districts.gpkg")[1]
    polygons = shapely.from_wkb(table.column(table.column_names[-1]).to_numpy(zero_copy_only=False))
    polygons = polygons[shapely.is_valid(polygons)]
    codes = [f"{i:03d}" for i in range(len(polygons))]
    rng = np.random.default_rng(1)
    vertices = shapely.get_coordinates(polygons)
    xy = np.vstack((probes(polygons, rng, n=3000)[:3000], rng.choice(vertices, 2000)))
    index = GridIndex.build(polygons, codes)
    np.testing.assert_array_equal(
        index.locate(lon=xy[:, 0], lat=xy[:, 1]), brute_force(polygons, codes, xy[:, 0], xy[:, 1])
    )


def geodesic_to_border(lon, lat, border):
    """Metres to a border, densely walked on the ellipsoid."""
    fine = shapely.get_coordinates(shapely.segmentize(border, 2e-5))
    geod = pyproj.Geod(ellps="WGS84")
    return geod.inv(np.full(len(fine), lon), np.full(len(fine), lat), fine[:, 0], fine[:, 1])[2].min()


@pytest.mark.parametrize("latitude", [0.0, 31.2, 52.0])
def test_border_and_nearest_in_metres(latitude):
    origin = np.array([121.4, latitude])
    x, y = origin
    polygons = [shapely.box(x + i * 0.01, y, x + (i + 1) * 0.01, y + 0.01) for i in range(3)]
    index = GridIndex.build(polygons, ["a", "b", "c"])
    lon = origin[0] + np.array([0.0023, 0.0149, 0.015, 0.045])
    lat = origin[1] + np.array([0.0051, 0.0018, 0.0099, 0.012])
    every = shapely.union_all(shapely.boundary(polygons))
    expected = [geodesic_to_border(x, y, every) for x, y in zip(lon, lat, strict=True)]
    np.testing.assert_allclose(index.border_m(lon=lon, lat=lat), expected, rtol=5e-4, atol=0.05)

    nearest, metres = index.nearest(lon=lon, lat=lat)
    assert nearest.tolist() == [0, 1, 1, 2]
    assert metres[:3].tolist() == [0, 0, 0]
    np.testing.assert_allclose(metres[3], expected[3], rtol=5e-4)

    other = geodesic_to_border(lon[0], lat[0], shapely.boundary(polygons[2]))
    np.testing.assert_allclose(index.border_m(lon=lon[:2], lat=lat[:2], index=[2, -1]), [other, np.inf], rtol=5e-4)


def test_nearest_of_equals_is_the_lowest_code():
    for codes in (["a", "b"], ["b", "a"]):
        index = GridIndex.build(squares(1, 2), codes)
        # Straight above the shared border.
        nearest, _ = index.nearest(lon=[ORIGIN[0] + 0.01], lat=[ORIGIN[1] + 0.02])
        assert codes[int(nearest[0])] == "a"


def test_neighbours_within_lists_each_grid_once_nearest_first():
    index = GridIndex.build(squares(1, 4), ["d", "c", "b", "a"])
    point = {"lon": [ORIGIN[0] + 0.009, ORIGIN[0] + 1], "lat": [ORIGIN[1] + 0.005] * 2}
    row, grid, metres = index.neighbours_within(**point, metres=1200.0)
    assert row.tolist() == [0, 0, 0]
    assert grid.tolist() == [0, 1, 2]
    # 0.001 and 0.011 degrees of longitude at 31.2°.
    np.testing.assert_allclose(metres, [0, 95.3, 1048.5], rtol=1e-3)
    assert index.neighbours_within(**point, metres=0.0)[1].tolist() == [0]


def test_an_empty_net_answers_outside():
    index = GridIndex.build([], [])
    assert index.locate(lon=[1.0, 2.0], lat=[3.0, 4.0]).tolist() == [-1, -1]
    assert index.locate_one(lon=1.0, lat=2.0) == -1
    assert np.isinf(index.border_m(lon=[1.0], lat=[2.0])).all()
    assert index.nearest(lon=[1.0], lat=[2.0])[0].tolist() == [-1]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 181.0])
def test_a_bad_coordinate_is_named_by_its_row(bad):
    index = GridIndex.build(squares(1, 1), ["a"])
    with pytest.raises(InvalidCoordinate, match="Row 2"):
        index.locate(lon=[121.4, bad], lat=[31.2, 31.2])
    with pytest.raises(InvalidCoordinate, match="Row 1"):
        index.locate_one(lon=bad, lat=31.2)
    with pytest.raises(InvalidCoordinate):
        index.border_m(lon=[bad], lat=[31.2])


@pytest.mark.parametrize(
    ("polygon", "sentence"),
    [
        (None, "is None"),
        (shapely.Point(1, 2), "is Point"),
        (shapely.Polygon(), "is empty Polygon"),
        (shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), "Self-intersection"),
    ],
)
def test_a_bad_polygon_is_named(polygon, sentence):
    with pytest.raises(InvalidBoundary, match=f"Grid 2 .*{sentence}"):
        GridIndex.build([squares(1, 1)[0], polygon], ["a", "b"])


def test_codes_must_be_as_many_and_unique():
    with pytest.raises(InvalidInput, match="2 polygons and 1 codes"):
        GridIndex.build(squares(1, 2), ["a"])
    with pytest.raises(InvalidInput, match="x stands twice"):
        GridIndex.build(squares(1, 2), ["x", "x"])
    with pytest.raises(InvalidInput, match="differ in shape"):
        GridIndex.build(squares(1, 2), ["x", "y"]).locate(lon=[1.0], lat=[1.0, 2.0])
