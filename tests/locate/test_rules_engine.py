"""The indexed engine says what a naive reading of all rules says, step by step; limits are dated."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from geo.locate import Lying, Matter, RuleIndex
from geo.messages import say
from geo.model import (
    Negative,
    Override,
    Rule,
    RuleSet,
    Stage,
    Window,
)
from tests.locate.rules_worlds import (
    CALENDAR,
    CHAINS,
    DEPARTMENTS,
    LADDER,
    MATTERS,
    NEGATIVE,
    NIGHT,
    RESTDAY,
    RULES,
    STEPS,
    WINTER,
)

KNOWN = {item.code: item for item in DEPARTMENTS}


# The naive reading: every rule is looked at for every question, in plain words of the documentation.
def named(name: str, rule: Rule, matter: Matter) -> str | None:
    places = dict(zip(("district", "street", "community"), matter.chain, strict=False))
    if name == "{owner}":
        owners = [
            item.owner for item in matter.lying if rule.asset in ("", item.layer) and rule.tenure in ("", item.tenure)
        ]
        return owners[0] if owners and owners[0] in KNOWN else None
    if name == "{level}":
        big = matter.grade == "big" and matter.category.startswith("06")
        code = places.get("street" if big else "community")
        return None if code is None else ("JD-" if big else "JW-") + code
    try:
        filled = name.format(**places)
    except KeyError:
        return None
    return filled if filled in KNOWN else None


def level(code: str) -> int:
    while code and not KNOWN[code].area:
        code = KNOWN[code].parent or ""
    digits = len(KNOWN[code].area) if code else 0
    return 3 if digits <= 6 else 2 if digits <= 9 else 1 if digits <= 12 else 0


def barred(code: str, rule_set: RuleSet, matter: Matter) -> bool:
    limit = {"grid": 0, "community": 1, "street": 2}
    return any(
        n.scheme in ("", matter.scheme)
        and matter.category.startswith(n.category)
        and (not n.area or any(c.startswith(n.area) for c in matter.chain))
        and level(code) <= limit[n.level]
        for n in rule_set.negative
    )


def in_time(rule: Rule, at: datetime) -> bool:
    day, w = at.date(), rule.window
    if (rule.effective and day < rule.effective) or (rule.until and day >= rule.until):
        return False
    if w == NIGHT:
        return at.hour >= 22 or at.hour < 6
    if w == WINTER:
        return (day.month, day.day) >= (11, 15) or (day.month, day.day) <= (3, 15)
    if w == RESTDAY:
        return day == date(2026, 10, 1) or (day.weekday() > 4 and day != date(2026, 10, 10))
    return True


def fits(rule: Rule, matter: Matter) -> bool:
    lies = [i for i in matter.lying if rule.asset in ("", i.layer) and rule.tenure in ("", i.tenure)]
    return (
        rule.scheme in ("", matter.scheme)
        and rule.kind in ("", matter.kind)
        and matter.category.startswith(rule.category)
        and (not rule.area or any(c.startswith(rule.area) for c in matter.chain))
        and (bool(lies) or not (rule.asset or rule.tenure))
        and rule.mode in ("", matter.mode)
        and in_time(rule, matter.at)
    )


def naive(rule_set: RuleSet, matter: Matter) -> tuple[str | None, str | None, str]:
    """(department, rule, note)."""
    stopped = False
    for step in STEPS:
        if step == "emergency" and matter.mode == "normal":
            continue
        own = [
            r
            for r in rule_set.rules
            if (r.step or ("duty" if r.category or r.area else "fallback")) == step and fits(r, matter)
        ]
        while own:
            keys = [
                (
                    len(r.area), bool(r.asset) + bool(r.tenure), len(r.category), r.mode != "", r.window != Window(),
                    r.kind != "", r.scheme != "",
                )
                for r in own
            ]  # fmt: skip
            best = [r for r, key in zip(own, keys, strict=True) if key == max(keys)]
            leads = [named(r.department, r, matter) for r in best]
            if None in leads:
                return None, None, "route_no_department"
            left = [(r, x) for r, x in zip(best, leads, strict=True) if not barred(x, rule_set, matter)]
            if not left:
                stopped = True
                own = [r for r in own if r not in best]
                continue
            left.sort(key=lambda row: row[0].id)
            if len({x for _, x in left}) == 1:
                return left[0][1], left[0][0].id, ""
            first = [row for row in left if row[1] == matter.received_by]
            if rule_set.tie == "first_receiver" and first:
                return first[0][1], first[0][0].id, ""
            return None, None, "route_ambiguous"
    return None, None, "route_negative_list" if stopped else "route_none"


@settings(max_examples=400, deadline=None)
@given(rules=RULES, negative=NEGATIVE, matters=st.lists(MATTERS, min_size=1, max_size=6), tie=st.booleans())
def test_the_index_equals_a_naive_reading(rules, negative, matters, tie):
    rule_set = RuleSet(
        "v", rules, tie="first_receiver" if tie else "ambiguous", negative=negative, ladder=LADDER, calendar=CALENDAR
    )
    index = RuleIndex(rule_set, DEPARTMENTS)
    for matter in [*matters, *matters]:  # the second time from what was kept
        answer = index.route(matter)
        assert (answer.department, answer.rule, answer.note) == naive(rule_set, matter)
        for code in (answer.department, *answer.with_departments):
            assert code is None or not barred(code, rule_set, matter)
        assert (answer.department is None) == bool(answer.note)
        decided = [item for item in answer.steps if item.why == "step_decided"]
        assert [item.rule for item in decided] == ([answer.rule] if answer.rule else [])
        tried = [name for name, _ in answer.tried]
        assert answer.rule is None or answer.rule not in [n for n, why in answer.tried if "partner" not in why]
        if answer.department and answer.step != "override":
            later = STEPS[STEPS.index(answer.step) :]
            also = {
                r.id for r in rules
                if fits(r, matter) and (r.step or ("duty" if r.category or r.area else "fallback")) in later
            }  # fmt: skip
            assert also - {answer.rule} <= set(tried)
        for item in answer.steps:
            assert say(item.why, "zh") != say(item.why, "en")
            assert say(f"step_{item.step}", "zh") != say(f"step_{item.step}", "en")
        for _, why in answer.tried:
            assert say(why, "zh")


@settings(max_examples=150, deadline=None)
@given(rules=RULES, negative=NEGATIVE, matter=MATTERS, order=st.randoms())
def test_the_order_of_the_rules_is_of_no_matter(rules, negative, matter, order):
    rule_set = RuleSet("v", rules, negative=negative, ladder=LADDER, calendar=CALENDAR)
    mixed = list(rules)
    order.shuffle(mixed)
    assert RuleIndex(replace(rule_set, rules=tuple(mixed)), DEPARTMENTS).route(matter) == RuleIndex(
        rule_set, DEPARTMENTS
    ).route(matter)


def ask(rules, matter, **more):
    return RuleIndex(RuleSet("v", tuple(rules), calendar=CALENDAR, **more), DEPARTMENTS).route(matter)


MATTER = Matter("s", "event", "06010", CHAINS[0], datetime(2026, 7, 1, 9, tzinfo=UTC))


def test_each_step_goes_before_the_next():
    rules = [
        Rule(step, "", "", "" if step == "fallback" else "06", "", "URBAN", step=step, closing=step) for step in STEPS
    ]
    emergency = replace(MATTER, mode="emergency")
    for k, step in enumerate(STEPS):
        answer = ask(rules[k:], emergency)
        assert (answer.step, answer.rule, answer.closing) == (step, step, step)
        assert [(i.step, i.why) for i in answer.steps][:-1] == [
            ("override", "step_no_override"), *((s, "step_no_rule") for s in STEPS[:k])
        ]  # fmt: skip
        assert (answer.alarm == "alarm_fallback") == (step == "fallback")
    assert ask(rules, MATTER).step == "owner"
    said = Override("issue", "7", "WATER", "包案", id=3, with_departments=("URBAN",))
    answer = ask(rules, replace(emergency, override=said))
    assert (answer.step, answer.rule, answer.department, answer.with_departments) == (
        "override", "override:3", "WATER", ("URBAN",)
    )  # fmt: skip


def test_the_negative_list_lets_nothing_down_not_even_by_a_person():
    entry = Negative("n", "s", "", "06", "community")
    rules = [Rule("down", "s", "", "06010", "", "JW-{community}"), Rule("up", "s", "", "06", "", "URBAN", ("ZU",))]
    answer = ask(rules, MATTER, negative=(entry,))
    assert (answer.department, answer.rule, answer.alarm) == ("URBAN", "up", "alarm_negative_list")
    assert answer.with_departments == ()  # a group of the committee is the committee
    assert answer.tried[0] == ("down", "route_tried_negative_list")
    said = Override("grid", CHAINS[0][-1], "JW-990101001001", "x", id=1)
    assert ask(rules, replace(MATTER, override=said), negative=(entry,)).department == "URBAN"
    assert ask(rules[:1], MATTER, negative=(entry,)).note == "route_negative_list"


def test_owners_help_where_the_territory_leads():
    rules = [
        Rule("lead", "s", "", "06", "", "JD-{street}", supervising="URBAN", step="base"),
        Rule("help", "s", "event", "06", "", "{owner}", asset="property", step="helper"),
    ]
    answer = ask(rules, replace(MATTER, lying=(Lying("property", "WY"),)))
    assert (answer.department, answer.with_departments, answer.supervising) == ("JD-990101001", ("WY",), "URBAN")
    assert answer.level == "street"
    assert ask(rules, MATTER).with_departments == ()


def test_stages_and_limits_are_dated():
    rule = Rule(
        "r",
        "s",
        "",
        "06",
        "",
        "URBAN",
        deadline=2,
        deadline_unit="working_days",
        stages=(Stage("停工", 4, "working_hours"),),
    )
    answer = ask([rule], MATTER)
    assert answer.due_at == datetime(2026, 7, 3, 17, 30, tzinfo=UTC)
    assert answer.stages == (("停工", datetime(2026, 7, 1, 14, 30, tzinfo=UTC)),)
    assert answer.deadline_hours is None
    assert ask([rule], replace(MATTER, at=None)).due_at is None
