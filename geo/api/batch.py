"""POST /v1/locate: many points in one body, as pairs, as columns or as an Arrow stream, answered in kind.

Whatever takes time for each point is left to code outside the interpreter: compiled loops and Arrow read, numpy and the
index locate, and answers are joined from texts that were made once for each grid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from geo.api.batch_more import BRIEF_DOUBTS, More, chains_of, json_column, wants_chain, wants_micro, wants_notes
from geo.api.batch_read import PLAIN, Asked
from geo.api.joined import Cells, cells_of, joined
from geo.api.json_points import read_lists
from geo.errors import InvalidCoordinate, InvalidInput
from geo.messages import Lang
from geo.service.batch_more import bad_accuracies, micros_of, notes_of
from geo.service.columns import FIELDS, STATUS, Columns, locate_columns, overlaps_of
from geo.service.context import Net, Service
from geo.service.datum import known_places, refuse_wrong_datum

# Below so many points a batch may well lie askew by chance.
_JUDGED_LEAST: Final = 30
# Looking at other datums takes longer than locating: a long batch that fits the net as claimed is not looked at.
_LONG: Final = 2_000
_FITS: Final = 0.98

Floats = NDArray[np.float64]


def warm_up() -> None:
    """Compile what reads and writes JSON, or load what was compiled before."""
    read_lists(b'{"lon":[1],"lat":[1]}', 1)
    for kind in (np.int32, np.uint8, np.int8):
        joined(_STATUS_JSON, np.zeros(1, dtype=kind))


def is_brief(asked: Asked) -> bool:
    """Whether a batch is answered in less than a millisecond or so."""
    if wants_micro(asked.fields):  # the first such question of a plan reads its households
        return False
    if wants_notes(asked.fields):
        return len(asked.x) <= BRIEF_DOUBTS
    slow = any(name in ("border_m", "nearest_grid", "nearest_m", "overlap") for name in asked.fields)
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
    x, y, radius = asked.x, asked.y, asked.accuracy_m
    bad = _bad_rows(asked)
    if bad:
        rows = list(bad)
        x, y = x.copy(), y.copy()
        x[rows] = y[rows] = np.nan
    fields = tuple(wanted.intersection(FIELDS))
    found = locate_columns(net, x, y, crs=crs, fields=fields, accuracy_m=radius)
    return replace(found, errors=dict(sorted({**found.errors, **bad}.items()))) if bad else found


def _bad_rows(asked: Asked) -> dict[int, InvalidInput]:
    """Rows of which something beside the coordinates is bad, with the reason."""
    bad: dict[int, InvalidInput] = {}
    floor, radius = asked.floor, asked.accuracy_m
    if floor is not None:
        rows = np.flatnonzero(np.isinf(floor)).tolist()
        bad |= {row: InvalidInput("batch_floor", floor=float(floor[row])) for row in rows}
    if radius is not None:
        bad |= {
            row: InvalidInput("batch_accuracy", metres=float(radius[row])) for row in bad_accuracies(radius).tolist()
        }
    return bad


def more_of(service: Service, net: Net, asked: Asked, found: Columns, as_of: date | None) -> More:
    """What the batch asks for beside its usual columns."""
    fields, notes, micros = asked.fields, None, None
    if wants_notes(fields):
        crs = service.systems.resolve(asked.crs)
        notes = notes_of(net, found, asked.x, asked.y, crs=crs, accuracy_m=asked.accuracy_m)
    if wants_micro(fields):
        micros = micros_of(service, net, found, as_of=as_of, stairwell=asked.stairwell, floor=asked.floor)
    overlap = overlaps_of(net, found) if "overlap" in fields else None
    return More(notes, micros, chains_of(net, found) if wants_chain(fields) else None, overlap)


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


def write_json(net: Net, asked: Asked, found: Columns, more: More, lang: Lang) -> bytes:
    """The answer as JSON."""
    parts: list[bytes | memoryview] = [b'{"plan":%d,"crs":' % net.plan.id, orjson.dumps(asked.crs)]
    for name in asked.fields:
        parts += (b',"', name.encode(), b'":[', _json_column(net, found, more, name), b"]")
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


def _json_column(net: Net, found: Columns, more: More, name: str) -> bytes | memoryview:
    count = len(found)
    if not count:
        return b""
    if name not in PLAIN:
        return json_column(net, found, more, name)
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
