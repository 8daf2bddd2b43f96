"""The shifted datums GCJ-02 and BD-09: the published formulas, known shifts, round trips, the same bits everywhere."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import crs

# Cities of the source documents and the metres that GCJ-02 moves them.
CITIES = {
    "文山": (104.25, 23.37, 365),
    "通化": (125.94, 41.73, 528),
    "铁岭": (123.84, 42.29, 537),
    "侯马": (111.37, 35.62, 575),
    "北京": (116.404, 39.915, 555),
}


lons = st.floats(crs.CHINA_BOX[0], crs.CHINA_BOX[2])


lats = st.floats(crs.CHINA_BOX[1], crs.CHINA_BOX[3])


def plain_gcj02(lon: float, lat: float) -> tuple[float, float]:
    """The published formula, term by term."""
    x, y, pi = lon - 105.0, lat - 35.0, math.pi
    both = (20 * math.sin(6 * x * pi) + 20 * math.sin(2 * x * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + both
    north += (20 * math.sin(y * pi) + 40 * math.sin(y / 3 * pi)) * 2 / 3
    north += (160 * math.sin(y / 12 * pi) + 320 * math.sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + both
    east += (20 * math.sin(x * pi) + 40 * math.sin(x / 3 * pi)) * 2 / 3
    east += (150 * math.sin(x / 12 * pi) + 300 * math.sin(x / 30 * pi)) * 2 / 3
    axis, e2 = 6378245.0, 0.00669342162296594323
    magic = 1 - e2 * math.sin(math.radians(lat)) ** 2
    north = math.degrees(north / (axis * (1 - e2) / (magic * math.sqrt(magic))))
    east = math.degrees(east / (axis / math.sqrt(magic) * math.cos(math.radians(lat))))
    return lon + east, lat + north


@given(lon=lons, lat=lats)
def test_gcj02_is_the_published_formula(lon: float, lat: float) -> None:
    x, y = crs.from_wgs84(lon, lat, crs="GCJ-02")
    want_x, want_y = plain_gcj02(lon, lat)
    assert x == pytest.approx(want_x, abs=1e-11)
    assert y == pytest.approx(want_y, abs=1e-11)


@pytest.mark.parametrize("name", ["GCJ-02", "BD-09"])
@given(lon=lons, lat=lats)
def test_shifted_datums_come_back_to_less_than_a_millimetre(name: str, lon: float, lat: float) -> None:
    x, y = crs.from_wgs84(lon, lat, crs=name)
    back_lon, back_lat, shift = crs.to_wgs84(x, y, crs=name)
    assert crs.distance_m(lon, lat, back_lon, back_lat) < 1e-5  # µm, beside 105° E
    # GCJ-02 bends back upon itself in places: there the shift is a few metres, and never nothing.
    assert 1.0 < shift < 3000.0


@pytest.mark.parametrize("name", ["GCJ-02", "BD-09"])
def test_round_trip_over_all_of_china(name: str) -> None:
    west, south, east, north = crs.CHINA_BOX
    lon, lat = (axis.ravel() for axis in np.meshgrid(np.linspace(west, east, 400), np.linspace(south, north, 400)))
    x, y = crs.from_wgs84(lon, lat, crs=name)
    back_lon, back_lat, _ = crs.to_wgs84(x, y, crs=name)
    assert crs.distance_m(lon, lat, back_lon, back_lat).max() < 1e-6


@pytest.mark.parametrize("city", CITIES)
def test_known_shifts(city: str) -> None:
    lon, lat, metres = CITIES[city]
    gcj = crs.from_wgs84(lon, lat, crs="GCJ-02")
    assert crs.distance_m(lon, lat, *gcj) == pytest.approx(metres, abs=4)
    assert crs.to_wgs84(*gcj, crs="GCJ-02")[2] == pytest.approx(metres, abs=4)
    assert 900 < crs.distance_m(lon, lat, *crs.from_wgs84(lon, lat, crs="BD-09")) < 1400


def test_known_bd09_point() -> None:
    # Baidu's own example: GCJ-02 116.404, 39.915 is BD-09 116.41036949, 39.92133699 (given to 8 decimals)
    lon, lat, _ = crs.to_wgs84(116.404, 39.915, crs="GCJ-02")
    x, y = crs.from_wgs84(lon, lat, crs="BD-09")
    assert (float(x), float(y)) == (pytest.approx(116.41036949, abs=2e-8), pytest.approx(39.92133699, abs=2e-8))


@given(lon=st.floats(-180, 180), lat=st.floats(-90, 90))
def test_outside_china_the_shifted_datums_are_the_identity(lon: float, lat: float) -> None:
    west, south, east, north = crs.CHINA_BOX
    if west - 0.05 <= lon <= east + 0.05 and south - 0.05 <= lat <= north + 0.05:
        return
    for name in ("GCJ-02", "BD-09"):
        assert crs.from_wgs84(lon, lat, crs=name) == (lon, lat)
        assert crs.to_wgs84(lon, lat, crs=name) == (lon, lat, 0.0)


@pytest.mark.parametrize("name", ["GCJ-02", "BD-09", "EPSG:4548"])
def test_a_point_gives_the_same_bits_wherever_it_stands(name: str) -> None:
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(116, 118, 20_001), rng.uniform(29, 31, 20_001)
    x, y, _ = crs.to_wgs84(*crs.from_wgs84(lon, lat, crs=name), crs=name)
    order = rng.permutation(lon.size)[:10_007]
    some_x, some_y, _ = crs.to_wgs84(*crs.from_wgs84(lon[order], lat[order], crs=name), crs=name)
    np.testing.assert_array_equal(some_x, x[order])
    np.testing.assert_array_equal(some_y, y[order])


@pytest.mark.parametrize("name", ["WGS84", "CGCS2000", "GCJ-02", "BD-09", "EPSG:4548"])
def test_one_point_gives_the_bits_of_an_array(name: str) -> None:
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(70, 140, 700), rng.uniform(-2, 58, 700)  # beyond the box too
    lon[:20], lat[:20] = rng.uniform(-180, 180, 20), rng.uniform(-90, 90, 20)
    lon[20:25] = math.nan, math.inf, 181.0, 105.0, -0.0
    x, y = crs.from_wgs84(lon, lat, crs=name)
    many = np.column_stack(crs.to_wgs84(x, y, crs=name))
    single = np.array([crs.one_to_wgs84(float(a), float(b), crs=name) for a, b in zip(x, y, strict=True)])
    np.testing.assert_array_equal(single, many)
    assert all(type(value) is float for value in crs.one_to_wgs84(117.0, 30.0, crs=name))


@pytest.mark.parametrize("name", ["GCJ-02", "BD-09"])
@pytest.mark.parametrize("step", [0.0, 1e-9, 1e-6, 1e-3])
def test_the_edges_of_the_box_come_back(name: str, step: float) -> None:
    west, south, east, north = crs.CHINA_BOX
    along_x, along_y = np.linspace(west, east, 500), np.linspace(south, north, 500)
    lon = np.concatenate([along_x, along_x, np.full(500, west + step), np.full(500, east - step)])
    lat = np.concatenate([np.full(500, south + step), np.full(500, north - step), along_y, along_y])
    x, y = crs.from_wgs84(lon, lat, crs=name)
    assert (crs.distance_m(lon, lat, x, y) > 50.0).all()
    back_lon, back_lat, shift = crs.to_wgs84(x, y, crs=name)
    assert crs.distance_m(lon, lat, back_lon, back_lat).max() < 1e-5
    np.testing.assert_allclose(shift, crs.distance_m(x, y, back_lon, back_lat), rtol=1e-6)


@pytest.mark.parametrize("name", ["GCJ-02", "BD-09"])
def test_beside_the_meridian_where_the_formula_has_an_edge(name: str) -> None:
    away = np.concatenate([[0.0], np.geomspace(1e-15, 1e-2, 400)])
    lon, lat = np.concatenate([105.0 + away, 105.0 - away]), np.full(802, 33.3)
    back_lon, back_lat, _ = crs.to_wgs84(*crs.from_wgs84(lon, lat, crs=name), crs=name)
    assert crs.distance_m(lon, lat, back_lon, back_lat).max() < 1e-4


def plain_bd09(lon: float, lat: float) -> tuple[float, float]:
    """The published formula of BD-09 upon GCJ-02, term by term."""
    x, y = plain_gcj02(lon, lat)
    wave = math.pi * 3000.0 / 180.0
    radius = math.sqrt(x * x + y * y) + 0.00002 * math.sin(y * wave)
    angle = math.atan2(y, x) + 0.000003 * math.cos(x * wave)
    return radius * math.cos(angle) + 0.0065, radius * math.sin(angle) + 0.006


@given(lon=lons, lat=lats)
def test_bd09_is_the_published_formula(lon: float, lat: float) -> None:
    assert crs.from_wgs84(lon, lat, crs="BD-09") == (
        pytest.approx(plain_bd09(lon, lat)[0], abs=1e-11),
        pytest.approx(plain_bd09(lon, lat)[1], abs=1e-11),
    )
