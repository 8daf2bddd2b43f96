"""Weights of buildings: counted once, shared out in whole numbers that sum to a known total, summed by unit."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidInput


def count_once(weight: NDArray[np.float64], duplicate: NDArray[np.int32]) -> NDArray[np.float64]:
    """Weights of which each group of duplicates counts once, at its largest; the other members weigh 0.

    Parameters
    ----------
    weight : float64 (n,), ≥ 0.
    duplicate : int32 (n,), members of a group bear the same number ≥ 0, all others −1.

    Examples
    --------
    >>> count_once(np.array([3.0, 5.0, 4.0]), np.array([0, 0, -1])).tolist()
    [0.0, 5.0, 4.0]
    """
    rows = np.flatnonzero(duplicate >= 0)
    order = rows[np.lexsort((rows, -weight[rows], duplicate[rows]))]
    first = np.flatnonzero(np.diff(duplicate[order], prepend=-1))
    out = weight.copy()
    out[order] = 0.0
    out[order[first]] = weight[order[first]]
    return out


def sum_units(weight: NDArray[np.float64], unit: NDArray[np.integer[Any]], units: int) -> NDArray[np.float64]:
    """Sum of the weights in each unit, float64 (units,); buildings of unit −1 count nowhere."""
    inside = np.flatnonzero(unit >= 0)
    total = np.zeros(units)
    np.add.at(total, unit[inside], weight[inside])
    return total


def share_out(
    weight: NDArray[np.float64],
    area: NDArray[np.integer[Any]],
    totals: NDArray[np.int64],
    names: NDArray[np.object_],
    order: NDArray[np.intp],
) -> NDArray[np.float64]:
    """Scale the weights of each area to whole numbers that sum to its total.

    Parameters
    ----------
    weight : float64 (n,), ≥ 0.
    area : int (n,), the area of each building, −1 for none; such buildings get 0.
    totals : int64 (a,), ≥ 0.
    names : object (a,), of the areas, for messages.
    order : intp (n,), buildings in an order that does not depend on their rows: equal remainders are served in it.

    Raises
    ------
    InvalidInput
        A total is above 0 where no building of the area weighs anything.
    """
    out = np.zeros(len(weight))
    for number, total in enumerate(totals.tolist()):
        rows = order[area[order] == number]
        try:
            out[rows] = scale_to_total(weight[rows], total)
        except InvalidInput as error:
            raise InvalidInput(f"{error.code}_area", value=total, area=names[number]) from None
    return out


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
