"""Points a second between datums: `geo.crs` beside the published formulas in plain numpy, and beside pyproj."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.crs import transform_xy

Floats = NDArray[np.float64]
XY = tuple[Floats, Floats]
_N = 1_000_000


@dataclass(frozen=True)
class Row:
    """A way from one system to another: M points a second of ours and of the other, greatest difference in degrees."""

    name: str
    other: str
    ours: float
    theirs: float
    difference: float


def rows(rounds: int) -> Iterator[Row]:
    """Each way with what it is compared with."""
    rng = np.random.default_rng(0)
    lon, lat = rng.uniform(75, 133, _N), rng.uniform(20, 52, _N)
    gcj = plain_gcj02(lon, lat)
    bd = plain_bd09(*gcj)
    plain = "plain numpy"
    yield _row("WGS84 → GCJ-02", "EPSG:4326", "GCJ-02", (lon, lat), plain, plain_gcj02, rounds)
    yield _row("GCJ-02 → WGS84", "GCJ-02", "EPSG:4326", gcj, f"{plain}, 5 rounds", plain_back, rounds)
    yield _row(
        "WGS84 → BD-09", "EPSG:4326", "BD-09", (lon, lat), plain, lambda x, y: plain_bd09(*plain_gcj02(x, y)), rounds
    )
    yield _row(
        "BD-09 → WGS84",
        "BD-09",
        "EPSG:4326",
        bd,
        f"{plain}, 7 + 5 rounds",
        lambda x, y: plain_back(*plain_bd_back(x, y)),
        rounds,
    )
    import pyproj

    zone = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:4547", always_xy=True)
    near = rng.uniform(112.5, 115.5, _N)
    yield _row("WGS84 → EPSG:4547", "EPSG:4326", "EPSG:4547", (near, lat), "pyproj", zone.transform, rounds)


def _row(
    name: str, source: str, target: str, points: XY, other: str, their_way: Callable[[Floats, Floats], XY], rounds: int
) -> Row:
    def our_way(x: Floats, y: Floats) -> XY:
        return transform_xy(x, y, source=source, target=target)

    one, two = our_way(*points), their_way(*points)
    ours, theirs = [], []
    for _ in range(rounds):
        for way, rates in ((our_way, ours), (their_way, theirs)):
            begin = time.process_time()
            way(*points)
            rates.append(_N / (time.process_time() - begin) / 1e6)
    difference = float(max(np.abs(one[0] - two[0]).max(), np.abs(one[1] - two[1]).max()))
    return Row(name, other, statistics.median(ours), statistics.median(theirs), difference)


def plain_gcj02(lon: Floats, lat: Floats) -> XY:
    """The published formula, written down."""
    x, y, pi, sin = lon - 105.0, lat - 35.0, np.pi, np.sin
    common = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x)) + common
    north += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x)) + common
    east += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    axis, e2, phi = 6378245.0, 0.00669342162296594323, lat / 180.0 * pi
    magic = 1.0 - e2 * sin(phi) ** 2
    root = np.sqrt(magic)
    return (
        lon + east * 180.0 / (axis / root * np.cos(phi) * pi),
        lat + north * 180.0 / (axis * (1.0 - e2) / (magic * root) * pi),
    )


def plain_back(lon: Floats, lat: Floats) -> XY:
    """GCJ-02 as WGS84."""
    x, y = lon, lat
    for _ in range(5):
        u, v = plain_gcj02(x, y)
        x, y = x + (lon - u), y + (lat - v)
    return x, y


def plain_bd09(lon: Floats, lat: Floats) -> XY:
    """GCJ-02 as BD-09."""
    wave = np.pi * 3000.0 / 180.0
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * wave)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * wave)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def plain_bd_back(lon: Floats, lat: Floats) -> XY:
    """BD-09 as GCJ-02."""
    x, y = lon - 0.0065, lat - 0.006
    for _ in range(7):
        u, v = plain_bd09(x, y)
        x, y = x + (lon - u), y + (lat - v)
    return x, y
