"""What the filters of the dispatch page offer, with how many issues each choice has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.service.board import Board
from geo.service.context import Service, find_plan_in_force, net_of

# So many grids are offered, those with the most issues.
OFFERED_MOST: Final = 300
# The ages in days that the filter of time offers.
AGES: Final = (1, 7, 30, 90, 365)


def offered_ages(board: Board, kept: NDArray[np.bool_], now: int) -> list[tuple[str, int]]:
    """How many of the `kept` (n,) issues are at most so many days old at `now`, seconds since 1970."""
    return [(str(days), int((kept & (board.reported >= now - days * 86_400)).sum())) for days in AGES]


def offered(
    service: Service, board: Board, kept: NDArray[np.bool_], *, grids: Sequence[str], community: str
) -> dict[str, list[tuple[str, int]]]:
    """What each filter offers with its count: the most frequent first, grids and communities by code.

    Of grids the busiest of `community` (of all if it is ""), and `grids`, which are chosen.
    """
    plan = find_plan_in_force(service)
    net = () if plan is None else net_of(service, plan).grids
    tables: dict[str, list[str]] = {
        "category": ["/".join(triple) for triple in board.tables["category"]],
        "department": list(board.tables["department"]),
        "grid": [grid.code for grid in net],
    }
    found: dict[str, list[tuple[str, int]]] = {}
    above = Counter[str]()
    for name, codes in tables.items():
        numbers = getattr(board, name)[kept]
        counts = np.bincount(numbers[numbers >= 0], minlength=len(codes)).tolist()
        pairs = [(code, count) for code, count in zip(codes, counts, strict=True) if count]
        often = sorted(pairs, key=lambda pair: (-pair[1], pair[0]))
        found[name] = often
        if name == "grid":
            # A list of ten thousand is no help: the community narrows it first.
            inside = {grid.code for grid in net if not community or grid.parent == community}
            busiest = [pair for pair in often if pair[0] in inside][:OFFERED_MOST]
            found[name] = sorted({*busiest, *(pair for pair in often if pair[0] in grids)})
            for grid, count in zip(net, counts, strict=True):
                above[grid.parent] += count
    found["community"] = sorted((pair for pair in above.items() if pair[1]), key=lambda pair: pair[0])
    return found
