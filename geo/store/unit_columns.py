"""Units as rows: the input's own columns travel as JSON and come back with the type they had."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from geo.errors import InvalidInput
from geo.model import Units
from geo.store.models import UnitRow
from geo.store.types import clean_text, plain_json

# Counts that SQL should see as columns; a double holds every integer up to 2**53.
COUNTS: Final = ("households", "residents")
_EXACT: Final = 2.0**53
_OPTIONAL: Final = {"grid": "grid", "parent": "parent", "group": "group_name", "locked": "locked"}


def unit_rows(units: Units, geometry: NDArray[np.object_]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The layout of the columns and the rows, ordered by id, without `plan_id`.

    Parameters
    ----------
    units : Units
    geometry : object (n,), the units' geometry in WGS84.

    Returns
    -------
    layout : dict
        ``fields`` maps a column's name to its numpy dtype, ``counts`` names those that are columns of the table,
        ``present`` names the optional arrays that the units have.
    rows : list of dict
    """
    n = len(units)
    ids = [clean_text(unit, field="id", row=row) for row, unit in enumerate(units.ids.tolist(), start=1)]
    order = sorted(range(n), key=ids.__getitem__)
    optional = {name: getattr(units, name) for name in _OPTIONAL}
    counts = [name for name in COUNTS if name in units.fields and _is_count(units.fields[name])]
    layout = {
        "fields": {str(name): np.asarray(column).dtype.str for name, column in units.fields.items()},
        "counts": counts,
        "present": [name for name, column in optional.items() if column is not None],
    }
    for name, column in (*units.fields.items(), *((k, v) for k, v in optional.items() if v is not None)):
        if len(column) != n:
            raise InvalidInput("store_column_length", field=name, got=len(column), wanted=n)
    coded = {str(k): _encode(str(k), np.asarray(v), ids) for k, v in units.fields.items() if k not in counts}
    counted = {name: _encode(name, np.asarray(units.fields[name]), ids) for name in counts}
    blank = [None] * n
    given = {column: blank if optional[name] is None else optional[name].tolist() for name, column in _OPTIONAL.items()}
    weight = units.weight.tolist()
    rows = [
        {
            "position": position,
            "id": ids[i],
            "weight": weight[i],
            **{column: values[i] for column, values in given.items()},
            **{name: counted[name][i] if name in counted else None for name in COUNTS},
            "fields": {name: values[i] for name, values in coded.items()},
            "geom": geometry[i],
        }
        for position, i in enumerate(order)
    ]
    return layout, rows


def read_units(connection: sa.Connection, plan_id: int, *, layout: Mapping[str, Any], weight_field: str) -> Units:
    """The units of a plan, ordered by id, in WGS84."""
    columns = (
        UnitRow.id, UnitRow.weight, UnitRow.grid, UnitRow.parent, UnitRow.group_name, UnitRow.locked,
        UnitRow.households, UnitRow.residents, UnitRow.fields, UnitRow.geom,
    )  # fmt: skip
    found = connection.execute(sa.select(*columns).where(UnitRow.plan_id == plan_id).order_by(UnitRow.position)).all()
    present = set(layout["present"])

    def text(name: str) -> NDArray[np.object_] | None:
        return _objects([getattr(row, _OPTIONAL[name]) for row in found]) if name in present else None

    fields = {
        name: _decode(
            [getattr(row, name) for row in found] if name in layout["counts"] else [row.fields[name] for row in found],
            np.dtype(kind),
        )
        for name, kind in layout["fields"].items()
    }
    return Units(
        ids=_objects([row.id for row in found]),
        geometry=_objects([row.geom for row in found]),
        weight=np.array([row.weight for row in found], dtype=np.float64),
        crs="EPSG:4326",
        grid=text("grid"),
        parent=text("parent"),
        group=text("group"),
        locked=np.array([row.locked for row in found], dtype=np.bool_) if "locked" in present else None,
        fields=fields,
        weight_field=weight_field,
    )


def _objects(values: Sequence[Any]) -> NDArray[np.object_]:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _is_count(column: NDArray[Any]) -> bool:
    """Whether a double column gives every value back: numbers, finite or missing."""
    column = np.asarray(column)
    if column.dtype.kind not in "iuf":
        return False
    values = column.astype(np.float64)
    present = values[~np.isnan(values)]
    # SQLite keeps a whole number in a REAL column as an integer, which has no negative zero (nor an infinity).
    return bool((np.abs(present) <= _EXACT).all()) and not np.signbit(present[present == 0]).any()


def _encode(name: str, column: NDArray[Any], ids: Sequence[str]) -> list[Any]:
    """A column as JSON values; None is missing. `InvalidInput` names the unit and the field."""
    kind = column.dtype.kind
    if kind in "iub":
        return list(column.tolist())
    if kind == "f":
        # JSON has no infinity; as text it comes back through float().
        return [
            None if math.isnan(value) else value if math.isfinite(value) else str(value)
            for value in column.astype(np.float64).tolist()
        ]
    if kind == "M":
        return [None if text == "NaT" else text for text in np.datetime_as_string(column).tolist()]
    if kind in "OUT":
        return [
            None if _is_missing(value) else plain_json(value, field=name, row=unit)
            for unit, value in zip(ids, column.tolist(), strict=True)
        ]
    raise InvalidInput("store_value_kind", field=name, row="-", kind=str(column.dtype))


def _is_missing(value: Any) -> bool:
    # pandas' NA and NaT refuse a plain comparison, and this room does not know pandas.
    return (
        value is None
        or (isinstance(value, float) and math.isnan(value))
        or type(value).__name__ in ("NAType", "NaTType")
    )


def _decode(values: Sequence[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    if dtype.kind == "f":
        return np.array([math.nan if value is None else float(value) for value in values], dtype=dtype)
    if dtype.kind in "iu":
        return np.array([int(value) for value in values], dtype=dtype)
    if dtype.kind == "M":
        return np.array(["NaT" if value is None else value for value in values], dtype=dtype)
    if dtype.kind == "O":
        return _objects(values)
    return np.array(values, dtype=dtype)
