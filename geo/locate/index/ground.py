"""Metres on the WGS84 ellipsoid from a point to an edge that is straight in degrees.

Near the point, normal coordinates to the second order in degrees: with P = N cos φ and M the radii at the point,

    e = P Δλ − M sin φ Δφ Δλ,    n = M Δφ + ½ M′ Δφ² + ½ P sin φ Δλ²,

what the Christoffel symbols of ds² = M² dφ² + P² dλ² give (do Carmo, Differential Geometry of Curves and Surfaces,
4-6). Their error is of the third order: with R = 6,371 km below (d / R)² · (1 + tan² φ) · d, 0.05 mm at 1 km and 5 cm
at 10 km and 45°. The foot on the edge is taken in the first order; that moves it along the edge, and the distance by
no more.

Far away (`reach`), chords of the ellipsoid decide which edge is nearest, and Lambert's formula tells how far its foot
is: 20 m at thousands of kilometres (W. D. Lambert, The distance between two widely separated points on the surface of
the earth, Journal of the Washington Academy of Sciences 32, 1942). Seen from the other side of the earth, where there
is no telling one way from another, the error is below 1 %.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit

A_M: Final = 6378137.0
_F: Final = 1 / 298.257223563
E2: Final = _F * (2 - _F)
# The square of the minor axis as a share of that of the major.
POLAR: Final = 1.0 - E2
_RAD: Final = math.pi / 180.0
# Metres of a degree are never more than at the pole (along a meridian) and at the equator (along a parallel).
DEGREE_M: Final = 111_695.0
# No cosine is 0: at the very pole a degree of longitude would have no length at all.
_LEAST_COS: Final = 1e-12
_NEAR_M: Final = 10_000.0
# Longer edges are looked at in pieces where they are far: a chord of this length is 10 cm below its middle.
_PIECE_M: Final = 2_000.0
_PIECES: Final = 16


@jit
def frame(lat: float) -> tuple[float, float, float, float, float]:
    """What distances near a point of latitude `lat` (degrees) need.

    Returns
    -------
    per_lon, per_lat : metres per degree
    bend, stretch : tan φ / N and M′ / M², per metre
    reach : metres; farther away the series is not to be used
    """
    phi = lat * _RAD
    sin, cos = math.sin(phi), max(math.cos(phi), _LEAST_COS)
    w2 = 1.0 - E2 * sin * sin
    n = A_M / math.sqrt(w2)
    m = n * (1.0 - E2) / w2
    bend = sin / (cos * n)
    reach = _NEAR_M if abs(bend) * _NEAR_M < 0.01 else 0.01 / abs(bend)
    return n * cos * _RAD, m * _RAD, bend, 3.0 * E2 * sin * cos / (m * w2), reach


@jit
def radii(phi: float) -> tuple[float, float]:
    """Radii of curvature, metres, at a latitude (radians): of the meridian, and of the prime vertical."""
    w2 = 1.0 - E2 * math.sin(phi) ** 2
    normal = A_M / math.sqrt(w2)
    return normal * (1.0 - E2) / w2, normal


@jit
def foot(ax: float, ay: float, bx: float, by: float) -> tuple[float, float]:
    """The point of the line from a to b that is nearest to the origin, on a plane."""
    dx, dy = bx - ax, by - ay
    length2 = dx * dx + dy * dy
    along = -(ax * dx + ay * dy)
    if along <= 0.0 or length2 == 0.0:
        return ax, ay
    if along >= length2:
        return bx, by
    t = along / length2
    return ax + t * dx, ay + t * dy


@jit
def bent(x: float, y: float, bend: float, stretch: float) -> float:
    """The squared distance of a point, given in metres of the first order."""
    e = x - bend * x * y
    n = y + 0.5 * (stretch * y * y + bend * x * x)
    return e * e + n * n


@jit
def in_space(lon: float, lat: float) -> tuple[float, float, float]:
    """Cartesian metres of a point on the ellipsoid."""
    phi, lam = lat * _RAD, lon * _RAD
    sin, cos = math.sin(phi), math.cos(phi)
    n = A_M / math.sqrt(1.0 - E2 * sin * sin)
    return n * cos * math.cos(lam), n * cos * math.sin(lam), n * (1.0 - E2) * sin


@jit
def box_chord(qx: float, qy: float, qz: float, west: float, south: float, east: float, north: float) -> float:
    """A lower bound of the chords from q to anything between the four."""
    lat = 0.5 * (south + north)
    x, y, z = in_space(0.5 * (west + east), lat)
    flat = 0.0 if south <= 0.0 <= north else min(abs(south), abs(north))
    # Along a meridian, then along a parallel: no chord is longer than this way.
    radius = 0.5 * DEGREE_M * ((north - south) + (east - west) * math.cos(flat * _RAD))
    return max(math.sqrt((x - qx) ** 2 + (y - qy) ** 2 + (z - qz) ** 2) - radius, 0.0)


@jit
def edge_chord(qx: float, qy: float, qz: float, x1: float, y1: float, x2: float, y2: float) -> tuple[float, float]:
    """The shortest chord from q to an edge (degrees), and where on the edge it ends (0 … 1).

    An edge that is long is divided, and then its nearest pieces again: where it comes near twice, both must be told
    apart by sixteenths of it.
    """
    low, high = 0.0, 1.0
    while True:
        length = DEGREE_M * (high - low) * math.sqrt((x2 - x1) ** 2 + (y2 - y1) ** 2)
        pieces = 1 if length <= _PIECE_M else _PIECES
        best, at, piece = np.inf, low, 0
        ax, ay, az = in_space(x1 + low * (x2 - x1), y1 + low * (y2 - y1))
        for k in range(pieces):
            t = low + (high - low) * (k + 1) / pieces
            bx, by, bz = in_space(x1 + t * (x2 - x1), y1 + t * (y2 - y1))
            dx, dy, dz = bx - ax, by - ay, bz - az
            length2 = dx * dx + dy * dy + dz * dz
            s = 0.0
            if length2 > 0.0:
                s = min(max(((qx - ax) * dx + (qy - ay) * dy + (qz - az) * dz) / length2, 0.0), 1.0)
            chord2 = (ax + s * dx - qx) ** 2 + (ay + s * dy - qy) ** 2 + (az + s * dz - qz) ** 2
            if chord2 < best:
                best, at, piece = chord2, low + (high - low) * (k + s) / pieces, k
            ax, ay, az = bx, by, bz
        if pieces == 1:
            return math.sqrt(best), at
        width = (high - low) / pieces
        low, high = max(low + (piece - 0.5) * width, 0.0), min(low + (piece + 1.5) * width, 1.0)


@jit
def lambert(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Metres between two points far apart, by Lambert's formula for long lines."""
    beta1 = math.atan((1.0 - _F) * math.tan(lat1 * _RAD))
    beta2 = math.atan((1.0 - _F) * math.tan(lat2 * _RAD))
    half = math.sin(0.5 * (beta2 - beta1)) ** 2
    half += math.cos(beta1) * math.cos(beta2) * math.sin(0.5 * (lon2 - lon1) * _RAD) ** 2
    sigma = 2.0 * math.asin(math.sqrt(min(half, 1.0)))
    # On the other side of the earth the formula breaks down, and the sphere alone is as good.
    if sigma == 0.0 or sigma > 3.0:
        return (A_M - A_M * _F / 3.0) * sigma
    p, q = 0.5 * (beta1 + beta2), 0.5 * (beta2 - beta1)
    sine = math.sin(sigma)
    x = (sigma - sine) * (math.sin(p) * math.cos(q) / math.cos(0.5 * sigma)) ** 2
    y = (sigma + sine) * (math.cos(p) * math.sin(q) / math.sin(0.5 * sigma)) ** 2
    return A_M * (sigma - 0.5 * _F * (x + y))


@jit
def edge_metres(
    lon: float, lat: float, edge: NDArray[np.float64], ground: tuple[float, float, float, float, float]
) -> float:
    """Metres from a point to one edge (4,), near or far; `ground` is the `frame` of the point."""
    per_lon, per_lat, bend, stretch, reach = ground
    x, y = foot(
        (edge[0] - lon) * per_lon, (edge[1] - lat) * per_lat, (edge[2] - lon) * per_lon, (edge[3] - lat) * per_lat
    )
    metres = math.sqrt(bent(x, y, bend, stretch)) if x * x + y * y <= 1.1 * reach * reach else np.inf
    if metres <= reach:
        return metres
    qx, qy, qz = in_space(lon, lat)
    _, at = edge_chord(qx, qy, qz, edge[0], edge[1], edge[2], edge[3])
    return lambert(lon, lat, edge[0] + at * (edge[2] - edge[0]), edge[1] + at * (edge[3] - edge[1]))
