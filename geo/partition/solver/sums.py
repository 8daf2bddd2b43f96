"""Sets of weights as bits: the rows of which the tables of `trees` are made, and how two tables become one.

Bit x of a row says that a part can weigh x. Rows lie one after the other in one array of words of 64 bits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit


@jit
def merge(
    table: NDArray[np.uint64],
    child: int,
    child_rows: int,
    own: int,
    own_rows: int,
    to: int,
    to_rows: int,
    shift: int,
    kinds: int,
    band: NDArray[np.int64],
) -> None:
    """Fill a parent's table, at `to`, from what it was and a child's: the child's part is closed, or joins."""
    words = band[3] // 64 + 1
    for c in range(child_rows):
        for f in range(kinds):
            row = child + (c * kinds + f) * words
            inside, outside = _closes(table, row, band)
            for b in range(own_rows):
                closed = shift + c + b
                for g in range(kinds - f):
                    mine = own + (b * kinds + g) * words
                    if _empty(table, mine, words):
                        continue
                    if 0 <= closed + 1 < to_rows:
                        there = to + ((closed + 1) * kinds + f + g) * words
                        if inside:
                            _join(table, mine, 0, there, words)
                        if outside and f + g + 1 < kinds:
                            _join(table, mine, 0, there + words, words)
                    if 0 <= closed < to_rows:
                        _sums(table, row, mine, to + (closed * kinds + f + g) * words, words, band[3])


@jit
def _closes(table: NDArray[np.uint64], row: int, band: NDArray[np.int64]) -> tuple[bool, bool]:
    """Whether a part can be closed inside the band, and whether outside it."""
    inside = outside = False
    for x in range(max(band[2], 0), band[3] + 1):
        if has(table, row, x):
            if band[0] <= x <= band[1]:
                inside = True
            else:
                outside = True
    return inside, outside


@jit
def _sums(table: NDArray[np.uint64], row: int, own: int, to: int, words: int, most: int) -> None:
    """Every sum of a weight of one row and one of the other."""
    for w in range(words):
        word = table[row + w]
        x = w * 64
        while word:
            if word & np.uint64(1):
                _join(table, own, x, to, words)
            word >>= np.uint64(1)
            x += 1
    # Sums above the greatest weight shared its last word.
    if most % 64 != 63:
        table[to + words - 1] &= (np.uint64(1) << np.uint64(most % 64 + 1)) - np.uint64(1)


@jit
def _join(table: NDArray[np.uint64], row: int, shift: int, to: int, words: int) -> None:
    """Or the bits of a row, `shift` higher, into another."""
    skip, bits = shift // 64, np.uint64(shift % 64)
    carry = np.uint64(64) - bits
    for w in range(words - skip):
        word = table[row + w]
        if word:
            table[to + w + skip] |= word << bits
            if bits and w + skip + 1 < words:
                table[to + w + skip + 1] |= word >> carry


@jit
def has(table: NDArray[np.uint64], row: int, x: int) -> bool:
    """Whether a part can have the weight x, by its row."""
    return bool(table[row + x // 64] >> np.uint64(x % 64) & np.uint64(1))


@jit
def _empty(table: NDArray[np.uint64], row: int, words: int) -> bool:
    w = 0
    while w < words and not table[row + w]:
        w += 1
    return w == words
