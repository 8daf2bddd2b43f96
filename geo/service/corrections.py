"""What persons have corrected is remembered and used again: places of texts, and other names of places.

Rows are append-only; what counts follows from reading them in order. A correction is withdrawn by a later row, and a
place by the next one for the same words. Everything that answers keeps the book under its stamp, which is one tiny
question to the database.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from geo.errors import Conflict, InvalidInput, NotFound, StoreError
from geo.masks import find_personal
from geo.model.cases import ConfirmedCase, Correction, NewCorrection
from geo.service.context import Service

_SHORTEST_KEY: Final = 2
_LONGEST_ALIAS: Final = 40


@dataclass(frozen=True)
class Remembered:
    """Where persons have put these words: an entry of the gazetteer (`CorrectionBook.entries`), and by which row."""

    entry: str
    correction: int
    lon: float
    lat: float
    name: str = ""


@dataclass(frozen=True, eq=False)
class CorrectionBook:
    """The corrections that count, as of one `stamp`."""

    stamp: str
    places: Mapping[str, Remembered] = field(default_factory=dict)
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    points: tuple[Mapping[str, Any], ...] = ()
    confirmed: tuple[ConfirmedCase, ...] = ()

    def find(self, text: str) -> Remembered | None:
        """Where persons have put the same words; rooms, persons, spaces and signs make no difference."""
        return self.places.get(address_key(text)) if self.places else None

    def entries(self, entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """`entries` with the names that persons have added, and the places that they have put on the map.

        A name that another place has already is not added: it would take that place's reports.
        """
        given = [dict(entry) for entry in entries]
        taken = {name_key(name) for entry in given for name in _names_of(entry)}
        for entry in given:
            more = [name for name in self.aliases.get(str(entry.get("id")), ()) if name_key(name) not in taken]
            if more:
                entry["aliases"] = [*(entry.get("aliases") or ()), *more]
        return [*given, *(dict(point) for point in self.points)]


def book(service: Service) -> CorrectionBook:
    """The corrections that count now; those last known while the database is away.

    Raises
    ------
    StoreError
        The database does not answer, and nothing has been read yet.
    """
    memory = service.memory
    try:
        stamp = service.store.correction_stamp()
    except StoreError:
        known = memory.books.find(memory.last_book)
        if known is None:
            raise
        return known
    found = memory.books.get(stamp, lambda: read_book(stamp, service.store.list_corrections()))
    memory.last_book = stamp
    return found


def read_book(stamp: str, rows: Sequence[Correction]) -> CorrectionBook:
    """The corrections that count after `rows`, in their order."""
    gone = {row.refers for row in rows if row.kind == "withdraw"}
    places: dict[str, Remembered] = {}
    aliases: dict[str, list[str]] = {}
    points: list[dict[str, Any]] = []
    confirmed: list[ConfirmedCase] = []
    for row in rows:
        if row.kind != "place" or row.id in gone:
            continue
        detail = row.detail
        entry = detail.get("entry")
        if entry is None:
            entry = f"corr:{row.id}"
            name = str(detail.get("name") or "")
            if name:
                points.append({"id": entry, "kind": "poi", "name": name, "lon": detail["lon"], "lat": detail["lat"]})
        if detail.get("entry") is not None and row.issue is not None and row.at is not None:
            confirmed.append(ConfirmedCase(str(detail.get("text", "")), str(entry), row.issue, row.at))
        if detail.get("remember"):
            places.pop(row.key, None)
            if row.key and detail.get("lon") is not None:
                places[row.key] = Remembered(
                    str(entry), row.id, float(detail["lon"]), float(detail["lat"]), str(detail.get("name") or "")
                )
        if detail.get("alias") and detail.get("entry") is not None:
            aliases.setdefault(str(entry), []).append(str(detail["alias"]))
    return CorrectionBook(
        stamp=stamp,
        places=places,
        aliases={entry: tuple(dict.fromkeys(names)) for entry, names in aliases.items()},
        points=tuple(points),
        confirmed=tuple(confirmed),
    )


def confirmed_cases(service: Service) -> tuple[ConfirmedCase, ...]:
    """Texts (masked) that persons have put at an entry: what a deployment's own weights are fitted to."""
    return book(service).confirmed


def address_key(text: str) -> str:
    """Words without persons, rooms, spaces and signs, in plain forms and small letters; "" if hardly any are left."""
    pieces: list[str] = []
    at = 0
    for span in find_personal(text):
        pieces.append(text[at : span.start])
        at = span.end
    pieces.append(text[at:])
    key = name_key("".join(pieces))
    return key if len(key) >= _SHORTEST_KEY else ""


def name_key(name: str) -> str:
    """Letters, characters and digits of `name` in plain forms."""
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())


def check_alias(alias: str | None) -> str:
    """A name that people use for a place, without blanks around it; "" for none.

    Raises
    ------
    InvalidInput
        It is too long for a name, says nothing, or tells of a person or a room.
    """
    if alias is None or not alias.strip():
        return ""
    name = alias.strip()
    if len(name) > _LONGEST_ALIAS or len(name_key(name)) < _SHORTEST_KEY or find_personal(name):
        raise InvalidInput("correction_alias", most=_LONGEST_ALIAS)
    return name


def withdraw(service: Service, correction: int, *, reason: str, actor: str) -> Correction:
    """Let a correction count no longer; it stays to be read.

    Raises
    ------
    NotFound
        There is no such correction.
    Conflict
        It is withdrawn already, or is itself a withdrawal.
    """
    rows = service.store.list_corrections()
    row = next((row for row in rows if row.id == correction), None)
    if row is None:
        raise NotFound("correction_unknown", correction=correction)
    if row.kind != "place" or any(r.kind == "withdraw" and r.refers == correction for r in rows):
        raise Conflict("correction_gone", correction=correction)
    return service.store.add_correction(
        NewCorrection("withdraw", issue=row.issue, refers=correction, reason=reason), actor=actor
    )


def _names_of(entry: Mapping[str, Any]) -> list[str]:
    names = [entry.get("name"), *(entry.get("aliases") or ()), *(entry.get("old_names") or ())]
    return [str(name) for name in names if name]
