"""GCJ-02 and BD-09, the shifted datums of Chinese web maps.

The published formulas: a polynomial and sines of the offset from 105° E 35° N in metres, turned to degrees on the
Krasovsky ellipsoid. They are the identity outside `CHINA_BOX`.

The inverse is a fixed-point iteration. Each round leaves at most 1 % (GCJ-02) or 2 % (BD-09) of the error, so a few
rounds of the whole block end within nanometres; the rare point that still moves then (beside 105° E, where the formula
has a root's edge) goes on alone until it does not.

The kernels call no library function: sines are polynomials of their own, so that a loop runs in vector registers, and
as only exact IEEE operations in a fixed order are left, a point has the same bits singly and anywhere in an array.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.compiled import inlined, jit
from geo.crs.names import BD09, CHINA_BOX

Floats = NDArray[np.float64]

_E2: Final = 0.00669342162296594323  # first eccentricity of the Krasovsky ellipsoid, squared
_DEGREE: Final = 180.0 / np.pi / 6_378_245.0  # one metre of its equator in degrees
_RADIUS_M: Final = 6_371_008.8
_WEST, _SOUTH, _EAST, _NORTH = CHINA_BOX
_SLACK: Final = 1e-9  # a point on the box's own edge comes back a rounding error beside it
_NEAR: Final = 0.1  # no point is shifted by more
_GCJ_ROUNDS: Final = 5
_BD_ROUNDS: Final = 6
_STILL_DEG: Final = 1e-10  # 10 µm: a step of less leaves 0.2 µm to go
_MOST_ROUNDS: Final = 60
_BLOCK: Final = 512  # points whose intermediate values stay in the first-level cache


def of_wgs84(lon: Floats, lat: Floats, *, name: str) -> tuple[Floats, Floats]:
    """WGS84 degrees as the datum `name`, GCJ-02 or BD-09; the identity outside the box of China."""
    return _apply(lon, lat, name == BD09, True)


def to_wgs84(lon: Floats, lat: Floats, *, name: str) -> tuple[Floats, Floats]:
    """Degrees of the datum `name`, GCJ-02 or BD-09, as WGS84.

    The shifted-back point if it lies in the box, else the point as given: outside, the datums are the identity.
    """
    return _apply(lon, lat, name == BD09, False)


def one_to_wgs84(lon: float, lat: float, *, name: str) -> tuple[float, float, float]:
    """The same answer as `to_wgs84` and `moved_m` for one point, without array overhead."""
    return _one_back(lon, lat, name == BD09)


def moved_m(lon_a: Floats, lat_a: Floats, lon_b: Floats, lat_b: Floats) -> Floats:
    """Great-circle distance in metres between near points in degrees, exact to a millionth below 100 km."""
    a_x, a_y, b_x, b_y = (np.ascontiguousarray(values).reshape(-1) for values in (lon_a, lat_a, lon_b, lat_b))
    out = np.empty(len(a_x))
    _all_moved(a_x, a_y, b_x, b_y, out)
    return out.reshape(lon_a.shape)


def _apply(lon: Floats, lat: Floats, bd: bool, forth: bool) -> tuple[Floats, Floats]:
    x, y = np.ascontiguousarray(lon).reshape(-1), np.ascontiguousarray(lat).reshape(-1)
    out_x, out_y = np.empty(len(x)), np.empty(len(y))
    (_all_forth if forth else _all_back)(x, y, bd, out_x, out_y)
    return out_x.reshape(lon.shape), out_y.reshape(lat.shape)


@inlined
def _sin_cos(a: float) -> tuple[float, float]:
    """Sine and cosine of −1.6 … 1.6 by their series, to 2e-16 below 1 and to 1e-14 at the ends."""
    z = a * a
    s = -1.0 / 121645100408832000.0
    s = s * z + 1.0 / 355687428096000.0
    s = s * z - 1.0 / 1307674368000.0
    s = s * z + 1.0 / 6227020800.0
    s = s * z - 1.0 / 39916800.0
    s = s * z + 1.0 / 362880.0
    s = s * z - 1.0 / 5040.0
    s = s * z + 1.0 / 120.0
    s = s * z - 1.0 / 6.0
    c = 1.0 / 2432902008176640000.0
    c = c * z - 1.0 / 6402373705728000.0
    c = c * z + 1.0 / 20922789888000.0
    c = c * z - 1.0 / 87178291200.0
    c = c * z + 1.0 / 479001600.0
    c = c * z - 1.0 / 3628800.0
    c = c * z + 1.0 / 40320.0
    c = c * z - 1.0 / 720.0
    c = c * z + 1.0 / 24.0
    c = c * z - 0.5
    return a + a * z * s, 1.0 + z * c


@inlined
def _sines(x: float) -> tuple[float, float, float, float, float]:
    """Sines of πx/30, πx/12, πx/3, πx, and of 2πx and 6πx together.

    All are multiples (4, 10, 40, 120, 240, 720) of one angle, so addition theorems take the place of most sines; an
    error of 1e-13 comes of it, which moves nothing by more than a picometre.
    """
    s0, c0 = _sin_cos(np.pi / 120.0 * x)
    s1, c1 = 2.0 * s0 * c0, 1.0 - 2.0 * s0 * s0
    s2, c2 = 2.0 * s1 * c1, 1.0 - 2.0 * s1 * s1
    s4, c4 = 2.0 * s2 * c2, 1.0 - 2.0 * s2 * s2
    s5, c5 = s4 * c1 + c4 * s1, c4 * c1 - s4 * s1
    s10, c10 = 2.0 * s5 * c5, 1.0 - 2.0 * s5 * s5
    s20, c20 = 2.0 * s10 * c10, 1.0 - 2.0 * s10 * s10
    s60, c60 = s20 * (3.0 - 4.0 * s20 * s20), c20 * (4.0 * c20 * c20 - 3.0)
    s120 = 2.0 * s60 * c60
    return s2, s5, s20, s60, s120 + s120 * (3.0 - 4.0 * s120 * s120)


@inlined
def _gcj_offset(lon: float, lat: float) -> tuple[float, float]:
    """The shift of a WGS84 point in degrees, without regard to the box."""
    x, y = lon - 105.0, lat - 35.0
    x30, x12, x3, x1, fast = _sines(x)
    y30, y12, y3, y1, _ = _sines(y)
    root, xy = math.sqrt(np.abs(x)), 0.1 * x * y
    north = 20.0 * fast + 20.0 * y1 + 40.0 * y3 + 160.0 * y12 + 320.0 * y30
    north = 2.0 / 3.0 * north + (-100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + xy + 0.2 * root)
    east = 20.0 * fast + 20.0 * x1 + 40.0 * x3 + 150.0 * x12 + 300.0 * x30
    east = 2.0 / 3.0 * east + (300.0 + x + 2.0 * y + 0.1 * x * x + xy + 0.1 * root)
    sine, cosine = _sin_cos(np.pi / 180.0 * lat)
    magic = 1.0 - _E2 * sine * sine
    root_magic = math.sqrt(magic)
    # np.divide: the plain sign would look for a zero to raise at, and the loop would leave the vector registers.
    return np.divide(east * root_magic, cosine) * _DEGREE, north * magic * root_magic * (_DEGREE / (1.0 - _E2))


@inlined
def _bd_of_gcj(x: float, y: float) -> tuple[float, float]:
    """BD-09 of GCJ-02: radius and angle are changed by a wave of 0.12° each.

    The change of the angle is at most 3e-6, so two terms of its sine and cosine are all that a double holds.
    """
    across, along = x * (25.0 / 3.0), y * (25.0 / 3.0)
    s, c = _sin_cos(np.pi * (along - np.floor(along + 0.5)))
    wave = 2.0 * s * c
    s, c = _sin_cos(np.pi * (across - np.floor(across + 0.5)))
    turn = 0.000003 * (1.0 - 2.0 * s * s)
    radius = math.sqrt(x * x + y * y)
    longer = 1.0 + np.divide(0.00002 * wave, radius)
    cosine, sine = 1.0 - 0.5 * turn * turn, turn - turn * turn * turn * (1.0 / 6.0)
    return longer * (x * cosine - y * sine) + 0.0065, longer * (y * cosine + x * sine) + 0.006


@inlined
def _moved(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """Haversine on the mean sphere, with two terms of the series of the small angles."""
    across = lon_b - lon_a
    across = np.pi / 360.0 * (across - 360.0 * np.floor(across * (1.0 / 360.0) + 0.5))
    along = np.pi / 360.0 * (lat_b - lat_a)
    _, cos_a = _sin_cos(np.pi / 180.0 * lat_a)
    _, cos_b = _sin_cos(np.pi / 180.0 * lat_b)
    across, along = across - across * across * across * (1.0 / 6.0), along - along * along * along * (1.0 / 6.0)
    chord = math.sqrt(along * along + cos_a * cos_b * across * across)
    return 2.0 * _RADIUS_M * (chord + chord * chord * chord * (1.0 / 6.0))


@inlined
def _in_box(x: float, y: float, slack: float) -> bool:
    return (x >= _WEST - slack) & (x <= _EAST + slack) & (y >= _SOUTH - slack) & (y <= _NORTH + slack)


@jit
def _all_forth(lon: Floats, lat: Floats, bd: bool, out_x: Floats, out_y: Floats) -> None:
    for start in range(0, len(lon), _BLOCK):
        stop = min(start + _BLOCK, len(lon))
        x, y, to_x, to_y = lon[start:stop], lat[start:stop], out_x[start:stop], out_y[start:stop]
        _gcj_forth(x, y, to_x, to_y)
        if bd:
            _bd_forth(to_x, to_y)
        _keep(x, y, x, y, to_x, to_y, 0.0)


@jit
def _all_back(lon: Floats, lat: Floats, bd: bool, out_x: Floats, out_y: Floats) -> None:
    for start in range(0, len(lon), _BLOCK):
        stop = min(start + _BLOCK, len(lon))
        x, y, to_x, to_y = lon[start:stop], lat[start:stop], out_x[start:stop], out_y[start:stop]
        gcj_x, gcj_y, last_x, last_y = x.copy(), y.copy(), x.copy(), y.copy()
        if bd:
            gcj_x -= 0.0065
            gcj_y -= 0.006
            for _ in range(_BD_ROUNDS):
                last_x[:], last_y[:] = gcj_x, gcj_y
                _bd_round(gcj_x, gcj_y, x, y)
            for i in range(stop - start):
                if np.abs(gcj_x[i] - last_x[i]) + np.abs(gcj_y[i] - last_y[i]) > _STILL_DEG:
                    gcj_x[i], gcj_y[i] = _settle_bd(gcj_x[i], gcj_y[i], x[i], y[i])
        to_x[:], to_y[:] = gcj_x, gcj_y
        for _ in range(_GCJ_ROUNDS):
            last_x[:], last_y[:] = to_x, to_y
            _gcj_round(to_x, to_y, gcj_x, gcj_y)
        for i in range(stop - start):
            if np.abs(to_x[i] - last_x[i]) + np.abs(to_y[i] - last_y[i]) > _STILL_DEG:
                to_x[i], to_y[i] = _settle_gcj(to_x[i], to_y[i], gcj_x[i], gcj_y[i])
        _keep(x, y, to_x, to_y, to_x, to_y, _SLACK)


# Each of these loops stands alone: over few arrays, whose overlap the compiler can rule out, it runs in vectors.


@jit
def _gcj_forth(lon: Floats, lat: Floats, out_x: Floats, out_y: Floats) -> None:
    for i in range(len(lon)):
        east, north = _gcj_offset(lon[i], lat[i])
        out_x[i] = lon[i] + east
        out_y[i] = lat[i] + north


@jit
def _bd_forth(x: Floats, y: Floats) -> None:
    for i in range(len(x)):
        to_x, to_y = _bd_of_gcj(x[i], y[i])
        x[i] = to_x
        y[i] = to_y


@jit
def _bd_round(x: Floats, y: Floats, lon: Floats, lat: Floats) -> None:
    for i in range(len(x)):
        to_x, to_y = _bd_of_gcj(x[i], y[i])
        x[i] += lon[i] - to_x
        y[i] += lat[i] - to_y


@jit
def _gcj_round(x: Floats, y: Floats, gcj_x: Floats, gcj_y: Floats) -> None:
    for i in range(len(x)):
        east, north = _gcj_offset(x[i], y[i])
        x[i] = gcj_x[i] - east
        y[i] = gcj_y[i] - north


@jit
def _keep(lon: Floats, lat: Floats, box_x: Floats, box_y: Floats, out_x: Floats, out_y: Floats, slack: float) -> None:
    """Take back what was done to points that lie outside the box, or nowhere near it: there the series fail."""
    for i in range(len(lon)):
        within = _in_box(box_x[i], box_y[i], slack) & _in_box(lon[i], lat[i], _NEAR)
        out_x[i] = out_x[i] if within else lon[i]
        out_y[i] = out_y[i] if within else lat[i]


@jit
def _all_moved(lon_a: Floats, lat_a: Floats, lon_b: Floats, lat_b: Floats, out: Floats) -> None:
    for i in range(len(out)):
        out[i] = _moved(lon_a[i], lat_a[i], lon_b[i], lat_b[i])


@jit
def _settle_bd(x: float, y: float, lon: float, lat: float) -> tuple[float, float]:
    for _ in range(_MOST_ROUNDS):
        last_x, last_y = x, y
        to_x, to_y = _bd_of_gcj(x, y)
        x, y = x + (lon - to_x), y + (lat - to_y)
        if not np.abs(x - last_x) + np.abs(y - last_y) > _STILL_DEG:
            break
    return x, y


@jit
def _settle_gcj(x: float, y: float, gcj_x: float, gcj_y: float) -> tuple[float, float]:
    for _ in range(_MOST_ROUNDS):
        last_x, last_y = x, y
        east, north = _gcj_offset(x, y)
        x, y = gcj_x - east, gcj_y - north
        if not np.abs(x - last_x) + np.abs(y - last_y) > _STILL_DEG:
            break
    return x, y


@jit
def _one_back(lon: float, lat: float, bd: bool) -> tuple[float, float, float]:
    """One point by the operations of `_all_back`, in their order."""
    gcj_x, gcj_y = lon, lat
    if bd:
        gcj_x, gcj_y, last_x, last_y = lon - 0.0065, lat - 0.006, lon, lat
        for _ in range(_BD_ROUNDS):
            last_x, last_y = gcj_x, gcj_y
            x, y = _bd_of_gcj(gcj_x, gcj_y)
            gcj_x, gcj_y = gcj_x + (lon - x), gcj_y + (lat - y)
        if np.abs(gcj_x - last_x) + np.abs(gcj_y - last_y) > _STILL_DEG:
            gcj_x, gcj_y = _settle_bd(gcj_x, gcj_y, lon, lat)
    x, y, last_x, last_y = gcj_x, gcj_y, gcj_x, gcj_y
    for _ in range(_GCJ_ROUNDS):
        last_x, last_y = x, y
        east, north = _gcj_offset(x, y)
        x, y = gcj_x - east, gcj_y - north
    if np.abs(x - last_x) + np.abs(y - last_y) > _STILL_DEG:
        x, y = _settle_gcj(x, y, gcj_x, gcj_y)
    within = _in_box(x, y, _SLACK) & _in_box(lon, lat, _NEAR)
    x, y = x if within else lon, y if within else lat
    return x, y, _moved(lon, lat, x, y)
