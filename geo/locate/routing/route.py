"""One question to a handful of rules; `RuleIndex` is for many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from geo.locate.routing.engine import RuleIndex
from geo.locate.routing.match import Matter
from geo.model import CategoryKind, Department, Route, Rule, RuleSet


def route(
    rules: Iterable[Rule],
    *,
    scheme: str,
    kind: CategoryKind | str,
    category: str,
    chain: Sequence[str],
    departments: Iterable[Department],
) -> Route:
    """The department that answers for an issue by `rules` alone; see `RuleIndex.route`.

    Parameters
    ----------
    rules : the rules in force.
    scheme, kind, category : the issue's category; `category` "" is known by no rule but the fallback.
    chain : codes of 区, 街道, 社区, 网格 in this order, as far as they are known.
    departments : all departments.
    """
    index = RuleIndex(RuleSet(version="", rules=tuple(rules)), departments)
    return index.route(Matter(scheme, kind, category, tuple(chain)))
