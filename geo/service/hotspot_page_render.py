"""The hotspots page: a picture as the public has it, with the grids it is of."""

from __future__ import annotations

from geo.messages import Lang
from geo.service.context import Service, knowledge
from geo.service.hotspot_page import Question, picture_of, whole_step
from geo.service.hotspot_page_body import picture_body
from geo.service.views import Backdrop, HotspotsView

# A file holds the figures of so many grids and periods; of older periods it has the classes alone.
_MOST_FIGURES = 30_000


def render_hotspots(
    service: Service, question: Question, *, lang: Lang, standalone: bool, step: int | None = None
) -> str:
    """The page as HTML. It holds what the public may know; a page that is served asks for more with its token.

    Raises
    ------
    InvalidInput
        See `geo.service.hotspot_page.picture_of`; there is no such step.
    NotFound
        No plan is in force.
    """
    view = view_hotspots(service, question, lang=lang, every_step=standalone, step=step)
    return service.pages.hotspots(view, lang=lang, standalone=standalone)


def view_hotspots(
    service: Service, question: Question, *, lang: Lang, every_step: bool, step: int | None = None
) -> HotspotsView:
    """What the page shows, with the figures of one step (the last whole one) or of all."""
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
        body=picture_body(service, picture, lang=lang, public=True, steps=steps),
        backdrop=Backdrop(name=place.name, areas=place.areas, features=place.features),
    )
