"""Directories of categories that come with the program: rows, how codes are put together, what corresponds to what.

The files beside this one are taken from public secondary material or are this project's own; every row says which, and
how certain it is. None was checked against a printed standard, and no conformance is claimed.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Final, Literal, cast

from geo.model.place import Category
from geo.model.words import CategoryKind

# A part and its 异常 matter share a number: a category is named by all three.
Key = tuple[str, str, str]
Relation = Literal["same", "broader", "related", "candidate", "none"]

EDITION_2026: Final = "gbt47678.5-2026"
EDITION_2013: Final = "gbt30428.2-2013"
HOTLINE: Final = "hotline"
FORMS: Final = "hotline-form"


@dataclass(frozen=True)
class CatalogueRow:
    """A category of a shipped directory, where it was taken from, and how certain that is."""

    scheme: str
    kind: CategoryKind
    code: str
    name: str
    parent: str | None
    source: str
    certainty: str

    @property
    def key(self) -> Key:
        """(scheme, kind, code)."""
        return (self.scheme, self.kind, self.code)

    @property
    def category(self) -> Category:
        """The category without its source."""
        return Category(self.scheme, self.kind, self.code, self.name, self.parent)


@dataclass(frozen=True)
class Correspondence:
    """What a category of one directory is in another one.

    Attributes
    ----------
    origin, target : keys; `target` None where the other directory has nothing for it.
    name : of a minor class under `origin` whose own number is not known, else "".
    relation : `same`, `broader` (the target's major takes it in), `related`, `candidate` (a person decides), `none`.
    """

    origin: Key
    name: str
    target: Key | None
    relation: Relation
    certainty: str
    source: str


@dataclass(frozen=True)
class CodeShape:
    """How the codes of one scheme are put together; see `schemes.toml` for the fields."""

    scheme: str
    zh: str
    en: str
    kinds: tuple[str, ...]
    digits: tuple[int, ...]
    complete: bool
    standard: tuple[int, int] | None
    extension: tuple[int, int] | None
    suffix: str
    mirrors: tuple[str, ...]
    ids: Mapping[str, tuple[int, ...]]


@cache
def read_shapes() -> Mapping[str, CodeShape]:
    """The schemes that are known, by name."""
    data = tomllib.loads(_text("schemes.toml"))
    return MappingProxyType(
        {
            name: CodeShape(
                scheme=name,
                zh=row["zh"],
                en=row["en"],
                kinds=tuple(row["kinds"]),
                digits=tuple(row["digits"]),
                complete=row["complete"],
                standard=_pair(row.get("standard")),
                extension=_pair(row.get("extension")),
                suffix=row.get("suffix", ""),
                mirrors=tuple(row.get("mirrors", ())),
                ids=MappingProxyType({kind: tuple(parts) for kind, parts in row.get("ids", {}).items()}),
            )
            for name, row in data.items()
        }
    )


@cache
def read_catalogue(scheme: str) -> tuple[CatalogueRow, ...]:
    """The rows of one shipped directory, in its order."""
    return tuple(
        CatalogueRow(
            row["scheme"],
            cast(CategoryKind, row["kind"]),
            row["code"],
            row["name"],
            row["parent"] or None,
            row["source"],
            row["certainty"],
        )
        for row in csv.DictReader(_text(f"{scheme}.csv").splitlines())
    )


@cache
def read_all() -> Mapping[Key, CatalogueRow]:
    """Every shipped category by its key."""
    return MappingProxyType({row.key: row for scheme in read_shapes() for row in read_catalogue(scheme)})


@cache
def read_crosswalk() -> tuple[Correspondence, ...]:
    """What is known to correspond between the shipped directories."""
    return tuple(
        Correspondence(
            (row["from_scheme"], row["from_kind"], row["from_code"]),
            row["from_name"],
            (row["to_scheme"], row["to_kind"], row["to_code"]) if row["to_code"] else None,
            cast(Relation, row["relation"]),
            row["certainty"],
            row["source"],
        )
        for row in csv.DictReader(_text("crosswalk.csv").splitlines())
    )


@cache
def read_terms() -> Mapping[Key, tuple[str, ...]]:
    """Words by which people speak of a category, this project's own; most categories have none but their name."""
    return MappingProxyType(
        {
            (row["scheme"], row["kind"], row["code"]): tuple(row["terms"].split("|"))
            for row in csv.DictReader(_text("terms.csv").splitlines())
        }
    )


def _pair(values: list[int] | None) -> tuple[int, int] | None:
    return None if values is None else (values[0], values[1])


def _text(name: str) -> str:
    return (resources.files(__package__) / name).read_text(encoding="utf-8")
