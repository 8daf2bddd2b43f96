"""The chain of areas and grids that a place lies in: district, street, community, base grid, special grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.model import Area, Grid, Level, LevelName

if TYPE_CHECKING:
    from geo.service.context import Net

# What an area is by the digits of its code, where the place does not know it (GB/T 2260 and GB/T 10114).
_BY_DIGITS: Final[Mapping[int, LevelName]] = {6: "district", 9: "street", 12: "community"}


def area_chain(areas: Mapping[str, Area], code: str | None) -> tuple[str, ...]:
    """Codes from the topmost area down to `code`; a code that is no known area ends the chain above it."""
    chain: list[str] = []
    while code and code not in chain:
        chain.append(code)
        code = areas[code].parent if code in areas else None
    return tuple(reversed(chain))


def grid_levels(areas: Mapping[str, Area], grids: Sequence[Grid]) -> tuple[tuple[Level, ...], ...]:
    """The levels from the topmost area down to each grid; grids of one area share those above them."""
    above: dict[str, tuple[Level, ...]] = {}
    for parent in {grid.parent for grid in grids}:
        above[parent] = tuple(
            Level(areas[code].level, code, areas[code].name)
            if code in areas
            else Level(_BY_DIGITS.get(len(code), "area"), code, code)
            for code in area_chain(areas, parent)
        )
    return tuple((*above[grid.parent], Level(grid.kind, grid.code, grid.name or grid.code)) for grid in grids)


def levels_at(net: Net, grid: int, base: int = -1) -> tuple[Level, ...]:
    """The levels of a place in `grid`, a position in `Net.grids`, over `base`, one in the codes of `Net.base`.

    A grid that lies over the net comes after the base grid beneath it; without one (−1) after its own areas.
    """
    if base < 0 or not net.grids[grid].lies_over:
        return net.levels[grid]
    key = ("levels", grid, base)
    found: tuple[Level, ...] | None = net.prepared.get(key)
    if found is None:
        beneath = net.levels[in_net(net, np.array([base]))[0]]
        found = net.prepared[key] = (*beneath, net.levels[grid][-1])
    return found


def in_net(net: Net, base: NDArray[np.integer[Any]]) -> NDArray[np.int32]:
    """Positions in the codes of `Net.base` as positions in `Net.grids`; −1 stays −1."""
    position: NDArray[np.int32] | None = net.prepared.get("base positions")
    if position is None:
        number = {grid.code: k for k, grid in enumerate(net.grids)}
        position = np.array([*(number[code] for code in net.base.codes), -1], dtype=np.int32)
        net.prepared["base positions"] = position
    found: NDArray[np.int32] = position[base]  # −1 takes the last one
    return found
