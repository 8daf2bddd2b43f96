"""Category × area → the department that answers, with the rule that decided and what was tried before it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from geo.model import CategoryKind, Department, Route, Rule

# Position in a chain (区, 街道, 社区, 网格) of what a rule may leave open.
PLACEHOLDERS: Final[Mapping[str, int]] = MappingProxyType({"{district}": 0, "{street}": 1, "{community}": 2})
_PLACEHOLDER: Final = re.compile(r"\{[^{}]*\}")

Strength = tuple[int, int, bool, bool]


def strength(rule: Rule) -> Strength:
    """How specific a rule is, as a sort key: area first, then category, then whether it names kind and scheme.

    A rule for one street beats one for the district; the territorial fallback (属地兜底: no category, no area) is
    therefore the last of all.
    """
    return len(rule.area), len(rule.category), bool(rule.kind), bool(rule.scheme)


def route(
    rules: Iterable[Rule],
    *,
    scheme: str,
    kind: CategoryKind | str,
    category: str,
    chain: Sequence[str],
    departments: Iterable[Department],
) -> Route:
    """The department that answers for an issue.

    Parameters
    ----------
    rules : the rules in force.
    scheme, kind, category : the issue's category; `category` "" is known by no rule but the fallback.
    chain : codes of 区, 街道, 社区, 网格 in this order, as far as they are known.
    departments : all departments.

    Returns
    -------
    Route
        With `note` "" if one department was found. Else without a department, for a person to decide, and `note` is
        "route_ambiguous" (equally specific rules name different departments), "route_none" (no rule fits, not even a
        fallback) or "route_no_department" (the deciding rule names a department that does not exist). `tried` holds
        the other rules that fit, most specific first, each with the message key of why it did not decide; where no
        rule fits, those for the category in other areas.
    """
    known = {department.code: department for department in departments}
    for_category = [rule for rule in rules if _fits_category(rule, scheme=scheme, kind=kind, category=category)]
    fitting = [rule for rule in for_category if any(code.startswith(rule.area) for code in chain) or not rule.area]
    fitting.sort(key=lambda rule: (tuple(-int(part) for part in strength(rule)), rule.id))
    if not fitting:
        others = sorted((rule for rule in for_category), key=lambda rule: rule.id)
        return Route(None, None, tried=tuple((r.id, "route_tried_other_area") for r in others), note="route_none")

    best = [rule for rule in fitting if strength(rule) == strength(fitting[0])]
    found = [find_department(rule.department, chain=chain, departments=known) for rule in best]
    weaker = tuple((rule.id, _why_weaker(rule, best[0])) for rule in fitting[len(best) :])
    if any(department is None for department in found):
        missing = tuple(
            (rule.id, "route_tried_no_department" if department is None else "route_tried_tie")
            for rule, department in zip(best, found, strict=True)
        )
        return Route(None, None, tried=missing + weaker, note="route_no_department")
    if len({department.code for department in found if department}) > 1:
        return Route(None, None, tried=tuple((r.id, "route_tried_tie") for r in best) + weaker, note="route_ambiguous")

    winner, lead = best[0], found[0]
    assert lead is not None
    partners = [find_department(name, chain=chain, departments=known) for name in winner.with_departments]
    lost = ((winner.id, "route_tried_no_partner"),) if None in partners else ()
    return Route(
        department=lead.code,
        department_name=lead.name,
        with_departments=tuple(partner.code for partner in partners if partner and partner.code != lead.code),
        rule=winner.id,
        rule_version=winner.version,
        deadline_hours=winner.deadline_hours,
        tried=lost + tuple((rule.id, "route_tried_same") for rule in best[1:]) + weaker,
    )


def find_department(name: str, *, chain: Sequence[str], departments: Mapping[str, Department]) -> Department | None:
    """The department that a rule's `department` names, with placeholders filled from `chain`; None if there is none.

    "ZF-{street}" is the department with the code "ZF-110101001". A lone "{street}" that is no department's code is
    the department that serves this area (`Department.area`): the top one if it has branches there.
    """
    for placeholder in _PLACEHOLDER.findall(name):
        position = PLACEHOLDERS.get(placeholder)
        if position is None or position >= len(chain):
            return None
    filled = _PLACEHOLDER.sub(lambda match: chain[PLACEHOLDERS[match.group()]], name)
    if filled in departments or name not in PLACEHOLDERS:
        return departments.get(filled)
    serving = {code: department for code, department in departments.items() if department.area == filled}
    top = [department for department in serving.values() if department.parent not in serving]
    return top[0] if len(top) == 1 else None


def _fits_category(rule: Rule, *, scheme: str, kind: str, category: str) -> bool:
    return (
        rule.scheme in ("", scheme)
        and rule.kind in ("", kind)
        and (category.startswith(rule.category) if rule.category else True)
    )


def _why_weaker(rule: Rule, winner: Rule) -> str:
    mine, theirs = strength(rule), strength(winner)
    if mine[0] != theirs[0]:
        return "route_tried_wider_area"
    return "route_tried_wider_category"
