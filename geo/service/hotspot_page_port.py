"""What the hotspots page needs from the database; a part of `geo.service.ports.Store`."""

from __future__ import annotations

from typing import Protocol

from geo.model.report_rows import ReportRows


class ReportStore(Protocol):
    """Reports as columns."""

    def read_report_rows(self, *, after: int = 0) -> ReportRows:
        """Every issue, or those with a line of the log of cases after `after`, by ascending id."""
