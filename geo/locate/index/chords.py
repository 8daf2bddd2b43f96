"""Lower bounds of chords through the ellipsoid, without the sines of every box.

Squares of chords from q to places whose latitudes are at least Δφ and whose longitudes are at least Δλ off, and that
are no nearer to the equator than the latitude h, are at least

    (2 M₀ sin ½Δφ)² + 4 ρ(q) ρ(h) sin² ½Δλ,

with M₀ the least radius of the meridian on the way and ρ the radius of a parallel: the first is the chord of a meridian
(its arc, each piece seen in the direction of the middle one), and (ρ₁ - ρ₂)² + 4 ρ₁ ρ₂ sin² ½Δλ is the chord within the
equator's plane. Sines and cosines are broken series of Taylor's, on the side where the bound stays one.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.compiled import inlined, jit
from geo.locate.index.boxes import FAN
from geo.locate.index.ground import A_M, DEGREE_M, E2, POLAR, radii

Floats = NDArray[np.float64]

_RAD: Final = math.pi / 180.0
# Metres by which the radii of the meridian and of the prime vertical change in a radian, at most: 3/2 and 1/2 of e² a.
_MERIDIAN_TURN: Final = 65_000.0
_NORMAL_TURN: Final = 21_700.0
# Up to here (radians) the bound along a meridian grows, and beyond it is no less than here.
_MOST_TURN: Final = 3.0
# Chords are measured to pieces of edges that are straight in space: no more than 0.16 m from the edge, which has twice
# the earth's curvature at most and pieces of 2 km. The share is for bounds that are kept as float32.
_OFF_M: Final = 0.25
_OFF: Final = 1e-6
# From here on, balls around boxes tell more: the bounds above are loose where Δφ and Δλ are great.
_BALLS_M: Final = 300_000.0
_FAN: Final[Any] = np.uint64(FAN)
_1: Final[Any] = np.uint64(1)
_W, _S, _E, _N = np.uint64(0), np.uint64(1), np.uint64(2), np.uint64(3)

# Longitude and latitude, degrees; the latitude's distance from the equator, radians, its cosine and sine; radii there
# of the meridian, of the prime vertical, and of the parallel; metres from the equator's plane; whether all is far.
Place = tuple[float, float, float, float, float, float, float, float, float, bool]


@jit
def place_of(lon: float, lat: float, sides: NDArray[np.float32], root: Any, origin: Floats) -> Place:
    """What the bounds need to know of the point that chords go from to boxes, of which `root` is the topmost group."""
    phi = abs(lat) * _RAD
    meridian, normal = radii(phi)
    sin, cos = math.sin(phi), max(math.cos(phi), 0.0)
    height = math.copysign(normal * POLAR * sin, lat)
    place = (lon, lat, phi, cos, sin, meridian, normal, normal * cos, height, False)
    near = np.empty(FAN, dtype=np.float32)
    box_chords(place, sides, root, origin, near)
    return lon, lat, phi, cos, sin, meridian, normal, normal * cos, height, near.min() > _BALLS_M**2


@jit
def above(square: float) -> float:
    """What the bounds of all that is no farther than a square of a chord are below."""
    return (math.sqrt(square) * (1.0 + _OFF) + _OFF_M) ** 2


@jit
def box_chords(place: Place, sides: NDArray[np.float32], group: Any, origin: Floats, out: NDArray[np.float32]) -> None:
    """Lower bounds of the squares of chords to the eight boxes of a group, infinite where there is no box."""
    x0, y0 = origin[0], origin[1]
    if place[9]:
        for j in range(_FAN):
            west, south = sides[group, _W, j] + x0, sides[group, _S, j] + y0
            east, north = sides[group, _E, j] + x0, sides[group, _N, j] + y0
            square = _to_ball(place, west, south, east, north)
            out[j] = square if west < np.inf else np.inf
    else:
        for j in range(_FAN):
            west, south = sides[group, _W, j] + x0, sides[group, _S, j] + y0
            east, north = sides[group, _E, j] + x0, sides[group, _N, j] + y0
            square = _to_box(place, west, south, east, north)
            out[j] = square if west < np.inf else np.inf


@jit
def edge_chords(place: Place, xy: Floats, first: Any, out: NDArray[np.float32]) -> None:
    """The same for eight edges and the boxes around them, infinite beyond the last edge."""
    edges = np.uint64(len(xy))
    far = place[9]
    for j in range(_FAN):
        k = min(first + j, edges - _1)
        x1, y1, x2, y2 = xy[k, _W], xy[k, _S], xy[k, _E], xy[k, _N]
        west, south, east, north = min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)
        square = _to_ball(place, west, south, east, north) if far else _to_box(place, west, south, east, north)
        out[j] = square if first + j < edges else np.inf


@inlined
def _to_box(place: Place, west: float, south: float, east: float, north: float) -> float:
    lon, lat, phi, cos, sin, meridian, normal, parallel, _, _ = place
    # Along the meridian.
    turn = min(max(max(south - lat, lat - north), 0.0) * _RAD, _MOST_TURN)
    up = 2.0 * (meridian - _MERIDIAN_TURN * turn) * _sine(0.5 * turn)
    # Around the axis, either way; the parallel that is farthest from the equator is the shortest.
    over = max(max(west - lon, lon - east), 0.0)
    other = max(360.0 - max(abs(west - lon), abs(east - lon)), 0.0)
    round_ = _sine(0.5 * _RAD * min(over, other))
    d = max(abs(south), abs(north)) * _RAD - phi
    d2 = d * d
    # cos (φ + d), from below; the sine must be from above, where d is negative as well.
    back = min(d, 0.0) * d2 * d2 * d2 * (1.0 / 5040.0)
    turned = cos * (1.0 - d2 * (0.5 - d2 * (1.0 / 24.0 - d2 * (1.0 / 720.0))))
    turned -= sin * (d * (1.0 - d2 * (1.0 / 6.0 - d2 * (1.0 / 120.0))) - back)
    shortest = max((normal - _NORMAL_TURN * abs(d)) * turned, 0.0)
    return up * up + 4.0 * parallel * shortest * round_ * round_


@inlined
def _to_ball(place: Place, west: float, south: float, east: float, north: float) -> float:
    lon, _, _, _, _, _, _, parallel, height, _ = place
    phi = 0.5 * (south + north) * _RAD
    half = abs(0.5 * (west + east) - lon)
    half = 0.5 * _RAD * min(half, 360.0 - half)
    sin, cos, turned = _full_sine(phi), _full_sine(0.5 * math.pi - abs(phi)), _full_sine(half)
    normal = A_M / math.sqrt(1.0 - E2 * sin * sin)
    ring = normal * cos
    inward, up = parallel - ring, height - normal * POLAR * sin
    chord = math.sqrt(inward * inward + up * up + 4.0 * parallel * ring * turned * turned)
    # Along a meridian, then along a parallel: no chord from the middle is longer than this way.
    radius = 0.5 * DEGREE_M * ((north - south) + (east - west) * (cos + 0.5 * _RAD * (north - south)))
    least = max(chord - radius, 0.0)
    return least * least


@inlined
def _full_sine(x: float) -> float:
    """The sine of -½π … ½π, within 1e-11."""
    q = x * x
    fine = 1.0 - q * (1.0 / 156.0 - q * (1.0 / 32760.0))
    return x * (
        1.0
        - q
        * (1.0 / 6.0)
        * (
            1.0
            - q * (1.0 / 20.0) * (1.0 - q * (1.0 / 42.0) * (1.0 - q * (1.0 / 72.0) * (1.0 - q * (1.0 / 110.0) * fine)))
        )
    )


@inlined
def _sine(half: float) -> float:
    """No more than the sine of 0 … π/2."""
    square = half * half
    return half * (1.0 - square * (1.0 / 6.0 - square * (1.0 / 120.0 - square * (1.0 / 5040.0))))
