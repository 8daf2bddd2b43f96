"""Outcomes of the matcher as a whole: grids, sides of roads, hostile text, generated places, a fit, real queries."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import InvalidInput, NotFound
from geo.locate import Gazetteer
from geo.locate.address.fit import fit
from geo.sample.telling import tell
from geo.sample.telling_city import city
from geo.sample.telling_map import map_points


def place(key, kind, name, town="东昌街道", community="和平社区", **more):
    return {"id": key, "kind": kind, "name": name, "town": town, "community": community, **more}


ENTRIES = [
    place("t1", "street", "东昌街道", community=""),
    place("m1", "community", "和平社区"),
    place("a", "compound", "橡树湾花园", road="人民路", number=8),
    place("b", "compound", "橡树湾花园", community="建设社区", road="五一路", number=9),
    place("odd", "road", "解放路", low=1, high=21, side="odd", start=(121.0, 31.0), end=(121.2, 31.2)),
    place("even", "road", "解放路", low=2, high=40, side="even", start=(122.0, 31.0), end=(122.0, 31.0)),
    place("far", "road", "解放路", "西湖镇", "王马社区", low=101, high=199),
    {"id": "whole", "kind": "road", "name": "人民路"},
    {"id": "cross", "kind": "road", "name": "学院路"},
    place("shop", "poi", "百草堂大药房(庆峰店)", "西湖镇", "王马社区"),
    place("mill", "compound", "碧水云天花园", old_names=["第二棉纺厂宿舍"]),
]
TOWN = Gazetteer.build(ENTRIES)


def test_rivals_in_one_grid_are_a_match():
    text = "橡树湾花园2号楼漏水"
    assert TOWN.match(text).status == "ambiguous"
    assert set(TOWN.match(text).rivals) == {"a", "b"}
    same = Gazetteer.build(ENTRIES, grid_of={"a": "G1", "b": "G1"}).match(text)
    assert (same.status, same.level, same.rivals) == ("match", "compound", ())
    assert same.confidence >= TOWN.weights.accept_ruled
    for grids in ({"a": "G1", "b": "G2"}, {"a": "G1"}, {}):
        assert TOWN.with_grids(grids).match(text).status == "ambiguous"
    assert TOWN.with_grids(lambda key: "G1").match("楼道灯不亮").status == "none"
    # The index is shared, and the one without grids stays as it was.
    assert TOWN.match(text).status == "ambiguous"


def test_numbers_know_their_side_and_are_interpolated_inside_only():
    found = TOWN.match("解放路11号门口积水")
    assert (found.status, found.level, found.candidates[0][0]) == ("match", "number", "odd")
    assert found.point == pytest.approx((121.1, 31.1))
    assert TOWN.match("解放路12号").candidates[0][0] == "even"
    assert TOWN.match("解放路150号").candidates[0][0] == "far"
    assert TOWN.match("解放路150号").point is None
    # 41 is beyond the odd side, 55 beyond both: nothing hops to another stretch or town.
    for number in (41, 55, 9999):
        outcome = TOWN.match(f"解放路{number}号")
        assert (outcome.status, outcome.point) == ("area_only", None)


def test_a_crossing_is_two_roads():
    text = "人民路与学院路交叉口红绿灯坏了"
    outcome = TOWN.match(text)
    assert (outcome.status, outcome.level, set(outcome.rivals)) == ("ambiguous", "road", {"whole", "cross"})
    spans = {span["kind"]: text[span["start"] : span["end"]] for span in outcome.explanation["spans"]}
    assert spans["crossing"] == "人民路与学院路"


def test_branches_old_names_and_slips_of_the_ear():
    assert TOWN.match("西湖镇百草堂大药房（庆峰店）乱收费").candidates[0][0] == "shop"
    assert TOWN.match("东昌街道百草堂大药房（庆峰店）乱收费").status == "conflict"
    assert TOWN.match("第二棉纺厂宿舍漏水").candidates[0][0] == "mill"
    slip = TOWN.match("碧水匀天花园漏水")
    assert (slip.status, slip.candidates[0][0]) == ("match", "mill")
    assert "match_slip" in [fault["key"] for fault in slip.explanation["faults"]]


@pytest.mark.parametrize(
    "text",
    [
        "\ud800\udfff橡树湾",
        "\u202e园花湾树橡",
        "'; DROP TABLE entries; --",
        "<img src=x onerror=alert(1)>解放路<script>",
        "(a+)+$" * 300,
        "号" * 2000,
        "解放路" * 700,
        "1-1-1-1" * 300,
        "零一二三四五六七八九十百" * 90 + "号楼",
        "👨‍👩‍👧‍👦🏠" * 400,
        "\x00\x07\x1b[31m",
        "橡樹灣花園" * 400,
    ],
)
def test_hostile_text_gets_a_typed_outcome(text):
    outcome = TOWN.match(text)
    assert outcome.status in ("match", "ambiguous", "conflict", "area_only", "none")
    assert 0 <= outcome.confidence <= 1
    json.dumps(outcome.explanation)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec=None, categories=["L", "N", "P", "S", "Z", "C"]), max_size=60))
def test_no_text_breaks_it(text):
    outcome = TOWN.match(text)
    assert outcome == TOWN.match(text)
    assert [score for _, score in outcome.candidates] == sorted((s for _, s in outcome.candidates), reverse=True)
    assert all(0 <= span["start"] < span["end"] <= len(text) for span in outcome.explanation["spans"])


def judged(gazetteer, told):
    """What became of texts of each kind, as shares of their kind."""
    seen, asked = Counter(), Counter()
    for one in told:
        outcome = gazetteer.match(one.text)
        first = outcome.candidates[0][0] if outcome.candidates else None
        asked[one.status] += 1
        accepted = outcome.status == "match"
        if one.status == "match":
            right = first in (*one.ids, *one.also)
            seen["first"] += right
            seen["right"] += accepted and right
            seen["wrong"] += accepted and not right
        elif one.status in ("absent", "ambiguous"):
            seen[one.status] += accepted
        else:
            seen[one.status] += outcome.status == one.status
    kinds = {"first": "match", "right": "match", "wrong": "match"}
    return {name: seen[name] / max(asked[kinds.get(name, name)], 1) for name in (*kinds, *asked) if name != "match"}


def test_generated_reports_are_read_and_what_is_not_sure_is_refused():
    entries = city(900, seed=31)
    found = judged(Gazetteer.build(entries), tell(entries, 500, seed=32, style="hotline"))
    assert found["right"] >= 0.85
    assert found["wrong"] <= 0.01
    assert found["absent"] <= 0.08
    assert found["ambiguous"] <= 0.05
    assert found["conflict"] >= 0.95
    assert found["none"] == 1


def test_a_fit_is_repeatable_and_makes_the_cases_likelier():
    entries = map_points(500, seed=41)
    told = [one for one in tell(entries, 500, seed=42, style="query") if one.status == "match"]
    cases = [(one.text, one.ids[0]) for one in told]
    fitted = fit(entries, cases[:300], source="here", seed=3)
    assert fitted == fit(entries[::-1], cases[:300], source="here", seed=3)
    assert (fitted.source, fitted.seed, fitted.cases) == ("here", 3, 300)
    before, after = (Gazetteer.build(entries, weights=weights) for weights in (None, fitted))
    assert judged(after, told[300:])["first"] >= judged(before, told[300:])["first"] - 0.02
    sure = [
        sum(g.match(text).confidence * (g.match(text).candidates[0][0] == key) for text, key in cases[:300])
        for g in (before, after)
    ]
    assert sure[1] > sure[0]


def test_a_fit_wants_cases_that_it_knows():
    with pytest.raises(InvalidInput, match="There are 1 confirmed cases"):
        fit(ENTRIES, [("橡树湾花园", "a")])
    with pytest.raises(NotFound, match="no entry with the id nobody"):
        fit(ENTRIES, [("橡树湾花园", "nobody")] * 60)


def test_real_queries_with_the_shipped_weights(shared_data):
    data = json.loads((shared_data / "address" / "hangzhou_pois_and_queries.json").read_text(encoding="utf-8"))
    fields = {"id": "id", "name": "name", "addr": "address", "district": "district"}
    entries = [{new: poi[old] for old, new in fields.items()} | {"kind": "poi"} for poi in data["pois"]]
    gazetteer = Gazetteer.build(entries)
    queries = [query for query in data["queries"] if query["split"] == "dev"][:500]
    outcomes = [(gazetteer.match(query["q"]), query["gold"]) for query in queries]
    first = [bool(o.candidates) and o.candidates[0][0] == gold for o, gold in outcomes]
    five = [gold in [key for key, _ in o.candidates[:5]] for o, gold in outcomes]
    accepted = [right for (o, _), right in zip(outcomes, first, strict=True) if o.status == "match"]
    assert sum(first) / len(first) >= 0.93
    assert sum(five) / len(five) >= 0.96
    assert sum(accepted) / len(accepted) >= 0.98
    assert len(accepted) / len(first) >= 0.75
