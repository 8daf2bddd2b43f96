"""Coordinate systems: projections, names, axis order, shapes, and what is refused."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pyproj
import pytest
import shapely

from geo import crs
from geo.errors import InvalidCoordinate, InvalidCrs


@pytest.mark.parametrize("number", [4269, 3857, 32650, 4491, 4503, *range(4513, 4555, 4), 4554])
def test_projections_agree_with_proj(number: int) -> None:
    rng = np.random.default_rng(number)
    meridian = {4269: 117, 3857: 117, 32650: 117, 4491: 75, 4503: 81}.get(number)
    if meridian is None:
        meridian = 3 * (number - 4513 + 25 if number < 4534 else number - 4534 + 25)
    lon, lat = meridian + rng.uniform(-1.5, 1.5, 50), rng.uniform(18, 53, 50)
    x, y = crs.from_wgs84(lon, lat, crs=f"EPSG:{number}")
    want = pyproj.Transformer.from_crs(4326, number, always_xy=True).transform(lon, lat)
    np.testing.assert_array_equal((x, y), want)
    back_lon, back_lat, shift = crs.to_wgs84(x, y, crs=f"epsg:{number}")
    assert crs.distance_m(lon, lat, back_lon, back_lat).max() < 1e-3
    assert shift.max() < 2.5  # NAD83 is the only one that is degrees


def test_gauss_krueger_zones() -> None:
    easting, northing = crs.from_wgs84(117.0, 30.0, crs="EPSG:4548")
    assert float(easting) == pytest.approx(500_000.0, abs=1e-6)
    assert float(northing) == pytest.approx(3_320_113.4, abs=0.5)
    prefixed, same = crs.from_wgs84(117.0, 30.0, crs="EPSG:4527")
    assert float(prefixed) == pytest.approx(39_500_000.0, abs=1e-6)
    assert same == northing


def test_cgcs2000_is_wgs84_in_lon_lat_order() -> None:
    lon, lat, shift = crs.to_wgs84([117.5], [30.25], crs="EPSG:4490")
    assert (lon[0], lat[0], shift[0]) == (117.5, 30.25, 0.0)
    assert crs.from_wgs84(117.5, 30.25, crs="CGCS2000") == (117.5, 30.25)


@pytest.mark.parametrize(
    ("given_name", "want"),
    [
        ("wgs84", "EPSG:4326"),
        ("WGS-84", "EPSG:4326"),
        ("epsg:4326", "EPSG:4326"),
        ("cgcs 2000", "EPSG:4490"),
        ("EPSG:4490", "EPSG:4490"),
        ("gcj02", "GCJ-02"),
        ("Gcj-02", "GCJ-02"),
        ("bd09", "BD-09"),
        ("BD_09", "BD-09"),
        (pyproj.CRS(4547).to_wkt(), "EPSG:4547"),
        (pyproj.CRS(4547).to_wkt("WKT1_ESRI"), "EPSG:4547"),
        ("+proj=longlat +datum=WGS84 +type=crs", "EPSG:4326"),
    ],
)
def test_canonical_names(given_name: str, want: str) -> None:
    assert crs.canonical(given_name) == want
    assert crs.canonical(want) == want


def test_local_system_with_its_own_shift_keeps_it() -> None:
    text = "+proj=tmerc +lon_0=117 +x_0=500000 +ellps=krass +towgs84=10,20,30,0,0,0,0 +units=m +type=crs"
    lon, lat, _ = crs.to_wgs84(*crs.from_wgs84(117.1, 30.0, crs=text), crs=crs.canonical(text))
    assert crs.distance_m(117.1, 30.0, lon, lat) < 1e-3
    assert crs.from_wgs84(117.1, 30.0, crs=text)[0] != crs.from_wgs84(117.1, 30.0, crs="EPSG:4548")[0]


@pytest.mark.parametrize(
    "name", ["", "  ", "WGS85", "EPSG:999999", "4326", "GCJ-03", "BD09MC", "EPSG:4978", "EPSG:5773"]
)
def test_unknown_names_are_refused_with_the_accepted_ones(name: str) -> None:
    with pytest.raises(InvalidCrs) as caught:
        crs.canonical(name)
    for language in ("zh", "en"):
        assert "GCJ-02" in caught.value.message(language)


def test_bad_coordinates_become_nan_and_leave_the_others_alone() -> None:
    lon = [117.0, math.nan, math.inf, 500_000.0, 117.0, 117.0]
    lat = [30.0, 30.0, 30.0, 3_400_000.0, 91.0, 30.0]
    for name in ("WGS84", "CGCS2000", "GCJ-02", "BD-09", "EPSG:4269"):
        x, y, shift = crs.to_wgs84(lon, lat, crs=name)
        good = np.array([True, False, False, False, False, True])
        for values in (x, y, shift):
            np.testing.assert_array_equal(np.isfinite(values), good)
            assert values[0] == values[-1]


def test_shapes_must_agree() -> None:
    with pytest.raises(InvalidCoordinate):
        crs.to_wgs84([1.0, 2.0], [1.0], crs="WGS84")


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 5)])
def test_shape_is_kept(shape: tuple[int, ...]) -> None:
    for name in ("WGS84", "GCJ-02", "EPSG:4548"):
        for values in crs.to_wgs84(np.full(shape, 117.0), np.full(shape, 30.0), crs=name):
            assert values.shape == shape
            assert values.dtype == np.float64


def test_the_usual_four_do_without_proj() -> None:
    code = """
import sys
from geo import crs
for name in ("WGS84", "CGCS2000", "GCJ-02", "BD-09", "epsg:4326", "EPSG:4490"):
    crs.to_wgs84([117.0], [30.0], crs=name), crs.one_to_wgs84(117.0, 30.0, crs=name)
    crs.from_wgs84([117.0], [30.0], crs=name), crs.fit([117.0], [30.0], crs=name)
    crs.is_geographic(name), crs.metric_crs(117.0, 30.0)
assert "pyproj" not in sys.modules, "PROJ was loaded"
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_project_keeps_a_coverage_seamless() -> None:
    rng = np.random.default_rng(2)
    nodes = np.stack(np.meshgrid(np.arange(30.0), np.arange(30.0)), axis=-1) + rng.uniform(-0.3, 0.3, (30, 30, 2))
    nodes = np.array([117.0, 30.0]) + nodes * 0.001
    cells = [
        shapely.Polygon([nodes[i, j], nodes[i, j + 1], nodes[i + 1, j + 1], nodes[i + 1, j]])
        for i in range(29)
        for j in range(29)
    ]
    for source, target in [("WGS84", "EPSG:4548"), ("GCJ-02", "EPSG:4548"), ("BD-09", "CGCS2000"), ("WGS84", "gcj02")]:
        moved = crs.project(np.array(cells, dtype=object), source=source, target=target)
        assert shapely.coverage_is_valid(moved)
        assert shapely.coverage_union_all(moved).geom_type == "Polygon"


def test_project_takes_none_single_and_third_dimension() -> None:
    point = shapely.Point(117, 30, 55)
    for target in ("EPSG:4548", "WGS84"):
        moved = crs.project(np.array([point, None], dtype=object), source="CGCS2000", target=target)
        assert moved[1] is None
        assert not shapely.has_z(moved[0])
        assert crs.project(point, source="CGCS2000", target=target) == moved[0]


@pytest.mark.parametrize(
    ("lon", "lat", "want"),
    [
        (117.0, 30.0, "EPSG:4548"),
        (118.49, 30.0, "EPSG:4548"),
        (118.51, 30.0, "EPSG:4549"),
        (75.0, 39.0, "EPSG:4534"),
        (135.0, 48.0, "EPSG:4554"),
        (72.1, 39.0, "EPSG:4534"),
        (137.8, 39.0, "EPSG:4554"),
        (-74.0, 41.2, "EPSG:32618"),
        (-81.0, -28.0, "EPSG:32717"),
        (180.0, 10.0, "EPSG:32660"),
        (0.0, 89.0, "EPSG:32661"),
    ],
)
def test_metric_crs(lon: float, lat: float, want: str) -> None:
    assert crs.metric_crs(lon, lat) == want
    assert crs.metric_crs([lon - 0.001, lon + 0.001, math.nan], [lat, lat, 1.0]) == want or lon == 180.0
    assert not crs.is_geographic(want)


def test_metric_crs_needs_a_place() -> None:
    with pytest.raises(InvalidCoordinate):
        crs.metric_crs([math.nan], [30.0])
    with pytest.raises(InvalidCoordinate):
        crs.metric_crs([], [])


@pytest.mark.parametrize(
    ("lon", "lat", "want"),
    [
        ([117.0], [30.0], False),
        ([30.0], [117.0], True),
        ([41.2], [-74.0], False),  # Antarctica's shore as it stands: nothing tells
        ([39.0], [76.0], True),  # Kashgar swapped would be in the Barents Sea
        ([15.6], [78.2], False),  # Longyearbyen
        ([117.0, 117.1, 30.0], [30.0, 30.1, 117.0], False),  # one slip
        ([30.0, 30.1, 117.0], [117.0, 117.1, 30.0], True),
        ([math.nan, 30.0], [math.nan, 117.0], True),
        ([math.nan], [math.nan], False),
        ([500_000.0], [3_400_000.0], False),
        ([], [], False),
    ],
)
def test_looks_swapped(lon: list[float], lat: list[float], want: bool) -> None:
    assert crs.looks_swapped(lon, lat) is want


@pytest.mark.parametrize(
    ("x", "y", "name", "want"),
    [
        (500_000, 3_400_000, "EPSG:4548", "fits"),
        (3_400_000, 500_000, "EPSG:4548", "swapped"),
        (117, 30, "EPSG:4548", "outside"),
        (39_500_000, 3_400_000, "EPSG:4548", "outside"),
        (39_500_000, 3_400_000, "EPSG:4527", "fits"),
        (500_000, 3_400_000, "WGS84", "outside"),
        (117, 30, "WGS84", "fits"),
        (30, 117, "CGCS2000", "swapped"),
        (-74, 41, "EPSG:4269", "fits"),
        (-74, 41, "GCJ-02", "outside"),
        (178, -38, "EPSG:2193", "outside"),
        (math.nan, math.nan, "WGS84", "outside"),
    ],
)
def test_fit(x: float, y: float, name: str, want: str) -> None:
    assert crs.fit([x], [y], crs=name) == want


@pytest.mark.parametrize(
    ("own", "named", "place", "chosen"),
    [
        (None, None, (121.5, 31.2), None),
        (None, "epsg:32651", (3.5e5, 3.4e6), "EPSG:32651"),
        ("EPSG:4326", None, (121.5, 31.2), "EPSG:4326"),
        ("EPSG:4326", "EPSG:32651", (121.5, 31.2), "EPSG:4326"),  # what it says is right: the name is for others
        ("EPSG:4326", "EPSG:32651", (3.5e5, 3.4e6), "EPSG:32651"),  # GeoJSON says degrees whatever it holds
        ("EPSG:4326", "gcj02", (121.5, 31.2), "GCJ-02"),  # which no file can say
        ("EPSG:32651", "gcj02", (3.5e5, 3.4e6), "EPSG:32651"),
        ("EPSG:32650", "EPSG:32651", (3.5e5, 3.4e6), "EPSG:32650"),
    ],
)
def test_which_system_one_file_of_several_is_in(
    own: str | None, named: str | None, place: tuple[float, float], chosen: str | None
) -> None:
    assert crs.choose([place[0]], [place[1]], own=own, named=named) == chosen
