"""Hotspots: what is elevated beyond chance. The public sees no figures of few incidents."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from geo.api.dependencies import LangDep, ServiceDep
from geo.api.roles import ViewerDep
from geo.api.schemas import Out
from geo.messages import Lang
from geo.model.hotspots import Hotspot, HotspotMethod
from geo.service.hotspot_words import in_words, is_hidden, place_of, restrained

router = APIRouter(prefix="/v1", tags=["hotspots"])


class HotspotOut(Out):
    """A hotspot. Elevated, unlikely by chance; nothing about a cause."""

    id: int
    run: int
    as_of: date
    plan: int
    known: int = Field(description="The hotspot that was told first; 0 for an alert.")
    scheme: str
    kind: str
    category: str
    category_name: str
    method: HotspotMethod = Field(description="`exchange`: space-time permutation; `share`: against what is usual.")
    members: list[str] = Field(description="Codes of the grids of `plan`.")
    centre: str
    lon: float
    lat: float
    radius_m: float
    first: date
    last: date
    sentence: str
    hidden: bool = Field(description="So few incidents that the public is shown no figures.")
    observed: int | None
    expected: float | None
    relative_risk: float | None = Field(description="None where all incidents are inside.")
    llr: float | None
    p: float | None = Field(description="Corrected for all scans of the run.")
    recurrence_days: float | None = Field(description="None for longer than a number can say.")

    @classmethod
    def of(cls, hotspot: Hotspot, lang: Lang, *, public: bool) -> HotspotOut:
        """The body for a hotspot."""
        hidden = public and is_hidden(hotspot)
        shown = vars(restrained(hotspot) if public else hotspot)
        without = dict.fromkeys(("observed", "expected", "llr", "p")) if hidden else {}
        words = in_words(hotspot, lang, public=public)
        return cls.model_validate({**shown, **without, "sentence": words, "hidden": hidden})


class HotspotsOut(Out):
    """Hotspots by ascending id; `next` is `after` of the next page."""

    hotspots: list[HotspotOut]
    next: int | None


class HotspotFullOut(HotspotOut):
    """A hotspot with the names of its grids."""

    names: dict[str, str]


@router.get("/hotspots")
def get_hotspots(
    service: ServiceDep,
    lang: LangDep,
    viewer: ViewerDep,
    since: Annotated[date | None, Query(description="Of runs from this day on.")] = None,
    until: Annotated[date | None, Query(description="Of runs up to this day.")] = None,
    category: Annotated[str, Query(max_length=32, description="Prefix of a category code.")] = "",
    alerts: Annotated[bool, Query(description="Without those that were told before.")] = True,
    after: Annotated[int, Query(ge=0, lt=2**31)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> HotspotsOut:
    """What the runs of the scans found."""
    before = None if until is None or until == date.max else until + timedelta(days=1)
    found = service.store.list_hotspots(
        since=since, before=before, category=category, alerts=alerts, after_id=after, limit=limit + 1
    )
    public = not viewer.is_at_least("reader")
    page = found[:limit]
    return HotspotsOut(
        hotspots=[HotspotOut.of(hotspot, lang, public=public) for hotspot in page],
        next=page[-1].id if len(found) > limit else None,
    )


@router.get("/hotspots/{hotspot_id}")
def get_hotspot(
    service: ServiceDep, lang: LangDep, viewer: ViewerDep, hotspot_id: Annotated[int, Path(ge=1, lt=2**31)]
) -> HotspotFullOut:
    """One hotspot, with the names of its grids."""
    found = service.store.get_hotspot(hotspot_id)
    body = HotspotOut.of(found, lang, public=not viewer.is_at_least("reader"))
    return HotspotFullOut(**body.model_dump(), names=dict(place_of(service, found)))
