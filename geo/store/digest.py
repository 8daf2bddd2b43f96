"""A digest of a drawing, so that the same plan file is known when it comes a second time."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import shapely

from geo.model import Drawing


def digest_of(drawing: Drawing) -> str:
    """A hexadecimal digest of all that a drawing says; the order of grids and units has no meaning and is left out.

    The name of the plan is not part of it: wishes that differ in it alone are told apart by nobody.
    """
    units = drawing.units
    columns: dict[str, Any] = {
        "weight": units.weight,
        "grid": units.grid,
        "parent": units.parent,
        "group": units.group,
        "locked": units.locked,
        **{f"fields.{name}": column for name, column in sorted(units.fields.items())},
    }
    present = {name: np.asarray(column).tolist() for name, column in columns.items() if column is not None}
    unit_lines = (
        (str(unit), shapely.to_wkb(shape), tuple(repr(column[k]) for column in present.values()))
        for k, (unit, shape) in enumerate(zip(units.ids.tolist(), units.geometry, strict=True))
    )
    grid_lines = (
        (grid.code, shapely.to_wkb(grid.geometry), tuple(repr(v) for k, v in vars(grid).items() if k != "geometry"))
        for grid in drawing.grids
    )
    wishes = sorted((key, repr(value)) for key, value in drawing.wishes.items() if key != "name")
    hasher = hashlib.blake2b(digest_size=20)
    for head in (drawing.crs, units.crs, units.weight_field, *present, *map(str, wishes)):
        hasher.update(f"{head}\n".encode("utf-8", "backslashreplace"))
    for name, shape, values in (*sorted(grid_lines), *sorted(unit_lines)):
        hasher.update(f"{name}\n{values}\n".encode("utf-8", "backslashreplace"))
        hasher.update(shape)
    return hasher.hexdigest()
