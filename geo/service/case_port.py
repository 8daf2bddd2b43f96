"""What the use cases of cases need from the database; a part of `geo.service.ports.Store`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from geo.model import Report
from geo.model.cases import Case, CaseChange, CaseFilter, Correction, LogLine, NewCorrection, Reporter


class CaseStore(Protocol):
    """Cases, their log, corrections by persons, and reporters. Every write is one transaction."""

    def get_case(self, issue_id: int) -> Case:
        """Where an issue stands."""

    def get_cases(self, ids: Sequence[int]) -> Mapping[int, Case]:
        """Cases by issue; those that are not there are left out."""

    def list_cases(self, wanted: CaseFilter) -> tuple[Case, ...]:
        """Cases by the time that is left, then by number."""

    def count_cases(
        self, *, now: datetime, soon: datetime
    ) -> tuple[tuple[str | None, str, str, str, int, int, int], ...]:
        """Open cases as (queue, state, community, department, how many, overdue, due from now until `soon`)."""

    def change_case(self, change: CaseChange, report: Report, *, actor: str) -> Case:
        """One step of a case with its lines, its corrections and what it changes of the issue.

        Raises `Conflict` if the case has moved on since `CaseChange.revision`.
        """

    def get_case_log(self, issue_id: int) -> tuple[LogLine, ...]:
        """The steps of an issue, the first one first."""

    def list_corrections(self) -> tuple[Correction, ...]:
        """All corrections, the first one first, those that were withdrawn too."""

    def correction_stamp(self) -> str:
        """A token that changes with every correction; cheap."""

    def add_correction(self, new: NewCorrection, *, actor: str) -> Correction:
        """Keep a correction, with its line in the journal."""

    def read_reporter(self, issue_id: int, *, purpose: str, role: str, actor: str) -> Reporter | None:
        """Who reported an issue; the reading itself is a line in the log of the case."""

    def forget_reporters(self, before: datetime, *, actor: str, limit: int = 2000) -> tuple[int, int, int]:
        """Erase reporters and mask the texts of up to `limit` issues from before a moment.

        Returns how many issues were looked at, reporters erased, and texts changed; again until none was looked at.
        """
