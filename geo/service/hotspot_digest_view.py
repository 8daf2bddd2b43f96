"""What the digest of a community shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from geo.model import Issue
from geo.model.hotspots import Hotspot


@dataclass(frozen=True)
class DigestView:
    """One community's week: issues by number with masked texts, hotspots least likely first, names of grids by code."""

    place: str
    community: str
    name: str
    first: date
    last: date
    new: tuple[Issue, ...]
    overdue: tuple[Issue, ...]
    hotspots: tuple[Hotspot, ...]
    grids: dict[str, str]
