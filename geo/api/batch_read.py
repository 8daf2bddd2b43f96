"""JSON bodies of POST /v1/locate: what is asked, read without an object for each number where that is possible."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import numpy as np
import orjson
from fastapi.exceptions import RequestValidationError
from numpy.typing import NDArray
from pydantic import ValidationError

from geo.api.batch_more import MICRO_FIELDS, NOTE_FIELDS, check_doubts, wants_micro
from geo.api.json_points import read_lists
from geo.api.locate_schemas import BatchIn
from geo.errors import InvalidInput
from geo.service.chain_columns import CHAIN

JSON_POINTS_MOST: Final = 50_000
ARROW_POINTS_MOST: Final = 1_000_000

# Columns of an answer that may be asked for. A border costs as much as all the rest, so it is not among the usual.
PLAIN: Final = ("grid", "grid_name", "status", "shift_m", "border_m", "lon", "lat", "nearest_grid", "nearest_m")
ANSWERS: Final = (*PLAIN, *CHAIN, "overlap", *NOTE_FIELDS, *MICRO_FIELDS)
USUAL: Final = ("grid", "status", "shift_m")
# What else whoever names an accuracy wants to know.
_OF_ACCURACY: Final = ("note", "candidates")


Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """A batch as it was asked for: coordinates (n,) float64 in `crs`, NaN where a row has none.

    `accuracy_m` and `floor` are (n,) float64 too, `stairwell` is (n,) object with None where it was not said.
    """

    x: Floats
    y: Floats
    crs: str
    fields: tuple[str, ...]
    as_of: str | None = None
    force: bool = False
    accuracy_m: Floats | None = None
    stairwell: NDArray[np.object_] | None = None
    floor: Floats | None = None


def read_json(body: bytes) -> Asked:
    """A JSON body.

    Raises
    ------
    RequestValidationError
        It is no JSON or not of the documented shape.
    InvalidInput
        It holds too many points, or its columns do not match.
    """
    lists = read_lists(body, JSON_POINTS_MOST)
    try:
        given = orjson.loads(body if lists is None else lists.rest)
        if lists is not None and any(given.get(name) is not None for name in _NUMBERS):
            lists, given = None, orjson.loads(body)  # a name written with escapes
    except orjson.JSONDecodeError:
        lists, given = None, _general(body)
    rest, radius, doors = given, None, {}
    if isinstance(given, dict):
        rest = {key: value for key, value in given.items() if key not in _NUMBERS}
        doors = {key: column for key in _DOORS if (column := rest.pop(key, None)) is not None}
        if isinstance(rest.get("accuracy_m"), list):
            radius = _column(rest.pop("accuracy_m"), "accuracy_m")
    try:
        asked = BatchIn.model_validate(rest)
    except ValidationError as error:
        faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors(include_url=False)]
        raise RequestValidationError(faults) from None
    x, y = (lists.lon, lists.lat) if lists is not None else _coordinates(given)
    if len(x) != len(y):
        raise InvalidInput("batch_uneven", lon=len(x), lat=len(y))
    check_count(len(x), JSON_POINTS_MOST)
    radius = each_accuracy(radius, asked.accuracy_m, len(x))
    fields = read_fields(asked.fields, accuracy=radius is not None)
    check_doubts(len(x), fields)
    stairwell, floor = _doors(doors, fields, len(x)) if doors else (None, None)
    return Asked(x, y, asked.crs, fields, asked.as_of, asked.force, radius, stairwell, floor)


def _doors(given: Mapping[str, Any], fields: tuple[str, ...], count: int) -> tuple[Any, Floats | None]:
    """Stairwells and floors of the points of a JSON body, None where it has none."""
    if not wants_micro(fields):
        raise InvalidInput("batch_micro_not_asked", field=next(iter(given)))
    stairwell = _stairwells(given["stairwell"]) if "stairwell" in given else None
    floor = _column(given["floor"], "floor") if "floor" in given else None
    for name, values in (("stairwell", stairwell), ("floor", floor)):
        check_length(name, values, count)
    return stairwell, floor


def check_length(name: str, values: Any, count: int) -> None:
    """Refuse a column (None: there is none) that has not one value for each point."""
    if values is not None and len(values) != count:
        raise InvalidInput("batch_uneven_column", field=name, got=len(values), points=count)


def _stairwells(values: Any) -> Any:
    """A list of texts or whole numbers as (n,) object."""
    fault = None if isinstance(values, list) else {"type": "list_type", "loc": ("body", "stairwell"), "input": values}
    for k, value in enumerate(values if fault is None else ()):
        where = ("body", "stairwell", k)
        if not _is_stairwell(value):
            fault = {"type": "string_type", "loc": where, "input": value}
        elif isinstance(value, str) and len(value) > _STAIRWELL_MOST:
            fault = {"type": "string_too_long", "loc": where, "input": value, "ctx": {"max_length": _STAIRWELL_MOST}}
        if fault is not None:
            break
    if fault is not None:
        raise RequestValidationError([{"msg": fault["type"], **fault}])
    texts = [value if isinstance(value, str | None) else str(int(value)) for value in values]
    return np.array([*texts, None], dtype=object)[:-1]


def _is_stairwell(value: Any) -> bool:
    """A text or a whole number, which a body with a number beyond any float elsewhere holds as a float."""
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, str | int | None) and not isinstance(value, bool)


# As in a query.
_STAIRWELL_MOST: Final = 40
_DOORS: Final = ("stairwell", "floor")


def _general(body: bytes) -> Any:
    """A body that the fast reader refuses: it does so for a number beyond any float too, which makes one bad row.

    Such a number is infinite here, so that its row says why it is bad.

    Raises
    ------
    RequestValidationError
        It is no JSON, with the place of the fault in the whole of it.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        fault = {"type": "json_invalid", "loc": ("body", error.pos), "msg": error.msg}
    try:
        # Nothing but such a number: whatever else the fast reader refuses this one refuses as well or is refused below.
        given = json.loads(body.decode("utf-8"), parse_int=float, parse_constant=_no_constant)
        orjson.dumps(given)  # halves of a pair of surrogates
    except (ValueError, TypeError, RecursionError):
        raise RequestValidationError([fault]) from None
    return given


def _no_constant(name: str) -> float:
    """NaN and Infinity, which Python reads, are no JSON."""
    raise ValueError(name)


def _coordinates(given: Mapping[str, Any]) -> tuple[Floats, Floats]:
    """The points of a body in either form."""
    lon, lat, points = (given.get(name) for name in _NUMBERS)
    if points is not None and lon is None and lat is None:
        return _pairs(points)
    if points is None and lon is not None and lat is not None:
        return _column(lon, "lon"), _column(lat, "lat")
    raise InvalidInput("batch_shape")


_NUMBERS: Final = ("lon", "lat", "points")


def check_count(count: int, most: int) -> None:
    """Refuse more points than a request of this form may hold."""
    if count > most:
        raise InvalidInput("batch_too_large", count=count, most=most, arrow_most=ARROW_POINTS_MOST)


def each_accuracy(each: Floats | None, of_all: float | None, count: int) -> Floats | None:
    """The radius of error of each point, float64 (n,), NaN where neither its own nor that of all is known."""
    if each is None:
        return None if of_all is None else np.full(count, of_all)
    if len(each) != count:
        raise InvalidInput("batch_uneven_accuracy", points=count, accuracies=len(each))
    return each if of_all is None else np.where(np.isnan(each), of_all, each)


def read_fields(given: Sequence[str] | None, *, accuracy: bool = False) -> tuple[str, ...]:
    """The columns to answer with; those of `USUAL` where none are named, and more where an `accuracy` is."""
    unknown = [name for name in given or () if name not in ANSWERS]
    if unknown:
        raise InvalidInput("batch_field_unknown", field=unknown[0][:40], known=", ".join(ANSWERS))
    return tuple(dict.fromkeys(given)) if given else (*USUAL, *(_OF_ACCURACY if accuracy else ()))


def _column(values: Any, name: str) -> Floats:
    """A list of numbers; null is a row without one."""
    if not isinstance(values, list):
        raise _not_numbers(name)
    if bool in set(map(type, values)):  # to the interpreter true is a number
        raise _not_numbers(name)
    try:
        # Three times as fast as an array of them.
        return np.frombuffer(struct.pack(f"{len(values)}d", *values), dtype=np.float64)
    except struct.error:
        pass
    if any(value is not None and not isinstance(value, int | float) for value in values):
        raise _not_numbers(name)
    return np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)


def _pairs(points: Any) -> tuple[Floats, Floats]:
    if not isinstance(points, list):
        raise _not_numbers("points")
    if None in points:
        points = [(pair if pair is not None else [None, None]) for pair in points]
    if not all(map(list.__instancecheck__, points)) or not set(map(len, points)) <= {2}:
        raise _not_numbers("points")
    flat = _column(list(chain.from_iterable(points)), "points")
    return np.ascontiguousarray(flat[0::2]), np.ascontiguousarray(flat[1::2])


def _not_numbers(name: str) -> RequestValidationError:
    kind = "pairs" if name == "points" else "numbers"
    return RequestValidationError([{"type": kind, "loc": ("body", name), "msg": kind}])
