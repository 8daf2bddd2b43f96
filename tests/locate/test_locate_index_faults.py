"""A net's own faults: every pair that shares area, every gap, borders that nearly meet; nothing on a sound net."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.locate.index import net_faults
from tests.locate import nets

box = shapely.box
#     . . c c .        a, b and d stand round a gap, d reaches into b,
#     . d d d .        c meets d without common corners
#     a   d b b
#     a a b b b
RING = [
    shapely.Polygon([(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)]),
    shapely.Polygon([(2, 0), (5, 0), (5, 2), (2.5, 2), (2.5, 1), (2, 1)]),
    box(2.5, 3, 4.5, 4),
    shapely.Polygon([(1, 2), (2, 2), (2, 1.5), (3, 1.5), (3, 2), (4, 2), (4, 3), (1, 3)]),
]


def kinds(faults):
    return [(fault.kind, fault.codes) for fault in faults]


def test_each_kind_of_fault_is_named_with_its_size_and_place():
    faults = net_faults(list(shapely.transform(RING, lambda xy: xy / 100)), ["a", "b", "c", "d"])
    assert ("fault_overlap", ("b", "d")) in kinds(faults)
    assert ("fault_gap", ("a", "b", "d")) in kinds(faults)
    assert ("fault_unshared", ("c", "d")) in kinds(faults)
    for fault in faults:
        if fault.kind == "fault_overlap":
            # Half a hundredth of a degree each way, on the equator.
            assert fault.size == pytest.approx(556.6 * 552.87, rel=1e-3)
            assert 0.025 < fault.lon < 0.03 and 0.015 < fault.lat < 0.02  # noqa: PT018


def test_a_sound_net_has_none_and_neither_have_its_holes():
    ringed = shapely.Polygon(box(0, 0, 4, 4).exterior, [box(1, 1, 3, 3).exterior, box(3.2, 3.2, 3.6, 3.6).exterior])
    assert net_faults([ringed, box(1, 1, 3, 3), box(4, 0, 8, 4)], ["a", "b", "c"]) == ()
    assert net_faults([], []) == ()


def test_a_sliver_of_the_last_bit_is_found():
    hair = float(np.nextafter(1.0, 2.0))
    faults = net_faults([box(0, 0, hair, 1), box(1, 0, 2, 1)], ["a", "b"])
    assert kinds(faults) == [("fault_overlap", ("a", "b"))]
    assert 0 < faults[0].size < 1e-4


@pytest.mark.parametrize("seed", [39432009, 1, 2, 3])
def test_an_overlap_only_ulps_wide_has_a_place(seed):
    polygons = nets.laid(nets.overlapping(np.random.default_rng(seed)), "one ulp a step")
    codes = [f"{k:03d}" for k in range(len(polygons))]
    found = {fault.codes: fault for fault in net_faults(polygons, codes) if fault.kind == "fault_overlap"}
    for i, j in itertools.combinations(range(len(polygons)), 2):
        assert ((codes[i], codes[j]) in found) == shapely.relate_pattern(polygons[i], polygons[j], "T********")
    for (one, other), fault in found.items():
        assert fault.size >= 0
        place = shapely.Point(fault.lon, fault.lat)
        assert shapely.distance(place, [polygons[int(one)], polygons[int(other)]]).max() < 1e-13


def test_a_border_that_crosses_itself_is_named_and_looked_at():
    bow = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    faults = net_faults([bow, box(0, 0.9, 0.5, 1.1)], ["bow", "box"])
    assert kinds(faults) == [("fault_crosses_itself", ("bow",)), ("fault_overlap", ("bow", "box"))]
    assert (faults[0].lon, faults[0].lat) == (1, 1)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 6)] * 4), min_size=1, max_size=7), st.sampled_from([1.0, 0.1, 1e-5]))
def test_overlaps_are_those_of_every_pair(corners, scale):
    polygons = [box(x * scale, y * scale, (x + w + 1) * scale, (y + h + 1) * scale) for x, y, w, h in corners]
    codes = [f"{k}" for k in range(len(polygons))]
    expected = {
        (codes[i], codes[j])
        for i in range(len(polygons))
        for j in range(i)
        if shapely.relate_pattern(polygons[i], polygons[j], "T********")
    }
    found = [fault.codes for fault in net_faults(polygons, codes) if fault.kind == "fault_overlap"]
    assert {pair[::-1] for pair in found} == expected
    assert len(found) == len(expected)


def test_real_districts_are_as_their_pairs_say(shared_data):
    import pyogrio

    table = pyogrio.read_arrow(shared_data / "china" / "districts.gpkg")[1]
    polygons = shapely.from_wkb(table.column(table.column_names[-1]).to_numpy(zero_copy_only=False))
    a, b = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    share = shapely.relate_pattern(polygons[a], polygons[b], "T********") & (a < b)
    codes = [str(code) for code in table.column("adcode").to_pylist()]
    expected = {tuple(sorted((codes[i], codes[j]))) for i, j in zip(a[share], b[share], strict=True)}
    faults = net_faults(polygons, codes)
    assert {fault.codes for fault in faults if fault.kind == "fault_overlap"} == expected
    # The same with a district pushed to the east.
    moved = polygons.copy()
    moved[0] = shapely.transform(moved[0], lambda xy: xy + np.array([1e-5, 0]))
    told = {fault.kind for fault in net_faults(moved, codes) if codes[0] in fault.codes}
    assert "fault_overlap" in told
