"""The lint finds every fault that is put into the sample's rules, and no other: its answers equal a naive reading."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path

import pytest
import shapely

from geo.files import LocalFiles
from geo.locate import Lying, lint_dates, lint_rule_set
from geo.messages import say
from geo.model import Asset, Negative, Rule, Rung
from geo.model.rules import ALWAYS

PLACE = Path(__file__).resolve().parents[2] / "data" / "boundaries" / "chenguang"
STEPS = ("emergency", "owner", "special", "duty", "base", "fallback")
LEVELS = ("grid", "community", "street", "district")
CUT = date(2026, 3, 1)
TIMES = [
    datetime(2026, 2, 3, 12, tzinfo=UTC), datetime(2026, 2, 3, 23, tzinfo=UTC),
    datetime(2026, 7, 1, 12, tzinfo=UTC), datetime(2026, 7, 1, 23, tzinfo=UTC),
]  # fmt: skip


@pytest.fixture(scope="module")
def world():
    files = LocalFiles()
    place = files.read_place(str(PLACE))
    rule_set = files.read_rule_set(files.list_rule_sets(str(PLACE))[-1])
    return place, rule_set


def test_the_shipped_rules_have_no_fault(world):
    place, rule_set = world
    drawing = LocalFiles().read_drawing(str(PLACE / "current_plan.gpkg"))
    grids = [(grid.code, grid.parent) for grid in drawing.grids]
    assert lint_rule_set(rule_set, place.categories, place.departments, place.areas, grids) == ()
    assert lint_rule_set(rule_set, place.categories, place.departments, place.areas) == ()


class Naive:
    """Every category in every context, rule by rule."""

    def __init__(self, rule_set, categories, place):
        self.rules, self.set = rule_set.rules, rule_set
        self.categories, self.known = categories, {d.code: d for d in place.departments}
        self.chains = [("990101", c.code[:9], c.code) for c in place.areas if c.level == "community"]
        layers = {"property/managed": ("WY-01", "managed"), "property/unmanaged": ("WY-00", "unmanaged")}
        one = [Lying(name.split("/")[0], owner, tenure) for name, (owner, tenure) in layers.items()]
        one += [Lying("road", "SZYH"), Lying("special", "YQ-GW"), Lying("facility", "CDGS")]
        self.lying = [(), *((item,) for item in one), (one[0], *one[2:])]

    def lead(self, name, rule, chain, lying):
        if name == "{owner}":
            mine = [i.owner for i in lying if rule.asset in ("", i.layer) and rule.tenure in ("", i.tenure)]
            return self.known.get(mine[0]) if mine else None
        if name == "{level}":
            name = "JD-{street}"
        return self.known.get(name.format(street=chain[1], community=chain[2]))

    def level(self, department):
        while department is not None and not department.area:
            department = self.known.get(department.parent)
        return 3 if department is None else {9: 2, 12: 1}[len(department.area)]

    def entry(self, department, item, chain):
        for n in self.set.negative:
            same = (n.scheme, n.kind) == (item.scheme, item.kind) and item.code.startswith(n.category)
            if same and self.level(department) <= LEVELS.index(n.level):
                return n
        return None

    def fits(self, rule, item, chain, lying, mode, at):
        day, w = at.date(), rule.window
        hour = w.start is None or at.hour >= 22 or at.hour < 6
        season = w.first is None or (day.month, day.day) >= w.first or (day.month, day.day) <= w.last
        return (
            rule.scheme in ("", item.scheme)
            and rule.kind in ("", item.kind)
            and item.code.startswith(rule.category)
            and any(code.startswith(rule.area) for code in chain)
            and (rule.effective is None or day >= rule.effective)
            and hour
            and season
            and (rule.step != "emergency" or mode == "emergency")
            and (
                not (rule.asset or rule.tenure)
                or any(rule.asset in ("", i.layer) and rule.tenure in ("", i.tenure) for i in lying)
            )
        )

    def faults(self):
        found, reached, gaps = set(), set(), defaultdict(set)
        for item in self.categories:
            for chain, lying, mode, at in product(self.chains[::4], self.lying, ("normal", "emergency"), TIMES):
                gap = self.one(item, chain, lying, mode, at, found, reached)
                if gap:
                    gaps[gap].add(item.code)
        for rule in self.rules:
            if rule.id not in reached and rule.step not in ("fallback", "helper"):
                found.add(("lint_unreachable", (rule.id,)))
            for name in (rule.department, *rule.with_departments):
                if name not in ("{owner}", "{level}") and self.lead(name, rule, self.chains[0], ()) is None:
                    found.add(("lint_unknown_department", (rule.id,)))
        return found, dict(gaps)

    def one(self, item, chain, lying, mode, at, found, reached):
        decided = ""
        for step in STEPS:
            own = [r for r in self.rules if r.step == step and self.fits(r, item, chain, lying, mode, at)]
            while own:
                keys = {
                    r.id: (
                        len(r.area), bool(r.asset) + bool(r.tenure), len(r.category), bool(r.mode),
                        r.window != ALWAYS, bool(r.kind), bool(r.scheme),
                    )
                    for r in own
                }  # fmt: skip
                best = [r for r in own if keys[r.id] == max(keys.values())]
                own = [r for r in own if r not in best]
                leads = [(r, self.lead(r.department, r, chain, lying)) for r in best]
                if not decided:
                    reached |= {r.id for r in best}
                    if any(lead is None for _, lead in leads):
                        decided = "fallback" if step == "fallback" else "rule"
                        break
                    for r, lead in leads:
                        if self.entry(lead, item, chain):
                            found.add(("lint_negative", (r.id,)))
                    leads = [(r, lead) for r, lead in leads if not self.entry(lead, item, chain)]
                if leads:
                    self.same(leads, found)
                    if not decided:
                        for name in leads[0][0].with_departments:
                            helper = self.lead(name, leads[0][0], chain, lying)
                            if helper is not None and self.entry(helper, item, chain):
                                found.add(("lint_negative", (leads[0][0].id,)))
                        decided = "fallback" if step == "fallback" else "rule"
                    break
        return {"": "lint_gap", "fallback": "lint_gap_fallback"}.get(decided)

    @staticmethod
    def same(leads, found):
        leads = [(r, lead) for r, lead in leads if lead is not None]
        if len(leads) > 1:
            ids = tuple(sorted(r.id for r, _ in leads))
            if len({lead.code for _, lead in leads}) > 1:
                found.add(("lint_tie", ids))
            else:
                found.add(("lint_double", ids))


def injected(rule_set, rng, usual):
    """One to three faults at random."""
    rules = list(rule_set.rules)
    for number in range(rng.randint(1, 3)):
        k = rng.choice([k for k, r in enumerate(rules) if r.step not in ("helper",) and "X" not in r.id])
        rule = rules[k]
        match rng.choice(["delete", "tie", "double", "shadow", "name", "down", "cut", "partner"]):
            case "delete":
                del rules[k]
            case "tie":
                other = "SWWJ" if rule.department != "SWWJ" else "NYJ"
                rules.append(replace(rule, id=f"X{number}", department=other))
            case "double":
                rules.append(replace(rule, id=f"X{number}"))
            case "shadow":
                rules.append(replace(rule, id=f"X{number}", area=rule.area or "990101", kind=usual[1], scheme=usual[0]))
            case "name":
                rules[k] = replace(rule, department="NOBODY")
            case "down":
                rules[k] = replace(rule, department="JW-{community}")
            case "cut":
                rules[k] = replace(rule, effective=CUT)
            case "partner":
                rules[k] = replace(rule, with_departments=("JW-{community}", "NOBODY"))
    return replace(rule_set, rules=tuple(rules))


@pytest.mark.parametrize("seed", range(24))
def test_injected_faults_are_found_and_no_others(world, seed):
    place, whole = world
    rng = random.Random(seed)
    majors = sorted(
        {(c.scheme, c.kind, c.code[:2]) for c in place.categories if c.scheme in ("hotline", "gbt47678.5-2026")}
    )
    scheme, kind, major = rng.choice(majors)
    categories = [c for c in place.categories if (c.scheme, c.kind, c.code[:2]) == (scheme, kind, major)]
    wanted = {r.category for r in whole.rules}
    categories = [c for c in categories if c.code in wanted] + rng.sample(categories, min(2, len(categories)))
    categories = list({c.code: c for c in categories}.values())
    rules = tuple(
        r
        for r in whole.rules
        if r.scheme in ("", scheme) and r.kind in ("", kind) and any(c.code.startswith(r.category) for c in categories)
    )
    negative = tuple(n for n in whole.negative if any(
        (n.scheme, n.kind) == (scheme, kind) and c.code.startswith(n.category) for c in categories
    ))  # fmt: skip
    rule_set = injected(replace(whole, rules=rules, negative=negative), rng, (scheme, kind))
    left = {r.category for r in rule_set.rules}
    found = lint_rule_set(rule_set, categories, place.departments, place.areas)
    expected, gaps = Naive(rule_set, categories, place).faults()
    told = {(f.kind, f.rules) for f in found if not f.kind.startswith("lint_gap")}
    assert told == expected, left
    told_gaps = defaultdict(set)
    for fault in found:
        if fault.kind.startswith("lint_gap"):
            told_gaps[fault.kind].add(fault.context["category"])
        for lang in ("zh", "en"):
            assert say(fault.kind, lang, **fault.context)
    assert dict(told_gaps) == gaps


def test_what_can_be_wrong_beside_the_rules(world):
    place, rule_set = world
    square = shapely.box(114, 34, 114.001, 34.001)
    extra = replace(
        rule_set,
        rules=(
            *rule_set.rules,
            Rule("A1", "hotline", "hotline", "0103", "", "{owner}", asset="nowhere", step="owner"),
            Rule("A2", "hotline", "hotline", "0103", "990101", "{owner}", step="owner"),
            Rule("A3", "hotline", "hotline", "9999", "", "CGJ"),
            Rule("A4", "hotline", "hotline", "0103", "880101", "CGJ"),
            Rule("A5", "hotline", "hotline", "0103", "", "CGJ", asset="property", tenure="haunted"),
        ),
        negative=(*rule_set.negative, Negative("N9", "hotline", "hotline", "9999", "street")),
        ladder=(*rule_set.ladder, Rung("hotline", "hotline", "9999", "x", "grid")),
        assets=(
            *rule_set.assets,
            Asset("extra", "p1", "", "CGJ", square),
            Asset("extra", "p2", "", "YLJ", square),
            Asset("extra", "p3", "", "GHOST", shapely.Point(114, 34)),
        ),
    )
    departments = (*place.departments, replace(place.departments[0], code="ODD", area="110101"))
    found = lint_rule_set(extra, place.categories, departments, place.areas)
    kinds = {(f.kind, f.rules) for f in found}
    assert {
        ("lint_unknown_asset", ("A1",)),
        ("lint_owner_without_asset", ("A2",)),
        ("lint_unknown_category", ("A3",)),
        ("lint_unknown_area", ("A4",)),
        ("lint_unknown_asset", ("A5",)),
        ("lint_unknown_category", ("N9",)),
        ("lint_unknown_category", ("9999/x",)),
        ("lint_assets_overlap", ()),
        ("lint_unknown_owner", ()),
        ("lint_department_area", ()),
    } <= kinds
    for fault in found:
        for lang in ("zh", "en"):
            assert say(fault.kind, lang, **fault.context)


def test_days_between_two_sets_are_told():
    rows = [("b", date(2026, 7, 1), None), ("a", date(2026, 1, 1), date(2026, 6, 1))]
    (fault,) = lint_dates(rows)
    assert (fault.kind, fault.context["version"], fault.context["later"]) == ("lint_date_gap", "a", "b")
    assert say(fault.kind, "en", **fault.context)
    assert lint_dates([("a", date(2026, 1, 1), date(2026, 7, 1)), ("b", date(2026, 7, 1), None)]) == ()
