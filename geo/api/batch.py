"""POST /v1/locate: many points in one body, as pairs, as columns or as an Arrow stream, answered in kind.

Whatever takes time for each point is left to code outside the interpreter: compiled loops and Arrow read, numpy and the
index locate, and answers are joined from texts that were made once for each grid.
"""

from __future__ import annotations

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

from geo.api.joined import Cells, cells_of, joined
from geo.api.json_points import read_lists
from geo.api.locate_schemas import BatchIn
from geo.errors import InvalidCoordinate, InvalidInput
from geo.messages import Lang
from geo.service.columns import FIELDS, STATUS, Columns, locate_columns
from geo.service.context import Net, Service
from geo.service.datum import known_places, refuse_wrong_datum

JSON_POINTS_MOST: Final = 50_000
ARROW_POINTS_MOST: Final = 1_000_000

# Columns of an answer that may be asked for. A border costs as much as all the rest, so it is not among the usual.
ANSWERS: Final = ("grid", "grid_name", "status", "shift_m", "border_m", "lon", "lat", "nearest_grid", "nearest_m")
USUAL: Final = ("grid", "status", "shift_m")

# Below so many points a batch may well lie askew by chance.
_JUDGED_LEAST: Final = 30
# Looking at other datums takes longer than locating: a long batch that fits the net as claimed is not looked at.
_LONG: Final = 2_000
_FITS: Final = 0.98

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """A batch as it was asked for: coordinates (n,) float64 in `crs`, NaN where a row has none."""

    x: Floats
    y: Floats
    crs: str
    fields: tuple[str, ...]
    as_of: str | None = None
    force: bool = False


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
        given = _not_json(body)
    rest = {key: value for key, value in given.items() if key not in _NUMBERS} if isinstance(given, dict) else given
    try:
        asked = BatchIn.model_validate(rest)
    except ValidationError as error:
        faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors(include_url=False)]
        raise RequestValidationError(faults) from None
    x, y = (lists.lon, lists.lat) if lists is not None else _coordinates(given)
    if len(x) != len(y):
        raise InvalidInput("batch_uneven", lon=len(x), lat=len(y))
    check_count(len(x), JSON_POINTS_MOST)
    return Asked(x, y, asked.crs, read_fields(asked.fields), asked.as_of, asked.force)


def warm_up() -> None:
    """Compile what reads and writes JSON, or load what was compiled before."""
    read_lists(b'{"lon":[1],"lat":[1]}', 1)
    for kind in (np.int32, np.uint8):
        joined(_STATUS_JSON, np.zeros(1, dtype=kind))


def _not_json(body: bytes) -> Any:
    """Refuse a body, with the place of the fault in the whole of it."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        fault = {"type": "json_invalid", "loc": ("body", error.pos), "msg": f"JSON decode error: {error.msg}"}
        raise RequestValidationError([fault]) from None


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


def read_fields(given: Sequence[str] | None) -> tuple[str, ...]:
    """The columns to answer with; those of `USUAL` where none are named."""
    unknown = [name for name in given or () if name not in ANSWERS]
    if unknown:
        raise InvalidInput("batch_field_unknown", field=unknown[0][:40], known=", ".join(ANSWERS))
    return tuple(dict.fromkeys(given)) if given else USUAL


def _column(values: Any, name: str) -> Floats:
    """A list of numbers; null is a row without one."""
    if not isinstance(values, list):
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
    wanted = (
        "a list of pairs of numbers [lon, lat]" if name == "points" else "a list of numbers, null where there is none"
    )
    return RequestValidationError([{"type": "numbers", "loc": ("body", name), "msg": f"Input should be {wanted}"}])


def is_brief(asked: Asked) -> bool:
    """Whether a batch is answered in less than a millisecond or so."""
    slow = any(name in ("border_m", "nearest_grid", "nearest_m") for name in asked.fields)
    return len(asked.x) <= (BRIEF_SLOW if slow else _BRIEF)


# Distances take some 2 µs a point, all else 0.05 to 0.1 µs.
_BRIEF: Final = 12_000
BRIEF_SLOW: Final = 500


def locate_batch(service: Service, net: Net, asked: Asked) -> Columns:
    """Locate a batch; a bad row is answered with its reason and fails no other.

    Raises
    ------
    InvalidCrs
        The system is unknown.
    """
    wanted = {_SOURCE.get(name, name) for name in asked.fields}
    crs = service.systems.resolve(asked.crs)
    return locate_columns(net, asked.x, asked.y, crs=crs, fields=tuple(wanted.intersection(FIELDS)))


def is_doubtful(asked: Asked, found: Columns) -> bool:
    """Whether the system of a batch has to be looked at by `refuse_doubtful`."""
    count = len(found)
    if asked.force or count < _JUDGED_LEAST:
        return False
    return count <= _LONG or int(np.count_nonzero(found.grid >= 0)) < _FITS * count


def refuse_doubtful(service: Service, net: Net, asked: Asked) -> None:
    """Look at a batch in other systems: 0.6 ms for a hundred points, 4 ms for 2,000 and more.

    Raises
    ------
    InvalidCrs
        The batch is clearly in another system than it claims.
    """
    crs = service.systems.resolve(asked.crs)
    refuse_wrong_datum(net, asked.x, asked.y, crs=crs, known_xy=_known_xy(service, net))


_SOURCE: Final[Mapping[str, str]] = {"nearest_grid": "nearest", "nearest_m": "nearest"}


def _known_xy(service: Service, net: Net) -> Floats | None:
    if "known_xy" not in net.prepared:
        net.prepared["known_xy"] = known_places(service)
    known: Floats | None = net.prepared["known_xy"]
    return known


def write_json(net: Net, asked: Asked, found: Columns, lang: Lang) -> bytes:
    """The answer as JSON."""
    parts: list[bytes | memoryview] = [b'{"plan":%d,"crs":' % net.plan.id, orjson.dumps(asked.crs)]
    for name in asked.fields:
        parts += (b',"', name.encode(), b'":[', _json_column(net, found, name), b"]")
    errors = [
        {"row": row + 1, "code": error.code, "detail": error.message(lang)}
        for row, error in ((row, reason_of(error)) for row, error in found.errors.items())
    ]
    parts += (b',"errors":', orjson.dumps(errors), b"}")
    return b"".join(parts)


def reason_of(error: InvalidInput) -> InvalidInput:
    """Why a row is bad: a coordinate that is missing (NaN since it was read) is no wrong number."""
    if error.code != "coordinate_not_finite":
        return error
    missing = [error.context[name] != error.context[name] for name in ("lon", "lat")]
    return InvalidCoordinate("point_missing") if any(missing) else error


def _json_column(net: Net, found: Columns, name: str) -> bytes | memoryview:
    count = len(found)
    if not count:
        return b""
    if name == "status":
        return joined(_STATUS_JSON, found.status)
    if name in ("grid", "grid_name", "nearest_grid"):
        return joined(_texts(net, name), found.grid if name != "nearest_grid" else _given(found.nearest))
    values = column(found, name)
    if name == "shift_m" and (values == 0.0).all():  # nothing was moved
        return (b"0.0," * count)[:-1]
    return orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]


def column(found: Columns, name: str) -> Floats:
    """A column of numbers; NaN where a row has none."""
    values = _given(getattr(found, name))
    return np.where(np.isinf(values), np.nan, values) if name == "border_m" else values


def _given(values: Any) -> Any:
    assert values is not None, "a column that was not asked for"
    return values


def _texts(net: Net, name: str) -> Cells:
    """Cells by position in `Net.grids`; the last one, which −1 names too, is null."""
    key = ("json", "grid_name" if name == "grid_name" else "grid")
    cells: Cells | None = net.prepared.get(key)
    if cells is None:
        texts = [grid.name if name == "grid_name" else grid.code for grid in net.grids]
        cells = net.prepared[key] = cells_of([*texts, None])
    return cells


_STATUS_JSON: Final = cells_of(STATUS)
