"""Columns by name, and their values as texts, numbers or yes/no, each fault named by its row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidInput
from geo.files.names import unknown_field
from geo.model import Layer

_SHOWN: Final = 5
_YES: Final = frozenset({"1", "true", "t", "yes", "y", "是", "锁定", "locked"})
_NO: Final = frozenset({"0", "false", "f", "no", "n", "否", ""})


def column(layer: Layer, field: str) -> NDArray[Any]:
    """The values of a column; a name that differs in case only is taken if it is the only such one."""
    if field in layer.fields:
        return layer.fields[field]
    alike = [name for name in layer.fields if name.casefold() == field.casefold()]
    if len(alike) == 1:
        return layer.fields[alike[0]]
    raise unknown_field(field, list(layer.fields), source=layer.source)


def numeric_names(layer: Layer) -> list[str]:
    """The columns that hold numbers."""
    return [name for name, values in layer.fields.items() if values.dtype.kind in "iuf"]


def text_of(value: Any) -> str | None:
    """A value as a name or code: None if missing, whole floats without their ".0"."""
    if value is None or value != value:  # NaN and NaT are not themselves
        return None
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    text = str(value).strip()
    return text or None


def texts(values: NDArray[Any], *, missing: str | None = None) -> NDArray[np.object_]:
    """A column as names or codes, `missing` where there is none."""
    out = np.empty(len(values), dtype=object)
    out[:] = [missing if (text := text_of(value)) is None else text for value in values.tolist()]
    return out


def numbers(values: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """A column as float64, NaN where missing, and True where a value stands that is no number."""
    if values.dtype.kind in "iuf":
        return values.astype(np.float64), np.zeros(len(values), dtype=np.bool_)
    out = np.full(len(values), np.nan)
    bad = np.zeros(len(values), dtype=np.bool_)
    for row, value in enumerate(values.tolist()):
        text = text_of(value)
        if text is None:
            continue
        try:
            out[row] = float(text) if values.dtype == object and not isinstance(value, bool) else np.nan
            bad[row] = np.isnan(out[row])
        except ValueError:
            bad[row] = True
    return out, bad


def flags(values: NDArray[Any], *, field: str, source: str) -> NDArray[np.bool_]:
    """A column of yes and no in the usual spellings; missing is no.

    Raises
    ------
    InvalidInput
        A word that is neither.
    """
    out = np.zeros(len(values), dtype=np.bool_)
    for row, value in enumerate(values.tolist()):
        word = (text_of(value) or "").casefold()
        if word not in _YES and word not in _NO:
            raise InvalidInput("flag_unknown", row=row + 1, field=field, value=text_of(value), source=source)
        out[row] = word in _YES
    return out


def name_rows(rows: Iterable[int], ids: Sequence[Any] | None = None) -> str:
    """Zero-based row numbers as people count them, with ids, the first few of many: "3 (b12), 7 (b31) … (+14)"."""
    wanted = list(rows)
    shown = [f"{row + 1}" if ids is None else f"{row + 1} ({ids[row]})" for row in wanted[:_SHOWN]]
    rest = len(wanted) - len(shown)
    return ", ".join(shown) + (f" … (+{rest})" if rest else "")
