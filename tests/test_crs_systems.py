"""The systems of CGCS2000 against formulas that are not PROJ's, feet, and axes that stand the other way round."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
from numpy.typing import NDArray

from geo import crs

Floats = NDArray[np.float64]


def krueger(lon: Floats, lat: Floats, *, meridian: float, false_easting: float) -> tuple[Floats, Floats]:
    """Easting and northing of a Gauss–Krüger zone on GRS80 by the series in n (Kawase 2011), scale 1."""
    a, f = 6378137.0, 1 / 298.257222101
    n = f / (2 - f)
    radius = a / (1 + n) * (1 + n**2 / 4 + n**4 / 64)
    alpha = (
        n / 2 - 2 * n**2 / 3 + 5 * n**3 / 16 + 41 * n**4 / 180,
        13 * n**2 / 48 - 3 * n**3 / 5 + 557 * n**4 / 1440,
        61 * n**3 / 240 - 103 * n**4 / 140,
        49561 * n**4 / 161280,
    )
    phi, away = np.radians(lat), np.radians(lon - meridian)
    c = 2 * np.sqrt(n) / (1 + n)
    t = np.sinh(np.arctanh(np.sin(phi)) - c * np.arctanh(c * np.sin(phi)))
    xi, eta = np.arctan2(t, np.cos(away)), np.arctanh(np.sin(away) / np.sqrt(1 + t * t))
    east, north = eta.copy(), xi.copy()
    for j, factor in enumerate(alpha, start=1):
        east += factor * np.cos(2 * j * xi) * np.sinh(2 * j * eta)
        north += factor * np.sin(2 * j * xi) * np.cosh(2 * j * eta)
    return false_easting + radius * east, radius * north


@pytest.mark.parametrize("number", range(4513, 4555))
def test_every_zone_of_cgcs2000(number: int) -> None:
    prefixed = number < 4534
    zone = number - (4513 if prefixed else 4534) + 25
    rng = np.random.default_rng(number)
    lon, lat = 3.0 * zone + rng.uniform(-1.6, 1.6, 40), rng.uniform(16.7, 53.6, 40)
    x, y = crs.from_wgs84(lon, lat, crs=f"EPSG:{number}")
    offset = 500_000.0 + (zone * 1_000_000.0 if prefixed else 0.0)
    want_x, want_y = krueger(lon, lat, meridian=3.0 * zone, false_easting=offset)
    np.testing.assert_allclose(x, want_x, atol=2e-5, rtol=0)
    np.testing.assert_allclose(y, want_y, atol=2e-5, rtol=0)
    pipeline = (
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
        f"+step +proj=tmerc +lat_0=0 +lon_0={3 * zone} +k=1 +x_0={offset:.0f} +y_0=0 +ellps=GRS80"
    )
    np.testing.assert_allclose(
        (x, y), pyproj.Transformer.from_pipeline(pipeline).transform(lon, lat), atol=1e-6, rtol=0
    )
    back_lon, back_lat, shift = crs.to_wgs84(want_x, want_y, crs=f"EPSG:{number}")
    assert crs.distance_m(lon, lat, back_lon, back_lat).max() < 1e-3
    assert not shift.any()
    # As text of an older kind it may not be known by its number, and is the same system all the same.
    old = crs.canonical(pyproj.CRS(number).to_wkt("WKT1_GDAL"))
    np.testing.assert_allclose(crs.from_wgs84(lon, lat, crs=old), (x, y), atol=1e-6, rtol=0)


def test_feet_are_feet() -> None:
    feet = crs.from_wgs84(-74.0, 40.7, crs="EPSG:2263")  # New York, US survey feet
    metres = crs.from_wgs84(-74.0, 40.7, crs="EPSG:32118")
    np.testing.assert_allclose(np.array(feet) * 1200 / 3937, metres, atol=1e-5, rtol=0)
    lon, lat, _ = crs.to_wgs84(*feet, crs="EPSG:2263")
    assert crs.distance_m(-74.0, 40.7, lon, lat) < 1e-3


@pytest.mark.parametrize("name", ["EPSG:4547", "EPSG:4526", "EPSG:2436", "EPSG:31467", "EPSG:2193"])
def test_x_comes_first_where_the_definition_says_north_first(name: str) -> None:
    assert pyproj.CRS(name).axis_info[0].direction == "north"
    here = {"EPSG:31467": (9.2, 48.8), "EPSG:2193": (174.8, -41.3)}.get(name, (114.2, 34.4))
    x, y = crs.from_wgs84(*here, crs=name)
    further, _ = crs.from_wgs84(here[0] + 0.01, here[1], crs=name)
    _, higher = crs.from_wgs84(here[0], here[1] + 0.01, crs=name)
    assert 500 < further - x < 1500
    assert 1000 < higher - y < 1200
