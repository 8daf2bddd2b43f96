"""The chain of areas and grids that a place lies in: district, street, community, base grid, special grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

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
        code = net.base.codes[base]
        beneath = next(levels for levels, own in zip(net.levels, net.grids, strict=True) if own.code == code)
        found = net.prepared[key] = (*beneath, net.levels[grid][-1])
    return found
