"""Tables of responsibility: rules with all their columns, the negative list, the ladder, the working calendar."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, time
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from geo.errors import InvalidInput
from geo.files.cells import KINDS, number_of
from geo.files.place_lines import Line, one_of, read_lines, unique
from geo.model import CategoryKind, Negative, Rule, Rung, Stage, Window
from geo.model.rules import HANDLERS, DeadlineUnit, Handler, Mode, RuleList, RuleStep

_T = TypeVar("_T")
_STEPS: Final[Mapping[str, RuleStep]] = {
    "emergency": "emergency", "owner": "owner", "special": "special", "duty": "duty", "base": "base",
    "fallback": "fallback", "helper": "helper", "应急": "emergency", "权属": "owner", "专属": "special",
    "职责": "duty", "属地": "base", "兜底": "fallback", "协办": "helper",
}  # fmt: skip
_LISTS: Final[Mapping[str, RuleList]] = {
    "power": "power", "responsibility": "responsibility", "service": "service", "negative": "negative",
    "权力清单": "power", "责任清单": "responsibility", "服务清单": "service", "负面清单": "negative",
}  # fmt: skip
_MODES: Final[Mapping[str, Mode]] = {
    "normal": "normal", "emergency": "emergency", "常态": "normal", "应急": "emergency"
}  # fmt: skip
_LEVELS: Final[Mapping[str, Handler]] = {
    **{name: name for name in HANDLERS}, "网格": "grid", "社区": "community", "街道": "street", "区": "district"
}  # fmt: skip
_DAYS: Final[Mapping[str, Literal["working", "rest"]]] = {
    "working": "working", "rest": "rest", "工作日": "working", "休息日": "rest"
}  # fmt: skip
_UNITS: Final[Mapping[str, DeadlineUnit]] = {
    "": "hours", "h": "hours", "hours": "hours", "小时": "hours", "working_hours": "working_hours",
    "工作时": "working_hours", "working_days": "working_days", "工作日": "working_days",
}  # fmt: skip
_LIMIT: Final = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([a-z_]*|小时|工作时|工作日)\s*")
# About ten years: a longer limit is a slip of the pen.
_LONGEST: Final[Mapping[str, float]] = {"hours": 90_000, "working_hours": 25_000, "working_days": 2_600}
_RULE: Final = ("id", "scheme", "kind", "category", "area", "department")


def read_rule_rows(path: Path) -> tuple[Rule, ...]:
    """The rules of a table; whether the names in them exist is for the lint."""
    lines = read_lines(path, _RULE)
    unique(lines, ("id",))
    return tuple(rule_of(line) for line in lines)


def rule_of(line: Line) -> Rule:
    """One rule, all columns of which but the first ones may be missing."""
    value: float | None = None
    unit: DeadlineUnit = "hours"
    if line.get("deadline"):
        value, unit = _limit(line, "deadline", line.get("deadline"))
    hours = line.get("deadline_hours")
    if hours is not None:
        number = number_of(hours)
        if number is None or not 0 <= number <= _LONGEST["hours"]:
            raise InvalidInput("place_number_bad", file=line.file, row=line.row, field="deadline_hours", value=hours)
        if value is None:
            value, unit = float(number), "hours"
    effective, until = _optional(line, "effective", _day), _optional(line, "until", _day)
    if effective is not None and until is not None and until <= effective:
        raise _bad(line, "until")
    return Rule(
        id=line.need("id"),
        scheme=line.get("scheme") or "",
        kind=kind_of(line),
        category=line.get("category") or "",
        area=line.get("area") or "",
        department=line.need("department"),
        with_departments=_names(line.get("with_departments")),
        deadline_hours=value if unit == "hours" else None,
        closing=line.get("closing") or "",
        version=line.get("version") or "1",
        source=line.get("source") or "",
        step=_word(line, "step", _STEPS),
        asset=line.get("asset") or "",
        tenure=line.get("tenure") or "",
        mode=_word(line, "mode", _MODES),
        window=_window(line),
        rule_list=_word(line, "list", _LISTS),
        supervising=line.get("supervising") or "",
        deadline=value if unit != "hours" else None,
        deadline_unit=unit,
        stages=tuple(_stage(line, part) for part in _names(line.get("stages"))),
        effective=effective,
        until=until,
    )


def read_negative(path: Path) -> tuple[Negative, ...]:
    """The negative list: which matters must not be pushed down to a level."""
    lines = read_lines(path, ("id", "scheme", "kind", "category", "level"))
    unique(lines, ("id",))
    return tuple(
        Negative(
            line.need("id"),
            line.get("scheme") or "",
            kind_of(line),
            line.get("category") or "",
            one_of(line, "level", _LEVELS),
            line.get("area") or "",
            line.get("source") or "",
        )
        for line in lines
    )


def read_ladder(path: Path) -> tuple[Rung, ...]:
    """Which level deals with matters of which grade."""
    lines = read_lines(path, ("scheme", "kind", "category", "grade", "level"))
    unique(lines, ("scheme", "kind", "category", "grade"))
    return tuple(
        Rung(
            line.get("scheme") or "",
            kind_of(line),
            line.get("category") or "",
            line.get("grade") or "",
            one_of(line, "level", _LEVELS),
        )
        for line in lines
    )


def read_days(path: Path) -> tuple[frozenset[date], frozenset[date]]:
    """Holidays, and days off that are worked (调休)."""
    lines = read_lines(path, ("date", "kind"))
    unique(lines, ("date",))
    days: dict[str, set[date]] = {"rest": set(), "working": set()}
    for line in lines:
        day = _optional(line, "date", _day)
        if day is None:
            line.need("date")
        else:
            days[one_of(line, "kind", _DAYS)].add(day)
    return frozenset(days["rest"]), frozenset(days["working"])


def hours_of(text: str) -> tuple[time, time] | None:
    """A span of the day such as 08:30-12:00, None if it is none."""
    parts = text.replace("—", "-").replace("–", "-").replace("~", "-").split("-")
    try:
        start, end = (time(0) if part.strip() == "24:00" else time.fromisoformat(part.strip()) for part in parts)
    except ValueError:
        return None
    return None if start.tzinfo or end.tzinfo else (start, end)


def kind_of(line: Line) -> CategoryKind | Literal[""]:
    """The kind of category, "" for any."""
    return one_of(line, "kind", KINDS) if line.get("kind") else ""


def _window(line: Line) -> Window:
    start, end = _optional(line, "hours", hours_of) or (None, None)
    first, last = _optional(line, "season", _season) or (None, None)
    return Window(start, end, _word(line, "days", _DAYS), first, last)


def _season(text: str) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """(month, day) of the first and last day of 11-15..03-15."""
    parts = text.split("..")
    try:
        days = [date.fromisoformat(f"2024-{part.strip()}") for part in parts]  # a leap year has every day
    except ValueError:
        return None
    return ((days[0].month, days[0].day), (days[1].month, days[1].day)) if len(days) == 2 else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _stage(line: Line, text: str) -> Stage:
    name, _, limit = text.replace("：", ":").partition(":")
    value, unit = _limit(line, "stages", limit)
    if not name.strip():
        raise _bad(line, "stages")
    return Stage(name.strip(), value, unit)


def _limit(line: Line, field: str, text: str | None) -> tuple[float, DeadlineUnit]:
    """A limit such as 4工作时, 7 working_days, 24h; without a unit it runs day and night."""
    found = _LIMIT.fullmatch(text or "")
    if not found or found[2] not in _UNITS:
        raise _bad(line, field)
    value, unit = float(found[1]), _UNITS[found[2]]
    if value > _LONGEST[unit]:
        raise _bad(line, field)
    return value, unit


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split("|") if part.strip())


def _word(line: Line, field: str, words: Mapping[str, _T]) -> Any:
    return one_of(line, field, words) if line.get(field) else ""


def _optional(line: Line, field: str, read: Callable[[str], _T | None]) -> _T | None:
    text = line.get(field)
    if text is None:
        return None
    value = read(text)
    if value is None:
        raise _bad(line, field)
    return value


def _bad(line: Line, field: str) -> InvalidInput:
    return InvalidInput("rules_cell_bad", file=line.file, row=line.row, field=field, value=(line.get(field) or "")[:80])
