"""Hand work counted from scratch after every step, and drawings of every kind to do it on."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from hypothesis import strategies as st

from geo.partition import UnitGraph
from tests.partition.partition_worlds import connected_graphs, lattice, neighbours


class Oracle:
    """Figures and faults of a labelling by plain loops; shares no code with the room."""

    def __init__(self, graph, parent, group, households, band):
        self.graph, self.parent, self.group, self.households, self.band = graph, parent, group, households, band
        self.shut = set()
        if graph.closed is not None:
            self.shut = {
                (int(a), int(b)) for a, b in zip(graph.source[graph.closed], graph.indices[graph.closed], strict=True)
            }

    def linked(self, a):
        return [b for b in neighbours(self.graph, a) if (a, b) not in self.shut and self.parent[a] == self.parent[b]]

    def pieces(self, units):
        left, pieces = set(units), []
        while left:
            queue = [left.pop()]
            for x in queue:
                for y in self.linked(x):
                    if y in left:
                        left.discard(y)
                        queue.append(y)
            pieces.append(sorted(queue))
        return pieces

    def grids(self, label):
        inside = defaultdict(list)
        for unit, grid in enumerate(label.tolist()):
            inside[grid].append(unit)
        return inside

    def figures(self, label):
        out = {}
        for grid, units in self.grids(label).items():
            if grid < 0:
                continue
            cut = sum(label[b] != grid for a in units for b in neighbours(self.graph, a))
            out[grid] = (
                sum(self.graph.weight[u] for u in units),
                sum(self.households[u] for u in units),
                len(units),
                cut,
                len(self.pieces(units)),
            )
        return out

    def bound_groups(self):
        """Groups that a grid can hold: of one area, not above the band."""
        members = defaultdict(list)
        for unit, name in enumerate(self.group.tolist()):
            if name >= 0:
                members[name].append(unit)
        return {
            name: units
            for name, units in members.items()
            if len(units) > 1
            and len({self.parent[u] for u in units}) == 1
            and (self.graph.weights[units].sum(axis=0) <= np.array([high for _, high in self.band]) * (1 + 1e-9)).all()
        }

    def faults(self, label):
        found = set()
        for grid, units in self.grids(label).items():
            if grid < 0:
                found.add(("edit_units_without_grid", -1, 0))
                continue
            if len(self.pieces(units)) > 1:
                found.add(("grid_in_pieces", grid, 0))
            if len({self.parent[u] for u in units}) > 1:
                found.add(("grid_over_two_areas", grid, 0))
            for column, (low, high) in enumerate(self.band):
                loads = [self.graph.weights[u, column] for u in units]
                slack = 1e-9 * max(high, 1e-9)
                if sum(loads) > high + slack and max(loads) <= high + slack:
                    found.add(("edit_load_outside" if column else "grid_too_heavy", grid, column))
                if sum(loads) < low - slack:
                    found.add(("edit_load_outside" if column else "grid_too_light", grid, column))
        for name, units in self.bound_groups().items():
            if len({int(label[u]) for u in units}) > 1:
                found.add(("edit_group_divided", name, 0))
        return found


def with_facts(draw, graph, rng):
    """Closed borders, workload and broken weights on top of a graph."""
    n = len(graph)
    closed = None
    if draw(st.booleans()):
        source = graph.source.astype(int)
        low, high = np.minimum(source, graph.indices), np.maximum(source, graph.indices)
        closed = (low * 7919 + high * 104729) % 11 == 0
    workload = rng.integers(0, 20, (n, 1)).astype(float) if draw(st.booleans()) else None
    weight = graph.weight + (rng.integers(0, 8, n) / 8 if draw(st.booleans()) else 0.0)
    return UnitGraph(weight, graph.indptr, graph.indices, graph.border_m, graph.xy_m, workload=workload, closed=closed)


@st.composite
def thickets(draw):
    """Any graph with a drawing that may be torn, cross areas, divide groups and leave units out."""
    graph = draw(connected_graphs(max_units=26))
    n = len(graph)
    rng = np.random.default_rng(draw(st.integers(0, 9999)))
    graph = with_facts(draw, graph, rng)
    parent = rng.integers(0, draw(st.integers(1, 2)), n) + 40
    group = np.where(rng.random(n) < 0.3, rng.integers(0, 3, n) + 100, -1)
    label = rng.integers(0, draw(st.integers(1, max(1, n // 3))), n)
    if draw(st.booleans()):
        label = label * 2 + (parent - 40)
    label[rng.random(n) < draw(st.sampled_from([0.0, 0.2]))] = -1
    return graph, label, parent, group, rng


@st.composite
def towns(draw):
    """A lattice in blocks that are sound grids, perhaps in two areas, with small compounds.

    ::

        0 0 1 1 2 2
        0 0 1 1 2 2      area 40 left of column 4, area 41 from there on
        3 3 4 4 5 5
        3 3 4 4 5 5
    """
    rng = np.random.default_rng(draw(st.integers(0, 9999)))
    side = draw(st.integers(2, 3))
    across, down = draw(st.integers(2, 4)), draw(st.integers(1, 3))
    width, height = side * across, side * down
    graph = lattice(width, height, rng.integers(0, 40, width * height).astype(float))
    graph = with_facts(draw, graph, rng)
    x, y = np.arange(width * height) % width, np.arange(width * height) // width
    label = (x // side + across * (y // side)) * 3
    parent = np.where((x >= 2 * side) & draw(st.booleans()), 41, 40)
    group = np.full(width * height, -1)
    for name, unit in enumerate(rng.choice(np.flatnonzero(x % side < side - 1), 2, replace=False).tolist()):
        group[[unit, unit + 1]] = 100 + name
    return graph, label, parent, group, rng


@st.composite
def worlds(draw):
    """A drawing with all its facts, mostly a sound one."""
    graph, label, parent, group, rng = draw(st.one_of(towns(), towns(), thickets()))
    total = graph.weights.sum(axis=0) / max(len(set(label[label >= 0].tolist())), 1)
    width = draw(st.sampled_from([0.1, 0.4]))
    band = [(float(t) * (1 - width), float(t) * (1 + width)) for t in total]
    return graph, label, parent, group, rng.integers(0, 30, len(graph)).astype(float), band
