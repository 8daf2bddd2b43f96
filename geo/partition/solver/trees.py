"""Divide a tree into connected parts within a band, exactly: every sum that a part can have, as bits.

A node's table says which weights the part that holds it can have so far, by how many parts are closed below it and how
many of these lie outside the band. Going up the tree, the part of a child is closed or joins that of its parent: the
sums of two sets are shifted bits. The number of closed parts hardly varies for a given weight, so tables stay narrow.
(The knapsack on trees of Lukes 1974, with whole weights.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit
from geo.partition.solver.sums import has, merge

# No way was found, or the tables would take more than the words allowed.
NONE, TOO_LARGE = -1, -2


@jit
def divide_tree(
    parent: NDArray[np.int64],
    weight: NDArray[np.int64],
    parts: int,
    band: NDArray[np.int64],
    exempt: int,
    most_words: int,
    seed: int,
    label: NDArray[np.int32],
) -> int:
    """Write a division of a tree into exactly `parts` parts to `label`, at random among those that there are.

    Parameters
    ----------
    parent : int64 (n,), of each node, before it in the order; −1 for the first.
    weight : int64 (n,), ≥ 0.
    band : int64 (4,), least and greatest weight of a part, and of a part that is exempt.
    exempt : most parts that may be exempt; as few as possible are.
    most_words : most words of 64 bits for the tables.

    Returns
    -------
    int
        Parts that are exempt, `NONE` if there is no division, `TOO_LARGE` if the tables would be.
    """
    n = len(parent)
    words = band[3] // 64 + 1
    base, count, room = _shapes(parent, weight, parts, band, exempt, words)
    if room > most_words:
        return TOO_LARGE
    table = np.zeros(room, np.uint64)
    # Where a node's table starts, what it was before its last child joined, and that child.
    at, before = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    base_before, count_before = np.zeros(n, np.int64), np.zeros(n, np.int64)
    last, sister = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    lowest, rows = np.zeros(n, np.int64), np.ones(n, np.int64)
    end = 0
    kinds = exempt + 1
    for v in range(n - 1, -1, -1):
        if at[v] < 0:
            if weight[v] <= band[3]:
                at[v] = end
                table[end + weight[v] // 64] |= np.uint64(1) << np.uint64(weight[v] % 64)
                end += kinds * words
            else:
                return NONE
        up = parent[v]
        if up < 0:
            break
        if at[up] < 0:
            if weight[up] > band[3]:
                return NONE
            at[up] = end
            table[end + weight[up] // 64] |= np.uint64(1) << np.uint64(weight[up] % 64)
            end += kinds * words
        before[v], base_before[v], count_before[v] = at[up], lowest[up], rows[up]
        at[up], lowest[up], rows[up] = end, base[v], count[v]
        end += count[v] * kinds * words
        sister[v], last[up] = last[up], v
        shift = lowest[v] + base_before[v] - base[v]
        merge(table, at[v], rows[v], before[v], count_before[v], at[up], count[v], shift, kinds, band)
    return _trace(
        table, at, lowest, rows, before, base_before, count_before, last, sister, parts, band, exempt, seed, label
    )


@jit
def _shapes(
    parent: NDArray[np.int64], weight: NDArray[np.int64], parts: int, band: NDArray[np.int64], exempt: int, words: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Least closed parts, and how many numbers of them, in the table of a parent after each node has joined it."""
    n = len(parent)
    least, most = (band[2], band[3]) if exempt else (band[0], band[1])
    load, size = weight.copy(), np.ones(n, np.int64)
    base, count = np.zeros(n, np.int64), np.ones(n, np.int64)
    room = n
    for v in range(n - 1, 0, -1):
        up = parent[v]
        load[up] += load[v]
        size[up] += size[v]
        fewest = max(0, -((band[3] - load[up]) // most)) if most > 0 else 0
        many = min(size[up] - 1, parts - 1)
        if least > 0:
            many = min(many, load[up] // least)
        base[v], count[v] = fewest, max(many - fewest + 1, 1)
        room += count[v]
    return base, count, room * (exempt + 1) * words


@jit
def _random(state: NDArray[np.uint64], below: int) -> int:
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return int((x >> np.uint64(11)) % np.uint64(below))


@jit
def _trace(
    table: NDArray[np.uint64],
    at: NDArray[np.int64],
    lowest: NDArray[np.int64],
    rows: NDArray[np.int64],
    before: NDArray[np.int64],
    base_before: NDArray[np.int64],
    count_before: NDArray[np.int64],
    last: NDArray[np.int64],
    sister: NDArray[np.int64],
    parts: int,
    band: NDArray[np.int64],
    exempt: int,
    seed: int,
    label: NDArray[np.int32],
) -> int:
    """Go down the tree from a way to close its first node's part; each choice at random."""
    n = len(at)
    kinds, words = exempt + 1, band[3] // 64 + 1
    state = np.array([seed | 1], np.uint64)
    # What the part of a node has to be: closed parts below, exempt ones among them, weight.
    want = np.zeros((n, 3), np.int64)
    c = parts - 1 - lowest[0]
    if not 0 <= c < rows[0]:
        return NONE
    used, f, x = _first(table, at[0] + c * kinds * words, kinds, band, state)
    if used < 0:
        return NONE
    want[0, 0], want[0, 1], want[0, 2] = parts - 1, f, x
    label[0] = 0
    fresh = 1
    for v in range(n):
        c, f, x = want[v, 0], want[v, 1], want[v, 2]
        u = last[v]
        while u >= 0:
            shift = c - lowest[u] - base_before[u]
            cut, c2, f2, x2 = _choose(
                table, at[u], rows[u], before[u], count_before[u], shift, f, x, kinds, band, state
            )
            want[u, 0], want[u, 1], want[u, 2] = lowest[u] + c2, f2, x2
            c -= want[u, 0]
            f -= f2
            if cut:
                c -= 1
                f -= not band[0] <= x2 <= band[1]
                label[u] = fresh
                fresh += 1
            else:
                x -= x2
                label[u] = label[v]
            u = sister[u]
    return used


@jit
def _first(
    table: NDArray[np.uint64], start: int, kinds: int, band: NDArray[np.int64], state: NDArray[np.uint64]
) -> tuple[int, int, int]:
    """A way for the last part, with the fewest exempt ones: these, those below it, and its weight."""
    words = band[3] // 64 + 1
    below, weight = 0, 0
    for used in range(kinds):
        seen = 0
        for f in range(used + 1):
            for x in range(band[2], band[3] + 1):
                if f + (not band[0] <= x <= band[1]) == used and has(table, start + f * words, x):
                    seen += 1
                    if _random(state, seen) == 0:
                        below, weight = f, x
        if seen:
            return used, below, weight
    return NONE, below, weight


@jit
def _choose(
    table: NDArray[np.uint64],
    child: int,
    child_rows: int,
    own: int,
    own_rows: int,
    shift: int,
    f: int,
    x: int,
    kinds: int,
    band: NDArray[np.int64],
    state: NDArray[np.uint64],
) -> tuple[bool, int, int, int]:
    """How a child came into its parent's part of weight x: cut off or not, its row, exempt parts, its part's weight."""
    words = band[3] // 64 + 1
    seen, cut, c2, f2, x2 = 0, False, 0, 0, 0
    for d in range(child_rows):
        b = shift - d
        for g in range(min(kinds, f + 1)):
            row = child + (d * kinds + g) * words
            for y in range(band[3] + 1):
                if not has(table, row, y):
                    continue
                if 0 <= b < own_rows and y <= x and has(table, own + (b * kinds + f - g) * words, x - y):
                    seen += 1
                    if _random(state, seen) == 0:
                        cut, c2, f2, x2 = False, d, g, y
                spare = f - g - (not band[0] <= y <= band[1])
                if y < band[2] or spare < 0 or not 0 <= b - 1 < own_rows:
                    continue
                if has(table, own + ((b - 1) * kinds + spare) * words, x):
                    seen += 1
                    if _random(state, seen) == 0:
                        cut, c2, f2, x2 = True, d, g, y
    return cut, c2, f2, x2
