"""What was tried before an answer, as message keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from geo.locate.routing.match import fits_area, step_of
from geo.model import Department, Negative, RouteStep, Rule


@dataclass(frozen=True)
class Decided:
    """The rule that decides, its department, and those that tied with it and help."""

    step: str
    rule: Rule
    lead: Department
    others: tuple[str, ...]


@dataclass
class Search:
    """The way to an answer so far; `note` is why there will be none."""

    version: str
    steps: list[RouteStep] = field(default_factory=list)
    tried: list[tuple[str, str]] = field(default_factory=list)
    note: str = ""
    was_barred: bool = False
    broken: Decided | None = None

    def step(self, step: str, why: str, rule: Rule | None = None, department: str = "") -> None:
        """Write a step down."""
        if rule is None:
            self.steps.append(RouteStep(step, why))
        else:
            self.steps.append(RouteStep(step, why, rule.id, rule.rule_list, rule.version, department))

    def decided(self, decided: Decided) -> None:
        """The step that gave the answer."""
        self.step(decided.step, "step_decided", decided.rule, decided.lead.code)

    def barred(self, step: str, rule: Rule, department: str, entry: Negative) -> None:
        """A rule would push the matter down to where the negative list bars it from; the next one is asked."""
        self.was_barred = True
        self.tried.append((rule.id, "route_tried_negative_list"))
        self.step(step, "route_tried_negative_list", rule, department)
        self.steps.append(RouteStep(step, "step_negative_entry", entry.id, "negative", self.version))

    def no_department(self, step: str, rules: Sequence[Rule], leads: Sequence[Department | None]) -> None:
        """A rule that decides names nobody: a person has to look, because passing over it would hide the fault."""
        self.note = "route_no_department"
        for rule, lead in zip(rules, leads, strict=True):
            why = "route_tried_no_department" if lead is None else "route_tried_tie"
            self.tried.append((rule.id, why))
            self.step(step, why, rule)
        self.broken = Decided(step, rules[0], Department("", ""), ())

    def equals(self, rules: Sequence[Rule], why: str) -> None:
        """Rules as specific as the one that decides."""
        self.tried += [(rule.id, why) for rule in rules]

    def give_up(self, note: str, step: str, why: str, rules: Sequence[Rule]) -> None:
        """No answer at this step, and none after it."""
        self.note = note
        for rule in rules:
            self.tried.append((rule.id, why))
            self.step(step, why, rule, rule.department)
        if step != "override":
            self.broken = Decided(step, rules[0], Department("", ""), ())


def why_weaker(rule: Rule, decided: Decided) -> str:
    """Why a rule that fits was not needed."""
    winner = decided.rule
    if decided.step == "override":
        return "route_tried_override"
    if len(rule.area) < len(winner.area):
        return "route_tried_wider_area"
    if len(rule.category) < len(winner.category):
        return "route_tried_wider_category"
    if step_of(rule) != decided.step:
        return "route_tried_later_step"
    if (bool(rule.asset), bool(rule.tenure), bool(rule.mode)) != (
        bool(winner.asset),
        bool(winner.tenure),
        bool(winner.mode),
    ) or rule.window != winner.window:
        return "route_tried_wider_condition"
    return "route_tried_wider_category"


def why_elsewhere(rule: Rule, chain: Sequence[str]) -> str:
    """Why a rule for the category does not fit."""
    return "route_tried_condition" if fits_area(rule.area, chain) else "route_tried_other_area"
