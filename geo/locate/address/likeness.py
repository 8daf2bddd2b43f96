"""How a text and one entry resemble each other: characters explained, places of names, numbers that agree or not."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit

Codes = NDArray[np.int32]
Flags = NDArray[np.uint8]

# What `compare` writes, in this order; the weights file names the same columns.
COMPARED: Final = (
    "main_covered",
    "rest_covered",
    "has_rest",
    "main_near",
    "main_exact",
    "rest_near",
    "tokens_agree",
    "tokens_contradict",
    "tokens_missing",
    "asked_contradict",
    "asked_unknown",
    "context_agree",
    "context_contradict",
    "ends_text",
    "common_end",
    "tail_missing",
    "length",
    "unexplained",
    "longest_run",
    "before_unexplained",
    "after_unexplained",
)
_BLANK: Final = 32
_FREE: Final = 0.25


@jit
def place(text: Codes, said: Codes, hard: Flags, name: Codes, heard: Codes, stiff: Flags) -> tuple[float, int, int]:
    """The cheapest place of `name` in `text` (Sellers 1980): cost in characters, start and end.

    Another character costs 1, one that sounds alike 0.5, a blank 0.25; a figure or a direction (`hard`, `stiff`) costs
    4, or 1 where the other sounds alike: 北苑 is not 东苑.
    """
    n, m = len(text), len(name)
    cost = np.zeros(n + 1)
    start = np.arange(n + 1)
    for j in range(m):
        drop = 4.0 if stiff[j] else (_FREE if name[j] == _BLANK else 1.0)
        before, began = cost[0], start[0]
        cost[0] += drop
        for i in range(1, n + 1):
            extra = 4.0 if hard[i - 1] else (_FREE if text[i - 1] == _BLANK else 1.0)
            if text[i - 1] == name[j]:
                swap = 0.0
            elif said[i - 1] == heard[j] and heard[j] > 0:
                swap = 1.0 if hard[i - 1] or stiff[j] else 0.5
            else:
                swap = 4.0 if hard[i - 1] or stiff[j] else 1.0
            best, origin = before + swap, began
            if cost[i] + drop < best:
                best, origin = cost[i] + drop, start[i]
            if cost[i - 1] + extra < best:
                best, origin = cost[i - 1] + extra, start[i - 1]
            before, began = cost[i], start[i]
            cost[i], start[i] = best, origin
    end = 0
    for i in range(1, n + 1):
        if cost[i] < cost[end]:
            end = i
    return cost[end], start[end], end


@jit
def cover(text: Codes, name: Codes, marked: Flags, covered: Flags) -> int:
    """Mark what two texts share in pieces of two characters and more; the longest piece."""
    n, m = len(text), len(name)
    run = np.zeros(m + 1, dtype=np.int32)
    longest = 0
    for i in range(n):
        for j in range(m, 0, -1):
            if text[i] == name[j - 1] and text[i] != _BLANK:
                run[j] = run[j - 1] + 1
                if run[j] > 1:
                    marked[i] = marked[i - 1] = 1
                    covered[j - 1] = covered[j - 2] = 1
                longest = max(longest, run[j])
            else:
                run[j] = 0
    return longest


@jit
def tokens(text: Codes, hard: Flags, start: int, end: int) -> NDArray[np.int64]:
    """Runs of figures and directions in ``text[start:end]``: (t, 2), their value hashed, and the character behind."""
    out = np.empty(((end - start) // 2 + 1, 2), dtype=np.int64)
    count, i = 0, start
    while i < end:
        if not hard[i]:
            i += 1
            continue
        value = np.int64(7)
        while i < end and hard[i]:
            value = (value * 1000003 + text[i]) & 0x7FFFFFFFFFFF
            i += 1
        out[count, 0] = value
        out[count, 1] = text[i] if i < end else 0
        count += 1
    return out[:count]


@jit
def check(these: NDArray[np.int64], those: NDArray[np.int64]) -> tuple[int, int, int]:
    """Of `these` tokens: how many stand among `those`, stand there with another value, and do not stand there."""
    agree = contradict = missing = 0
    for a in range(len(these)):
        same = other = False
        for b in range(len(those)):
            if these[a, 0] == those[b, 0]:
                same = True
            elif these[a, 1] == those[b, 1]:
                other = True
        if same:
            agree += 1
        elif other:
            contradict += 1
        else:
            missing += 1
    return agree, contradict, missing


@jit
def _figures(
    f: NDArray[np.float64], own: NDArray[np.int64], context: NDArray[np.int64], asked: NDArray[np.int64]
) -> None:
    """Features 6 to 12: which figures of the name and of the address stand in the text, and the other way round."""
    agree, contradict, missing = check(own, asked)
    f[6], f[7], f[8] = min(agree, 3) / 3.0, min(contradict, 2) / 2.0, min(missing, 2) / 2.0
    against = unknown = 0
    for t in range(len(asked)):
        yes, other, _ = check(asked[t : t + 1], own)
        also, _, _ = check(asked[t : t + 1], context)
        if yes + also == 0:
            if other:
                against += 1
            else:
                unknown += 1
    f[9], f[10] = min(against, 2) / 2.0, min(unknown, 3) / 3.0
    agree, contradict, missing = check(context, asked)
    f[11], f[12] = min(agree, 2) / 2.0, min(contradict, 2) / 2.0


@jit
def _common_end(text: Codes, name: Codes) -> float:
    """How many characters text and name end with alike, blanks apart: six and more are 1."""
    shared = 0
    i, j = len(text) - 1, len(name) - 1
    while i >= 0 and j >= 0:
        if text[i] == _BLANK:
            i -= 1
        elif name[j] == _BLANK:
            j -= 1
        elif text[i] == name[j]:
            shared += 1
            i, j = i - 1, j - 1
        else:
            break
    return min(shared / 6.0, 1.0)


@jit
def _unexplained(f: NDArray[np.float64], text: Codes, marked: Flags, first: int, end: int, run: float) -> None:
    """Features 17 to 20: what of the text neither name nor address explains, before and behind the name."""
    open_, early, late, spoken = 0, 0, 0, 0
    for i in range(len(text)):
        if text[i] != _BLANK:
            spoken += 1
            if not marked[i]:
                open_ += 1
                early += i < first
                late += i >= end
    f[17] = open_ / max(spoken, 1)
    f[18] = min(run, 1.0)
    f[19], f[20] = min(early, 8) / 8.0, min(late, 8) / 8.0


@jit
def compare(
    text: Codes,
    said: Codes,
    hard: Flags,
    wanted: NDArray[np.int32],
    codes: Codes,
    heard: Codes,
    stiff: Flags,
    bounds: NDArray[np.int64],
    split: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Features of `COMPARED` of each wanted document, (k, 21), and where its name stands, (k, 2).

    Document d's name is ``codes[bounds[2d]:bounds[2d + 1]]``, what is known of its address goes on to
    ``bounds[2d + 2]``; the part of the name before brackets ends at ``split[d]``.
    """
    out = np.zeros((len(wanted), 21))
    where = np.zeros((len(wanted), 2), dtype=np.int64)
    n = len(text)
    asked = tokens(text, hard, 0, n)
    for row in range(len(wanted)):
        d = wanted[row]
        a, b, c, s = bounds[2 * d], bounds[2 * d + 1], bounds[2 * d + 2], split[d]
        main, rest = codes[a:s], codes[s:b]
        marked, covered = np.zeros(n, dtype=np.uint8), np.zeros(b - a, dtype=np.uint8)
        longest = cover(text, codes[a:b], marked, covered)
        f = out[row]
        size = max(s - a, 1)
        letters = 0
        for j in range(s - a):
            f[0] += covered[j]
        f[0] /= size
        for j in range(s - a, b - a):
            if codes[a + j] != _BLANK:
                letters += 1
                f[1] += covered[j]
        f[1] = f[1] / letters if letters else 0.0
        f[2] = 1.0 if letters else 0.0
        cost, first, end = place(text, said, hard, main, heard[a:s], stiff[a:s])
        where[row, 0], where[row, 1] = first, end
        f[3] = max(1.0 - cost / size, 0.0)
        f[4] = 1.0 if cost == 0.0 else 0.0
        if letters:
            far, _, _ = place(text, said, hard, rest[1:], heard[s + 1 : b], stiff[s + 1 : b])
            f[5] = max(1.0 - far / letters, 0.0)
        own = tokens(codes, stiff, a, b)
        context = tokens(codes, stiff, b, c)
        _figures(f, own, context, asked)
        f[13] = 1.0 if end == n and end > first else 0.0
        f[14] = _common_end(text, codes[a:b])
        tail = 0
        while tail < s - a and not covered[s - a - 1 - tail]:
            tail += 1
        f[15] = min(tail, 4) / 4.0
        f[16] = np.log(size) / 3.0
        cover(text, codes[b:c], marked, np.zeros(c - b, dtype=np.uint8))
        _unexplained(f, text, marked, first, end, longest / size)
    return out, where
