"""Units of small, nasty, generated cities: an exact cover, every building once, the same whatever the row order."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely import affinity

from geo.messages import LANGS, say
from geo.partition.units import UnitInputs, UnitSettings, UnitsResult, attempt, build_units

ORIGIN = (351_234.567, 3_456_789.123)


def city(seed: int, *, angle: float = 0.0, boundary_parts: int = 1) -> UnitInputs:
    """A few blocks with everything that real footprints do to one another."""
    rng = np.random.default_rng(seed)
    width, height = 300.0, 200.0
    shapes: list = []
    for x in np.arange(15, width - 20, rng.uniform(18, 40)):
        for y in np.arange(12, height - 20, rng.uniform(16, 35)):
            if rng.random() < 0.75:
                w, h = rng.uniform(4, 16, 2)
                shapes.append(shapely.box(x, y, x + w, y + h))
    base = list(shapes)
    for k in rng.integers(0, len(base), 12):
        b = base[k].bounds
        shapes += [
            shapely.box(b[2], b[1], b[2] + 5, b[3]),  # wall to wall
            shapely.box(b[0] - 0.2, b[3] - 0.1, b[2], b[3] + 6),  # a sliver of overlap
            affinity.translate(base[k], *rng.uniform(-3, 3, 2)),  # much overlap
        ]
    shapes += [base[0], base[0]]  # duplicates
    shapes.append(shapely.box(-9, 40, 6, 52))  # across the boundary
    shapes.append(shapely.box(-60, -60, -50, -50))  # outside
    shapes.append(shapely.box(width / 2 - 6, 60, width / 2 + 7, 75))  # across a street
    court = shapely.box(240, 150, 275, 185).difference(shapely.box(248, 158, 267, 177))
    shapes += [court, shapely.box(254, 164, 261, 171)]  # a house in a courtyard
    shapes.append(shapely.Polygon([(100, 100), (110, 110), (110, 100), (100, 110)]))  # crosses itself
    shapes.append(shapely.box(33.3, 33.3, 33.6, 33.6))  # too small
    shapes.append(shapely.Point(rng.uniform(10, width - 10), rng.uniform(10, height - 10)))
    lines: list = [
        shapely.LineString([(width / 2, -20), (width / 2, height + 20)]),
        shapely.LineString([(-20, 95), (width + 30, 108)]),
        shapely.LineString([(-20, 97), (width + 30, 108.5)]),  # nearly the same street
        shapely.LineString([(60, -5), (64, 70)]),  # ends inside
        shapely.LineString([(200, 150), (230, 160), (222, 190)]),  # floats
        shapely.MultiLineString([[(80, 30), (120, 30), (120, 60)], [(120, 60), (80, 60), (80, 30)]]),  # a ring
    ]
    area: shapely.Geometry = shapely.box(0, 0, width, height).difference(shapely.box(180, 20, 190, 30))
    if boundary_parts > 1:
        area = shapely.union_all([area, shapely.box(width + 50, 0, width + 120, 80)])
        shapes.append(shapely.box(width + 60, 20, width + 80, 35))
    everything = np.array([area, *shapes, *lines], dtype=object)
    turn = np.deg2rad(angle)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    everything = shapely.transform(everything, lambda xy: xy @ matrix + np.array(ORIGIN))
    buildings = np.append(everything[1 : 1 + len(shapes)], None)
    return UnitInputs(
        boundary=everything[0],
        buildings=buildings,
        barriers=everything[1 + len(shapes) :],
        building_ids=[f"b{k}" for k in range(len(buildings))],
        weight=rng.integers(0, 50, len(buildings)),
        barrier_class=np.array([3, 2, 2, 1, 1, 1]),
        duplicates="sum",
        water=np.array([everything[0].buffer(-60)], dtype=object) if seed % 2 else None,
    )


def check_cover(result: UnitsResult, boundary: shapely.Geometry) -> None:
    """An exact cover, shown without the program's own proof; a coarser noding moves the outline by as much."""
    polygons = result.polygons
    strayed = 1.5 * result.report.grid_m * boundary.length
    assert (shapely.get_type_id(polygons) == 3).all()
    assert shapely.is_valid(polygons).all()
    assert shapely.coverage_is_valid(polygons)
    assert shapely.area(polygons).sum() == pytest.approx(boundary.area, rel=1e-9, abs=strayed)
    assert shapely.union_all(polygons).symmetric_difference(boundary).area < 1e-6 + strayed
    i, j = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    assert shapely.area(shapely.intersection(polygons[i[i < j]], polygons[j[i < j]])).max(initial=0) < 1e-6


def check_buildings(result: UnitsResult, inputs: UnitInputs) -> None:
    """Every building in one unit; a building that nothing was done to has its point there and only there."""
    report, unit, ids = result.report, result.unit_of_building, np.asarray(inputs.building_ids)
    away = set(report.outside) | set(report.unplaced)
    assert {str(name) for name in ids[unit < 0]} == away
    touched = {name for group in report.welded for name in group} | {
        *report.trimmed,
        *report.barrier_cut,
        *report.shared,
    }
    plain = np.array([k for k in np.flatnonzero(unit >= 0) if ids[k] not in touched])
    points = shapely.point_on_surface(shapely.make_valid(inputs.buildings[plain]))
    row, hit = shapely.STRtree(result.polygons).query(points, predicate="intersects")
    assert len(row) == len(plain) > 10
    assert (hit[np.argsort(row)] == unit[plain]).all()
    for k in np.flatnonzero(unit >= 0):
        if ids[k] in touched:
            assert shapely.intersects(result.polygons[unit[k]], inputs.buildings[k])
    assert result.weight.sum() == inputs.weight[unit >= 0].sum()
    for u in np.unique(unit[unit >= 0]):
        assert result.weight[u] == inputs.weight[unit == u].sum()
    assert report.weight_in == inputs.weight.sum()
    assert report.weight_units + report.outside_weight == report.weight_in


@settings(max_examples=25, deadline=None)
@example(seed=921, angle=79.0, parts=1)  # a face whose inner point stands in a spike of 1e-11 m
@example(seed=3, angle=46.0, parts=1)  # a sliver of 1e-10 m between two streets
@given(seed=st.integers(0, 10**6), angle=st.floats(0, 90), parts=st.integers(1, 2))
def test_any_city_is_covered_once_and_holds_every_building_once(seed: int, angle: float, parts: int) -> None:
    inputs = city(seed, angle=angle, boundary_parts=parts)
    result = build_units(inputs)
    assert result.report.grid_m <= 1e-6
    check_cover(result, inputs.boundary)
    check_buildings(result, inputs)
    assert len(set(result.ids)) == len(result.ids) == len(result.polygons)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), angle=st.floats(0, 90))
def test_row_order_changes_nothing(seed: int, angle: float) -> None:
    inputs = city(seed, angle=angle)
    first = build_units(inputs)
    rng = np.random.default_rng(seed)
    mix, cross = rng.permutation(len(inputs.buildings)), rng.permutation(len(inputs.barriers))
    second = build_units(
        UnitInputs(
            boundary=inputs.boundary,
            buildings=inputs.buildings[mix],
            barriers=inputs.barriers[cross],
            building_ids=np.asarray(inputs.building_ids)[mix],
            weight=inputs.weight[mix],
            barrier_class=inputs.barrier_class[cross],
            duplicates=inputs.duplicates,
            water=inputs.water,
        )
    )
    assert (shapely.to_wkb(first.polygons) == shapely.to_wkb(second.polygons)).all()
    assert (first.unit_of_building[mix] == second.unit_of_building).all()
    for name in ("ids", "weight", "kind", "enclosure"):
        assert (getattr(first, name) == getattr(second, name)).all()
    for name in ("left", "right", "barrier", "length_m"):
        assert (getattr(first.borders, name) == getattr(second.borders, name)).all()
    assert first.report == second.report


def test_every_place_belongs_to_the_nearest_building() -> None:
    rng = np.random.default_rng(5)
    houses = []
    for x in range(5):
        for y in range(4):
            w, h = rng.uniform(5, 14, 2)
            house = shapely.box(20 * x + 3, 20 * y + 3, 20 * x + 3 + w, 20 * y + 3 + h)
            houses.append(affinity.rotate(house, rng.uniform(-8, 8)))
    area = shapely.box(-10, -10, 110, 90)
    result = build_units(UnitInputs(area, np.array(houses), np.array([])))
    points = shapely.points(rng.uniform([-10, -10], [110, 90], (4000, 2)))
    distance = shapely.distance(points[:, None], np.array(houses)[None, :])
    clear = np.diff(np.sort(distance, axis=1)[:, :2], axis=1)[:, 0] > 1.5
    assert clear.sum() > 2000
    row, unit = shapely.STRtree(result.polygons).query(points[clear], predicate="intersects")
    assert (row == np.arange(clear.sum())).all() or len(row) == clear.sum()
    expected = result.unit_of_building[distance[clear].argmin(axis=1)]
    assert (unit[np.argsort(row)] == expected).all()


@pytest.mark.parametrize("seed", range(4))
def test_units_outlive_another_reference_system(seed: int) -> None:
    """A border drawn twice, and moved from one system to another and back, differs in the last digits."""
    north = np.linspace(0, 200, 23)
    middle = np.column_stack([150 + 17 * np.sin(north / 30), north])
    west = shapely.Polygon([(0, 0), *middle, (0, 200)])
    houses = [shapely.box(x, y, x + 12, y + 9) for x in range(20, 280, 40) for y in range(20, 180, 40)]
    lines = [shapely.boundary(west), shapely.LineString(middle), shapely.LineString(middle[::2])]
    at = np.array([*houses, *lines], dtype=object)
    at = shapely.transform(at, lambda xy: xy + np.array([450_000.0, 4_400_000.0]))
    lines = shapely.transform(at[len(houses) :], lambda xy: xy + 2e-9 * np.sin(1e4 * seed + 7 * xy[:, ::-1]))
    area = shapely.box(450_000, 4_400_000, 450_300, 4_400_200)
    result = build_units(UnitInputs(area, at[: len(houses)], lines))
    assert shapely.minimum_clearance(result.polygons).min() > 1e-7
    degrees = shapely.transform(result.polygons, lambda xy: (xy - 450_000.3) * 9.0131e-6 + 117.4)
    assert shapely.is_valid(degrees).all()
    assert shapely.union_all(degrees).area > 0
    assert result.report.boundary_moved_m < 2e-6


def test_touching_walls_are_the_border() -> None:
    houses = np.array([shapely.box(8 * k, 0, 8 * k + 8, 10) for k in range(6)])
    result = build_units(UnitInputs(shapely.box(0, 0, 48, 10), houses, np.array([])))
    share = [result.polygons[u].intersection(h).area / 80 for u, h in zip(result.unit_of_building, houses, strict=True)]
    assert len(result.polygons) == 6
    assert min(share) > 0.97


def test_streets_divide_and_are_named_in_the_borders() -> None:
    houses = np.array([shapely.box(10, 10, 20, 20), shapely.box(60, 10, 70, 20), shapely.box(60, 60, 70, 70)])
    streets = np.array(
        [
            shapely.LineString([(25, -5), (25, 105)]),
            shapely.LineString([(20, 40), (105, 40)]),
            shapely.LineString([(24, 90), (24, 105), (26, 105)]),  # a spur outside all that matters
        ]
    )
    result = build_units(UnitInputs(shapely.box(0, 0, 100, 100), houses, streets, barrier_class=np.array([2, 7, 1])))
    a, b, c = result.unit_of_building
    assert [round(p.area) for p in result.polygons[[a, b, c]]] == [2500, 3000, 4500]
    rows = {
        (int(i), int(j), int(k)): length
        for i, j, k, length in zip(
            result.borders.left, result.borders.right, result.borders.barrier, result.borders.length_m, strict=True
        )
    }
    assert rows[min(b, c), max(b, c), 7] == pytest.approx(75)
    assert rows[min(a, b), max(a, b), 2] == pytest.approx(40, abs=0.1)
    assert result.report.dangling_m > 0


def test_units_follow_a_wall_that_ends_inside() -> None:
    houses = np.array([shapely.box(5, 5, 15, 35), shapely.box(45, 5, 55, 35)])
    area = shapely.box(0, 0, 60, 40)
    free = build_units(UnitInputs(area, houses, np.array([])))
    wall = np.array([shapely.LineString([(22, -1), (36, 35)])])  # crosses the middle, ends behind it
    bound = build_units(UnitInputs(area, houses, wall))
    left = free.polygons[free.unit_of_building[0]]
    walled = bound.polygons[bound.unit_of_building[0]]
    assert left.area == pytest.approx(30 * 40, rel=0.01)
    # The corner between wall and middle line goes to the other side of the wall.
    corner = shapely.Polygon([(22 + 14 / 36, 0), (30, 0), (30, 8 * 36 / 14 - 1)])
    assert left.difference(walled).symmetric_difference(corner).area < 4
    assert bound.report.dangling_m == pytest.approx(np.hypot(14, 36) * 35 / 36)
    # Beyond the middle line the wall ends in the ground of one building.
    assert bound.report.dangling_followed == pytest.approx((30 - 22 - 14 / 36) / (14 * 35 / 36), rel=1e-3)
    assert free.report.dangling_followed == 1.0


def test_a_wall_that_ends_inside_cuts_no_building() -> None:
    house = shapely.box(10, 10, 30, 30)
    wall = np.array([shapely.LineString([(20, -1), (20, 25)])])
    result = build_units(UnitInputs(shapely.box(0, 0, 40, 40), np.array([house]), wall))
    assert [p.area for p in result.polygons] == [pytest.approx(1600)]


def test_empty_and_water_pieces() -> None:
    area = shapely.box(0, 0, 100, 100)
    lines = np.array(
        [
            shapely.LineString([(50, -1), (50, 101)]),
            shapely.LineString([(51, -1), (51, 101)]),  # the strip between two lanes: 100 m²
            shapely.LineString([(50, 30), (-1, 30)]),
        ]
    )
    water = np.array([shapely.box(60, 60, 90, 90)])
    houses = np.array([shapely.box(5, 5, 15, 15), shapely.box(70, 10, 80, 20)])
    result = build_units(UnitInputs(area, houses, lines, water=water))
    report = result.report
    assert (report.built_units, report.empty_units, report.water_units) == (2, 1, 1)
    assert (report.merged_empty, report.merged_empty_m2) == (1, pytest.approx(100))
    assert sorted(result.ids) == ["1", "2", "empty-1", "water-1"]
    assert result.polygons[list(result.ids).index("water-1")].equals(water[0])


def test_small_pieces_among_themselves_become_one() -> None:
    island = shapely.box(200, 0, 210, 10)
    area = shapely.MultiPolygon([shapely.box(0, 0, 100, 100), island])
    lines = np.array([shapely.LineString([(x, -1), (x, 11)]) for x in (203, 206)])
    result = build_units(UnitInputs(area, np.array([shapely.box(5, 5, 15, 15)]), lines))
    assert sorted(p.area for p in result.polygons) == [pytest.approx(100), pytest.approx(10_000)]


def test_small_pieces_stay_on_their_side_of_a_hard_barrier() -> None:
    area = shapely.box(0, 0, 100, 100)
    border = shapely.LineString([(50, -1), (50, 101)])
    lane = shapely.LineString([(51, -1), (51, 101)])  # the strip between is nearer to the left by its longer side
    steps = shapely.LineString([(50.5, -1), (50.5, 60), (51, 60)])
    houses = np.array([shapely.box(5, 5, 15, 15), shapely.box(70, 10, 80, 20)])
    soft = UnitInputs(area, houses, np.array([border, lane, steps]), barrier_class=np.array([9, 1, 1]))
    hard = UnitInputs(**{**vars(soft), "hard": np.array([True, False, False])})
    free, bound = build_units(soft), build_units(hard)
    assert len(free.polygons) == len(bound.polygons) == 2
    assert free.polygons[free.unit_of_building[0]].area > 5001
    assert bound.polygons[bound.unit_of_building[0]].area == pytest.approx(5000)
    alone = build_units(UnitInputs(**{**vars(soft), "hard": np.array([True, True, True])}))
    assert sorted(round(p.area, 3) for p in alone.polygons) == [pytest.approx(k) for k in (30, 70, 4900, 5000)]


def test_a_coarse_grid_covers_too_and_says_so() -> None:
    inputs = city(3, angle=33)
    coarse = UnitInputs(**{**vars(inputs), "settings": UnitSettings(grids_m=(0.01,))})
    result = build_units(coarse)
    assert shapely.coverage_is_valid(result.polygons)
    assert result.report.grid_m == 0.01
    assert 0 < result.report.boundary_moved_m <= 0.015
    assert "units_note_fallback" in dict(result.report.notes())


def test_noding_that_fails_falls_back_to_the_next_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    real = attempt.make_faces

    def fragile(*args: object) -> object:
        if args[-1] == 0.0:
            raise shapely.GEOSException("TopologyException: found non-noded intersection")
        return real(*args)

    monkeypatch.setattr(attempt, "make_faces", fragile)
    inputs = city(4)
    result = build_units(inputs)
    assert result.report.grid_m == 1e-6
    assert "non-noded" in result.report.fallback[0]
    check_buildings(result, inputs)


def test_the_report_is_plain_and_every_note_is_a_sentence() -> None:
    seen: list[str] = []
    inputs = city(7, angle=12)
    result = build_units(inputs, progress=lambda share, key: seen.append(key))
    assert json.loads(json.dumps(result.report.as_dict()))["welded"]["count"] == len(result.report.welded)
    keys = dict(result.report.notes())
    assert {"units_note_overlaps", "units_note_welded", "units_note_trimmed", "units_note_outside"} <= set(keys)
    assert {"units_note_repaired", "units_note_by_point", "units_note_unplaced", "units_note_barrier_cut"} <= set(keys)
    for key, values in keys.items():
        assert all("{" not in say(key, lang, **values) for lang in LANGS)
    assert seen == sorted(set(seen), key=seen.index)
    assert all(say(key, lang) for key in seen for lang in LANGS)
