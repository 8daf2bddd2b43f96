"""Gazetteer entries from a table or a vector file of a deployment's own, turned to WGS84; bad rows are named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import shapely

from geo import crs as crs_
from geo.errors import GeoError, InvalidCoordinate, InvalidCrs, InvalidInput
from geo.files.cells import number_of, word_of
from geo.files.gazetteer import several
from geo.files.layers import read_layer
from geo.files.names import find_source, unknown_field
from geo.files.points import LAT_NAMES, LON_NAMES
from geo.files.sniff import check_file
from geo.files.tables import read_table
from geo.files.text import cells_of

KINDS: Final = ("street", "community", "compound", "building", "poi", "road", "number")
_TEXTS: Final = ("id", "kind", "name", "district", "town", "community", "area", "road", "number", "address")
_MORE: Final = ("compound", "within", "side")
_NUMBERS: Final = ("low", "high", "buildings", "stairwells")
_LISTS: Final = ("aliases", "old_names")
_PLACE: Final = ("lon", "lat", "crs")
FIELDS: Final = (*_TEXTS, *_MORE, *_NUMBERS, *_LISTS, *_PLACE)
_SIDES: Final = ("odd", "even", "both", "left", "right")

Rows = Iterator[Mapping[str, str | None] | GeoError]


@dataclass(frozen=True)
class _Plan:
    """Columns of a file by field, and what its coordinates are in where a row does not say."""

    columns: Mapping[str, str]
    crs: str | None
    systems: crs_.Systems


def read_gazetteer(
    name: str, *, crs: str | None, columns: Mapping[str, str], systems: crs_.Systems | None = None
) -> tuple[tuple[dict[str, Any], ...], tuple[GeoError, ...]]:
    """Read entries: CSV, JSON, lines of JSON, Parquet, or a vector file with points, lines or outlines.

    Parameters
    ----------
    name : str, `FILE` or `FILE:LAYER`
    crs : of the coordinates, where neither the file nor a row's column `crs` says it; GCJ-02 and BD-09 are converted
    columns : field -> column; fields that are not named are read from the columns of their own names
    systems : local systems that rows may name

    Returns
    -------
    entries : dicts of `geo.locate.Gazetteer` with `lon`, `lat` in degrees WGS84 where the row has a place, and `shape`
        (WKT, WGS84) where it is more than a point
    faults : one for each row that is no entry, with its number from 1, the field, the value and what is wanted

    Raises
    ------
    InvalidInput
        The file cannot be read, or lacks the columns `id`, `kind` and `name`.
    InvalidCrs
        There are coordinates, and nothing says what they are in: nothing is guessed.
    """
    header, rows, shapes, own = _open(name)
    systems = systems or crs_.Systems()
    given = crs or own
    known = None if given is None else crs_.canonical(systems.resolve(given))
    plan = _Plan(_map_columns(header, columns, name), known, systems)
    placed = shapes is not None or {"lon", "lat"} & set(plan.columns)
    if placed and known is None and "crs" not in plan.columns:
        raise InvalidCrs("gazetteer_crs_missing", path=name)
    entries: list[dict[str, Any]] = []
    faults: list[GeoError] = []
    first: dict[str, int] = {}
    for number, row in enumerate(rows, start=1):
        try:
            if isinstance(row, GeoError):
                raise row
            entry = _entry(number, row, plan, None if shapes is None else shapes[number - 1])
            if first.setdefault(entry["id"], number) != number:
                raise InvalidInput("gazetteer_id_twice", row=number, id=entry["id"], first=first[entry["id"]])
        except GeoError as error:
            faults.append(error)
        else:
            entries.append(entry)
    return tuple(entries), tuple(faults)


def _open(name: str) -> tuple[tuple[str, ...], Rows, Any, str | None]:
    source = find_source(name)
    check_file(source)
    if source.kind in ("table", "lines"):
        return *read_table(name), None, None
    if (
        source.path.suffix.lower() == ".json"
        and source.path.read_bytes()[:64].lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"["
    ):
        return *read_table(name), None, None
    layer = read_layer(name)
    cells = {field: [word_of(cell) for cell in cells_of(values)] for field, values in layer.fields.items()}
    count = len(layer.geometry)
    rows = ({field: column[k] for field, column in cells.items()} for k in range(count))
    there = not bool(shapely.is_missing(layer.geometry).all())
    return tuple(cells), rows, layer.geometry if there else None, layer.crs if there else None


def _map_columns(header: tuple[str, ...], columns: Mapping[str, str], name: str) -> dict[str, str]:
    for field, wanted in columns.items():
        if field not in FIELDS:
            raise unknown_field(field, FIELDS, source="columns")
        if wanted not in header:
            raise unknown_field(wanted, header, source=name)
    folded = {column.casefold(): column for column in header}
    mapped: dict[str, str] = {field: folded[field] for field in FIELDS if field in folded}
    for field, usual in (("lon", LON_NAMES), ("lat", LAT_NAMES)):
        found = [folded[word] for word in usual if word in folded]
        if found:
            mapped.setdefault(field, found[0])
    mapped.update(columns)
    missing = [field for field in ("id", "kind", "name") if field not in mapped]
    if missing:
        raise InvalidInput(
            "gazetteer_columns_missing", path=name, missing=", ".join(missing), columns=", ".join(header) or "-"
        )
    return mapped


def _entry(number: int, row: Mapping[str, str | None], plan: _Plan, shape: Any) -> dict[str, Any]:
    cell = {field: word_of(row.get(column)) for field, column in plan.columns.items()}
    entry: dict[str, Any] = {field: cell[field] for field in (*_TEXTS, *_MORE) if cell.get(field)}
    kind = (entry.get("kind") or "").casefold()
    for field in ("id", "kind"):
        if field not in entry:
            raise InvalidInput("gazetteer_missing_field", row=number, field=field, id=entry.get("id"))
    if kind not in KINDS:
        raise InvalidInput("row_word_unknown", row=number, field="kind", value=entry["kind"], known=", ".join(KINDS))
    entry["kind"] = kind
    if "name" not in entry:
        if not (kind == "number" and entry.get("road") and entry.get("number")):
            raise InvalidInput("gazetteer_missing_field", row=number, field="name", id=entry["id"])
        entry["name"] = ""
    if entry.get("side", "both") not in _SIDES:
        raise InvalidInput("row_word_unknown", row=number, field="side", value=entry["side"], known=", ".join(_SIDES))
    for field in _NUMBERS:
        if cell.get(field) is not None:
            entry[field] = _whole(number, field, str(cell[field]))
    if entry.get("low", 0) > entry.get("high", float("inf")):
        raise InvalidInput("gazetteer_range_turned", row=number, low=entry["low"], high=entry["high"])
    entry |= {field: list(names) for field in _LISTS if (names := several(cell.get(field)))}
    return entry | (_of_shape(number, shape, plan) if shape is not None else _of_point(number, cell, plan))


def _whole(number: int, field: str, text: str) -> int:
    value = number_of(text)
    if value is None or value < 0 or value != int(value):
        raise InvalidInput("gazetteer_bad_value", row=number, id="-", field=field, value=text)
    return int(value)


def _of_point(number: int, cell: Mapping[str, str | None], plan: _Plan) -> dict[str, Any]:
    """Longitude and latitude of a row in WGS84; nothing where it has none."""
    texts = {"lon": cell.get("lon"), "lat": cell.get("lat")}
    if not any(texts.values()):
        return {}
    values = {}
    for field, text in texts.items():
        if text is None:
            raise InvalidCoordinate("row_half_coordinate", row=number, field=field)
        value = number_of(text)
        if value is None:
            raise InvalidCoordinate("row_coordinate_no_number", row=number, field=field, value=text)
        values[field] = float(value)
    crs = _row_crs(number, cell, plan)
    at = {"row": number, **texts, "crs": crs}
    degrees = crs_.is_geographic(crs)
    swapped = crs_.looks_swapped([values["lon"]], [values["lat"]]) if degrees else False
    fits = "fits" if degrees else crs_.fit([values["lon"]], [values["lat"]], crs=crs)
    if swapped or fits == "swapped":
        raise InvalidCoordinate("row_swapped", **at)
    if fits != "fits" or (degrees and (abs(values["lon"]) > 180.0 or abs(values["lat"]) > 90.0)):
        raise InvalidCoordinate("row_out_of_range", **at)
    lon, lat, _ = crs_.one_to_wgs84(values["lon"], values["lat"], crs=crs)
    return {"lon": lon, "lat": lat}


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


def _of_shape(number: int, shape: Any, plan: _Plan) -> dict[str, Any]:
    """A point on a row's shape, and the shape where it is more than a point; nothing where it is empty."""
    if shape.is_empty:
        return {}
    flat = shapely.force_2d(shapely.make_valid(shape))
    there = crs_.project(flat, source=plan.crs or crs_.WGS84, target=crs_.WGS84)
    west, south, east, north = shapely.bounds(there).tolist()
    if not (-180.0 <= west <= east <= 180.0 and -90.0 <= south <= north <= 90.0):
        raise InvalidCoordinate("row_out_of_range", row=number, lon=str(west), lat=str(south), crs=plan.crs)
    point = shapely.point_on_surface(there)
    told = {"lon": float(point.x), "lat": float(point.y)}
    if shapely.get_dimensions(there) > 0:
        told["shape"] = shapely.to_wkt(there, rounding_precision=7)
    return told
