"""A hotspot in plain words, and what of it the public may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from geo.messages import Lang, say
from geo.model.hotspots import Hotspot
from geo.service.context import Service
from geo.service.hotspot_counts import LEAST_SHOWN

# Longer than this a number of days says no more than "hardly ever".
_HARDLY_EVER: Final = 36_500.0


def is_hidden(hotspot: Hotspot) -> bool:
    """Whether so few incidents are in it that its figures would tell of single persons."""
    return hotspot.observed < LEAST_SHOWN


def in_words(hotspot: Hotspot, lang: Lang, *, public: bool) -> str:
    """Such as "7 天内 12 件，通常 3 件；偶然出现约 800 天一次"."""
    days = (hotspot.last - hotspot.first).days + 1
    if public and is_hidden(hotspot):
        return say("hotspot_told_few", lang, days=days, least=LEAST_SHOWN)
    values: dict[str, Any] = {"days": days, "observed": hotspot.observed, "expected": _rounded(hotspot.expected)}
    rare = hotspot.recurrence_days
    if rare is None or rare > _HARDLY_EVER:
        return say("hotspot_told_never", lang, **values)
    return say("hotspot_told", lang, **values, recurrence=_rounded(rare))


def place_of(service: Service, hotspot: Hotspot) -> Mapping[str, str]:
    """Names of the members by code, those of the plan that they were found in."""
    return {grid.code: grid.name for grid in service.store.get_grids(hotspot.plan) if grid.code in hotspot.members}


def restrained(hotspot: Hotspot) -> Hotspot:
    """For the public: without the figures that few incidents would be reckoned back from."""
    if not is_hidden(hotspot):
        return hotspot
    return replace(hotspot, observed=-1, expected=0.0, relative_risk=None, llr=0.0, p=1.0, recurrence_days=None)


def _rounded(value: float) -> str:
    """One decimal below ten, whole numbers up to a thousand, two digits beyond."""
    if value < 0.05:
        return f"{value:.2g}"
    if value < 9.95:
        return f"{value:.1f}".removesuffix(".0")
    if value < 1000:
        return f"{value:.0f}"
    return f"{round(value, -2):,.0f}"
