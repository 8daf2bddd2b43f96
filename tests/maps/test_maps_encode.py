"""Geometry in whole numbers comes back where it was; labels stand where there is room."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.maps.encode import SCALE, Encoder, joined, poles

DEGREE = st.floats(-0.05, 0.05, allow_nan=False)


def decode(flat: list[int], encoder: Encoder) -> np.ndarray:
    whole = np.cumsum(np.array(flat).reshape(-1, 2), axis=0)
    return whole / SCALE + (encoder.lon0, encoder.lat0)


@given(st.lists(st.tuples(DEGREE, DEGREE), min_size=2, max_size=40))
def test_a_line_comes_back_within_half_a_step(points: list[tuple[float, float]]) -> None:
    encoder = Encoder(121.4, 31.2)
    line = np.array(points) + np.array([121.4, 31.2])
    back = decode(encoder.flat(line), encoder)
    # Rounding never adds up along the line, although only steps are written.
    distance = np.abs(line[:, None] - back[None]).max(axis=2).min(axis=1)
    assert distance.max() <= 0.5 / SCALE + 1e-12
    assert np.abs(back[0] - line[0]).max() <= 0.5 / SCALE + 1e-12


def test_rings_hold_holes_and_every_part_without_the_closing_point() -> None:
    encoder = Encoder(0.0, 0.0)
    holed = shapely.Polygon([(0, 0), (1, 0), (1, 1), (0, 1)], [[(0.2, 0.2), (0.4, 0.2), (0.4, 0.4)]])
    shape = shapely.MultiPolygon([holed, shapely.box(2, 2, 3, 3)])
    rings = encoder.rings(shape)
    assert [len(ring) // 2 for ring in rings] == [4, 3, 4]
    areas = [shapely.Polygon(decode(ring, encoder)).area for ring in rings]
    assert np.isclose(areas[0] - areas[1] + areas[2], shape.area)
    assert encoder.rings(None) == []
    assert encoder.rings(shapely.Polygon()) == []


def test_lines_take_outlines_of_polygons_and_drop_points() -> None:
    encoder = Encoder(0.0, 0.0)
    mixed = shapely.GeometryCollection(
        [shapely.LineString([(0, 0), (1, 1)]), shapely.box(0, 0, 1, 1), shapely.Point(5, 5)]
    )
    assert [len(line) // 2 for line in encoder.lines(mixed)] == [2, 5]


def test_poles_stand_inside_as_far_from_the_edge_as_a_search_finds() -> None:
    rng = np.random.default_rng(2)
    for _ in range(6):
        angle = np.sort(rng.uniform(0, 2 * np.pi, 14))
        radius = rng.uniform(0.001, 0.004, 14)
        shape = shapely.Polygon(
            np.column_stack([121.4 + radius * np.cos(angle), 31.2 + radius * np.sin(angle)])
        ).buffer(0)
        lon, lat, metres = poles([shape])[0]
        assert shape.contains(shapely.Point(lon, lat))
        shrink = np.cos(np.radians(shape.centroid.y))
        flat = shapely.transform(shape, lambda xy, s=shrink: xy * (s, 1.0))
        west, south, east, north = flat.bounds
        grid = shapely.points(*np.meshgrid(np.linspace(west, east, 60), np.linspace(south, north, 60)))
        inside = shapely.contains(flat, grid)
        best = shapely.distance(grid[inside], flat.boundary).max() * 111_195
        assert metres >= best * 0.85


def test_a_long_shape_has_its_label_in_the_middle() -> None:
    lon, lat, metres = poles([shapely.box(0, 0, 0.05, 0.002)])[0]
    assert np.isclose(lon, 0.025, atol=1e-4)
    assert np.isclose(lat, 0.001, atol=1e-4)
    assert np.isclose(metres, 111.2, rtol=0.02)


def test_labels_keep_clear_of_water() -> None:
    grid, water = shapely.box(0, 0, 1, 1), shapely.box(0.1, 0, 1, 1)
    free, wet = poles([grid])[0], poles([grid], water)[0]
    assert water.contains(shapely.Point(free[:2]))
    assert water.contains(shapely.Point(wet[:2]))  # nine tenths are water: there is no better place
    part = shapely.box(0.4, 0, 1, 1)
    assert not part.intersects(shapely.Point(poles([grid], part)[0][:2]))


def test_empty_shapes_have_no_label() -> None:
    assert poles([shapely.Polygon()])[0][2] == 0.0
    assert Encoder.around([]) == Encoder(0.0, 0.0)


def test_polygons_that_cross_themselves_are_joined_too() -> None:
    bow = shapely.Polygon([(116, 39), (116.1, 39.1), (116.1, 39), (116, 39.1)])
    spiked = shapely.Polygon([(116.1, 39), (116.2, 39), (116.2, 39.1), (116.1, 39.1), (116.3, 39.1), (116.1, 39.1)])
    whole = joined([bow, spiked])
    assert whole.is_valid
    assert abs(whole.area - 0.015) < 1e-9
