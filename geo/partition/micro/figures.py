"""What micro-grids look like: size, ways, stairwells shared, and totals for the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.partition.micro.core import walk
from geo.partition.micro.order import Ordered
from geo.partition.micro.spec import MicroGrid, MicroSpec, Reason


def describe(
    placed: Ordered, label: NDArray[np.int32], centre: NDArray[np.int64], given: list[bool], spec: MicroSpec
) -> tuple[MicroGrid, ...]:
    """One `MicroGrid` a label; `label` and `centre` count places in canonical order."""
    homes = placed.homes
    size = np.bincount(label, minlength=len(centre))
    grid_at = np.repeat(np.arange(len(placed.grids)), np.diff(placed.starts))
    in_grid = np.diff(placed.starts)
    order = np.argsort(label, kind="stable")
    ends = np.r_[0, np.cumsum(size)]
    pieces = np.unique(np.column_stack([homes.stair, label]), axis=0)
    sharers = np.bincount(pieces[:, 0]) if len(pieces) else np.zeros(0, dtype=np.int64)
    out = []
    for k, c in enumerate(centre.tolist()):
        members = order[ends[k] : ends[k + 1]]
        metres = np.array([walk(homes, int(i), c) for i in members.tolist()])
        stairs = np.unique(homes.stair[members])
        at = int(grid_at[c])
        reason: Reason = ""
        if not spec.least <= size[k] <= spec.most:
            reason = "grid_too_small" if in_grid[at] < spec.least else "count_between"
        out.append(
            MicroGrid(
                grid=int(placed.grids[at]),
                households=int(size[k]),
                centre=int(placed.rows[c]),
                centre_kind="given" if given[k] else "found",
                walk_m=round(float(np.sort(metres).sum()), 3),
                reach_m=round(float(metres.max()), 3),
                buildings=len(np.unique(placed.building[members])),
                stairwells=len(stairs),
                shared_stairwells=int((sharers[stairs] > 1).sum()),
                reason=reason,
            )
        )
    return tuple(out)


def totals(
    placed: Ordered, label: NDArray[np.int32], micro: tuple[MicroGrid, ...], spec: MicroSpec, anchors: NDArray[np.int64]
) -> Mapping[str, Any]:
    """Figures of all micro-grids.

    `floors_cut` and `stairwells_cut` count cuts inside floors and stairwells; `*_cut_least` is what cannot be avoided,
    because a floor or stairwell has more than `most` households, or several anchors. Where both agree nothing better
    exists.
    """
    homes = placed.homes
    parted = label[1:] != label[:-1]
    same_stair = homes.stair[1:] == homes.stair[:-1]
    same_floor = homes.floor[1:] == homes.floor[:-1]
    size = np.array([m.households for m in micro], dtype=np.int64)
    reasons = [m.reason for m in micro]
    return {
        "households": len(label),
        "grids": len(placed.grids),
        "micro_grids": len(micro),
        "least": spec.least,
        "most": spec.most,
        "smallest": int(size.min()) if len(size) else 0,
        "largest": int(size.max(initial=0)),
        "mean": round(float(size.mean()), 3) if len(size) else 0.0,
        "outside_bounds": sum(1 for reason in reasons if reason),
        "grid_too_small": reasons.count("grid_too_small"),
        "count_between": reasons.count("count_between"),
        "given_centres": sum(m.centre_kind == "given" for m in micro),
        "floors_cut": int((parted & same_floor).sum()),
        "floors_cut_least": least_cuts(homes.floor, anchors, spec.most),
        "stairwells_cut": int((parted & same_stair).sum()),
        "stairwells_cut_least": least_cuts(homes.stair, anchors, spec.most),
        "walk_m": round(float(sum(sorted(m.walk_m for m in micro))), 1),
        "mean_walk_m": round(sum(sorted(m.walk_m for m in micro)) / max(len(label), 1), 2),
        "longest_walk_m": round(max((m.reach_m for m in micro), default=0.0), 1),
    }


def least_cuts(number: NDArray[np.int32], anchors: NDArray[Any], most: int) -> int:
    """Cuts that no division can avoid: a floor or stairwell with more than `most` households or several anchors.

    Parameters
    ----------
    number : int32 (n,), the floor or stairwell of each household.
    anchors : int (a,), places of the anchors.
    """
    if not len(number):
        return 0
    first = int(number.min())
    size = np.bincount(number - first)
    anchored = np.bincount(number[anchors] - first, minlength=len(size))
    return int((np.maximum(-(-size // most), anchored) - 1).clip(min=0).sum())
