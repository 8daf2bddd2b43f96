"""Weights in whole numbers that sum to a known total."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidInput


def scale_to_total(weight: NDArray[np.float64], total: int) -> NDArray[np.float64]:
    """Scale weights to whole numbers whose sum is `total`: floor, then the largest remainders get one more.

    Parameters
    ----------
    weight : float64 (n,), ≥ 0.
    total : ≥ 0. Equal remainders are served in the order given.

    Returns
    -------
    float64 (n,), whole numbers.

    Raises
    ------
    InvalidInput
        `total` is negative, or above 0 while all weights are 0.

    Examples
    --------
    >>> scale_to_total(np.array([1.0, 1.0, 1.0]), 10).tolist()
    [4.0, 3.0, 3.0]
    """
    if total < 0 or total != int(total):
        raise InvalidInput("units_total_invalid", value=total)
    have = float(weight.sum())
    if have <= 0:
        if total == 0:
            return np.zeros(len(weight))
        raise InvalidInput("units_total_without_weight", value=total)
    share = weight * (total / have)
    whole = np.floor(share)
    missing = int(total - whole.sum())
    order = np.argsort(-(share - whole), kind="stable")
    if missing >= 0:
        whole[order[:missing]] += 1
    else:  # the quotient was rounded up: take back where the remainder is least
        positive = order[::-1][whole[order[::-1]] > 0]
        whole[positive[:-missing]] -= 1
    return whole
