"""Where the coordinates of a source stand and in which system; and whether its points can be in that system at all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow.compute as pc

from geo import crs as crs_
from geo.bulk.arrow import Asked, coordinates, systems
from geo.bulk.points import plain
from geo.bulk.ports import FilePorts, Source
from geo.errors import InvalidCrs, InvalidInput
from geo.service.context import Net
from geo.service.datum import refuse_wrong_datum

if TYPE_CHECKING:
    from geo.bulk.run import Job

_SAMPLE_ROWS: Final = 8_192
# A column of such a name holds each row's own system, where neither the user nor the file names one for all.
_CRS_NAMES: Final = ("crs", "坐标系")


def asked_of(source: Source, job: Job, ports: FilePorts) -> Asked:
    """What to ask of each batch.

    Raises
    ------
    InvalidInput
        No columns of coordinates, or a geometry that is no point.
    InvalidCrs
        No reference system is named, or an unknown one.
    """
    geometry = None if job.lon is not None or job.lat is not None else source.geometry
    names = list(source.schema.names)
    lon = lat = None
    if geometry is not None and not _has_points(source, geometry):
        geometry = None
    if geometry is None:
        lon = ports.column_of(names, job.lon, ports.lon_names, source.name)
        lat = ports.column_of(names, job.lat, ports.lat_names, source.name)
        if lon is None or lat is None:
            raise InvalidInput("points_no_columns", source=source.name, columns=", ".join(names) or "-")
    crs = job.crs or source.crs
    field = job.crs_field
    if field is not None:
        field = ports.column_of(names, field, (), source.name)
    elif crs is None:
        field = next((name for name in names if name.casefold() in _CRS_NAMES), None)
        if field is None:
            raise InvalidCrs("points_without_crs", path=source.name)
    if crs is not None:
        crs_.canonical(crs)
    asked = Asked(geometry=geometry, lon=lon, lat=lat, crs=crs, crs_field=field, lang=job.lang, border=job.border)
    stairwell, floor, accuracy = (
        None if given is None else ports.column_of(names, given, (), source.name)
        for given in (job.stairwell, job.floor, job.accuracy)
    )
    return replace(
        asked,
        micro=job.micro is not None,
        stairwell=stairwell,
        floor=floor,
        accuracy=accuracy,
        accuracy_m=job.accuracy_m,
        candidates=job.full or job.accuracy is not None or job.accuracy_m is not None,
        chain=job.full,
        nearest=job.full,
        systems=job.systems,
    )


def check_sample(net: Net, source: Source, asked: Asked, *, force: bool, known_xy: Any = None) -> None:
    """Refuse points that fit the net much better in another system than in the one they claim, by some thousand rows.

    Raises
    ------
    InvalidCrs
        They do; the message names the better one.
    """
    if force:
        return
    groups: dict[str, list[tuple[Any, Any]]] = {}
    for batch in source.sample(_SAMPLE_ROWS):
        x, y, _ = coordinates(batch, asked)
        if asked.crs_field is None:
            groups.setdefault(asked.crs or "", []).append((x, y))
            continue
        names, position = systems(batch, asked)
        for k in np.unique(position[position >= 0]).tolist():
            rows = position == k
            groups.setdefault(names[k], []).append((x[rows], y[rows]))
    for crs, pieces in groups.items():
        try:
            crs_.canonical(crs)
        except InvalidCrs:
            continue  # such rows say so one by one
        x, y = (np.concatenate([piece[k] for piece in pieces]) for k in (0, 1))
        refuse_wrong_datum(net, x, y, crs=crs, known_xy=known_xy)


def _has_points(source: Source, geometry: str) -> bool:
    """Whether the geometry column has any; the first that is no point is an error."""
    row = 0
    for batch in source.sample(_SAMPLE_ROWS):
        x, _, other = coordinates(batch, Asked(geometry=geometry))
        if other:
            first = min(other)
            kind = other[first].context["kind"]
            raise InvalidInput("bulk_no_points", source=source.name, row=row + first + 1, kind=kind)
        if np.isfinite(x).any() or pc.any(plain(batch.column(geometry)).is_valid()).as_py():
            return True
        row += batch.num_rows
    return False
