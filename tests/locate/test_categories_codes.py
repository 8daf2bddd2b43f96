"""Directories as data, codes by the shape of their scheme, extensions, mirrors, crosswalk, and what a file is told."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import GeoError, InvalidInput, NotFound
from geo.locate.categories.audit import check_rows
from geo.locate.categories.codes import is_extension, next_extension, parse_code, parse_object, shape_of
from geo.locate.categories.crosswalk import links_of, mirror_of
from geo.messages import LANGS, say
from geo.model.catalogues import (
    EDITION_2013,
    EDITION_2026,
    FORMS,
    HOTLINE,
    read_all,
    read_catalogue,
    read_crosswalk,
    read_shapes,
    read_terms,
)


def rows_of(*schemes: str) -> list[dict[str, str]]:
    return [
        {"scheme": r.scheme, "kind": r.kind, "code": r.code, "name": r.name, "parent": r.parent or ""}
        for scheme in schemes
        for r in read_catalogue(scheme)
    ]


def own(code: str, name: str, kind: str = "event") -> dict[str, str]:
    return {"scheme": EDITION_2026, "kind": kind, "code": code, "name": name, "parent": code[:2]}


def test_the_directory_of_2026_is_whole() -> None:
    minors = Counter((r.kind, r.code[:2]) for r in read_catalogue(EDITION_2026) if len(r.code) == 5)
    parts = {"01": 76, "02": 44, "03": 16, "04": 14, "05": 3}
    matters = {"06": 51, "07": 7, "08": 16, "09": 21, "10": 2}
    assert minors == {("part", k): n for k, n in parts.items()} | {
        ("event", k): n for k, n in {**parts, **matters}.items()
    }
    codes = {(r.kind, r.code) for r in read_catalogue(EDITION_2026)}
    for gap in ("01016", "05001", "05004", "05005", "05006", "05007", "05008", "06031", "07005", "09007"):
        assert ("part", gap) not in codes
        assert ("event", gap) not in codes


def test_every_row_says_where_it_is_from_and_claims_nothing() -> None:
    for row in read_all().values():
        assert row.source
        assert row.certainty in ("medium-high", "medium", "local")
    for link in read_crosswalk():
        assert link.source
        assert link.certainty in ("medium", "low", "local")
        assert (link.target is None) == (link.relation == "none")


def test_shipped_directories_are_sound_by_their_own_check() -> None:
    assert check_rows(rows_of(*read_shapes())) == ()


def test_forms_and_topics_of_a_hotline_are_there() -> None:
    assert [r.name for r in read_catalogue(FORMS)] == ["咨询", "求助", "投诉", "举报", "建议"]
    names = " ".join(r.name for r in read_catalogue(HOTLINE))
    for word in ("物业", "停车", "噪声", "供暖", "停水", "垃圾分类", "飞线充电", "电梯", "违法建设", "占道"):
        assert word in names


def test_crosswalk_and_terms_name_categories_that_exist() -> None:
    known = read_all()
    for link in read_crosswalk():
        assert link.origin in known
        assert link.target is None or link.target in known
    assert set(read_terms()) <= set(known)
    # Every topic of the hotline and every major of 2013 is answered for, if only with "nothing".
    said = {link.origin for link in read_crosswalk()}
    topics = {r.key for r in read_catalogue(HOTLINE) if r.parent}
    assert topics | {r.key for r in read_catalogue(EDITION_2013)} <= said


@pytest.mark.parametrize(
    ("scheme", "kind", "text", "wanted"),
    [
        (EDITION_2013, "part", "3205820102048188", ("320582", "01", "02", "048188")),
        (EDITION_2026, "part", "32058201002048188", ("320582", "01", "002", "048188")),
        (EDITION_2026, "event", "32058206010", ("320582", "06", "010", "")),
    ],
)
def test_identifiers_of_the_two_editions(scheme: str, kind: str, text: str, wanted: tuple[str, ...]) -> None:
    got = parse_object(scheme, kind, text)
    assert (got.admin, got.category.major, got.category.minor, got.sequence) == wanted
    assert (scheme, kind, got.category.code) in read_all()


@pytest.mark.parametrize(
    ("scheme", "kind", "text"),
    [
        (EDITION_2026, "part", "3205820102048188"),  # 16 digits are the edition of 2013
        (EDITION_2026, "event", "3205820601"),
        (EDITION_2026, "event", "320582０6010"),  # a full-width digit
        (EDITION_2013, "part", "32058201020481880"),
        (EDITION_2013, "event", "3205820102"),  # no identifiers of events are known
        (EDITION_2026, "part", ""),
    ],
)
def test_identifiers_of_another_shape_are_refused(scheme: str, kind: str, text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_object(scheme, kind, text)


@given(st.sampled_from(sorted(read_all())))
def test_every_code_is_cut_and_put_together_again(key: tuple[str, str, str]) -> None:
    code = parse_code(*key)
    assert code.code == key[2]
    assert read_all()[key].parent == (code.major if code.minor else None)
    assert not is_extension(code)


@given(st.text(max_size=20), st.text(max_size=10), st.text(max_size=30))
def test_no_text_breaks_the_parsers(scheme: str, kind: str, text: str) -> None:
    for name in (scheme, EDITION_2026):
        for parse in (parse_code, parse_object):
            problem = None
            try:
                parse(name, kind, text)
            except GeoError as error:
                problem = error
            assert problem is None or all(problem.message(lang) for lang in LANGS)


def test_unknown_schemes_are_named() -> None:
    with pytest.raises(NotFound, match="gbt47678"):
        shape_of("gb2026")


def test_extensions_count_down_from_999_and_are_never_given_twice() -> None:
    taken = {r.code for r in read_catalogue(EDITION_2026) if r.kind == "event"}
    first = next_extension(EDITION_2026, "event", "06", taken)
    second = next_extension(EDITION_2026, "event", "06", taken | {first})
    assert (first, second) == ("06999", "06998")
    # 999 was given up: it stays so.
    assert next_extension(EDITION_2026, "event", "06", taken | {second}) == "06997"
    assert next_extension(EDITION_2026, "event", "07", taken | {first}) == "07999"


def test_extensions_end_at_080() -> None:
    assert next_extension(EDITION_2026, "part", "03", ["03081"]) == "03080"
    with pytest.raises(InvalidInput) as error:
        next_extension(EDITION_2026, "part", "03", ["03080"])
    assert error.value.code == "category_extensions_full"
    with pytest.raises(InvalidInput):
        next_extension(EDITION_2026, "part", "03001", [])
    with pytest.raises(InvalidInput):
        next_extension(FORMS, "hotline", "1", [])
    assert next_extension(HOTLINE, "hotline", "07", ["0701", "0706", "07xx"]) == "0707"


@given(st.integers(80, 999), st.sets(st.integers(1, 999), max_size=30))
def test_next_extension_is_new_and_local(lowest: int, others: set[int]) -> None:
    taken = {f"06{n:03d}" for n in others if n >= lowest or n < 80} | {f"06{lowest:03d}"}
    if lowest == 80:
        with pytest.raises(InvalidInput):
            next_extension(EDITION_2026, "event", "06", taken)
        return
    code = next_extension(EDITION_2026, "event", "06", taken)
    assert code not in taken
    assert int(code[2:]) == lowest - 1
    assert is_extension(parse_code(EDITION_2026, "event", code))


def test_parts_and_their_matters_are_mirrors() -> None:
    matters = [r for r in read_catalogue(EDITION_2026) if r.kind == "event" and r.code[:2] <= "05"]
    for row in matters:
        part = mirror_of(row.key)
        assert part == (EDITION_2026, "part", row.code)
        assert row.name == read_all()[part].name + "异常"
        assert mirror_of(part) == row.key
    assert mirror_of((EDITION_2026, "event", "06010")) is None
    assert mirror_of((HOTLINE, "hotline", "0702")) is None


def test_a_crosswalk_is_read_in_both_directions() -> None:
    there = links_of((EDITION_2013, "part", "0102"))
    assert [(k.other, k.relation, k.direction) for k in there] == [((EDITION_2026, "part", "01002"), "same", "to")]
    back = links_of((EDITION_2026, "part", "01002"))
    assert ((EDITION_2013, "part", "0102"), "same", "from") in [(k.other, k.relation, k.direction) for k in back]
    # 突发事件 is no major class any more: what lay under it is told by name, some of it without a successor.
    sudden = links_of((EDITION_2013, "event", "04"))
    assert any(k.other is None and "火灾" in k.name for k in sudden)
    assert any(k.other == (EDITION_2026, "event", "10002") for k in sudden)


FAULTS = [
    ({"code": ""}, "category_cell_missing", "code"),
    ({"code": "6999"}, "category_code_shape", "code"),
    ({"kind": "thing"}, "category_kind_of_scheme", "kind"),
    ({"parent": "07"}, "category_parent_differs", "parent"),
    ({"name": "飞线充电"}, "category_suffix_missing", "name"),
    ({"code": "06077"}, "category_suffix_wrong", "code"),
    ({"code": "06077", "name": "飞线充电"}, "category_not_in_directory", "code"),
    ({"code": "06031", "name": "乱堆"}, "category_not_in_directory", "code"),
    ({"code": "06010", "name": "别的"}, "category_twice", "code"),
    ({"code": "06500"}, "category_extension_gap", "code"),
]


@pytest.mark.parametrize(("change", "key", "field"), FAULTS)
def test_each_fault_is_told_with_its_row_and_what_to_do(change: dict[str, str], key: str, field: str) -> None:
    rows = rows_of(EDITION_2026)
    assert check_rows([*rows, own("06999", "飞线充电（自定义）")]) == ()
    faults = check_rows([*rows, own("06999", "飞线充电（自定义）") | change])
    assert [(f.row, f.key, f.field) for f in faults if f.key == key] == [(len(rows) + 1, key, field)]
    assert all(say(f.key, lang, **f.context) for f in faults for lang in LANGS)


def test_hints_do_not_count_as_errors() -> None:
    rows = [*rows_of(EDITION_2026), own("01999", "机井盖（自定义）", "part")]
    assert [(f.key, f.level) for f in check_rows(rows)] == [("category_mirror_missing", "hint")]
    renamed = [row | ({"name": "街灯"} if (row["kind"], row["code"]) == ("part", "01037") else {}) for row in rows[:-1]]
    assert [(f.key, f.level) for f in check_rows(renamed)] == [("category_name_differs", "hint")]


def test_a_directory_of_a_places_own_needs_only_its_parents() -> None:
    rows = [
        {"scheme": "ours", "kind": "hotline", "code": "A", "name": "甲", "parent": ""},
        {"scheme": "ours", "kind": "hotline", "code": "A-1", "name": "乙", "parent": "A"},
        {"scheme": "ours", "kind": "hotline", "code": "B-1", "name": "丙", "parent": "B"},
        {"scheme": "ours", "kind": "hotline", "code": "C", "name": "丁", "parent": "C"},
    ]
    assert [(f.row, f.key) for f in check_rows(rows)] == [(3, "category_parent_unknown"), (4, "category_parent_itself")]


CELL = st.one_of(st.sampled_from(["", EDITION_2026, HOTLINE, "event", "part", "06", "06999", "x"]), st.text(max_size=8))


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(("scheme", "kind", "code", "name", "parent"), CELL)), max_size=8))
def test_any_rows_are_answered_and_the_order_changes_no_verdict(rows: list[dict[str, str]]) -> None:
    faults = check_rows(rows)
    assert all(1 <= f.row <= len(rows) and say(f.key, "zh", **f.context) for f in faults)
    unlike = len({(r["scheme"], r["kind"], r["code"]) for r in rows}) == len(rows)
    if unlike:  # of twins the later one is the fault
        turned = check_rows(rows[::-1])
        assert Counter((len(rows) + 1 - f.row, f.field, f.key) for f in turned) == Counter(
            (f.row, f.field, f.key) for f in faults
        )
