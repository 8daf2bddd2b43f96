"""The unit graph that a planner's wishes make: barriers followed, closed or given way to, and gaps joined over."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import InvalidInput
from geo.model import Adjacency, Units
from geo.service.wishes import PartitionRequest, Surroundings, numbered

if TYPE_CHECKING:
    from geo.partition import UnitGraph

# A hard barrier closes an adjacency if it runs along at least this share of the border.
_CLOSED = 0.5


def graph_for(units: Units, request: PartitionRequest, around: Surroundings, metric: NDArray[np.object_]) -> UnitGraph:
    """The unit graph with all that the wishes add to it."""
    from geo.partition import graph_of
    from geo.partition.barriers import mark_barriers
    from geo.partition.closed import hang_on_empty_land

    if around.adjacency is None:
        graph = graph_of(metric, units.weight)
    else:
        graph = _written_graph(around.adjacency, units, metric)
    own_along, own_closed = graph.along, graph.closed
    if around.barriers is not None:
        graph = mark_barriers(graph, metric, around.barriers)
        if own_along is not None and graph.along is not None:
            graph = replace(graph, along=np.maximum(graph.along, own_along))
    if around.hard is not None:
        found = mark_barriers(replace(graph, along=None), metric, around.hard).along
        closed = np.zeros(len(graph.indices), dtype=bool) if found is None else found >= _CLOSED
        graph = replace(graph, closed=closed if own_closed is None else closed | own_closed)
    if graph.closed is not None:
        graph = hang_on_empty_land(graph, numbered(units.parent))
    if request.workloads:
        graph = replace(graph, workload=np.column_stack([_workload(units, field) for field, _ in request.workloads]))
    return graph


def _written_graph(adjacency: Adjacency, units: Units, metric: NDArray[np.object_]) -> UnitGraph:
    """The graph that the units' file spells out; units that only a bridge joins do not touch, or a grid lay apart."""
    from geo.partition.adjacency import graph_of_adjacency

    touching = adjacency.metres > 0
    rows = {name: getattr(adjacency, name)[touching] for name in adjacency.__dataclass_fields__}
    return graph_of_adjacency(
        Adjacency(**rows), units.weight, shapely.get_coordinates(shapely.point_on_surface(metric))
    )


def _workload(units: Units, field: str) -> NDArray[np.float64]:
    """A further weight of each unit; every fault names the unit."""
    values = units.weight if field == units.weight_field else units.fields.get(field)
    if values is None:
        raise InvalidInput("workload_unknown", field=field, fields=", ".join(units.fields) or "-")
    out = np.empty(len(units))
    for k, value in enumerate(values):
        try:
            out[k] = float(value)
        except (TypeError, ValueError):
            out[k] = np.nan
    bad = np.flatnonzero(~(np.isfinite(out) & (out >= 0)))
    if len(bad):
        raise InvalidInput(
            "workload_bad", field=field, unit=str(units.ids[bad[0]]), value=values[bad[0]], count=len(bad)
        )
    return out
