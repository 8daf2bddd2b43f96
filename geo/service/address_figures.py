"""How good answers about addresses are: every column by which the matcher is judged, from cases and answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.service.address_cases import AddressCase

_BINS: Final = 10
_SURE: Final = 0.99


@dataclass(frozen=True)
class Answer:
    """What a matcher said: status, how sure (0–1) it is of its first candidate, candidates best first, as texts."""

    status: str
    confidence: float
    candidates: tuple[str, ...]


@dataclass(frozen=True)
class AddressFigures:
    """Shares of 0–1; NaN where no case asks for it.

    Attributes
    ----------
    cases : how many. match, ambiguous, absent, conflict, none : of each kind.
    top1, top5 : of the match cases, the right entry is the first candidate, or among five.
    accepted : of the match cases, answered with a match. precision : of these, the right entry (or grid).
    right, wrong : of the match cases, accepted and right, accepted and wrong.
    ece : expected calibration error of the confidence, ten bins of equal width, over match and absent cases.
    covered : the greatest share of the match cases that can be accepted, surest first, with 99 % of them right.
    ambiguous_accepted, absent_accepted : of those cases, answered with a match.
    conflict_flagged, none_kept : of those cases, answered with "conflict", "none".
    """

    cases: int
    match: int
    ambiguous: int
    absent: int
    conflict: int
    none: int
    top1: float
    top5: float
    accepted: float
    precision: float
    right: float
    wrong: float
    ece: float
    covered: float
    ambiguous_accepted: float
    absent_accepted: float
    conflict_flagged: float
    none_kept: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a table or JSON; NaN is None."""
        return {key: None if value != value else value for key, value in asdict(self).items()}


def measure(
    cases: Sequence[AddressCase],
    answers: Sequence[Answer],
    *,
    grid_of: Callable[[str], str | None] | Mapping[str, str | None] | None = None,
) -> AddressFigures:
    """Compare answers with what texts mean.

    Parameters
    ----------
    grid_of : the grid of an entry, where places in one grid count as one: a match in the right grid is right, and an
        ambiguous text whose entries all lie in one grid may be accepted. An entry without a grid is only itself.
    """
    place = _places(grid_of)
    meant = [{place(key) for key in (*case.entries, *case.also)} for case in cases]
    found = [[place(key) for key in answer.candidates] for answer in answers]
    first = np.array([bool(f) and f[0] in m for f, m in zip(found, meant, strict=True)], dtype=bool)
    five = np.array([bool(m.intersection(f[:5])) for f, m in zip(found, meant, strict=True)], dtype=bool)
    # A text whose rivals share a grid has one answer.
    exact = [{place(key) for key in case.entries} for case in cases]
    kind = np.array(
        [
            "match" if case.status == "ambiguous" and len(one) == 1 else case.status
            for case, one in zip(cases, exact, strict=True)
        ],
        dtype=object,
    )
    status = np.array([answer.status for answer in answers], dtype=object)
    sure = np.array([answer.confidence if answer.candidates else 0.0 for answer in answers], dtype=np.float64)
    taken = status == "match"
    match = kind == "match"
    told = match | (kind == "absent")
    return AddressFigures(
        cases=len(cases),
        match=int(match.sum()),
        ambiguous=int((kind == "ambiguous").sum()),
        absent=int((kind == "absent").sum()),
        conflict=int((kind == "conflict").sum()),
        none=int((kind == "none").sum()),
        top1=_share(first, match),
        top5=_share(five, match),
        accepted=_share(taken, match),
        precision=_share(first, match & taken),
        right=_share(taken & first, match),
        wrong=_share(taken & ~first, match),
        ece=calibration_error(sure[told], first[told]),
        covered=covered_at(sure[match], first[match]),
        ambiguous_accepted=_share(taken, kind == "ambiguous"),
        absent_accepted=_share(taken, kind == "absent"),
        conflict_flagged=_share(status == "conflict", kind == "conflict"),
        none_kept=_share(status == "none", kind == "none"),
    )


def calibration_error(sure: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Mean distance of confidence and share right over ten bins of equal width, weighted by cases.

    Naeini, Cooper, Hauskrecht 2015, "Obtaining well calibrated probabilities using Bayesian binning", ECE.
    """
    if not len(sure):
        return float("nan")
    bins = np.minimum((sure * _BINS).astype(np.int64), _BINS - 1)
    distance = np.bincount(bins, weights=sure - right, minlength=_BINS)
    return float(np.abs(distance).sum() / len(sure))


def covered_at(sure: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """The greatest share, surest first, of which 99 % are right; cases that are as sure come in together."""
    if not len(sure):
        return float("nan")
    order = np.argsort(-sure, kind="stable")
    good = np.cumsum(right[order]) / np.arange(1, len(order) + 1) >= _SURE
    good &= np.append(sure[order][1:] != sure[order][:-1], True)
    last = np.flatnonzero(good)
    return float((last[-1] + 1) / len(order)) if len(last) else 0.0


def _share(hit: NDArray[np.bool_], among: NDArray[np.bool_]) -> float:
    return float(hit[among].mean()) if among.any() else float("nan")


def _places(grid_of: Callable[[str], str | None] | Mapping[str, str | None] | None) -> Callable[[str], str]:
    """An entry as its grid, or as itself where it has none."""
    if grid_of is None:
        return lambda key: key
    look = grid_of.get if isinstance(grid_of, Mapping) else grid_of
    return lambda key: f"grid {grid}" if (grid := look(key)) is not None else key
