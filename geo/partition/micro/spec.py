"""What is asked of micro-grids, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidInput

# Why a micro-grid is outside the bounds: its grid has fewer households than one micro-grid needs, or a number (16 … 19
# with 10 … 15) that no division meets.
Reason = Literal["", "grid_too_small", "count_between"]
# Where a centre comes from: given as an anchor, or the household with the shortest ways to the others.
Centre = Literal["given", "found"]
AnchorRule = Literal["exact", "fill"]

STOREY_M: Final = 3.0  # height of a storey, for the way up and down the stairs
LARGEST: Final = 500  # households of a micro-grid: what has more is a grid, and is divided as one


@dataclass(frozen=True, eq=False)
class Households:
    """Households of one or many grids. The order of rows carries no meaning.

    Attributes
    ----------
    ids : (n,) unique names of any type; they decide ties, in natural order ("2" before "10").
    grid : int32 (n,), the grid that each household lies in, ≥ 0.
    building : (n,) names of any type, "" or None for a household on its own (a house); None if nobody knows.
    stairwell : (n,) name of the stairwell (单元) within the building; None if nobody knows.
    floor : float64 (n,), NaN where unknown; None if nobody knows. Floors below ground are negative.
    xy_m : float64 (n, 2), east and north in metres, NaN where unknown; None if nobody knows.
    anchor : bool (n,), True for the household (or one of the stairwell) that a micro-grid is drawn around (中心户).
    """

    ids: NDArray[Any]
    grid: NDArray[np.int32]
    building: NDArray[Any] | None = None
    stairwell: NDArray[Any] | None = None
    floor: NDArray[np.float64] | None = None
    xy_m: NDArray[np.float64] | None = None
    anchor: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def __post_init__(self) -> None:
        n = len(self.ids)
        for name in ("grid", "building", "stairwell", "floor", "xy_m", "anchor"):
            values = getattr(self, name)
            if values is not None and len(values) != n:
                raise InvalidInput("micro_lengths", field=name, got=len(values), wanted=n)
        if n and int(np.min(self.grid)) < 0:
            row = int(np.argmin(self.grid))
            raise InvalidInput("micro_without_grid", row=row + 1, household=self.ids[row])
        names = [str(name) for name in self.ids]
        if len(set(names)) != n:
            seen: dict[str, int] = {}
            row = next(k for k, name in enumerate(names) if seen.setdefault(name, k) != k)
            raise InvalidInput("micro_id_twice", household=names[row], row=row + 1, first_row=seen[names[row]] + 1)


@dataclass(frozen=True)
class MicroSpec:
    """Wishes.

    Attributes
    ----------
    least, most : households a micro-grid, inclusive; `most` is 500 or less.
    anchors : "exact" refuses a grid whose anchors are too few or too many for its households; "fill" finds further
        centres where they are too few, and leaves anchors unused where they are too many.
    strict : refuse grids that cannot be divided within the bounds, instead of coming as close as possible.
    """

    least: int = 10
    most: int = 15
    anchors: AnchorRule = "exact"
    strict: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.least <= self.most:
            raise InvalidInput("micro_bounds_bad", least=self.least, most=self.most)
        if self.most > LARGEST:
            raise InvalidInput("micro_bounds_large", most=self.most, largest=LARGEST)


@dataclass(frozen=True)
class MicroGrid:
    """One micro-grid.

    Attributes
    ----------
    grid : number of its grid.
    households : how many.
    centre : row of the household that it is drawn around.
    centre_kind : whether that was given or found.
    walk_m : sum of the ways from the centre to each household, metres: straight, and down and up the stairs.
    reach_m : the longest of these ways.
    buildings, stairwells : how many it touches.
    shared_stairwells : how many of its stairwells it shares with other micro-grids.
    reason : why it is outside the bounds, "" if it is within.
    """

    grid: int
    households: int
    centre: int
    centre_kind: Centre
    walk_m: float
    reach_m: float
    buildings: int
    stairwells: int
    shared_stairwells: int
    reason: Reason


@dataclass(frozen=True, eq=False)
class MicroResult:
    """Micro-grids and their figures.

    Attributes
    ----------
    micro_of_household : int32 (n,), in the order of the rows that were given; every household has one.
    micro : one a label, by grid, then as one walks through it.
    unused_anchors : rows of anchors that got no micro-grid of their own (`anchors="fill"`).
    figures : totals, see `geo.partition.micro.figures`.
    """

    micro_of_household: NDArray[np.int32]
    micro: tuple[MicroGrid, ...]
    unused_anchors: tuple[int, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
