"""Texts of which a person has said what they mean: from a table, or from the confirmed issues of the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from geo.errors import GeoError, InvalidInput, NotFound
from geo.service.context import Service, knowledge
from geo.service.ports import Files

CaseStatus = Literal["match", "ambiguous", "absent", "conflict", "none"]
_STATUSES: Final = get_args(CaseStatus)
_TEXT: Final = ("text", "query", "q", "address", "诉求内容", "内容", "地址")
_ENTRY: Final = ("entry", "ids", "gold", "id", "条目")
_STATUS: Final = ("status", "truth", "结果")


@dataclass(frozen=True)
class AddressCase:
    """A text and what it means.

    Attributes
    ----------
    row : where it stands in its source, from 1.
    entries : ids, as texts, of the entries that it means: one for a match, several for "ambiguous", those of that name
        for "conflict", none for "absent" (a place that is no entry) and "none" (no place at all).
    also : entries that hold those, right but coarser.
    """

    row: int
    text: str
    status: CaseStatus
    entries: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cases:
    """Cases that can be used, and an error for each row that cannot."""

    cases: tuple[AddressCase, ...]
    errors: tuple[GeoError, ...]


def read_cases(files: Files, path: str, known: Iterable[str], *, columns: Mapping[str, str] | None = None) -> Cases:
    """Cases of a table (CSV, lines of JSON, a JSON list).

    Parameters
    ----------
    known : ids of the gazetteer, as texts.
    columns : which column is "text", "entry", "status"; the usual names are found by themselves. Several entries stand
        in one cell, separated by "|". Without a status a row with one entry is a match, one with several ambiguous, and
        one without any is "absent".

    Raises
    ------
    InvalidInput
        A column is missing.
    """
    header, rows = files.read_table(path)
    named = dict(columns or {})
    text = _column(path, header, named.get("text"), _TEXT, "text")
    entry = _column(path, header, named.get("entry"), _ENTRY, "entry")
    status = _column(path, header, named.get("status"), _STATUS, "status", needed="status" in named)
    ids = frozenset(known)
    cases: list[AddressCase] = []
    errors: list[GeoError] = []
    for number, row in enumerate(rows, start=1):
        try:
            if isinstance(row, GeoError):
                raise row
            cases.append(_case(number, row, ids, text, entry, status))
        except GeoError as error:
            errors.append(error)
    return Cases(tuple(cases), tuple(errors))


def entries_without_names_of_persons(service: Service) -> tuple[Mapping[str, Any], ...]:
    """The gazetteer of the database, with the places but without the names that confirmations have added.

    A confirmed text adds its own name, which would make every confirmed case an easy one to learn from.

    Raises
    ------
    NotFound
        The database holds no entries.
    """
    from geo.service import corrections

    entries = (*knowledge(service).place.entries, *corrections.book(service).points)
    if not entries:
        raise NotFound("gazetteer_empty")
    return entries


def confirmed_cases(service: Service, known: Iterable[str]) -> Cases:
    """The issues of the database whose address a person has confirmed; a withdrawn confirmation does not count."""
    from geo.service import corrections

    ids = frozenset(known)
    cases: list[AddressCase] = []
    errors: list[GeoError] = []
    for number, one in enumerate(corrections.confirmed_cases(service), start=1):
        if one.entry in ids:
            cases.append(AddressCase(number, one.text, "match", (one.entry,)))
        else:
            errors.append(InvalidInput("case_unknown_entry", row=number, field="entry", value=one.entry))
    return Cases(tuple(cases), tuple(errors))


def _column(
    path: str, header: Sequence[str], given: str | None, usual: Sequence[str], field: str, *, needed: bool | None = None
) -> str:
    """The column of a field; "" where it is not needed and not there."""
    names = usual if given is None else (given,)
    found = next((name for name in names if name in header), "")
    if not found and (needed is None or needed):
        raise InvalidInput(
            "case_column_missing", path=path, field=field, wanted=given or ", ".join(usual), columns=", ".join(header)
        )
    return found


def _case(
    number: int, row: Mapping[str, Any], known: frozenset[str], text: str, entry: str, status: str
) -> AddressCase:
    said = row.get(text) or ""
    if not said:
        raise InvalidInput("case_no_text", row=number, field=text, value="")
    listed = tuple(part.strip() for part in (row.get(entry) or "").split("|") if part.strip())
    for one in listed:
        if one not in known:
            raise InvalidInput("case_unknown_entry", row=number, field=entry, value=one)
    given = (row.get(status) or "").strip() if status else ""
    if given and given not in _STATUSES:
        raise InvalidInput("case_unknown_status", row=number, field=status, value=given, known=", ".join(_STATUSES))
    if not given:
        given = "match" if len(listed) == 1 else ("ambiguous" if listed else "absent")
    if given == "match" and len(listed) != 1:
        raise InvalidInput("case_match_wants_one", row=number, field=entry, value="|".join(listed))
    kind: CaseStatus = given  # type: ignore[assignment]
    return AddressCase(number, said, kind, listed if given in ("match", "ambiguous", "conflict") else ())
