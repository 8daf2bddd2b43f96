"""A rule set made ready: who answers for a matter, in the order of the steps, with all that was tried before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Final

from geo.locate.routing import trace
from geo.locate.routing.due import Clock
from geo.locate.routing.match import (
    STEPS,
    Matter,
    find_department,
    find_rung,
    fits_area,
    fits_category,
    fits_lying,
    handler_levels,
    holds_at,
    is_below,
    step_of,
    strength,
)
from geo.locate.routing.trace import Decided, Search
from geo.model import Department, Negative, Route, Rule, RuleSet

# Matters of a batch repeat themselves; so many different ones are kept.
_KEPT: Final = 200_000


class RuleIndex:
    """The rules of a set, by category, with what was asked before.

    Safe to share between threads: what is kept is only ever added to, and two threads at most work the same out.
    """

    def __init__(self, rule_set: RuleSet, departments: Iterable[Department]) -> None:
        self.rule_set = rule_set
        self.departments: Mapping[str, Department] = {item.code: item for item in departments}
        self.levels = handler_levels(self.departments)
        self.clock = Clock(rule_set.calendar)
        by_strength = sorted(rule_set.rules, key=lambda rule: (tuple(-int(part) for part in strength(rule)), rule.id))
        self._by_step = {step: [r for r in by_strength if step_of(r) == step] for step in (*STEPS, "helper")}
        self._timed = [r for r in by_strength if not holds_at(r, None, rule_set.calendar)]
        self._staged = {r.id: r for r in by_strength if r.stages}
        self._of_category: dict[tuple[str, str, str], dict[str, list[Rule]]] = {}
        self._answers: dict[tuple[object, ...], Route] = {}

    def route(self, matter: Matter) -> Route:
        """Who answers for a matter; with `matter.at` by when.

        Returns
        -------
        Route
            With `note` "" if one department was found. Else without a department, for a person to decide, and `note`
            is "route_ambiguous" (equally specific rules name different departments), "route_none" (no rule fits),
            "route_no_department" (the deciding rule names a department that does not exist) or "route_negative_list"
            (every rule that fits pushes the matter down to a level that the negative list bars). `tried` holds the
            other rules that fit, each with the message key of why it did not decide; where no rule fits, those for
            the category that hold elsewhere.
        """
        if matter.override is not None:
            answer = self._decide(matter)
        else:
            holding = tuple([holds_at(r, matter.at, self.rule_set.calendar) for r in self._timed])
            key = (
                matter.scheme, matter.kind, matter.category, matter.chain, matter.mode, matter.lying, matter.grade,
                matter.received_by, holding,
            )  # fmt: skip
            known = self._answers.get(key)
            if known is None:
                known = self._decide(matter)
                if len(self._answers) >= _KEPT:
                    self._answers.clear()
                self._answers[key] = known
            answer = known
        return answer if matter.at is None else self._dated(answer, matter.at)

    def fitting(self, matter: Matter, step: str) -> list[Rule]:
        """The rules of a step that fit a matter, most specific first."""
        return [rule for rule in self._candidates(matter)[step] if self._fits(rule, matter)]

    def lead_of(self, rule: Rule, matter: Matter) -> Department | None:
        """The department that a rule names for a matter."""
        return self.find(rule, rule.department, matter)

    def barred_by(self, department: str, matter: Matter) -> Negative | None:
        """The entry of the negative list that keeps a matter from a department."""
        level = self.levels[department]
        for entry in self.rule_set.negative:
            if (
                is_below(level, entry.level)
                and fits_category(entry, scheme=matter.scheme, kind=matter.kind, category=matter.category)
                and fits_area(entry.area, matter.chain)
            ):
                return entry
        return None

    def _candidates(self, matter: Matter) -> dict[str, list[Rule]]:
        key = (matter.scheme, matter.kind, matter.category)
        found = self._of_category.get(key)
        if found is None:
            found = self._of_category[key] = {
                step: [r for r in rules if fits_category(r, scheme=key[0], kind=key[1], category=key[2])]
                for step, rules in self._by_step.items()
            }
        return found

    def _fits(self, rule: Rule, matter: Matter) -> bool:
        return (
            rule.mode in ("", matter.mode)
            and fits_area(rule.area, matter.chain)
            and fits_lying(rule, matter.lying)
            and (step_of(rule) != "emergency" or matter.mode == "emergency")
            and holds_at(rule, matter.at, self.rule_set.calendar)
        )

    def find(self, rule: Rule, name: str, matter: Matter) -> Department | None:
        """The department that a name in a rule stands for at a matter's place."""
        owner = ""
        if name == "{owner}":
            owner = next((item.owner for item in matter.lying if fits_lying(rule, [item])), "")
        level = ""
        if name == "{level}":
            level = find_rung(
                self.rule_set.ladder,
                scheme=matter.scheme,
                kind=matter.kind,
                category=matter.category,
                grade=matter.grade,
            ) or ""  # fmt: skip
        return find_department(name, chain=matter.chain, departments=self.departments, owner=owner, level=level)

    def _decide(self, matter: Matter) -> Route:
        search = Search(version=self.rule_set.version)
        decided = self._overridden(matter, search)
        for step in STEPS:
            if decided is not None or search.note:
                break
            decided = self._try_step(step, matter, search)
        if decided is None:
            return self._undecided(matter, search)
        self._weaker(decided, matter, search)
        return self._answer(decided, matter, search)

    def _overridden(self, matter: Matter, search: Search) -> Decided | None:
        said = matter.override
        if said is None:
            search.step("override", "step_no_override")
            return None
        lead = self.departments.get(said.department)
        helpers = said.with_departments
        rule = Rule(f"override:{said.id}", "", "", "", "", said.department, helpers, version="", source=said.reason)
        if lead is None:
            search.give_up("route_no_department", "override", "route_tried_no_department", [rule])
            return None
        entry = self.barred_by(lead.code, matter)
        if entry is not None:
            search.barred("override", rule, lead.code, entry)
            return None
        return Decided("override", rule, lead, ())

    def _try_step(self, step: str, matter: Matter, search: Search) -> Decided | None:
        fitting = self.fitting(matter, step)
        if not fitting:
            normal = step == "emergency" and matter.mode != "emergency"
            search.step(step, "step_mode_normal" if normal else "step_no_rule")
            return None
        for _, group in groupby(fitting, key=strength):
            best = list(group)
            leads = [self.lead_of(rule, matter) for rule in best]
            if any(lead is None for lead in leads):
                search.no_department(step, best, leads)
                return None
            allowed: list[tuple[Rule, Department]] = []
            for rule, lead in zip(best, leads, strict=True):
                assert lead is not None
                entry = self.barred_by(lead.code, matter)
                if entry is None:
                    allowed.append((rule, lead))
                else:
                    search.barred(step, rule, lead.code, entry)
            if not allowed:
                continue
            return self._among(step, allowed, matter, search)
        return None

    def _among(
        self, step: str, allowed: Sequence[tuple[Rule, Department]], matter: Matter, search: Search
    ) -> Decided | None:
        """The one of equally specific rules that decides: all name one department, or who received it first leads."""
        codes = {lead.code for _, lead in allowed}
        if len(codes) == 1:
            rule, lead = allowed[0]
            search.equals([other for other, _ in allowed[1:]], "route_tried_same")
            return Decided(step, rule, lead, ())
        first = [row for row in allowed if row[1].code == matter.received_by]
        if self.rule_set.tie == "first_receiver" and first:
            search.equals(
                [rule for rule, lead in allowed if lead.code != first[0][1].code], "route_tried_first_receiver"
            )
            others = tuple(dict.fromkeys(lead.code for _, lead in allowed if lead.code != first[0][1].code))
            return Decided(step, *first[0], others)
        search.give_up("route_ambiguous", step, "route_tried_tie", [rule for rule, _ in allowed])
        return None

    def _weaker(self, decided: Decided, matter: Matter, search: Search) -> None:
        """List the other rules that fit but were not needed."""
        done = {name for name, _ in search.tried} | {decided.rule.id}
        steps = STEPS if decided.step == "override" else STEPS[STEPS.index(decided.step) :]
        for step in steps:
            for rule in self.fitting(matter, step):
                if rule.id not in done:
                    search.tried.append((rule.id, trace.why_weaker(rule, decided)))

    def _undecided(self, matter: Matter, search: Search) -> Route:
        if not search.note:
            search.note = "route_negative_list" if search.was_barred else "route_none"
            if not search.was_barred:
                search.tried += [
                    (rule.id, trace.why_elsewhere(rule, matter.chain))
                    for rule in sorted((r for s in STEPS for r in self._candidates(matter)[s]), key=lambda r: r.id)
                ]
        elif search.broken is not None:
            self._weaker(search.broken, matter, search)
        return Route(
            None,
            None,
            tried=tuple(search.tried),
            note=search.note,
            rule_set=self.rule_set.version,
            alarm="alarm_negative_list" if search.was_barred else "",
            steps=tuple(search.steps),
        )

    def _answer(self, decided: Decided, matter: Matter, search: Search) -> Route:
        rule, lead = decided.rule, decided.lead
        search.decided(decided)
        partners = [self._partner(rule, name, matter, search) for name in rule.with_departments]
        partners += list(decided.others)
        for helper in self.fitting(matter, "helper"):
            found = self._partner(helper, helper.department, matter, search)
            if found and found not in partners and found != lead.code:
                search.step("helper", "step_helps", helper, found)
                partners.append(found)
        above = self.find(rule, rule.supervising, matter) if rule.supervising else None
        unit = rule.deadline_unit
        limit = rule.deadline if rule.deadline is not None else rule.deadline_hours
        fallback = "alarm_fallback" if decided.step == "fallback" else ""
        return Route(
            department=lead.code,
            department_name=lead.name,
            with_departments=tuple(dict.fromkeys(code for code in partners if code and code != lead.code)),
            rule=rule.id,
            rule_version=rule.version,
            deadline_hours=limit if unit == "hours" else None,
            tried=tuple(search.tried),
            rule_set=self.rule_set.version,
            rule_list=rule.rule_list,
            step=decided.step,
            supervising=above.code if above is not None else lead.parent,
            closing=rule.closing,
            level=self.levels[lead.code],
            deadline=limit,
            deadline_unit=unit if limit is not None else "",
            alarm=fallback or ("alarm_negative_list" if search.was_barred else ""),
            steps=tuple(search.steps),
        )

    def _partner(self, rule: Rule, name: str, matter: Matter, search: Search) -> str:
        """The code of a co-department, "" for one that does not exist or that the negative list bars."""
        found = self.find(rule, name, matter)
        if found is None:
            search.tried.insert(0, (rule.id, "route_tried_no_partner"))
            return ""
        entry = self.barred_by(found.code, matter)
        if entry is not None:
            search.step("helper", "step_helper_barred", rule, found.code)
            return ""
        return found.code

    def _dated(self, answer: Route, at: datetime) -> Route:
        if answer.rule is None:
            return answer
        rule = self._staged.get(answer.rule)
        stages = () if rule is None else tuple((s.name, self.clock.end(at, s.value, s.unit)) for s in rule.stages)
        if answer.deadline is None:
            return replace(answer, stages=stages) if stages else answer
        return replace(answer, due_at=self.clock.end(at, answer.deadline, answer.deadline_unit), stages=stages)
