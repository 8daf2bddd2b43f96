"""Conflicts and crosswalk: counted cell by cell, and eleven nets of the sample district with planted conflicts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.partition.graph import graph_of
from geo.partition.nets import (
    BaseWish,
    NetLayer,
    NetsInputs,
    NetsSettings,
    People,
    Within,
    carry,
    draw_base,
    find_conflicts,
    make_crosswalk,
    refine,
)
from geo.partition.nets.conflicts import match_codes
from geo.sample import SampleSpec, generate
from tests.partition.nets_worlds import SIDE, worlds

CELL_DM2 = int(SIDE * SIDE * 100)


@settings(deadline=None, max_examples=40)
@given(worlds(), st.sampled_from(["lead", "agree"]))
def test_the_crosswalk_counts_every_cell_once_in_each_net(world, method) -> None:
    found = refine(world.inputs())
    base = draw_base(found, BaseWish(method, least_m2=0))
    rows = make_crosswalk(found, base)
    atom_of_cell = np.full(world.width * world.height, -1)
    row, atom = shapely.STRtree(found.atoms.polygons).query(world.points(), predicate="within")
    atom_of_cell[row] = atom
    for layer in range(len(world.claims)):
        wanted: dict[tuple[str, str], list[int]] = {}
        for cell, k in enumerate(atom_of_cell.tolist()):
            y, x = divmod(cell, world.width)
            claims = world.claims[layer][y][x]
            key = (min(claims) if claims else "", "" if k < 0 else base.codes[base.grid_of_atom[k]])
            if k >= 0 or world.people[y, x]:
                sums = wanted.setdefault(key, [0, 0])
                sums[0] += CELL_DM2 if k >= 0 else 0
                sums[1] += 1000 * int(world.people[y, x])
        mine = rows.layer == layer
        got = {
            (old, new): [int(area), int(weight)]
            for old, new, area, weight in zip(
                rows.old[mine], rows.base[mine], rows.area_dm2[mine], rows.weight_milli[mine], strict=True
            )
            if area or weight
        }
        assert got == {key: sums for key, sums in wanted.items() if any(sums)}
        for code in set(rows.old[mine]):
            there = mine & (rows.old == code)
            assert int(rows.share_area[there].sum()) == int(rows.share_weight[there].sum()) == 1_000_000


@settings(deadline=None, max_examples=30)
@given(worlds(), st.lists(st.integers(-5, 50), min_size=3, max_size=3), st.sampled_from([1, 0.25, 0.001]))
def test_carried_values_keep_their_sum(world, numbers, unit) -> None:
    found = refine(world.inputs())
    base = draw_base(found, BaseWish("agree"))
    rows = make_crosswalk(found, base)
    values = {code: n * unit for code, n in zip(("a", "b", "gone"), numbers, strict=True)}
    for by in ("weight", "area"):
        carried = carry(rows, 0, values, by)
        assert round(sum(carried.values()) * 1000) == round(sum(numbers) * unit * 1000)
        assert set(carried) <= {*base.codes, ""}
        if unit == 1:
            assert all(isinstance(value, int) for value in carried.values())


@given(st.lists(st.tuples(st.integers(-1, 4), st.integers(-1, 4), st.integers(1, 99)), min_size=1, max_size=25))
def test_the_matching_is_the_best_one(rows) -> None:
    import itertools

    one, two, mass = (np.array(column) for column in zip(*rows, strict=True))
    match = match_codes(one.astype(np.int32), two.astype(np.int32), mass.astype(np.int64))
    table = np.zeros((5, 5), dtype=int)
    for a, b, m in rows:
        if a >= 0 and b >= 0:
            table[a, b] += m
    best = max(sum(table[i, p[i]] for i in range(5)) for p in itertools.permutations(range(5)))
    chosen = [(a, b) for a, b in enumerate(match[:-1].tolist()) if b >= 0]
    assert sum(table[a, b] for a, b in chosen) == best
    assert len({b for _, b in chosen}) == len(chosen)
    assert match[-1] == -1


@dataclass
class District:
    """Units of the sample district with a grid each, and its buildings as points with households."""

    polygons: np.ndarray
    grid: np.ndarray
    points: np.ndarray
    households: np.ndarray
    of_building: np.ndarray

    def amount(self, units) -> tuple[float, int]:
        """Area and households of some units, by their own polygons and the buildings that stand in them."""
        units = np.asarray(sorted(units), dtype=int)
        return float(shapely.area(self.polygons[units]).sum()), int(
            self.households[np.isin(self.of_building, units)].sum()
        )

    def net(self, name: str, grid: np.ndarray, keep=None) -> NetLayer:
        codes = sorted(set(grid.tolist()) - {""})
        shapes = [shapely.coverage_union_all(self.polygons[grid == code]) for code in codes]
        return NetLayer(name, np.array(shapes, dtype=object), np.array(codes, dtype=object))


@cache
def district() -> District:
    place = generate(SampleSpec(buildings=1_000, issues=0))
    units = place.drawing.units
    buildings = place.layers["buildings"]
    points = shapely.point_on_surface(buildings.geometry)
    row, unit = shapely.STRtree(units.geometry).query(points, predicate="within")
    of_building = np.full(len(points), -1)
    of_building[row] = unit
    assert (of_building >= 0).all()
    households = np.asarray(buildings.fields["households"], dtype=int)
    return District(units.geometry, units.grid.astype(str), points, households, of_building)


@dataclass
class Planted:
    nets: list[NetLayer]
    moved: dict[int, set[int]]
    gap: set[int]
    overlap: set[int]


def plant(place: District, seed: int, jitter: float = 0.0) -> Planted:
    """Eleven copies of today's net: in five of them units moved to a neighbour, one with a gap, one with an overlap."""
    rng = np.random.default_rng(seed)
    graph = graph_of(place.polygons, np.ones(len(place.grid)))
    size = {code: (place.grid == code).sum() for code in set(place.grid)}
    border = [
        (a, b)
        for a, b in zip(graph.source.tolist(), graph.indices.tolist(), strict=True)
        if place.grid[a] != place.grid[b] and size[place.grid[a]] >= 8
    ]
    nets, moved, used = [], {}, set()
    for k in range(11):
        grid = place.grid.copy()
        moved[k] = set()
        if k < 5:
            for pick in rng.permutation(len(border)).tolist():
                a, b = border[pick]
                if a in used or len(moved[k]) >= 3 or {place.grid[a]} & {place.grid[u] for u in moved[k]}:
                    continue
                grid[a] = place.grid[b]
                moved[k].add(a)
                used.add(a)
        nets.append((k, grid))
    gap = set(np.flatnonzero(place.grid == sorted(size)[0]).tolist())
    a, b = next((a, b) for a, b in border if a not in used and a not in gap)
    layers = []
    for k, grid in nets:
        layer = place.net(
            f"net{k:02}", np.where(np.isin(np.arange(len(grid)), list(gap)), "", grid) if k == 6 else grid
        )
        if k == 7:
            shapes = layer.polygons.copy()
            at = layer.codes.tolist().index(place.grid[b])
            shapes[at] = shapely.union(shapes[at], place.polygons[a])
            layer = NetLayer(layer.name, shapes, layer.codes)
        if jitter and k in (8, 9):
            layer = NetLayer(layer.name, _redrawn(layer.polygons, rng, jitter), layer.codes)
        layers.append(layer)
    return Planted(layers, moved, gap, {a})


def _redrawn(polygons: np.ndarray, rng: np.random.Generator, jitter: float) -> np.ndarray:
    """Each polygon drawn anew by itself: more corners, every one of them off by up to `jitter` metres."""

    def off(phase: float):
        # By place, so that a ring that ends where it began still does.
        return lambda xy: xy + jitter * np.sin(xy * 12.9898 + xy[:, ::-1] * 78.233 + phase)

    dense = shapely.segmentize(polygons, 25.0)
    return np.array(
        [shapely.transform(p, off(phase)) for p, phase in zip(dense, rng.uniform(0, 6, len(dense)), strict=True)]
    )


def close(amount, expected: tuple[float, int], atoms: int) -> bool:
    area, households = expected
    return abs(amount.area_dm2 / 100 - area) <= atoms / 100 and amount.weight_milli == 1000 * households


@pytest.mark.parametrize("seed", [1, 2])
def test_planted_conflicts_are_found_and_nothing_else(seed) -> None:
    place = district()
    planted = plant(place, seed)
    people = People(place.points, place.households.astype(float))
    found = refine(NetsInputs(planted.nets, people, settings=NetsSettings(tolerance_m=0)))
    base = draw_base(found, BaseWish("agree"))
    assert len(base.codes) == len(set(place.grid))
    conflicts = find_conflicts(found, base)
    n = found.atoms.inside
    for pair in conflicts.pairs:
        # Where both nets have a grid they differ by the units that exactly one of them moved; none was moved twice.
        units = planted.moved[pair.a] | planted.moved[pair.b]
        if 6 in (pair.a, pair.b):
            units -= planted.gap
        # Of the two that claim one place the lower code has it.
        if 7 in (pair.a, pair.b) and _overlap_changes_hands(place, planted):
            units |= planted.overlap - (planted.gap if 6 in (pair.a, pair.b) else set())
        assert close(pair.disagree, place.amount(units), n), (pair.a, pair.b)
        gap = place.amount(planted.gap) if 6 in (pair.a, pair.b) else (0.0, 0)
        assert close(pair.only_a if pair.b == 6 else pair.only_b, gap, n)
    assert [close(g, place.amount(planted.gap if k == 6 else ()), n) for k, g in enumerate(conflicts.gaps)] == [
        True
    ] * 11
    assert [overlap.layer for overlap in conflicts.overlaps] == [7]
    assert close(conflicts.overlaps[0].amount, place.amount(planted.overlap), n)
    # Against the base net, which is today's, each net dissents by what it moved.
    for k, dissent in enumerate(conflicts.dissents):
        extra = planted.overlap if k == 7 and _overlap_changes_hands(place, planted) else set()
        assert close(dissent, place.amount(planted.moved[k] | extra), n)
    everything = set().union(*planted.moved.values())
    if _overlap_changes_hands(place, planted):
        everything |= planted.overlap
    assert close(conflicts.contested, place.amount(everything), n)
    assert close(conflicts.incomplete, place.amount(planted.gap), n)
    assert sum(a.weight_milli for a in conflicts.by_grid) == conflicts.contested.weight_milli


def _overlap_changes_hands(place: District, planted: Planted) -> bool:
    (unit,) = planted.overlap
    layer = planted.nets[7]
    holders = [
        code for code, shape in zip(layer.codes, layer.polygons, strict=True) if shape.covers(place.polygons[unit])
    ]
    return min(holders) != place.grid[unit]


def test_planted_conflicts_are_found_under_noise() -> None:
    """Two of the nets are drawn anew polygon by polygon: what is no noise is found as before, to the noise's width."""
    place = district()
    clean, noisy = plant(place, 1), plant(place, 1, jitter=0.5)
    people = People(place.points, place.households.astype(float))
    frame = Within(np.array([shapely.coverage_union_all(place.polygons)], dtype=object), [""])
    plain = refine(NetsInputs(clean.nets, people, frame, NetsSettings(tolerance_m=0)))
    found = refine(NetsInputs(noisy.nets, people, frame, NetsSettings(tolerance_m=3)))
    assert found.faces > 5 * plain.faces
    assert len(found.atoms) == len(plain.atoms)
    assert found.snap.pieces > 100
    first, second = (find_conflicts(r, draw_base(r, BaseWish("agree"))) for r in (plain, found))
    assert len(first.overlaps) == len(second.overlaps) == 1
    for a, b in zip(first.pairs, second.pairs, strict=True):
        assert b.disagree.weight_milli == a.disagree.weight_milli
        assert b.disagree.area_dm2 == pytest.approx(a.disagree.area_dm2, abs=60_000)
        assert a.matched == b.matched
    assert shapely.coverage_is_valid(found.atoms.polygons[: found.atoms.inside])
    assert int(found.atoms.area_dm2[: found.atoms.inside].sum()) == pytest.approx(frame.polygons[0].area * 100, abs=1)


def test_one_net_has_no_conflict_and_a_finer_one_does_not_cross() -> None:
    fine = [shapely.box(x, 0, x + 10, 10) for x in range(0, 40, 10)]
    coarse = [shapely.box(0, 0, 20, 10), shapely.box(20, 0, 40, 10)]

    def net(name, shapes):
        codes = [f"{k}" for k in range(len(shapes))]
        return NetLayer(name, np.array(shapes, dtype=object), np.array(codes, dtype=object))

    alone = refine(NetsInputs([net("fine", fine)], People.nobody()))
    conflicts = find_conflicts(alone, draw_base(alone, BaseWish("agree")))
    assert conflicts.pairs == ()
    assert conflicts.contested.area_dm2 == 0
    both = refine(NetsInputs([net("fine", fine), net("coarse", coarse)], People.nobody()))
    (pair,) = find_conflicts(both, draw_base(both, BaseWish("lead", lead=("coarse",)))).pairs
    # By one-to-one matching half disagrees; but no fine grid crosses a coarse one.
    assert (pair.a, pair.b, pair.matched) == (0, 1, 2)
    assert pair.disagree.area_dm2 == 20_000
    assert (pair.crossing_a.area_dm2, pair.crossing_b.area_dm2) == (20_000, 0)
