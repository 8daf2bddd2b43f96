"""A place's gazetteer is replaced by itself, on the place that was read, and the rest of the place stays."""

from __future__ import annotations

import threading

import pytest

from geo.errors import Conflict, GeoError, NotFound
from geo.store import SqlStore
from tests.store.samples import place

OWN = (
    {"id": "1", "kind": "compound", "name": "望月湾", "aliases": ["望月"], "lon": 121.5, "lat": 31.2},
    {"id": "2", "kind": "road", "name": "解放路", "low": 1, "high": 99, "side": "odd"},
    {"id": "3", "kind": "poi", "name": "'; DROP TABLE gazetteer; --\u202e<script>"},
)


def test_entries_are_replaced_in_their_order_and_the_rest_stays(store: SqlStore) -> None:
    store.save_place(place(), actor="a")
    before, stamp = store.get_place(), store.place_stamp()
    store.save_entries(OWN, stamp=stamp, actor="李")
    after = store.get_place()
    assert [dict(entry) for entry in after.entries] == list(OWN)
    assert (after.categories, after.rules, after.areas) == (before.categories, before.rules, before.areas)
    assert store.place_stamp() != stamp
    line = store.get_journal(subject="place", limit=1)[0]
    assert (line["actor"], line["action"], line["detail"]) == ("李", "save_entries", {"entries": 3})


def test_of_eight_who_read_the_same_place_one_writes(store: SqlStore) -> None:
    store.save_place(place(), actor="a")
    stamp = store.place_stamp()
    told: list[GeoError] = []

    def write(number: int) -> None:
        try:
            store.save_entries([{"id": str(number), "kind": "poi", "name": "甲"}], stamp=stamp, actor=f"w{number}")
        except GeoError as error:
            told.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(error) for error in told] == [Conflict] * 7
    written = [line for line in store.get_journal(subject="place") if line["action"] == "save_entries"]
    assert len(written) == 1
    assert [entry["id"] for entry in store.get_place().entries] == [written[0]["actor"].removeprefix("w")]


def test_an_empty_database_has_no_gazetteer_to_replace(store: SqlStore) -> None:
    with pytest.raises(NotFound):
        store.save_entries(OWN, stamp="", actor="a")
