"""The index on nets that are hard or wrong, against rational arithmetic; kept in a file, and shared by threads."""

from __future__ import annotations

import json
import math
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import InvalidBoundary, InvalidInput, NotFound
from geo.locate import GridIndex
from geo.locate.index import shared_edges
from geo.locate.index.covers import contested_leaves
from geo.locate.index.tree import build_tree


def rings_of(polygon):
    return [
        [(Fraction(x), Fraction(y)) for x, y in ring.coords]
        for part in shapely.get_parts(polygon)
        for ring in (part.exterior, *part.interiors)
    ]


def covers(rings, x, y):
    """Whether a closed polygon covers a point: 0 no, 1 inside, 2 on its border; by crossings of a ray, in fractions."""
    odd = False
    for ring in rings:
        for (x1, y1), (x2, y2) in pairwise(ring):
            turn = (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)
            if turn == 0 and min(x1, x2) <= x <= max(x1, x2) and min(y1, y2) <= y <= max(y1, y2):
                return 2
            if (y1 <= y) != (y2 <= y) and (turn > 0) == (y2 > y1):
                odd = not odd
    return int(odd)


def depth_beside(shapes, x, y):
    """How many polygons cover a place beside the point at most: looked for between the directions of edges."""
    angles = {0.0}
    for rings in shapes:
        for ring in rings:
            for (x1, y1), (x2, y2) in pairwise(ring):
                if covers([[(x1, y1), (x2, y2)]], x, y) == 2:
                    angles |= {math.atan2(b - y, a - x) for a, b in ((x1, y1), (x2, y2)) if (a, b) != (x, y)}
    around = [*sorted(angles), min(angles) + 2 * math.pi]
    hair = Fraction(1, 10**40)
    deepest = 0
    for a, b in pairwise(around):
        px, py = x + hair * Fraction(math.cos((a + b) / 2)), y + hair * Fraction(math.sin((a + b) / 2))
        deepest = max(deepest, sum(covers(rings, px, py) == 1 for rings in shapes))
    return deepest


# Places to put a small drawing of whole numbers: rounding bends its lines a little, differently in each.
PLACES = [
    (0.0, 0.0, 1.0),
    (121.4, 31.2, 0.1),
    (0.1, -0.3, 1e-13),
    (-180.0, -90.0, 0.3),
    (179.9, 89.9, 1 / 120),
    (0.0, 0.0, 1e-30),
]
ROUND = shapely.Point(0.3, 0.2).buffer(0.004, quad_segs=30)
WHEEL = [
    shapely.Polygon([(0, 0), (math.cos(a), math.sin(a)), (math.cos(b), math.sin(b))])
    for a, b in pairwise(np.linspace(0, 2 * math.pi, 500))
]
corner = st.tuples(st.integers(0, 8), st.integers(0, 8))


@st.composite
def drawings(draw):
    """Polygons at random, whole or with a hole, one upon another."""
    x0, y0, scale = draw(st.sampled_from(PLACES))
    polygons = []
    for corners in draw(st.lists(st.lists(corner, min_size=3, max_size=5, unique=True), min_size=1, max_size=5)):
        ring = np.array(corners) * scale + (x0, y0)
        polygon = shapely.Polygon(ring)
        if not polygon.is_valid:
            polygon = polygon.convex_hull
        if polygon.geom_type != "Polygon" or not polygon.is_valid or not polygon.area:
            polygon = shapely.box(x0, y0, x0 + scale * corners[0][0] + scale, y0 + scale * corners[0][1] + scale)
        polygons.append(polygon)
    if draw(st.booleans()):
        outer = shapely.box(x0, y0, x0 + 8 * scale, y0 + 8 * scale)
        holed = shapely.Polygon(outer.exterior.coords, [np.array([(2, 2), (5, 2), (4, 6)]) * scale + (x0, y0)])
        polygons.append(holed)
    return polygons


def hard_points(polygons):
    """Corners, middles and quarters of edges, and places level with corners."""
    xy = shapely.get_coordinates(polygons)
    middles = (xy[1:] + xy[:-1]) / 2
    level = np.column_stack((np.repeat(xy[:6, 0], 3), np.tile(xy[-3:, 1], len(xy[:6]))))
    points = np.vstack((xy, middles, xy[1:] * 0.25 + xy[:-1] * 0.75, level))
    return points[(abs(points) <= (180, 90)).all(axis=1)]


@settings(max_examples=80, deadline=None)
@given(drawings(), st.randoms(use_true_random=False))
def test_any_net_answers_as_fractions_do(polygons, random):
    codes = [f"{k}" for k in range(len(polygons))]
    random.shuffle(codes)
    index = GridIndex.build(polygons, codes)
    shapes = [rings_of(polygon) for polygon in polygons]
    xy = hard_points(polygons)
    xy = xy[random.sample(range(len(xy)), min(len(xy), 24))]
    found = index.locate(lon=xy[:, 0], lat=xy[:, 1])
    contested = index.contested(lon=xy[:, 0], lat=xy[:, 1])
    point, grid, metres = index.neighbours_within(lon=xy[:, 0], lat=xy[:, 1], metres=0.0)
    for k, (x, y) in enumerate(xy.tolist()):
        over = {i for i, rings in enumerate(shapes) if covers(rings, Fraction(x), Fraction(y))}
        assert found[k] == min(over, key=lambda i: codes[i], default=-1)
        assert found[k] == index.locate_one(lon=x, lat=y)
        assert over == set(grid[(point == k) & (metres == 0)].tolist())
        assert contested[k] == (depth_beside(shapes, Fraction(x), Fraction(y)) > 1)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_neither_the_order_of_rows_nor_of_corners_matters(seed):
    rng = np.random.default_rng(seed)
    polygons, codes = split_net(rng)
    turned = []
    for polygon in polygons[::-1]:
        ring = shapely.get_coordinates(polygon)[:-1]
        ring = np.roll(ring, rng.integers(len(ring)), axis=0)[:: rng.choice([-1, 1])]
        turned.append(shapely.Polygon(np.repeat(ring, 2, axis=0)))
    xy = np.vstack((rng.uniform(-0.1, 1.1, (300, 2)), shapely.get_coordinates(polygons)))
    one, other = GridIndex.build(polygons, codes), GridIndex.build(turned, codes[::-1])
    named = np.array([*codes, ""])
    expected = named[one.locate(lon=xy[:, 0], lat=xy[:, 1])]
    assert other.codes == tuple(codes[::-1])
    assert (np.array([*other.codes, ""])[other.locate(lon=xy[:, 0], lat=xy[:, 1])] == expected).all()


def split_net(rng, cuts=40):
    """A unit square cut by chords: corners of neighbours do not meet (no nodes), and borders round as they like."""
    pieces = [np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])]
    for _ in range(cuts):
        ring = pieces.pop(rng.integers(len(pieces)))
        i, j = sorted(rng.choice(len(ring), 2, replace=False))
        t, u = rng.uniform(0.1, 0.9, 2)
        p = ring[i] + t * (ring[i + 1] - ring[i])
        q = ring[j] + u * (ring[(j + 1) % len(ring)] - ring[j])
        pieces += [np.vstack((p, ring[i + 1 : j + 1], q)), np.vstack((q, ring[j + 1 :], ring[: i + 1], p))]
    return [shapely.Polygon(ring) for ring in pieces], [f"{code:03d}" for code in rng.permutation(len(pieces))]


@pytest.mark.parametrize("seed", range(4))
def test_borders_without_common_corners_are_exact(seed):
    rng = np.random.default_rng(seed)
    polygons, codes = split_net(rng, 150)
    index = GridIndex.build(polygons, codes)
    xy = shapely.get_coordinates(polygons)
    xy = np.vstack((xy, (xy[1:] + xy[:-1]) / 2, rng.uniform(0, 1, (2000, 2))))
    shapes = np.array(polygons)[np.argsort(codes)]
    answer = np.full(len(xy), -1)
    for rank in range(len(shapes))[::-1]:
        answer[shapely.intersects_xy(shapes[rank], xy[:, 0], xy[:, 1])] = np.argsort(codes)[rank]
    np.testing.assert_array_equal(index.locate(lon=xy[:, 0], lat=xy[:, 1]), answer)


def test_each_shared_edge_stands_once():
    net = np.array([shapely.box(c, r, c + 1, r + 1) for r in range(3) for c in range(4)])
    edges = shared_edges(net)
    assert len(edges) == 3 * 5 + 4 * 4
    assert (edges.xy[:, 0] <= edges.xy[:, 2]).all()
    for (x1, y1, x2, y2), left, right in zip(edges.xy.tolist(), edges.left.tolist(), edges.right.tolist(), strict=True):
        # The left of an edge that runs east is the north; of one that runs north, the west.
        dx, dy = (y1 - y2) / 2, (x2 - x1) / 2
        for rank, sign in ((left, 1), (right, -1)):
            beside = shapely.Point((x1 + x2) / 2 + sign * dx, (y1 + y2) / 2 + sign * dy)
            assert [rank] == (np.flatnonzero(shapely.contains(net, beside)).tolist() or [-1])


def test_heaps_of_edges_and_stars():
    star = [
        shapely.Polygon([(0, 0), (math.cos(a), math.sin(a)), (math.cos(b), math.sin(b))])
        for a, b in pairwise(np.linspace(0, 6.2, 90))
    ]
    same = [shapely.box(2, 0, 3, 1)] * 60
    index = GridIndex.build([*star, *same], [f"{k:03d}" for k in range(149)][::-1])
    assert index.locate(lon=[0.0, 2.5, 2.0], lat=[0.0, 0.5, 1.0]).tolist() == [88, 148, 148]
    assert index.contested(lon=[0.0, 0.5, 2.5, 2.0, 1.5], lat=[0.0, 0.5, 0.5, 1.0, 0.5]).tolist() == [
        False, False, True, True, False,
    ]  # fmt: skip


def test_grids_over_the_net_win_and_contest_only_one_another():
    net = [shapely.box(0, 0, 2, 2), shapely.box(2, 0, 4, 2)]
    over = [shapely.box(1, 0, 3, 1), shapely.box(2.5, 0.5, 3.5, 1.5)]
    index = GridIndex.build([*net, *over], ["a", "b", "z", "y"], over={2, 3})
    lon, lat = [1.0, 2.0, 2.0, 2.75, 3.25, 0.5, 5.0], [1.0, 0.5, 1.5, 0.75, 1.5, 0.5, 0.5]
    assert index.locate(lon=lon, lat=lat).tolist() == [2, 2, 0, 3, 3, 0, -1]
    assert [index.locate_one(lon=x, lat=y) for x, y in zip(lon, lat, strict=True)] == [2, 2, 0, 3, 3, 0, -1]
    assert index.contested(lon=lon, lat=lat).tolist() == [False, False, False, True, False, False, False]
    assert index.neighbours_within(lon=[2.0], lat=[0.5], metres=0.0)[1].tolist() == [2, 0, 1]


def test_the_rim_of_the_world():
    halves = [shapely.box(-180, -90, 0, 90), shapely.box(0, -90, 180, 90)]
    index = GridIndex.build(halves, ["a", "b"])
    assert index.locate(lon=[-180, 180, 0, 180, -1e-300], lat=[-90, 90, 90, -90, 0]).tolist() == [0, 1, 0, 1, 0]
    assert index.bounds == (-180, -90, 180, 90)


def test_metres_are_refused():
    with pytest.raises(InvalidBoundary, match=r"Grid 2 \(b\) lies at \(500000.0"):
        GridIndex.build([shapely.box(0, 0, 1, 1), shapely.box(5e5, 3e6, 6e5, 4e6)], ["a", "b"])


def test_a_polygon_of_which_mending_leaves_nothing_is_refused_by_its_name():
    flat = shapely.Polygon([(0, 0), (1, 1), (2, 2), (0, 0)])
    dot = shapely.Polygon([(3, 3)] * 5)
    for bad in (flat, shapely.MultiPolygon([dot, flat]), shapely.box(0, 0, 1e-150, 1e-150)):
        with pytest.raises(InvalidBoundary, match="bad"):
            GridIndex.build([shapely.box(5, 5, 6, 6), bad], ["good", "bad"], mend=True)


def test_a_part_without_width_is_mended_away_wherever_it_stands():
    """GEOS gives up where it is the first."""
    dot, box = shapely.Polygon([(3, 3)] * 5), shapely.box(0, 0, 1, 1)
    for parts in ([dot, box], [box, dot], [dot, box, dot, shapely.box(3, 3, 4, 3)]):
        index = GridIndex.build([shapely.MultiPolygon(parts)], ["a"], mend=True)
        assert index.mended == ("a",)
        assert index.locate(lon=[0.5, 1.0, 3.0], lat=[0.5, 0.5, 3.0]).tolist() == [0, 0, -1]


@pytest.mark.parametrize("tiny", [5e-324, 1e-310, 1e-200, 1e-101])
def test_what_is_as_good_as_zero_is_zero(tiny):
    """Products of such numbers are beyond floats: a net of them took the interpreter down, and sides came out wrong."""
    box = shapely.box(-1.0, -1.0, tiny, 1.0)
    slanted = shapely.Polygon([(tiny, -1), (2, -1), (2, 1), (-tiny, 1)])
    index = GridIndex.build([box, slanted], ["b", "a"])
    lon, lat = np.array([0.0, tiny, -tiny, 1.5, -0.5]), np.array([0.0, -tiny, tiny, tiny, -tiny])
    assert index.locate(lon=lon, lat=lat).tolist() == [1, 1, 1, 1, 0]
    assert [index.locate_one(lon=x, lat=y) for x, y in zip(lon.tolist(), lat.tolist(), strict=True)] == [1, 1, 1, 1, 0]
    with pytest.raises(InvalidBoundary, match="speck"):
        GridIndex.build([shapely.Polygon([(0, 0), (9 * tiny, 0), (0, 9 * tiny)])], ["speck"], mend=tiny < 1e-300)


def test_a_polygon_that_crosses_itself_is_mended_when_asked():
    bow = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    index = GridIndex.build([bow, shapely.box(5, 5, 6, 6)], ["bow", "box"], mend=True)
    assert index.mended == ("bow",)
    assert index.locate(lon=[0.5, 1.5, 1.0, 1.0], lat=[1.0, 1.0, 0.5, 1.0]).tolist() == [0, 0, -1, 0]


@pytest.fixture(scope="module")
def net():
    polygons, codes = split_net(np.random.default_rng(8), 60)
    return GridIndex.build([*polygons, shapely.box(0.4, 0.4, 0.6, 0.6)], [*codes, "网格"], over={len(codes)})


@pytest.fixture
def saved(net, tmp_path):
    net.save(tmp_path / "net.index")
    return tmp_path / "net.index"


@pytest.mark.parametrize("verify", [True, False])
def test_a_saved_index_answers_the_same_to_the_last_bit(net, saved, verify):
    opened = GridIndex.open(saved, verify=verify)
    xy = np.random.default_rng(1).uniform(-0.2, 1.2, (500, 2))
    place = {"lon": xy[:, 0], "lat": xy[:, 1]}
    assert (opened.codes, opened.bounds, len(opened)) == (net.codes, net.bounds, len(net))
    for ask in ("locate", "border_m", "contested"):
        assert getattr(opened, ask)(**place).tobytes() == getattr(net, ask)(**place).tobytes()
    for ours, theirs in zip(opened.nearest(**place), net.nearest(**place), strict=True):
        assert ours.tobytes() == theirs.tobytes()
    assert not list(saved.parent.glob(".*"))


def test_the_same_net_gives_the_same_file(net, saved):
    before = saved.read_bytes()
    GridIndex.open(saved).save(saved)
    assert saved.read_bytes() == before


def test_damage_is_noticed(saved):
    whole = saved.read_bytes()
    for place in (17, 60, len(whole) // 2, len(whole) - 100):
        saved.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(InvalidInput) as caught:
            GridIndex.open(saved)
        assert caught.value.code == "index_damaged"
    for length in (0, 5, 50, len(whole) - 64):
        saved.write_bytes(whole[:length])
        with pytest.raises(InvalidInput) as caught:
            GridIndex.open(saved, verify=False)
        assert caught.value.code in ("index_not_one", "index_damaged")


def test_other_files_and_versions_are_refused(saved, tmp_path, monkeypatch):
    (tmp_path / "other").write_text(json.dumps({"a": 1}) * 50)
    for path in (tmp_path / "other", tmp_path):
        with pytest.raises(InvalidInput, match="no index of grids"):
            GridIndex.open(path)
    with pytest.raises(NotFound, match="no index file"):
        GridIndex.open(tmp_path / "nothing")
    monkeypatch.setattr("geo.locate.index.sections.FORMAT", 99)
    with pytest.raises(InvalidInput, match="wants 99"):
        GridIndex.open(saved)


def test_threads_share_an_index(net):
    xy = np.random.default_rng(2).uniform(0, 1, (8, 20_000, 2))
    alone = [net.locate(lon=part[:, 0], lat=part[:, 1]) for part in xy]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda part: net.locate(lon=part[:, 0], lat=part[:, 1]), xy))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


def test_coordinates_of_any_kind_of_array(net):
    x, y = np.random.default_rng(3).uniform(0, 1, (2, 50))
    expected = net.locate(lon=x, lat=y)
    both = np.column_stack((x, y))
    for lon, lat in ((x.tolist(), y.tolist()), (both[:, 0], both[:, 1]), (x.astype(">f8"), y)):
        np.testing.assert_array_equal(net.locate(lon=lon, lat=lat), expected)


@pytest.mark.parametrize(
    ("polygons", "kilobytes"),
    [
        ([ROUND] * 10, 150),
        ([ROUND] * 60, 150),
        ([shapely.transform(ROUND, lambda xy, k=k: xy + k * 1e-13) for k in range(30)], 150),
        ([shapely.box(k * 5e-5, 0, (k + 1) * 5e-5, 8) for k in range(400)], 15),
        (WHEEL, 5),
    ],
    ids=["same", "more of the same", "nearly the same", "strips", "star"],
)
def test_what_cannot_be_parted_takes_little_memory(polygons, kilobytes):
    # Without a bound: gigabytes, or several times this.
    tree = build_tree(shared_edges(np.array(polygons, dtype=object)))
    assert tree.nodes.nbytes < kilobytes * 1000 * len(polygons)
    index = GridIndex.build(polygons, [f"{k:03d}" for k in range(len(polygons))])
    low, high = shapely.total_bounds(polygons).reshape(2, 2)
    xy = np.random.default_rng(4).uniform(low, high, (200, 2))
    xy = np.vstack((xy, shapely.get_coordinates(polygons)[::7][:100]))
    wanted = [min(np.flatnonzero(shapely.intersects_xy(polygons, x, y)).tolist(), default=-1) for x, y in xy.tolist()]
    assert index.locate(lon=xy[:, 0], lat=xy[:, 1]).tolist() == wanted


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 40))
def test_a_contested_corner_knows_its_grids(seed, count):
    # Points in several grids would walk to the rim of the net, a hundred squares away, were they not listed.
    rng = np.random.default_rng(seed)
    boxes = [shapely.box(x, y, x + w, y + h) for x, y, w, h in rng.uniform(0.1, 1, (count, 4))]
    boxes.append(shapely.box(0, 0, 2, 2))
    tree = build_tree(shared_edges(np.array(boxes, dtype=object)))
    nodes = tree.nodes
    leaves, _ = contested_leaves(tree.frame, nodes)
    assert len(leaves)
    listed = 0
    for leaf, column, row in leaves[rng.integers(len(leaves), size=300)]:
        known = nodes[leaf + 3 + nodes[leaf]]
        listed += int(known > 0)
        # The corner itself is on no edge here.
        corner = shapely.Point(column / tree.frame[4], row / tree.frame[4])
        wanted = np.flatnonzero(shapely.contains(boxes, corner)).tolist()
        assert nodes[leaf + 1] == len(wanted)
        assert known == 0 or nodes[known + 1 : known + 1 + nodes[known]].tolist() == wanted
    assert listed > 0
    # One in two at least where so few overlap.
    assert count > 8 or listed >= 150
