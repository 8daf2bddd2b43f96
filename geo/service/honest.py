"""What an answer should own up to: other grids that are possible, and coordinates with too few digits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from geo import crs as crs_
from geo.locate.accuracy import ROUNDED_DECIMALS, ROUNDED_DIGITS, Candidates
from geo.locate.doubts import NOTES, doubts_of
from geo.service.context import Net

if TYPE_CHECKING:
    from geo.service.locate import Spot


def doubts(
    net: Net,
    spot: Spot,
    *,
    crs: str,
    accuracy_m: float | None = None,
    given: tuple[float, float] | None = None,
    written: tuple[int, int] | None = None,
) -> tuple[str, dict[str, Any]]:
    """A note ("" for none) and its values: whether a point may well lie in another grid than it was located in.

    Parameters
    ----------
    spot : where the point was found
    accuracy_m : radius of the location error (68 %), if known
    given : the numbers as they were given in `crs`, a canonical name: if no accuracy is known, their digits tell one
    written : the decimals that both were written with, if known: zeros at the end count then (see `step_of`)

    Returns
    -------
    note : "near_border" where the error reaches over a border, "coordinate_rounded_near" where the rounding does
    values : `accuracy_m` (of a rounded point half of its step) and, where another grid has 5 % or more, `candidates`:
        grid (None: outside), name and probability of each that has 1 %, greatest first
    """
    if accuracy_m is None and (given is None or not is_rounded(*given, degrees=crs_.is_geographic(crs))):
        return "", {}  # as nearly all are: no arrays for them
    found = doubts_of(
        net.index,
        lon=np.array([spot.lon]),
        lat=np.array([spot.lat]),
        grid=np.array([spot.grid], dtype=np.int32),
        x=np.array([np.nan if given is None else given[0]]),
        y=np.array([np.nan if given is None else given[1]]),
        degrees=crs_.is_geographic(crs),
        accuracy_m=None if accuracy_m is None else np.array([accuracy_m]),
        border_m=np.array([spot.border_m]),
        written=written,
    )
    note = NOTES[found.note[0]]
    if not note:
        return "", {}
    rivals = _told(net, found.candidates)
    return note, {"accuracy_m": float(found.accuracy_m[0])} | ({"candidates": rivals} if rivals else {})


def overlap_note(net: Net, claims: Sequence[int]) -> tuple[str, dict[str, Any]]:
    """The note of a point that several grids claim (positions in `Net.grids`) and its values: `overlap` has codes."""
    codes = [net.grids[k].code for k in claims]
    return "grids_overlap", {"overlap": codes, "grids": ", ".join(codes)}


def why_outside(net: Net, x: float, y: float, *, crs: str) -> str:
    """The note of a point outside all grids: "outside_all_grids", or what its numbers in a projected `crs` look like.

    "outside_swapped" if northing and easting were most likely exchanged, "outside_degrees" if they are degrees: they
    lie in a grid when read so, or can belong to the system only when read so (`crs.fit`).
    """
    if crs_.is_geographic(crs):  # `columns.check_points` refuses such degrees
        return "outside_all_grids"
    fits = crs_.fit([x], [y], crs=crs)
    if abs(x) <= 180.0 and abs(y) <= 90.0 and (fits != "fits" or _in_grid(net, x, y, crs_.WGS84)):
        return "outside_degrees"
    if fits == "swapped" or _in_grid(net, y, x, crs):
        return "outside_swapped"
    return "outside_all_grids"


def _in_grid(net: Net, x: float, y: float, crs: str) -> bool:
    lon, lat, _ = crs_.one_to_wgs84(x, y, crs=crs)
    return abs(lon) <= 180.0 and abs(lat) <= 90.0 and net.index.locate_one(lon=lon, lat=lat) >= 0


def is_rounded(x: float, y: float, *, degrees: bool) -> bool:
    """Whether both numbers have so few digits that they may not tell one grid from the next; quick enough for all."""
    digits = ROUNDED_DECIMALS if degrees else ROUNDED_DIGITS
    return round(x, digits) == x and round(y, digits) == y


def _told(net: Net, found: Candidates) -> list[dict[str, Any]]:
    """Candidates in the words of an answer."""
    return [
        {
            "grid": net.grids[grid].code if grid >= 0 else None,
            "name": net.grids[grid].name if grid >= 0 else None,
            "probability": round(probability, 3),
        }
        for grid, probability in zip(found.grid.tolist(), found.probability.tolist(), strict=True)
    ]
