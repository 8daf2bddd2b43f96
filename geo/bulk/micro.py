"""Micro-grids (微网格) of located rows: two columns more, and the reason of a row that gets none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.bulk.points import is_text, numbers, plain
from geo.errors import InvalidInput
from geo.messages import Lang, say
from geo.service.columns import LOCATED, Columns

if TYPE_CHECKING:
    from geo.bulk.grids import Grids

# Code of the micro-grid, and metres to the nearest household of the same grid.
ADDED: Final = ("micro", "micro_m")
TYPES: Final = (pa.dictionary(pa.int32(), pa.string()), pa.float64())


def micro_columns(
    grids: Grids, found: Columns, under: Any, doors: tuple[Any, Any], lang: Lang
) -> tuple[list[Any], Any, Sequence[str]]:
    """The columns `ADDED`; why each row has none, int32 (n,), as a position in sentences; the sentences ("" first).

    Rows that are not located have no reason here: they have their own.

    Parameters
    ----------
    under : int32 (n,), the base grid of each row
    doors : stairwells (n,) object and floors float64 (n,), None where no column has them
    """
    from geo.locate.micro import LIMIT_M, REASONS

    index = grids.micro
    assert index is not None
    rows = np.flatnonzero(found.status == LOCATED)
    stairwell, floor = (None if column is None else column[rows] for column in doors)
    answer = index.find(
        lon=found.lon[rows],
        lat=found.lat[rows],
        grid=found.grid[rows],
        base=under[rows],
        stairwell=stairwell,
        floor=floor,
    )
    micro = np.full(len(found), -1, dtype=np.int32)
    metres, reason = np.full(len(found), np.nan), np.zeros(len(found), dtype=np.int32)
    micro[rows], reason[rows] = answer.micro, answer.reason
    metres[rows] = np.where(np.isfinite(answer.distance_m), answer.distance_m, np.nan)
    codes = pa.DictionaryArray.from_arrays(pa.array(micro, mask=micro < 0), pa.array(index.codes, pa.string()))
    sentences = [
        say("micro_several_of_row" if key == "micro_several" else key, lang, limit_m=LIMIT_M) if key else ""
        for key in REASONS
    ]
    return [codes, pa.array(metres, from_pandas=True)], reason, sentences


def stairwells(column: Any, *, field: str) -> Any:
    """A column of stairwells as texts (n,), None where it was not said; whole numbers are texts too.

    Raises
    ------
    InvalidInput
        The column holds neither texts nor whole numbers.
    """
    column = plain(column)
    if pa.types.is_null(column.type) or pa.types.is_integer(column.type):
        column = pc.cast(column, pa.string())
    elif not is_text(column.type):
        raise InvalidInput("bulk_stairwell_no_text", field=field, kind=str(column.type))
    return np.array(column.to_numpy(zero_copy_only=False), dtype=object)


def floors(column: Any, *, field: str) -> tuple[Any, dict[int, InvalidInput]]:
    """A column of floors as float64 (n,), NaN where it was not said; and the rows where something else stands."""
    values = numbers(column, field=field, key="bulk_floor_no_number")
    return values, unreadable(column, values, key="bulk_floor_unreadable", field=field)


def unreadable(column: Any, values: Any, *, key: str, field: str) -> dict[int, InvalidInput]:
    """Rows of which a text that is no finite number was read, with an error that names it."""
    column = plain(column)
    odd = ~np.isfinite(values) & np.asarray(column.is_valid().to_numpy(zero_copy_only=False))
    if is_text(column.type) and odd.any():
        empty = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(column), ""), True)
        odd &= ~np.asarray(empty.to_numpy(zero_copy_only=False))
    elif not is_text(column.type):
        odd &= np.isinf(values)  # NaN among numbers is what many programs write for nothing
    rows = np.flatnonzero(odd)
    cells = column.take(pa.array(rows)).to_pylist()
    return {
        int(row): InvalidInput(key, field=field, value=str(cell)[:40]) for row, cell in zip(rows, cells, strict=True)
    }
