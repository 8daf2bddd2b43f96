"""What of a picture the public is not told: figures of fewer than five incidents, and all that would give one away.

Within one answer no such figure can be reckoned back: not by a total less the rest, not from a neighbourhood's figures,
not from a colour. Answers to different questions (a month and its weeks, all categories and one) are not held against
one another; who must rule that out gives nobody but readers the page.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.hotspots import suppressed
from geo.hotspots.shrink import shrink_rates
from geo.service.hotspot_counts import LEAST_SHOWN
from geo.service.hotspot_page import Picture
from geo.service.hotspot_page_base import around_of

BREAKS: Final = (0.5, 0.8, 1.25, 2.0, 3.0)
_MOST: Final = LEAST_SHOWN - 1


@dataclass(frozen=True, eq=False)
class Withheld:
    """What is not told, bool (steps, n_grids) but `total` (steps,).

    `count` : a grid's own figures; `before` those of the period before; `near` : figures of its neighbourhood, since
    one of it is withheld; `colour` and `change` : the class of its ratios; `total` : the sum over all grids.
    """

    count: NDArray[np.bool_]
    before: NDArray[np.bool_]
    near: NDArray[np.bool_]
    colour: NDArray[np.bool_]
    change: NDArray[np.bool_]
    total: NDArray[np.bool_]


def class_of(ratio: NDArray[np.float64]) -> NDArray[np.int64]:
    """The class of each ratio: how many of the fixed limits it reaches."""
    return np.searchsorted(np.array(BREAKS), ratio, side="right")


def nothing_withheld(picture: Picture) -> Withheld:
    """For readers."""
    shape = picture.figures.observed.shape
    told = np.zeros(shape, dtype=bool)
    return Withheld(told, told, told, told, told, np.zeros(shape[0], dtype=bool))


def withheld(picture: Picture) -> Withheld:
    """For the public."""
    figures = picture.figures
    steps = [hide(counts) for counts in figures.observed]
    count = np.array([hidden for hidden, _ in steps])
    first, _ = hide(np.maximum(figures.before[0], 0))
    before = np.vstack([first[None], count[:-1]])
    matrix = around_of(picture.net).matrix
    near = np.array([np.asarray(matrix @ hidden.astype(np.int64)) > 0 for hidden in count])
    colour = np.array(
        [
            _hide_colour(picture, k, hidden, whole)
            for k, (hidden, whole) in enumerate(zip(count, (w for _, w in steps), strict=True))
        ]
    )
    return Withheld(count, before, near, colour, count | before, np.array([not whole for _, whole in steps]))


def hide(counts: NDArray[np.int64]) -> tuple[NDArray[np.bool_], bool]:
    """Which counts (n,) of a period are withheld, and whether their total may be told.

    Hidden are 1 to 4. As long as the total less the others would tell them (one alone, or all 1, or all 4), the
    smallest of the others is hidden too; where there is no other, the total is not told.
    """
    hidden = suppressed(counts, least=LEAST_SHOWN)
    while _given_away(counts[hidden]):
        others = np.flatnonzero((counts > 0) & ~hidden)
        if not len(others):
            return hidden, False
        hidden[others[np.argmin(counts[others])]] = True
    return hidden, True


def may_tell_sum(counts: NDArray[np.int64], members: Iterable[int]) -> bool:
    """Whether the sum over some grids gives away none of them, nor one of the others, where the total is told too."""
    hidden, whole = hide(counts)
    inside = np.zeros(len(counts), dtype=bool)
    inside[list(members)] = True
    parts = [counts[hidden & side] for side in (inside, ~inside)]
    return whole and all(not len(part) or (part.sum() >= LEAST_SHOWN and not _given_away(part)) for part in parts)


# Private functions


def _given_away(hidden: NDArray[np.int64]) -> bool:
    """Whether the sum of some hidden counts tells each of them."""
    m, total = len(hidden), int(hidden.sum())
    return bool(m) and (m == 1 or total in (m, m * _MOST))


def _hide_colour(picture: Picture, step: int, hidden: NDArray[np.bool_], whole: bool) -> NDArray[np.bool_]:
    """A colour is told only where two counts of 1 to 4 would have it, their sum with the others considered."""
    figures = picture.figures
    counts, expected = figures.observed[step], figures.expected[step]
    least, most = _range_of_class(np.where(expected > 0, counts, 0), expected, figures.ratio[step])
    few: NDArray[np.bool_] = hidden & (counts < LEAST_SHOWN)
    shown = few & (most > least)
    if (hidden & ~few).any() or not whole:
        # Another one is hidden besides, or the total is: there is no sum to solve.
        return hidden & ~shown
    low, high = np.where(shown, least, 1)[few], np.where(shown, most, _MOST)[few]
    total = int(counts[few].sum())
    left = np.maximum(low, total - (high.sum() - high))
    right = np.minimum(high, total - (low.sum() - low))
    solved = bool((left >= right).any())
    return hidden if solved else hidden & ~shown


def _range_of_class(
    counts: NDArray[np.int64], expected: NDArray[np.float64], ratio: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Least and greatest count from 1 to 4 whose shrunk ratio has the class of `ratio`, int64 (n,); (1, 0) for none."""
    shrunk = shrink_rates(counts.astype(np.float64), expected)
    safe = np.where(expected > 0, expected, 1.0)
    trust = shrunk.variance / (shrunk.variance + shrunk.mean / safe) if shrunk.variance > 0 else np.zeros(len(safe))
    own = class_of(ratio)
    least, most = np.full(len(counts), 1), np.full(len(counts), 0)
    for n in range(_MOST, 0, -1):
        same = class_of(shrunk.mean + trust * (n / safe - shrunk.mean)) == own
        least = np.where(same, n, least)
        most = np.where(same & (most == 0), n, most)
    # Where nothing is expected there is no ratio that a count could be told by.
    return np.where(expected > 0, least, 1), np.where(expected > 0, most, _MOST)
