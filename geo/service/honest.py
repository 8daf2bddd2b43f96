"""What an answer should own up to: other grids that are possible, and coordinates with too few digits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from geo import crs as crs_
from geo.locate.accuracy import (
    RIVAL,
    ROUNDED_DECIMALS,
    ROUNDED_DIGITS,
    Candidates,
    candidates_of_accuracy,
    candidates_of_rounding,
    step_of,
)
from geo.locate.index.ground import frame
from geo.service.context import Net

if TYPE_CHECKING:
    from geo.service.locate import Spot

# What is less probable is left out of the list, though not out of the reckoning.
_TOLD: Final = 0.01


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
    lon, lat = spot.lon, spot.lat
    if accuracy_m is not None:
        if not accuracy_m > 0.0:
            return "", {}
        rivals = _rivals(
            net, candidates_of_accuracy(net.index, lon=[lon], lat=[lat], accuracy_m=[accuracy_m]), spot.grid
        )
        if not rivals and not spot.border_m < accuracy_m:
            return "", {}
        return "near_border", {"accuracy_m": accuracy_m} | ({"candidates": rivals} if rivals else {})
    if given is None or not is_rounded(*given, degrees=crs_.is_geographic(crs)):
        return "", {}
    half_x, half_y = rounding_m(*given, lat=lat, degrees=crs_.is_geographic(crs), written=written)
    found = candidates_of_rounding(net.index, lon=[lon], lat=[lat], half_lon_m=[half_x], half_lat_m=[half_y])
    rivals = _rivals(net, found, spot.grid)
    return ("coordinate_rounded_near", {"accuracy_m": half_y, "candidates": rivals}) if rivals else ("", {})


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


def rounding_m(
    x: float, y: float, *, lat: float, degrees: bool, written: tuple[int, int] | None = None
) -> tuple[float, float]:
    """Half of the step to the east and to the north that a rounded point has, in metres.

    Units of projected systems are taken for metres.
    """
    half = 0.5 * float(np.nan_to_num(step_of([x], [y], degrees=degrees, written=written)[0]))
    per_lon, per_lat = frame(lat)[:2] if degrees else (1.0, 1.0)
    return half * per_lon, half * per_lat


def _rivals(net: Net, found: Candidates, own: int) -> list[dict[str, Any]]:
    """The candidates to be told; none where no other than `own` has its 5 %."""
    rows = list(zip(found.grid.tolist(), found.probability.tolist(), strict=True))
    if not any(grid != own and probability >= RIVAL for grid, probability in rows):
        return []
    return [
        {
            "grid": net.grids[grid].code if grid >= 0 else None,
            "name": net.grids[grid].name if grid >= 0 else None,
            "probability": round(probability, 3),
        }
        for grid, probability in rows
        if probability >= _TOLD
    ]
