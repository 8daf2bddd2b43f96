"""Counts and measures as they are given: numbers, finite, not negative, of one length."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import InvalidInput


def measures(values: ArrayLike, *, name: str, dimensions: tuple[int, ...] = (1,)) -> NDArray[np.float64]:
    """float64 array of finite numbers ≥ 0; else InvalidInput that names the row (from 1)."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as fault:
        raise InvalidInput("hotspot_no_numbers", field=name) from fault
    if array.ndim not in dimensions:
        code = "hotspot_bad_shape" if 1 in dimensions else "hotspot_bad_table"
        raise InvalidInput(code, field=name, shape=array.shape)
    bad = ~(np.isfinite(array) & (array >= 0))
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        raise InvalidInput("hotspot_bad_value", field=name, row=where[0] + 1, value=float(array[where]))
    return array


def whole_counts(values: ArrayLike, *, name: str, dimensions: tuple[int, ...] = (1,)) -> NDArray[np.float64]:
    """As `measures`, of whole numbers."""
    counts = measures(values, name=name, dimensions=dimensions)
    broken = counts != np.floor(counts)
    if broken.any():
        where = tuple(int(i) for i in np.argwhere(broken)[0])
        raise InvalidInput("hotspot_not_whole", row=where[0] + 1, value=float(counts[where]))
    return counts


def same_length(values: NDArray[np.float64], rows: int, *, name: str) -> None:
    """Raise InvalidInput unless there is one value a row."""
    if len(values) != rows:
        raise InvalidInput("hotspot_lengths_differ", field=name, got=len(values), wanted=rows)


def one_denominator(population: ArrayLike | None, expected: ArrayLike | None) -> tuple[ArrayLike, str]:
    """The one of the two that is given, and its name; InvalidInput for both or neither."""
    if population is not None and expected is None:
        return population, "population"
    if expected is not None and population is None:
        return expected, "expected"
    raise InvalidInput("hotspot_one_denominator")
