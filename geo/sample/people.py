"""Stairwells, storeys, households and residents of each building."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.sample.footprints import Footprints
from geo.sample.kinds import Use

PER_HOUSEHOLD: Final = 2.55  # residents a household
OCCUPIED: Final = 0.94


@dataclass(frozen=True, eq=False)
class People:
    """Who lives in the buildings; all int64 (n,) but `height_m` float64 (n,)."""

    stairwells: NDArray[np.int64]
    floors: NDArray[np.int64]
    height_m: NDArray[np.float64]
    households: NDArray[np.int64]
    residents: NDArray[np.int64]


# Metres of front a stairwell (0: one), fewest and most stairwells, floors, and homes a floor and stairwell.
_HOMES: Final = {
    Use.SLAB6: (15.5, 2, 5, 5, 6, 2, 2),
    Use.SLAB11: (15.0, 2, 4, 9, 11, 2, 2),
    Use.SLAB18: (19.0, 2, 3, 16, 18, 2, 3),
    Use.TOWER: (0.0, 1, 2, 20, 30, 4, 6),
    Use.COURT: (0.0, 1, 1, 1, 1, 13, 24),
    Use.ROW: (12.0, 2, 5, 2, 3, 2, 2),
}
_OTHER_FLOORS: Final = {
    Use.SHOP: (2, 3),
    Use.SHED: (1, 3),
    Use.OFFICE: (5, 14),
    Use.MALL: (4, 7),
    Use.HALL: (1, 2),
    Use.SCHOOL: (3, 5),
    Use.HOSPITAL: (5, 11),
    Use.CLUB: (1, 3),
    Use.PARK: (1, 1),
}


def settle(buildings: Footprints, seed: int) -> People:
    """Fill the buildings. Households are occupied homes; every count follows from storeys and stairwells."""
    n = len(buildings.use)
    stairwells = np.zeros(n, dtype=np.int64)
    floors = np.ones(n, dtype=np.int64)
    households = np.zeros(n, dtype=np.int64)
    for use in Use:
        rng = np.random.default_rng([seed, 31, int(use)])
        at = np.nonzero(buildings.use == use)[0]
        if use in _OTHER_FLOORS:
            low, high = _OTHER_FLOORS[use]
            floors[at] = rng.integers(low, high + 1, len(at))
        if use not in _HOMES:
            continue
        front, fewest, most, low, high, few, many = _HOMES[use]
        floors[at] = rng.integers(low, high + 1, len(at))
        stairs = np.rint(buildings.length[at] / front) if front else np.ones(len(at))
        if use == Use.TOWER:
            stairs = 1 + (rng.random(len(at)) < 0.3)
        stairwells[at] = np.clip(stairs, fewest, most).astype(np.int64)
        homes = stairwells[at] * floors[at] * rng.integers(few, many + 1, len(at))
        if use == Use.TOWER:
            homes = floors[at] * rng.integers(few, many + 1, len(at))
        households[at] = np.maximum(rng.binomial(homes, OCCUPIED), 1)
    rng = np.random.default_rng([seed, 32])
    extra = rng.poisson(households * (PER_HOUSEHOLD - 1.0))
    residents = households + extra
    storey = np.where(np.isin(buildings.use, (Use.SHED, Use.HALL)), 6.0, np.where(stairwells > 0, 2.9, 3.9))
    height = np.round(floors * storey + 0.6, 1)
    return People(stairwells, floors, height, households, residents)
