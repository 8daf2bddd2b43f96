"""A hotspot that was told already is not an alert again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from math import cos, hypot, radians
from typing import Final

from geo.model.hotspots import Hotspot

# What went on until so many days ago and is elevated again is the same story.
PAUSE: Final = timedelta(days=14)
_DEGREE_M: Final = 111_195.0


def mark_known(found: Sequence[Hotspot], earlier: Sequence[Hotspot]) -> tuple[Hotspot, ...]:
    """`found`, each with the id of the alert that it goes on with; `earlier` holds alerts and what went on with them.

    The same topic, ground in common, and days that overlap or follow within `PAUSE`. Of several the first one counts.
    """
    return tuple(
        replace(hotspot, known=min((e.known or e.id for e in earlier if is_same(hotspot, e)), default=0))
        for hotspot in found
    )


def is_same(one: Hotspot, other: Hotspot) -> bool:
    """Whether two hotspots are one story."""
    if (one.scheme, one.kind, one.category) != (other.scheme, other.kind, other.category):
        return False
    if one.first > other.last + PAUSE or other.first > one.last + PAUSE:
        return False
    if one.plan == other.plan:
        return bool(set(one.members) & set(other.members))
    # Codes of two plans may mean different ground: circles that hold each other's centre.
    east = (one.lon - other.lon) * cos(radians(one.lat)) * _DEGREE_M
    return hypot(east, (one.lat - other.lat) * _DEGREE_M) <= max(one.radius_m, other.radius_m, 100.0)
