"""Small units with people, and the values that running a command gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely


@dataclass
class Ran:
    code: int
    out: str
    err: str


Run = Callable[..., Ran]


def column(values: list[object]) -> np.ndarray:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def lattice(rows: int = 6, columns: int = 6, side: float = 100.0) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Square units with 10 to 19 people each, in EPSG:4547 metres."""
    boxes = [
        shapely.box(500_000 + c * side, 3_650_000 + r * side, 500_000 + (c + 1) * side, 3_650_000 + (r + 1) * side)
        for r in range(rows)
        for c in range(columns)
    ]
    people = np.array([10 + (7 * k) % 10 for k in range(len(boxes))], dtype=np.int64)
    fields = {"id": column([f"u{k:03d}" for k in range(len(boxes))]), "people": people}
    return column(list(boxes)), fields
