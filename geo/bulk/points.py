"""Coordinates out of Arrow columns: numbers, texts of numbers, and points as WKB, without a Python loop over rows."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from geo.errors import InvalidInput

Floats = NDArray[np.float64]

# Little-endian WKB of a point by its length: byte order and type, and where x and y begin. Two dimensions, three as ISO
# and as PostGIS write them, two with a number of the reference system.
_FORMS: Final = (
    (21, (1, 1, 0, 0, 0), 5),
    (29, (1, 0xE9, 3, 0, 0), 5),
    (29, (1, 1, 0, 0, 0x80), 5),
    (25, (1, 1, 0, 0, 0x20), 9),
)
# Degrees, minutes and seconds; the double marks come apart when full-width forms are undone.
_SIDE: Final = "([NSEWnsew]|[东西]经?|[南北]纬?)?"
_SEXAGESIMAL: Final = re.compile(
    rf"^{_SIDE}\s*([+-])?(\d+(?:\.\d+)?)\s*[°度]\s*(?:(\d+(?:\.\d+)?)\s*[′'’分]\s*)?"
    rf"(?:(\d+(?:\.\d+)?)\s*(?:′′|''|[\"”秒])\s*)?{_SIDE}$"
)
_SIDES: Final = {"lon": "EWew东西", "lat": "NSns南北"}
_NUMBER: Final = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"


def plain(values: Any) -> Any:
    """A column as one array without a dictionary or an extension type around its values."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values


def numbers(values: Any, *, field: str, axis: str = "", key: str = "bulk_no_number") -> Floats:
    """A column as float64 (n,), NaN where there is no number; texts are read as people write them (`number_of`).

    Raises
    ------
    InvalidInput
        The column holds neither numbers nor texts; `key` says what it should hold.
    """
    values = plain(values)
    kind = values.type
    if pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return np.asarray(pc.cast(values, pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64)
    if pa.types.is_null(kind):
        return np.full(len(values), np.nan)
    if not is_text(kind):
        raise InvalidInput(key, field=field, kind=str(kind))
    text = pc.utf8_trim_whitespace(values)
    text = pc.if_else(pc.equal(text, ""), None, text)
    try:
        parsed = pc.cast(text, pa.float64())
    except pa.ArrowInvalid:
        # A sign or a full-width digit somewhere: what is a plain number goes the quick way, the rest one by one.
        usual = pc.fill_null(pc.match_substring_regex(text, _NUMBER), False)
        parsed = pc.cast(pc.replace_substring_regex(pc.if_else(usual, text, None), r"^\+", ""), pa.float64())
        out = np.array(parsed.to_numpy(zero_copy_only=False), dtype=np.float64)
        odd = np.flatnonzero(~usual.to_numpy(zero_copy_only=False) & text.is_valid().to_numpy(zero_copy_only=False))
        for row, cell in zip(odd.tolist(), text.take(pa.array(odd)).to_pylist(), strict=True):
            out[row] = number_of(cell, axis)
        return out
    return np.asarray(parsed.to_numpy(zero_copy_only=False), dtype=np.float64)


def number_of(text: str, axis: str = "") -> float:
    """A text as a number, full-width digits and quotes of JSON included; NaN for what is none.

    With `axis` "lon" or "lat" also degrees, minutes and seconds: 114°08′07.8″E, 北纬34度23分.
    """
    marked = text.replace("º", "°").replace("˚", "°")  # they look alike, and would be taken for letters
    usual = unicodedata.normalize("NFKC", marked).strip().replace("−", "-")
    try:
        plain = usual.strip('"').strip()
        return float("nan" if "_" in plain else plain)
    except ValueError:
        return _of_degrees(usual, axis) if axis else float("nan")


def _of_degrees(text: str, axis: str) -> float:
    found = _SEXAGESIMAL.match(text)
    if found is None:
        return float("nan")
    before, sign, degrees, minutes, seconds, after = found.groups()
    letters = [letter for letter in (before, after) if letter]
    below = [part for part in (degrees, minutes, seconds) if part is not None]
    if (
        len(letters) + (sign is not None) > 1
        or any(letter[0] not in _SIDES[axis] for letter in letters)
        or any(float(part) >= 60.0 for part in below[1:])
        or any("." in part for part in below[:-1])
        or (seconds is not None and minutes is None)
    ):
        return float("nan")
    value = sum(float(part) / 60.0**k for k, part in enumerate(below))
    negative = sign == "-" or any(letter[0] in "WSws西南" for letter in letters)
    return -value if negative else value


def written_decimals(values: Any, rows: NDArray[np.intp]) -> NDArray[np.int8]:
    """With how many decimals the texts of some rows are written, int8 (n,); −128 for all others."""
    from geo.locate.accuracy import written_decimals as read

    out = np.full(len(values), -128, dtype=np.int8)
    for row, cell in zip(rows.tolist(), values.take(pa.array(rows)).to_pylist(), strict=True):
        told = read(cell or "")
        out[row] = -128 if told is None else max(min(told, 127), -128)
    return out


def is_text(kind: Any) -> bool:
    """True for the types of texts."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def point_columns(values: Any) -> tuple[Floats, Floats, dict[int, InvalidInput]]:
    """Points of a geometry column as x, y float64 (n,), NaN where there is none; and the rows that hold other shapes.

    Parameters
    ----------
    values : binary (WKB), or a struct with x and y (the point encoding of GeoParquet and GeoArrow)
    """
    values = plain(values)
    if pa.types.is_struct(values.type):
        x, y = (numbers(pc.struct_field(values, name), field=name) for name in ("x", "y"))
        return x, y, {}
    if pa.types.is_binary_view(values.type) or pa.types.is_fixed_size_binary(values.type):
        values = pc.cast(values, pa.binary())
    width: Any = np.int64 if pa.types.is_large_binary(values.type) else np.int32
    count = len(values)
    x, y = np.full(count, np.nan), np.full(count, np.nan)
    buffers = values.buffers()
    if not count or buffers[2] is None:
        return x, y, {}
    offsets = np.frombuffer(buffers[1], dtype=width)[values.offset : values.offset + count + 1]
    data = np.frombuffer(buffers[2], dtype=np.uint8)
    there = np.array(values.is_valid().to_numpy(zero_copy_only=False))
    lengths = np.diff(offsets)
    for size, head, begin in _FORMS:
        rows = np.flatnonzero(there & (lengths == size))
        if not len(rows):
            continue
        if len(rows) == count:
            block = data[offsets[0] : offsets[-1]].reshape(count, size)
        else:
            block = data[offsets[rows][:, None] + np.arange(size)]
        headed = (block[:, :5] == np.array(head, dtype=np.uint8)).all(axis=1)
        xy = np.ascontiguousarray(block[headed, begin : begin + 16]).view("<f8")
        rows = rows[headed]
        x[rows], y[rows] = xy[:, 0], xy[:, 1]
        there[rows] = False
    return x, y, _other_shapes(values, np.flatnonzero(there), x, y)


def _other_shapes(values: Any, rows: NDArray[np.intp], x: Floats, y: Floats) -> dict[int, InvalidInput]:
    """Fill in points in a rarer form of WKB; the rows that are no points, with what they are."""
    if not len(rows):
        return {}
    with np.errstate(invalid="ignore"):
        shapes = shapely.from_wkb(np.array(values.take(pa.array(rows)).to_pylist(), dtype=object), on_invalid="ignore")
    point = shapely.get_type_id(shapes) == shapely.GeometryType.POINT
    x[rows[point]], y[rows[point]] = shapely.get_x(shapes[point]), shapely.get_y(shapes[point])
    return {
        int(row): InvalidInput("bulk_row_no_point", kind="?" if shape is None else shape.geom_type)
        for row, shape in zip(rows[~point].tolist(), shapes[~point], strict=True)
    }
