"""What else is told of many points where it is asked for: notes, candidates by accuracy or digits, micro-grids."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo import crs as crs_
from geo.locate.accuracy import Candidates
from geo.locate.doubts import NOTES as DOUBTS
from geo.locate.doubts import doubts_of
from geo.service.columns import LOCATED, OUTSIDE, UNLOCATED, Columns, contested_rows
from geo.service.context import Net, Service
from geo.service.micro_lookup import find_edition, micro_columns, micro_index_of
from geo.service.outside import OUTSIDE_NOTES, why_outside_rows

# What `Notes.note` counts: the notes of `geo.model.Location`.
NOTES: Final = (*DOUBTS, "accuracy_too_coarse", *OUTSIDE_NOTES, "grids_overlap")
_COARSE: Final = len(DOUBTS)
_OUTSIDE: Final = _COARSE + 1
_OVERLAP: Final = len(NOTES) - 1

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Notes:
    """What n answers should own up to.

    Attributes
    ----------
    note : int8 (n,), position in `NOTES`, −1 for a bad row.
    accuracy_m : float64 (n,), the radius that the note speaks of, NaN where there is none.
    candidates : of the points that may lie in another grid with 5 % or more; grids by position, −1 outside.
    """

    note: NDArray[np.int8]
    accuracy_m: Floats
    candidates: Candidates


@dataclass(frozen=True, eq=False)
class Micros:
    """Micro-grids (微网格) of n points.

    Attributes
    ----------
    codes : of the edition's micro-grids.
    micro : int32 (n,), position in `codes`, −1 for none.
    metres : float64 (n,), to the nearest household of the same grid, NaN where there is none.
    reason : int8 (n,), position in `geo.locate.micro.REASONS`; −1 for a point that is not located.
    """

    codes: tuple[str, ...]
    micro: NDArray[np.int32]
    metres: Floats
    reason: NDArray[np.int8]


def bad_accuracies(accuracy_m: Floats) -> NDArray[np.intp]:
    """Rows whose radius of error is none: less than 0 or infinite; NaN is unknown, and 0 is an exact point."""
    return np.flatnonzero((accuracy_m < 0.0) | np.isinf(accuracy_m))


def notes_of(net: Net, found: Columns, x: Floats, y: Floats, *, crs: str, accuracy_m: Floats | None = None) -> Notes:
    """The notes of points that `locate_columns` found; they are those that each point has by itself.

    Parameters
    ----------
    x, y : float64 (n,), as they were given in `crs`.
    accuracy_m : float64 (n,), optional: radius of the error (68 %), NaN where unknown; then the digits tell one.
    """
    exact = np.where(found.status == UNLOCATED, np.nan, found.lon)
    doubts = doubts_of(
        net.index,
        lon=exact,
        lat=found.lat,
        grid=found.grid,
        x=x,
        y=y,
        degrees=crs_.is_geographic(crs),
        accuracy_m=accuracy_m,
        border_m=found.border_m,
    )
    note, radius = doubts.note, doubts.accuracy_m
    coarse = found.status == UNLOCATED
    note[coarse] = _COARSE
    if accuracy_m is not None:
        radius[coarse] = accuracy_m[coarse]
    note[list(contested_rows(net, found))] = _OVERLAP
    rows = np.flatnonzero(found.status == OUTSIDE)
    note[rows] = _OUTSIDE + why_outside_rows(net.index, x[rows], y[rows], crs=crs)
    bad = list(found.errors)
    note[bad], radius[bad] = -1, np.nan
    return Notes(note, radius, doubts.candidates)


def micros_of(
    service: Service,
    net: Net,
    found: Columns,
    *,
    as_of: date | None = None,
    stairwell: NDArray[np.object_] | None = None,
    floor: Floats | None = None,
) -> Micros:
    """The micro-grids of located points, in the edition in force on `as_of`.

    `stairwell` and `floor` (n,) tell several in one tower apart; None and NaN where they were not said.
    """
    from geo.locate.micro import REASONS

    micro, metres = np.full(len(found), -1, dtype=np.int32), np.full(len(found), np.nan)
    reason = np.full(len(found), -1, dtype=np.int8)
    rows = np.flatnonzero(found.status == LOCATED)
    edition = find_edition(service, net.plan, as_of)
    if edition is None:
        reason[rows] = len(REASONS)
        return Micros((), micro, metres, reason)
    index = micro_index_of(service, net, edition)
    answer = micro_columns(
        index,
        net,
        lon=found.lon[rows],
        lat=found.lat[rows],
        grid=found.grid[rows],
        stairwell=None if stairwell is None else stairwell[rows],
        floor=None if floor is None else floor[rows],
    )
    micro[rows], reason[rows] = answer.micro, answer.reason
    metres[rows] = np.where(np.isfinite(answer.distance_m), answer.distance_m, np.nan)
    return Micros(index.codes, micro, metres, reason)


def micro_reasons() -> tuple[str, ...]:
    """What `Micros.reason` counts."""
    from geo.locate.micro import REASONS

    return (*REASONS, "micro_none_in_plan")
