"""The error tree and its two tables, one for each door."""

from __future__ import annotations

import pickle

import pytest

from geo import errors
from geo.api.problems import STATUS
from geo.cli.errors import EXIT


def leaves(kind: type[errors.GeoError] = errors.GeoError) -> set[type[errors.GeoError]]:
    return {kind, *(leaf for child in kind.__subclasses__() for leaf in leaves(child))} - {errors.GeoError}


@pytest.mark.parametrize("kind", sorted(leaves(), key=lambda kind: kind.__name__))
def test_each_error_has_a_status_and_an_exit_code(kind: type[errors.GeoError]) -> None:
    assert STATUS[kind] in (403, 404, 409, 422, 503)
    assert EXIT[kind] in (2, 3, 4, 5, 6, 7)


def test_doors_agree_with_each_other() -> None:
    pairs = {(STATUS[kind], EXIT[kind]) for kind in leaves()}
    assert pairs == {(422, 2), (404, 3), (409, 4), (422, 5), (503, 6), (403, 7)}


def test_error_crosses_processes() -> None:
    error = errors.InvalidInput("setting_invalid", name="GEO_LANG", value="x", why="because")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is errors.InvalidInput
    assert again.message("zh") == error.message("zh")
    assert "GEO_LANG" in str(again)
