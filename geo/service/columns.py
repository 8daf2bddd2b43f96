"""Many coordinates to grids as columns: plain arrays in and out, no work of the interpreter for each row.

The HTTP batch and the bulk path share it. A row that cannot be used is answered with its reason; it fails no other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from geo import crs as crs_
from geo.compiled import jit
from geo.errors import InvalidCoordinate, InvalidCrs, InvalidInput

if TYPE_CHECKING:
    from geo.locate import GridIndex

# A circle of this radius or more cannot tell one grid from the next; such a point is not used as if it were exact.
COARSE_M: Final = 500.0

# What `Columns.status` counts; the words are those of `geo.model.Location.status`, with "error" for a bad row.
STATUS: Final = ("located", "outside", "unlocated", "error")
LOCATED, OUTSIDE, UNLOCATED, ERROR = range(4)
FIELDS: Final = ("shift_m", "border_m", "nearest")

# Keys of the sentences that say why a coordinate is no place; 0 is none.
_FAULTS: Final = (
    "",
    "coordinate_not_finite",
    "coordinate_swapped",
    "coordinate_out_of_range",
    "coordinate_nowhere",
)
_NOT_FINITE, _SWAPPED, _OUT_OF_RANGE, _NOWHERE = range(1, 5)
# The latitude of a swapped pair is a longitude of China, 73° or more.
_FAR_NORTH_DEG: Final = 60.0
# Systems whose degrees are those of WGS84.
_AS_GIVEN: Final = frozenset({crs_.WGS84, crs_.CGCS2000})

Floats = NDArray[np.float64]


class Indexed(Protocol):
    """What can be asked: a `Net`, or an index alone on a machine that has no database."""

    @property
    def index(self) -> GridIndex:
        """The index over the grids."""


@dataclass(frozen=True, eq=False)
class Columns:
    """Answers for n points, one array a field; what was not asked for is None.

    Attributes
    ----------
    grid : int32 (n,)
        Position in the codes of the index (`Net.grids`), −1 where there is none.
    status : uint8 (n,)
        Position in `STATUS`.
    lon, lat : float64 (n,), degrees WGS84, NaN where the row is bad
    shift_m : float64 (n,), how far the change of datum moved the point, NaN where the row is bad
    border_m : float64 (n,), to the nearest border of any grid, NaN where the row is bad
    nearest, nearest_m : int32 (n,) and float64 (n,)
        The nearest grid of a point outside and how far it is; −1 and NaN elsewhere.
    errors : by position, why a row is bad
    """

    grid: NDArray[np.int32]
    status: NDArray[np.uint8]
    lon: Floats
    lat: Floats
    shift_m: Floats | None
    border_m: Floats | None
    nearest: NDArray[np.int32] | None
    nearest_m: Floats | None
    errors: Mapping[int, InvalidInput]

    def __len__(self) -> int:
        return len(self.grid)


def locate_columns(
    net: Indexed,
    x: Floats,
    y: Floats,
    *,
    crs: str,
    fields: Collection[str] = ("shift_m", "border_m"),
    accuracy_m: Floats | None = None,
) -> Columns:
    """Locate points of one reference system.

    Parameters
    ----------
    x, y : float64 (n,)
        Degrees, or easting and northing in metres where `crs` is projected; NaN where a row has no number.
    fields : any of `FIELDS`; each costs time (a border about as much as the grid itself)
    accuracy_m : float64 (n,), optional
        Radius of the location error, NaN where unknown; beyond `COARSE_M` a point is "unlocated".

    Raises
    ------
    InvalidCrs
        `crs` is empty or unknown.
    """
    lon, lat, shift, fault = _converted(x, y, crs)
    good = np.flatnonzero(fault == 0)
    whole = len(good) == len(fault)
    good_lon, good_lat = (lon, lat) if whole else (lon[good], lat[good])
    found = net.index.locate(lon=good_lon, lat=good_lat)
    status = np.where(found >= 0, np.uint8(LOCATED), np.uint8(OUTSIDE))
    if accuracy_m is not None:
        coarse = (accuracy_m if whole else accuracy_m[good]) > COARSE_M
        found = np.where(coarse, np.int32(-1), found)
        status[coarse] = UNLOCATED
    nearest = nearest_m = None
    if "nearest" in fields:
        nearest, nearest_m = _nearest(net, good_lon, good_lat, np.flatnonzero(status == OUTSIDE))
    border = _border(net, good_lon, good_lat, nearest_m) if "border_m" in fields else None

    def spread(values: Any, missing: Any) -> Any:
        if whole or values is None:
            return values
        out = np.full(len(fault), missing, dtype=values.dtype)
        out[good] = values
        return out

    return Columns(
        grid=spread(found, -1),
        status=spread(status, ERROR),
        lon=lon,
        lat=lat,
        shift_m=shift if "shift_m" in fields else None,
        border_m=spread(border, np.nan),
        nearest=spread(nearest, -1),
        nearest_m=spread(nearest_m, np.nan),
        errors={} if whole else _errors(x, y, crs, fault),
    )


def _nearest(net: Indexed, lon: Floats, lat: Floats, rows: NDArray[np.intp]) -> tuple[NDArray[np.int32], Floats]:
    """The nearest grid of some rows and how far it is; −1 and NaN for all others."""
    grid, metres = np.full(len(lon), -1, dtype=np.int32), np.full(len(lon), np.nan)
    if len(rows) and len(net.index.codes):
        grid[rows], metres[rows] = net.index.nearest(lon=lon[rows], lat=lat[rows])
    return grid, metres


def _border(net: Indexed, lon: Floats, lat: Floats, nearest_m: Floats | None) -> Floats:
    """To the nearest border of any grid: outside that is the way to the nearest grid, where it is known."""
    if nearest_m is None:
        return net.index.border_m(lon=lon, lat=lat)
    border = nearest_m.copy()
    rows = np.flatnonzero(np.isnan(nearest_m))
    border[rows] = net.index.border_m(lon=lon[rows], lat=lat[rows])
    return border


def locate_mixed_columns(
    net: Indexed,
    x: Floats,
    y: Floats,
    *,
    names: Sequence[str],
    crs_of: NDArray[np.integer[Any]],
    fields: Collection[str] = ("shift_m", "border_m"),
    accuracy_m: Floats | None = None,
) -> Columns:
    """Locate points of mixed reference systems; a row of an unknown system is bad, as is one that names none.

    Parameters
    ----------
    names : the systems that occur
    crs_of : int (n,), position in `names`, −1 where the row names none
    x, y, fields, accuracy_m : see `locate_columns`
    """
    count = len(x)
    grid, status = np.full(count, -1, dtype=np.int32), np.full(count, ERROR, dtype=np.uint8)
    floats = {name: np.full(count, np.nan) for name in ("lon", "lat", "shift_m", "border_m", "nearest_m")}
    nearest = np.full(count, -1, dtype=np.int32)
    errors: dict[int, InvalidInput] = {}
    for k in np.unique(crs_of).tolist():
        rows = np.flatnonzero(crs_of == k)
        crs = names[k] if k >= 0 else ""
        accuracy = None if accuracy_m is None else accuracy_m[rows]
        try:
            part = locate_columns(net, x[rows], y[rows], crs=crs, fields=fields, accuracy_m=accuracy)
        except InvalidCrs as error:
            errors.update(dict.fromkeys(rows.tolist(), error))
            continue
        grid[rows], status[rows] = part.grid, part.status
        if part.nearest is not None:
            nearest[rows] = part.nearest
        for name, values in floats.items():
            found = getattr(part, name)
            if found is not None:
                values[rows] = found
        errors.update({int(rows[i]): error for i, error in part.errors.items()})
    return Columns(
        grid=grid,
        status=status,
        lon=floats["lon"],
        lat=floats["lat"],
        shift_m=floats["shift_m"] if "shift_m" in fields else None,
        border_m=floats["border_m"] if "border_m" in fields else None,
        nearest=nearest if "nearest" in fields else None,
        nearest_m=floats["nearest_m"] if "nearest" in fields else None,
        errors=dict(sorted(errors.items())),
    )


def overlaps_of(net: Indexed, found: Columns) -> list[tuple[int, ...]]:
    """Of each point all grids that claim it, ascending by code, where several do: a fault of the plan; else ()."""
    told: list[tuple[int, ...]] = [()] * len(found)
    for row, claims in contested_rows(net, found).items():
        told[row] = tuple(claims)
    return told


def contested_rows(net: Indexed, found: Columns) -> dict[int, list[int]]:
    """The same of those points alone, by their rows."""
    told: dict[int, list[int]] = {}
    if net.index.overlaps:  # else nobody is asked
        rows = np.flatnonzero(found.grid >= 0)
        point, grid = net.index.claims(lon=found.lon[rows], lat=found.lat[rows])
        for row, claimant in zip(rows[point].tolist(), grid.tolist(), strict=True):
            told.setdefault(row, []).append(claimant)
    return told


def check_points(lon: Floats, lat: Floats, *, crs: str) -> dict[int, InvalidInput]:
    """Those points that are no place in `crs`, by position, with what is wrong; says if only the order is.

    Parameters
    ----------
    lon, lat : float64 (n,)
        Degrees, or easting and northing in metres where `crs` is projected.

    Raises
    ------
    InvalidCrs
        `crs` is empty or unknown.
    """
    return _errors(lon, lat, crs, _converted(lon, lat, crs)[3])


def _converted(x: Floats, y: Floats, crs: str) -> tuple[Floats, Floats, Floats, NDArray[np.uint8]]:
    """WGS84 degrees, the shift in metres, and what is wrong (a position in `_FAULTS`); NaN where anything is."""
    if not crs:
        raise InvalidCrs("crs_required")
    if crs_.canonical(crs) in _AS_GIVEN and all_plain(x, y):
        return x, y, np.zeros(len(x)), np.zeros(len(x), dtype=np.uint8)
    fault = np.zeros(len(x), dtype=np.uint8)
    finite = np.isfinite(x) & np.isfinite(y)
    fault[~finite] = _NOT_FINITE
    if crs_.is_geographic(crs):
        far = np.flatnonzero(finite & ((np.abs(y) > _FAR_NORTH_DEG) | (np.abs(x) > 180.0)))
        if len(far):
            x_far, y_far = x[far], y[far]
            fault[far[(np.abs(x_far) > 180.0) | (np.abs(y_far) > 90.0)]] = _OUT_OF_RANGE
            fault[far[crs_.swapped_rows(x_far, y_far)]] = _SWAPPED
    bad = fault != 0
    if bad.any():  # infinities would be warned about on their way
        x, y = np.where(bad, np.nan, x), np.where(bad, np.nan, y)
    lon, lat, shift = crs_.to_wgs84(x, y, crs=crs)
    lost = ~(np.isfinite(lon) & np.isfinite(lat))
    fault[lost & ~bad] = _NOWHERE
    if lost.any():
        lon, lat, shift = (np.where(lost, np.nan, values) for values in (lon, lat, shift))
    return lon, lat, shift, fault


@jit
def all_plain(x: Floats, y: Floats) -> bool:
    """Whether all points are degrees that cannot be swapped; none is NaN."""
    bad = 0
    for k in range(len(x)):
        bad += int(not ((abs(x[k]) <= 180.0) & (abs(y[k]) <= _FAR_NORTH_DEG)))
    return bad == 0


def _errors(x: Floats, y: Floats, crs: str, fault: NDArray[np.uint8]) -> dict[int, InvalidInput]:
    return {
        k: InvalidCoordinate(_FAULTS[fault[k]], lon=float(x[k]), lat=float(y[k]), crs=crs[:80])
        for k in np.flatnonzero(fault).tolist()
    }
