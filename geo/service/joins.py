"""Parts of an area joined over a gap: what a plan joins, what its report says of it, and what a refusal advises."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import PartitionInfeasible
from geo.model import Drawing, Units
from geo.service.wishes import PartitionRequest, Surroundings

if TYPE_CHECKING:
    from geo.partition import PartitionResult, PartitionSpec, UnitGraph
    from geo.partition.islets import Joins

# How often the widths of gaps are halved in search of the least that helps.
_HALVINGS = 4


@dataclass(frozen=True, eq=False)
class Ground:
    """Units with all that says which of them may share a grid, before anything is joined.

    Attributes
    ----------
    shapes_m : object (n,), the units in a metric system.
    hard_m : object (k,), hard barriers in the same system, which no join crosses.
    before : int64 (k, 2), rows of the pairs that the plan which is redrawn has joined: islet, mainland.
    """

    graph: UnitGraph
    shapes_m: NDArray[np.object_]
    parent: NDArray[np.int32] | None
    hard_m: NDArray[np.object_] | None
    before: NDArray[np.int64]

    def joined(self, within_m: float | None) -> tuple[UnitGraph, Joins]:
        """The graph with what was joined before, the detached parts at most `within_m` away, and empty islets."""
        from geo.partition.gaps import find_joins
        from geo.partition.islets import join_islets

        kept = self._kept()
        graph = join_islets(self.graph, kept.islet, kept.mainland)
        new = find_joins(graph, self.shapes_m, self.parent, within_m=within_m, hard_m=self.hard_m)
        return join_islets(graph, new.islet, new.mainland), kept.and_(new)

    def _kept(self) -> Joins:
        from geo.partition.graph import pieces_of
        from geo.partition.islets import Joins

        n, source = len(self.graph), self.graph.source.astype(np.int64)
        area = np.zeros(n, np.int64) if self.parent is None else self.parent
        part = pieces_of(area, replace(self.graph, closed=None))
        islet, mainland = self.before.T
        # What touches by now, or lies in another area, needs no join or gets none.
        apart = (area[islet] == area[mainland]) & (islet != mainland)
        apart &= ~np.isin(islet * n + mainland, source * n + self.graph.indices)
        islet, mainland = islet[apart], mainland[apart]
        gap = shapely.distance(self.shapes_m[islet], self.shapes_m[mainland])
        return Joins(islet, mainland, gap, np.bincount(part, self.graph.weight)[part[islet]])


def ground_of(
    graph: UnitGraph,
    shapes_m: NDArray[np.object_],
    units: Units,
    spec: PartitionSpec,
    around: Surroundings,
    earlier: Drawing | None,
) -> Ground:
    """The ground of a plan; `earlier` is the plan whose codes go on, which may have joined parts too."""
    from geo.partition.closed import known_pairs

    pairs = list(around.joined)
    if spec.current is not None and earlier is not None:
        kept = earlier.wishes.get("joined")
        pairs += kept if isinstance(kept, list) else []
    known = np.unique(known_pairs(units.ids, pairs), axis=0)
    return Ground(graph, shapes_m, spec.parent, around.hard, known)


def join_figures(joins: Joins, units: Units) -> list[dict[str, Any]]:
    """What the report says of each pair: units by id, how far apart, and how much lives on the part that is joined."""
    rows = zip(joins.pairs(units.ids), joins.gap_m.round(1).tolist(), joins.weight.tolist(), strict=True)
    return [{"unit": unit, "to": to, "gap_m": gap, "weight": weight} for (unit, to), gap, weight in rows]


def advise_joining(
    fault: PartitionInfeasible,
    ground: Ground,
    request: PartitionRequest,
    trial: Callable[[UnitGraph], PartitionResult],
) -> PartitionInfeasible:
    """The same refusal, with the least width of gap that was tried and makes a plan possible, if one does.

    Only where a part that the refusal names is detached; `trial` draws a plan without explaining a refusal.
    """
    from geo.partition.gaps import find_gaps
    from geo.partition.solver.diagnose import MOST_UNITS, met

    rows = fault.context.get("units")
    if not isinstance(rows, list) or not rows or len(ground.graph) > MOST_UNITS:
        return fault
    graph, _ = ground.joined(request.join)
    gaps = find_gaps(graph, ground.shapes_m, ground.parent, within_m=np.inf, hard_m=ground.hard_m)
    own = _beside(gaps, graph, ground.parent, rows)
    if not len(own):
        return fault
    # Whole metres, so that one can type them, and never less than the gap.
    metres = sorted({max(1, math.ceil(gap)) for gap in gaps.gap_m.tolist() if gap >= own.min()})

    def works(place: int) -> bool:
        try:
            return met(trial(ground.joined(float(metres[place]))[0]))
        except PartitionInfeasible:
            return False

    place = _least_place(len(metres), works)
    if place is None:
        return fault
    taken = gaps.gap_m <= metres[place]
    way = {
        "kind": "join",
        "join": metres[place],
        "gap_m": float(own.min()),
        "count": int(taken.sum()),
        "weight": float(gaps.weight[taken].sum()),
    }
    # What a part needs that is merely detached is a way to it: that comes first.
    return PartitionInfeasible(
        fault.code, **{**fault.context, "relaxations": [way, *fault.context.get("relaxations", ())]}
    )


def _beside(gaps: Joins, graph: UnitGraph, parent: NDArray[np.int32] | None, rows: list[int]) -> NDArray[np.float64]:
    """How wide the gaps are that lead to the parts in which some units lie: float64 (k,)."""
    from geo.partition.graph import pieces_of

    area = np.zeros(len(graph), np.int64) if parent is None else parent
    part = pieces_of(area, replace(graph, closed=None))
    named = np.unique(part[np.array(rows, dtype=np.int64)])
    width: NDArray[np.float64] = gaps.gap_m[np.isin(part[gaps.islet], named) | np.isin(part[gaps.mainland], named)]
    return width


def _least_place(count: int, works: Callable[[int], bool]) -> int | None:
    """The first place that works, or one near it: the first, else the last, and halves between them."""
    if works(0):
        return 0
    failed, found = 0, count - 1
    if found == 0 or not works(found):
        return None
    for _ in range(_HALVINGS):
        middle = (failed + found) // 2
        if middle == failed:
            break
        if works(middle):
            found = middle
        else:
            failed = middle
    return found
