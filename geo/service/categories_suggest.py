"""What a text may be about: by the place's trained model, else by the words of its directory. Nothing is ever set."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from geo.errors import InvalidInput, NotFound
from geo.model import Category
from geo.model.catalogues import read_all
from geo.model.suggestions import Suggestions
from geo.service.categories import own_categories
from geo.service.context import Service, timetable

if TYPE_CHECKING:
    from geo.locate.categories.model import SuggestModel


class Suggester(Protocol):
    """A trained model, or the directory's words."""

    def suggest(self, text: str, *, scheme: str = "") -> Suggestions:
        """Up to three categories with reasons."""


def suggest_category(service: Service, text: str, *, scheme: str = "") -> Suggestions:
    """Up to three categories that a text may be about.

    Parameters
    ----------
    scheme : only of this directory, "" for all.

    Raises
    ------
    NotFound, InvalidInput
        The model that the settings name is not there, or is none.
    """
    return _suggester(service).suggest(text, scheme=scheme)


def _suggester(service: Service) -> Suggester:
    path = service.suggest_model
    if path is not None:
        made = _state_of(path)
        trained: Suggester = service.memory.suggesters.get(made, lambda: read_model_file(path))
        return trained
    stamp = timetable(service).place_stamp
    words: Suggester = service.memory.suggesters.get(stamp, lambda: words_of(own_categories(service)))
    return words


def words_of(categories: tuple[Category, ...]) -> Suggester:
    """The index over the words of a place's directory; over those of the shipped ones where it has none."""
    from geo.locate.categories.terms import TermIndex, terms_of

    rows = categories or tuple(row.category for row in read_all().values())
    return TermIndex(terms_of(rows), {(c.scheme, c.kind, c.code): c.name for c in rows})


def read_model_file(path: Path) -> SuggestModel:
    """A model that `geo categories train` wrote.

    Raises
    ------
    NotFound, InvalidInput
        There is no such file, or it is no model of this version.
    """
    from geo.locate.categories.model import read_model

    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise NotFound("suggest_model_missing", path=str(path)) from None
    except OSError as error:
        raise InvalidInput("suggest_model_bad", path=str(path), why=os.strerror(error.errno or 5)) from None
    return read_model(data, path=str(path))


def _state_of(path: Path) -> tuple[str, int, int]:
    """What tells that a file was written anew: it is read at the first question after that."""
    try:
        state = path.stat()
    except OSError:
        raise NotFound("suggest_model_missing", path=str(path)) from None
    return (str(path), state.st_mtime_ns, state.st_size)
