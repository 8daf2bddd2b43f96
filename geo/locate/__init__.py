"""Coordinates to grids, addresses to entries, categories to departments."""

from geo.locate.index import GridIndex
from geo.locate.lint import RuleFault, lint_rules
from geo.locate.routing import route

__all__ = ["GridIndex", "RuleFault", "lint_rules", "route"]
