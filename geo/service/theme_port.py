"""What the themes need from the database; a part of `geo.service.ports.Store`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from geo.model.themes import Theme


class ThemeStore(Protocol):
    """Themes; rows are only ever added."""

    def save_theme(self, theme: Theme, *, actor: str) -> Theme:
        """Add a theme; it is dated now."""

    def list_themes(self) -> tuple[Theme, ...]:
        """All themes, the newest first."""

    def get_theme(self, theme_id: int) -> Theme:
        """One theme; `NotFound`."""

    def count_handovers(self, *, since: datetime, until: datetime) -> Mapping[int, int]:
        """How often issues reported in some time were handed on, by issue, as the log tells now."""
