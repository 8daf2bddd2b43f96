"""Coordinates to grids, addresses to entries, categories to departments."""

from geo.locate.gazetteer import Gazetteer
from geo.locate.index import GridIndex
from geo.locate.lint import RuleFault, lint_rules
from geo.locate.outcome import Outcome
from geo.locate.routing import route

__all__ = ["Gazetteer", "GridIndex", "Outcome", "RuleFault", "lint_rules", "route"]
