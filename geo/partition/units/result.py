"""What `build_units` hands back, and everything that its user is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

BUILT: Final = 0
EMPTY: Final = 1
WATER: Final = 2
KIND_NAMES: Final[tuple[str, ...]] = ("built", "empty", "water")


@dataclass(frozen=True, eq=False)
class Borders:
    """Which units touch, for how long, and what lies between them: one row a pair and barrier class.

    Attributes
    ----------
    left, right : int32 (b,), unit indices, left < right; sorted by (left, right, barrier).
    barrier : int32 (b,), class of the strongest barrier along this part of the border, 0 for none.
    length_m : float64 (b,), metres.
    """

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    barrier: NDArray[np.int32]
    length_m: NDArray[np.float64]


@dataclass(frozen=True)
class UnitsReport:
    """What was done to the input. Buildings are named by their ids, sorted.

    Attributes
    ----------
    buildings, enclosures, units, built_units, empty_units, water_units : counts.
    repaired : buildings whose outline crossed itself and was made valid.
    overlaps, overlap_m2 : pairs of footprints that overlapped, and the area that they claimed twice.
    welded : groups of ids that became one building.
    duplicates : groups of ids among `welded` with nearly the same footprint (9/10 of their union is shared).
    duplicate_weight : what the duplicates weigh beyond the largest of each group.
    duplicates_once : each group of duplicates was counted once, at its largest; else all were added up.
    trimmed : buildings that were cut back where a larger one overlaps them.
    outside, outside_weight : buildings outside the boundary and what they weigh; they are in no unit.
    unplaced : buildings without geometry; they are in no unit and their weight counts as outside.
    by_point : buildings without a footprint of their own (a point, or under the smallest area), counted where they
        stand.
    barrier_cut : buildings that a barrier or the boundary cuts; they belong to the side with the most of them.
    shared : buildings that got no piece of their own and are counted in the unit that surrounds them.
    merged_empty, merged_empty_m2 : pieces without a building that were too small to stay, and joined a neighbour.
    dangling_m : metres of barrier that end inside an enclosure; units follow them where they can.
    dangling_followed : the share of these, outside buildings, that borders of units run along.
    gaps_closed : gaps in walls that were closed where a gate stands.
    extended, extended_m : loose ends of barriers that were drawn on to the next one, and by how many metres in all.
    pairs, short_pairs, min_border_m : touching units, and how many of them share less than `min_border_m` metres.
    smallest_share, smallest_share_id : the building with the least of its footprint in its own unit.
    boundary_m2, area_error : area of the boundary, and the relative difference of the units' sum from it.
    boundary_moved_m : largest distance between the boundary and the outline of the units.
    boundary_repaired_m2 : area that changed when the boundary was made valid; None if it was valid.
    grid_m : noding grid that was used, 0 for plain floating point; above 0 the fallback ran, `fallback` says why.
    weight_in, weight_units : sum of the input and of the units; the rest lies outside or was counted once only.
    """

    buildings: int
    enclosures: int
    units: int
    built_units: int
    empty_units: int
    water_units: int
    repaired: tuple[str, ...]
    overlaps: int
    overlap_m2: float
    welded: tuple[tuple[str, ...], ...]
    duplicates: tuple[tuple[str, ...], ...]
    duplicate_weight: float
    duplicates_once: bool
    trimmed: tuple[str, ...]
    outside: tuple[str, ...]
    outside_weight: float
    unplaced: tuple[str, ...]
    by_point: tuple[str, ...]
    barrier_cut: tuple[str, ...]
    shared: tuple[str, ...]
    merged_empty: int
    merged_empty_m2: float
    dangling_m: float
    dangling_followed: float
    gaps_closed: int
    extended: int
    extended_m: float
    pairs: int
    short_pairs: int
    min_border_m: float
    smallest_share: float
    smallest_share_id: str
    boundary_m2: float
    area_error: float
    boundary_moved_m: float
    boundary_repaired_m2: float | None
    grid_m: float
    fallback: tuple[str, ...]
    weight_in: float
    weight_units: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; a list of ids comes with its count."""
        out: dict[str, Any] = {}
        for name, value in vars(self).items():
            if name in _ID_LISTS:
                out[name] = {"count": len(value), "ids": [list(v) if isinstance(v, tuple) else v for v in value]}
            elif isinstance(value, tuple):
                out[name] = list(value)
            else:
                out[name] = value
        return out

    def notes(self) -> tuple[tuple[str, dict[str, Any]], ...]:
        """What a person should know, as (message key, values); only what happened."""
        told: list[tuple[str, dict[str, Any]]] = [
            (
                "units_note_made",
                {"units": self.units, "built": self.built_units, "empty": self.empty_units, "water": self.water_units},
            )
        ]
        if self.overlaps:
            told.append(("units_note_overlaps", {"pairs": self.overlaps, "area": round(self.overlap_m2, 1)}))
        if self.welded:
            rows, ids = sum(map(len, self.welded)), _some(map("+".join, self.welded))
            told.append(("units_note_welded", {"rows": rows, "groups": len(self.welded), "ids": ids}))
        if self.duplicates:
            told.append(
                (
                    "units_note_duplicates_once" if self.duplicates_once else "units_note_duplicates",
                    {
                        "groups": len(self.duplicates),
                        "weight": round(self.duplicate_weight, 3),
                        "ids": _some(map("+".join, self.duplicates)),
                    },
                )
            )
        for name in ("repaired", "trimmed", "barrier_cut", "by_point", "shared", "unplaced"):
            ids = getattr(self, name)
            if ids:
                told.append((f"units_note_{name}", {"count": len(ids), "ids": _some(ids)}))
        if self.outside:
            told.append(
                (
                    "units_note_outside",
                    {"count": len(self.outside), "weight": round(self.outside_weight, 3), "ids": _some(self.outside)},
                )
            )
        told += self._ground_notes()
        return tuple(told)

    def _ground_notes(self) -> list[tuple[str, dict[str, Any]]]:
        """The notes on pieces, barriers and the boundary."""
        told: list[tuple[str, dict[str, Any]]] = []
        if self.merged_empty:
            told.append(("units_note_merged", {"count": self.merged_empty, "area": round(self.merged_empty_m2, 1)}))
        if self.dangling_m > 0:
            share = round(100 * self.dangling_followed, 1)
            told.append(("units_note_dangling", {"metres": round(self.dangling_m, 1), "share": share}))
        if self.gaps_closed:
            told.append(("units_note_gaps", {"count": self.gaps_closed}))
        if self.extended:
            told.append(("units_note_extended", {"count": self.extended, "metres": round(self.extended_m, 1)}))
        if self.short_pairs:
            told.append(
                ("units_note_short", {"short": self.short_pairs, "pairs": self.pairs, "metres": self.min_border_m})
            )
        if self.smallest_share < 0.95:
            told.append(
                (
                    "units_note_share",
                    {"share": round(100 * self.smallest_share, 1), "id": self.smallest_share_id},
                )
            )
        if self.boundary_repaired_m2 is not None:
            told.append(("units_note_boundary", {"area": round(self.boundary_repaired_m2, 3)}))
        if self.grid_m > 0:
            told.append(("units_note_fallback", {"grid": self.grid_m, "moved": round(self.boundary_moved_m, 6)}))
        return told


@dataclass(frozen=True, eq=False)
class UnitsResult:
    """Units that cover the boundary without gap or overlap, from west to east.

    Attributes
    ----------
    polygons : object (u,), Polygon, in the CRS of the input; a shared border has the same vertices on both sides.
    ids : object (u,), unique strings: the id of the unit's first building, else "empty-1" … and "water-1" ….
    weight : float64 (u,), sum of the unit's buildings.
    kind : int8 (u,), 0 built, 1 empty, 2 water (`KIND_NAMES`).
    enclosure : int32 (u,), the piece between barriers that the unit lies in; units of one touch without a barrier.
    unit_of_building : int32 (n,), in the caller's order, −1 outside.
    order : intp (n,), the buildings' rows in an order that depends on the buildings only.
    duplicate : int32 (n,), in the caller's order: records of nearly the same footprint bear the same number ≥ 0.
    borders : who touches whom.
    lines, line_class : object (m,) and int32 (m,), the single lines of all barriers that units were cut along, and
        what `Borders.barrier` calls them.
    report : what was done to the input.
    """

    polygons: NDArray[np.object_]
    ids: NDArray[np.object_]
    weight: NDArray[np.float64]
    kind: NDArray[np.int8]
    enclosure: NDArray[np.int32]
    unit_of_building: NDArray[np.int32]
    order: NDArray[np.intp]
    duplicate: NDArray[np.int32]
    borders: Borders
    lines: NDArray[np.object_]
    line_class: NDArray[np.int32]
    report: UnitsReport


_ID_LISTS: Final = frozenset(
    {"repaired", "welded", "duplicates", "trimmed", "outside", "unplaced", "by_point", "barrier_cut", "shared"}
)


def _some(ids: Any, most: int = 5) -> str:
    """The first few ids, and how many more there are."""
    names = list(ids)
    more = f" … (+{len(names) - most})" if len(names) > most else ""
    return ", ".join(names[:most]) + more
