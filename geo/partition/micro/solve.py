"""Households of many grids become micro-grids (微网格), each grid by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidInput, PartitionInfeasible
from geo.partition.micro.centres import assign, spread, thin
from geo.partition.micro.core import Homes, cut_line
from geo.partition.micro.counts import Counts, group_counts, smallest_relaxation
from geo.partition.micro.figures import describe, least_cuts, totals
from geo.partition.micro.improve import improve
from geo.partition.micro.order import Ordered, in_order
from geo.partition.micro.spec import Households, MicroResult, MicroSpec
from geo.partition.micro.tours import tours

_NEAR: Final = 8  # neighbours of a group that are divided anew with it
_ROUNDS: Final = 40
_KEPT: Final = 2  # divisions along lines that are bettered in any case
_TRIED: Final = 10  # and most of them where a stairwell is cut that might be whole
# A grid has 300–500 households; time and memory grow with the square of their number (5,000: 15 s, 0.8 GB).
_LARGEST: Final = 6000

# Group of each household int32 (n,), centre of each group int32 (m,), and whether that is an anchor bool (m,).
_Division = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]]


def micro_grids(
    households: Households, spec: MicroSpec, *, progress: Callable[[float, str], None] | None = None
) -> MicroResult:
    """Divide the households of each grid into micro-grids.

    The wishes in the order in which they count: as many households as the bounds say, wherever a division exists; each
    anchor in a micro-grid of its own; floors whole, then stairwells whole, one that is too large being cut into runs of
    floors; short ways from the centre to everyone. No micro-grid reaches over two grids, no household is left out.

    Raises
    ------
    InvalidInput
        A grid has more than 6,000 households: it is no grid but a community or more.
    PartitionInfeasible
        With `anchors="exact"` a grid has too few or too many anchors for its households; with `strict` a number of
        households cannot be divided within the bounds. Says which grids, and the smallest relaxation that works.
    """
    placed = in_order(households)
    anchor = np.zeros(len(households), dtype=np.bool_) if households.anchor is None else households.anchor
    anchors = [
        _anchors_of(placed, k, np.asarray(anchor, dtype=np.bool_)[placed.rows]) for k in range(len(placed.grids))
    ]
    counts = [group_counts(int(n), spec.least, spec.most) for n in np.diff(placed.starts)]
    _refuse(placed, counts, anchors, spec, wanted=households.anchor is not None)
    label = np.empty(len(households), dtype=np.int32)
    centre: list[int] = []
    given: list[bool] = []
    unused: list[int] = []
    for k in range(len(placed.grids)):
        homes, start = placed.of(k), int(placed.starts[k])
        mine, middle, fixed = _divide(homes, anchors[k], counts[k], spec)
        label[start : start + len(mine)] = mine + len(centre)
        kept = set(middle[fixed].tolist())
        unused += [int(placed.rows[start + a]) for a in anchors[k].tolist() if a not in kept]
        centre += [start + int(c) for c in middle]
        given += fixed.tolist()
        if progress is not None:
            progress((k + 1) / len(placed.grids), "micro_step")
    micro = describe(placed, label, np.array(centre, dtype=np.int64), given, spec)
    of_row = np.empty(len(label), dtype=np.int32)
    of_row[placed.rows] = label
    return MicroResult(
        of_row,
        micro,
        tuple(sorted(unused)),
        totals(placed, label, micro, spec, np.array(centre)[np.array(given, dtype=bool)]),
    )


def _anchors_of(placed: Ordered, k: int, anchor: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Positions of the anchors within the k-th grid, int32, rising."""
    part = anchor[placed.starts[k] : placed.starts[k + 1]]
    return np.flatnonzero(part).astype(np.int32)


def _refuse(
    placed: Ordered, counts: list[Counts], anchors: list[NDArray[np.int32]], spec: MicroSpec, *, wanted: bool
) -> None:
    sizes = np.diff(placed.starts).tolist()
    large = [k for k, size in enumerate(sizes) if size > _LARGEST]
    if large:
        k = large[0]
        raise InvalidInput(
            "micro_grid_too_large", grid=int(placed.grids[k]), households=sizes[k], most=_LARGEST, count=len(large)
        )
    if spec.strict:
        bad = [k for k, count in enumerate(counts) if count.missing]
        if bad:
            ease = smallest_relaxation(sizes, spec.least, spec.most)
            raise PartitionInfeasible(
                "micro_no_division",
                grid=int(placed.grids[bad[0]]),
                grids=[int(placed.grids[k]) for k in bad],
                households=[sizes[k] for k in bad],
                first=sizes[bad[0]],
                count=len(bad),
                least=spec.least,
                most=spec.most,
                least_that_works=ease.least,
                most_that_works=ease.most if ease.most is not None else "-",
            )
    if not wanted or spec.anchors != "exact":
        return
    for few, code in ((True, "micro_anchors_few"), (False, "micro_anchors_many")):
        bad = [
            k
            for k, count in enumerate(counts)
            if (len(anchors[k]) < count.first if few else len(anchors[k]) > count.last)
        ]
        if bad:
            k = bad[0]
            raise PartitionInfeasible(
                code,
                grid=int(placed.grids[k]),
                grids=[int(placed.grids[k]) for k in bad],
                anchors=len(anchors[k]),
                first=counts[k].first,
                last=counts[k].last,
                households=sizes[k],
                count=len(bad),
                least=spec.least,
                most=spec.most,
            )


def _divide(homes: Homes, anchors: NDArray[np.int32], counts: Counts, spec: MicroSpec) -> _Division:
    """Groups of one grid."""
    top = spec.most + counts.missing
    if len(anchors) > counts.last:
        anchors = thin(homes, anchors, counts.last)
    starts = _along_lines(homes, anchors, counts, spec, top)
    if len(anchors):
        # Lines may have no division with one anchor in each group; the assignment always has.
        starts.insert(0, _around(homes, anchors, counts, spec))
    bound = _bound(homes, anchors, counts, top)
    best_key, best_metres, best = 1 << 62, np.inf, starts[0]
    for k, (label, centre, fixed) in enumerate(starts):
        if k >= _KEPT and best_key <= bound:
            break
        key, metres = improve(homes, label, centre, fixed, spec.least, spec.most, top, bound, _NEAR, _ROUNDS)
        if key < best_key or (key == best_key and metres < best_metres - 1e-6):
            best_key, best_metres, best = int(key), float(metres), (label, centre, fixed)
    return _packed(*best)


def _along_lines(
    homes: Homes, anchors: NDArray[np.int32], counts: Counts, spec: MicroSpec, top: int
) -> list[_Division]:
    """The best divisions along some lines through the stairwells, each walked up, or up and down by turns.

    The two best ones come first, then the best of each other number of groups, then others.
    """
    starts = np.flatnonzero(np.r_[True, np.diff(homes.stair) != 0])
    size = np.diff(np.r_[starts, len(homes.stair)])
    middle = np.column_stack([np.add.reduceat(values, starts) / size for values in (homes.x, homes.y)])
    anchor = np.zeros(len(homes.stair), dtype=np.bool_)
    anchor[anchors] = True
    spare = len(anchors) < counts.first
    first = counts.first if spare else len(anchors)
    last = counts.last if spare else len(anchors)
    found: dict[tuple[int, float, int], NDArray[np.int32]] = {}
    for path in tours(middle):
        for turns in (False, True):
            order = np.concatenate(
                [
                    np.arange(starts[s], starts[s] + size[s])[:: -1 if turns and k % 2 == 0 else 1]
                    for k, s in enumerate(path.tolist())
                ]
            ).astype(np.int32)
            keys, metres, cuts = cut_line(homes, order, anchor, spare, spec.least, spec.most, top, first, last)
            for j in np.flatnonzero(np.isfinite(metres)).tolist():
                # Divisions of the same price are the same one nearly always.
                found.setdefault((int(keys[j]), round(float(metres[j]), 3), first + j), cuts[j])
    ranked = sorted(found)
    chosen = ranked[:_KEPT]
    for price in ranked[_KEPT:]:
        if price[2] not in {other[2] for other in chosen}:
            chosen.append(price)
    chosen += [price for price in ranked if price not in chosen]
    # A group more than there are, for three to be made of two; where each has its anchor there is no such thing.
    room = last + spare
    return [_with_centres(found[price], anchors, room) for price in chosen[:_TRIED]]


def _with_centres(label: NDArray[np.int32], anchors: NDArray[np.int32], room: int) -> _Division:
    """A division with its anchors as centres; the other centres are found later."""
    centre, fixed = np.zeros(room, dtype=np.int32), np.zeros(room, dtype=np.bool_)
    centre[label[anchors]] = anchors
    fixed[label[anchors]] = True
    return label, centre, fixed


def _around(homes: Homes, anchors: NDArray[np.int32], counts: Counts, spec: MicroSpec) -> _Division:
    """A first division around the anchors, with more centres where they are too few."""
    n = len(homes.stair)
    wanted = len(anchors)
    if wanted < counts.first:
        # As many households a micro-grid as the middle of the bounds says.
        wanted = max(counts.first, min(counts.last, round(2 * n / (spec.least + spec.most))))
    centre = spread(homes, anchors, wanted)
    fixed = np.arange(wanted) < len(anchors)
    label = assign(homes, centre, fixed, min(spec.least, n // wanted), max(spec.most, -(-n // wanted)))
    return label, centre.astype(np.int32), fixed


def _bound(homes: Homes, anchors: NDArray[np.int32], counts: Counts, top: int) -> int:
    """A key that no division into groups of up to `top` households can fall below."""
    cuts = (least_cuts(homes.floor, anchors, top) << 20) + least_cuts(homes.stair, anchors, top)
    return (counts.missing << 40) + cuts


def _packed(label: NDArray[np.int32], centre: NDArray[np.int32], fixed: NDArray[np.bool_]) -> _Division:
    """Without empty groups, numbered in the order of their first households."""
    used, first = np.unique(label, return_index=True)
    order = used[np.argsort(first)]
    number = np.full(len(centre), -1, dtype=np.int32)
    number[order] = np.arange(len(order))
    return number[label], centre[order], fixed[order]
