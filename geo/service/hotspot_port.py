"""What the scans need from the database; a part of `geo.service.ports.Store`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Protocol

from geo.model.hotspots import Hotspot, HotspotRun


class HotspotStore(Protocol):
    """Runs and what they found; rows are only ever added."""

    def save_hotspot_run(self, run: HotspotRun, *, actor: str) -> tuple[HotspotRun, bool]:
        """Add a run with what it found; where its digest is known, that run as it is, and False."""

    def find_hotspot_run(self, digest: str) -> HotspotRun | None:
        """The run of this digest."""

    def list_hotspots(
        self,
        *,
        since: date | None = None,
        before: date | None = None,
        category: str = "",
        alerts: bool = False,
        after_id: int = 0,
        limit: int | None = None,
    ) -> tuple[Hotspot, ...]:
        """Hotspots of runs of days from `since` and before `before`, by ascending id; `category` is a prefix."""

    def get_hotspot(self, hotspot_id: int) -> Hotspot:
        """One hotspot; `NotFound`."""

    def list_reporter_tokens(self, *, since: datetime, until: datetime) -> Mapping[int, str]:
        """What stands for the reporters of issues of some time, by issue: the same for the same telephone.

        Tokens are of this one answer and of no use outside it; nobody can be reckoned back from them.
        """
