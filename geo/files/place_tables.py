"""The tables of a place folder: departments, categories, rules and staff, each fault named by file, row and field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from geo.files.cells import KINDS
from geo.files.place_lines import Line, one_of, read_lines, unique
from geo.files.rule_tables import rule_of
from geo.model import Area, Category, Department, Rule, Staff

_PLACEHOLDERS: Final = {"{street}": "street", "{community}": "community"}


def read_departments(path: Path, areas: Mapping[str, Area]) -> tuple[Department, ...]:
    """The department tree."""
    lines = read_lines(path, ("code", "name", "parent", "area", "phone"))
    unique(lines, ("code",))
    codes = {line.need("code") for line in lines}
    for line in lines:
        parent, area = line.get("parent"), line.get("area")
        if parent is not None and (parent not in codes or parent == line.get("code")):
            raise line.unknown("parent", parent, codes)
        if area is not None and area not in areas:
            raise line.unknown("area", area, areas)
    return tuple(
        Department(line.need("code"), line.need("name"), line.get("parent"), line.get("area") or "", line.get("phone"))
        for line in lines
    )


def read_categories(path: Path) -> tuple[Category, ...]:
    """The catalogue; a parent stands in the same scheme and kind."""
    lines = read_lines(path, ("scheme", "kind", "code", "name", "parent"))
    unique(lines, ("scheme", "kind", "code"))
    codes = {(line.get("scheme"), line.get("kind"), line.get("code")) for line in lines}
    categories = []
    for line in lines:
        kind, parent = one_of(line, "kind", KINDS), line.get("parent")
        if parent is not None and (line.get("scheme"), line.get("kind"), parent) not in codes:
            raise line.unknown("parent", parent, (code or "" for _, _, code in codes))
        categories.append(Category(line.need("scheme"), kind, line.need("code"), line.need("name"), parent))
    return tuple(categories)


def read_rules(path: Path, departments: Iterable[Department], areas: Mapping[str, Area]) -> tuple[Rule, ...]:
    """The routing rules; every department that a rule can name has to exist."""
    required = ("id", "scheme", "kind", "category", "area", "department", "with_departments", "deadline_hours")
    lines = read_lines(path, required)
    unique(lines, ("id",))
    known = {department.code for department in departments}
    return tuple(_rule(line, known, areas) for line in lines)


def read_staff(path: Path) -> tuple[Staff, ...]:
    """The posts of the grids; an empty name is a vacancy."""
    lines = read_lines(path, ("grid", "role", "name", "phone"))
    return tuple(Staff(line.need("grid"), line.need("role"), line.get("name"), line.get("phone")) for line in lines)


def _rule(line: Line, known: set[str], areas: Mapping[str, Area]) -> Rule:
    rule = rule_of(line)
    if rule.area and not any(code.startswith(rule.area) or rule.area.startswith(code) for code in areas):
        raise line.unknown("area", rule.area, areas)
    for field, names in (("department", (rule.department,)), ("with_departments", rule.with_departments)):
        for name in names:
            _require_department(line, field, name, rule.area, known, areas)
    return rule


def _require_department(
    line: Line, field: str, name: str, area: str, known: set[str], areas: Mapping[str, Area]
) -> None:
    """A name with a placeholder stands for one department in each area of that level under the rule's area."""
    filled = [name]
    for mark, level in _PLACEHOLDERS.items():
        if mark in name:
            codes = [code for code, item in areas.items() if item.level == level and _within(item, area, areas)]
            filled = [word.replace(mark, code) for word in filled for code in codes]
    for word in filled:
        if word not in known:
            raise line.unknown(field, word, known)


def _within(item: Area, area: str, areas: Mapping[str, Area]) -> bool:
    """True if a rule for the code prefix `area` can decide in `item`: one of them lies in the other."""
    chain: Any = item
    while chain is not None:
        if chain.code.startswith(area):
            return True
        chain = areas.get(chain.parent) if chain.parent else None
    return area.startswith(item.code)
