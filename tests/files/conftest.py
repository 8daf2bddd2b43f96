"""A zoo of files that the tests write themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from geo.files import LocalFiles
from geo.model import Layer

Files = LocalFiles


@pytest.fixture
def files() -> LocalFiles:
    return LocalFiles()


def objects(cells: list[Any]) -> np.ndarray:
    out = np.empty(len(cells), dtype=object)
    out[:] = cells
    return out


def squares(rows: int = 3, columns: int = 4, *, size: float = 100.0, west: float = 500_000.0) -> list[Any]:
    """A seamless lattice of squares in EPSG:4548, row by row."""
    south = 3_400_000.0
    return [
        shapely.box(west + size * c, south + size * r, west + size * (c + 1), south + size * (r + 1))
        for r in range(rows)
        for c in range(columns)
    ]


@pytest.fixture
def layer() -> Callable[..., Layer]:
    """Twelve units of a lattice; `changed` replaces or adds columns, None takes one away."""

    def make(
        geometry: list[Any] | None = None, *, crs: str | None = "EPSG:4548", order: Any = None, **changed: Any
    ) -> Layer:
        shapes = squares() if geometry is None else geometry
        count = len(shapes)
        fields: dict[str, Any] = {
            "id": [f"b{k:03d}" for k in range(count)],
            "名称": [f"网格{k}" if k % 3 else None for k in range(count)],
            "pop": np.arange(1, count + 1, dtype=np.float64),
            "households": np.arange(1, count + 1, dtype=np.int64),
            **changed,
        }
        arrays = {
            name: values if isinstance(values, np.ndarray) else objects(values)
            for name, values in fields.items()
            if values is not None
        }
        rows = np.arange(count) if order is None else np.asarray(order)
        return Layer(objects(shapes)[rows], {name: values[rows] for name, values in arrays.items()}, crs, "test")

    return make


@pytest.fixture
def write(files: LocalFiles, tmp_path: Path) -> Callable[..., str]:
    """Write a layer under a name in a folder of its own, and give the path."""

    def put(layer: Layer, name: str = "units.gpkg", layer_name: str = "units") -> str:
        path = tmp_path / name
        files.write_layers(str(path), {layer_name: layer})
        return str(path)

    return put
