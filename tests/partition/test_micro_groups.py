"""Micro-grids against brute force: bounds wherever a division exists, anchors, floors and stairwells kept whole."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.errors import InvalidInput, PartitionInfeasible
from geo.partition.micro import Households, MicroSpec, group_counts, micro_grids, smallest_relaxation
from geo.partition.micro.core import Homes
from geo.partition.micro.redivide import redivide

RELAXED = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def made(rows, *, anchor=None, order=None, ids=None) -> Households:
    """Households from (building, stairwell, floor, x, y) rows, all in grid 0."""
    order = np.arange(len(rows)) if order is None else order
    names = np.empty(len(rows), dtype=object)
    names[:] = [f"h{k:03d}" for k in range(len(rows))] if ids is None else ids
    columns = [np.array([row[c] for row in rows], dtype=object)[order] for c in (0, 1)]
    return Households(
        ids=names[order],
        grid=np.zeros(len(rows), dtype=np.int32),
        building=columns[0],
        stairwell=columns[1],
        floor=np.array([row[2] for row in rows], dtype=np.float64)[order],
        xy_m=np.array([row[3:] for row in rows], dtype=np.float64).reshape(-1, 2)[order],
        anchor=None if anchor is None else np.asarray(anchor, dtype=bool)[order],
    )


@st.composite
def blocks(draw, most: int = 11):
    """A few buildings of one to three stairwells, one to three floors, one or two households a floor."""
    n = draw(st.integers(1, most))
    rows = []
    building = 0
    while len(rows) < n:
        x, y = draw(st.integers(0, 60)), draw(st.integers(0, 60))
        for stair in range(draw(st.integers(1, 3))):
            for floor in range(1, draw(st.integers(1, 4)) + 1):
                rows += [(f"b{building}", str(stair + 1), floor, x + 4 * stair, y)] * draw(st.integers(1, 2))
        building += 1
    return rows[:n]


def way(a, b) -> float:
    """The way between two rows, as the documents define it."""
    flat = float(np.hypot(a[3] - b[3], a[4] - b[4]))
    up = [3.0 * (row[2] - 1) for row in (a, b)]
    return flat + (abs(up[0] - up[1]) if a[:2] == b[:2] else sum(up))


def best_division(rows, least, most, anchors=None):
    """(bounds missed, floors cut, stairwells cut, metres) of the best division, by trying all; None: there is none."""
    n = len(rows)
    top = most + group_counts(n, least, most).missing
    joined = [(i - 1, i) for i in range(1, n) if rows[i][:2] == rows[i - 1][:2]]
    same_floor = {pair for pair in joined if rows[pair[0]][2] == rows[pair[1]][2]}
    metres = [[way(a, b) for b in rows] for a in rows]

    @cache
    def rest(mask: int):
        if not mask:
            return (0, 0, 0, 0.0)
        low = (mask & -mask).bit_length() - 1
        others = [i for i in range(low + 1, n) if mask >> i & 1]
        best = None
        for size in range(min(top, len(others) + 1)):
            for chosen in itertools.combinations(others, size):
                group = (low, *chosen)
                centres = group if anchors is None else [i for i in group if i in anchors]
                if anchors is not None and len(centres) != 1:
                    continue
                left = mask & ~sum(1 << i for i in group)
                tail = rest(left)
                if tail is None:
                    continue
                kept = [pair for pair in joined if pair[0] in group and pair[1] in group]
                price = (
                    tail[0] + max(0, least - len(group), len(group) - most),
                    tail[1] - sum(pair in same_floor for pair in kept),
                    tail[2] - len(kept),
                    round(tail[3] + min(sum(metres[c][i] for i in group) for c in centres), 6),
                )
                best = price if best is None else min(best, price)
        return best

    found = rest((1 << n) - 1)
    return None if found is None else (found[0], found[1] + len(same_floor), found[2] + len(joined), found[3])


def price_of(result, spec):
    missed = sum(max(0, spec.least - m.households, m.households - spec.most) for m in result.micro)
    return missed, result.figures["floors_cut"], result.figures["stairwells_cut"]


@given(st.integers(1, 400), st.integers(1, 20), st.integers(0, 12))
def test_counts_agree_with_sums(n: int, least: int, more: int) -> None:
    most = least + more
    reachable = {0}
    by_groups = []
    for _ in range(n // least + 2):
        reachable = {a + b for a in reachable for b in range(least, most + 1) if a + b <= n}
        by_groups.append(n in reachable)
    counts = group_counts(n, least, most)
    assert (counts.missing == 0) == any(by_groups)
    if counts.missing == 0:
        assert [k + 1 for k, works in enumerate(by_groups) if works] == list(range(counts.first, counts.last + 1))


@given(st.lists(st.integers(1, 60), min_size=1, max_size=5), st.integers(1, 15), st.integers(0, 8))
def test_relaxation_is_the_smallest(sizes: list[int], least: int, more: int) -> None:
    most = least + more
    ease = smallest_relaxation(sizes, least, most)

    def works(low: int, high: int) -> bool:
        return all(group_counts(n, low, high).missing == 0 for n in sizes)

    assert ease.least == max(low for low in range(1, least + 1) if works(low, most))
    highs = [high for high in range(most, most + 61) if works(least, high)]
    assert ease.most == (highs[0] if highs else None)


@RELAXED
@given(blocks(), st.sampled_from([(2, 3), (3, 4), (2, 2), (1, 3), (4, 5)]))
def test_no_division_is_better(rows, bounds) -> None:
    spec = MicroSpec(*bounds)
    result = micro_grids(made(rows), spec)
    missed, floors, stairs, metres = best_division(rows, *bounds)
    assert price_of(result, spec) == (missed, floors, stairs)
    assert sum(m.walk_m for m in result.micro) >= metres - 0.01
    assert np.bincount(result.micro_of_household).tolist() == [m.households for m in result.micro]
    assert all(bool(m.reason) == (not bounds[0] <= m.households <= bounds[1]) for m in result.micro)


@RELAXED
@given(blocks(10), st.data())
def test_anchors_stand_alone_and_bounds_hold(rows, data) -> None:
    counts = group_counts(len(rows), 2, 3)
    if counts.missing:
        return
    number = data.draw(st.integers(counts.first, counts.last))
    anchors = data.draw(st.permutations(range(len(rows))))[:number]
    flags = np.isin(np.arange(len(rows)), anchors)
    spec = MicroSpec(2, 3)
    result = micro_grids(made(rows, anchor=flags), spec)
    assert sorted(m.centre for m in result.micro) == sorted(anchors)
    assert all(result.micro_of_household[m.centre] == k for k, m in enumerate(result.micro))
    assert all(2 <= m.households <= 3 for m in result.micro)
    best = best_division(rows, 2, 3, set(anchors))
    assert price_of(result, spec) >= best[:3]


@RELAXED
@given(blocks(40), st.randoms(use_true_random=False), st.booleans())
def test_order_of_rows_and_type_of_ids_change_nothing(rows, random, anchored) -> None:
    flags = np.array([random.random() < 0.2 for _ in rows]) if anchored else None
    spec = MicroSpec(3, 5, anchors="fill")
    order = list(range(len(rows)))
    random.shuffle(order)
    plain = micro_grids(made(rows, anchor=flags), spec)
    mixed = micro_grids(made(rows, anchor=flags, order=np.array(order)), spec)
    numbers = micro_grids(made(rows, anchor=flags, ids=list(range(len(rows)))), spec)
    assert mixed.micro_of_household.tolist() == plain.micro_of_household[order].tolist()
    assert numbers.micro_of_household.tolist() == plain.micro_of_household.tolist()
    assert dict(mixed.figures) == dict(plain.figures)


def tower(floors: int, homes: int, *, building: str = "t", x: float = 0.0):
    return [(building, "1", floor, x, 0.0) for floor in range(1, floors + 1) for _ in range(homes)]


def test_a_tower_is_cut_between_floors() -> None:
    rows = tower(24, 5)
    result = micro_grids(made(rows), MicroSpec())
    floors = [{rows[i][2] for i in np.flatnonzero(result.micro_of_household == k)} for k in range(len(result.micro))]
    assert [len(part) for part in floors] == [3] * 8
    assert all(max(part) - min(part) == 2 for part in floors)
    assert result.figures["floors_cut"] == 0


def test_only_a_floor_above_the_bounds_is_split() -> None:
    rows = tower(1, 26) + tower(1, 12, building="u", x=40.0)
    result = micro_grids(made(rows), MicroSpec())
    assert result.figures["floors_cut"] == result.figures["floors_cut_least"] == 1
    assert len(result.micro) == 3
    assert all(10 <= m.households <= 15 for m in result.micro)
    assert len({result.micro_of_household[i] for i in range(26, 38)}) == 1


def test_whole_stairwells_are_micro_grids() -> None:
    rows = [("a", str(s), f, 15.0 * s, 0.0) for s in (1, 2, 3) for f in range(1, 7) for _ in range(2)]
    result = micro_grids(made(rows), MicroSpec())
    assert [m.households for m in result.micro] == [12, 12, 12]
    assert result.figures["stairwells_cut"] == 0


def test_stairwells_are_joined_across_another_to_stay_whole() -> None:
    rows = [("a", str(s), 0, 10.0 * s, 0.0) for s, n in ((1, 8), (2, 12), (3, 7)) for _ in range(n)]
    result = micro_grids(made(rows), MicroSpec())
    assert sorted(m.households for m in result.micro) == [12, 15]
    assert result.figures["stairwells_cut"] == 0


def test_houses_along_a_street_are_joined_with_their_neighbours() -> None:
    rng = np.random.default_rng(4)
    along = rng.permutation(48) * 10.0
    rows = [("", "", np.nan, x, 0.0) for x in along]
    result = micro_grids(made(rows), MicroSpec(12, 12))
    for k in range(4):
        mine = np.sort(along[result.micro_of_household == k])
        assert mine[-1] - mine[0] == 110.0


@pytest.mark.parametrize("n", [1, 7, 9, 16, 17, 18, 19])
def test_numbers_that_cannot_be_divided_have_a_reason(n: int) -> None:
    result = micro_grids(made([("", "", np.nan, 5.0 * k, 0.0) for k in range(n)]), MicroSpec())
    outside = [m for m in result.micro if m.reason]
    assert {m.reason for m in outside} == {"grid_too_small" if n < 10 else "count_between"}
    assert sum(m.households for m in result.micro) == n
    assert sum(max(0, 10 - m.households, m.households - 15) for m in result.micro) == {16: 1, 17: 2, 18: 2, 19: 1}.get(
        n, 10 - n
    )
    with pytest.raises(PartitionInfeasible) as error:
        micro_grids(made([("", "", np.nan, 5.0 * k, 0.0) for k in range(n)]), MicroSpec(strict=True))
    assert error.value.context["least_that_works"] == {16: 8, 17: 8, 18: 9, 19: 9}.get(n, n)


def test_too_few_and_too_many_anchors_are_said_or_made_good() -> None:
    rows = [("", "", np.nan, 10.0 * k, 0.0) for k in range(60)]
    few, many = np.isin(np.arange(60), (3, 30)), np.arange(60) % 6 == 0
    for flags, code in ((few, "micro_anchors_few"), (many, "micro_anchors_many")):
        with pytest.raises(PartitionInfeasible) as error:
            micro_grids(made(rows, anchor=flags), MicroSpec())
        assert error.value.code == code
        assert (error.value.context["first"], error.value.context["last"]) == (4, 6)
        result = micro_grids(made(rows, anchor=flags), MicroSpec(anchors="fill"))
        given_ = {m.centre for m in result.micro if m.centre_kind == "given"}
        assert given_ | set(result.unused_anchors) == set(np.flatnonzero(flags).tolist())
        assert all(10 <= m.households <= 15 for m in result.micro)
        assert len(result.unused_anchors) == max(0, flags.sum() - 6)


def test_no_micro_grid_reaches_over_two_grids() -> None:
    rows = tower(12, 3) + tower(12, 3, building="u", x=3.0)
    homes = made(rows)
    homes.grid[1::2] = 4
    result = micro_grids(homes, MicroSpec())
    for k, m in enumerate(result.micro):
        assert set(homes.grid[result.micro_of_household == k].tolist()) == {m.grid}
    assert all(not m.reason for m in result.micro)


def test_households_without_place_are_kept() -> None:
    homes = made(tower(12, 3) + [("", "", np.nan, np.nan, np.nan)] * 3)
    result = micro_grids(homes, MicroSpec())
    assert len(result.micro_of_household) == 39
    bare = Households(homes.ids, homes.grid)
    assert all(10 <= m.households <= 15 for m in micro_grids(bare, MicroSpec()).micro)
    nobody = Households(np.array([], dtype=object), np.array([], dtype=np.int32))
    assert micro_grids(nobody, MicroSpec()).micro == ()


def test_bad_input_is_named() -> None:
    with pytest.raises(InvalidInput, match="h1"):
        micro_grids(Households(np.array(["h1", "h1"]), np.zeros(2, np.int32)), MicroSpec())
    with pytest.raises(InvalidInput, match="row 2"):
        micro_grids(Households(np.array(["a", "b"]), np.array([0, -1], np.int32)), MicroSpec())
    with pytest.raises(InvalidInput):
        MicroSpec(15, 10)
    with pytest.raises(InvalidInput, match="6001 households"):
        micro_grids(Households(np.arange(6001), np.zeros(6001, np.int32)), MicroSpec())


@settings(max_examples=3, deadline=None, derandomize=True)
@given(st.integers(2, 3), st.integers(0, 2**32 - 1))
def test_large_groups_are_divided_anew_exactly(groups: int, seed: int) -> None:
    # More than 1,023 households in three stairwells of three floors, against all divisions between floors.
    draw = np.random.default_rng(seed)
    sizes = draw.integers(120, 180, 9)
    n, floor = int(sizes.sum()), np.repeat(np.arange(9), sizes)
    homes = Homes(
        stair=(floor // 3).astype(np.int32),
        floor=floor.astype(np.int32),
        x=draw.uniform(0, 400, n),
        y=draw.uniform(0, 400, n),
        up=3.0 * (floor % 3),
    )
    centre = draw.choice(n, groups, replace=False).astype(np.int32)
    fixed = np.full(groups, -1, dtype=np.int32)
    fixed[-1] = centre[-1]
    # With so low a limit stairwells are parted between floors only.
    top, limit = n // groups + 100, 9
    members = np.arange(n, dtype=np.int32)

    def price(parts) -> tuple[int, float]:
        parted = (np.diff(parts) != 0) & (np.diff(homes.stair) == 0)
        gap = np.hypot(homes.x - homes.x[centre[parts]], homes.y - homes.y[centre[parts]])
        at = homes.up[centre[parts]]
        same = homes.stair == homes.stair[centre[parts]]
        climb = np.where(same, np.abs(homes.up - at), homes.up + at)
        return int(parted.sum()), float((gap + climb).sum())

    choices = (np.array(choice)[floor] for choice in itertools.product(range(groups), repeat=9))
    best = min(
        price(parts)
        for parts in choices
        if parts[centre[-1]] == groups - 1 and np.bincount(parts, minlength=groups).max() <= top
    )
    key, metres, found = redivide(homes, members, centre, fixed, 1, top, top, limit)
    assert found[centre[-1]] == groups - 1
    assert np.bincount(found, minlength=groups).max() <= top
    assert (key, metres) == (price(found)[0], pytest.approx(price(found)[1])) == (best[0], pytest.approx(best[1]))


@pytest.mark.parametrize("bounds", [(190, 210), (250, 300), (500, 500)])
def test_large_bounds_are_kept_or_missed_by_as_little_as_can_be(bounds) -> None:
    rows = [row for k in range(4) for row in tower(15, 9, building=f"t{k}", x=40.0 * k)]
    result = micro_grids(made(rows), MicroSpec(*bounds))
    missed = group_counts(len(rows), *bounds).missing
    assert price_of(result, MicroSpec(*bounds))[:2] == (missed, 0)
    with pytest.raises(InvalidInput) as refused:
        MicroSpec(10, 501)
    assert refused.value.code == "micro_bounds_large"
