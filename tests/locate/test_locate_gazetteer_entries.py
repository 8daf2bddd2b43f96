"""Entries of a gazetteer: kept as given, in any order; a bad one is named."""

from __future__ import annotations

import pytest

from geo.errors import InvalidInput, NotFound
from geo.locate import Gazetteer
from tests.locate.gazetteer_town import ENTRIES, TOWN


def test_the_order_of_entries_does_not_matter():
    again = Gazetteer.build(ENTRIES[::-1])
    for text in ("橡树湾花园2号楼漏水", "阳光小区3号楼", "五一路88号", "碧水芸天花园2号楼", "西湖镇阳光小区"):
        assert again.match(text) == TOWN.match(text)


def test_entries_are_kept_as_given():
    assert len(TOWN) == len(ENTRIES)
    assert TOWN.entry("sun") is ENTRIES[5]
    with pytest.raises(NotFound, match="no entry with the id nobody"):
        TOWN.entry("nobody")
    assert Gazetteer.build([]).match("阳光小区3号楼").status == "none"


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"kind": "poi", "name": "a"}, r"entry 2 \(id None\) has no id"),
        ({"id": 1, "kind": "poi", "name": None}, r"entry 2 \(id 1\) has no name"),
        ({"id": 1, "kind": "poi", "name": "，"}, "neither a usable name"),
        ({"id": "sun", "kind": "poi", "name": "广场"}, "id sun stands in entry 1"),
        ({"id": 1, "kind": "compound", "name": "广场", "buildings": "many"}, "buildings is 'many'"),
    ],
)
def test_a_bad_entry_is_named(entry, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        Gazetteer.build([ENTRIES[5], entry])


def test_empty_cells_of_a_table_are_no_values():
    nan = float("nan")
    odd = {
        "id": 1,
        "kind": "compound",
        "name": "广场花园",
        "town": nan,
        "road": "人民路",
        "number": 8.0,
        "buildings": nan,
    }
    assert Gazetteer.build([odd]).match("人民路8号").candidates[0][0] == 1
