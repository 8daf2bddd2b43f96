"""Hand work on a drawing in memory: what an editor page calls.

A page opens a drawing once and keeps a `Session`::

    sketch = open_sketch(graph, grid_of_unit, tolerance=0.05, parent=parent, group=group, households=households)
    session = Session(sketch)
    step = session.move(units, grid, revision=seen)     # click, brush or lasso: a list of unit numbers
    page.send(step.as_dict())                           # what moved, new figures, faults that came and went
    store.append(step.entry.as_dict())                  # one line of the journal

Units are numbered as in the arrays that were given, grids by labels. A new grid gets a label that was never used in the
session; codes are made from labels when the plan is kept (`geo.partition.codes`).

- `Session.move`, `insert` and `insert_around`, `split`, `merge`, `dissolve`, `repair`, `rebalance`, `lock`, `unlock`;
  `undo`, `redo`; `checkpoint` and `restore` by name. Each takes ``revision=``: whoever has seen an older drawing gets
  `Conflict` (409) and is shown ``session.sketch``.
- Each returns a `Step`: ``units`` and ``entry.moves`` (colour them anew), ``people`` and ``households`` moved,
  ``figures`` of the grids touched, ``made`` and ``gone`` labels, faults ``opened``, ``solved`` and ``altered``,
  ``totals``; ``as_dict()`` is all of that for JSON. A step that changes nothing is no error: ``step.changed`` is False,
  and nothing is kept.
- What cannot be done raises `InvalidInput` (no such unit, no such grid, another area), `Conflict` (locked, would be cut
  off, moved on) or `PartitionInfeasible` (nothing evener was found). Contexts name ``units`` and ``grids``, so that the
  page can show them; the drawing is as it was.
- ``session.sketch`` is the drawing now: `grid_of_unit`, `figures()`, `totals()`, `faults`, `units_of(label)`. Sketches
  never change, so that a reader may hold one while others work on.
- `Session.replay(first_sketch, lines)` brings a session back from its journal.
- `warm_up()` compiles what is needed (some seconds on a new machine, then kept on disk): call it when a server starts.

`move` refuses to cut units off, or takes them along (``contiguity="complete"``, as planners expect of a brush), or lets
them be and tells. All other operations keep whole what is whole. The same functions stand free of a session, from a
`Sketch` to a `Step`, in the modules beside this one.
"""

from __future__ import annotations

import numpy as np

from geo.partition.edit.change import Entry, Step
from geo.partition.edit.opening import open_sketch
from geo.partition.edit.session import Session
from geo.partition.edit.sketch import Fault, Figures, Sketch, Totals
from geo.partition.graph import UnitGraph

__all__ = ["Entry", "Fault", "Figures", "Session", "Sketch", "Step", "Totals", "open_sketch", "warm_up"]


def warm_up() -> None:
    """Compile every loop by working a little on a drawing of twelve units."""
    across = [(x, x + 1) for x in range(11) if x % 4 < 3] + [(x, x + 4) for x in range(8)]
    pairs = np.array(sorted(across + [(b, a) for a, b in across]))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(pairs[:, 0], minlength=12))])
    graph = UnitGraph(np.arange(12.0), indptr, pairs[:, 1].astype(np.int32))
    group = [-1, -1, -1, -1, 7, -1, -1, -1, -1, -1, -1, 7]
    grids = [0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 2, 1]
    session = Session(open_sketch(graph, grids, tolerance=0.1, group=group))
    session.rebalance([0, 1, 2])
    session.split(int(session.sketch.part[0]))
    session.insert_around(9)
    session.dissolve(int(session.sketch.labels[-1]))
    session.move([9], int(session.sketch.labels[0]), contiguity="allow")
    session.repair()
