"""Small drawings for tests of hand work."""

from __future__ import annotations

import numpy as np

from geo.partition import UnitGraph
from geo.partition.edit import Session, open_sketch
from tests.partition.partition_worlds import lattice


def drawn(text, weight=None, **facts):
    """A session from a drawing in letters; grids are numbered a = 0, b = 1 …, a dot is a unit without a grid."""
    rows = text.split()
    label = np.array([-1 if letter == "." else ord(letter) - ord("a") for row in rows for letter in row])
    graph = lattice(len(rows[0]), len(rows), np.ones(len(label)) if weight is None else weight)
    facts.setdefault("band", [(0.0, 1e9)])
    return Session(open_sketch(graph, label, **facts))


def shown(session, width):
    """The drawing in letters."""
    letters = ["." if x < 0 else chr(ord("a") + x) for x in session.sketch.grid_of_unit.tolist()]
    return ["".join(letters[at : at + width]) for at in range(0, len(letters), width)]


def city(seed=0):
    """A lattice in 20 blocks of 24 units, brought into the band."""
    rng = np.random.default_rng(seed)
    graph = lattice(24, 20, rng.integers(5, 60, 480).astype(float), seed=seed)
    x, y = np.arange(480) % 24, np.arange(480) // 24
    session = Session(open_sketch(graph, x // 6 + 4 * (y // 4)))
    for attempt in range(10):
        if session.sketch.totals().outside_band:
            session.rebalance(range(20), seed=attempt)
    assert not session.sketch.faults
    return graph, session.sketch.grid_of_unit


def grown(graph, at, factor=1.4, reach=400.0):
    """The same units after a quarter has grown."""
    away = np.hypot(*(graph.xy_m - graph.xy_m[at]).T)
    weight = np.where(away < reach, np.round(graph.weight * factor), graph.weight)
    return UnitGraph(weight, graph.indptr, graph.indices, graph.border_m, graph.xy_m)
