"""Which entries share rare pieces with a text: hashed grams of characters and syllables, postings, compiled sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit
from geo.locate.address.sounds import syllables

_BITS: Final = 21
_BUCKETS: Final = 1 << _BITS
_BLANK: Final = 32
_OFTEN: Final = 0.15
_FEW: Final = 100

Codes = NDArray[np.int32]


def encode(text: str) -> Codes:
    """Code points of normalised text; a lone surrogate is one too."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.int32)


def sound(codes: Codes) -> Codes:
    """The syllable of each code point (0: none)."""
    table = syllables()
    return table[np.where(codes < len(table), codes, 0)]


@jit
def grams(codes: Codes, sounds: Codes) -> NDArray[np.int32]:
    """The distinct hashed grams of a text: 1–3 characters without a blank, and two syllables; ascending, int32."""
    n = len(codes)
    out = np.empty(4 * n, dtype=np.int32)
    count = 0
    for i in range(n):
        value = np.uint64(14695981039346656037)
        for size in range(3):
            if i + size >= n or codes[i + size] == _BLANK:
                break
            value = (value ^ np.uint64(codes[i + size])) * np.uint64(1099511628211)
            mixed = value ^ (value >> np.uint64(29))
            mixed = mixed * np.uint64(0xBF58476D1CE4E5B9)
            out[count] = np.int32(mixed >> np.uint64(64 - _BITS))
            count += 1
        if i + 1 < n and sounds[i] > 0 and sounds[i + 1] > 0:
            mixed = (np.uint64(sounds[i]) * np.uint64(4096) + np.uint64(sounds[i + 1])) * np.uint64(0x9E3779B97F4A7C15)
            out[count] = np.int32(mixed >> np.uint64(64 - _BITS))
            count += 1
    return np.unique(out[:count])


@dataclass(frozen=True)
class Postings:
    """Grams of many documents, by gram. `length` (n,) is the root of each document's sum of squared rarities."""

    start: NDArray[np.int64]
    documents: NDArray[np.int32]
    rarity: NDArray[np.float32]
    length: NDArray[np.float32]

    @classmethod
    def of(cls, lists: Sequence[NDArray[np.int32]], rarity: NDArray[np.float32]) -> Postings:
        """Postings of documents given as lists of distinct grams; those without rarity are left out."""
        lists = [one[rarity[one] > 0] for one in lists]
        sizes = np.array([len(one) for one in lists], dtype=np.int64)
        flat = np.concatenate([*lists, np.empty(0, dtype=np.int32)])
        owner = np.repeat(np.arange(len(lists), dtype=np.int32), sizes)
        order = np.argsort(flat, kind="stable")
        start = np.zeros(_BUCKETS + 1, dtype=np.int64)
        np.cumsum(np.bincount(flat, minlength=_BUCKETS), out=start[1:])
        squared = np.bincount(owner, weights=rarity[flat].astype(np.float64) ** 2, minlength=len(lists))
        return cls(start, owner[order], rarity, np.sqrt(squared).astype(np.float32))


def rarities(lists: Sequence[NDArray[np.int32]]) -> NDArray[np.float32]:
    """log(1 + n / how many documents hold it) of each gram; one that none holds counts as held by half a document.

    A gram that very many hold finds nothing and costs most of the time: 0.
    """
    flat = np.concatenate([*lists, np.empty(0, dtype=np.int32)])
    held = np.maximum(np.bincount(flat, minlength=_BUCKETS), 0.5)
    rarity = np.log1p(max(len(lists), 1) / held)
    return np.where(held > max(_OFTEN * len(lists), _FEW), 0.0, rarity).astype(np.float32)


@jit
def shared(
    asked: NDArray[np.int32],
    start: NDArray[np.int64],
    documents: NDArray[np.int32],
    rarity: NDArray[np.float32],
    count: int,
) -> NDArray[np.float32]:
    """Sum of squared rarities that each document shares with the grams `asked`, (count,)."""
    out = np.zeros(count, dtype=np.float32)
    for gram in asked:
        weight = rarity[gram] * rarity[gram]
        if weight == 0.0:
            continue
        for k in range(start[gram], start[gram + 1]):
            out[documents[k]] += weight
    return out
