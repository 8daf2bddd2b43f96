"""A local system from control points: read them, fit, and write the definition as TOML."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.crs import Fit, fit_plane, read_systems
from geo.crs.fitting import PlaneKind
from geo.errors import InvalidInput
from geo.service.ports import Files

COLUMNS: Final = ("x", "y", "local_x", "local_y")


@dataclass(frozen=True, eq=False)
class FittedSystem:
    """A fitted system with its points' names (n,) and its definition as TOML."""

    points: tuple[str, ...]
    fit: Fit
    toml: str


def fit_system(files: Files, path: Path, *, name: str, base: str, kind: PlaneKind) -> FittedSystem:
    """Fit the local system `name` upon `base` to the control points of a table.

    The table has the columns ``x``, ``y`` (easting, northing in the base), ``local_x``, ``local_y``, all in metres,
    and perhaps ``id``.

    Raises
    ------
    InvalidInput
        A column is missing, a cell is no number, or the points do not suffice.
    InvalidCrs
        The base is unknown or no projected system in metres.
    """
    fields = files.read_layer(str(path)).fields
    missing = [column for column in COLUMNS if column not in fields]
    if missing:
        raise InvalidInput("control_columns", path=path, missing=", ".join(missing), columns=", ".join(fields) or "-")
    x, y, local_x, local_y = (_numbers(fields[column].tolist(), column, path) for column in COLUMNS)
    ids = [str(value) for value in fields["id"].tolist()] if "id" in fields else []
    points = tuple(ids or (str(k + 1) for k in range(len(x))))
    fit = fit_plane(np.column_stack((x, y)), np.column_stack((local_x, local_y)), kind=kind)
    definition = _definition(fit, base, kind)
    read_systems({name: definition}, source=str(path))  # an unfit base or name is said before a file is written
    # A string or number of JSON is one of TOML too.
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in definition.items()]
    return FittedSystem(points, fit, f"[{json.dumps(name, ensure_ascii=False)}]\n" + "\n".join(lines) + "\n")


def _definition(fit: Fit, base: str, kind: PlaneKind) -> dict[str, str | float | list[float]]:
    x, y = fit.matrix
    if kind == "affine":
        return {"base": base, "kind": kind, "x": list(x), "y": list(y)}
    turn, scale = math.degrees(math.atan2(y[1], y[2])), math.hypot(y[1], y[2])
    return {"base": base, "kind": kind, "dx_m": x[0], "dy_m": y[0], "rotation_deg": turn, "scale": scale}


def _numbers(cells: Sequence[object], column: str, path: Path) -> NDArray[np.float64]:
    out = np.empty(len(cells))
    for k, cell in enumerate(cells):
        try:
            out[k] = float(str(cell))
        except ValueError:
            out[k] = math.nan
        if not math.isfinite(out[k]):
            raise InvalidInput("control_no_number", path=path, row=k + 1, field=column, got=str(cell)[:80])
    return out
