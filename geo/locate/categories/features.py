"""Texts as counts of character n-grams: short, bounded, and without the digits of anybody's number.

A digit is 0 and a run of digits is one 0, so that no telephone or identity number gets into a vocabulary and a house
number teaches nothing. N-grams never reach over a gap between words.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.locate.address.normalise import folded

VERSION: Final = 1
LONGEST: Final = 3
MOST_CHARACTERS: Final = 4_000  # of a text; what follows is not read


@dataclass(frozen=True)
class Plain:
    """A text as it is compared: `text` has one character for each that counts, `at` says where it stood."""

    text: str
    at: tuple[int, ...]


def plain(text: str) -> Plain:
    """Compatible forms folded (NFKC), simplified characters, lower case, digits as 0, gaps as single blanks."""
    out: list[str] = []
    at: list[int] = []
    for place, character in enumerate(text[:MOST_CHARACTERS]):
        for part in folded(character):
            letter = "0" if part.isdigit() else part if part.isalnum() else " "
            if letter in "0 " and out and out[-1] == letter:
                continue
            out.append(letter)
            at.append(place)
    return Plain("".join(out), tuple(at))


def grams(text: Plain) -> list[tuple[str, int]]:
    """The n-grams of 1 to 3 characters that hold no gap, each with where it begins in `text.text`."""
    body = text.text
    found = []
    for length in range(1, LONGEST + 1):
        for start in range(len(body) - length + 1):
            gram = body[start : start + length]
            if " " not in gram and gram != "0":
                found.append((gram, start))
    return found


def build_vocabulary(texts: Sequence[Plain], *, least: int, most: int) -> tuple[list[str], NDArray[np.float64]]:
    """N-grams that stand in at least `least` texts, the `most` frequent ones, and their inverse document frequency.

    Returns
    -------
    list of str, float64 (n,) : ln((1 + texts) / (1 + texts with it)) + 1, the smooth form of Salton's weight.
    """
    held: Counter[str] = Counter()
    for text in texts:
        held.update({gram for gram, _ in grams(text)})
    kept = sorted(((gram, n) for gram, n in held.items() if n >= least), key=lambda row: (-row[1], row[0]))[:most]
    vocabulary = sorted(gram for gram, _ in kept)
    idf = np.array([math.log((1 + len(texts)) / (1 + held[gram])) + 1 for gram in vocabulary], dtype=np.float64)
    return vocabulary, idf


def weigh(
    text: Plain, places: Mapping[str, int], idf: NDArray[np.floating[Any]]
) -> tuple[NDArray[np.int64], NDArray[np.float64], float]:
    """A text as a unit vector over the vocabulary.

    Returns
    -------
    columns : int64 (k,), ascending; values : float64 (k,), (1 + ln count) × idf, of Euclidean length 1
    known : float, the share of its pairs of characters that the vocabulary holds; 0 where it has none
    """
    counts: Counter[int] = Counter()
    pairs = known = 0
    for gram, _ in grams(text):
        place = places.get(gram)
        if place is not None:
            counts[place] += 1
        if len(gram) == 2:
            pairs += 1
            known += place is not None
    columns = np.array(sorted(counts), dtype=np.int64)
    values = np.array([1.0 + math.log(counts[place]) for place in columns.tolist()], dtype=np.float64)
    values *= np.asarray(idf, dtype=np.float64)[columns]
    length = float(np.sqrt((values**2).sum()))
    return columns, values / length if length else values, known / pairs if pairs else 0.0


def places_of(vocabulary: Iterable[str]) -> dict[str, int]:
    """Column of each n-gram."""
    return {gram: place for place, gram in enumerate(vocabulary)}
