"""`FoliumPages`: the pages of `geo.service.ports.Pages`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from geo.maps.base_data import words
from geo.maps.basemaps import foreign_data
from geo.maps.compare_data import compare_page
from geo.maps.coverage_data import coverage_page
from geo.maps.digest import digest_page
from geo.maps.document import build
from geo.maps.draft_data import draft_base, draft_page
from geo.maps.escape import json_script
from geo.maps.hotspots_data import hotspots_page
from geo.maps.issues_data import dispatch_page, issues_page
from geo.maps.nets_data import nets_page
from geo.maps.plan_data import plan_page
from geo.maps.theme import theme_page
from geo.maps.theme_list import themes_page
from geo.messages import Lang
from geo.model import TileMap
from geo.model.themes import Theme
from geo.service.context import Shelf
from geo.service.hotspot_digest_view import DigestView
from geo.service.theme_view import ThemeView
from geo.service.views import CompareView, CoverageView, DraftView, HotspotsView, IssuesView, NetsView, PlanView

# Page -> the script that draws it once its data is there.
_MODULES: Final = {"plan": "plan", "issues": "dispatch", "coverage": "coverage", "hotspots": "hotspots"}


class FoliumPages:
    """Draws the pages with Folium and our own layers; no page asks another host for anything but the tiles of a base
    map that the settings name, and none that stands alone even for those.

    Every method may raise `NotFound` if the browser libraries have not been copied (`python -m geo.maps.assets`).
    """

    def __init__(self, tile_map: TileMap | None = None) -> None:
        self._foreign = foreign_data(tile_map)
        # Borders of the plans that are worked on: computed once, not each time that somebody opens the page.
        self._drafts: Shelf[dict[str, Any]] = Shelf(4)

    def plan(self, view: PlanView, *, lang: Lang, standalone: bool) -> str:
        """The plan page: grids in their washes, balance, what is to be resolved, a table by community."""
        return self._build("plan", plan_page(view, lang), lang=lang, standalone=standalone)

    def late(self, page: str, place: str, *, asked: str, lang: Lang) -> str:
        """A page of a large place: header, words and an empty map; it asks for its data (`data`) and for tiles."""
        more = {"page": page, "lang": lang, "place": place, "words": words(lang), "origin": [0.0, 0.0]}
        late = {"module": _MODULES[page], "from": f"/maps/data/{page}" + (f"?{asked}" if asked else "")}
        return self._build(page, more | {"late": late}, lang=lang, standalone=False, module="boot")

    def data(self, page: str, view: PlanView | IssuesView | CoverageView | HotspotsView, *, lang: Lang) -> str:
        """What such a page asks for, JSON."""
        if isinstance(view, PlanView):
            found = plan_page(view, lang)
        elif isinstance(view, HotspotsView):
            found = hotspots_page(view, lang)
        else:
            found = coverage_page(view, lang) if isinstance(view, CoverageView) else dispatch_page(view, lang)
        del found["words"]  # the page has them
        return json_script(found | {"page": page})

    def draft(self, view: DraftView, *, lang: Lang) -> str:
        """The page of a draft: the plan page with tools, and every step sent to the server."""
        return self._build("edit", draft_page(view, lang, self._drafts), lang=lang, standalone=False)

    def draft_base(self, view: DraftView, *, lang: Lang) -> str:
        """Houses, walls, roads and faults of the ground under a draft, JSON, for a page that left them out."""
        return json_script(draft_base(view, lang, self._drafts))

    def compare(self, view: CompareView, *, lang: Lang, standalone: bool) -> str:
        """The comparison: two maps that move together, what moved between them, and the figures of both."""
        return self._build("compare", compare_page(view, lang), lang=lang, standalone=standalone)

    def issues(self, view: IssuesView, *, lang: Lang, standalone: bool) -> str:
        """The issues page: queue, pins by status, and why each issue went where it went."""
        return self._build("issues", issues_page(view, lang), lang=lang, standalone=standalone)

    def dispatch(self, view: IssuesView, *, lang: Lang) -> str:
        """The page that a dispatcher works on: the place; issues are asked for as they are needed."""
        return self._build("issues", dispatch_page(view, lang), lang=lang, standalone=False, module="dispatch")

    def coverage(self, view: CoverageView, *, lang: Lang, standalone: bool) -> str:
        """The coverage page: households per grid worker, issues per 1,000 households, what no grid covers."""
        return self._build("coverage", coverage_page(view, lang), lang=lang, standalone=standalone)

    def hotspots(self, view: HotspotsView, *, lang: Lang, standalone: bool) -> str:
        """The hotspots page: observed against expected issues by grid."""
        return self._build("hotspots", hotspots_page(view, lang), lang=lang, standalone=standalone)

    def theme(self, view: ThemeView, *, lang: Lang) -> str:
        """The month's theme before and after: one file of plain HTML, A4, no script."""
        return theme_page(view, lang)

    def themes(self, themes: Sequence[Theme], *, place: str, lang: Lang) -> str:
        """The list of themes: plain HTML, no script."""
        return themes_page(themes, place, lang)

    def digest(self, view: DigestView, *, lang: Lang) -> str:
        """The week of a community: one file of plain HTML."""
        return digest_page(view, lang)

    def nets(self, view: NetsView, *, lang: Lang, standalone: bool) -> str:
        """The page of many nets in one: the base net, and where the nets that went into it disagree."""
        return self._build("nets", nets_page(view, lang), lang=lang, standalone=standalone)

    def _build(
        self, page: str, data: dict[str, Any], *, lang: Lang, standalone: bool, module: str | None = None
    ) -> str:
        if not standalone:
            data = {**data, **self._foreign}
        return build(page, data, lang=lang, standalone=standalone, module=module)
