"""Weights from confirmed cases: a softmax over the candidates of each text, then a logit for the first one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from geo.errors import InvalidInput
from geo.locate.address.gazetteer import Gazetteer
from geo.locate.address.rank import Ranked, Ranker
from geo.locate.address.weights import RANK_COLUMNS, SURE_COLUMNS, Weights, shipped

FEWEST: Final = 50
_ROUNDS: Final = 2
# How strongly the weights are held to those they start from, in cases.
_HELD: Final = 2.0
_HELD_AFRESH: Final = 20.0
_HELD_SURE: Final = 5.0
# What is accepted should be right this often, and nothing less probable than evens is ever accepted.
_RIGHT: Final = 0.995
_RIGHT_RULED: Final = 0.98
_LEAST: Final = 0.6
_MOST: Final = 0.99

Case = tuple[str, Any]


def fit(
    entries: Iterable[Mapping[str, Any]],
    cases: Sequence[Case],
    *,
    source: str = "",
    seed: int = 0,
    start: Weights | None = None,
) -> Weights:
    """Fit the weights of a gazetteer to texts of which the place is known.

    Parameters
    ----------
    entries : as for `Gazetteer.build`.
    cases : (text, id of the entry meant); None where the text means no entry, or several that cannot be told apart.
    source : what the cases are, kept with the weights.
    seed : kept with the weights; the fit itself draws nothing at random.
    start : the weights to start from and to stay near to where cases are few (default: the shipped ones).

    Raises
    ------
    InvalidInput
        If there are fewer than 50 cases, or one names an unknown id.
    """
    gazetteer = Gazetteer.build(entries, weights=start or shipped())
    return fit_many([(gazetteer, cases)], source=source, seed=seed, start=start or shipped(), held=_HELD)


def fit_many(
    sets: Sequence[tuple[Gazetteer, Sequence[Case]]],
    *,
    source: str,
    seed: int,
    start: Weights,
    held: float = _HELD_AFRESH,
) -> Weights:
    """As `fit`, over several gazetteers at once; `held` is how strongly the order stays as it is, in cases."""
    count = sum(len(cases) for _, cases in sets)
    if count < FEWEST:
        raise InvalidInput("match_fit_few", count=count, wanted=FEWEST)
    read: list[tuple[Any, int]] = []
    for gazetteer, cases in sets:
        for text, key in cases:
            row = gazetteer.row(key) if key is not None else -1
            read.append((gazetteer.clues(text), row))
    began = np.array([start.rank[name] for name in RANK_COLUMNS])
    now = start
    for _ in range(_ROUNDS):
        # Which of an entry's names fits best hangs on the weights themselves.
        ranker = Ranker(now)
        rank = _fit_rank([(ranker.order(*clues), row) for clues, row in read], began, held)
        now = replace(now, rank=dict(zip(RANK_COLUMNS, rank.tolist(), strict=True)))
    ranker = Ranker(now)
    first = [(ranker.order(*clues), row) for clues, row in read]
    sure, accept, ruled = _fit_sure(first, np.array([start.sure[name] for name in SURE_COLUMNS]))
    return Weights(
        rank=_rounded(RANK_COLUMNS, rank),
        sure=_rounded(SURE_COLUMNS, sure),
        accept=round(accept, 4),
        accept_ruled=round(start.accept_ruled if ruled is None else ruled, 4),
        source=source,
        seed=seed,
        cases=count,
    )


def _fit_rank(
    ranked: Sequence[tuple[Ranked | None, int]], start: NDArray[np.float64], held: float
) -> NDArray[np.float64]:
    """The weights under which the place meant is likeliest among the candidates of its text."""
    places = ((one, np.flatnonzero(one.entries == row)) for one, row in ranked if one is not None)
    known = [(one, int(at[0])) for one, at in places if len(at)]
    if not known:
        return start
    table = np.vstack([one.columns for one, _ in known])
    sizes = np.array([len(one.entries) for one, _ in known])
    begin = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    owner = np.repeat(np.arange(len(known)), sizes)
    gold = begin + np.array([at for _, at in known])
    wanted = table[gold].sum(axis=0)

    def cost(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = table @ weights
        top = np.maximum.reduceat(scores, begin)
        share = np.exp(scores - top[owner])
        total = np.add.reduceat(share, begin)
        share /= total[owner]
        away = weights - start
        value = float((np.log(total) + top - scores[gold]).sum() + held * away @ away)
        return value / len(known), (table.T @ share - wanted + 2 * held * away) / len(known)

    return _least(cost, start)


def _fit_sure(
    ranked: Sequence[tuple[Ranked | None, int]], start: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float, float | None]:
    """The logit of the first candidate's probability, and from which probability on it is accepted.

    The last number is for those that the strict rules say too, of places whose area is known; None with too few.
    """
    some = [(one, row) for one, row in ranked if one is not None]
    table = np.vstack([one.sure for one, _ in some])
    right = np.array([float(one.entries[0] == row) for one, row in some])
    held = np.where(np.array(SURE_COLUMNS) == "bias", 0.0, _HELD_SURE)

    def cost(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logit = table @ weights
        away = weights - start
        value = float((np.logaddexp(0.0, logit) - right * logit).sum() + (held * away * away).sum())
        slope = table.T @ (1.0 / (1.0 + np.exp(-logit)) - right) + 2 * held * away
        return value / len(some), slope / len(some)

    weights = _least(cost, start)
    logit = np.clip(table @ weights, -30.0, 30.0)
    probability = 1.0 / (1.0 + np.exp(-logit))
    ruled = table[:, SURE_COLUMNS.index("rules_agree")] == 1.0
    by_rules = _accept(probability[ruled], right[ruled], _RIGHT_RULED) if ruled.sum() >= FEWEST else None
    return weights, _accept(probability[~ruled], right[~ruled], _RIGHT), by_rules


def _accept(probability: NDArray[np.float64], right: NDArray[np.float64], wanted: float) -> float:
    """The least probability from which on what is accepted is right often enough."""
    order = np.argsort(-probability, kind="stable")
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(share >= wanted)
    least = float(probability[order[enough[-1]]]) if len(enough) else 1.0
    return min(max(least, _LEAST), _MOST)


def _least(cost: Any, start: NDArray[np.float64]) -> NDArray[np.float64]:
    found = minimize(cost, start, jac=True, method="L-BFGS-B", options={"maxiter": 500})
    return np.asarray(found.x, dtype=np.float64)


def _rounded(names: Sequence[str], values: NDArray[np.float64]) -> dict[str, float]:
    return {name: round(float(value), 5) for name, value in zip(names, values, strict=True)}
