"""How the scans of a day look, and what they may be asked."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Final, Literal, get_args

import numpy as np

from geo.errors import InvalidInput

Denominator = Literal["residents", "households", "buildings", "past"]
Step = Literal["day", "week"]
STEP_DAYS: Final = {"day": 1, "week": 7}


@dataclass(frozen=True)
class RunSettings:
    """How a run looks.

    Attributes
    ----------
    categories : prefixes of codes; all if there is none. `department` : only issues of this one.
    denominator : what the second scan expects by: all other issues by grid and period ("past"), or residents,
        households or buildings of a grid.
    step : length of a period; periods end with the day that is looked back from.
    history_days : how far back is looked; longest_days : a cluster is at most so long.
    radius_m : largest radius of a cluster. min_cases : least incidents of a cluster.
    least_days : gate; chance brings what is told at most once in so many days, all scans of the run together.
    fold_days, fold_metres, fold_reporter : see `geo.service.hotspot_fold.FoldBy`.
    alone : share of all incidents of its days that a cluster of the scan against what is usual must hold.
    overdispersion : whether chance may make counts vary as much as those of the past do; without it every burst is
        told.
    """

    categories: tuple[str, ...] = ()
    department: str | None = None
    denominator: Denominator = "past"
    step: Step = "week"
    history_days: int = 364
    longest_days: int = 56
    radius_m: float = 600.0
    min_cases: int = 3
    least_days: float = 365.0
    fold_days: float = 3.0
    fold_metres: float = 0.0
    fold_reporter: bool = False
    alone: float = 2 / 3
    overdispersion: bool = True
    replicas: int = 999
    seed: int = 1


def check_settings(settings: RunSettings) -> None:
    """Raise InvalidInput where a setting is out of its range."""
    if settings.denominator not in get_args(Denominator):
        raise InvalidInput("hotspot_denominator", value=settings.denominator, choices=", ".join(get_args(Denominator)))
    if settings.step not in STEP_DAYS:
        raise InvalidInput("hotspot_unknown_period", kind=settings.step, kinds="、".join(STEP_DAYS))
    step = STEP_DAYS[settings.step]
    least = {"longest_days": step, "history_days": 2 * settings.longest_days, "replicas": 19, "min_cases": 2}
    for name, value in least.items():
        if getattr(settings, name) < value:
            raise InvalidInput("hotspot_bad_option", name=name, value=getattr(settings, name), least=value)
    for name in ("radius_m", "least_days", "fold_days", "fold_metres", "alone"):
        value = getattr(settings, name)
        if not 0 <= value < np.inf:
            raise InvalidInput("hotspot_bad_option", name=name, value=value, least=0)


def digest_of(day: dt.date, settings: RunSettings) -> str:
    """What a run is known by: its day and its settings."""
    text = json.dumps({"as_of": day.isoformat(), **asdict(settings)}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
