"""The store's methods for cases, corrections and reporters: each one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from geo.model import Report
from geo.model.cases import Case, CaseChange, CaseFilter, Correction, LogLine, NewCorrection, Reporter
from geo.store import case_log, cases, corrections, journal, reporters, rules
from geo.store.database import Database


class CaseMethods(Database):
    """Cases of a database."""

    def get_case(self, issue_id: int) -> Case:
        """Where an issue stands."""
        with self._reading() as connection:
            return cases.get_case(connection, issue_id)

    def get_cases(self, ids: Sequence[int]) -> Mapping[int, Case]:
        """Cases by issue."""
        with self._reading() as connection:
            return cases.get_cases(connection, ids)

    def list_cases(self, wanted: CaseFilter) -> tuple[Case, ...]:
        """Cases by the time that is left."""
        with self._reading() as connection:
            return cases.list_cases(connection, wanted)

    def count_cases(self, *, now: datetime, soon: datetime) -> tuple[cases.Count, ...]:
        """Open cases as (queue, state, community, department, how many, overdue, due before `soon`)."""
        with self._reading() as connection:
            return cases.count_cases(connection, now=now, soon=soon)

    def change_case(self, change: CaseChange, report: Report, *, actor: str) -> Case:
        """One step of a case with its lines, its corrections and what it changes of the issue.

        Raises
        ------
        Conflict
            The case has moved on since `CaseChange.revision`; nothing is written.
        """
        actor = journal.check_actor(actor)
        at = self._clock()
        with self._writing() as connection:
            case = cases.change_case(connection, change, report, at=at, actor=actor)
            if change.correction is not None:
                corrections.add(connection, change.correction, at=at, actor=actor)
            if change.proposal is not None:
                rules.add_override(connection, change.proposal, at=at, actor=actor)
            return case

    def get_case_log(self, issue_id: int) -> tuple[LogLine, ...]:
        """The steps of an issue, the first one first."""
        with self._reading() as connection:
            cases.get_case(connection, issue_id)
            return case_log.list_log(connection, issue_id)

    def list_corrections(self) -> tuple[Correction, ...]:
        """All corrections, the first one first, those that were withdrawn too."""
        with self._reading() as connection:
            return corrections.list_all(connection)

    def correction_stamp(self) -> str:
        """A token that changes with every correction; cheap."""
        with self._reading() as connection:
            return corrections.stamp(connection)

    def add_correction(self, new: NewCorrection, *, actor: str) -> Correction:
        """Keep a correction, with its line in the journal."""
        actor = journal.check_actor(actor)
        at = self._clock()
        with self._writing("corrections") as connection:
            added = corrections.add(connection, new, at=at, actor=actor)
            detail = {"correction": added.id, "refers": added.refers, "issue": added.issue}
            journal.add_line(
                connection, at=at, actor=actor, action=f"correction_{new.kind}", subject="corrections", detail=detail
            )
            return added

    def read_reporter(self, issue_id: int, *, purpose: str, role: str, actor: str) -> Reporter | None:
        """Who reported an issue; the reading itself is a line in the log of the case."""
        actor = journal.check_actor(actor)
        at = self._clock()
        with self._writing() as connection:
            case = cases.lock_case(connection, issue_id)
            detail = {"purpose": purpose, "role": role}
            step = case_log.Step(issue_id, case.revision, "reporter_read", detail)
            case_log.add_lines(connection, [step], at=at, actor=actor)
            return reporters.find(connection, issue_id)

    def forget_reporters(self, before: datetime, *, actor: str, limit: int = 2000) -> tuple[int, int, int]:
        """Erase reporters and mask the texts of up to `limit` issues from before a moment.

        Returns how many issues were looked at, how many reporters are gone, and how many texts were changed; call
        again until none was looked at.
        """
        actor = journal.check_actor(actor)
        at = self._clock()
        with self._writing("issues") as connection:
            done = reporters.forget(connection, before, at=at, actor=actor, limit=limit)
            if done[0]:
                detail = {"before": before.isoformat(), "issues": done[0], "reporters": done[1], "texts": done[2]}
                journal.add_line(
                    connection, at=at, actor=actor, action="forget_reporters", subject="issues", detail=detail
                )
            return done
