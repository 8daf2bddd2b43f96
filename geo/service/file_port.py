"""What the use cases need of files; `geo.files` fulfils it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from geo.errors import GeoError
from geo.model import (
    Adjacency,
    Barriers,
    BuildingColumns,
    Buildings,
    Drawing,
    HouseholdColumns,
    HouseholdRows,
    Layer,
    MicroDrawing,
    Place,
    Report,
    RuleSet,
    Units,
)


class Files(Protocol):
    """Files of many formats. `FILE:LAYER` names a layer. Every write goes beside, then is renamed."""

    def read_layer(self, path: str) -> Layer:
        """Any vector or table file."""

    def read_units(
        self,
        path: str,
        *,
        weight: str,
        id_field: str | None = None,
        within: str | None = None,
        keep: str | None = None,
        current: str | None = None,
        locked: str | None = None,
        crs: str | None = None,
        missing_weight: float | None = None,
    ) -> Units:
        """Polygons with people, checked; ordered by id."""

    def read_buildings(self, path: str, columns: BuildingColumns, *, crs: str | None) -> Buildings:
        """Footprints with people, in file order; `geo.partition.units` mends those that overlap or cross themselves."""

    def read_areas(
        self, path: str, *, where: str | None, name_field: str | None, total_field: str | None, crs: str | None
    ) -> Units:
        """Areas that do not overlap; ids are the values of `name_field` (row numbers if None).

        `where` is `field=value` and takes only such rows; weights are the known totals of `total_field`, 0 if None.
        """

    def read_compounds(self, path: str, *, id_field: str | None, crs: str | None) -> Units:
        """Compounds (小区) with ids, ordered by id; they may overlap."""

    def read_barriers(self, path: str, *, class_field: str | None, crs: str | None) -> Barriers:
        """Roads, rails, water, walls, and the bridges, tunnels and gates among them."""

    def read_adjacency(self, path: str, ids: NDArray[np.object_]) -> Adjacency | None:
        """What lies between the units `ids` of a units file; None if the file does not say."""

    def read_net(self, path: str, *, code: str, values: Sequence[str], crs: str | None) -> Layer:
        """An existing net of grids in file order; fields "code" (texts) and `values` (float64); `crs` is known."""

    def read_people(self, path: str, *, weight: str, crs: str | None, missing_weight: float | None) -> Layer:
        """A point (or None) and a "weight" for each row of a file with people; `crs` is known."""

    def read_households(self, path: str, columns: HouseholdColumns, *, crs: str | None) -> HouseholdRows:
        """Rows of a register of households or of buildings with households, in file order; polygons give a point."""

    def read_micro(self, path: str) -> MicroDrawing:
        """Micro-grids and where their households live, as `geo micro` writes them; nothing about people."""

    def read_drawing(self, path: str) -> Drawing:
        """A plan file with the layers `grids` and `units`; neither is checked for cover."""

    def write_drawing(self, path: str, drawing: Drawing, more: Mapping[str, Layer] = ...) -> None:
        """Write a plan file, with `more` layers beside its own; the same values give the same bytes."""

    def write_layers(self, path: str, layers: Mapping[str, Layer]) -> None:
        """Write layers to GeoPackage, GeoJSON, Shapefile, GeoParquet or CSV by the file's ending."""

    def read_place(self, folder: str) -> Place:
        """A place folder (SOURCE.toml and the files that it names)."""

    def read_gazetteer(
        self, path: str, *, crs: str | None, columns: Mapping[str, str]
    ) -> tuple[tuple[Mapping[str, Any], ...], tuple[GeoError, ...]]:
        """Gazetteer entries of a vector file or a table in WGS84, and the rows that are none, each with its reason."""

    def read_rule_set(self, path: str, *, version: str | None = None, effective: date | None = None) -> RuleSet:
        """A rule set folder, or one table of rules; `version` and `effective` go before what it says."""

    def list_rule_sets(self, folder: str) -> tuple[str, ...]:
        """The rule set folders in a place folder, by name."""

    def read_reports(
        self, path: str, *, columns: Mapping[str, str], crs: str | None, source: str
    ) -> Iterator[Report | GeoError]:
        """The rows of an issue file, one value a row, in order: a report, or the error that names the row."""

    def read_points(self, path: str, *, lon: str | None, lat: str | None) -> Layer:
        """Points from a table or a vector file."""

    def read_table(self, path: str) -> tuple[tuple[str, ...], Iterator[Mapping[str, str | None] | GeoError]]:
        """A plain table of text (CSV, lines of JSON, a JSON list): its columns, and one value a row in order."""

    def read_entries(self, path: str) -> tuple[Mapping[str, Any], ...]:
        """Gazetteer entries of a table, a JSON list or a place folder, in file order."""

    def write_bytes(self, path: Path, data: bytes) -> None:
        """Write a file's content as it is."""

    def add_columns(
        self,
        path: str,
        out: Path,
        *,
        text: str,
        names: Sequence[str],
        answer: Callable[[Sequence[str | GeoError]], Sequence[Sequence[Any]]],
        chunk: int,
        progress: Callable[[int, float | None], None] | None = None,
    ) -> int:
        """Write a table of any length again, `chunk` rows at a time, with columns made of its column `text`."""

    def write_json(self, path: Path, value: Any) -> None:
        """Write JSON."""

    def write_text(self, path: Path, text: str) -> None:
        """Write UTF-8 text."""

    def write_rows(self, path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Write a CSV table (UTF-8 with a mark, so that office programs read the Chinese)."""
