"""Batches of reports, right and wrong, over a net: what comes in from outside, from one street, from one compound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import crs

Floats = NDArray[np.float64]
DATUMS = ("WGS84", "GCJ-02", "BD-09")
_METRE = 1.0 / 111_195.0


@dataclass(frozen=True, eq=False)
class Town:
    """The ground of a net, buildings (m, 2) on it in degrees, and people in each (m,)."""

    ground: shapely.Geometry
    buildings: Floats
    people: Floats


def shifted(points: Floats, east_m: Floats, north_m: Floats) -> Floats:
    return points + np.column_stack((east_m * _METRE / np.cos(np.radians(points[:, 1])), north_m * _METRE))


def blurred(points: Floats, metres: float, rng: np.random.Generator) -> Floats:
    return shifted(points, rng.normal(0, metres, len(points)), rng.normal(0, metres, len(points)))


def within(ground: shapely.Geometry, count: int, rng: np.random.Generator) -> Floats:
    """Points (count, 2) anywhere on `ground`."""
    west, south, east, north = ground.bounds
    out = np.empty((0, 2))
    while len(out) < count:
        points = np.column_stack((rng.uniform(west, east, 4 * count), rng.uniform(south, north, 4 * count)))
        out = np.concatenate((out, points[shapely.contains_xy(ground, points[:, 0], points[:, 1])]))
    return out[:count]


def anywhere(town: Town, count: int, rng: np.random.Generator) -> Floats:
    return within(town.ground, count, rng)


def homes(town: Town, count: int, rng: np.random.Generator) -> Floats:
    at = rng.choice(len(town.people), count, p=town.people / town.people.sum())
    return blurred(town.buildings[at], float(rng.choice([3.0, 15.0, 40.0])), rng)


def compounds(town: Town, count: int, rng: np.random.Generator) -> Floats:
    centres = town.buildings[rng.choice(len(town.buildings), int(rng.integers(1, 10)))]
    return blurred(centres[rng.choice(len(centres), count)], float(rng.choice([5.0, 30.0, 100.0])), rng)


def ring(town: Town, rng: np.random.Generator) -> shapely.Geometry:
    return town.ground.buffer(rng.uniform(300, 1500) * _METRE).difference(town.ground)


def beyond_one_border(town: Town, count: int, rng: np.random.Generator) -> Floats:
    """Reports of the neighbours on one side."""
    points = within(ring(town, rng), 8 * count, rng)
    from_centre = points - shapely.get_coordinates(town.ground.centroid)
    turn = np.arctan2(from_centre[:, 1], from_centre[:, 0]) - rng.uniform(-np.pi, np.pi)
    near = np.abs((turn + np.pi) % (2 * np.pi) - np.pi) < rng.uniform(0.5, 1.2)
    return points[near][:count] if near.any() else points[:count]


def one_side(town: Town, count: int, rng: np.random.Generator) -> Floats:
    """A part of the net and what lies beyond it there."""
    points = np.concatenate([within(town.ground, 3 * count, rng), within(ring(town, rng), count, rng)])
    direction = rng.uniform(-np.pi, np.pi)
    kept = (points - within(town.ground, 1, rng)) @ [np.cos(direction), np.sin(direction)] > 0
    points = points[kept]
    return points[rng.permutation(len(points))[:count]]


def street(town: Town, count: int, rng: np.random.Generator) -> Floats:
    """All along one road, which may lie beyond the border."""
    start = np.repeat(within(town.ground.buffer(500 * _METRE), 1, rng), count, axis=0)
    direction, along = rng.uniform(0, np.pi), rng.uniform(0, rng.uniform(300, 2000), count)
    return blurred(shifted(start, along * np.cos(direction), along * np.sin(direction)), 10.0, rng)


def with_neighbours(town: Town, count: int, rng: np.random.Generator) -> Floats:
    return np.concatenate([homes(town, count - count // 5, rng), beyond_one_border(town, count // 5, rng)])


def with_strays(town: Town, count: int, rng: np.random.Generator) -> Floats:
    return np.concatenate([anywhere(town, count - count // 6, rng), within(ring(town, rng), count // 6, rng)])


def rounded(town: Town, count: int, rng: np.random.Generator) -> Floats:
    return np.round(homes(town, count, rng), int(rng.integers(2, 4)))


def whole_city(town: Town, count: int, rng: np.random.Generator) -> Floats:
    return within(shapely.box(*town.ground.buffer(rng.uniform(1000, 8000) * _METRE).bounds), count, rng)


RIGHT: dict[str, Callable[[Town, int, np.random.Generator], Floats]] = {
    kind.__name__: kind
    for kind in (
        anywhere, homes, compounds, beyond_one_border, one_side, street, with_neighbours, with_strays, rounded,
        whole_city,
    )
}  # fmt: skip


def given_in(points: Floats, datum: str) -> tuple[Floats, Floats]:
    """The numbers that a source which works in `datum` writes for points in WGS84."""
    return crs.from_wgs84(points[:, 0], points[:, 1], crs=datum)
