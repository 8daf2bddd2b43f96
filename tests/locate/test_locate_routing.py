"""Routing rules: the longest area, then the longest category; ties and gaps go to a person."""

from __future__ import annotations

import random
from itertools import product

import pytest

from geo.locate import lint_rules, route
from geo.messages import say
from geo.model import Area, Category, Department, Rule

CHAIN = ("990101", "990101001", "990101001002", "990101001002003")
DEPARTMENTS = (
    Department("URBAN", "城管局"),
    Department("WATER", "水务局"),
    Department("ZF-990101001", "甲街道办事处", area="990101001"),
    Department("SQ-A", "一社区居委会", area="990101001001"),
    Department("SQ-B", "二社区居委会", area="990101001002"),
    Department("SQ-B-1", "二社区一组", parent="SQ-B", area="990101001002"),
)


def rule(name, department, category="", area="", **more):
    return Rule(name, more.pop("scheme", "s"), more.pop("kind", "event"), category, area, department, **more)


def ask(rules, category="06010", chain=CHAIN, kind="event", scheme="s"):
    return route(rules, scheme=scheme, kind=kind, category=category, chain=chain, departments=DEPARTMENTS)


def test_the_longest_area_wins_then_the_longest_category():
    rules = [
        rule("fallback", "ZF-{street}", scheme="", kind=""),
        rule("major", "URBAN", "06"),
        rule("minor", "WATER", "06010", deadline_hours=4.0, version="7"),
        rule("street", "ZF-{street}", area="990101001"),
    ]
    answer = ask(rules)
    assert (answer.rule, answer.department, answer.department_name) == ("street", "ZF-990101001", "甲街道办事处")
    assert answer.tried == (
        ("minor", "route_tried_wider_area"),
        ("major", "route_tried_wider_area"),
        ("fallback", "route_tried_wider_area"),
    )
    answer = ask(rules[:3])
    assert (answer.rule, answer.rule_version, answer.deadline_hours, answer.note) == ("minor", "7", 4.0, "")
    assert answer.tried == (("major", "route_tried_wider_category"), ("fallback", "route_tried_wider_category"))


def test_the_answer_does_not_depend_on_the_order_of_the_rules():
    rules = [
        rule(f"r{i}", d, c, a)
        for i, (d, c, a) in enumerate(product(["URBAN", "WATER"], ["", "06", "06010"], ["", "990101", "990101001"]))
    ]
    first = ask(rules)
    for seed in range(5):
        random.Random(seed).shuffle(rules)
        assert ask(rules) == first


def test_a_kind_or_scheme_is_part_of_the_key():
    rules = [rule("part", "WATER", "01002", kind="part"), rule("event", "URBAN", "01002")]
    assert ask(rules, "01002").rule == "event"
    assert ask(rules, "01002", kind="part").rule == "part"
    assert ask(rules, "01002", scheme="other").note == "route_none"


def test_a_tie_between_departments_goes_to_a_person():
    answer = ask([rule("a", "URBAN", "06"), rule("b", "WATER", "06")])
    assert (answer.department, answer.rule, answer.note) == (None, None, "route_ambiguous")
    assert answer.tried == (("a", "route_tried_tie"), ("b", "route_tried_tie"))
    same = ask([rule("b", "URBAN", "06"), rule("a", "URBAN", "06")])
    assert (same.rule, same.department, same.tried) == ("a", "URBAN", (("b", "route_tried_same"),))


def test_nothing_fits_or_the_fallback_does():
    elsewhere = rule("x", "URBAN", "06", area="990199")
    answer = ask([elsewhere])
    assert (answer.department, answer.note, answer.tried) == (None, "route_none", (("x", "route_tried_other_area"),))
    assert ask([]).note == "route_none"
    assert ask([elsewhere, rule("f", "{street}", scheme="", kind="")]).department == "ZF-990101001"


@pytest.mark.parametrize(
    ("name", "department"),
    [
        ("ZF-{street}", "ZF-990101001"),
        ("{street}", "ZF-990101001"),
        ("{community}", "SQ-B"),  # the top one of two that serve the area
        ("{district}", None),
        ("{village}", None),
        ("NOBODY", None),
    ],
)
def test_placeholders_are_filled_from_the_chain(name, department):
    answer = ask([rule("r", name)])
    assert answer.department == department
    assert answer.note == ("" if department else "route_no_department")


def test_a_rule_without_its_department_is_not_passed_over_in_silence():
    answer = ask([rule("broken", "NOBODY", "06010"), rule("wide", "URBAN")])
    assert (answer.department, answer.note) == (None, "route_no_department")
    assert answer.tried == (("broken", "route_tried_no_department"), ("wide", "route_tried_wider_category"))
    assert ask([rule("r", "{street}")], chain=("990101",)).note == "route_no_department"


def test_co_departments_are_filled_and_the_missing_one_is_told():
    answer = ask([rule("r", "URBAN", with_departments=("{community}", "URBAN", "NOBODY"))])
    assert answer.with_departments == ("SQ-B",)
    assert answer.tried == (("r", "route_tried_no_partner"),)


AREAS = (
    Area("990101", "晨光区", "district", None),
    Area("990101001", "甲街道", "street", "990101"),
    Area("990101001001", "一社区", "community", "990101001"),
    Area("990101001002", "二社区", "community", "990101001"),
)
CATEGORIES = (
    Category("s", "event", "06", "市容环境"),
    Category("s", "event", "06010", "暴露垃圾", "06"),
    Category("s", "event", "07001", "非法小广告"),
    Category("s", "part", "01002", "污水井盖"),
)


def faults(rules):
    return {(fault.kind, fault.rules) for fault in lint_rules(rules, CATEGORIES, DEPARTMENTS, AREAS)}


def test_a_sound_set_has_no_faults():
    assert faults([rule("f", "{community}", scheme="", kind=""), rule("r", "URBAN", "06", "990101001")]) == set()


def test_each_fault_is_found():
    everywhere = rule("f", "URBAN", scheme="", kind="")
    assert faults([everywhere, rule("r", "URBAN", "99")]) == {("lint_unknown_category", ("r",))}
    assert faults([everywhere, rule("r", "URBAN", "06", "77")]) == {("lint_unknown_area", ("r",))}
    assert faults([everywhere, rule("r", "NOBODY", "06")]) == {("lint_unknown_department", ("r",))}
    assert faults([everywhere, rule("r", "URBAN", "06", with_departments=("X",))]) == {
        ("lint_unknown_department", ("r",))
    }
    assert faults([everywhere, rule("a", "URBAN", "06"), rule("b", "WATER", "06")]) == {("lint_tie", ("a", "b"))}
    assert faults([everywhere, rule("a", "URBAN", "06"), rule("b", "URBAN", "06")]) == {("lint_double", ("a", "b"))}
    assert faults([everywhere, rule("f", "URBAN", "06")]) == {("lint_id_twice", ("f",))}
    # A grid's code begins with its community's.
    assert faults([everywhere, rule("g", "URBAN", "06", "990101001002007")]) == set()


def test_gaps_are_listed_by_category():
    found = lint_rules([rule("r", "URBAN", "06", "990101001001")], CATEGORIES, DEPARTMENTS, AREAS)
    gaps = {fault.context["category"]: fault.context["areas"] for fault in found if fault.kind == "lint_gap"}
    assert gaps == {"06": 1, "06010": 1, "07001": 2, "01002": 2}


def test_unreachable_rules_equal_brute_force():
    """A rule is unreachable if and only if no category in no community is routed by it."""
    rng = random.Random(3)
    for _ in range(60):
        rules = [
            rule(
                f"r{i}",
                "URBAN",
                rng.choice(["", "06", "0601", "06010", "07"]),
                rng.choice(["", "990101001", "990101001001", "990101001002"]),
                kind=rng.choice(["", "event"]),
            )
            for i in range(rng.randint(1, 8))
        ]
        deciding = set()
        for item, community in product(CATEGORIES, ["990101001001", "990101001002"]):
            chain = ("990101", "990101001", community)
            answer = ask(rules, item.code, chain, kind=item.kind)
            deciding |= {answer.rule} | {name for name, why in answer.tried if why == "route_tried_same"}
        unreachable = {name[0] for kind, name in faults(rules) if kind == "lint_unreachable"}
        assert unreachable == {r.id for r in rules} - deciding


def test_every_note_and_fault_has_its_sentence():
    rules = [
        rule("a", "URBAN", "06"),
        rule("a", "WATER", "06"),
        rule("b", "X", "99", "77"),
        rule("c", "URBAN", "06010"),
    ]
    for fault in lint_rules(
        [*rules, rule("d", "URBAN", "0601"), rule("d", "URBAN", "0601")], CATEGORIES, DEPARTMENTS, AREAS
    ):
        for lang in ("zh", "en"):
            assert say(fault.kind, lang, **fault.context)
    for key in (
        "route_none",
        "route_ambiguous",
        "route_no_department",
        "route_tried_other_area",
        "route_tried_wider_area",
        "route_tried_wider_category",
        "route_tried_tie",
        "route_tried_same",
        "route_tried_no_department",
        "route_tried_no_partner",
    ):
        assert say(key, "zh") != say(key, "en")
