"""What the use cases need from the outside world, as Protocols; `geo.store`, `geo.files` and `geo.maps` fulfil them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from geo.model import Category, Place
from geo.service.board_port import BoardStore
from geo.service.case_port import CaseStore
from geo.service.draft_port import DraftStore
from geo.service.file_port import Files
from geo.service.hotspot_page_port import ReportStore
from geo.service.hotspot_port import HotspotStore
from geo.service.issue_port import IssueStore
from geo.service.page_port import Pages
from geo.service.plan_port import PlanStore
from geo.service.rule_port import RuleStore
from geo.service.theme_port import ThemeStore

__all__ = ["Files", "Pages", "Store"]


class Store(
    PlanStore,
    DraftStore,
    IssueStore,
    CaseStore,
    BoardStore,
    RuleStore,
    HotspotStore,
    ReportStore,
    ThemeStore,
    Protocol,
):
    """The database. A ``find_`` may return None, a ``get_`` raises `NotFound`.

    Each write is one transaction that holds its journal line too.
    """

    def save_place(self, place: Place, *, actor: str) -> None:
        """Replace all that the deployment knows beside plans and issues."""

    def get_place(self) -> Place:
        """The whole place."""

    def place_stamp(self) -> str:
        """A token that changes whenever the place is saved ("" before the first time)."""

    def save_categories(self, categories: Sequence[Category], *, stamp: str, actor: str) -> None:
        """Replace the place's categories; `Conflict` if the place was saved since `stamp` was read."""

    def save_entries(self, entries: Sequence[Mapping[str, Any]], *, stamp: str, actor: str) -> None:
        """Replace the gazetteer; `Conflict` if the place was saved since `stamp` was read."""

    def get_journal(self, *, subject: str | None = None, limit: int = 100) -> tuple[Mapping[str, Any], ...]:
        """Journal lines, newest first: at, actor, action, subject, detail."""

    def ping(self) -> None:
        """Raise `StoreError` unless the database answers and is at this program's version."""
