"""`FoliumPages`: the pages of `geo.service.ports.Pages`."""

from __future__ import annotations

from geo.maps.coverage_data import coverage_page, hotspots_page
from geo.maps.document import build
from geo.maps.issues_data import issues_page
from geo.maps.nets_data import nets_page
from geo.maps.plan_data import plan_page
from geo.messages import Lang
from geo.service.views import CoverageView, HotspotsView, IssuesView, NetsView, PlanView


class FoliumPages:
    """Draws the pages with Folium and our own layers; no page ever asks another host for anything.

    Every method may raise `NotFound` if the browser libraries have not been copied (`python -m geo.maps.assets`).
    """

    def plan(self, view: PlanView, *, lang: Lang, standalone: bool) -> str:
        """The plan page: grids in their washes, balance, what is to be resolved, a table by community."""
        return build("plan", plan_page(view, lang), lang=lang, standalone=standalone)

    def issues(self, view: IssuesView, *, lang: Lang, standalone: bool) -> str:
        """The issues page: queue, pins by status, and why each issue went where it went."""
        return build("issues", issues_page(view, lang), lang=lang, standalone=standalone)

    def coverage(self, view: CoverageView, *, lang: Lang, standalone: bool) -> str:
        """The coverage page: households per grid worker, issues per 1,000 households, what no grid covers."""
        return build("coverage", coverage_page(view, lang), lang=lang, standalone=standalone)

    def hotspots(self, view: HotspotsView, *, lang: Lang, standalone: bool) -> str:
        """The hotspots page: observed against expected issues by grid."""
        return build("hotspots", hotspots_page(view, lang), lang=lang, standalone=standalone)

    def nets(self, view: NetsView, *, lang: Lang, standalone: bool) -> str:
        """The page of many nets in one: the base net, and where the nets that went into it disagree."""
        return build("nets", nets_page(view, lang), lang=lang, standalone=standalone)
