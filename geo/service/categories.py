"""The directory of categories: what a place uses beside what comes with the program, checked, extended, published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from geo.errors import GeoError, InvalidInput, NotFound
from geo.model import Category
from geo.model.catalogues import EDITION_2013, EDITION_2026, Key, read_all, read_shapes
from geo.model.words import CategoryKind
from geo.service.context import Service, knowledge, timetable
from geo.service.ports import Files

if TYPE_CHECKING:
    from geo.locate.categories.audit import RowFault
    from geo.locate.categories.crosswalk import Link

FIELDS = ("scheme", "kind", "code", "name", "parent")


@dataclass(frozen=True)
class Listed:
    """A category as the doors show it; `in_use` if the place's own directory holds it.

    `source` and `certainty` are those of the shipped directory, "" for a category that it does not hold.
    """

    scheme: str
    kind: str
    code: str
    name: str
    parent: str | None
    in_use: bool
    source: str
    certainty: str

    @property
    def key(self) -> Key:
        """(scheme, kind, code)."""
        return (self.scheme, self.kind, self.code)


def list_categories(
    categories: Iterable[Category], *, scheme: str = "", kind: str = "", parent: str | None = None, q: str = ""
) -> tuple[Listed, ...]:
    """The place's categories and the shipped ones, each once, by scheme, kind and code.

    Parameters
    ----------
    categories : of the place; its name for a category wins.
    parent : a code; "" asks for major classes. q : a part of the name or the beginning of the code.
    """
    merged: dict[Key, Listed] = {
        key: Listed(*key, row.name, row.parent, False, row.source, row.certainty) for key, row in read_all().items()
    }
    for own in categories:
        key = (own.scheme, own.kind, own.code)
        known = read_all().get(key)
        source, certainty = ("", "") if known is None else (known.source, known.certainty)
        merged[key] = Listed(*key, own.name, own.parent, True, source, certainty)
    wanted = q.strip().casefold()
    return tuple(
        row
        for key, row in sorted(merged.items())
        if scheme in ("", row.scheme)
        and kind in ("", row.kind)
        and (parent is None or (row.parent or "") == parent)
        and (not wanted or wanted in row.name.casefold() or row.code.startswith(wanted))
    )


def get_category(categories: Iterable[Category], key: Key) -> tuple[Listed, tuple[Link, ...]]:
    """One category and what corresponds to it in other directories.

    Raises
    ------
    NotFound
        Neither the place nor the program has it.
    """
    from geo.locate.categories.crosswalk import links_of

    found = next((row for row in list_categories(categories, scheme=key[0], kind=key[1]) if row.key == key), None)
    if found is None:
        raise NotFound("category_missing", scheme=key[0][:64], kind=key[1][:32], code=key[2][:64])
    return found, links_of(key)


def own_categories(service: Service) -> tuple[Category, ...]:
    """The directory of the place."""
    return knowledge(service).place.categories


def read_rows(files: Files, path: str) -> tuple[list[dict[str, str]], list[tuple[int, GeoError]]]:
    """The rows of a directory file, every one, and the numbers (from 1) and errors of those that cannot be read.

    Raises
    ------
    InvalidInput
        A column is missing.
    """
    header, rows = files.read_table(path)
    missing = [field for field in FIELDS if field not in header]
    if missing:
        raise InvalidInput(
            "category_columns_missing", path=path, missing=", ".join(missing), columns=", ".join(header) or "-"
        )
    read: list[dict[str, str]] = []
    broken: list[tuple[int, GeoError]] = []
    for number, row in enumerate(rows, start=1):
        if isinstance(row, GeoError):
            broken.append((number, row))
            read.append(dict.fromkeys(row_fields(), ""))
        else:
            read.append({field: row.get(field) or "" for field in row_fields()})
    return read, broken


def row_fields() -> tuple[str, ...]:
    """Columns of a directory file that are read; the last two may be absent."""
    return (*FIELDS, "source", "certainty")


def check_file(files: Files, path: str) -> tuple[int, tuple[RowFault, ...]]:
    """How many rows a directory file has, and every fault of them."""
    from geo.locate.categories.audit import RowFault, check_rows

    rows, broken = read_rows(files, path)
    unread = dict(broken)
    faults = [fault for fault in check_rows(rows) if fault.row not in unread]
    faults += [
        RowFault(number, "", "", "error", error.code, {**error.context, "row": number})
        for number, error in unread.items()
    ]
    return len(rows), tuple(sorted(faults, key=lambda fault: (fault.row, fault.field)))


def import_file(service: Service, path: str, *, actor: str) -> int:
    """Put the directory of a file in the place's stead; returns how many categories it has.

    Raises
    ------
    InvalidInput
        A row has an error: nothing is saved. Hints do not stand in the way.
    """
    _, faults = check_file(service.files, path)
    wrong = sum(fault.level == "error" for fault in faults)
    if wrong:
        raise InvalidInput("category_file_faults", path=path, count=wrong)
    rows, _ = read_rows(service.files, path)
    stamp = timetable(service).place_stamp
    service.store.save_categories([_category(row) for row in rows], stamp=stamp, actor=actor)
    return len(rows)


def add_category(service: Service, *, scheme: str, kind: str, under: str, name: str, actor: str) -> Category:
    """Add a local category to the place's directory under the next free number.

    Raises
    ------
    NotFound
        The scheme, or the major class in the place's directory, does not exist.
    InvalidInput
        The name lacks its suffix or is taken, or there is no number left.
    """
    stamp = timetable(service).place_stamp
    rows = own_categories(service)
    added = make_category(rows, scheme=scheme, kind=kind, under=under, name=name)
    service.store.save_categories([*rows, added], stamp=stamp, actor=actor)
    return added


def add_to_file(files: Files, path: str, *, scheme: str, kind: str, under: str, name: str) -> Category:
    """The same for a directory file, which is written anew with the row at its end; other columns are not kept.

    Raises as `add_category`, and `InvalidInput` if a row of the file cannot be read.
    """
    rows, broken = read_rows(files, path)
    for _, error in broken:
        raise error
    added = make_category([_category(row) for row in rows], scheme=scheme, kind=kind, under=under, name=name)
    own = {
        **dict.fromkeys(row_fields(), ""),
        **{field: getattr(added, field) for field in FIELDS},
        "certainty": "local",
    }
    lines = [[row[field] for field in row_fields()] for row in (*rows, own)]
    files.write_rows(Path(path), row_fields(), lines)
    return added


def make_category(categories: Sequence[Category], *, scheme: str, kind: str, under: str, name: str) -> Category:
    """The local category that comes next under a major class of `categories`."""
    from geo.locate.categories.codes import next_extension, shape_of

    shape = shape_of(scheme)
    if scheme == EDITION_2013:
        raise InvalidInput("category_edition_closed", scheme=scheme, better=EDITION_2026)
    name = name.strip()
    if shape.suffix and (not name.endswith(shape.suffix) or name == shape.suffix):
        raise InvalidInput("category_name_suffix", suffix=shape.suffix, better=f"{name or '…'}{shape.suffix}")
    if not name:
        raise InvalidInput("category_cell_missing", row=1, field="name", value="")
    same = [c for c in categories if (c.scheme, c.kind) == (scheme, kind)]
    code = next_extension(scheme, kind, under, [c.code for c in same])
    if all(c.code != under for c in same):
        raise NotFound("category_major_unknown", scheme=scheme, kind=kind, value=under)
    twin = next((c for c in same if c.name == name and c.parent == under), None)
    if twin is not None:
        raise InvalidInput("category_name_taken", name=name, code=twin.code, scheme=scheme)
    return Category(scheme, cast(CategoryKind, kind), code, name, under)


def open311_services(categories: Iterable[Category]) -> list[dict[str, Any]]:
    """The place's matters and topics as the service list of Open311 GeoReport v2; of no place, the shipped ones.

    Major classes are groups; parts are no services, since a report is about the matter of a part.
    """
    rows = [row for row in list_categories(categories) if row.in_use] or list(list_categories(()))
    groups: Mapping[Key, str] = {row.key: row.name for row in rows}
    above = {(row.scheme, row.kind, row.parent or "") for row in rows}
    return [
        {
            "service_code": "/".join(row.key),
            "service_name": row.name,
            "description": row.source,
            "metadata": False,
            "type": "realtime",
            "keywords": "",
            "group": groups.get((row.scheme, row.kind, row.parent or ""), ""),
        }
        for row in rows
        if row.kind != "part" and row.key not in above and not _is_major(row)
    ]


def _is_major(row: Listed) -> bool:
    shape = read_shapes().get(row.scheme)
    return shape is not None and len(shape.digits) > 1 and len(row.code) <= shape.digits[0]


def _category(row: Mapping[str, str]) -> Category:
    return Category(row["scheme"], cast(CategoryKind, row["kind"]), row["code"], row["name"], row["parent"] or None)
