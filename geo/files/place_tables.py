"""The tables of a place folder: departments, categories, rules and staff, each fault named by file, row and field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from geo.errors import GeoError, InvalidInput
from geo.files.cells import KINDS, number_of, word_of
from geo.files.names import find_source, near
from geo.files.sniff import check_file
from geo.files.text import read_rows
from geo.model import Area, Category, Department, Rule, Staff

_T = TypeVar("_T")
_PLACEHOLDERS: Final = {"{street}": "street", "{community}": "community"}


@dataclass(frozen=True)
class Line:
    """One row of a table: where it stands and its cells, None for empty ones."""

    file: str
    row: int
    cells: Mapping[str, str | None]

    def get(self, field: str) -> str | None:
        """The cell, None if it is empty."""
        return self.cells.get(field)

    def need(self, field: str) -> str:
        """The cell, or `InvalidInput` if it is empty."""
        value = self.cells.get(field)
        if value is None:
            raise InvalidInput("place_cell_missing", file=self.file, row=self.row, field=field)
        return value

    def unknown(self, field: str, value: str, known: Iterable[str]) -> GeoError:
        """The error for a cell that names something that does not exist."""
        similar = near(value, known)
        if similar is None:
            return InvalidInput("place_name_unknown", file=self.file, row=self.row, field=field, value=value)
        return InvalidInput(
            "place_name_unknown_similar", file=self.file, row=self.row, field=field, value=value, similar=similar
        )


def read_lines(path: Path, columns: Sequence[str]) -> list[Line]:
    """The rows of a table that has to have `columns`.

    Raises
    ------
    NotFound
        There is no such file.
    InvalidInput
        A column is missing, or a row cannot be read.
    """
    source = find_source(str(path))
    check_file(source)
    header, rows = read_rows(source)
    missing = [column for column in columns if column not in header]
    if missing:
        raise InvalidInput(
            "place_column_missing", file=path.name, missing=", ".join(missing), columns=", ".join(header)
        )
    lines = []
    for number, row in enumerate(rows, start=1):
        if isinstance(row, GeoError):
            raise InvalidInput("place_row_broken", file=path.name, row=number) from row
        lines.append(Line(path.name, number, {column: word_of(row[column]) for column in header}))
    return lines


def unique(lines: Iterable[Line], key: Sequence[str]) -> None:
    """Refuse a row whose key stands in an earlier one."""
    seen: dict[tuple[str | None, ...], int] = {}
    for line in lines:
        value = tuple(line.get(field) for field in key)
        if value in seen:
            raise InvalidInput(
                "place_key_twice",
                file=line.file,
                row=line.row,
                first_row=seen[value],
                field=", ".join(key),
                value=", ".join(part or "-" for part in value),
            )
        seen[value] = line.row


def one_of(line: Line, field: str, words: Mapping[str, _T]) -> _T:
    """What a word of a closed list means."""
    value = line.need(field)
    if value not in words:
        raise line.unknown(field, value, words)
    return words[value]


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
    area = line.get("area") or ""
    if area and not any(code.startswith(area) or area.startswith(code) for code in areas):
        raise line.unknown("area", area, areas)
    department = line.need("department")
    others = tuple(part.strip() for part in (line.get("with_departments") or "").split("|") if part.strip())
    for field, names in (("department", (department,)), ("with_departments", others)):
        for name in names:
            _require_department(line, field, name, area, known, areas)
    hours = line.get("deadline_hours")
    deadline = None if hours is None else number_of(hours)
    if hours is not None and (deadline is None or deadline < 0):
        raise InvalidInput("place_number_bad", file=line.file, row=line.row, field="deadline_hours", value=hours)
    return Rule(
        id=line.need("id"),
        scheme=line.get("scheme") or "",
        kind=one_of(line, "kind", KINDS) if line.get("kind") else "",
        category=line.get("category") or "",
        area=area,
        department=department,
        with_departments=others,
        deadline_hours=None if deadline is None else float(deadline),
        closing=line.get("closing") or "",
        version=line.get("version") or "1",
        source=line.get("source") or "",
    )


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
