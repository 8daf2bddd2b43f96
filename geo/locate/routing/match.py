"""Whether a rule is for a matter, how specific it is, and which department it names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from types import MappingProxyType
from typing import Final, NamedTuple

from geo.model import Department, Handler, Mode, Negative, Override, Rule, Rung, Window, WorkCalendar
from geo.model.rules import ALWAYS, HANDLERS

# Position in a chain (区, 街道, 社区, 网格) of what a rule may leave open.
PLACEHOLDERS: Final[Mapping[str, int]] = MappingProxyType({"{district}": 0, "{street}": 1, "{community}": 2})
_PLACEHOLDER: Final = re.compile(r"\{[^{}]*\}")
# Digits of an area's code up to which it is of that level (GB/T 2260, GB/T 10114).
_BY_DIGITS: Final[tuple[tuple[int, Handler], ...]] = ((6, "district"), (9, "street"), (12, "community"))
STEPS: Final = ("emergency", "owner", "special", "duty", "base", "fallback")

Strength = tuple[int, int, int, bool, bool, bool, bool]


class Lying(NamedTuple):
    """What lies where an issue is: the layer, whose it is, and its tenure."""

    layer: str
    owner: str
    tenure: str = ""


@dataclass(frozen=True)
class Matter:
    """What is asked of the rules.

    Attributes
    ----------
    category : "" is known by no rule but one for all.
    chain : codes of 区, 街道, 社区, 网格 in this order, as far as they are known.
    at : local time that windows and dates are judged by; None: rules that hold at times only do not hold.
    lying : what lies there, at most one of each layer.
    grade : how large or hard the matter is, in the words of the ladder.
    received_by : code of the department that received it first (首接), "" if nobody did.
    override : a person's decision that stands above the rules.
    """

    scheme: str
    kind: str
    category: str
    chain: tuple[str, ...]
    at: datetime | None = None
    mode: Mode = "normal"
    lying: tuple[Lying, ...] = ()
    grade: str = ""
    received_by: str = ""
    override: Override | None = field(default=None, compare=False)


def step_of(rule: Rule) -> str:
    """Where in the order a rule stands; one that is for everything everywhere and says nothing is a fallback."""
    return rule.step or ("duty" if rule.category or rule.area else "fallback")


def strength(rule: Rule) -> Strength:
    """How specific a rule is within its step, as a sort key.

    The smaller area goes first, then what lies there, the narrower category, the mode, the window, and whether kind
    and scheme are named.
    """
    return (
        len(rule.area),
        bool(rule.asset) + bool(rule.tenure),
        len(rule.category),
        bool(rule.mode),
        rule.window != ALWAYS,
        bool(rule.kind),
        bool(rule.scheme),
    )


def fits_category(rule: Rule | Negative | Rung, *, scheme: str, kind: str, category: str) -> bool:
    """Whether a rule or an entry of a list is for a category."""
    return (
        (not rule.scheme or rule.scheme == scheme)
        and (not rule.kind or rule.kind == kind)
        and category.startswith(rule.category)
    )


def fits_area(area: str, chain: Sequence[str]) -> bool:
    """Whether a code prefix is for a place; "" is for every one."""
    return not area or any(code.startswith(area) for code in chain)


def fits_lying(rule: Rule, lying: Sequence[Lying]) -> bool:
    """Whether something lies there that the rule asks for."""
    if not rule.asset and not rule.tenure:
        return True
    return any(
        (not rule.asset or item.layer == rule.asset) and (not rule.tenure or item.tenure == rule.tenure)
        for item in lying
    )


def holds_at(rule: Rule, at: datetime | None, calendar: WorkCalendar) -> bool:
    """Whether a rule is in force at a local moment, by its dates and its window."""
    if rule.effective is None and rule.until is None and rule.window == ALWAYS:
        return True
    if at is None:
        return False
    day = at.date()
    if (rule.effective is not None and day < rule.effective) or (rule.until is not None and day >= rule.until):
        return False
    return in_window(rule.window, (day.month, day.day), calendar.works(day), at.time())


def in_window(window: Window, day: tuple[int, int], working: bool, at: time) -> bool:
    """Whether a (month, day), a working day or not, and a time of the day lie in a window."""
    if window.days and (window.days == "working") != working:
        return False
    first, last = window.first or (1, 1), window.last or (12, 31)
    if not (first <= day <= last if first <= last else day >= first or day <= last):
        return False
    start, end = window.start or time.min, window.end
    if end is None:
        return at >= start
    return start <= at < end if start < end else at >= start or at < end


def find_department(
    name: str, *, chain: Sequence[str], departments: Mapping[str, Department], owner: str = "", level: str = ""
) -> Department | None:
    """The department that a rule's `department` names, with placeholders filled; None if there is none.

    "ZF-{street}" is the department with the code "ZF-110101001". A lone "{street}" that is no department's code is
    the department that serves this area (`Department.area`): the top one if it has branches there. "{owner}" is
    `owner`; "{level}" the department that serves the area of that level.
    """
    if "{" not in name:
        return departments.get(name)
    if name == "{owner}":
        return departments.get(owner)
    if name == "{level}":
        if level == "grid" and len(chain) > len(PLACEHOLDERS):
            own = _serving(chain[-1], departments)
            if own is not None:
                return own
        name = {"grid": "{community}", "": "{street}"}.get(level, f"{{{level}}}")
    for placeholder in _PLACEHOLDER.findall(name):
        position = PLACEHOLDERS.get(placeholder)
        if position is None or position >= len(chain):
            return None
    filled = _PLACEHOLDER.sub(lambda match: chain[PLACEHOLDERS[match.group()]], name)
    if filled in departments or name not in PLACEHOLDERS:
        return departments.get(filled)
    found = _serving(filled, departments)
    if found is None and name == "{district}":  # who serves all says no area
        top = [item for item in departments.values() if not item.area and not item.parent]
        found = top[0] if len(top) == 1 else None
    return found


def _serving(area: str, departments: Mapping[str, Department]) -> Department | None:
    serving = {code: department for code, department in departments.items() if department.area == area}
    top = [department for department in serving.values() if department.parent not in serving]
    return top[0] if len(top) == 1 else None


def handler_levels(departments: Mapping[str, Department]) -> dict[str, Handler]:
    """The level of each department, by the area that it or the nearest department above it serves."""
    return {code: _handler(_territory(department, departments)) for code, department in departments.items()}


def _territory(department: Department, departments: Mapping[str, Department]) -> str:
    seen: set[str] = set()
    above: Department | None = department
    while above is not None and above.code not in seen:
        if above.area:
            return above.area
        seen.add(above.code)
        above = departments.get(above.parent or "")
    return ""


def _handler(area: str) -> Handler:
    return next((level for digits, level in _BY_DIGITS if len(area) <= digits), "grid")


def is_below(level: Handler, limit: Handler) -> bool:
    """Whether a department of `level` is one that a matter barred from `limit` must not reach."""
    return HANDLERS.index(level) <= HANDLERS.index(limit)


def find_rung(ladder: Sequence[Rung], *, scheme: str, kind: str, category: str, grade: str) -> Handler | None:
    """The level of the most specific rung for a matter; of equally specific ones the higher level."""
    fitting = [
        rung
        for rung in ladder
        if rung.grade in ("", grade) and fits_category(rung, scheme=scheme, kind=kind, category=category)
    ]
    if not fitting:
        return None
    best = max(
        fitting,
        key=lambda r: (bool(r.grade), len(r.category), bool(r.kind), bool(r.scheme), HANDLERS.index(r.level)),
    )
    return best.level
