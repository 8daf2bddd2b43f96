"""Into how many groups of least … most can n households be divided? Exact, and what to relax where none fits.

n is a sum of m numbers between `least` and `most` exactly if m·least ≤ n ≤ m·most, so the m that work are those from
⌈n/most⌉ to ⌊n/least⌋; with 10 … 15 none works for 1 … 9 and 16 … 19, and some does for every other n.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Counts:
    """The numbers of groups, `first` … `last`, that come closest, and by how many households they still miss.

    `missing` is the sum over groups of households below the least or above the most size; 0 if the bounds can be kept.
    """

    first: int
    last: int
    missing: int


def group_counts(households: int, least: int, most: int) -> Counts:
    """Which numbers of groups miss the bounds by least.

    Parameters
    ----------
    households : int, ≥ 1
    least, most : int, 1 ≤ least ≤ most

    Examples
    --------
    >>> group_counts(45, 10, 15)
    Counts(first=3, last=4, missing=0)
    >>> group_counts(17, 10, 15)
    Counts(first=1, last=1, missing=2)
    """
    first, last = -(-households // most), households // least
    if first <= last:
        return Counts(first, last, 0)
    # first is last + 1 here: `last` groups hold too many households, `first` groups too few.
    above = households - last * most if last else None
    below = first * least - households
    if above is None or below < above:
        return Counts(first, first, below)
    return Counts(last, first if above == below else last, above)


@dataclass(frozen=True)
class Relaxation:
    """The smallest change of one bound that lets every grid be divided; None where no change of that bound does."""

    least: int | None
    most: int | None


def smallest_relaxation(households: Iterable[int], least: int, most: int) -> Relaxation:
    """How far one bound alone has to give way for all of these numbers of households.

    Lowering the least size always works in the end (to 1); raising the most never helps below `least` households.

    Examples
    --------
    >>> smallest_relaxation([17, 45], 10, 15)
    Relaxation(least=8, most=17)
    >>> smallest_relaxation([7], 10, 15)
    Relaxation(least=7, most=None)
    """
    sizes = sorted({n for n in households if n > 0})
    low = next((low for low in range(least, 0, -1) if all(_fits(n, low, most) for n in sizes)), None)
    if any(n < least for n in sizes):
        return Relaxation(low, None)
    high = most
    while not all(_fits(n, least, high) for n in sizes):
        high += 1
    return Relaxation(low, high)


def _fits(n: int, least: int, most: int) -> bool:
    return -(-n // most) <= n // least
