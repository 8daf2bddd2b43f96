"""Names in a text: retrieval by grams, then the cheapest place of each name in the text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit
from geo.locate.address.grams import Codes, Postings, encode, grams, rarities, shared, sound

_RETRIEVED: Final = 24
# Share of a name's grams (by rarity) that must stand in the text.
_LEAST_SHARED: Final = 0.3
# Costs in quarters of a character. A digit or a direction is never a slip of the pen: 北苑 is not 东苑.
_SOFT: Final = 4
_ALIKE: Final = 2
_HARD: Final = 16
_HARD_CHARACTERS: Final = "0123456789abcdefghijklmnopqrstuvwxyz东南西北中上下前后左右新老一二三四五六七八九十甲乙丙丁"
_BLANK: Final = 32
_PLANE: Final = 0x10000


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
        coded = [encode(name) for name in self.names]
        lists = [grams(code, sound(code)) for code in coded]
        self._rarity = rarities(lists)
        self._postings = Postings.of(lists, self._rarity)
        self._codes = np.concatenate([*coded, np.empty(0, dtype=np.int32)])
        self._heard = sound(self._codes)
        self._start = np.concatenate([[0], np.cumsum([len(code) for code in coded], dtype=np.int64)]).astype(np.int64)
        self._kinds = np.zeros(_PLANE, dtype=np.uint8)
        self._kinds[[ord(c) for c in self.finals.single if ord(c) < _PLANE]] = 2
        self._kinds[[ord(c) for c in _HARD_CHARACTERS]] |= 1

    def find(self, text: str) -> list[Hit]:
        """The likeliest names of `text` (normalised), each at its best place; exact or not."""
        codes = encode(text)
        said = sound(codes)
        asked = grams(codes, said)
        if not len(asked) or not self.names:
            return []
        lengths = self._postings.length
        sums = shared(asked, self._postings.start, self._postings.documents, self._rarity, len(lengths))
        likely = np.flatnonzero(sums >= _LEAST_SHARED * np.maximum(lengths * lengths, 1e-6))
        held = sums[likely] / np.maximum(lengths[likely] ** 2, 1e-6)
        if len(likely) > _RETRIEVED:
            # A fully contained short name must not push out a longer one with a slip: weigh by length too.
            kept = np.argsort(-held * np.sqrt(lengths[likely]), kind="stable")[:_RETRIEVED]
            likely, held = likely[kept], held[kept]
        found = _places(
            codes, said, self._kinds[codes & 0xFFFF], likely, self._codes, self._heard, self._kinds, self._start
        )
        return [
            Hit(int(number), int(start), int(end), quarters / 4.0, float(part))
            for number, (quarters, start, end), part in zip(likely, found.tolist(), held, strict=True)
            if end > start
        ]


@jit
def _places(
    text: Codes,
    said: Codes,
    kinds: NDArray[np.uint8],
    wanted: NDArray[np.int64],
    codes: Codes,
    heard: Codes,
    table: NDArray[np.uint8],
    bounds: NDArray[np.int64],
) -> NDArray[np.int64]:
    """The cheapest place of each wanted name (Sellers 1980): quarters of a character, start and end, (k, 3).

    Blanks in the text are free. Of equally cheap places the earliest end stands, and the latest start for it.
    """
    out = np.zeros((len(wanted), 3), dtype=np.int64)
    n = len(text)
    cost, start = np.empty(n + 1, dtype=np.int64), np.empty(n + 1, dtype=np.int64)
    for row in range(len(wanted)):
        for i in range(n + 1):
            cost[i], start[i] = 0, i
        for k in range(bounds[wanted[row]], bounds[wanted[row] + 1]):
            kind = table[codes[k] & 0xFFFF]
            drop = _HARD if kind & 1 else _SOFT
            before, began = cost[0], start[0]
            cost[0] += drop
            for i in range(1, n + 1):
                letter = text[i - 1]
                other = kinds[i - 1]
                if letter == codes[k]:
                    swap = 0
                elif (kind & 1) or (other & 1) or (kind & other & 2):
                    # 城 for 庭 makes it another place: both end names.
                    swap = _HARD
                elif said[i - 1] == heard[k] and heard[k] > 0:
                    swap = _ALIKE
                else:
                    swap = _SOFT
                extra = 0 if letter == _BLANK else (_HARD if other & 1 else _SOFT)
                best, origin = before + swap, began
                if cost[i] + drop < best or (cost[i] + drop == best and start[i] > origin):
                    best, origin = cost[i] + drop, start[i]
                if cost[i - 1] + extra < best or (cost[i - 1] + extra == best and start[i - 1] > origin):
                    best, origin = cost[i - 1] + extra, start[i - 1]
                before, began = cost[i], start[i]
                cost[i], start[i] = best, origin
        end = 0
        for i in range(1, n + 1):
            if cost[i] < cost[end]:
                end = i
        out[row, 0], out[row, 1], out[row, 2] = cost[end], start[end], end
    return out


class Finals:
    """How names of this deployment begin and end (绿城 …, … 新村), learned from the names themselves.

    Attributes
    ----------
    single : characters that mostly stand at the end of a name.
    pairs : two characters that do.
    triples : three characters that do.
    openings : two characters that several names begin with.
    """

    def __init__(self, names: Sequence[str], *, least: int = 3) -> None:
        self.single = frozenset(_mostly_last(names, 1, least, share=0.3))
        self.pairs = frozenset(_mostly_last(names, 2, least, share=0.6))
        self.triples = frozenset(_mostly_last(names, 3, least, share=0.6))
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
