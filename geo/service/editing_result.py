"""What a draft has come to, as a drawing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.model import Drawing, Grid, Units
from geo.partition.codes import assign_codes, retired_codes
from geo.service.assemble import dissolve
from geo.service.context import Service, knowledge
from geo.service.editing_draft import OpenDraft
from geo.service.editing_ground import Ground
from geo.service.plans import name_grids


def drawing_of(service: Service, opened: OpenDraft) -> Drawing:
    """The draft as a drawing: grids keep codes, names and colours; new ones get codes that were never used."""
    ground, sketch = opened.ground, opened.sketch
    units, part = ground.units, sketch.grid_of_unit
    before = ground.first_sketch().grid_of_unit
    codes = _codes(ground, part, sketch.labels.tolist())
    totals = {row["label"]: row for row in opened.figures(sketch.labels.tolist())}
    grids = []
    for label in sketch.labels.tolist():
        rows = np.flatnonzero(part == label)
        same = label < len(ground.grids) and np.array_equal(rows, np.flatnonzero(before == label))
        own = ground.grids[label].geometry if same else None
        shape: Any = own or dissolve(units.geometry[rows])
        told = totals[label]
        grids.append(
            Grid(
                code=codes[label],
                name=ground.grids[label].name if label < len(ground.grids) else "",
                parent=opened.area_code(label),
                weight=told["weight"],
                units=len(rows),
                geometry=shape,
                households=None if told["households"] is None else round(told["households"]),
                residents=None if told["residents"] is None else round(told["residents"]),
                colour=told["colour"],
            )
        )
    grids = sorted([*grids, *ground.over], key=lambda grid: grid.code)
    held = np.array([codes[label] if label >= 0 else "" for label in part.tolist()], dtype=object)
    locked = np.isin(np.arange(len(units)), sketch.locked_units)
    drawn = Units(**{**vars(units), "grid": held, "locked": locked if locked.any() else None})
    ever = {grid.code for grid in ground.grids} | set(ground.plan.wishes.get("retired") or ())
    wishes = {
        **ground.plan.wishes,
        "name": opened.draft.name,
        "grids": len(sketch.labels),
        "retired": retired_codes(ever, [grid.code for grid in grids]),
    }
    return name_grids(Drawing(tuple(grids), drawn, units.crs, wishes), knowledge(service).place.areas)


def _codes(ground: Ground, part: NDArray[np.int32], labels: list[int]) -> dict[int, str]:
    """Code of each grid: its own, or a free one for a grid that the draft made."""
    codes = {label: ground.grids[label].code for label in labels if label < len(ground.grids)}
    made = [label for label in labels if label >= len(ground.grids)]
    if made:
        taken = {grid.code for grid in ground.drawing.grids} | set(ground.plan.wishes.get("retired") or ())
        rows = np.flatnonzero(np.isin(part, made))
        number = np.searchsorted(made, part[rows]).astype(np.int32)
        first = [rows[np.argmax(number == k)] for k in range(len(made))]
        parents = [str(ground.parents[ground.parent[row]]) for row in first]
        assert ground.graph.xy_m is not None
        fresh = assign_codes(number, ground.graph.xy_m[rows], parents, taken=taken)
        codes |= dict(zip(made, map(str, fresh), strict=True))
    return codes
