"""The parts of the address matcher against plain oracles: normal form, grams, sums, places of names."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import InvalidInput
from geo.locate.address.anchors import Anchors
from geo.locate.address.grams import Postings, encode, grams, rarities, shared, sound
from geo.locate.address.likeness import check, cover, place, tokens
from geo.locate.address.normalise import normalise
from geo.locate.address.sounds import syllables
from geo.locate.address.weights import RANK_COLUMNS, SURE_COLUMNS, Weights, shipped

LETTERS = "阳光小区东西3号 a"
WORDS = st.text(alphabet=LETTERS, max_size=9)


@settings(deadline=None)
@given(st.text(max_size=40))
def test_every_normal_character_has_its_origin(text):
    normal = normalise(text)
    assert len(normal.offsets) == len(normal.text)
    assert list(normal.offsets) == sorted(normal.offsets)
    assert all(0 <= at < len(text) for at in normal.offsets)
    assert normalise(normal.text).text == normal.text


@pytest.mark.parametrize("word", ["3号楼", "３#", "3#楼", "三幢", "3栋", "3号栋", "3座", "三號樓"])
def test_one_token_for_a_building(word):
    assert normalise(f"阳光小区{word}").text == "阳光小区3#"


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("人民路297号楼上漏水", "人民路297号楼上漏水"),
        ("三里屯五一路", "三里屯五一路"),
        ("絲綢廠檔案館鬱金香", "丝绸厂档案馆郁金香"),
        ("绿城·桃花源", "绿城桃花源"),
        ("A座\u202e\ud800B", "a# b"),
        ("十二号楼二单元", "12#2单元"),
    ],
)
def test_normal_forms(text, normal):
    assert normalise(text).text == normal


@settings(deadline=None)
@given(st.lists(WORDS, max_size=6), WORDS)
def test_shared_rarity_is_what_counting_gives(names, text):
    lists = [grams(encode(name), sound(encode(name))) for name in names]
    rarity = rarities(lists)
    index = Postings.of(lists, rarity)
    asked = grams(encode(text), sound(encode(text)))
    found = shared(asked, index.start, index.documents, rarity, len(names))
    for k, one in enumerate(lists):
        both = sorted(set(one.tolist()) & set(asked.tolist()))
        assert found[k] == pytest.approx(sum(float(rarity[g]) ** 2 for g in both), rel=1e-4)
        assert index.length[k] ** 2 == pytest.approx(sum(float(rarity[g]) ** 2 for g in one.tolist()), rel=1e-4)


def test_homophones_share_grams_and_strangers_do_not():
    def cut(name):
        return set(grams(encode(name), sound(encode(name))).tolist())

    assert cut("笕桥") & cut("枧侨")
    assert not cut("笕桥") & cut("花园")
    assert syllables()[ord("芯")] == syllables()[ord("新")]


def flags(text, hard="3东西"):
    return np.array([c in hard for c in text], dtype=np.uint8)


def cheapest(text, name):
    """The cost of the cheapest place of a name, by trying every piece of the text."""
    table = syllables()

    def distance(piece):
        row = [0.0]
        for letter in piece:
            row.append(row[-1] + (4.0 if letter in "3东西" else 0.25 if letter == " " else 1.0))
        for own in name:
            drop = 4.0 if own in "3东西" else 0.25 if own == " " else 1.0
            new = [row[0] + drop]
            for i, letter in enumerate(piece, start=1):
                hard = own in "3东西" or letter in "3东西"
                alike = table[ord(own)] == table[ord(letter)] and table[ord(own)] > 0
                swap = 0.0 if own == letter else (1.0 if hard else 0.5) if alike else (4.0 if hard else 1.0)
                extra = 4.0 if letter in "3东西" else 0.25 if letter == " " else 1.0
                new.append(min(row[i - 1] + swap, row[i] + drop, new[i - 1] + extra))
            row = new
        return row[-1]

    return min(distance(text[a:b]) for a in range(len(text) + 1) for b in range(a, len(text) + 1))


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="阳扬光小3东 ", max_size=7), st.text(alphabet="阳扬光小3东 ", max_size=5))
def test_the_place_of_a_name_is_the_cheapest(text, name):
    codes, own = encode(text), encode(name)
    cost, start, end = place(codes, sound(codes), flags(text), own, sound(own), flags(name))
    assert cost == pytest.approx(cheapest(text, name))
    assert 0 <= start <= end <= len(text)
    piece = encode(text[start:end])
    again, _, _ = place(piece, sound(piece), flags(text[start:end]), own, sound(own), flags(name))
    assert again == pytest.approx(cost)


@settings(deadline=None)
@given(WORDS, WORDS)
def test_pieces_of_two_characters_and_more_are_covered(text, name):
    marked, covered = np.zeros(len(text), np.uint8), np.zeros(len(name), np.uint8)
    cover(encode(text), encode(name), marked, covered)
    pieces = {name[j : j + 2] for j in range(len(name) - 1) if " " not in name[j : j + 2]}
    wanted = [any(text[a : a + 2] in pieces for a in (i - 1, i) if a >= 0) for i in range(len(text))]
    assert [bool(one) for one in marked] == wanted


def test_figures_agree_contradict_or_are_missing():
    def cut(text):
        return tokens(encode(text), flags(text, "0123456789东西南北"), 0, len(text))

    assert check(cut("3#2单元"), cut("阳光小区3#")) == (1, 0, 1)
    assert check(cut("13#"), cut("阳光小区3#")) == (0, 1, 0)
    assert check(cut("东门"), cut("东北门")) == (0, 1, 0)


@given(
    st.lists(st.text(alphabet="和平东路街道", min_size=2, max_size=5), max_size=5),
    st.text(alphabet="和平东路街道", max_size=12),
)
def test_anchors_are_names_that_stand_there(names, text):
    for anchor in Anchors(("road", name) for name in names).find(text):
        assert text[anchor.start : anchor.end] == anchor.name
    if any(name in text for name in names):
        assert Anchors(("road", name) for name in names).find(text)


def test_weights_survive_a_file_and_others_are_refused(tmp_path):
    weights = shipped()
    (tmp_path / "weights.json").write_text(weights.to_json(), encoding="utf-8")
    assert Weights.read(tmp_path / "weights.json") == weights
    assert set(weights.rank) == set(RANK_COLUMNS)
    assert set(weights.sure) == set(SURE_COLUMNS)
    assert "geo.sample.telling" in weights.source
    with pytest.raises(InvalidInput, match=r"are of version 0\.0"):
        Weights.from_json(json.dumps(json.loads(weights.to_json()) | {"version": "0.0"}))
    with pytest.raises(InvalidInput, match="cannot be read"):
        Weights.from_json(json.dumps({"rank": {}}))
