"""What the dispatcher's board needs from the database; a part of `geo.service.ports.Store`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from geo.model import Issue
from geo.model.board import BoardRows, CaseStep, Lease


class BoardStore(Protocol):
    """Issues as columns, and what has changed."""

    def board_stamp(self) -> int:
        """The number of the last line of the log; 0 where there is none."""

    def read_board(self, *, after: int = 0) -> BoardRows:
        """Every issue, or those with a line of the log after `after`, by ascending id."""

    def find_line_digest(self, line: int) -> str | None:
        """The digest of a line of the log, None where there is no such line: whose log it is."""

    def list_case_steps(self, *, after: int, limit: int = 500) -> tuple[CaseStep, ...]:
        """Lines of the log after `after`, the first one first."""

    def list_issues_by_id(self, ids: Sequence[int]) -> tuple[Issue, ...]:
        """Issues by number, in the order asked for; those that are not there are left out (at most 10,000)."""

    def find_by_source_id(self, text: str, *, limit: int = 10) -> tuple[Issue, ...]:
        """Issues whose source's own number is `text`, else those whose number begins with it, the newest first."""

    def hold_case(self, client: str, *, issue: int, actor: str, seconds: float) -> tuple[Lease, ...]:
        """Note which case a page has open (0: none), and answer with the leases of all other pages, oldest first."""
