"""How good suggestions are: hits, coverage and precision at a threshold, calibration, each class by itself."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from geo.model.catalogues import Key

_SIDE = 1.2815515655446004  # one-sided 90 %


@dataclass(frozen=True)
class ClassFigures:
    """One category: `cases` of it, how many were ranked first and among three, how many named it, its accepted."""

    key: Key
    cases: int
    top1: int
    top3: int
    named: int
    accepted: int
    accepted_right: int


@dataclass(frozen=True)
class Figures:
    """Suggestions against the truth on cases that were not trained on.

    Attributes
    ----------
    cases : int; top1, top3 : shares; coverage : share accepted; precision : share right of the accepted, None of none.
    ece : expected calibration error of the first candidate, ten equal bins (Guo et al. 2017); None without probability.
    """

    cases: int
    top1: float
    top3: float
    coverage: float
    precision: float | None
    ece: float | None
    classes: tuple[ClassFigures, ...] = field(default=())


def measure(
    truth: Sequence[Key], ranked: Sequence[Sequence[Key]], accepted: Sequence[bool], confidence: Sequence[float] | None
) -> Figures:
    """Figures of `ranked` candidates (best first, three are looked at) against `truth`, one a case."""
    n = len(truth)
    first = [rank[0] if rank else None for rank in ranked]
    right = np.array([got == key for got, key in zip(first, truth, strict=True)], dtype=bool)
    among = np.array([key in rank[:3] for rank, key in zip(ranked, truth, strict=True)], dtype=bool)
    taken = np.asarray(accepted, dtype=bool)
    classes = []
    for key in sorted(set(truth)):
        own = np.array([one == key for one in truth], dtype=bool)
        named = np.array([one == key for one in first], dtype=bool)
        classes.append(
            ClassFigures(
                key,
                int(own.sum()),
                int((own & right).sum()),
                int((own & among).sum()),
                int(named.sum()),
                int((named & taken).sum()),
                int((named & taken & right).sum()),
            )
        )
    return Figures(
        cases=n,
        top1=float(right.mean()) if n else 0.0,
        top3=float(among.mean()) if n else 0.0,
        coverage=float(taken.mean()) if n else 0.0,
        precision=float(right[taken].mean()) if taken.any() else None,
        ece=None if confidence is None else calibration_error(np.asarray(confidence, dtype=np.float64), right),
        classes=tuple(classes),
    )


def calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_], bins: int = 10) -> float:
    """Mean over equal bins of |share right − mean confidence|, weighted by how many cases a bin holds."""
    if not len(confidence):
        return 0.0
    which = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    total = 0.0
    for k in np.unique(which).tolist():
        inside = which == k
        total += abs(float(right[inside].mean()) - float(confidence[inside].mean())) * int(inside.sum())
    return total / len(confidence)


def lower_bound(right: int, cases: int) -> float:
    """The share that is not undercut with 90 % certainty (Wilson 1927, one-sided); 0 without cases."""
    if not cases:
        return 0.0
    share, z2 = right / cases, _SIDE**2
    middle = share + z2 / (2 * cases)
    spread = _SIDE * math.sqrt(share * (1 - share) / cases + z2 / (4 * cases**2))
    return max(0.0, (middle - spread) / (1 + z2 / cases))


def choose_threshold(confidence: NDArray[np.float64], right: NDArray[np.bool_], precision: float) -> float | None:
    """The lowest confidence from which on the share right is at least `precision`, with 90 % certainty.

    None where no threshold holds it: then nothing may be accepted.
    """
    order = np.argsort(-confidence, kind="stable")
    sure, hits = confidence[order], np.cumsum(right[order])
    found = None
    for k in range(len(sure)):
        if k + 1 < len(sure) and sure[k + 1] == sure[k]:
            continue  # a threshold cannot part equals
        if lower_bound(int(hits[k]), k + 1) >= precision:
            found = float(sure[k])
    return found


def as_values(figures: Figures, names: Mapping[Key, str]) -> dict[str, object]:
    """Figures as plain values for JSON."""
    return {
        "cases": figures.cases,
        "top1": round(figures.top1, 4),
        "top3": round(figures.top3, 4),
        "coverage": round(figures.coverage, 4),
        "precision": None if figures.precision is None else round(figures.precision, 4),
        "ece": None if figures.ece is None else round(figures.ece, 4),
        "classes": [
            {
                "scheme": row.key[0],
                "kind": row.key[1],
                "code": row.key[2],
                "name": names.get(row.key, row.key[2]),
                "cases": row.cases,
                "top1": row.top1,
                "top3": row.top3,
                "named": row.named,
                "accepted": row.accepted,
                "accepted_right": row.accepted_right,
            }
            for row in figures.classes
        ],
    }
