"""Do the weights of a drawn plan add up, and do its grids keep to the bounds? A part of `geo.partition.check`."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from geo.model import Drawing, Violation

_SLACK = 1e-6


def sums(drawing: Drawing, grid_of_unit: NDArray[np.int64]) -> Iterator[Violation]:
    """Counts and weights that disagree between the layers, or with the wishes; `grid_of_unit` is −1 for none."""
    units, wishes = drawing.units, drawing.wishes
    for row in np.flatnonzero(~np.isfinite(units.weight) | (units.weight < 0)).tolist():
        context = {"unit": str(units.ids[row]), "row": row + 1, "weight": float(units.weight[row])}
        yield Violation("check_unit_weight_bad", units=(str(units.ids[row]),), context=context)
    inside = grid_of_unit >= 0
    size = len(drawing.grids)
    count = np.bincount(grid_of_unit[inside], minlength=size)
    load = np.bincount(grid_of_unit[inside], units.weight[inside], minlength=size)
    for index, grid in enumerate(drawing.grids):
        if grid.lies_over and not grid.weight:
            continue
        if not count[index]:
            yield Violation("grid_without_units", grids=(grid.code,), context={"grid": grid.code})
        if count[index] != grid.units:
            context = {"grid": grid.code, "stated": int(grid.units), "found": int(count[index])}
            yield Violation("grid_unit_count_differs", grids=(grid.code,), context=context)
        if not _equal(load[index], grid.weight):
            context = {"grid": grid.code, "stated": float(grid.weight), "found": float(load[index])}
            yield Violation("grid_weight_differs", grids=(grid.code,), context=context)
    if "unit_count" in wishes and int(wishes["unit_count"]) != len(units):
        context = {"stated": int(wishes["unit_count"]), "found": len(units)}
        yield Violation("plan_unit_count_differs", context=context)
    if "total" in wishes and not _equal(float(units.weight.sum()), float(wishes["total"])):
        context = {"stated": float(wishes["total"]), "found": float(units.weight.sum())}
        yield Violation("plan_weight_differs", context=context)


def bounds(
    drawing: Drawing,
    grid_of_unit: NDArray[np.int64],
    tolerance: float | None,
    band: tuple[float, float] | None,
) -> Iterator[Violation]:
    """Base grids whose weight is outside the band."""
    limits = limits_of(drawing, tolerance, band)
    if limits is None:
        return
    low, high = limits
    slack = _SLACK * max(abs(high), 1e-9)
    units = drawing.units
    for index, grid in enumerate(drawing.grids):
        inside = units.weight[grid_of_unit == index]
        load = float(inside.sum())
        # A single unit above the band is nothing a drawing can help; the report lists it.
        giant = len(inside) > 0 and float(np.nanmax(inside)) > high + slack
        if grid.kind != "base" or giant or low - slack <= load <= high + slack:
            continue
        kind = "grid_too_heavy" if load > high else "grid_too_light"
        context = {"grid": grid.code, "weight": load, "min": low, "max": high}
        yield Violation(kind, grids=(grid.code,), context=context)


def limits_of(
    drawing: Drawing, tolerance: float | None = None, band: tuple[float, float] | None = None
) -> tuple[float, float] | None:
    """Least and greatest weight that `check_drawing` allows a base grid; None where nothing binds it."""
    wishes = drawing.wishes
    if band is not None:
        return band
    if tolerance is None and wishes.get("min") is not None and wishes.get("max") is not None:
        return float(wishes["min"]), float(wishes["max"])
    allowed = tolerance if tolerance is not None else wishes.get("tolerance")
    if allowed is None or not drawing.grids:
        return None
    ideal = wishes.get("ideal")
    if ideal is None:
        ideal = float(drawing.units.weight.sum()) / max(sum(not grid.lies_over for grid in drawing.grids), 1)
    allowed = max(float(allowed), float(wishes.get("lower_bound") or 0.0))
    # Tolerance 0 asks for the least deviation that can be found, which binds nobody to a number.
    if tolerance is None and not wishes.get("tolerance"):
        return None
    return float(ideal) * (1 - allowed), float(ideal) * (1 + allowed)


def _equal(a: float, b: float) -> bool:
    return abs(a - b) <= _SLACK * max(1.0, abs(a), abs(b))
