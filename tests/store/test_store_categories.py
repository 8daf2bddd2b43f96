"""A place's categories are replaced by themselves, on the place that was read, and the rest of the place stays."""

from __future__ import annotations

import pytest

from geo.errors import Conflict, InvalidInput, NotFound
from geo.model import Category
from geo.store import SqlStore
from tests.store.samples import place

OWN = (Category("ours", "hotline", "1", "甲"), Category("ours", "event", "1", "乙", "1"))


def test_categories_are_replaced_and_the_rest_stays(store: SqlStore) -> None:
    store.save_place(place(), actor="a")
    before, stamp = store.get_place(), store.place_stamp()
    store.save_categories(OWN, stamp=stamp, actor="李")
    after = store.get_place()
    assert after.categories == OWN
    assert (after.rules, after.entries, after.departments) == (before.rules, before.entries, before.departments)
    assert store.place_stamp() != stamp
    line = store.get_journal(subject="place", limit=1)[0]
    assert (line["actor"], line["action"], line["detail"]) == ("李", "save_categories", {"categories": 2})


def test_an_old_stamp_changes_nothing(store: SqlStore) -> None:
    store.save_place(place(), actor="a")
    old = store.place_stamp()
    store.save_categories(OWN, stamp=old, actor="a")
    with pytest.raises(Conflict):
        store.save_categories((), stamp=old, actor="b")
    with pytest.raises(InvalidInput):
        store.save_categories((*OWN, OWN[0]), stamp=store.place_stamp(), actor="b")
    assert store.get_place().categories == OWN
    assert len(store.get_journal(subject="place")) == 2


def test_without_a_place_there_is_nothing_to_replace(store: SqlStore) -> None:
    with pytest.raises(NotFound):
        store.save_categories(OWN, stamp="", actor="a")
