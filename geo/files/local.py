"""`LocalFiles`: the port `geo.service.ports.Files` on the local disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from geo.crs import Systems
from geo.errors import GeoError
from geo.files import (
    adjacency,
    barriers,
    entries,
    footprints,
    gazetteer_tables,
    households,
    layers,
    micro,
    nets,
    place,
    points,
    reports,
    rule_sets,
    tables,
    text_rows,
    units,
    write,
)
from geo.files import drawing as drawing_
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


class LocalFiles:
    """Files on this machine.

    Parameters
    ----------
    timezone : str
        Of times in issue files that name none.
    systems : geo.crs.Systems, optional
        Local reference systems that rows of files may name.
    """

    def __init__(self, timezone: str = "Asia/Shanghai", systems: Systems | None = None) -> None:
        self._zone = ZoneInfo(timezone)
        self._systems = systems

    def read_layer(self, path: str) -> Layer:
        """Any vector or table file, see `geo.files.layers.read_layer`."""
        return layers.read_layer(path)

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
        """Polygons with people, checked; ordered by id. See `geo.files.units.read_units`."""
        columns = units.UnitColumns(weight, id_field, within, keep, current, locked, missing_weight)
        return units.read_units(path, columns, crs=crs)

    def read_buildings(self, path: str, columns: BuildingColumns, *, crs: str | None) -> Buildings:
        """Footprints with people, see `geo.files.footprints.read_buildings`."""
        return footprints.read_buildings(path, columns, crs=crs)

    def read_areas(
        self, path: str, *, where: str | None, name_field: str | None, total_field: str | None, crs: str | None
    ) -> Units:
        """Areas that do not overlap, see `geo.files.footprints.read_areas`."""
        return footprints.read_areas(path, where=where, name_field=name_field, total_field=total_field, crs=crs)

    def read_compounds(self, path: str, *, id_field: str | None, crs: str | None) -> Units:
        """Compounds with ids, see `geo.files.footprints.read_compounds`."""
        return footprints.read_compounds(path, id_field=id_field, crs=crs)

    def read_barriers(self, path: str, *, class_field: str | None, crs: str | None) -> Barriers:
        """What divides the ground, see `geo.files.barriers.read_barriers`."""
        return barriers.read_barriers(path, class_field=class_field, crs=crs)

    def read_adjacency(self, path: str, ids: NDArray[np.object_]) -> Adjacency | None:
        """What lies between units, see `geo.files.adjacency.read_adjacency`."""
        return adjacency.read_adjacency(path, ids)

    def read_net(self, path: str, *, code: str, values: Sequence[str], crs: str | None) -> Layer:
        """An existing net of grids, see `geo.files.nets.read_net`."""
        return nets.read_net(path, code=code, values=values, crs=crs)

    def read_people(self, path: str, *, weight: str, crs: str | None, missing_weight: float | None) -> Layer:
        """Who lives where, see `geo.files.nets.read_people`."""
        return nets.read_people(path, weight=weight, crs=crs, missing_weight=missing_weight)

    def read_households(self, path: str, columns: HouseholdColumns, *, crs: str | None) -> HouseholdRows:
        """Rows with households, see `geo.files.households.read_households`."""
        return households.read_households(path, columns, crs=crs)

    def read_micro(self, path: str) -> MicroDrawing:
        """Micro-grids and doors, see `geo.files.micro.read_micro`."""
        return micro.read_micro(path)

    def read_drawing(self, path: str) -> Drawing:
        """A plan file, see `geo.files.drawing.read_drawing`."""
        return drawing_.read_drawing(path)

    def write_drawing(self, path: str, drawing: Drawing, more: Mapping[str, Layer] = MappingProxyType({})) -> None:
        """Write a plan file, see `geo.files.drawing.write_drawing`."""
        drawing_.write_drawing(Path(path), drawing, more)

    def write_layers(self, path: str, layers: Mapping[str, Layer]) -> None:
        """Write layers by the file's ending, see `geo.files.write.write_layers`."""
        write.write_layers(Path(path), layers)

    def read_place(self, folder: str) -> Place:
        """A place folder, see `geo.files.place.read_place`."""
        return place.read_place(Path(folder))

    def read_gazetteer(
        self, path: str, *, crs: str | None, columns: Mapping[str, str]
    ) -> tuple[tuple[Mapping[str, Any], ...], tuple[GeoError, ...]]:
        """Gazetteer entries of a deployment's own file, see `geo.files.gazetteer_tables.read_gazetteer`."""
        return gazetteer_tables.read_gazetteer(path, crs=crs, columns=columns, systems=self._systems)

    def read_rule_set(self, path: str, *, version: str | None = None, effective: date | None = None) -> RuleSet:
        """See `geo.files.rule_sets.read_rule_set`."""
        return rule_sets.read_rule_set(Path(path), version=version, effective=effective)

    def list_rule_sets(self, folder: str) -> tuple[str, ...]:
        """The rule set folders in a place folder, by name."""
        heads = sorted(Path(folder).glob(f"rules/*/{rule_sets.HEAD}"))
        return tuple(str(head.parent) for head in heads)

    def read_reports(
        self, path: str, *, columns: Mapping[str, str], crs: str | None, source: str
    ) -> Iterator[Report | GeoError]:
        """The rows of an issue file, see `geo.files.reports.read_reports`."""
        return reports.read_reports(
            path, columns=columns, crs=crs, source=source, zone=self._zone, systems=self._systems
        )

    def read_points(self, path: str, *, lon: str | None, lat: str | None) -> Layer:
        """Points from a table or a vector file, see `geo.files.points.read_points`."""
        return points.read_points(path, lon=lon, lat=lat)

    def read_table(self, path: str) -> tuple[tuple[str, ...], Iterator[Mapping[str, str | None] | GeoError]]:
        """A plain table of text, see `geo.files.tables.read_table`."""
        return tables.read_table(path)

    def read_entries(self, path: str) -> tuple[Mapping[str, Any], ...]:
        """Gazetteer entries of a file or a place folder, see `geo.files.entries.read_entries`."""
        return entries.read_entries(path)

    def write_bytes(self, path: Path, data: bytes) -> None:
        """Write a file's content as it is."""
        write.write_bytes(path, data)

    def add_columns(
        self,
        path: str,
        out: Path,
        *,
        text: str,
        names: Sequence[str],
        answer: text_rows.Answer,
        chunk: int,
        progress: text_rows.Progress | None = None,
    ) -> int:
        """Write a table again with columns made of one of texts, see `geo.files.text_rows.add_columns`."""
        return text_rows.add_columns(path, out, text=text, names=names, answer=answer, chunk=chunk, progress=progress)

    def write_json(self, path: Path, value: Any) -> None:
        """Write JSON, see `geo.files.write.write_json`."""
        write.write_json(path, value)

    def write_text(self, path: Path, text: str) -> None:
        """Write UTF-8 text."""
        write.write_text(path, text)

    def write_rows(self, path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Write a CSV table, see `geo.files.write.write_rows`."""
        write.write_rows(path, header, rows)
