"""Labelled texts: what they claim about a gazetteer must hold in it."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.sample.telling import tell
from geo.sample.telling_book import Book, plain
from geo.sample.telling_city import city
from geo.sample.telling_map import map_points
from geo.sample.telling_noise import numeral, slip

CITY = city(1200, seed=4)
MAP = map_points(800, seed=4)
BOOK = Book(CITY)
TOLD = tell(CITY, 700, seed=1)
BY_ID = {entry["id"]: entry for entry in CITY}


def names_of(entry):
    found = [entry["name"], *entry.get("aliases", ())]
    return {plain(name) for name in found} | {plain(name.removesuffix("小区")) for name in found}


def test_a_match_is_one_entry_whose_name_stands_in_the_clean_text():
    matches = [one for one in TOLD if one.status == "match" and "door" not in one.tags]
    assert len(matches) > 300
    for one in matches:
        (key,) = one.ids
        entry = BY_ID[key]
        assert one.name in one.clean
        owner = BY_ID[entry["within"]] if entry["kind"] == "building" else entry
        assert plain(one.name) in names_of(owner)
        assert entry["kind"] != "building" or owner["id"] in one.also


def test_a_door_lies_at_an_entry_or_inside_the_range_of_a_road():
    doors = [one for one in TOLD if "door" in one.tags and one.status == "match"]
    assert doors
    for one in doors:
        entry = BY_ID[one.ids[0]]
        number = plain(one.name).removeprefix(plain(entry["road"])).rstrip("号院#")
        if entry["kind"] == "road":
            assert entry["low"] <= int(number) <= entry["high"]
        else:
            assert entry["number"] == number


def test_an_ambiguous_text_fits_two_entries_at_least():
    unclear = [one for one in TOLD if one.status == "ambiguous"]
    assert len(unclear) > 30
    for one in unclear:
        assert len(set(one.ids)) > 1
        for key in one.ids:
            entry = BY_ID[key]
            place = BY_ID[entry["within"]] if entry["kind"] == "building" else entry
            said = {plain(part) for part in (place.get("town"), place.get("community")) if part}
            others = {plain(e[field]) for e in CITY for field in ("town", "community") if e.get(field)} - said
            if not {"road", "crossing", "door"} & set(one.tags):
                assert plain(one.name) in names_of(place)
                # No area is said in full that would tell them apart.
                head = plain(one.clean.split(one.name)[0])
                assert not any(other in head for other in others - {plain(one.name)})


def test_a_conflict_names_an_area_in_which_no_such_place_lies():
    conflicts = [one for one in TOLD if one.status == "conflict"]
    assert len(conflicts) > 10
    for one in conflicts:
        homes = {BY_ID[key]["town"] for key in one.ids} | {BY_ID[key]["community"] for key in one.ids}
        assert all(plain(BY_ID[key]["name"]) == plain(one.name) for key in one.ids)
        areas = {a for town, community in BOOK.communities for a in (town, community)}
        head = one.clean[: one.clean.index(one.name)]
        assert any(area in head for area in areas - homes)


def test_what_is_absent_is_nobodys_name_and_none_names_nothing():
    for one in TOLD:
        if one.status == "absent":
            assert not one.ids
            assert one.name in one.clean
            assert plain(one.name) not in BOOK.by_name
        if one.status == "none":
            assert not one.ids
            assert not [key for _, _, key in BOOK.spoken(one.clean) if len(key) > 1]
    assert {one.status for one in TOLD} == {"match", "ambiguous", "absent", "conflict", "none"}


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_the_order_of_rows_changes_nothing(seed):
    rows = list(CITY)
    random.Random(seed).shuffle(rows)
    assert tell(rows, 12, seed=seed) == tell(CITY, 12, seed=seed)


def test_another_seed_tells_other_texts():
    texts = {one.text for one in tell(CITY, 200, seed=2)}
    assert len(texts & {one.text for one in TOLD}) < 20


@pytest.mark.parametrize("style", ["hotline", "query"])
@pytest.mark.parametrize(
    "entries",
    [
        [],
        [{"id": 1, "kind": "poi", "name": "松鹤湾药店"}],
        [{"id": 1, "kind": "road", "name": "松鹤路", "number": [1, 30]}],
        [{"id": 1, "kind": "building", "name": "3号楼"}],
        [{"id": 1, "kind": "number", "name": "", "road": "松鹤路", "number": "8"}],
        [
            {"id": n, "kind": "compound", "name": "松鹤里", "town": f"{n}镇", "buildings": float("nan")}
            for n in range(3)
        ],
    ],
)
def test_any_gazetteer_will_do(entries, style):
    for one in tell(entries, 30, seed=0, style=style):
        assert set(one.ids) <= {entry["id"] for entry in entries}
        assert one.status != "match" or len(one.ids) == 1


def test_queries_mean_one_point_that_holds_what_was_typed():
    told = tell(MAP, 400, seed=3, style="query")
    by_id = {entry["id"]: entry for entry in MAP}
    assert len(told) > 390
    whole = [one for one in told if one.status == "match" and plain(one.name) == plain(by_id[one.ids[0]]["name"])]
    assert len(whole) > 150
    for one in whole:
        same = [e for e in MAP if plain(e["name"]) == plain(one.name)]
        # One point of this name, or the district or road stands in the text.
        address = by_id[one.ids[0]]["address"]
        near = any(address[k : k + 3] in one.clean for k in range(len(address) - 2))
        assert len(same) == 1 or near or by_id[one.ids[0]]["district"] in one.clean


def test_only_some_topics():
    assert {one.status for one in tell(CITY, 40, seed=0, only=("absent", "none"))} == {"absent", "none"}
    assert not [one for one in tell(CITY, 40, seed=0, slips=0) if {"homophone", "shape", "lost"} & set(one.tags)]


@given(st.text("阳光花园东西3号楼ab", min_size=1, max_size=8), st.integers(0, 1000))
def test_a_slip_keeps_what_tells_places_apart(name, seed):
    made, kind = slip(name, np.random.default_rng(seed))
    kept = set("东西园号楼0123456789ab")
    assert (made == "") == (kind == "")
    if made:
        assert [c for c in made if c in kept] == [c for c in name if c in kept] or kind in (
            "homophone",
            "shape",
            "other",
            "doubled",
        )
        assert abs(len(made) - len(name)) <= 1


def test_numerals():
    assert [numeral(n) for n in (0, 3, 10, 12, 20, 45, 99)] == ["零", "三", "十", "十二", "二十", "四十五", "九十九"]


def test_cities_are_as_large_as_asked_and_the_same_again():
    assert len(CITY) == 1200
    assert len(MAP) == 800
    assert city(300, seed=1) == city(300, seed=1)
    assert city(300, seed=1) != city(300, seed=2)
    for entries in (CITY, MAP):
        assert len({entry["id"] for entry in entries}) == len(entries)
        assert all(entry["name"] and entry["kind"] for entry in entries)
