"""The picture of hotspots: grids by period against what was to be expected. The public sees no figures below five."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from geo.api.dependencies import LangDep, ServiceDep
from geo.api.roles import ViewerDep
from geo.api.schemas import Out
from geo.hotspots import PeriodKind
from geo.service.hotspot_page import MOST_STEPS, Picture, Question, picture_of, whole_step
from geo.service.hotspot_page_body import cluster_body, picture_body, step_body
from geo.service.hotspot_page_clusters import Shape, clusters_now
from geo.service.hotspot_page_export import FileKind, export_picture
from geo.service.hotspot_page_render import hotspots_data, render_hotspots

router = APIRouter(tags=["hotspots"])

_KINDS = {"csv": "text/csv; charset=utf-8", "gpkg": "application/geopackage+sqlite3", "geojson": "application/geo+json"}


class PictureQuery(BaseModel):
    """What is asked; what is left out the service chooses."""

    model_config = ConfigDict(extra="ignore")

    category: str = Field("", max_length=80, description="scheme/kind/code; what is below it counts too.")
    department: str = Field("", max_length=64)
    period: PeriodKind = "month"
    steps: int = Field(0, ge=0, le=MOST_STEPS, description="How many periods; 0 for the usual number.")
    until: date | None = Field(None, description="The last day; that of the newest report if not said.")
    denominator: str = Field("", max_length=80, description="residents, households, buildings, past, field:NAME.")
    plan: Literal["now", "then"] = Field("now", description="Restated on today's plan, or the plan of the last day.")
    step: int | None = Field(None, ge=0, lt=MOST_STEPS, description="Which period, from 0; the last whole one.")

    def question(self) -> Question:
        """The question without its step."""
        return Question(**self.model_dump(exclude={"step"}))


class StepOut(Out):
    """Figures of one period, a column each in order of the grids' codes; null where they are withheld."""

    step: int
    observed: list[int | None]
    expected: list[float | None]
    ratio: list[float | None] = Field(description="Shrunk O/E of the grid alone; the public has its class alone.")
    around_observed: list[int | None] = Field(description="With the neighbours.")
    around_expected: list[float | None]
    around_ratio: list[float | None]
    low: list[float | None]
    high: list[float | None]
    q: list[float | None]
    z: list[float | None] = Field(description="Gi* of standardised rates.")
    z_q: list[float | None]
    before: list[int | None]
    change: list[float | None]
    change_q: list[float | None]


class ClusterOut(Out):
    """A cluster: elevated, unlikely by chance. `id` 0 is one that was found just now."""

    id: int
    as_of: date | None
    plan: int
    topic: str
    name: str
    sentence: str
    rows: list[int]
    grids: list[str]
    lon: float
    lat: float
    radius_m: int
    shape: Shape
    first: date
    last: date
    hidden: bool
    observed: int | None
    expected: float | None
    relative_risk: float | None
    llr: float | None
    p: float | None
    recurrence_days: int | None


class PictureOut(Out):
    """A picture. `classes` and `changes` are base64 of a byte a period and grid: see `byte` of the documentation."""

    question: dict[str, Any]
    public: bool
    least: int
    plan: int
    plan_name: str
    breaks: list[float]
    alpha: float
    periods: list[tuple[date, date]]
    days: list[int]
    classes: str = Field(description="0 to 5: class by `breaks`; 6: too few to judge; 7: withheld; +8: significant.")
    changes: str = Field(description="The same against the period before.")
    patterns: list[str] | None
    totals: list[dict[str, int | None]]
    per: tuple[str, list[float]] | None
    details: list[StepOut]
    clusters: list[ClusterOut]
    choices: dict[str, Any]


class ClustersOut(Out):
    """Clusters of one period."""

    clusters: list[ClusterOut]


Asked = Annotated[PictureQuery, Query()]


@router.get("/v1/hotspots/picture")
def get_picture(service: ServiceDep, lang: LangDep, viewer: ViewerDep, query: Asked) -> PictureOut:
    """Grids by period against what was to be expected, with the figures of one period."""
    picture = picture_of(service, query.question())
    steps = None if query.step is None else [query.step]
    public = not viewer.is_at_least("reader")
    return PictureOut(**picture_body(service, picture, lang=lang, public=public, steps=steps))


@router.get("/v1/hotspots/step")
def get_step(service: ServiceDep, viewer: ViewerDep, query: Asked) -> StepOut:
    """The figures of one period."""
    picture = picture_of(service, query.question())
    return StepOut(**step_body(picture, _step(picture, query), public=not viewer.is_at_least("reader")))


@router.get("/v1/hotspots/clusters")
def get_clusters(
    service: ServiceDep,
    lang: LangDep,
    viewer: ViewerDep,
    query: Asked,
    shape: Annotated[Shape, Query(description="Circles, or along shared borders.")] = "circle",
) -> ClustersOut:
    """Clusters of one period, found now."""
    picture = picture_of(service, query.question())
    public = not viewer.is_at_least("reader")
    found = clusters_now(service, picture, _step(picture, query), shape=shape, public=public)
    return ClustersOut(clusters=[ClusterOut(**cluster_body(told, lang)) for told in found])


@router.get("/v1/hotspots/export.{kind}", response_class=Response)
def get_export(
    service: ServiceDep, lang: LangDep, viewer: ViewerDep, query: Asked, kind: Annotated[FileKind, Path()]
) -> Response:
    """The grids of one period with their figures as a file."""
    picture = picture_of(service, query.question())
    step = _step(picture, query)
    data = export_picture(service, picture, step, kind, lang=lang, public=not viewer.is_at_least("reader"))
    name = f"hotspots-{picture.periods.first_day(step).isoformat()}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(data, media_type=_KINDS[kind], headers=headers)


@router.get("/maps/hotspots", tags=["maps"], response_class=HTMLResponse)
def hotspots_page(service: ServiceDep, lang: LangDep, query: Asked) -> HTMLResponse:
    """Where issues are more than is usual, and how that has changed."""
    html = render_hotspots(service, query.question(), lang=lang, standalone=False, step=query.step)
    return HTMLResponse(html, headers={"Content-Language": lang, "Vary": "Accept-Language"})


@router.get("/maps/data/hotspots", tags=["maps"], response_class=Response)
def hotspots_page_data(service: ServiceDep, lang: LangDep, viewer: ViewerDep, query: Asked) -> Response:
    """What that page of a large place asks for once it is there."""
    public = not viewer.is_at_least("reader")
    body = hotspots_data(service, query.question(), lang=lang, public=public, step=query.step)
    headers = {"Content-Language": lang, "Cache-Control": "no-store", "Vary": "Authorization"}
    return Response(body, media_type="application/json", headers=headers)


def _step(picture: Picture, query: PictureQuery) -> int:
    return whole_step(picture) if query.step is None else query.step
