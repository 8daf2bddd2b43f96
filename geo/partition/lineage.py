"""Where each grid of a new plan came from, and where each grid of the old one went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidInput

# A grid is a parent or a child of another one if it holds at least this share of the smaller of the two.
MAIN_SHARE = 0.3
OLD_KINDS = ("kept", "changed", "split", "merged", "retired")
NEW_KINDS = ("kept", "changed", "from_split", "from_merge", "new")


@dataclass(frozen=True, eq=False)
class Lineage:
    """Flows between the grids of two plans over the same units.

    Attributes
    ----------
    old, new : int32 (f,), grids of each flow; −1 for units that were in no grid, or are in none now. Ordered.
    units : int64 (f,), units in both. weight : float64 (f,), their weight; sums to the whole weight.
    old_share, new_share : float64 (f,), the flow's part of its old and of its new grid, by weight (by units where the
        grid weighs nothing); NaN where that grid is −1.
    continues : int32 (new grids,), the old grid that a new one goes on from, −1 for none; each old one at most once.
    old_kind : int8 (old grids,), index into `OLD_KINDS`. new_kind : int8 (new grids,), index into `NEW_KINDS`.
    """

    old: NDArray[np.int32]
    new: NDArray[np.int32]
    units: NDArray[np.int64]
    weight: NDArray[np.float64]
    old_share: NDArray[np.float64]
    new_share: NDArray[np.float64]
    continues: NDArray[np.int32]
    old_kind: NDArray[np.int8]
    new_kind: NDArray[np.int8]

    @property
    def moved(self) -> float:
        """Weight whose new grid does not go on from the grid it was in; units in no grid before move nobody."""
        known = (self.old >= 0) & (self.new >= 0)
        away = self.continues[self.new[known]] != self.old[known]
        return float(self.weight[known][away].sum())


def lineage(
    before: NDArray[np.int32],
    after: NDArray[np.int32],
    weight: NDArray[np.float64],
    continues: NDArray[np.int32] | None = None,
) -> Lineage:
    """Account for every unit's way from an old grid to a new one.

    A grid of old is *kept* if it goes on with exactly its units, *changed* if it goes on with others, *split* if two or
    more new grids each take a main part of it, *merged* if it ends and a main part of it is in a grid that goes on from
    another, or that took main parts of several, and else *retired*. A new grid is *kept* or *changed* alike,
    *from_split* if it goes on from none and is mainly one old grid's part, *from_merge* if main parts of two or more
    old grids make it up, and else *new*. A main part is at least `MAIN_SHARE` of the smaller of both grids.

    Parameters
    ----------
    before, after : int32 (n,)
        Grids of each unit, 0 …, −1 for none.
    weight : float64 (n,)
        Households or persons, ≥ 0.
    continues : int32 (new grids,), optional
        Which old grid each new one goes on from (`PartitionResult.goes_on`); None takes the greatest overlaps.

    Raises
    ------
    InvalidInput
        Arrays of different lengths.

    Examples
    --------
    >>> found = lineage(np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1]), np.array([5.0, 3.0, 2.0, 4.0]))
    >>> list(zip(found.old.tolist(), found.new.tolist(), found.weight.tolist()))
    [(0, 0, 8.0), (1, 0, 2.0), (1, 1, 4.0)]
    >>> found.continues.tolist(), found.moved
    ([0, 1], 2.0)
    """
    before, after = np.asarray(before, np.int64), np.asarray(after, np.int64)
    weight = np.asarray(weight, np.float64)
    if not (before.shape == after.shape == weight.shape):
        raise InvalidInput("lineage_lengths", before=len(before), after=len(after), weight=len(weight))
    old_count, new_count = int(before.max(initial=-1)) + 1, int(after.max(initial=-1)) + 1
    if continues is not None:
        new_count = max(new_count, len(continues))
        old_count = max(old_count, int(np.max(continues, initial=-1)) + 1)
    # Sums of sorted values do not depend on the order of the rows.
    order = np.lexsort((weight, after, before))
    key = (before[order] + 1) * (new_count + 1) + after[order] + 1
    flow, inverse = np.unique(key, return_inverse=True)
    sums = np.bincount(inverse, weight[order], minlength=len(flow)).astype(np.float64)
    units = np.bincount(inverse, minlength=len(flow))
    old = (flow // (new_count + 1) - 1).astype(np.int32)
    new = (flow % (new_count + 1) - 1).astype(np.int32)
    shares = [_shares(side, count, sums, units) for side, count in ((old, old_count), (new, new_count))]
    goes_on = _greatest(old, new, sums, units, new_count) if continues is None else np.asarray(continues, np.int32)
    if len(goes_on) < new_count:
        goes_on = np.concatenate([goes_on, np.full(new_count - len(goes_on), -1, np.int32)])
    kinds = _kinds(old, new, shares, goes_on, old_count)
    return Lineage(old, new, units, sums, shares[0], shares[1], goes_on.astype(np.int32), *kinds)


def _shares(
    side: NDArray[np.int32], count: int, weight: NDArray[np.float64], units: NDArray[np.int64]
) -> NDArray[np.float64]:
    share = np.full(len(side), np.nan)
    inside = side >= 0
    load = np.bincount(side[inside], weight[inside], minlength=count)
    size = np.bincount(side[inside], units[inside], minlength=count)
    of = side[inside]
    heavy = load[of] > 0
    share[inside] = np.where(heavy, weight[inside] / np.where(heavy, load[of], 1.0), units[inside] / size[of])
    return share


def _greatest(
    old: NDArray[np.int32],
    new: NDArray[np.int32],
    weight: NDArray[np.float64],
    units: NDArray[np.int64],
    new_count: int,
) -> NDArray[np.int32]:
    """The pairs that share most weight first, each grid used once."""
    out = np.full(new_count, -1, dtype=np.int32)
    used: set[int] = set()
    known = np.flatnonzero((old >= 0) & (new >= 0))
    for i in known[np.lexsort((new[known], old[known], old[known] != new[known], -units[known], -weight[known]))]:
        if out[new[i]] < 0 and int(old[i]) not in used:
            out[new[i]] = old[i]
            used.add(int(old[i]))
    return out


def _kinds(
    old: NDArray[np.int32],
    new: NDArray[np.int32],
    shares: list[NDArray[np.float64]],
    continues: NDArray[np.int32],
    old_count: int,
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Kinds of the old and of the new grids, as `lineage` words them."""
    new_count = len(continues)
    known = (old >= 0) & (new >= 0)
    main = known & (np.fmax(shares[0], shares[1]) >= MAIN_SHARE)
    children = np.bincount(old[main], minlength=old_count)
    parents = np.bincount(new[main], minlength=new_count)
    flows_old = np.bincount(old[old >= 0], minlength=old_count)
    flows_new = np.bincount(new[new >= 0], minlength=new_count)
    heir = np.full(old_count, -1, dtype=np.int64)
    heir[continues[continues >= 0]] = np.flatnonzero(continues >= 0)
    lives = heir >= 0
    same = lives.copy()
    same[lives] = (flows_old[lives] == 1) & (flows_new[heir[lives]] == 1)
    swallowed = np.zeros(old_count, dtype=bool)
    into = new[main]
    swallowed[old[main][(parents[into] > 1) | (continues[into] >= 0)]] = True
    old_kind = np.select([same, children > 1, lives, swallowed], [0, 2, 1, 3], default=4).astype(np.int8)
    goes = continues >= 0
    kept = goes.copy()
    kept[goes] = same[continues[goes]]
    new_kind = np.select([kept, parents > 1, goes, parents == 1], [0, 3, 1, 2], default=4).astype(np.int8)
    return old_kind, new_kind


def lineage_block(found: Lineage, old_codes: NDArray[Any], new_codes: NDArray[Any]) -> dict[str, Any]:
    """The lineage as plain values for JSON: flows by code, and the kind of every grid.

    Parameters
    ----------
    old_codes, new_codes : object (grids,)
        Codes by number; units in no grid are written as null.
    """

    def name(codes: NDArray[Any], grid: int) -> str | None:
        return None if grid < 0 else str(codes[grid])

    def number(share: float) -> float | None:
        return None if np.isnan(share) else round(float(share), 6)

    columns = (found.old, found.new, found.units, found.weight, found.old_share, found.new_share)
    flows = [
        {
            "old": name(old_codes, int(a)),
            "new": name(new_codes, int(b)),
            "units": int(units),
            "weight": float(weight),
            "old_share": number(from_old),
            "new_share": number(of_new),
        }
        for a, b, units, weight, from_old, of_new in zip(*columns, strict=True)
    ]
    return {
        "moved": found.moved,
        "flows": flows,
        "old": {str(old_codes[k]): OLD_KINDS[kind] for k, kind in enumerate(found.old_kind.tolist())},
        "new": {
            str(new_codes[k]): {"kind": NEW_KINDS[kind], "from": name(old_codes, int(found.continues[k]))}
            for k, kind in enumerate(found.new_kind.tolist())
        },
    }
