"""What comes back: the same address, topic or reporter again within some days; and reports folded into incidents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import InvalidInput
from geo.hotspots.local_g import finite


@dataclass(frozen=True, eq=False)
class Repeats:
    """Chains of reports of one key, each at most `within_days` after the one before.

    Attributes
    ----------
    chain : int64 (n,), the chain of each report, numbered by key and first day; every report is in one.
    key : (chains,), as given, and `first_day`, `last_day` float64, `count` int64 (chains,).
    first : int64 (chains,), row of the first report of each: the incident of which the others are duplicates.
    """

    chain: NDArray[np.int64]
    key: NDArray[np.generic]
    first_day: NDArray[np.float64]
    last_day: NDArray[np.float64]
    count: NDArray[np.int64]
    first: NDArray[np.int64]

    def again(self, least: int = 2) -> NDArray[np.int64]:
        """Chains of at least so many reports, most reports first, then the latest."""
        found = np.flatnonzero(self.count >= least)
        return found[np.lexsort((found, -self.last_day[found], -self.count[found]))]


def find_repeats(key: ArrayLike, day: ArrayLike, *, within_days: float) -> Repeats:
    """Link reports of one key (an address, a topic at an address, a reporter's hash) that follow one another closely.

    Parameters
    ----------
    key : (n,) text or whole numbers; several columns as (n, columns). Rows where any is empty or −1 stay alone.
    day : (n,) days as finite numbers, fractions allowed; of reports at one time the first row comes first.
    within_days : ≥ 0, the longest pause within a chain.

    Raises
    ------
    InvalidInput
        If lengths differ, a day is no number, or `within_days` is negative.
    """
    days = finite(day, name="day")
    keys = np.asarray(key)
    keys = keys[:, None] if keys.ndim == 1 else keys
    if keys.ndim != 2:
        raise InvalidInput("hotspot_bad_table", field="key", shape=keys.shape)
    if len(keys) != len(days):
        raise InvalidInput("hotspot_lengths_differ", field="key", got=len(keys), wanted=len(days))
    if not within_days >= 0:
        raise InvalidInput("hotspot_bad_option", name="within_days", value=within_days, least=0)
    group, known = np.zeros(len(days), dtype=np.int64), np.ones(len(days), dtype=np.bool_)
    for column in keys.T:
        whole = np.issubdtype(column.dtype, np.integer)
        column = column if whole else np.asarray(column, dtype=np.str_)
        known &= column != (-1 if whole else "")
        _, code = np.unique(column, return_inverse=True)
        # Codes of the columns so far and of this one, counted anew so that the product never overflows.
        _, group = np.unique(group * (len(days) + 1) + code, return_inverse=True)
    order = np.lexsort((np.arange(len(days)), days, group))
    starts = np.ones(len(days), dtype=np.bool_)
    near = np.diff(days[order]) <= within_days
    starts[1:] = ~((np.diff(group[order]) == 0) & near & known[order][1:])
    chain = np.empty(len(days), dtype=np.int64)
    chain[order] = np.cumsum(starts) - 1
    first = order[starts]
    last = order[np.append(np.flatnonzero(starts)[1:] - 1, len(days) - 1)] if len(days) else first
    given = np.asarray(key)
    return Repeats(chain, given[first], days[first], days[last], np.bincount(chain, minlength=len(first)), first)
