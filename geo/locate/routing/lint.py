"""Faults of a set of routing rules, found before an issue falls into one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.locate.routing.route import find_department, strength
from geo.model import Area, Category, Department, Rule


@dataclass(frozen=True)
class RuleFault:
    """One fault: `kind` is a message key, filled from `context`; `rules` are the ids of the rules concerned."""

    kind: str
    rules: tuple[str, ...] = ()
    context: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


def lint_rules(
    rules: Sequence[Rule],
    categories: Sequence[Category],
    departments: Sequence[Department],
    areas: Sequence[Area],
) -> tuple[RuleFault, ...]:
    """All faults of `rules` over the whole catalogue × communities.

    Finds ids that stand twice; categories, areas, departments and co-departments that do not exist (placeholders are
    filled for every community); equally specific rules for the same matters ("lint_tie" if they name different
    departments, else "lint_double"); rules that never decide because a more specific one always does
    ("lint_unreachable"); and matters that no rule routes ("lint_gap", one a category).
    """
    chains = _chains(rules, areas)
    faults = [
        RuleFault("lint_id_twice", (name,), {"rule": name, "count": count})
        for name, count in sorted(Counter(rule.id for rule in rules).items())
        if count > 1
    ]
    of_category = np.array([[_covers_category(rule, item) for item in categories] for rule in rules], dtype=np.bool_)
    of_category = of_category.reshape(len(rules), len(categories))
    of_area = np.array([[_covers_area(rule, chain) for chain in chains] for rule in rules], dtype=np.bool_)
    of_area = of_area.reshape(len(rules), len(chains))
    faults += _unknown_names(rules, of_category, of_area, chains, {item.code: item for item in departments})
    faults += _ties(rules)
    faults += _never_deciding(rules, categories, of_category, of_area)
    return tuple(faults)


def _chains(rules: Sequence[Rule], areas: Sequence[Area]) -> list[tuple[str, ...]]:
    """Every lowest area with its ancestors, from the district down, and the grids that rules name."""
    by_code = {area.code: area for area in areas}
    parents = {area.parent for area in areas}
    chains = []
    for area in areas:
        if area.code not in parents:
            chain = [area.code]
            while (parent := by_code[chain[0]].parent) is not None and parent in by_code and parent not in chain:
                chain.insert(0, parent)
            chains.append(tuple(chain))
    # A rule for one grid: the areas end at communities, and the grid's code begins with its community's.
    below = {
        (*chain, rule.area)
        for rule in rules
        for chain in chains
        if len(rule.area) > len(chain[-1]) and rule.area.startswith(chain[-1])
    }
    return chains + sorted(below)


def _covers_category(rule: Rule, item: Category) -> bool:
    return rule.scheme in ("", item.scheme) and rule.kind in ("", item.kind) and item.code.startswith(rule.category)


def _covers_area(rule: Rule, chain: Sequence[str]) -> bool:
    return not rule.area or any(code.startswith(rule.area) for code in chain)


def _unknown_names(
    rules: Sequence[Rule],
    of_category: NDArray[np.bool_],
    of_area: NDArray[np.bool_],
    chains: Sequence[tuple[str, ...]],
    departments: Mapping[str, Department],
) -> Iterable[RuleFault]:
    for i, rule in enumerate(rules):
        if rule.category and not of_category[i].any():
            context = {"rule": rule.id, "scheme": rule.scheme, "kind": rule.kind, "category": rule.category}
            yield RuleFault("lint_unknown_category", (rule.id,), context)
        if rule.area and not of_area[i].any():
            yield RuleFault("lint_unknown_area", (rule.id,), {"rule": rule.id, "area": rule.area})
        within = [chains[j] for j in np.flatnonzero(of_area[i]).tolist()] or [()]
        for name in (rule.department, *rule.with_departments):
            missing = [chain for chain in within if not find_department(name, chain=chain, departments=departments)]
            if missing:
                example = missing[0][-1] if missing[0] else ""
                details: dict[str, Any] = {"rule": rule.id, "department": name, "count": len(missing), "area": example}
                yield RuleFault("lint_unknown_department", (rule.id,), details)


def _ties(rules: Sequence[Rule]) -> Iterable[RuleFault]:
    same: dict[tuple[str, str, str, str], list[Rule]] = defaultdict(list)
    for rule in rules:
        same[rule.scheme, rule.kind, rule.category, rule.area].append(rule)
    for group in same.values():
        if len(group) > 1:
            named = {rule.department for rule in group}
            ids = tuple(sorted(rule.id for rule in group))
            kind = "lint_tie" if len(named) > 1 else "lint_double"
            yield RuleFault(kind, ids, {"rules": ", ".join(ids), "departments": ", ".join(sorted(named))})


def _never_deciding(
    rules: Sequence[Rule],
    categories: Sequence[Category],
    of_category: NDArray[np.bool_],
    of_area: NDArray[np.bool_],
) -> Iterable[RuleFault]:
    """Strongest rules first: what is left for a rule when its turn comes is what it decides."""
    undecided = np.ones((of_category.shape[1], of_area.shape[1]), dtype=np.bool_)
    order = sorted(range(len(rules)), key=lambda i: strength(rules[i]), reverse=True)
    for _, group in groupby(order, key=lambda i: strength(rules[i])):
        equals = list(group)
        for i in equals:
            mine = np.ix_(of_category[i], of_area[i])
            # A rule that covers nothing is reported as unknown, not as unreachable.
            if of_category[i].any() and of_area[i].any() and not undecided[mine].any():
                yield RuleFault("lint_unreachable", (rules[i].id,), {"rule": rules[i].id})
        for i in equals:
            undecided[np.ix_(of_category[i], of_area[i])] = False
    for j in np.flatnonzero(undecided.any(axis=1)).tolist():
        item = categories[j]
        context = {"scheme": item.scheme, "kind": item.kind, "category": item.code, "name": item.name}
        yield RuleFault("lint_gap", (), {**context, "areas": int(undecided[j].sum())})
