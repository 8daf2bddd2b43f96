"""What the use cases need of pages; `geo.maps` fulfils it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from geo.messages import Lang
from geo.model.themes import Theme
from geo.service.hotspot_digest_view import DigestView
from geo.service.theme_view import ThemeView
from geo.service.views import CompareView, CoverageView, DraftView, HotspotsView, IssuesView, NetsView, PlanView


class Pages(Protocol):
    """HTML pages; `standalone` pages are one file that needs no server."""

    def plan(self, view: PlanView, *, lang: Lang, standalone: bool) -> str:
        """The plan page."""

    def late(self, page: str, place: str, *, asked: str, lang: Lang) -> str:
        """A page of a large place (`geo.service.pages.LATE`), which asks for its data once it is there.

        `asked` is the query of the address of that data, "" for none.
        """

    def data(self, page: str, view: PlanView | IssuesView | CoverageView | HotspotsView, *, lang: Lang) -> str:
        """That data, JSON."""

    def draft(self, view: DraftView, *, lang: Lang) -> str:
        """The page on which a draft is edited; it needs the server."""

    def draft_base(self, view: DraftView, *, lang: Lang) -> str:
        """What that page asks for later where the place is large, JSON."""

    def compare(self, view: CompareView, *, lang: Lang, standalone: bool) -> str:
        """Two plans side by side."""

    def issues(self, view: IssuesView, *, lang: Lang, standalone: bool) -> str:
        """The issues page."""

    def dispatch(self, view: IssuesView, *, lang: Lang) -> str:
        """The page that a dispatcher works on; it asks the server for its issues."""

    def coverage(self, view: CoverageView, *, lang: Lang, standalone: bool) -> str:
        """The coverage page."""

    def nets(self, view: NetsView, *, lang: Lang, standalone: bool) -> str:
        """The page of many nets in one."""

    def hotspots(self, view: HotspotsView, *, lang: Lang, standalone: bool) -> str:
        """The hotspots page."""

    def digest(self, view: DigestView, *, lang: Lang) -> str:
        """The week of a community: one file of plain HTML."""

    def theme(self, view: ThemeView, *, lang: Lang) -> str:
        """The month's theme before and after: one file of plain HTML, A4."""

    def themes(self, themes: Sequence[Theme], *, place: str, lang: Lang) -> str:
        """The list of themes: plain HTML."""
