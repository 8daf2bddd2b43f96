"""Names in a text: retrieval by character n-grams, then the best approximate place of each name in the text."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_LONGEST_GRAM: Final = 3
_RETRIEVED: Final = 24
# Share of a name's n-grams (by rarity) that must stand in the text.
_LEAST_SHARED: Final = 0.3
# Costs in quarters of a character. A digit or a direction is never a slip of the pen: 北苑 is not 东苑.
_SOFT: Final = 4
_HARD: Final = 16
_BLANK: Final = 1
_HARD_CHARACTERS: Final = frozenset(
    "0123456789abcdefghijklmnopqrstuvwxyz东南西北中上下前后左右新老一二三四五六七八九十甲乙丙丁"
)
# A cost and where the match starts travel in one integer: cost · _SCALE − start.
_SCALE: Final = 4096


@dataclass(frozen=True)
class Hit:
    """Name number `name` stands at ``text[start:end]`` with `cost` characters of difference (0 is exact).

    `shared` is the share of the name's n-grams, by rarity, that the text holds anywhere.
    """

    name: int
    start: int
    end: int
    cost: float
    shared: float


class Names:
    """An index of distinct names (normalised, at least two characters)."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.finals = Finals(self.names)
        grams: dict[str, list[int]] = defaultdict(list)
        for number, name in enumerate(self.names):
            for gram in _grams(name):
                grams[gram].append(number)
        # Single characters that stand in very many names find nothing and cost much.
        often = max(50, len(self.names) // 50)
        self._postings = {
            gram: np.array(where, dtype=np.intp)
            for gram, where in grams.items()
            if len(gram) > 1 or len(where) <= often
        }
        self._rarity = {g: float(np.log1p(len(self.names) / len(where))) for g, where in self._postings.items()}
        total = np.zeros(len(self.names))
        for gram, where in self._postings.items():
            total[where] += self._rarity[gram]
        self._total = np.maximum(total, 1e-9)
        self._coded = [np.array([ord(c) for c in name], dtype=np.int64) for name in self.names]

    def find(self, text: str) -> list[Hit]:
        """The likeliest names of `text` (normalised), each at its best place; exact or not."""
        near, shared = self._retrieve(text)
        return self._fit(near, shared, text) if len(near) else []

    def _retrieve(self, text: str) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        grams = [gram for gram in _grams(text) if gram in self._postings]
        if not grams:
            return np.empty(0, dtype=np.intp), np.empty(0)
        where = np.concatenate([self._postings[gram] for gram in grams])
        weight = np.repeat([self._rarity[gram] for gram in grams], [len(self._postings[gram]) for gram in grams])
        shared = np.bincount(where, weights=weight, minlength=len(self.names)) / self._total
        likely = np.flatnonzero(shared >= _LEAST_SHARED)
        if len(likely) > _RETRIEVED:
            # A fully contained short name must not push out a longer one with a slip: weigh by length too.
            value = shared[likely] * np.sqrt(self._total[likely])
            likely = likely[np.argsort(-value, kind="stable")[:_RETRIEVED]]
        return likely, shared[likely]

    def _fit(self, numbers: NDArray[np.intp], shared: NDArray[np.float64], text: str) -> list[Hit]:
        """Cheapest placement of each name anywhere in `text`: Sellers' algorithm, all names in step."""
        coded = [self._coded[number] for number in numbers]
        length = np.array([len(name) for name in coded])
        table = np.zeros((len(coded), length.max()), dtype=np.int64)
        for row, name in zip(table, coded, strict=True):
            row[: len(name)] = name
        letters = np.array([ord(c) for c in text], dtype=np.int64)
        hard_letter = np.array([c in _HARD_CHARACTERS for c in text])
        final_letter = np.array([c in self.finals.single for c in text])
        extra = np.where(hard_letter, _HARD, np.where(letters == ord(" "), _BLANK, _SOFT))
        walked = np.concatenate(([0], np.cumsum(extra))) * _SCALE
        cost = np.broadcast_to(-np.arange(len(text) + 1), (len(coded), len(text) + 1)).copy()
        hard_codes = np.array([ord(c) for c in _HARD_CHARACTERS])
        final_codes = np.array([ord(c) for c in self.finals.single] or [0])
        hard_name, final_name = np.isin(table, hard_codes), np.isin(table, final_codes)
        for i in range(table.shape[1]):
            hard = hard_name[:, i, None] | hard_letter
            # 城 for 庭 makes it another place.
            hard |= final_name[:, i, None] & final_letter
            swap = np.where(table[:, i, None] == letters, 0, np.where(hard, _HARD, _SOFT)) * _SCALE
            new = cost + (np.where(hard_name[:, i], _HARD, _SOFT) * _SCALE)[:, None]
            new[:, 1:] = np.minimum(new[:, 1:], cost[:, :-1] + swap)
            new = np.minimum.accumulate(new - walked, axis=1) + walked
            cost = np.where((length > i)[:, None], new, cost)
        end = cost.argmin(axis=1)
        best = cost[np.arange(len(coded)), end]
        quarters = -(-best // _SCALE)
        start = quarters * _SCALE - best
        return [
            Hit(int(number), int(s), int(e), float(q) / 4.0, float(part))
            for number, s, e, q, part in zip(numbers, start, end, quarters, shared, strict=True)
            if e > s
        ]


class Finals:
    """How names of this deployment begin and end (绿城 …, … 新村), learned from the names themselves.

    Attributes
    ----------
    single : characters that mostly stand at the end of a name.
    pairs : two characters that do.
    openings : two characters that several names begin with.
    """

    def __init__(self, names: Sequence[str], *, least: int = 3) -> None:
        self.single = frozenset(_mostly_last(names, 1, least, share=0.3))
        self.pairs = frozenset(_mostly_last(names, 2, least, share=0.6))
        first = Counter(name[:2] for name in names if len(name) > 3)
        self.openings = frozenset(opening for opening, count in first.items() if count >= 2)

    def stem(self, name: str) -> str:
        """The part of a name that tells it from others: without its last character or two if those end many names."""
        if name[-2:] in self.pairs:
            return name[:-2]
        return name[:-1] if name[-1:] in self.single else name


def _mostly_last(names: Sequence[str], size: int, least: int, *, share: float) -> list[str]:
    last = Counter(name[-size:] for name in names if len(name) > size)
    anywhere = Counter(name[i : i + size] for name in names for i in range(1, len(name) - size + 1))
    enough = max(least, len(names) // 500)
    return [end for end, count in last.items() if count >= enough and count >= share * anywhere[end]]


def _grams(text: str) -> set[str]:
    return {
        gram
        for size in range(1, _LONGEST_GRAM + 1)
        for i in range(len(text) - size + 1)
        if " " not in (gram := text[i : i + size])
    }
