"""Codes, names, departments, categories and rules hang together."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from geo.sample import SamplePlace
from geo.sample.topics import read_topics


def test_sample_area_codes_follow_the_scheme(place: SamplePlace) -> None:
    fields = place.layers["areas"].fields
    codes = fields["code"].tolist()
    assert len(set(codes)) == len(codes)
    rows = list(zip(codes, fields["name"], fields["level"], fields["parent"], strict=True))
    for code, name, level, parent in rows:
        length, suffix = {"district": (6, "区"), "street": (9, "街道"), "community": (12, "社区")}[level]
        assert re.fullmatch(r"990101\d*", code)
        assert len(code) == length
        assert name.endswith(suffix)
        assert parent == ("" if level == "district" else code[:-3])
        # Streets have 001–099, neighbourhood committees 001–199.
        if level != "district":
            assert 1 <= int(code[-3:]) <= (99 if level == "street" else 199)
    names = [name for _, name, level, _ in rows if level != "district"]
    assert len(set(names)) == len(names)


def test_sample_grid_codes_run_north_to_south_then_west_to_east(place: SamplePlace) -> None:
    codes = [grid.code for grid in place.drawing.grids]
    assert codes == sorted(codes)
    assert len(set(codes)) == len(codes)
    for grid in place.drawing.grids:
        assert re.fullmatch(r"\d{15}", grid.code)
        assert grid.parent == grid.code[:12]
    counts = Counter(grid.parent for grid in place.drawing.grids)
    assert all(f"{parent}{count:03d}" in set(codes) for parent, count in counts.items()), "numbers have gaps"
    north = {grid.code: grid.geometry.centroid.y for grid in place.drawing.grids}
    for parent, count in counts.items():
        if count > 3:
            assert north[f"{parent}001"] > north[f"{parent}{count:03d}"]


def test_sample_ids_are_unique_and_refer(place: SamplePlace) -> None:
    for name, layer in place.layers.items():
        if "id" in layer.fields:
            assert len(set(layer.fields["id"].tolist())) == len(layer.geometry), name
    units = place.drawing.units
    assert len(set(units.ids.tolist())) == len(units)
    assert set(units.grid) == {grid.code for grid in place.drawing.grids}
    compounds = set(place.layers["compounds"].fields["id"])
    for name in ("buildings", "gates", "walls"):
        assert set(place.layers[name].fields["compound"]) - {""} <= compounds
    communities = set(place.layers["areas"].fields["code"])
    for name in ("buildings", "compounds", "pois"):
        assert set(place.layers[name].fields["community"]) <= communities


def test_sample_two_pairs_of_compounds_share_a_name(place: SamplePlace) -> None:
    fields = place.layers["compounds"].fields
    twins = [name for name, count in Counter(fields["name"].tolist()).items() if count > 1]
    assert len(twins) == 2
    for name in twins:
        at = fields["name"] == name
        assert at.sum() == 2
        assert len(set(fields["community"][at])) == 2


def test_sample_house_numbers(small: SamplePlace) -> None:
    fields = small.layers["buildings"].fields
    roads = set(small.layers["roads"].fields["name"])
    homes = fields["households"] > 0
    assert set(fields["road"][homes]) <= roads
    assert all(re.fullmatch(r"[1-9]\d*", number) for number in fields["number"][homes])
    lanes = fields["kind"] == "lane_house"
    doors = list(zip(fields["road"][lanes], fields["number"][lanes], strict=True))
    assert len(set(doors)) == len(doors)
    # A compound is one side of one road: the number of its gate is its own.
    compounds = small.layers["compounds"].fields
    gates = list(zip(compounds["road"], compounds["number"], strict=True))
    assert len(set(gates)) == len(gates)
    flats = fields["compound"] != ""
    names = list(zip(fields["compound"][flats & homes], fields["name"][flats & homes], strict=True))
    assert len(set(names)) == len(names)


def test_sample_category_directory_is_complete(small: SamplePlace) -> None:
    table = small.tables["categories.csv"]
    assert table.header == ("scheme", "kind", "code", "name", "parent", "source", "certainty")
    keys = [row[:3] for row in table.rows]
    assert len(set(keys)) == len(keys)
    leaves = Counter((row[0], row[1]) for row in table.rows if row[4])
    assert leaves["gbt47678.5-2026", "part"] == 153
    assert leaves["gbt47678.5-2026", "event"] == 250
    assert leaves["hotline", "hotline"] >= 40
    names = {row[:3]: row[3] for row in table.rows}
    for (scheme, kind, code), name in names.items():
        if kind == "part":
            assert names[scheme, "event", code] == name + "异常"
    parents = {row[:3] for row in table.rows if not row[4]}
    assert all(not row[4] or (row[0], row[1], row[4]) in parents for row in table.rows)
    assert all(row[5] and row[6] for row in table.rows)
    assert names["gbt47678.5-2026", "event", "01002"] == "污水井盖异常"
    assert names["gbt47678.5-2026", "event", "09022"] == "占道促销宣传"


def test_sample_departments_form_a_tree(place: SamplePlace) -> None:
    rows = place.tables["departments.csv"].rows
    parent = {row[0]: row[2] for row in rows}
    assert len(parent) == len(rows)
    areas = set(place.layers["areas"].fields["code"])
    for code, _, _, area, _ in rows:
        assert area == "" or area in areas
        seen = set()
        while code:
            assert code not in seen
            seen.add(code)
            code = parent[code]
    served = {row[3] for row in rows} - {""}
    assert served == areas - {"990101"}


def test_sample_rules_lead_to_departments(place: SamplePlace) -> None:
    departments = set(place.tables["departments.csv"].column("code"))
    categories = {row[:3] for row in place.tables["categories.csv"].rows}
    communities = [c for c in place.layers["areas"].fields["code"] if len(c) == 12]
    table = place.tables["rules/2025.1/rules.csv"]
    ids = table.column("id")
    assert len(set(ids)) == len(ids)
    for row in table.rows:
        rule = dict(zip(table.header, row, strict=True))
        if rule["step"] == "helper":
            continue
        assert rule["deadline"]
        assert rule["closing"]
        assert rule["area"] == "" or rule["area"] in set(place.layers["areas"].fields["code"])
        if rule["category"] and rule["kind"]:
            assert (rule["scheme"], rule["kind"], rule["category"]) in categories, rule["id"]
        for department in [rule["department"], *filter(None, rule["with_departments"].split("|"))]:
            for community in (
                communities[:: max(1, len(communities) // 5)] if department[:2] not in ("{o", "{l") else ()
            ):
                assert department.format(street=community[:9], community=community) in departments, rule["id"]
    rows = [dict(zip(table.header, row, strict=True)) for row in table.rows]
    fallback = next(row for row in rows if row["id"] == "R110")
    assert (fallback["scheme"], fallback["category"], fallback["area"]) == ("", "", "")
    assert "属地兜底" in fallback["closing"]


def test_sample_topics_are_in_the_directory_and_have_a_rule(small: SamplePlace) -> None:
    categories = {row[:3] for row in small.tables["categories.csv"].rows}
    rules = [(row[1], row[2], row[3]) for row in small.tables["rules/2022.1/rules.csv"].rows if row[3]]
    for topic in read_topics()[0]:
        key = (topic.scheme, topic.kind, topic.category)
        assert key in categories
        assert any(s == key[0] and k == key[1] and key[2].startswith(c) for s, k, c in rules), key


def test_sample_staff_posts_and_vacancies(place: SamplePlace) -> None:
    rows = place.tables["staff.csv"].rows
    grids = {grid.code for grid in place.drawing.grids}
    assert {row[0] for row in rows} == grids
    assert len(rows) == 3 * len(grids)
    assert {row[1] for row in rows} == {"网格长", "网格员", "网格辅助员"}
    vacant = [row for row in rows if not row[2]]
    assert len(vacant) / len(rows) == pytest.approx(0.08, abs=0.03)
    assert all(not row[3] for row in vacant)
    # No number that a real person could have: 102 is no mobile prefix.
    assert all(re.fullmatch(r"102\d{8}", row[3]) for row in rows if row[2])
