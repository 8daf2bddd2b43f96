"""Issue files: a report for each row, or the error that names the row."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, tzinfo
from typing import Any, Final

import numpy as np
import shapely

from geo import crs as crs_
from geo.errors import GeoError, InvalidCoordinate, InvalidCrs, InvalidInput
from geo.files.cells import KINDS, STATES, decimals_of, number_of, state_of, time_of, word_of
from geo.files.layers import read_layer
from geo.files.names import Source, find_source, unknown_field
from geo.files.points import LAT_NAMES, LON_NAMES
from geo.files.sniff import check_file
from geo.files.text import Row, cells_of, read_rows
from geo.model import Report

REPORT_FIELDS: Final = tuple(field.name for field in fields(Report) if field.name != "fault")
_PLACES: Final = ("text", "address", "lon", "lat")
_DEGREE_M: Final = 111_320.0
_ROUNDED_DECIMALS: Final = 2  # a degree with so few decimals is rounded to more than half a kilometre


@dataclass(frozen=True)
class _Plan:
    """How rows become reports: column of each report field, and what holds where a row does not say."""

    columns: Mapping[str, str]
    crs: str | None
    source: str
    zone: tzinfo
    systems: crs_.Systems


def read_reports(
    name: str,
    *,
    columns: Mapping[str, str],
    crs: str | None,
    source: str,
    zone: tzinfo,
    systems: crs_.Systems | None = None,
) -> Iterator[Report | GeoError]:
    """Read an issue file: CSV, TSV, NDJSON, or a vector file whose points are the coordinates.

    Parameters
    ----------
    name : str, `FILE` or `FILE:LAYER`
    columns : report field -> column; a field that is not named is read from the column of its own name, if any, and
        coordinates also from columns with their usual names
    crs : what the coordinates are in where a row does not say
    source : what the reports' `source` is where a row does not say
    zone : of times that name none
    systems : local systems that rows may name

    Yields
    ------
    Report or GeoError
        One a row, in order. ``context["row"]`` of an error counts data rows from 1. A report whose coordinate cannot be
        used has the reason as its `fault`. A coordinate rounded to two decimals of a degree or fewer has an
        `accuracy_m` of half that step. A row without an id gets one made from its content, so that the same file read
        twice gives the same ids.

    Raises
    ------
    InvalidInput
        The file cannot be read, or a column that was named is not there.
    InvalidCrs
        There are coordinates, and neither the file nor `crs` says what they are in.
    """
    header, rows, own_crs = _open(name)
    mapped = _map_columns(header, columns, name)
    systems = systems or crs_.Systems()
    general = crs or own_crs
    known = None if general is None else crs_.canonical(systems.resolve(general))
    plan = _Plan(mapped, known, source, zone, systems)
    if "lon" in mapped and "crs" not in mapped and plan.crs is None:
        raise InvalidCrs("report_file_crs_missing", path=name)
    return _reports(rows, plan)


def _open(name: str) -> tuple[tuple[str, ...], Iterator[Row | GeoError], str | None]:
    source = find_source(name)
    check_file(source)
    if source.kind in ("table", "lines") and not _holds_features(source):
        header, rows = read_rows(source)
        return header, rows, None
    layer = read_layer(name)
    columns = {field: cells_of(values) for field, values in layer.fields.items()}
    points = shapely.get_type_id(layer.geometry) == shapely.GeometryType.POINT
    if points.any() and "lon" not in columns and "lat" not in columns:
        x, y = shapely.get_x(layer.geometry), shapely.get_y(layer.geometry)
        columns["lon"] = [None if np.isnan(value) else repr(float(value)) for value in x]
        columns["lat"] = [None if np.isnan(value) else repr(float(value)) for value in y]
    rows = (dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True))
    return tuple(columns), rows, layer.crs


def _holds_features(source: Source) -> bool:
    """True for GeoJSON features line by line under the ending of plain lines."""
    if source.kind != "lines":
        return False
    _, rows = read_rows(source)
    first = next(rows)
    return isinstance(first, Mapping) and first.get("type") == "Feature" and "geometry" in first


def _map_columns(header: tuple[str, ...], columns: Mapping[str, str], name: str) -> dict[str, str]:
    for field, wanted in columns.items():
        if field not in REPORT_FIELDS:
            raise unknown_field(field, REPORT_FIELDS, source="columns")
        if wanted not in header:
            raise unknown_field(wanted, header, source=name)
    folded = {column.casefold(): column for column in header}
    mapped = {field: folded[field] for field in REPORT_FIELDS if field in folded}
    for field, usual in (("lon", LON_NAMES), ("lat", LAT_NAMES)):
        found = [folded[word] for word in usual if word in folded]
        if found:
            mapped.setdefault(field, found[0])
    mapped.update(columns)
    if not any(field in mapped for field in _PLACES):
        raise InvalidInput("report_columns_unknown", path=name, columns=", ".join(header), fields=", ".join(_PLACES))
    if "text" not in mapped and "category" not in mapped:
        # Otherwise a file with an address column alone would come in as thousands of issues about nothing.
        raise InvalidInput("report_columns_no_matter", path=name, columns=", ".join(header))
    half = [field for field in ("lon", "lat") if field in mapped]
    if len(half) == 1:
        raise InvalidInput("report_columns_half", path=name, got=half[0], columns=", ".join(header))
    return mapped


def _reports(rows: Iterator[Row | GeoError], plan: _Plan) -> Iterator[Report | GeoError]:
    made: Counter[str] = Counter()
    for number, row in enumerate(rows, start=1):
        if isinstance(row, GeoError):
            yield row
            continue
        try:
            report = _report(number, row, plan)
        except GeoError as error:
            yield error
            continue
        if report.source_id is None:
            # Equal rows of one file are counted, so that each is kept and the next reading finds each again.
            digest = _digest(row)
            made[digest] += 1
            number_of_it = made[digest]
            name = digest if number_of_it == 1 else f"{digest}-{number_of_it}"
            report = replace(report, source_id=name)
        yield report


def _report(number: int, row: Row, plan: _Plan) -> Report:
    cell = {field: word_of(row.get(column)) for field, column in plan.columns.items()}
    lon, lat, crs, rounded_m, fault = _usable_coordinate(number, cell, plan)
    if lon is None and not cell.get("address") and not cell.get("text"):
        raise InvalidInput("report_no_place", row=number)
    accuracy = _accuracy(number, cell)
    known = [value for value in (accuracy, rounded_m) if value is not None]
    return Report(
        text=cell.get("text") or "",
        source=cell.get("source") or plan.source,
        source_id=cell.get("source_id"),
        reported_at=_time(number, cell, "reported_at", plan),
        scheme=cell.get("scheme") or "",
        kind=_one_of(number, cell, "kind", KINDS) or "",
        category=cell.get("category") or "",
        lon=lon,
        lat=lat,
        crs=crs,
        accuracy_m=max(known) if known else None,
        address=cell.get("address"),
        status=_status(number, cell),
        closed_at=_time(number, cell, "closed_at", plan),
        reporter_name=cell.get("reporter_name"),
        reporter_phone=cell.get("reporter_phone"),
        fault=fault,
    )


def _usable_coordinate(
    number: int, cell: Mapping[str, str | None], plan: _Plan
) -> tuple[float | None, float | None, str | None, float | None, InvalidInput | None]:
    """What `_coordinate` gives; a coordinate that cannot be used is a fault that words may make good for."""
    try:
        return *_coordinate(number, cell, plan), None
    except (InvalidCoordinate, InvalidCrs) as error:
        if not (cell.get("address") or cell.get("text")):
            raise
        return None, None, None, None, error


def _coordinate(
    number: int, cell: Mapping[str, str | None], plan: _Plan
) -> tuple[float | None, float | None, str | None, float | None]:
    """Longitude (or easting), latitude (or northing), their system, and half the step they are rounded to in metres."""
    texts = cell.get("lon"), cell.get("lat")
    if texts == (None, None):
        return None, None, None, None
    values = []
    for field, text in zip(("lon", "lat"), texts, strict=True):
        if text is None:
            raise InvalidCoordinate("row_half_coordinate", row=number, field=field)
        value = number_of(text)
        if value is None:
            raise InvalidCoordinate("row_coordinate_no_number", row=number, field=field, value=text)
        values.append(value)
    crs = _row_crs(number, cell, plan)
    lon, lat = float(values[0]), float(values[1])
    at: dict[str, Any] = {"row": number, "lon": texts[0], "lat": texts[1], "crs": crs}
    if not crs_.is_geographic(crs):
        verdict = crs_.fit([lon], [lat], crs=crs)
        if verdict != "fits":
            raise InvalidCoordinate("row_swapped" if verdict == "swapped" else "row_out_of_range", **at)
        return lon, lat, crs, None
    if crs_.looks_swapped([lon], [lat]):
        raise InvalidCoordinate("row_swapped", **at)
    if abs(lon) > 180.0 or abs(lat) > 90.0:
        raise InvalidCoordinate("row_out_of_range", **at)
    decimals = max(decimals_of(values[0]), decimals_of(values[1]))
    return lon, lat, crs, None if decimals > _ROUNDED_DECIMALS else 0.5 * 10.0**-decimals * _DEGREE_M


def _row_crs(number: int, cell: Mapping[str, str | None], plan: _Plan) -> str:
    given = cell.get("crs")
    if given is None:
        if plan.crs is None:
            raise InvalidCrs("row_crs_missing", row=number)
        return plan.crs
    try:
        return crs_.canonical(plan.systems.resolve(given))
    except InvalidCrs as error:
        raise InvalidCrs("row_crs_unknown", row=number, got=given, accepted=crs_.ACCEPTED) from error


def _accuracy(number: int, cell: Mapping[str, str | None]) -> float | None:
    text = cell.get("accuracy_m")
    if text is None:
        return None
    value = number_of(text)
    if value is None or value < 0:
        raise InvalidInput("row_accuracy_bad", row=number, field="accuracy_m", value=text)
    return float(value)


def _time(number: int, cell: Mapping[str, str | None], field: str, plan: _Plan) -> datetime | None:
    text = cell.get(field)
    if text is None:
        return None
    moment = time_of(text, plan.zone)
    if moment is None:
        raise InvalidInput("row_time_bad", row=number, field=field, value=text)
    return moment


def _status(number: int, cell: Mapping[str, str | None]) -> Any:
    text = cell.get("status")
    if text is None:
        return None
    state = state_of(text)
    if state is None:
        raise InvalidInput("row_status_unknown", row=number, value=text, known=", ".join(STATES))
    return state


def _one_of(number: int, cell: Mapping[str, str | None], field: str, words: Mapping[str, Any]) -> Any:
    text = cell.get(field)
    if text is None:
        return None
    if text.casefold() not in words:
        raise InvalidInput("row_word_unknown", row=number, field=field, value=text, known=", ".join(words))
    return words[text.casefold()]


def _digest(row: Row) -> str:
    content = json.dumps(row, sort_keys=True, ensure_ascii=True, default=str)
    return "row-" + hashlib.sha256(content.encode()).hexdigest()[:20]
