"""Columns of any type as texts, as values of JSON, and as what GDAL takes: whole columns at once where that can be."""

from __future__ import annotations

import json
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from geo.bulk.points import is_text
from geo.bulk.read_json import JSON_MARK

_AWKWARD: Final = r'["\\\x00-\x1f\x7f]'


def texts(field: Any, column: Any) -> Any:
    """A column as strings for a table of text; null where there is none."""
    if isinstance(column, pa.DictionaryArray):
        return texts(field, column.dictionary).take(column.indices)
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    kind = column.type
    if is_text(kind):
        return pc.cast(column, pa.string())
    if pa.types.is_floating(kind):
        return pc.cast(pc.if_else(pc.is_nan(column), None, column), pa.string())
    if pa.types.is_timestamp(kind):
        return pc.replace_substring(pc.cast(column, pa.string()), " ", "T", max_replacements=1)
    if _is_simple(kind):
        return pc.cast(column, pa.string())
    return pa.array([None if cell is None else _json(cell) for cell in column.to_pylist()], type=pa.string())


def json_values(field: Any, column: Any) -> Any:
    """A column as texts of JSON values; null where there is none."""
    if isinstance(column, pa.DictionaryArray):
        return json_values(field, column.dictionary).take(column.indices)
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    kind = column.type
    if is_json(field):
        return pc.cast(column, pa.string())
    if pa.types.is_floating(kind):
        return pc.cast(pc.if_else(pc.is_finite(column), column, None), pa.string())
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return pc.cast(column, pa.string())
    if _is_nested(kind):
        return texts(field, column)
    return quoted(texts(field, column))


def quoted(column: Any) -> Any:
    """Strings as strings of JSON, in quotation marks."""
    awkward = pc.fill_null(pc.match_substring_regex(column, _AWKWARD), False)
    if pc.any(awkward).as_py():
        cells = column.filter(awkward).to_pylist()
        safe = pa.array([json.dumps(cell, ensure_ascii=False)[1:-1] for cell in cells], type=pa.string())
        column = pc.replace_with_mask(column, awkward, safe)
    return pc.binary_join_element_wise('"', column, '"', "")


def is_json(field: Any) -> bool:
    """Whether the cells are texts of JSON already."""
    return bool(field.metadata) and all(field.metadata.get(key) == value for key, value in JSON_MARK.items())


def for_gdal(field: Any, column: Any) -> Any:
    """A column of a type that GDAL's formats hold: what they do not know becomes text."""
    if isinstance(column, pa.DictionaryArray):
        return for_gdal(field, column.dictionary).take(column.indices)
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    return pc.cast(column, kind) if (kind := gdal_type(column.type)) != pa.string() else texts(field, column)


def gdal_type(kind: Any) -> Any:
    """The type that `for_gdal` gives."""
    if pa.types.is_dictionary(kind):
        return gdal_type(kind.value_type)
    if isinstance(kind, pa.ExtensionType):
        return gdal_type(kind.storage_type)
    small = pa.types.is_int8(kind) or pa.types.is_uint8(kind) or pa.types.is_uint16(kind)
    if small:
        return pa.int32()
    if pa.types.is_uint32(kind):
        return pa.int64()
    if pa.types.is_uint64(kind) or pa.types.is_decimal(kind) or pa.types.is_float16(kind):
        return pa.float64()
    if pa.types.is_timestamp(kind):
        return pa.timestamp("ms", tz=kind.tz)
    if pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind):
        return pa.binary()
    known = (pa.int16(), pa.int32(), pa.int64(), pa.float32(), pa.float64(), pa.bool_(), pa.date32(), pa.binary())
    return kind if kind in known else pa.string()


def _is_simple(kind: Any) -> bool:
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_date(kind)
        or pa.types.is_time(kind)
        or pa.types.is_null(kind)
    )


def _is_nested(kind: Any) -> bool:
    return bool(pa.types.is_nested(kind))


def _json(cell: Any) -> str:
    if isinstance(cell, bytes):
        return cell.hex()
    return json.dumps(cell, ensure_ascii=False, default=str) if isinstance(cell, list | dict) else str(cell)
