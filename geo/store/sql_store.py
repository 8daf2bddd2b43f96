"""The `geo.service.ports.Store` over a database: every method is one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from geo.model import Category, Place
from geo.store import journal, places
from geo.store.board import BoardMethods
from geo.store.case_methods import CaseMethods
from geo.store.draft_methods import DraftMethods
from geo.store.gazetteer_methods import GazetteerMethods
from geo.store.hotspot_methods import HotspotMethods
from geo.store.issue_methods import IssueMethods
from geo.store.leases import LeaseMethods
from geo.store.micro_methods import MicroMethods
from geo.store.plan_methods import PlanMethods
from geo.store.report_rows import ReportMethods
from geo.store.rule_methods import RuleMethods
from geo.store.theme_methods import ThemeMethods


class SqlStore(
    PlanMethods,
    RuleMethods,
    DraftMethods,
    MicroMethods,
    GazetteerMethods,
    IssueMethods,
    CaseMethods,
    BoardMethods,
    LeaseMethods,
    HotspotMethods,
    ReportMethods,
    ThemeMethods,
):
    """The database of a deployment; connects at the first use. Safe to share between threads, not across a fork.

    Parameters
    ----------
    url : str
        ``sqlite:///FILE`` or ``postgresql://user:password@host:port/database`` (with PostGIS); made by `upgrade`.
    busy_s : float
        How many seconds to wait for another writer before giving up.
    clock : callable
        The present moment, aware; for the journal and for what came without a time.

    Raises
    ------
    StoreError
        The URL is of no known kind. Every method raises it when the database does not answer, is locked, or is not at
        this program's revision.
    """

    def save_place(self, place: Place, *, actor: str) -> None:
        """Replace all that the deployment knows beside plans and issues."""
        journal.check_actor(actor)
        at = self._clock()
        with self._writing("place") as connection:
            counts = places.save_place(connection, place, at=at, actor=actor)
            detail = {"code": place.code, "name": place.name, **counts}
            journal.add_line(connection, at=at, actor=actor, action="save_place", subject="place", detail=detail)

    def save_categories(self, categories: Sequence[Category], *, stamp: str, actor: str) -> None:
        """Replace the place's categories; `Conflict` if the place was saved since `stamp` was read."""
        journal.check_actor(actor)
        at = self._clock()
        with self._writing("place") as connection:
            places.save_categories(connection, categories, stamp=stamp, at=at, actor=actor)
            detail = {"categories": len(categories)}
            journal.add_line(connection, at=at, actor=actor, action="save_categories", subject="place", detail=detail)

    def get_place(self) -> Place:
        """The whole place."""
        with self._reading() as connection:
            return places.get_place(connection)

    def place_stamp(self) -> str:
        """A token that changes whenever the place is saved ("" before the first time)."""
        with self._reading() as connection:
            return places.place_stamp(connection)

    def get_journal(self, *, subject: str | None = None, limit: int = 100) -> tuple[Mapping[str, Any], ...]:
        """Journal lines, newest first: at, actor, action, subject, detail."""
        with self._reading() as connection:
            return journal.list_lines(connection, subject=subject, limit=limit)
