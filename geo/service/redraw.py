"""What a redraw did to today's grids: the least that had to move, who came from where, and what evenness costs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from geo.model import Units

if TYPE_CHECKING:
    from geo.partition import PartitionResult, PartitionSpec, UnitGraph


def redraw_figures(
    units: Units,
    codes: NDArray[np.object_],
    drawn: tuple[UnitGraph, PartitionSpec, PartitionResult],
    *,
    points: int,
    seed: int,
    progress: Callable[[float, str], None] | None = None,
) -> dict[str, Any]:
    """The blocks `least_moved`, `lineage` and, for `points` > 0, `curve` of report.json.

    Shares are of the whole weight. `least_moved.anyhow` is proved for every plan in the band; `next_door` for every
    plan in which people stay or go to a grid that touches theirs today, and is null where there is none.
    """
    from geo.partition.lineage import lineage, lineage_block
    from geo.partition.solver.flow import least_moved
    from geo.partition.solver.tradeoff import trade_off

    graph, spec, result = drawn
    assert spec.current is not None
    assert units.grid is not None
    old_codes = np.array(sorted({str(name) for name in units.grid if name}), dtype=object)
    total = float(graph.weight.sum())
    # With a band in weights the report's band is that one, else the tolerance around the ideal of all grids.
    low, high = (np.full(len(old_codes), end) for end in result.report.band)
    bound = least_moved(graph, spec.current, low, high, result.report.grids)
    found = lineage(spec.current, result.grid_of_unit, graph.weight, result.goes_on)
    blocks: dict[str, Any] = {
        "least_moved": {"anyhow": _share(bound.anyhow, total), "next_door": _share(bound.next_door, total)},
        "lineage": lineage_block(found, old_codes, codes),
    }
    if points:
        rng = np.random.default_rng(seed)
        curve = trade_off(graph, spec, result, points=points, rng=rng, progress=progress)
        blocks["curve"] = [point.as_dict() for point in curve]
    return blocks


def _share(weight: float, total: float) -> float | None:
    return weight / total if math.isfinite(weight) and total > 0 else None
