"""Any file of points as a source, by its kind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from geo.bulk.ports import FilePorts, Source
from geo.bulk.read_arrow import ArrowSource, ParquetSource
from geo.bulk.read_csv import CsvSource
from geo.bulk.read_json import JsonSource, is_features
from geo.bulk.read_vector import LayerSource, VectorSource
from geo.errors import InvalidInput

ARROW_ENDINGS: Final = (".arrow", ".arrows", ".feather", ".ipc")
PARQUET_ENDINGS: Final = (".parquet", ".geoparquet")


def open_source(names: Sequence[str], ports: FilePorts, work: Path) -> Source:
    """One file (`FILE` or `FILE:LAYER`), or Parquet files of one schema; a folder stands for the Parquet files in it.

    Parameters
    ----------
    work : a folder for copies of what has to be turned into UTF-8

    Raises
    ------
    NotFound, InvalidInput
        No such file, not of its kind, damaged, or several files that are not Parquet.
    """
    paths = files_of(names)
    if len(paths) > 1 or (paths and paths[0].suffix.lower() in PARQUET_ENDINGS):
        other = next((path for path in paths if path.suffix.lower() not in PARQUET_ENDINGS), None)
        if other is not None:
            raise InvalidInput("bulk_many_parquet", path=str(other))
        for path in paths:
            ports.check(ports.find(str(path)))
        return ParquetSource(paths)
    name = names[0]
    path = Path(name)
    if path.suffix.lower() in ARROW_ENDINGS and path.is_file():
        return ArrowSource(path)
    found = ports.find(name)
    ports.check(found)
    if found.kind == "table":
        return CsvSource(found, ports, work)
    if found.kind == "lines" and not is_features(found, work):
        return JsonSource(found, work)
    if found.kind == "Shapefile":
        return LayerSource(ports.read_points(name))
    return VectorSource(found, ports, work)


def files_of(names: Sequence[str]) -> list[Path]:
    """The files that are meant: a folder's Parquet files in order of their names."""
    paths: list[Path] = []
    for name in names:
        path = Path(name)
        if path.is_dir():
            inside = sorted(entry for entry in path.iterdir() if entry.suffix.lower() in PARQUET_ENDINGS)
            if not inside:
                raise InvalidInput("bulk_folder_empty", path=name)
            paths += inside
        else:
            paths.append(path)
    return paths
