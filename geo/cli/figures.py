"""Figures of plans side by side, as a table for people."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final

from geo.cli.console import language
from geo.messages import say

# Figure, message key of its name, how it is written. docs/figures.md explains them.
ROWS: Final[Sequence[tuple[str, str, str]]] = (
    ("grids", "figure_grids", "{:,d}"),
    ("ideal", "figure_ideal", "{:,.1f}"),
    ("max_deviation", "figure_max_deviation", "{:.2%}"),
    ("mean_deviation", "figure_mean_deviation", "{:.2%}"),
    ("cv", "figure_cv", "{:.3f}"),
    ("gini", "figure_gini", "{:.3f}"),
    ("polsby_popper", "figure_polsby_popper", "{:.3f}"),
    ("reock", "figure_reock", "{:.3f}"),
    ("hull_share", "figure_hull_share", "{:.3f}"),
    ("cut", "figure_cut", "{:,d}"),
    ("cut_m", "figure_cut_m", "{:,.0f}"),
    ("walk_m", "figure_walk_m", "{:,.0f}"),
    ("walk_mean_m", "figure_walk_mean_m", "{:,.0f}"),
    ("groups_split", "figure_groups_split", "{:,d}"),
    ("disconnected", "figure_disconnected", "{:,d}"),
)


def figures_table(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Lines of a table: the name of each figure, its value in both plans.

    Parameters
    ----------
    before, after : mapping
        The `plan` figures of a `metrics` block.
    """
    lang = language()
    rows = [("", say("figure_before", lang), say("figure_after", lang))]
    for name, key, form in ROWS:
        values = [before.get(name), after.get(name)]
        if any(value is not None for value in values):
            first, second = ("–" if value is None else form.format(value) for value in values)
            rows.append((say(key, lang), first, second))
    wide = [max(_width(row[column]) for row in rows) for column in range(3)]
    return [
        f"{name}{' ' * (wide[0] - _width(name))}  {' ' * (wide[1] - _width(a))}{a}  {' ' * (wide[2] - _width(b))}{b}"
        for name, a, b in rows
    ]


def _width(text: str) -> int:
    """Columns that a terminal takes for `text`: two for each Chinese character."""
    return sum(2 if unicodedata.east_asian_width(mark) in "WF" else 1 for mark in text)
