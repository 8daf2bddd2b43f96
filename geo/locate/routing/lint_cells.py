"""Every kind of matter at every kind of place and time, and what the rules make of it.

Two categories, places or times that every rule treats alike are one; what is left is small enough to be tried whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, product
from typing import Final

from geo.locate.routing.engine import RuleIndex
from geo.locate.routing.match import STEPS, Lying, Matter, fits_area, fits_category, holds_at, step_of, strength
from geo.model import Category, Mode, Rule, RuleFault
from geo.model.rules import ALWAYS, Negative, Rung

# Long enough after every change of the rules to meet working days and days of rest, whatever the holidays.
_DAYS: Final = 15
_NO_DATE: Final = date(2026, 1, 1)


class Cells:
    """The whole catalogue × places under one rule set."""

    def __init__(self, index: RuleIndex, categories: Sequence[Category], chains: Sequence[tuple[str, ...]]) -> None:
        self._index = index
        self._categories = categories
        self._chains = chains
        self._rules = index.rule_set.rules
        self._reached: set[int] = set()
        self._covering: set[int] = set()
        self._faults: dict[tuple[object, ...], RuleFault] = {}

    def faults(self) -> Iterable[RuleFault]:
        """Ties, doubles, what pushes down, what never decides, and gaps."""
        gaps: list[RuleFault] = []
        for members in self._alike():
            gaps += self._one_kind(members)
        yield from self._faults.values()
        for number, rule in enumerate(self._rules):
            if number in self._covering and number not in self._reached:
                yield RuleFault("lint_unreachable", (rule.id,), {"rule": rule.id})
        order = {(item.scheme, item.kind, item.code): row for row, item in enumerate(self._categories)}
        yield from sorted(gaps, key=lambda g: order[g.context["scheme"], g.context["kind"], g.context["category"]])

    def _alike(self) -> list[list[Category]]:
        """Categories that all entries treat alike."""
        entries: tuple[Rule | Negative | Rung, ...] = (
            *self._rules,
            *self._index.rule_set.negative,
            *self._index.rule_set.ladder,
        )
        groups: dict[tuple[int, ...], list[Category]] = {}
        for item in self._categories:
            fits = tuple(
                k
                for k, entry in enumerate(entries)
                if fits_category(entry, scheme=item.scheme, kind=item.kind, category=item.code)
            )
            groups.setdefault(fits, []).append(item)
        return list(groups.values())

    def _one_kind(self, members: list[Category]) -> list[RuleFault]:
        first = members[0]
        rules = [
            (number, rule)
            for number, rule in enumerate(self._rules)
            if fits_category(rule, scheme=first.scheme, kind=first.kind, category=first.code)
        ]
        only = [rule for _, rule in rules]
        numbers = {id(rule): number for number, rule in rules}
        times, lying, modes = self._times(only), self._lying(only), _modes(only)
        grades = sorted({"", *(rung.grade for rung in self._index.rule_set.ladder)}) if _uses_level(only) else [""]
        gaps: dict[str, set[str]] = {"lint_gap": set(), "lint_gap_fallback": set()}
        for chains in self._places(only):
            for at, here, mode, grade in product(times, lying, modes, grades):
                matter = Matter(first.scheme, first.kind, first.code, chains[0], at, mode, here, grade)
                gap = self._one_cell(matter, only, numbers)
                if gap:
                    gaps[gap] |= {_community(chain) for chain in chains}
            for number, rule in rules:
                if step_of(rule) != "helper" and rule.step != "fallback" and fits_area(rule.area, chains[0]):
                    self._covering.add(number)
        return [
            RuleFault(
                kind,
                (),
                {
                    "scheme": item.scheme,
                    "kind": item.kind,
                    "category": item.code,
                    "name": item.name,
                    "areas": len(where),
                },
            )
            for kind, where in gaps.items()
            if where
            for item in members
        ]

    def _one_cell(self, matter: Matter, rules: Sequence[Rule], numbers: dict[int, int]) -> str:
        """Note what happens at one cell; the key of its gap, "" for none."""
        decided = ""
        for step in STEPS:
            if decided and step != "fallback":
                continue
            fitting = self._index.fitting(matter, step)
            if decided:
                self._unneeded(matter, [rule for rule in fitting if rule.step == "fallback"])
                continue
            found = self._one_step(matter, fitting, numbers)
            if found:
                decided = "fallback" if all(rule.step == "fallback" for rule in found) else "rule"
        return {"": "lint_gap", "fallback": "lint_gap_fallback", "rule": ""}[decided]

    def _one_step(self, matter: Matter, fitting: Sequence[Rule], numbers: dict[int, int]) -> list[Rule]:
        """The equally specific rules that decide in a step."""
        for _, group in groupby(fitting, key=strength):
            best = list(group)
            self._reached |= {numbers[id(rule)] for rule in best}
            allowed: list[tuple[Rule, str]] = []
            for rule in best:
                lead = self._index.lead_of(rule, matter)
                if lead is None:
                    return best
                entry = self._index.barred_by(lead.code, matter)
                if entry is None:
                    allowed.append((rule, lead.code))
                else:
                    context = {"rule": rule.id, "department": lead.code, "entry": entry.id, "category": matter.category}
                    self._faults.setdefault(
                        ("lint_negative", rule.id, entry.id), RuleFault("lint_negative", (rule.id,), context)
                    )
            if allowed:
                self._barred_helpers(allowed[0][0], matter)
                self._equals(allowed)
                return [rule for rule, _ in allowed]
        return []

    def _unneeded(self, matter: Matter, fallbacks: Sequence[Rule]) -> None:
        """Two fallbacks that contradict each other are a fault even where nobody needs them."""
        best = [rule for rule in fallbacks if strength(rule) == strength(fallbacks[0])]
        leads = [(rule, self._index.lead_of(rule, matter)) for rule in best]
        self._equals([(rule, lead.code) for rule, lead in leads if lead is not None])

    def _barred_helpers(self, rule: Rule, matter: Matter) -> None:
        for name in rule.with_departments:
            found = self._index.find(rule, name, matter)
            entry = None if found is None else self._index.barred_by(found.code, matter)
            if found is not None and entry is not None:
                context = {"rule": rule.id, "department": found.code, "entry": entry.id, "category": matter.category}
                self._faults.setdefault(
                    ("lint_negative", rule.id, entry.id), RuleFault("lint_negative", (rule.id,), context)
                )

    def _equals(self, allowed: Sequence[tuple[Rule, str]]) -> None:
        if len(allowed) < 2:
            return
        ids = tuple(sorted(rule.id for rule, _ in allowed))
        leads = {lead for _, lead in allowed}
        if len(leads) == 1 and len({_selector(rule) for rule, _ in allowed}) > 1:
            return  # two reasons for the same answer
        kind = "lint_tie" if len(leads) > 1 else "lint_double"
        names = ", ".join(sorted({rule.department for rule, _ in allowed}))
        fault = RuleFault(kind, ids, {"rules": ", ".join(ids), "departments": names})
        self._faults.setdefault((kind, ids), fault)

    def _places(self, rules: Sequence[Rule]) -> list[list[tuple[str, ...]]]:
        """Places where the same rules hold and name departments of the same levels, the same ones equal."""
        groups: dict[object, list[tuple[str, ...]]] = {}
        areas = [rule.area for rule in rules] + [entry.area for entry in self._index.rule_set.negative]
        for chain in self._chains:
            matter = Matter("", "", "", chain)
            leads = [self._index.lead_of(rule, matter) for rule in rules]
            codes = [None if lead is None else lead.code for lead in leads]
            key = (
                tuple(fits_area(area, chain) for area in areas),
                tuple(None if code is None else (codes.index(code), self._index.levels[code]) for code in codes),
                len(chain),
            )
            groups.setdefault(key, []).append(chain)
        return list(groups.values())

    def _lying(self, rules: Sequence[Rule]) -> list[tuple[Lying, ...]]:
        """What can lie at a place, as far as the rules ask: of each layer nothing, or one of each kind there is."""
        asked = {rule.asset for rule in rules if rule.asset or rule.tenure}
        tenures = {rule.tenure for rule in rules} - {""}
        kinds: dict[str, dict[object, Lying]] = {}
        named = {rule.department for rule in rules}
        for asset in self._index.rule_set.assets:
            if asset.owner not in self._index.departments or not ("" in asked or asset.layer in asked):
                continue
            tenure = asset.tenure if asset.tenure in tenures else ""
            same = asset.owner if asset.owner in named else self._index.levels[asset.owner]
            kinds.setdefault(asset.layer, {}).setdefault((tenure, same), Lying(asset.layer, asset.owner, asset.tenure))
        choices = [[None, *kinds[layer].values()] for layer in sorted(kinds)]
        return [tuple(item for item in choice if item is not None) for choice in product(*choices)]

    def _times(self, rules: Sequence[Rule]) -> list[datetime | None]:
        """A moment for each set of rules that can hold together."""
        calendar = self._index.rule_set.calendar
        timed = [rule for rule in rules if not holds_at(rule, None, calendar)]
        if not timed:
            return [None]
        found: dict[tuple[bool, ...], datetime] = {}
        clock = sorted({time(0), *_clock_edges(timed)})
        for day in self._days(timed):
            for at in clock:
                moment = datetime.combine(day, at, tzinfo=UTC)
                found.setdefault(tuple(holds_at(rule, moment, calendar) for rule in timed), moment)
        return list(found.values())

    def _days(self, timed: Sequence[Rule]) -> list[date]:
        rule_set = self._index.rule_set
        edges = {day for rule in timed for day in (rule.effective, rule.until) if day is not None}
        first = rule_set.effective or (min(edges) - timedelta(days=_DAYS) if edges else _NO_DATE)
        last = rule_set.until or max(edges | {first}) + timedelta(days=400)
        for year in range(first.year, min(last.year, first.year + 4) + 1):
            for rule in timed:
                if rule.window.first:
                    edges.add(_day_of(year, rule.window.first))
                if rule.window.last:
                    edges.add(_day_of(year, rule.window.last) + timedelta(days=1))
        spread = {edge + timedelta(days=k) for edge in edges | {first} for k in range(_DAYS)}
        return sorted(day for day in spread if first <= day < last)


def _community(chain: Sequence[str]) -> str:
    return chain[min(len(chain), 3) - 1] if chain else ""


def _modes(rules: Sequence[Rule]) -> list[Mode]:
    moded = any(rule.mode or step_of(rule) == "emergency" for rule in rules)
    return ["normal", "emergency"] if moded else ["normal"]


def _uses_level(rules: Sequence[Rule]) -> bool:
    return any(rule.department == "{level}" for rule in rules)


def _selector(rule: Rule) -> tuple[object, ...]:
    return rule.scheme, rule.kind, rule.category, rule.area, rule.asset, rule.tenure, rule.mode, rule.window


def _clock_edges(rules: Sequence[Rule]) -> Iterator[time]:
    for rule in rules:
        if rule.window != ALWAYS:
            yield from (edge for edge in (rule.window.start, rule.window.end) if edge is not None)


def _day_of(year: int, day: tuple[int, int]) -> date:
    month, number = day
    try:
        return date(year, month, number)
    except ValueError:  # 29 February
        return date(year, month + 1, 1)
