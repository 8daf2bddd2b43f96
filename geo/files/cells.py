"""Cells of an issue file as values: times, coordinates, states, plain words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from geo.model import CategoryKind, IssueStatus

STATES: Final[Mapping[str, IssueStatus]] = {
    **dict.fromkeys(("to_confirm", "待确认", "待核实", "待受理", "new", "submitted", "unconfirmed"), "to_confirm"),
    **dict.fromkeys(("to_dispatch", "待派单", "待派遣", "待处理", "open", "confirmed"), "to_dispatch"),
    **dict.fromkeys(
        ("in_progress", "处理中", "处置中", "办理中", "in progress", "pending", "assigned", "processing"), "in_progress"
    ),
    **dict.fromkeys(
        ("closed", "已办结", "办结", "已结案", "已完成", "resolved", "completed", "done", "fixed"), "closed"
    ),
}
KINDS: Final[Mapping[str, CategoryKind]] = {
    "part": "part",
    "部件": "part",
    "event": "event",
    "事件": "event",
    "事项": "event",
    "hotline": "hotline",
    "热线": "hotline",
}
# Month first where a date has slashes and the year last: the only such order that is read.
_AMERICAN: Final = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y")
_ODD_CHARACTERS: Final = re.compile("[\x00\ud800-\udfff]")
_FIRST_YEAR, _LAST_YEAR = 1970, 2200


def word_of(value: Any) -> str | None:
    """A cell as text without blanks around it, None if it is empty.

    NUL and halves of surrogate pairs, which no database takes, become U+FFFD.
    """
    if value is None or value != value:  # NaN and NaT are not themselves
        return None
    text = _ODD_CHARACTERS.sub("\ufffd", str(value)).strip()
    return text or None


def number_of(text: str) -> Decimal | None:
    """A decimal number, full-width digits included; None for what is no finite number.

    A `Decimal` keeps how many decimals were written.
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace("−", "-")
    if "_" in plain:
        return None
    try:
        value = Decimal(plain)
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < Decimal(10) ** 12 else None


def decimals_of(value: Decimal) -> int:
    """How many decimals were written."""
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def time_of(text: str, zone: tzinfo) -> datetime | None:
    """A point in time: ISO 8601 and its usual sisters, with / . or 年月日, or American; `zone` where none is written.

    None for what is no such time or lies before 1970 or after 2200.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    iso = re.sub(r"^(\d{4})[年/.](\d{1,2})[月/.](\d{1,2})日?", r"\1-\2-\3", plain)
    iso = re.sub(r"^(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)", lambda m: f"{m[1]}-{int(m[2]):02}-{int(m[3]):02}", iso)
    iso = re.sub(r"^(\S+) +(\d):", r"\1 0\2:", iso)
    if re.match(r"^\d{4}-?\d{2}-?\d{2}", iso):
        try:
            return _in_range(datetime.fromisoformat(iso), zone)
        except ValueError:
            return None
    for pattern in _AMERICAN:
        try:
            return _in_range(datetime.strptime(plain, pattern), zone)
        except ValueError:
            continue
    return None


def state_of(text: str) -> IssueStatus | None:
    """The state that a word means in Chinese or English, whatever stands in brackets after it; None if unknown."""
    word = re.sub(r"\s*[(（].*$", "", text.strip()).casefold()
    return STATES.get(word) or STATES.get(word.replace("-", " ").replace("_", " "))


def _in_range(moment: datetime, zone: tzinfo) -> datetime | None:
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
