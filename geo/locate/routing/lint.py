"""Faults of a rule set, found over the whole catalogue before an issue falls into one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import shapely

from geo.locate.routing.engine import RuleIndex
from geo.locate.routing.lint_cells import Cells
from geo.locate.routing.match import find_department, fits_area, fits_category
from geo.model import Area, Category, Department, RuleFault, RuleSet
from geo.model.rules import Asset, Negative, Rule, Rung

Chain = tuple[str, ...]


def lint_rules(
    rules: Sequence[Rule],
    categories: Sequence[Category],
    departments: Sequence[Department],
    areas: Sequence[Area],
) -> tuple[RuleFault, ...]:
    """All faults of `rules` by themselves over the whole catalogue × communities; see `lint_rule_set`."""
    return lint_rule_set(RuleSet(version="", rules=tuple(rules)), categories, departments, areas)


def lint_rule_set(
    rule_set: RuleSet,
    categories: Sequence[Category],
    departments: Sequence[Department],
    areas: Sequence[Area],
    grids: Iterable[tuple[str, str]] = (),
) -> tuple[RuleFault, ...]:
    """All faults of a rule set over the whole catalogue × grids × modes × what lies there × times.

    Parameters
    ----------
    grids : (code, code of the area that it lies in) of the plan; without them the communities stand for them.

    Returns
    -------
    tuple of RuleFault
        Ids that stand twice ("lint_id_twice"); categories, areas, layers and departments that do not exist
        ("lint_unknown_…"); departments whose area does not exist; equally specific rules that name different
        departments ("lint_tie") or say the same ("lint_double"); rules that never decide ("lint_unreachable"); rules
        that push a matter of the negative list down ("lint_negative"); assets of different owners in one place
        ("lint_assets_overlap"); and matters that no rule routes ("lint_gap") or that a fallback alone does
        ("lint_gap_fallback"), one a category.
    """
    chains = _chains(rule_set, areas, grids)
    faults = [
        RuleFault("lint_id_twice", (name,), {"rule": name, "count": count})
        for name, count in sorted(Counter(rule.id for rule in rule_set.rules).items())
        if count > 1
    ]
    known = {item.code: item for item in departments}
    for rule in rule_set.rules:
        faults += _unknown_selectors(rule, categories, chains)
        faults += _unknown_departments(rule, rule_set, chains, known)
    entries: tuple[Negative | Rung, ...] = (*rule_set.negative, *rule_set.ladder)
    for entry in entries:
        faults += _unknown_entry(entry, categories, chains)
    codes = {area.code for area in areas}
    faults += [
        RuleFault("lint_department_area", (), {"department": item.code, "area": item.area})
        for item in departments
        if item.area and item.area not in codes
    ]
    faults += _assets(rule_set.assets, known)
    faults += Cells(RuleIndex(rule_set, departments), categories, chains).faults()
    return tuple(faults)


def lint_dates(sets: Sequence[tuple[str, date, date | None]]) -> tuple[RuleFault, ...]:
    """Days between two rule sets (version, first day, first day no longer) on which none is in force."""
    faults = []
    ordered = sorted(sets, key=lambda row: row[1])
    for (version, _, until), (later, effective, _) in pairwise(ordered):
        if until is not None and until < effective:
            context = {"version": version, "until": until, "later": later, "effective": effective}
            faults.append(RuleFault("lint_date_gap", (), context))
    return tuple(faults)


def _chains(rule_set: RuleSet, areas: Sequence[Area], grids: Iterable[tuple[str, str]]) -> list[Chain]:
    """Every grid, or lowest area without grids, with its areas from the district down."""
    by_code = {area.code: area for area in areas}
    parents = {area.parent for area in areas}
    chains: list[Chain] = []
    with_grids: dict[str, list[str]] = {}
    for code, parent in grids:
        with_grids.setdefault(parent, []).append(code)
    for area in areas:
        if area.code in parents:
            continue
        chain = [area.code]
        while (parent_code := by_code[chain[0]].parent) is not None and parent_code in by_code:
            if parent_code in chain:
                break
            chain.insert(0, parent_code)
        chains += [(*chain, code) for code in with_grids.get(area.code, [])] or [tuple(chain)]
    # A rule for one grid: where the areas end at communities, a grid's code begins with its community's.
    named = {rule.area for rule in rule_set.rules} | {entry.area for entry in rule_set.negative}
    below = {
        (*chain, area)
        for area in named
        for chain in chains
        if chain[-1] in by_code and len(area) > len(chain[-1]) and area.startswith(chain[-1])
    }
    return chains + sorted(below)


def _unknown_selectors(rule: Rule, categories: Sequence[Category], chains: Sequence[Chain]) -> Iterable[RuleFault]:
    if rule.category and not any(_covers(rule, item) for item in categories):
        yield _unknown_category(rule, rule.id)
    if rule.area and not any(fits_area(rule.area, chain) for chain in chains):
        yield RuleFault("lint_unknown_area", (rule.id,), {"rule": rule.id, "area": rule.area})


def _covers(entry: Rule | Negative | Rung, item: Category) -> bool:
    return fits_category(entry, scheme=item.scheme, kind=item.kind, category=item.code)


def _unknown_category(entry: Rule | Negative | Rung, name: str) -> RuleFault:
    context = {"rule": name, "scheme": entry.scheme, "kind": entry.kind, "category": entry.category}
    return RuleFault("lint_unknown_category", (name,), context)


def _unknown_entry(
    entry: Negative | Rung, categories: Sequence[Category], chains: Sequence[Chain]
) -> Iterable[RuleFault]:
    """Entries of the lists whose category or area does not exist bar nothing: the matter they mean goes down."""
    name = entry.id if isinstance(entry, Negative) else f"{entry.category}/{entry.grade}"
    if entry.category and not any(_covers(entry, item) for item in categories):
        yield _unknown_category(entry, name)
    if isinstance(entry, Negative) and entry.area and not any(fits_area(entry.area, chain) for chain in chains):
        yield RuleFault("lint_unknown_area", (name,), {"rule": name, "area": entry.area})


def _unknown_departments(
    rule: Rule, rule_set: RuleSet, chains: Sequence[Chain], departments: Mapping[str, Department]
) -> Iterable[RuleFault]:
    layers = [asset for asset in rule_set.assets if rule.asset in ("", asset.layer)]
    if rule.asset and not layers:
        yield RuleFault("lint_unknown_asset", (rule.id,), {"rule": rule.id, "asset": rule.asset})
    elif rule.tenure and not any(asset.tenure == rule.tenure for asset in layers):
        context = {"rule": rule.id, "asset": f"{rule.asset or '*'}/{rule.tenure}"}
        yield RuleFault("lint_unknown_asset", (rule.id,), context)
    within = [chain for chain in chains if fits_area(rule.area, chain)] or [()]
    names = (rule.department, *rule.with_departments, *([rule.supervising] if rule.supervising else []))
    for name in dict.fromkeys(names):
        if name == "{owner}":
            if not rule.asset:
                yield RuleFault("lint_owner_without_asset", (rule.id,), {"rule": rule.id})
            continue
        levels: set[str] = {rung.level for rung in rule_set.ladder} if name == "{level}" else set()
        levels = levels or {""}
        missing = [
            chain
            for chain in within
            if not all(find_department(name, chain=chain, departments=departments, level=level) for level in levels)
        ]
        if missing:
            example = missing[0][-1] if missing[0] else ""
            details: dict[str, Any] = {"rule": rule.id, "department": name, "count": len(missing), "area": example}
            yield RuleFault("lint_unknown_department", (rule.id,), details)


def _assets(assets: Sequence[Asset], departments: Mapping[str, Department]) -> Iterable[RuleFault]:
    for asset in assets:
        if asset.owner not in departments:
            context = {"asset": asset.id, "layer": asset.layer, "owner": asset.owner}
            yield RuleFault("lint_unknown_owner", (), context)
    for layer in sorted({asset.layer for asset in assets}):
        rows = [a for a in assets if a.layer == layer and shapely.get_dimensions(a.geometry) == 2]
        shapes = np.array([asset.geometry for asset in rows], dtype=object)
        if not len(shapes):
            continue
        first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
        for i, j in sorted(zip(first.tolist(), second.tolist(), strict=True)):
            one, other = rows[i], rows[j]
            if i >= j or one.owner == other.owner or not _same_matters(one, other):
                continue
            # Not one square metre: neighbours that were drawn by hand overlap by a hair.
            if shapely.area(shapely.intersection(one.geometry, other.geometry)) > 1e-10:
                context = {"layer": layer, "asset": one.id, "other": other.id}
                yield RuleFault("lint_assets_overlap", (), context)


def _same_matters(one: Asset, other: Asset) -> bool:
    return one.category.startswith(other.category) or other.category.startswith(one.category)
