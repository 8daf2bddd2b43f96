"""The same batches under Apache Spark: a function for `DataFrame.mapInArrow`. Nothing here imports pyspark.

::

    from geo.bulk.arrow import Asked
    from geo.bulk.spark import added_ddl, locator
    asked = Asked(lon="lon", lat="lat", crs="WGS84")
    located = points.mapInArrow(locator("/shared/grids", asked), "lon double, lat double, " + added_ddl(asked))
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from geo.bulk.arrow import Asked, locate_batch, located_schema
from geo.bulk.grids import Grids

# Spark's names of the types that are added.
_TYPES: Final = {pa.string(): "string", pa.int64(): "bigint", pa.float64(): "double"}


def locator(folder: str | Path, asked: Asked) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """A function from an iterator of record batches to one with the columns `ADDED`.

    Parameters
    ----------
    folder : where `Grids.save` wrote the grids, by a path that every executor knows
    asked : where the coordinates stand, and in which system
    """
    path, plain = str(folder), replace(asked, words=True)

    def located(batches: Iterator[Any]) -> Iterator[Any]:
        grids = _grids(path)
        for batch in batches:
            yield locate_batch(batch, grids, plain)

    return located


def added_ddl(asked: Asked) -> str:
    """The added columns as Spark's DDL, to be put behind the columns of the input: ``grid string, …``."""
    schema = located_schema(pa.schema([]), replace(asked, words=True))
    return ", ".join(f"{field.name} {_ddl(field.type)}" for field in schema)


def _ddl(kind: Any) -> str:
    if pa.types.is_list(kind):
        return f"array<{_ddl(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{','.join(f'{field.name}:{_ddl(field.type)}' for field in kind)}>"
    return _TYPES[kind]


@lru_cache(maxsize=2)
def _grids(folder: str) -> Grids:
    """Opened once an executor."""
    return Grids.open(Path(folder))
