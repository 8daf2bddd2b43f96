"""The chain of areas and grids of many places as columns: positions in short lists of words, no work for each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.model import Level

if TYPE_CHECKING:
    from geo.locate import GridIndex
    from geo.service.context import Net

AREAS: Final = ("district", "street", "community", "area")
# Codes and names of the areas ("area" is one of no known level), the base grid, and the special grid over it.
CHAIN: Final = (*(name for level in AREAS for name in (level, f"{level}_name")), "base_grid", "special_grid")

Positions = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Chains:
    """What lies above each of g grids.

    Attributes
    ----------
    words : by level of `AREAS`, code and name of each area
    area : by level of `AREAS`, int32 (g,), position in `words`, −1 where a grid has none
    special : bool (g,), whether a grid is special
    over : bool (g,), whether it lies over the net
    base : the index of the net alone; None where no grid lies over it
    base_position : int32 (b + 1,), the codes of `base` as positions among the grids; −1 stays −1
    """

    words: Mapping[str, tuple[tuple[str, str], ...]]
    area: Mapping[str, Positions]
    special: NDArray[np.bool_]
    over: NDArray[np.bool_]
    base: GridIndex | None
    base_position: Positions

    @classmethod
    def of(cls, net: Net) -> Chains:
        """Those of a net."""
        from geo.service.chain import in_net

        words: dict[str, tuple[tuple[str, str], ...]] = {}
        area: dict[str, Positions] = {}
        for name in AREAS:
            words[name], area[name] = _numbered([_area_of(levels, name) for levels in net.levels])
        base = None if net.base is net.index else net.base
        return cls(
            words=words,
            area=area,
            special=np.array([grid.kind == "special" for grid in net.grids], dtype=np.bool_),
            over=np.array([grid.lies_over for grid in net.grids], dtype=np.bool_),
            base=base,
            base_position=np.array([-1], dtype=np.int32)
            if base is None
            else in_net(net, np.append(np.arange(len(base.codes)), -1)),
        )

    def under(self, grid: Positions, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Positions:
        """The base grid of points that were found in `grid`: their own, or the one beneath; −1 for none, int32 (n,)."""
        if self.base is None:
            return grid
        out = grid.copy()
        rows = np.flatnonzero((grid >= 0) & self.over[grid])
        out[rows] = self.base_position[self.base.locate(lon=lon[rows], lat=lat[rows])]
        return out

    def columns(self, grid: Positions, under: Positions) -> dict[str, Positions]:
        """By level of `AREAS` positions in `words`, for "base_grid" and "special_grid" among the grids; −1 for none.

        A special grid beneath which there is no base grid lies in areas of its own.
        """
        known = np.where(under >= 0, under, grid)
        out: dict[str, Positions] = {}
        for name in AREAS:
            out[name] = np.append(self.area[name], np.int32(-1))[known]
        special = np.append(self.special, False)
        out["base_grid"] = np.where(special[under], np.int32(-1), under)
        out["special_grid"] = np.where(special[grid], grid, np.int32(-1))
        return out


def _area_of(levels: Sequence[Level], name: str) -> tuple[str, str] | None:
    """The lowest area of a level above a grid, which ends its own levels."""
    found = [(level.code, level.name) for level in levels[:-1] if level.level == name]
    return found[-1] if found else None


def _numbered(values: Sequence[tuple[str, str] | None]) -> tuple[tuple[tuple[str, str], ...], Positions]:
    number: dict[Any, int] = {}
    position = [-1 if value is None else number.setdefault(value, len(number)) for value in values]
    return tuple(number), np.array(position, dtype=np.int32)
