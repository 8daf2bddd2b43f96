"""What a run of the scans found: elevated, unlikely by chance; nothing about a cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

# "exchange" is the space-time permutation scan, "share" the scan against what is expected.
HotspotMethod = Literal["exchange", "share"]


@dataclass(frozen=True)
class Hotspot:
    """A cluster of one category that chance brings at most once in the run's days.

    Attributes
    ----------
    members : codes of grids of `plan`, ascending; `centre` is one of them, at `lon`, `lat` (WGS84, degrees).
    radius_m : from the centre to the farthest member's centre.
    first, last : days, both included.
    observed, expected : incidents in the window.
    relative_risk : rate inside over rate outside; None where all incidents are inside.
    p : corrected for all scans of the run.
    recurrence_days : days between such clusters by chance; None for longer than a number can say.
    known : id of the hotspot that was told first, 0 if this is the one: then it is an alert.
    """

    category: str
    scheme: str
    kind: str
    category_name: str
    method: HotspotMethod
    members: tuple[str, ...]
    centre: str
    lon: float
    lat: float
    radius_m: float
    first: date
    last: date
    observed: int
    expected: float
    relative_risk: float | None
    llr: float
    p: float
    recurrence_days: float | None
    id: int = 0
    run: int = 0
    as_of: date | None = None
    plan: int = 0
    known: int = 0


@dataclass(frozen=True)
class HotspotRun:
    """A run: the day that it looks back from, the plan, its settings, what was counted, and what it found.

    `digest` is of the day and the settings: the same again is the same run.
    """

    as_of: date
    plan: int
    digest: str
    settings: Mapping[str, Any]
    counted: Mapping[str, int]
    hotspots: tuple[Hotspot, ...] = field(default=())
    id: int = 0
    created_at: datetime | None = None
    created_by: str = ""
