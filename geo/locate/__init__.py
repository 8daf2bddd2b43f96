"""Coordinates to grids, addresses to entries, categories to departments."""

from geo.locate.address.gazetteer import Gazetteer
from geo.locate.address.outcome import Outcome
from geo.locate.index import GridIndex
from geo.locate.routing.assets import AssetIndex
from geo.locate.routing.engine import RuleIndex
from geo.locate.routing.lint import lint_dates, lint_rule_set, lint_rules
from geo.locate.routing.match import Lying, Matter
from geo.locate.routing.route import route
from geo.model import RuleFault

__all__ = [
    "AssetIndex",
    "Gazetteer",
    "GridIndex",
    "Lying",
    "Matter",
    "Outcome",
    "RuleFault",
    "RuleIndex",
    "lint_dates",
    "lint_rule_set",
    "lint_rules",
    "route",
]
