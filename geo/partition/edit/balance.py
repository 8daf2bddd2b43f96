"""Bringing a neighbourhood into the band, moving as few people as possible and nothing outside it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.errors import InvalidInput, PartitionInfeasible
from geo.partition.edit.board import SLACK
from geo.partition.edit.chain import chained
from geo.partition.edit.change import Step, put
from geo.partition.edit.patch import Patch, cut_patch, search
from geo.partition.edit.sketch import Sketch, over_band

# Proposals that one call may spend, about 25 ms on one core of 2020; a search for chains counts as so many a node.
_BUDGET, _CHAINS = 180_000, 10
# How far chance may lead the chains of each start away from the unit that fits best.
_STARTS = (0.0, 0.2, 0.5, 1.0)
# (price of leaving home for a unit of usual weight, in cut adjacencies; heat at the start) of tries.
_TRIES = ((1.0, 0.5), (0.3, 1.0), (4.0, 0.5), (0.0, 1.0))
# Tries in a row without gain that end the search, and tries in all.
_PATIENCE, _MOST = 24, 60
# A grid outside the band costs this much by itself, in twentieths of a grid: one far outside may be better than two.
_FAULT = 1.0
# Chains are tried again after so many tries.
_OFTEN = 4


class _Found(NamedTuple):
    """A state and what it is worth: outside the band, people away from home, price of the borders; less is better."""

    value: tuple[float, float, float]
    part: NDArray[np.int32]
    excess: NDArray[np.float64]


def rebalance(sketch: Sketch, grids: Any, *, seed: int = 0) -> Step:
    """Bring these grids into the band by exchanging units among them; nothing outside them changes.

    As few people as possible move. The work is bounded, so the result is good rather than the best; for many grids at
    once it may take some calls, each of which goes on where the last one ended. Grids of two areas, or such as do not
    touch, are balanced apart; locked ones are left out. Where linked grids as a whole are too heavy or too light for
    their number, those in the band keep it, and the rest is shared out among the others. Pieces that are cut off stay
    what they are: mend them first.

    Parameters
    ----------
    grids : int (k,)
        Labels, two or more.
    seed : int
        The same one gives the same grids.

    Returns
    -------
    Step
        Unchanged if all are in the band already.

    Raises
    ------
    InvalidInput
        Unknown grids, fewer than two.
    PartitionInfeasible
        Nothing could be improved; says what the grids hold, and how many grids that would fill.
    """
    labels = [label for label in sketch.take_grids(grids, 2) if label not in sketch.locked_grids]
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        raise InvalidInput("edit_not_whole_numbers", name="seed", got=str(seed))
    if len(labels) < 2:
        raise InvalidInput("edit_grids_few", got=len(labels), least=2)
    part = sketch.part.copy()
    stuck: PartitionInfeasible | None = None
    for linked in _linked(sketch, labels):
        patch = cut_patch(sketch, linked, even=False)
        better = balanced(patch, patch.home, seed, sketch.board.usual) if len(linked) > 1 else None
        if better is not None:
            part[patch.units] = patch.labels_of(better)
        elif stuck is None:
            stuck = _stuck(sketch, patch)
    moved = np.flatnonzero(part != sketch.part)
    if stuck is not None and not len(moved):
        raise stuck
    return put(sketch, "rebalance", moved, part[moved])


def _linked(sketch: Sketch, labels: list[int]) -> list[list[int]]:
    """The grids in sets that can exchange units: those of two areas cannot, nor those that do not touch."""
    patch = cut_patch(sketch, labels)
    own, other = patch.home[patch.arena.source], patch.home[patch.arena.indices]
    count = len(patch.label)
    links = coo_array((np.ones(len(own), np.int8), (own, other)), shape=(count, count))
    component = connected_components(links.tocsr(), directed=False)[1]
    return [patch.label[component == c].tolist() for c in range(int(component.max()) + 1)]


def _stuck(sketch: Sketch, patch: Patch) -> PartitionInfeasible | None:
    """Why these grids stay as they are; None if all are in the band."""
    rows = patch.label + 1
    outside = np.asarray(over_band(sketch.board, sketch.tally.load[rows], sketch.tally.heaviest[rows]).any(axis=1))
    if not outside.any():
        return None
    low, high = float(sketch.board.low[0]), float(sketch.board.high[0])
    total = float(patch.arena.weight[:, 0].sum())
    return PartitionInfeasible(
        "edit_rebalance_stuck",
        grids=patch.label[outside].tolist(),
        count=len(patch.label),
        weight=total,
        min=low,
        max=high,
        least=math.ceil(total / high * (1 - SLACK)) if high > 0 else 0,
        most=math.floor(total / low * (1 + SLACK)) if low > 0 else 0,
    )


def balanced(patch: Patch, home: NDArray[np.int32], seed: int, usual: float) -> NDArray[np.int32] | None:
    """The best parts found from `home`; None if nothing better than `home` was found, or nothing is to be done.

    Chains first; then the worst part's surroundings are heated and cooled again, and when all are in the band, those
    into which most people moved, so that some may go home. What does not help is taken back.
    """
    patch = replace(patch, arena=patch.arena._replace(home=home))
    start = _judged(patch, home)
    if not start.value[0]:
        return None
    seed = int(seed) % 2**40 * 1024
    best, budget = start, _BUDGET
    for run, loose in enumerate(_STARTS):
        budget -= _CHAINS * len(home)
        if budget < 0:
            break
        found = _judged(patch, chained(patch, home, seed + 2 * run, usual, loose))
        best = min(best, found, key=lambda found: found.value)
    best = _refined(patch, best, seed + 64, usual, budget)
    return best.part if best.value < start.value else None


def _refined(patch: Patch, best: _Found, seed: int, usual: float, budget: int) -> _Found:
    fails = np.zeros(len(patch.label), dtype=np.int64)
    stuck = 0
    for attempt in range(_MOST):
        want = best.excess
        if not best.value[0]:
            away = patch.arena.weight[:, 0] * (best.part != patch.home)
            want = np.bincount(best.part, away, minlength=len(patch.label)).astype(np.float64)
        if stuck >= _PATIENCE or budget <= 0 or not want.any():
            break
        bad = np.flatnonzero(want)
        focus = int(bad[np.lexsort((bad, -want[bad], fails[bad]))[0]])
        if best.value[0] and attempt % _OFTEN == _OFTEN - 1:
            budget -= _CHAINS * len(best.part)
            part = chained(patch, best.part, seed + 2 * attempt, usual, 0.5)
        else:
            price, heat = _TRIES[fails[focus] % len(_TRIES)]
            pool = _around(patch, best.part, focus, 1 + int(min(fails[focus] // 2, 2)))
            each = 4 * len(pool)
            budget -= each
            part = search(
                _priced(patch, price / usual),
                best.part,
                seed + 2 * attempt,
                each,
                pool=pool,
                heat=(heat, 0.08),
                press=(5.0, 80.0),
                steps=6,
            )
        found = _judged(patch, part)
        if found.value < best.value:
            best, stuck = found, 0
            fails[focus] //= 2
        else:
            stuck += 1
            fails[focus] += 1
    return best


def _around(patch: Patch, part: NDArray[np.int32], focus: int, rings: int) -> NDArray[np.int64]:
    """Entries whose source may move and lies in part `focus` or at most `rings` parts away."""
    inside = np.zeros(len(patch.label), dtype=bool)
    inside[focus] = True
    own, other = part[patch.arena.source], part[patch.arena.indices]
    for _ in range(rings):
        inside[other[inside[own]]] = True
    return patch.pool[inside[own[patch.pool]]]


def _priced(patch: Patch, price: float) -> Patch:
    return replace(patch, terms=patch.terms._replace(move_price=price))


def _judged(patch: Patch, part: NDArray[np.int32]) -> _Found:
    excess = patch.excess(part)
    # Sums in another order may differ in the last bits; they must not tell two equal states apart.
    outside = float(excess.sum()) + _FAULT * int((excess > 0).sum())
    return _Found((round(outside, 9), round(patch.moved(part), 6), patch.cut(part)), part, excess)
