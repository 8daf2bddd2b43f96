"""Coordinates to grids, addresses to entries, categories to departments."""

from geo.locate.address.gazetteer import Gazetteer
from geo.locate.address.outcome import Outcome
from geo.locate.index import GridIndex
from geo.locate.routing.lint import RuleFault, lint_rules
from geo.locate.routing.route import route

__all__ = ["Gazetteer", "GridIndex", "Outcome", "RuleFault", "lint_rules", "route"]
