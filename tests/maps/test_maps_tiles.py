"""Vector tiles decode to what went in: place, clip, winding, ids, properties."""

from __future__ import annotations

from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
import shapely

from geo.errors import InvalidInput
from geo.maps.tiles import BUFFER, EXTENT, encode_tile, tile_bounds

Z, X, Y = 14, 13718, 6694  # around 121.44 E, 31.21 N


def objects(*shapes: Any) -> np.ndarray:
    out = np.empty(len(shapes), dtype=object)
    out[:] = shapes
    return out


def decode(tile: bytes) -> list[dict[str, Any]]:
    return list(mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})["grids"]["features"])


def inner(fx: float, fy: float) -> tuple[float, float]:
    """A place in the tile, by fractions from its north-west corner (without the margin)."""
    n = 2.0**Z
    lon = (X + fx) / n * 360 - 180
    return lon, float(np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * (Y + fy) / n)))))


def ring_area(ring: list[list[int]]) -> float:
    x, y = np.array(ring, dtype=float).T
    return float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2)


def test_points_fall_where_mercator_puts_them() -> None:
    places = [(0.0, 0.0), (0.5, 0.25), (0.999, 0.75)]
    tile = encode_tile(
        "grids",
        objects(*[shapely.Point(inner(*p)) for p in places]),
        [3, 1, 2],
        [{"n": k} for k in range(3)],
        z=Z,
        x=X,
        y=Y,
    )
    for feature, (fx, fy), number in zip(decode(tile), places, [3, 1, 2], strict=True):
        assert feature["id"] == number
        assert np.abs(np.array(feature["geometry"]["coordinates"]) - np.array([fx, fy]) * EXTENT).max() <= 0.5 + 1e-6


def test_polygons_are_clipped_with_a_margin_and_wound_as_the_format_asks() -> None:
    hole = [inner(0.4, 0.4), inner(0.6, 0.4), inner(0.6, 0.6), inner(0.4, 0.6)]
    large = shapely.Polygon([inner(-3, -3), inner(4, -3), inner(4, 4), inner(-3, 4)], [hole])
    for shape in (large, shapely.orient_polygons(large), shapely.orient_polygons(large, exterior_cw=True)):
        feature = decode(encode_tile("grids", objects(shape), [1], [{}], z=Z, x=X, y=Y))[0]
        outer, inside = feature["geometry"]["coordinates"]
        assert np.min(outer) == -BUFFER
        assert np.max(outer) == EXTENT + BUFFER
        # In tile coordinates (y down) an exterior ring has positive area by the surveyor's formula, a hole negative.
        assert ring_area(outer) > 0 > ring_area(inside)
        assert np.isclose(-ring_area(inside), (0.2 * EXTENT) ** 2, rtol=0.01)


def test_neighbours_keep_their_shared_vertices() -> None:
    rng = np.random.default_rng(5)
    cut = [inner(0.5 + rng.normal(0, 0.03), f) for f in np.linspace(0, 1, 9)]
    left = shapely.Polygon([inner(0.1, 0), *cut, inner(0.1, 1)])
    right = shapely.Polygon([inner(0.9, 0), *cut, inner(0.9, 1)])
    a, b = decode(encode_tile("grids", objects(left, right), [1, 2], [{}, {}], z=Z, x=X, y=Y))
    corners = [{tuple(p) for p in f["geometry"]["coordinates"][0]} for f in (a, b)]
    assert len(corners[0] & corners[1]) == 9


def test_lines_and_many_parts_stay_what_they_are() -> None:
    lines = shapely.MultiLineString([[inner(0.1, 0.1), inner(0.2, 0.2)], [inner(0.3, 0.3), inner(0.9, 0.3)]])
    feature = decode(encode_tile("grids", objects(lines), [1], [{}], z=Z, x=X, y=Y))[0]
    assert feature["geometry"]["type"] == "MultiLineString"
    # A polygon that only touches the margin leaves no line behind.
    west, south, _, north = tile_bounds(Z, X, Y)
    assert encode_tile("grids", objects(shapely.box(west - 1, south, west, north)), [1], [{}], z=Z, x=X, y=Y) == b""


def test_nothing_in_the_tile_is_no_bytes() -> None:
    assert encode_tile("grids", objects(), [], [], z=Z, x=X, y=Y) == b""
    assert (
        encode_tile("grids", objects(None, shapely.Polygon(), shapely.Point(0, 0)), [1, 2, 3], [{}] * 3, z=Z, x=X, y=Y)
        == b""
    )


def test_properties_are_kept_and_text_is_made_visible() -> None:
    given = {"name": "a\u202eb<", "n": 3, "w": 2.5, "ok": True, "gone": None}
    feature = decode(encode_tile("grids", objects(shapely.Point(inner(0.5, 0.5))), [7], [given], z=Z, x=X, y=Y))[0]
    assert feature["properties"] == {"name": "a⟦U+202E⟧b<", "n": 3, "w": 2.5, "ok": True}


def test_every_tile_of_a_level_covers_the_world_once() -> None:
    areas = []
    for x in range(4):
        for y in range(4):
            west, south, east, north = tile_bounds(2, x, y)
            assert west < east
            assert south < north
            areas.append((west, east))
    assert min(a for a, _ in areas) == -180
    assert max(b for _, b in areas) == 180


@pytest.mark.parametrize(("z", "x", "y"), [(-1, 0, 0), (23, 0, 0), (2, 4, 0), (2, 0, -1)])
def test_a_tile_that_does_not_exist_is_refused(z: int, x: int, y: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        encode_tile("grids", objects(), [], [], z=z, x=x, y=y)
    assert str(z) in caught.value.message("zh")


def test_sequences_of_different_length_are_refused() -> None:
    with pytest.raises(InvalidInput):
        encode_tile("grids", objects(shapely.Point(0, 0)), [1, 2], [{}], z=0, x=0, y=0)
