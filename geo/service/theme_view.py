"""What the page of a theme shows."""

from __future__ import annotations

from dataclasses import dataclass

from geo.model import Grid
from geo.model.themes import ThemeReport


@dataclass(frozen=True)
class ThemeView:
    """A place's name, the report, all grids of the theme's plan (WGS84), and whether the public looks."""

    place: str
    report: ThemeReport
    grids: tuple[Grid, ...]
    public: bool
