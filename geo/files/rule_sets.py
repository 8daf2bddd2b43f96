"""A rule set from a folder (ruleset.toml, rules.csv and what it names) or from one table of rules."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely

from geo import crs as crs_
from geo.errors import InvalidCrs, InvalidInput
from geo.files.cells import number_of
from geo.files.columns import text_of
from geo.files.layers import read_layer
from geo.files.names import missing_file
from geo.files.place_lines import Line, unique
from geo.files.rule_tables import hours_of, read_days, read_ladder, read_negative, read_rule_rows
from geo.files.text import cells_of
from geo.model import Asset, RuleSet, WorkCalendar

HEAD: Final = "ruleset.toml"
_COLUMNS: Final = ("id", "name", "owner", "tenure", "category", "reach_m")
_LAYER: Final = frozenset({"file", "crs", *_COLUMNS})
_KNOWN: Final = frozenset({"version", "name", "source", "effective", "until", "tie", "calendar", "layers", "note"})


def read_rule_set(path: Path, *, version: str | None = None, effective: date | None = None) -> RuleSet:
    """Read a rule set; `version` and `effective` go before what the folder says.

    Raises
    ------
    NotFound
        The folder, or a file that it names, is not there.
    InvalidInput, InvalidCrs
        A fault, named by file, row and field.
    """
    if path.is_file():
        head: Mapping[str, Any] = {}
        folder, rules = path.parent, path
    elif path.is_dir():
        head = _head(path / HEAD)
        folder, rules = path, path / "rules.csv"
    else:
        raise missing_file(path)
    tables = path.is_dir()
    name = version or head.get("version") or ""
    if not isinstance(name, str) or not name.strip():
        raise InvalidInput("rules_head_bad", file=HEAD, field="version", value=name)
    return RuleSet(
        version=name.strip(),
        rules=read_rule_rows(rules),
        effective=effective or _date(head, "effective"),
        until=_date(head, "until"),
        name=_text(head, "name"),
        source=_text(head, "source"),
        tie=_tie(head),
        negative=read_negative(folder / "negative.csv") if tables and (folder / "negative.csv").exists() else (),
        ladder=read_ladder(folder / "levels.csv") if tables and (folder / "levels.csv").exists() else (),
        assets=tuple(asset for layer, said in _layers(head) for asset in _assets(folder, layer, said)),
        calendar=_calendar(folder, head) if tables else WorkCalendar(),
    )


def _head(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        raise missing_file(path)
    try:
        head = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput("place_source_broken", path=str(path), detail=str(error)) from error
    for field in head:
        if field not in _KNOWN:
            raise InvalidInput("rules_head_bad", file=path.name, field=field, value="?")
    return head


def _bad(field: str, value: Any) -> InvalidInput:
    return InvalidInput("rules_head_bad", file=HEAD, field=field, value=str(value)[:80])


def _text(head: Mapping[str, Any], field: str) -> str:
    value = head.get(field, "")
    if not isinstance(value, str):
        raise _bad(field, value)
    return value


def _date(head: Mapping[str, Any], field: str) -> date | None:
    value = head.get(field)
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise _bad(field, value) from None
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    raise _bad(field, value)


def _tie(head: Mapping[str, Any]) -> Any:
    value = head.get("tie", "ambiguous")
    if value not in ("ambiguous", "first_receiver"):
        raise _bad("tie", value)
    return value


def _calendar(folder: Path, head: Mapping[str, Any]) -> WorkCalendar:
    said = head.get("calendar", {})
    if not isinstance(said, Mapping):
        raise _bad("calendar", said)
    plain = WorkCalendar()
    hours: list[tuple[time, time]] = []
    for text in said.get("hours", []):
        span = hours_of(str(text))
        if span is None or span[0] >= span[1] or (hours and span[0] < hours[-1][1]):
            raise _bad("calendar.hours", text)
        hours.append(span)
    weekdays = said.get("weekdays", [1, 2, 3, 4, 5])
    if not isinstance(weekdays, list) or not weekdays or any(day not in range(1, 8) for day in weekdays):
        raise _bad("calendar.weekdays", weekdays)
    name = said.get("days", "calendar.csv")
    rest: frozenset[date] = frozenset()
    work: frozenset[date] = frozenset()
    if "days" in said or (folder / name).exists():
        rest, work = read_days(folder / str(name))
    return WorkCalendar(tuple(hours) or plain.hours, frozenset(day - 1 for day in weekdays), rest, work)


def _layers(head: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    layers = head.get("layers", {})
    if not isinstance(layers, Mapping):
        raise _bad("layers", layers)
    for name, said in layers.items():
        if not isinstance(said, Mapping) or not isinstance(said.get("file"), str):
            raise _bad(f"layers.{name}.file", said)
        for field in said:
            if field not in _LAYER:
                raise _bad(f"layers.{name}", field)
    return list(layers.items())


def _assets(folder: Path, name: str, said: Mapping[str, Any]) -> list[Asset]:
    """The rows of a layer in WGS84; a column is named in ruleset.toml, `reach_m` may be a number for all."""
    layer = read_layer(str(folder / said["file"]))
    file = f"layers.{name}"
    crs = said.get("crs") or layer.crs
    if crs is None and len(layer.geometry):
        raise InvalidCrs("layer_crs_missing", source=layer.source)
    missing = np.flatnonzero(shapely.is_missing(layer.geometry) | shapely.is_empty(layer.geometry))
    if missing.size:
        raise InvalidInput("place_shape_missing", file=file, row=int(missing[0]) + 1)
    shapes = layer.geometry
    if len(shapes):
        shapes = crs_.project(shapes, source=crs_.canonical(str(crs)), target=crs_.WGS84)
    wanted = {field: said.get(field, field) for field in _COLUMNS}
    for field, column in wanted.items():
        if ((field in said and isinstance(column, str)) or field in ("id", "owner")) and column not in layer.fields:
            raise InvalidInput("place_column_missing", file=file, missing=column, columns=", ".join(layer.fields))
    columns = {
        field: [text_of(cell) for cell in cells_of(layer.fields[column])]
        for field, column in wanted.items()
        if isinstance(column, str) and column in layer.fields
    }
    lines = [Line(file, row + 1, {field: cells[row] for field, cells in columns.items()}) for row in range(len(shapes))]
    unique(lines, ("id",))
    reach = said.get("reach_m", 0.0)
    return [
        Asset(
            layer=name,
            id=line.need("id"),
            name=line.get("name") or "",
            owner=line.need("owner"),
            geometry=shape,
            reach_m=_reach(line, reach),
            category=line.get("category") or "",
            tenure=line.get("tenure") or "",
        )
        for line, shape in zip(lines, shapes, strict=True)
    ]


def _reach(line: Line, said: Any) -> float:
    text = line.get("reach_m")
    if text is None:
        text = "0" if isinstance(said, str) else str(said)
    number = number_of(text)
    if number is None or not 0 <= number <= 1_000:
        raise InvalidInput("place_number_bad", file=line.file, row=line.row, field="reach_m", value=text)
    return float(number)
