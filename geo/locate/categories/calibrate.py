"""Probabilities that can be believed: folds, calibration, and the threshold that holds a precision.

Cases are left out in turn twice: at random, for the future that looks like the past, and with all that is worded alike,
for what will be said anew. Both are judged by one calibration that knows how much of a text is new.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from geo.locate.categories import features
from geo.locate.categories.figures import calibration_error, choose_threshold
from geo.locate.categories.model import Calibration

FOLDS: Final = 3
_ALIKE: Final = 0.4  # cosine of pairs of characters
_MOST_WORDINGS: Final = 200  # of one category that are told apart
IMPOSSIBLE: Final = -1e4


def draw(text: str, purpose: str) -> float:
    """A number in [0, 1) that the text alone decides."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8, person=purpose.encode()).digest()
    return int.from_bytes(digest, "big") / 2**64


def any_fold(texts: Sequence[features.Plain], rows: Sequence[int]) -> NDArray[np.int64]:
    """A fold for each row, decided by its text alone: the future looks like the past."""
    return np.array([int(draw(texts[k].text, "fold") * FOLDS) for k in rows], dtype=np.int64)


def wording_fold(texts: Sequence[features.Plain], target: NDArray[np.int64], rows: Sequence[int]) -> NDArray[np.int64]:
    """A fold for each row, so that texts of one category that are worded alike stay together: the future is new.

    Alike is a text of whose pairs of characters at least two fifths (cosine) stand in the first one of its like.
    """
    fold = np.zeros(len(rows), dtype=np.int64)
    by_class: dict[int, list[int]] = defaultdict(list)
    for place, k in enumerate(rows):
        by_class[int(target[k])].append(place)
    for places in by_class.values():
        leaders: list[frozenset[str]] = []
        groups: list[list[int]] = []
        for place in places:
            pairs = frozenset(gram for gram, _ in features.grams(texts[rows[place]]) if len(gram) == 2)
            near = [len(pairs & one) ** 2 / (len(pairs) * len(one) or 1) for one in leaders]
            best = int(np.argmax(near)) if near else -1
            if best >= 0 and (near[best] >= _ALIKE**2 or len(leaders) >= _MOST_WORDINGS):
                groups[best].append(place)
            else:
                leaders.append(pairs)
                groups.append([place])
        for number, group in enumerate(sorted(groups, key=len, reverse=True)):
            fold[group] = number % FOLDS
    return fold


def calibrate(
    scores: NDArray[np.float64], known: NDArray[np.float64], spoken: NDArray[np.float64], truth: NDArray[np.int64]
) -> Calibration:
    """The calibration under which the truth is likeliest: temperature scaling (Guo et al. 2017) that knows novelty."""
    # A category that the model of a fold never saw says nothing about its scores.
    able = (truth >= 0) & (scores[np.arange(len(truth)), np.maximum(truth, 0)] > IMPOSSIBLE / 2)
    rows = np.arange(int(able.sum()))
    scores, known, spoken, truth = scores[able], known[able], spoken[able], truth[able]

    def loss(values: NDArray[np.float64]) -> float:
        made = Calibration(*values.tolist())
        scaled = scores / made.spread(known)[:, None] + made.words * spoken
        top = scaled.max(axis=1)
        total = top + np.log(np.exp(scaled - top[:, None]).sum(axis=1))
        # A little weight on plain values keeps a direction without evidence from running away.
        return float((total - scaled[rows, truth]).mean()) + 1e-4 * float((values**2).sum())

    bounds = ((-4.0, 4.0), (0.0, 12.0), (0.0, 5.0))
    found = minimize(loss, np.array([0.0, 1.0, 0.5]), method="L-BFGS-B", bounds=bounds)
    return Calibration(*(float(value) for value in found.x))


def hold_precision(
    sure: NDArray[np.float64], right: NDArray[np.bool_], judged: NDArray[np.bool_], n: int, precision: float
) -> float | None:
    """The threshold that holds the precision for texts like the old ones and for new wordings by themselves.

    Where nothing holds it for new wordings (few cases, or one wording a category), that for old and new together.
    """
    old, new = np.arange(len(sure)) < n, np.arange(len(sure)) >= n
    of_old, of_new, of_all = (
        choose_threshold(sure[judged & part], right[judged & part], precision) for part in (old, new, old | new)
    )
    if of_new is None or of_old is None:
        return of_all
    return max(of_old, of_new)


def new_wordings(
    chances: NDArray[np.float64], right: NDArray[np.bool_], judged: NDArray[np.bool_], threshold: float | None, n: int
) -> dict[str, float | int | None]:
    """Figures of the cases whose like was left out with them: how the model does on wordings that are new to it."""
    sure, hit, able = chances.max(axis=1)[n:], right[n:], judged[n:]
    taken = able & (sure >= threshold) if threshold is not None else np.zeros(len(sure), dtype=bool)
    return {
        "cases": len(sure),
        "top1": round(float(hit.mean()), 4),
        "coverage": round(float(taken.mean()), 4),
        "precision": round(float(hit[taken].mean()), 4) if taken.any() else None,
        "ece": round(calibration_error(sure, hit), 4),
    }
