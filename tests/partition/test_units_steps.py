"""The single steps against simple answers."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import Delaunay

from geo.errors import InvalidInput
from geo.partition.arcs import ring_segments
from geo.partition.units import UnitInputs, UnitSettings, build_units, faces, tessellate
from geo.partition.units.chains import chain_edges
from geo.partition.units.clean import clean_footprints
from geo.partition.units.label import longest_neighbour
from geo.partition.units.order import canonical_order
from geo.partition.units.verify import prove
from geo.partition.units.weights import count_once, scale_to_total, share_out
from tests.partition.test_units_build import city

SETTINGS = UnitSettings()


def boxes(*bounds: tuple[float, float, float, float]) -> np.ndarray:
    return np.array([shapely.box(*b) for b in bounds], dtype=object)


def test_much_overlap_welds_in_chains_and_little_trims_the_smaller() -> None:
    shapes = boxes(
        (0, 0, 10, 10),
        (8, 0, 18, 10),  # 20 % of the first
        (16, 0, 26, 10),  # 20 % of the second: a chain of three
        (25.5, 0, 55, 10),  # 5 m² of the chain: too little to weld
        (60, 0, 70, 10),
        (70, 0, 80, 10),  # wall to wall
    )
    got = clean_footprints(shapes, SETTINGS)
    assert got.of_building.tolist() == [0, 0, 0, 1, 2, 3]
    assert shapely.area(got.polygons).tolist() == pytest.approx([255, 295, 100, 100])
    assert got.trimmed.tolist() == [True, True, True, False, False, False]
    assert (got.overlaps, got.overlap_m2) == (3, pytest.approx(45))
    assert shapely.area(shapely.intersection(got.polygons[0], got.polygons[1])) == 0


def test_welding_goes_on_until_nothing_overlaps_enough() -> None:
    # Each half covers 8 % of the third box; their union covers 16 % of it.
    shapes = boxes((0, 0, 10, 10), (0, 8, 10, 20), (9.2, 0, 19.2, 10), (9.2, 8, 19.2, 20), (8.4, 5, 18.4, 15))
    got = clean_footprints(shapes, SETTINGS)
    i, j = shapely.STRtree(got.polygons).query(got.polygons, predicate="overlaps")
    assert not len(i[i != j])
    assert len(set(got.of_building.tolist())) == len(got.polygons)


@given(st.lists(st.tuples(*[st.integers(0, 40)] * 2, *[st.integers(3, 15)] * 2), min_size=1, max_size=15))
def test_clean_footprints_never_share_ground(rows: list[tuple[int, int, int, int]]) -> None:
    shapes = boxes(*[(x, y, x + w, y + h) for x, y, w, h in rows])
    shapes = shapes[canonical_order(shapes)]
    got = clean_footprints(shapes, SETTINGS)
    assert shapely.union_all(got.polygons).symmetric_difference(shapely.union_all(shapes)).area < 1 * len(rows)
    assert shapely.area(got.polygons).sum() == pytest.approx(shapely.union_all(got.polygons).area)
    for k, footprint in enumerate(got.of_building):
        if footprint >= 0:
            assert shapely.intersection(shapes[k], got.polygons[footprint]).area > 0


def test_duplicates_count_once_and_parts_add_up() -> None:
    houses = boxes((10, 10, 20, 20), (10, 10, 20, 20), (30, 10, 40, 20), (35, 10, 45, 20))
    given = UnitInputs(shapely.box(0, 0, 60, 40), houses, np.array([]), weight=np.array([5, 7, 11, 13]))
    result = build_units(given)
    report = result.report
    assert report.welded == (("1", "2"), ("3", "4"))
    assert report.duplicates == (("1", "2"),)
    assert report.duplicate_weight == 5
    assert sorted(result.weight) == [7, 24]
    assert report.weight_in - report.duplicate_weight == report.weight_units == 31
    assert "units_note_duplicates_once" in dict(report.notes())
    summed = build_units(replace(given, duplicates="sum"))
    assert sorted(summed.weight) == [12, 24]
    assert "units_note_duplicates" in dict(summed.report.notes())


def test_chains_use_every_edge_once_and_end_at_junctions() -> None:
    rng = np.random.default_rng(2)
    mesh = Delaunay(rng.random((400, 2)))
    label = rng.integers(0, 4, 400)
    t, k = np.nonzero(mesh.neighbors > np.arange(len(mesh.simplices))[:, None])
    other = mesh.neighbors[t, k]
    ends = np.stack([mesh.simplices[t, (k + 1) % 3], mesh.simplices[t, (k + 2) % 3]])
    wanted = label[ends[0]] != label[ends[1]]
    one, two = t[wanted], other[wanted]
    node, chain = chain_edges(one, two, len(mesh.simplices))
    same = chain[1:] == chain[:-1]
    made = np.sort(np.stack([node[:-1][same], node[1:][same]]), axis=0)
    assert sorted(map(tuple, made.T.tolist())) == sorted(map(tuple, np.sort(np.stack([one, two]), axis=0).T.tolist()))
    degree = np.bincount(np.concatenate([one, two]), minlength=len(mesh.simplices))
    for number in range(chain.max() + 1):
        nodes = node[chain == number]
        assert (degree[nodes[1:-1]] == 2).all()
        assert nodes[0] == nodes[-1] or (degree[nodes[[0, -1]]] != 2).all()


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(1, 9)), min_size=1, max_size=40))
def test_longest_neighbour_by_counting(rows: list[tuple[int, int, int]]) -> None:
    row, neighbour, length = (np.array(column) for column in zip(*rows, strict=True))
    got_row, got = longest_neighbour(row, neighbour, length.astype(float))
    for r in set(row.tolist()):
        total = {n: sum(x for a, b, x in rows if (a, b) == (r, n)) for n in sorted({b for a, b, _ in rows if a == r})}
        best = min(total, key=lambda n: (-total[n], n))
        assert got[got_row.tolist().index(r)] == best


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.integers(0, 10**7))
def test_scaled_weights_are_whole_and_exact(values: list[float], total: int) -> None:
    weight = np.array(values)
    if weight.sum() < 1e-3:
        weight = weight + 1.0
    got = scale_to_total(weight, total)
    assert got.sum() == total
    assert (got == np.round(got)).all()
    assert (np.abs(got - weight * (total / weight.sum())) < 1 + 1e-6).all()


def test_a_total_needs_weights() -> None:
    with pytest.raises(InvalidInput, match="weigh 0"):
        scale_to_total(np.zeros(3), 5)
    with pytest.raises(InvalidInput, match="whole number"):
        scale_to_total(np.ones(3), -1)
    assert scale_to_total(np.zeros(3), 0).tolist() == [0, 0, 0]


@given(
    st.lists(st.tuples(st.floats(0.01, 1e4), st.integers(-1, 2)), min_size=3, max_size=40),
    st.lists(st.integers(0, 10**5), min_size=3, max_size=3),
    st.randoms(use_true_random=False),
)
def test_shared_out_totals_are_exact_in_each_area(
    rows: list[tuple[float, int]], totals: list[int], random: Random
) -> None:
    weight, area = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
    known = np.array([t if (area == k).any() else 0 for k, t in enumerate(totals)])
    names = np.array(["a", "b", "c"], dtype=object)
    order = np.lexsort((area, weight))
    got = share_out(weight, area, known, names, order)
    assert [got[area == k].sum() for k in range(3)] == known.tolist()
    assert (got[area < 0] == 0).all()
    assert (got == np.round(got)).all()
    mix = np.array(random.sample(range(len(rows)), len(rows)))
    back = np.argsort(mix)
    again = share_out(weight[mix], area[mix], known, names, back[order])
    assert (again == got[mix]).all()


def test_an_area_without_weight_is_named() -> None:
    with pytest.raises(InvalidInput, match="area west"):
        share_out(np.zeros(2), np.array([0, 0]), np.array([5]), np.array(["west"], dtype=object), np.arange(2))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-1, 3)), max_size=30))
def test_duplicates_count_at_their_largest(rows: list[tuple[int, int]]) -> None:
    weight, group = np.array([float(r[0]) for r in rows]), np.array([r[1] for r in rows], dtype=np.int32)
    got = count_once(weight, group)
    assert (got[group < 0] == weight[group < 0]).all()
    for number in {*group[group >= 0].tolist()}:
        members = np.sort(got[group == number])
        assert members[-1] == weight[group == number].max()
        assert (members[:-1] == 0).all()


def test_the_proof_finds_each_fault() -> None:
    area = shapely.box(0, 0, 20, 10)
    good = boxes((0, 0, 10, 10), (10, 0, 20, 10))
    points = np.array([shapely.Point(5, 5), shapely.Point(15, 5)])

    def faults(polygons: np.ndarray, boundary: shapely.Geometry = area, unit: tuple[int, ...] = (0, 1)) -> set[str]:
        return set(prove(polygons, ring_segments(polygons), boundary, points, np.array(unit), 0.0).faults)

    assert faults(good) == set()
    assert faults(boxes((0, 0, 10, 10), (10.001, 0, 20, 10))) == {"area", "outline"}  # a gap
    assert {"coverage", "area"} <= faults(boxes((0, 0, 10.001, 10), (10, 0, 20, 10)))  # an overlap
    assert {"segment_once_or_twice", "building_in_one_unit"} <= faults(np.append(good, good[:1]))
    assert faults(good, unit=(1, 0)) == {"building_in_one_unit"}
    assert {"area", "outline"} <= faults(good, boundary=shapely.box(0, 0, 20, 10.01))
    split = np.array([shapely.MultiPolygon([shapely.box(0, 0, 2, 10), shapely.box(4, 0, 10, 10)]), good[1]])
    assert "single_part" in faults(split)


@pytest.mark.parametrize("seed", [2, 6])  # cities that need no second noding
def test_noding_in_batches_is_noding_at_once(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """The frame goes from batch to batch: what comes out is noded, and the same ground as by one overlay."""
    inputs = city(seed, angle=21)
    settings = UnitSettings(batch_points=1)  # a batch for each enclosure
    whole = build_units(inputs)
    seen: list[int] = []
    real = faces.node_in_batches

    def counted(frame: np.ndarray, batches: list[np.ndarray]) -> np.ndarray:
        seen.append(len(batches))
        net = real(frame, batches)
        crossing, _ = shapely.STRtree(net).query(net, predicate="crosses")
        assert not len(crossing)
        assert not len(batches)
        return net

    monkeypatch.setattr(faces, "node_in_batches", counted)
    monkeypatch.setattr(faces, "_BATCH_VERTICES", 1)
    parts = build_units(replace(inputs, settings=settings))
    assert seen[0] >= 3
    assert parts.report.grid_m == 0
    assert parts.ids.tolist() == whole.ids.tolist()
    assert shapely.area(parts.polygons) == pytest.approx(shapely.area(whole.polygons))
    assert shapely.area(shapely.symmetric_difference(parts.polygons, whole.polygons)).max() < 1e-6


def test_the_number_of_processors_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = replace(city(5, angle=8), settings=UnitSettings(batch_points=1))
    made = []
    for count in (1, 4):
        monkeypatch.setattr(tessellate, "cpus", lambda count=count: count)
        made.append(build_units(inputs))
    assert (shapely.to_wkb(made[0].polygons) == shapely.to_wkb(made[1].polygons)).all()
    assert made[0].report == made[1].report
