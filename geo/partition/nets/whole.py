"""Whole numbers whose sums add up: areas in square decimetres, weights in thousandths, shares in millionths."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MILLION = 1_000_000


def whole_parts(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Round values to whole numbers whose sum is the rounded sum of the values.

    Floor, then the largest remainders get one more; between equal remainders the first.

    Parameters
    ----------
    values : float64 (n,), ≥ 0.

    Examples
    --------
    >>> whole_parts(np.array([0.5, 0.5, 1.6, 0.4])).tolist()
    [1, 0, 2, 0]
    """
    total = round(float(np.sum(np.sort(values))))
    whole = np.floor(values).astype(np.int64)
    rest = values - whole
    order = np.argsort(-rest, kind="stable")
    missing = total - int(whole.sum())
    if missing > 0:
        whole[order[np.arange(missing) % max(len(order), 1)]] += 1
    elif missing < 0:  # the floats' sum was rounded down: take back where the remainder is least
        back = order[::-1][whole[order[::-1]] > 0]
        whole[back[:-missing]] -= 1
    return whole


def share_out(total: int, weight: NDArray[np.int64]) -> NDArray[np.int64]:
    """Divide a whole number in proportion to whole weights, exactly: largest remainder, the first between equals.

    Parameters
    ----------
    total : may be negative (a correction, say); then the shares are those of its amount, negated.
    weight : int64 (n,), ≥ 0; all 0 counts as all 1.

    Returns
    -------
    int64 (n,), with the sum `total`.

    Examples
    --------
    >>> share_out(10, np.array([1, 1, 1])).tolist()
    [4, 3, 3]
    """
    if total < 0:
        return -share_out(-total, weight)
    parts = [int(w) for w in weight] if weight.any() else [1] * len(weight)
    whole = sum(parts)
    # Python's own whole numbers: the products do not fit 64 bits.
    found = [divmod(total * part, whole) for part in parts]
    out = np.array([quotient for quotient, _ in found], dtype=np.int64)
    missing = total - int(out.sum())
    first = sorted(range(len(parts)), key=lambda k: -found[k][1])[:missing]
    out[first] += 1
    return out


def group_sums(values: NDArray[np.int64], group: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Sum of the values of each group 0 … count − 1 in whole numbers; rows with group −1 count nowhere."""
    out = np.zeros(count, dtype=np.int64)
    known = group >= 0
    np.add.at(out, group[known], values[known])
    return out
