"""What is wrong with a directory of categories, row by row: nothing is dropped, each fault says what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from geo.errors import GeoError
from geo.locate.categories.codes import CategoryCode, is_extension, parse_code
from geo.model.catalogues import Key, read_all, read_shapes

_FIELDS = ("scheme", "kind", "code", "name")


@dataclass(frozen=True)
class RowFault:
    """What is wrong with one row, or worth a look.

    Attributes
    ----------
    row : counted from 1; field, value : where it stands.
    level : `error` (the row cannot be used as it is) or `hint` (a person should look).
    key, context : the sentence, which says what was wanted and what to do.
    """

    row: int
    field: str
    value: str
    level: Literal["error", "hint"]
    key: str
    context: Mapping[str, Any]


def check_rows(rows: Sequence[Mapping[str, str]]) -> tuple[RowFault, ...]:
    """Faults of a directory, by row.

    Parameters
    ----------
    rows : with the cells `scheme`, `kind`, `code`, `name`, `parent`, "" where empty. A directory of a scheme that is
        not among those known is judged by its own parents alone.
    """
    seen: dict[Key, int] = {}
    faults: list[RowFault] = []
    parsed: dict[int, CategoryCode] = {}
    for number, row in enumerate(rows, start=1):
        missing = [field for field in _FIELDS if not row.get(field)]
        faults += [_fault(number, row, field, "error", "category_cell_missing") for field in missing]
        if missing:
            continue
        key = (row["scheme"], row["kind"], row["code"])
        if key in seen:
            faults.append(_fault(number, row, "code", "error", "category_twice", first_row=seen[key]))
            continue
        seen[key] = number
        if row["scheme"] in read_shapes():
            try:
                parsed[number] = parse_code(*key)
            except GeoError as error:
                field = error.context["field"]
                faults.append(_fault(number, row, field, "error", error.code, **_without(error.context)))
    for number, row in enumerate(rows, start=1):
        if number in seen.values():
            faults += _parent(number, row, seen, parsed.get(number))
        if number in parsed:
            faults += _against_directory(number, row, parsed[number])
    faults += _extensions(rows, seen, parsed)
    return tuple(sorted(faults, key=lambda fault: (fault.row, fault.field, fault.key)))


def _parent(
    number: int, row: Mapping[str, str], seen: Mapping[Key, int], code: CategoryCode | None
) -> Iterator[RowFault]:
    parent = row.get("parent") or ""
    if code is not None:
        wanted = code.major if code.minor else ""
        if parent != wanted:
            yield _fault(number, row, "parent", "error", "category_parent_differs", wanted=wanted or "–")
            return
    if parent and (row["scheme"], row["kind"], parent) not in seen and parent != row["code"]:
        yield _fault(number, row, "parent", "error", "category_parent_unknown")
    elif parent and parent == row["code"]:
        yield _fault(number, row, "parent", "error", "category_parent_itself")


def _against_directory(number: int, row: Mapping[str, str], code: CategoryCode) -> Iterator[RowFault]:
    """Compare a row of a known scheme with the shipped directory."""
    shape = read_shapes()[code.scheme]
    known = read_all().get((code.scheme, code.kind, code.code))
    if known is not None and known.name != row["name"]:
        yield _fault(number, row, "name", "hint", "category_name_differs", known=known.name, certainty=known.certainty)
    if shape.extension is None:
        return
    own = is_extension(code)
    if own and not row["name"].endswith(shape.suffix):
        yield _fault(number, row, "name", "error", "category_suffix_missing", suffix=shape.suffix)
    elif not own and row["name"].endswith(shape.suffix):
        first, last = shape.extension
        yield _fault(number, row, "code", "error", "category_suffix_wrong", suffix=shape.suffix, first=first, last=last)
    elif not own and known is None and shape.complete:
        first, last = shape.extension
        yield _fault(number, row, "code", "error", "category_not_in_directory", first=first, last=last)


def _extensions(
    rows: Sequence[Mapping[str, str]], seen: Mapping[Key, int], parsed: Mapping[int, CategoryCode]
) -> Iterator[RowFault]:
    """Local numbers go down from the last without gaps, and a local part has a matter of the same number."""
    for number, code in parsed.items():
        shape = read_shapes()[code.scheme]
        if shape.extension is None or not is_extension(code):
            continue
        row, above = rows[number - 1], int(code.minor) + 1
        width = shape.digits[1]
        if above <= shape.extension[1] and (code.scheme, code.kind, f"{code.major}{above:0{width}d}") not in seen:
            yield _fault(number, row, "code", "hint", "category_extension_gap", above=f"{code.major}{above:0{width}d}")
        if code.major in shape.mirrors and len(shape.kinds) == 2:
            other = shape.kinds[1 - shape.kinds.index(code.kind)]
            if (code.scheme, other, code.code) not in seen:
                yield _fault(number, row, "code", "hint", "category_mirror_missing", kind=code.kind, other=other)


def _fault(
    number: int, row: Mapping[str, str], field: str, level: Literal["error", "hint"], key: str, **context: Any
) -> RowFault:
    value = row.get(field) or ""
    return RowFault(number, field, value, level, key, {"row": number, "field": field, "value": value, **context})


def _without(context: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in context.items() if name not in ("field", "value", "row")}
