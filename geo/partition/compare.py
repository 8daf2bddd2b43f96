"""What differs between two drawings: which units, and how much weight, changed grids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import InvalidInput
from geo.model import Units
from geo.partition.codes import greatest_overlap


@dataclass(frozen=True, eq=False)
class Comparison:
    """The difference from a plan `a` to a plan `b`.

    Attributes
    ----------
    matched_by : "id" or "overlap".
    flows : (grid of a, grid of b, weight), all non-empty ones, ordered; the weight is that of `b`'s units.
    continues : grid of b -> grid of a that it goes on from: the pairs that share most weight, each used once.
    moved_units : ids of b's units whose grid does not go on from the one they were in.
    moved_weight, total_weight : in b's weights. moved_share : their ratio.
    unmatched : ids of b's units that lie nowhere in a; they count as new, not as moved.
    gone : ids of a's units that have no counterpart in b (matching by id only).
    """

    matched_by: str
    flows: tuple[tuple[str, str, float], ...]
    continues: Mapping[str, str]
    moved_units: tuple[str, ...]
    moved_weight: float
    total_weight: float
    unmatched: tuple[str, ...]
    gone: tuple[str, ...]

    @property
    def moved_share(self) -> float:
        """Share of the weight that changed grids."""
        return self.moved_weight / self.total_weight if self.total_weight > 0 else 0.0


def compare(units_a: Units, units_b: Units) -> Comparison:
    """Compare two drawings of the same area.

    Units are matched by id if most ids occur in both, else by the point inside each unit of `b` that lies in a unit of
    `a`. A grid of `b` goes on from the grid of `a` with which it shares most weight; a mere change of code moves
    nobody.

    Parameters
    ----------
    units_a, units_b : Units
        Both with `grid`; the same CRS if their ids differ.

    Raises
    ------
    InvalidInput
        A drawing without grids, or two systems where shapes have to be compared.
    """
    if units_a.grid is None or units_b.grid is None:
        raise InvalidInput("compare_without_grids")
    ids_a, ids_b = units_a.ids.astype(str), units_b.ids.astype(str)
    common = np.isin(ids_b, ids_a)
    by_id = len(ids_b) > 0 and common.mean() > 0.5
    match = _by_id(ids_a, ids_b) if by_id else _by_overlap(units_a, units_b)
    before = np.array([str(units_a.grid[m]) if m >= 0 else "" for m in match], dtype=object)
    after = units_b.grid.astype(str)
    weight = np.asarray(units_b.weight, dtype=np.float64)
    known = (match >= 0) & (before != "") & (after != "")
    flows = _flows(before[known], after[known], weight[known])
    continues = greatest_overlap(flows)
    moved = known & np.array([continues.get(b) != a for a, b in zip(before, after, strict=True)], dtype=bool)
    return Comparison(
        matched_by="id" if by_id else "overlap",
        flows=flows,
        continues=continues,
        moved_units=tuple(ids_b[moved].tolist()),
        moved_weight=float(weight[moved].sum()),
        total_weight=float(weight.sum()),
        unmatched=tuple(ids_b[match < 0].tolist()),
        gone=tuple(sorted(set(ids_a.tolist()) - set(ids_b.tolist()))) if by_id else (),
    )


def _by_id(ids_a: NDArray[Any], ids_b: NDArray[Any]) -> NDArray[np.int64]:
    place = {name: index for index, name in enumerate(ids_a.tolist())}
    return np.array([place.get(name, -1) for name in ids_b.tolist()], dtype=np.int64)


def _by_overlap(units_a: Units, units_b: Units) -> NDArray[np.int64]:
    if units_a.crs != units_b.crs:
        raise InvalidInput("compare_two_systems", a=units_a.crs, b=units_b.crs)
    inner = shapely.point_on_surface(np.asarray(units_b.geometry, dtype=object))
    i, j = shapely.STRtree(units_a.geometry).query(inner, predicate="intersects")
    match = np.full(len(units_b), -1, dtype=np.int64)
    # On a shared border the first unit counts; written backwards so that it stays.
    order = np.lexsort((j, i))[::-1]
    match[i[order]] = j[order]
    return match


def _flows(
    before: NDArray[np.object_], after: NDArray[Any], weight: NDArray[np.float64]
) -> tuple[tuple[str, str, float], ...]:
    total: dict[tuple[str, str], float] = {}
    for a, b, w in sorted(zip(before.tolist(), after.tolist(), weight.tolist(), strict=True)):
        total[a, b] = total.get((a, b), 0.0) + w
    return tuple((a, b, w) for (a, b), w in sorted(total.items()))
