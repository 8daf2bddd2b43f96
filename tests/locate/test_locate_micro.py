"""Micro-grids of points: the nearest household of the same grid, and never one across the border."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from geo.errors import InvalidCoordinate, InvalidInput
from geo.locate.micro import LIMIT_M, REASONS, MicroIndex, stairwell_key

LON, LAT = 121.47, 31.23
STEP = 1e-4  # about ten metres
GEOD = Geod(ellps="WGS84")


def index_of(rows: Sequence[tuple[Any, ...]]) -> MicroIndex:
    """Rows of (east, north in steps, grid, micro) and any of (building, stairwell, floor)."""
    full = [(*row, *("", "", np.nan)[len(row) - 4 :]) for row in rows]
    east, north, grid, micro, building, stairwell, floor = zip(*full, strict=True) if full else ([],) * 7
    return MicroIndex.build(
        lon=LON + STEP * np.array(east, dtype=float),
        lat=LAT + STEP * np.array(north, dtype=float),
        grid=np.array(grid, dtype=np.int32),
        micro=list(micro),
        building=list(building),
        stairwell=list(stairwell),
        floor=np.array(floor, dtype=float),
    )


def ask(index: MicroIndex, east: float, north: float, grid: int = 0, **more: Any) -> tuple[str | None, str, float]:
    """Code, reason and distance of one point."""
    if "base" in more:
        more["base"] = np.array([more["base"]], dtype=np.int32)
    more = {key: [value] if key in ("stairwell", "floor") else value for key, value in more.items()}
    where = {"lon": [LON + STEP * east], "lat": [LAT + STEP * north]}
    answer = index.find(**where, grid=np.array([grid], dtype=np.int32), **more)
    k = int(answer.micro[0])
    return (index.codes[k] if k >= 0 else None), REASONS[answer.reason[0]], float(answer.distance_m[0])


WORLD = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 3), st.integers(0, 30)), min_size=1, max_size=60
)
POINT = st.tuples(st.floats(-25, 65), st.floats(-25, 65), st.integers(-1, 4))


@settings(deadline=None, max_examples=150)
@given(WORLD, st.lists(POINT, min_size=1, max_size=20), st.sampled_from([5.0, 60.0, LIMIT_M, 1e4]))
def test_the_answer_is_that_of_the_nearest_household_of_the_grid(
    rows: list[tuple[int, int, int, int]], points: list[tuple[float, float, int]], limit: float
) -> None:
    """The oracle walks every household with the geodesic of PROJ."""
    doors = [(x, y, grid, f"{grid}-{micro:02d}") for x, y, grid, micro in rows]
    index = index_of(doors)
    lon = LON + STEP * np.array([p[0] for p in points])
    lat = LAT + STEP * np.array([p[1] for p in points])
    answer = index.find(lon=lon, lat=lat, grid=np.array([p[2] for p in points], dtype=np.int32), limit_m=limit)
    for i, (_, _, grid) in enumerate(points):
        reason = REASONS[answer.reason[i]]
        own = [door for door in doors if door[2] == grid]
        if grid < 0 or not own:
            assert reason == ("outside_all_grids" if grid < 0 else "micro_none_in_grid")
            assert answer.micro[i] == -1
            continue
        far = [GEOD.inv(lon[i], lat[i], LON + STEP * x, LAT + STEP * y)[2] for x, y, _, _ in own]
        least = min(far)
        off = 0.01 + least * 1e-4  # the scale is that at the point, not along the way
        if abs(least - limit) < off:
            continue  # rounding decides
        if least > limit:
            assert (reason, answer.micro[i]) == ("micro_far", -1)
            continue
        assert answer.distance_m[i] == pytest.approx(least, abs=off)
        near = {door[3] for door, metres in zip(own, far, strict=True) if metres < least + off}
        if answer.micro[i] >= 0:
            assert index.codes[answer.micro[i]] in near
        else:
            assert reason == "micro_several"
            assert {index.codes[c.micro] for c in index.candidates(int(answer.place[i]))} <= near
            assert len(near) > 1
        if len(near) == 1:
            assert answer.micro[i] >= 0


@settings(deadline=None, max_examples=60)
@given(WORLD, st.randoms(use_true_random=False))
def test_the_order_of_households_changes_nothing(rows: list[tuple[int, int, int, int]], random: Any) -> None:
    doors = [(x, y, grid, f"{grid}-{micro:02d}") for x, y, grid, micro in rows]
    other = list(doors)
    random.shuffle(other)
    grid = np.repeat(np.arange(4, dtype=np.int32), 25)
    lon, lat = LON + STEP * np.tile(np.arange(25) * 2.0, 4), np.full(100, LAT + STEP * 20)
    first, second = (index_of(d).find(lon=lon, lat=lat, grid=grid) for d in (doors, other))
    for name in ("micro", "distance_m", "reason", "place"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))


def test_a_household_across_the_border_never_answers() -> None:
    index = index_of([(0, 0, 0, "a"), (5, 0, 1, "b")])
    assert ask(index, 4.9, 0, grid=0)[:2] == ("a", "")
    assert ask(index, 4.9, 0, grid=1)[:2] == ("b", "")
    assert ask(index, 0, 0, grid=2)[:2] == (None, "micro_none_in_grid")


def test_a_special_grid_without_micro_grids_leaves_the_point_to_the_base_grid() -> None:
    index = index_of([(0, 0, 0, "a"), (5, 0, 2, "s")])
    assert ask(index, 1, 0, grid=1, base=0)[:2] == ("a", "")
    assert ask(index, 1, 0, grid=2, base=0)[:2] == ("s", "")
    assert ask(index, 1, 0, grid=1, base=-1)[:2] == (None, "micro_none_in_grid")


TOWER = [
    *[(0, 0, 0, "a", "B1", "1", f) for f in (1, 2, 3, 4)],
    *[(0, 0, 0, "b", "B1", "1", f) for f in (4, 5, 7, 8)],
    *[(0, 0, 0, "c", "B1", "2", f) for f in (1, 2, 3)],
    *[(3, 0, 0, "d", "B1", "3", f) for f in (1, 2, 3)],
    (40, 0, 0, "e", "B1", "4", 1),
    (0, 1, 1, "z", "B1", "1", 2),
]


@pytest.mark.parametrize(
    ("more", "code", "reason"),
    [
        ({}, None, "micro_several"),
        ({"stairwell": "2"}, "c", ""),
        ({"stairwell": "二单元"}, "c", ""),
        ({"stairwell": "02单元"}, "c", ""),
        ({"stairwell": ""}, None, "micro_several"),
        ({"stairwell": "1"}, None, "micro_several"),
        ({"stairwell": "1", "floor": 2.0}, "a", ""),
        ({"stairwell": "1", "floor": 6.0}, "b", ""),  # nobody lives there, but b lives below and above
        ({"stairwell": "1", "floor": 4.0}, None, "micro_several"),
        ({"stairwell": "1", "floor": 9.0}, None, "micro_no_such_door"),
        ({"stairwell": "9"}, None, "micro_no_such_door"),
        ({"stairwell": "3"}, "d", ""),  # another door of the same building
        ({"floor": 8.0}, "b", ""),
        ({"floor": 2.0}, None, "micro_several"),
    ],
)
def test_stairwell_and_floor_tell_the_micro_grids_of_a_tower_apart(
    more: dict[str, Any], code: str | None, reason: str
) -> None:
    found, why, metres = ask(index_of(TOWER), 0.5, 0, **more)
    assert (found, why) == (code, reason)
    assert metres == pytest.approx(0.5 * STEP * 111_320 * np.cos(np.radians(LAT)), rel=0.01)


def test_what_tells_the_candidates_apart() -> None:
    index = index_of(TOWER)
    where = {"lon": [LON], "lat": [LAT], "grid": np.zeros(1, dtype=np.int32)}
    place = int(index.find(**where).place[0])
    told = [(index.codes[c.micro], c.stairwell, c.lowest, c.highest) for c in index.candidates(place)]
    assert told == [("a", "1", 1, 4), ("b", "1", 4, 8), ("c", "2", 1, 3)]
    whole = [index.codes[c.micro] for c in index.candidates(place, building=True)]
    assert whole == ["a", "b", "c", "d", "e"]
    assert index.codes[index.find(**where, stairwell=["3"]).micro[0]] == "d"


def test_places_without_a_building_stay_apart() -> None:
    index = index_of([(0, 0, 0, "a", "", "1", 1), (9, 0, 0, "b", "", "2", 1)])
    assert ask(index, 0, 0, stairwell="2")[:2] == (None, "micro_no_such_door")


def test_no_households_at_all() -> None:
    assert ask(index_of([]), 0, 0)[:2] == (None, "micro_none_in_grid")


def test_bad_input_is_refused() -> None:
    index = index_of(TOWER)
    grid = np.zeros(1, dtype=np.int32)
    with pytest.raises(InvalidCoordinate):
        index.find(lon=[np.nan], lat=[LAT], grid=grid)
    with pytest.raises(InvalidInput):
        index.find(lon=[LON, LON], lat=[LAT, LAT], grid=grid)
    with pytest.raises(InvalidInput):
        index.find(lon=[LON], lat=[LAT], grid=grid, floor=[1.0, 2.0])


@pytest.mark.parametrize(
    ("name", "key"), [("2", "2"), ("02", "2"), (" 2单元 ", "2"), ("十二单元", "12"), ("A", "a"), ("", ""), ("0", "0")]
)
def test_one_stairwell_has_one_key(name: str, key: str) -> None:
    assert stairwell_key(name) == key
