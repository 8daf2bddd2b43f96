"""The hotspots page: a picture as the public has it, with the grids it is of."""

from __future__ import annotations

from urllib.parse import urlencode

from geo.messages import Lang
from geo.service.context import Service, get_plan_in_force, knowledge
from geo.service.hotspot_page import Question, picture_of, whole_step
from geo.service.hotspot_page_body import picture_body
from geo.service.tiled import tiles_of
from geo.service.views import Backdrop, HotspotsView

# A file holds the figures of so many grids and periods; of older periods it has the classes alone.
_MOST_FIGURES = 30_000


def render_hotspots(
    service: Service, question: Question, *, lang: Lang, standalone: bool, step: int | None = None
) -> str:
    """The page as HTML. It holds what the public may know; a page that is served asks for more with its token.

    That of a large place asks for all of it (`hotspots_data`), and says itself what was wrong with the question.

    Raises
    ------
    InvalidInput
        See `geo.service.hotspot_page.picture_of`; there is no such step.
    NotFound
        No plan is in force.
    """
    if not standalone:
        plan = get_plan_in_force(service, question.until if question.plan == "then" else None)
        if tiles_of(service, plan) is not None:
            return service.pages.late(
                "hotspots", knowledge(service).place.name, asked=_address(question, step), lang=lang
            )
    view = view_hotspots(service, question, lang=lang, every_step=standalone, step=step)
    return service.pages.hotspots(view, lang=lang, standalone=standalone)


def hotspots_data(service: Service, question: Question, *, lang: Lang, public: bool, step: int | None = None) -> str:
    """What the page of a large place asks for, JSON: for the public, or for one who may know all.

    Raises
    ------
    InvalidInput, NotFound
        As `render_hotspots`.
    """
    view = view_hotspots(service, question, lang=lang, every_step=False, step=step, public=public, tiled=True)
    return service.pages.data("hotspots", view, lang=lang)


def view_hotspots(
    service: Service,
    question: Question,
    *,
    lang: Lang,
    every_step: bool,
    step: int | None = None,
    public: bool = True,
    tiled: bool = False,
) -> HotspotsView:
    """What the page shows, with the figures of one step (the last whole one) or of all; `tiled` where shapes may be."""
    picture = picture_of(service, question)
    count = picture.periods.count
    shown = whole_step(picture) if step is None else min(step, count - 1)
    steps = [shown]
    if every_step:
        least = max(0, count - _MOST_FIGURES // max(len(picture.net.grids), 1))
        # The one that is shown first comes last, which is where the page looks for it.
        steps = [*(k for k in range(least, count) if k != shown), shown]
    place = knowledge(service).place
    return HotspotsView(
        plan=picture.net.plan,
        grids=picture.net.grids,
        body=picture_body(service, picture, lang=lang, public=public, steps=steps),
        backdrop=Backdrop(
            name=place.name,
            areas=place.areas,
            features=place.features,
            tiles=tiles_of(service, picture.net.plan) if tiled else None,
        ),
    )


def _address(question: Question, step: int | None) -> str:
    """The query of a question, of what it says at all."""
    said = {**vars(question), "step": step}
    usual = {**vars(Question()), "step": None}
    return urlencode({name: str(value) for name, value in said.items() if value != usual[name]})
