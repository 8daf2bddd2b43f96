"""What stays the same while a draft is worked on: its plan, the units, who touches whom, and their sizes in metres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import crs as crs_
from geo.errors import InvalidInput
from geo.model import Drawing, Grid, Plan, Units
from geo.partition.barriers import mark_barriers
from geo.partition.closed import close_pairs
from geo.partition.edit import Sketch, open_sketch
from geo.partition.graph import UnitGraph, graph_of
from geo.partition.islets import join_pairs
from geo.service.context import Service, knowledge
from geo.service.plans import band_of, stored_drawing, tolerance_of
from geo.service.wishes import metric_crs

_BARRIERS = ("rail", "water", "wall")


@dataclass(frozen=True, eq=False)
class Ground:
    """The fixed facts of a draft. n units in the order of their ids.

    Attributes
    ----------
    plan : the plan that the draft is a copy of. drawing : that plan as it is stored, WGS84.
    grids : its grids of the net by code: grid k of the plan has the label k in the draft.
    over : grids that lie over the net; no unit is theirs and nobody edits them here.
    graph : UnitGraph in metres.
    area_m2, perimeter_m : float64 (n,). households, residents : float64 (n,), None where the units do not say.
    parents : object (p,), codes of the areas, ascending; parent : int64 (n,), row in `parents`.
    groups : object (g,), names of units that stay together; group : int64 (n,), row in `groups`, −1 none.
    names : of areas by code.
    """

    plan: Plan
    drawing: Drawing
    grids: tuple[Grid, ...]
    over: tuple[Grid, ...]
    graph: UnitGraph
    area_m2: NDArray[np.float64]
    perimeter_m: NDArray[np.float64]
    households: NDArray[np.float64] | None
    residents: NDArray[np.float64] | None
    parents: NDArray[np.object_]
    parent: NDArray[np.int64]
    groups: NDArray[np.object_]
    group: NDArray[np.int64]
    names: dict[str, str]

    @property
    def units(self) -> Units:
        """The units, WGS84, ordered by id."""
        return self.drawing.units

    def first_sketch(self) -> Sketch:
        """The plan as it is, laid out for hand work."""
        label = {grid.code: k for k, grid in enumerate(self.grids)}
        codes = self.units.grid if self.units.grid is not None else np.full(len(self.units), "", dtype=object)
        part = np.array([label.get(str(code or ""), -1) for code in codes], dtype=np.int64)
        band = band_of(self.plan)
        most = float(self.units.weight.sum())
        ideal = self.plan.wishes.get("ideal")
        locked = self.units.locked
        return open_sketch(
            self.graph,
            part,
            tolerance=tolerance_of(self.plan),
            band=None if band is None else [(band[0], min(band[1], max(most, band[0])))],
            ideal=float(ideal) if isinstance(ideal, int | float) and ideal > 0 else None,
            parent=self.parent,
            group=self.group,
            households=self.households,
            locked_units=[] if locked is None else np.flatnonzero(locked & (part >= 0)),
            next_label=len(self.grids),
        )

    def compactness(self, part: NDArray[np.int32], rows: int) -> NDArray[np.float64]:
        """4 π area / perimeter² (Polsby and Popper) of each grid 0 … rows − 1; 0 where there is none.

        A grid's perimeter is that of its units less twice the borders between two of them.
        """
        graph = self.graph
        assert graph.border_m is not None
        inside = part >= 0
        source, target = graph.source, graph.indices
        within = (part[source] == part[target]) & (part[source] >= 0)
        inner = np.bincount(part[source[within]], graph.border_m[within], minlength=rows)
        around = np.bincount(part[inside], self.perimeter_m[inside], minlength=rows) - inner
        area = np.bincount(part[inside], self.area_m2[inside], minlength=rows)
        round_ones: NDArray[np.float64] = np.divide(4 * np.pi * area, around**2, out=np.zeros(rows), where=around > 0)
        return round_ones


def lay_ground(service: Service, plan: Plan) -> Ground:
    """Read a plan and find out who touches whom; barriers of the place draw borders towards them.

    Borders that the plan's drawing could not cross (its ``closed``) stay closed; parts that it joined over a gap
    (its ``joined``) stay joined.

    Raises
    ------
    InvalidInput
        The plan has no units.
    """
    drawing = stored_drawing(service, plan)
    units = drawing.units
    if not len(units):
        raise InvalidInput("draft_without_units", plan=plan.id)
    place = knowledge(service).place
    target = metric_crs(units.geometry, units.crs)
    metric = crs_.project(units.geometry, source=units.crs, target=target)
    graph = graph_of(metric, units.weight)
    lines = [feature.geometry for feature in place.features if feature.layer in _BARRIERS and feature.geometry]
    if lines:
        between = crs_.project(np.array(lines, dtype=object), source=crs_.WGS84, target=target)
        graph = mark_barriers(graph, metric, between)
    graph = close_pairs(graph, units.ids, plan.wishes.get("closed"))
    graph = join_pairs(graph, units.ids, plan.wishes.get("joined"))
    parents, parent = _numbered(units.parent, len(units))
    groups, group = _numbered(units.group, len(units), none=True)
    return Ground(
        plan=plan,
        drawing=drawing,
        grids=tuple(grid for grid in drawing.grids if not grid.lies_over),
        over=tuple(grid for grid in drawing.grids if grid.lies_over),
        graph=graph,
        area_m2=shapely.area(metric),
        perimeter_m=shapely.length(metric),
        households=_column(units, "households"),
        residents=_column(units, "residents"),
        parents=parents,
        parent=parent,
        groups=groups,
        group=group,
        names={area.code: area.name for area in place.areas},
    )


def _numbered(
    values: NDArray[np.object_] | None, n: int, *, none: bool = False
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """The names that there are, and the row of each unit's; with `none` an empty name is −1."""
    if values is None:
        return np.array([""], dtype=object), np.full(n, -1 if none else 0, dtype=np.int64)
    texts = np.array([str(value or "") for value in values])
    names, rows = np.unique(texts, return_inverse=True)
    number = rows.astype(np.int64)
    return names.astype(object), np.where(texts == "", -1, number) if none else number


def _column(units: Units, name: str) -> NDArray[np.float64] | None:
    values: Any = units.weight if name == units.weight_field else units.fields.get(name)
    if values is None or not np.issubdtype(np.asarray(values).dtype, np.number):
        return None
    return np.nan_to_num(np.asarray(values, dtype=np.float64)).clip(min=0.0)
