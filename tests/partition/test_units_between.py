"""What lies between units: drawn borders, gates, bridges, banks, loose ends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.partition.units import (
    BRIDGE,
    GATE,
    UnitInputs,
    UnitSettings,
    build_units,
    draw_borders,
    find_crossings,
)
from geo.partition.units.result import WATER
from tests.partition.test_units_build import check_cover, city
from tests.partition.units_worlds import MIDDLE, RIVER, ROAD, WALL, ground_of, houses, line, objects, walled


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), angle=st.floats(0, 90))
def test_drawn_borders_are_what_two_units_share(seed: int, angle: float) -> None:
    result = build_units(city(seed, angle=angle))
    borders, lines = draw_borders(result.polygons, result.lines, result.line_class)
    for name in ("left", "right", "barrier", "length_m"):
        assert (getattr(borders, name) == getattr(result.borders, name)).all()
    assert shapely.length(lines) == pytest.approx(borders.length_m, abs=1e-6)
    # Independently: what the outlines of the two share, by overlay.
    pair, where = np.unique(np.stack([borders.left, borders.right]), axis=1, return_inverse=True)
    total = np.bincount(where.ravel(), borders.length_m)
    some = np.random.default_rng(seed).permutation(pair.shape[1])[:25]
    for k in some:
        one, two = result.polygons[pair[0, k]], result.polygons[pair[1, k]]
        assert one.boundary.intersection(two.boundary).length == pytest.approx(total[k], abs=1e-5)
    assert shapely.distance(lines, result.polygons[borders.left]).max() < 1e-9
    assert shapely.distance(lines, result.polygons[borders.right]).max() < 1e-9


def test_a_gate_closes_the_gap_that_it_stands_in_and_leads_across() -> None:
    gate = objects(shapely.Point(50, 20))
    open_ = build_units(walled())
    closed = build_units(replace(walled(), gates=gate))
    assert (open_.report.gaps_closed, closed.report.gaps_closed) == (0, 1)
    assert "units_note_gaps" in dict(closed.report.notes())
    inside = shapely.box(20, 20, 80, 60)
    first, second = closed.unit_of_building[:2]
    assert shapely.union_all(closed.polygons[[first, second]]).symmetric_difference(inside).area < 1e-6
    found = find_crossings(ground_of(closed, {WALL}), gate, objects())
    assert found.kind.tolist() == [GATE]
    assert found.rows == ((0,),)
    assert {first, second} & {found.left[0], found.right[0]}
    assert found.geometry[0].equals(gate[0])
    assert closed.borders.barrier[found.border[0]] == WALL


def test_a_gate_far_from_any_wall_is_reported() -> None:
    result = build_units(walled())
    gates = objects(shapely.Point(50, 5), shapely.Point(20.5, 40), None, shapely.Point(20.5, 40))
    found = find_crossings(ground_of(result, {WALL}), gates, objects())
    assert found.gates_lost.tolist() == [0, 2]
    assert sorted(row for rows in found.rows for row in rows) == [1, 3]


def river(width: float = 20.0) -> UnitInputs:
    """A river from west to east between y = 40 and 40 + width, two houses on each bank, a street on the south bank."""
    return UnitInputs(
        boundary=shapely.box(0, 0, 200, 100),
        buildings=houses((20, 10), (150, 10), (20, 80), (150, 80)),
        barriers=objects(line((-5, 30), (205, 30))),
        barrier_class=np.array([ROAD]),
        water=objects(shapely.box(-20, 40, 90, 40 + width), shapely.box(90, 40, 220, 40 + width)),
        water_class=RIVER,
    )


def test_a_bridge_joins_the_units_beyond_both_banks() -> None:
    result = build_units(river())
    assert (result.kind == WATER).sum() == 1  # the two tiles are one water
    bridge = objects(line((30, 35), (30, 50)), line((30, 50), (30, 66)))  # drawn in two ways that meet in mid-river
    pier = objects(line((100, 62), (100, 50)))
    dry_bridge = objects(line((100, 25), (100, 35)))
    found = find_crossings(ground_of(result, {RIVER}), objects(), np.concatenate([bridge, pier, dry_bridge]))
    assert found.kind.tolist() == [BRIDGE]
    assert found.rows == ((0, 1),)
    assert found.border.tolist() == [-1]
    north = result.unit_of_building[2]
    south = int(shapely.STRtree(result.polygons).query(shapely.Point(30, 35), predicate="intersects")[0])
    assert (found.left[0], found.right[0]) == (min(north, south), max(north, south))
    assert found.geometry[0].length == pytest.approx(20)
    assert found.bridges_lost.tolist() == [2, 3]
    twice = find_crossings(ground_of(result, {RIVER}), objects(), np.concatenate([bridge, bridge]))
    assert twice.rows == ((0, 1, 2, 3),)
    assert (twice.left.tolist(), twice.right.tolist()) == (found.left.tolist(), found.right.tolist())


def test_a_bridge_over_a_rail_marks_the_border() -> None:
    given = UnitInputs(
        shapely.box(0, 0, 100, 50), houses((10, 10), (70, 10)), objects(line((50, -1), (50, 51))), barrier_class=[RIVER]
    )
    result = build_units(given)
    found = find_crossings(ground_of(result, {RIVER}), objects(), objects(line((40, 20), (60, 21))))
    assert found.border.tolist() == [0]
    assert (found.left[0], found.right[0]) == (0, 1)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_row_order_changes_no_crossing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    result = build_units(replace(river(rng.uniform(4, 25)), split_class=MIDDLE if seed % 2 else None))
    x = rng.uniform(5, 195, 6)
    bridges = objects(*(line((a, 35), (a + rng.uniform(-4, 4), 70)) for a in x))
    gates = objects(*(shapely.Point(a, rng.uniform(26, 34)) for a in rng.uniform(0, 200, 8)))
    ground = ground_of(result, {ROAD, RIVER})
    first = find_crossings(ground, gates, bridges)
    mix, cross = rng.permutation(len(gates)), rng.permutation(len(bridges))
    second = find_crossings(ground, gates[mix], bridges[cross])
    for name in ("kind", "left", "right", "border"):
        assert (getattr(first, name) == getattr(second, name)).all()
    assert (shapely.to_wkb(first.geometry) == shapely.to_wkb(second.geometry)).all()
    back = [
        tuple(sorted((mix if kind == GATE else cross)[k] for k in rows))
        for kind, rows in zip(second.kind, second.rows, strict=True)
    ]
    by_place = dict(zip(shapely.to_wkb(first.geometry).tolist(), first.rows, strict=True))
    assert all(by_place[key] == rows for key, rows in zip(shapely.to_wkb(second.geometry).tolist(), back, strict=True))


@settings(max_examples=12, deadline=None)
@given(
    width=st.floats(2, 60), angle=st.floats(0, 90), bend=st.floats(-25, 25), island=st.booleans(), pond=st.booleans()
)
def test_water_that_parts_the_ground_is_split_by_the_nearest_bank(
    width: float, angle: float, bend: float, island: bool, pond: bool
) -> None:
    turn = np.deg2rad(angle)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])

    def move(shape: shapely.Geometry) -> shapely.Geometry:
        return shapely.transform(shape, lambda xy: xy @ matrix + np.array([351_234.5, 3_456_789.1]))

    course = line((-30, 100), (100, 100 + bend), (230, 100)).buffer(width / 2)
    if island and width > 30:
        course = course.difference(shapely.box(80, 96 + bend, 120, 104 + bend))
    water = [course]
    if pond:
        water.append(shapely.box(40, 10, 60, 22))
    shapes = objects(*map(move, water))
    given_ = UnitInputs(
        boundary=move(shapely.box(0, 0, 200, 200)),
        buildings=np.array([move(shape) for shape in houses((20, 10), (150, 10), (20, 180), (150, 180))], dtype=object),
        barriers=objects(),
        water=shapes,
        water_class=RIVER,
        split_class=MIDDLE,
    )
    result = build_units(given_)
    check_cover(result, given_.boundary)
    # Without the lines in the middle, a search of our own gets from nowhere to another bank.
    wet, borders = result.kind == WATER, result.borders
    shut = (borders.barrier == MIDDLE) | (wet[borders.left] & wet[borders.right])
    place = component_of(len(wet), borders.left[~shut], borders.right[~shut])
    banks = shapely.get_parts(shapely.difference(given_.boundary, shapely.union_all(shapes)))
    tree = shapely.STRtree(result.polygons)
    home = place[tree.query(shapely.point_on_surface(banks), predicate="intersects")[1]]
    assert len(set(home.tolist())) == len(banks) == 2 + (island and width > 30)
    # Every place in the water belongs to its nearest bank, but close to the middle.
    low, high = shapely.bounds(shapes)[0][:2], shapely.bounds(shapes)[0][2:]
    points = shapely.points(np.random.default_rng(1).uniform(low, high, (400, 2)))
    distance = shapely.distance(points[:, None], banks[None, :])
    order = np.sort(distance, axis=1)
    clear = (order[:, 0] > 0) & (order[:, 1] - order[:, 0] > 1.5) & shapely.contains_properly(given_.boundary, points)
    row, unit = tree.query(points[clear], predicate="intersects")
    assert (place[unit] == home[distance[clear].argmin(axis=1)[row]]).all()


def component_of(count: int, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """A number for each node: the least one that it hangs together with."""
    number = np.arange(count)
    changed = True
    while changed:
        changed = False
        for a, b in zip(left.tolist(), right.tolist(), strict=True):
            low = min(number[a], number[b])
            changed |= number[a] != number[b]
            number[a] = number[b] = low
    return number


def test_a_border_that_runs_in_the_water_is_its_middle_and_small_islands_are_no_banks() -> None:
    border = line((-5, 47), (205, 53))
    water = shapely.box(-20, 40, 220, 60).difference(shapely.box(100, 42, 110, 46))
    given_ = replace(river(), barriers=objects(border), water=objects(water), split_class=MIDDLE)
    result = build_units(given_)
    assert (result.kind == WATER).sum() == 2
    middle = result.borders.barrier == MIDDLE
    assert result.borders.length_m[middle].sum() == pytest.approx(200 * np.hypot(1, 6 / 210), rel=1e-6)


def test_loose_ends_are_drawn_on_to_the_next_barrier() -> None:
    area = shapely.box(0, 0, 100, 60)
    lines = objects(
        line((50, -5), (50, 57)),  # ends 3 m before the boundary
        line((-5, 30), (48, 30)),  # ends 2 m before the first
        line((52.5, 20), (90, 20)),  # starts 2.5 m behind it, ends far from everything
        line((70, 40), (80, 40)),
        line((83, 40.5), (95, 41)),  # the two face each other
    )
    given_ = UnitInputs(area, houses((10, 10), (10, 40), (70, 5), (70, 45)), lines, barrier_class=[1, 2, 3, 4, 5])
    plain = build_units(given_)
    assert (plain.report.extended, plain.report.extended_m) == (0, 0)
    assert plain.report.enclosures == 1
    result = build_units(replace(given_, settings=UnitSettings(extend_m=4)))
    assert result.report.extended == 4
    assert result.report.extended_m == pytest.approx(3 + 2 + 2.5 + np.hypot(3, 0.5), abs=0.05)
    assert result.report.enclosures == 3
    assert "units_note_extended" in dict(result.report.notes())
    check_cover(result, area)
    made = [(int(k), round(shape.length, 1)) for shape, k in zip(result.lines, result.line_class, strict=True)]
    assert {(1, 3.0), (2, 2.0), (3, 2.5)} <= set(made)  # each bears the class of what it goes on from


def test_no_loose_end_is_drawn_through_a_building() -> None:
    area = shapely.box(0, 0, 100, 60)
    wall = objects(line((-5, 30), (88, 30)))
    house = houses((90, 25), (10, 10), (10, 40))
    result = build_units(UnitInputs(area, house, wall, settings=UnitSettings(extend_m=20)))
    assert result.report.extended == 0


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6), angle=st.floats(0, 90))
def test_any_city_with_all_settings_is_covered_and_row_order_changes_nothing(seed: int, angle: float) -> None:
    inputs = city(seed, angle=angle)
    corner = shapely.bounds(inputs.boundary)
    rng = np.random.default_rng(seed)
    gates = shapely.points(rng.uniform(corner[:2], corner[2:], (30, 2)))
    options = {"gates": gates, "split_class": MIDDLE, "settings": UnitSettings(extend_m=8), "duplicates": "max"}
    first = build_units(replace(inputs, **options))
    check_cover(first, inputs.boundary)
    mix, cross = rng.permutation(len(inputs.buildings)), rng.permutation(len(inputs.barriers))
    second = build_units(
        replace(
            inputs,
            buildings=inputs.buildings[mix],
            building_ids=np.asarray(inputs.building_ids)[mix],
            weight=inputs.weight[mix],
            barriers=inputs.barriers[cross],
            barrier_class=inputs.barrier_class[cross],
            **{**options, "gates": gates[rng.permutation(len(gates))]},
        )
    )
    assert (shapely.to_wkb(first.polygons) == shapely.to_wkb(second.polygons)).all()
    assert (first.weight == second.weight).all()
    assert first.report == second.report
    assert (first.order == mix[second.order]).all()
