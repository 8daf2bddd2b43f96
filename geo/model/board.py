"""The board of a dispatcher: of every issue just what lists, counts and a map need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class BoardRows:
    """Issues as columns, by ascending id, and the number of the last line of the log that they include.

    Attributes
    ----------
    id, plan : int64; plan 0 where an issue came in under none.
    lon, lat : float64, degrees WGS84, NaN where an issue has no place.
    reported, act : int64, seconds since 1970 (UTC): when it came in, when somebody must have acted.
    status, where, grid, department, scheme, kind, category, queue : object; "" for none.
    """

    stamp: int
    id: NDArray[np.int64]
    plan: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    reported: NDArray[np.int64]
    act: NDArray[np.int64]
    words: dict[str, NDArray[np.object_]]


@dataclass(frozen=True)
class CaseStep:
    """A line of the log as the board tells it: what was done to which issue."""

    line: int
    issue: int
    at: datetime
    actor: str
    action: str
    revision: int


@dataclass(frozen=True)
class Lease:
    """A page that has a case open: since when, and until when that is believed without hearing from it again."""

    client: str
    issue: int
    actor: str
    since: datetime
    until: datetime
