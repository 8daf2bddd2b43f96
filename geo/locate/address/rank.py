"""Candidates in order, and how sure the first one is: a weighted sum, a share, a logit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.locate.address.anchors import Anchor
from geo.locate.address.documents import FEATURES, Likenesses
from geo.locate.address.entries import Entry
from geo.locate.address.outcome import Outcome
from geo.locate.address.weights import RANK_COLUMNS, SURE_COLUMNS, Weights

Columns = NDArray[np.float64]

_MOST_SURE: Final = 8.0
_FAR: Final = 10.0
_AREAS: Final = ("road", "community", "street")
_PLACES: Final = ("building", "compound", "poi")


@dataclass(frozen=True)
class Ranked:
    """Candidates, best first.

    Attributes
    ----------
    entries : (k,) rows of the gazetteer, each once.
    columns : (k, len(RANK_COLUMNS)).
    shares : (k,) their shares of one, by score.
    where : (k, 2) where the name stands in the normalised text.
    sure : (len(SURE_COLUMNS),) what the probability of the first is computed from.
    """

    entries: NDArray[np.int32]
    columns: NDArray[np.float64]
    shares: NDArray[np.float64]
    where: NDArray[np.int64]
    sure: NDArray[np.float64]


class Ranker:
    """Weights as arrays."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self._rank = np.array([weights.rank[name] for name in RANK_COLUMNS])
        # What a place scores of which nothing stands in the text: the rival of a first candidate that has no other.
        nothing = {"unexplained": 1.0, "tail_missing": 1.0}
        self._nothing = float(sum(weights.rank[name] * value for name, value in nothing.items()))
        self._sure = np.array([weights.sure[name] for name in SURE_COLUMNS])

    def order(
        self,
        like: Likenesses,
        columns: Columns,
        ruled: Outcome,
        rows: Mapping[Any, int],
        entries: Sequence[Entry],
    ) -> Ranked | None:
        """The candidates in order; None without any. Equals are ordered by row."""
        if not len(like.entries):
            return None
        scores = columns @ self._rank
        every = np.lexsort((like.entries, -scores))
        _, first = np.unique(like.entries[every], return_index=True)
        kept = every[np.sort(first)]
        scores = scores[kept]
        shares = np.exp(scores - scores[0])
        shares /= shares.sum()
        said = rows[ruled.candidates[0][0]] if ruled.candidates else -1
        first_row = int(like.entries[kept[0]])
        sure = _sure(
            columns[kept[0]],
            np.append(scores, self._nothing),
            ruled,
            agrees=said == first_row,
            bare=is_bare(entries[first_row]),
        )
        return Ranked(like.entries[kept], columns[kept], shares, like.where[kept], sure)

    def probability(self, ranked: Ranked) -> float:
        """That the first candidate is the place meant."""
        return float(1.0 / (1.0 + np.exp(-np.clip(ranked.sure @ self._sure, -30.0, 30.0))))


def columns_of(
    like: Likenesses, entries: Sequence[Entry], anchors: Sequence[Anchor], ruled: Outcome, rows: Mapping[Any, int]
) -> NDArray[np.float64]:
    """`RANK_COLUMNS` of each candidate: likeness, whether the areas stated are its own, what the strict rules say."""
    out = np.zeros((len(like.entries), len(RANK_COLUMNS)))
    out[:, : len(FEATURES)] = like.features
    stated: dict[str, set[str]] = {}
    for anchor in anchors:
        if anchor.full and anchor.kind != "road":
            stated.setdefault(anchor.kind, set()).add(anchor.name)
    at = len(FEATURES)
    if stated:
        for row, k in enumerate(like.entries.tolist()):
            entry = entries[k]
            for kind, own in (("district", entry.district), ("town", entry.town), ("community", entry.community)):
                if own and kind in stated:
                    out[row, at + (own not in stated[kind])] = 1.0
    chosen = {rows[key] for key in ruled.rivals or [key for key, _ in ruled.candidates]}
    column = at + 2 + _ruled_column(ruled)
    if chosen and ruled.status != "none":
        for row, k in enumerate(like.entries.tolist()):
            if k in chosen:
                out[row, at + 7 if is_bare(entries[k]) and column == at + 2 else column] = 1.0
    return out


def is_bare(entry: Entry) -> bool:
    """Whether no area of an entry is known, as in lists of points: what rules say of it is less sure."""
    return entry.kind not in _AREAS and not (entry.town or entry.community)


def _ruled_column(ruled: Outcome) -> int:
    if ruled.status in ("ambiguous", "conflict"):
        return 3 if ruled.status == "ambiguous" else 4
    if ruled.status == "area_only":
        return 2
    return 0 if ruled.level in _PLACES else 1 if ruled.level == "number" else 2


def _sure(columns: Columns, scores: Columns, ruled: Outcome, *, agrees: bool, bare: bool) -> Columns:
    """`SURE_COLUMNS` of the first candidate, its `columns` and the `scores` of all, the first one first."""
    rivals = float(np.exp(np.minimum(scores[1:] - scores[0], _FAR)).sum())
    share = float(np.clip(-np.log(max(rivals, 1e-9)), -_MOST_SURE, _MOST_SURE)) / _MOST_SURE
    margin = float(np.clip(scores[0] - scores[1:].max(), -_FAR, _FAR)) / _FAR
    match = ruled.status == "match"
    rules = (
        match and agrees and not bare,
        match and not agrees,
        ruled.status == "ambiguous",
        ruled.status == "conflict",
        ruled.status == "area_only",
        match and agrees and bare,
        bare,
    )
    return np.array([share, margin, *columns, *map(float, rules), 1.0])
