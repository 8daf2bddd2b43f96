"""The month's theme: ranked, frozen, before and after. The public sees no figures below five."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from geo.api.dependencies import LangDep, ServiceDep
from geo.api.roles import DispatcherDep, ViewerDep
from geo.api.schemas import Out
from geo.model.themes import Theme, ThemeLevel, ThemeOrder, ThemeRank, ThemeReport
from geo.service.theme_public import public_ranking, public_theme
from geo.service.theme_rank import rank_themes
from geo.service.themes import freeze_theme, render_theme, render_themes, report_theme

router = APIRouter(tags=["hotspots"])
ThemeId = Annotated[int, Path(ge=1, lt=2**31)]


class ThemeRankOut(Out):
    """A topic in a grid or an area; null is not shown to the public."""

    scheme: str
    kind: str
    category: str
    category_name: str
    code: str
    name: str
    grids: list[str]
    incidents: int
    reports: int
    before: int | None = Field(description="Incidents of as many days before.")
    trend: float | None = Field(description="Lower end of the 80 % interval of the rise.")
    repeats: int | None
    handovers: int | None
    score: float = Field(description="Mean of the ranks in volume, trend, repeats and hand-overs, as a share of 1.")

    @classmethod
    def of(cls, row: ThemeRank) -> ThemeRankOut:
        """The body for a row."""
        return cls.model_validate({key: None if value == -1 else value for key, value in vars(row).items()})


class ThemeRankingOut(Out):
    """The most pressing first."""

    first: date
    last: date
    before: date
    plan: int
    rows: list[ThemeRankOut]


class ThemeIn(BaseModel):
    """A theme to be frozen."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=80)
    category: str = Field(min_length=1, max_length=32)
    scheme: str = Field("", max_length=64)
    kind: str = Field("", max_length=16)
    places: list[str] = Field(min_length=1, max_length=500, description="Codes of grids or areas.")
    first: date | None = None
    last: date | None = None
    note: str = Field("", max_length=500)


class ThemeOut(Out):
    """A theme with its frozen set; the public sees neither the numbers of issues nor small figures."""

    id: int
    name: str
    note: str
    scheme: str
    kind: str
    category: str
    category_name: str
    plan: int
    grids: list[str]
    first: date
    last: date
    issues: list[int]
    by_grid: dict[str, int | None]
    counted: dict[str, int | None]
    created_at: datetime
    created_by: str

    @classmethod
    def of(cls, theme: Theme) -> ThemeOut:
        """The body for a theme."""
        hidden = {name: _shown(getattr(theme, name)) for name in ("by_grid", "counted")}
        return cls.model_validate({**vars(theme), **hidden})


class RatioOut(Out):
    """A ratio with its exact 95 % interval; null is infinite."""

    value: float | None
    low: float
    high: float | None


class ThemeWeekOut(Out):
    """Incidents of a week."""

    first: date
    here: int
    elsewhere: int


class ThemeReportOut(Out):
    """A theme before and after; null where nothing can be told or is not shown."""

    theme: ThemeOut
    since: date | None
    until: date | None
    after: int | None
    others_after: int | None
    ratio: RatioOut | None = Field(description="Incidents a day after over before.")
    against: RatioOut | None = Field(description="The same over that of all other grids in the same days.")
    by_grid: dict[str, tuple[int | None, int | None]]
    weeks: list[ThemeWeekOut]

    @classmethod
    def of(cls, report: ThemeReport) -> ThemeReportOut:
        """The body for a report."""
        return cls(
            theme=ThemeOut.of(report.theme), since=report.since, until=report.until,
            after=_number(report.after), others_after=_number(report.others_after),
            ratio=_ratio(report.ratio), against=_ratio(report.against),
            by_grid={code: (_number(pair[0]), _number(pair[1])) for code, pair in report.by_grid.items()},
            weeks=[ThemeWeekOut(first=day, here=here, elsewhere=there) for day, here, there in report.weeks],
        )  # fmt: skip


@router.get("/v1/hotspots/themes/ranking")
def get_ranking(
    service: ServiceDep,
    viewer: ViewerDep,
    first: Annotated[date | None, Query(description="Of the last whole month if not said.")] = None,
    last: date | None = None,
    level: ThemeLevel = "grid",
    order: ThemeOrder = "score",
    category: Annotated[str, Query(max_length=32, description="Prefix of a category code.")] = "",
    department: Annotated[str | None, Query(max_length=64)] = None,
    least: Annotated[int, Query(ge=1, le=10_000)] = 5,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> ThemeRankingOut:
    """Topics by grid or area, ranked by volume, trend, repeats and hand-overs between departments."""
    ranking = rank_themes(
        service, first=first, last=last, level=level, order=order, categories=(category,) if category else (),
        department=department, least=least, limit=limit,
    )  # fmt: skip
    shown = ranking if viewer.is_at_least("reader") else public_ranking(ranking)
    return ThemeRankingOut(
        first=shown.first, last=shown.last, before=shown.before, plan=shown.plan,
        rows=[ThemeRankOut.of(row) for row in shown.rows],
    )  # fmt: skip


@router.get("/v1/hotspots/themes")
def get_themes(service: ServiceDep, viewer: ViewerDep) -> list[ThemeOut]:
    """All themes, the newest first."""
    themes = service.store.list_themes()
    return [ThemeOut.of(theme if viewer.is_at_least("reader") else public_theme(theme)) for theme in themes]


@router.post("/v1/hotspots/themes", status_code=201)
def post_theme(service: ServiceDep, actor: DispatcherDep, body: ThemeIn) -> ThemeOut:
    """Freeze a theme: a topic in some grids with its incidents of some days. It never changes."""
    return ThemeOut.of(freeze_theme(service, **body.model_dump(), actor=actor))


@router.get("/v1/hotspots/themes/{theme_id}")
def get_theme(service: ServiceDep, viewer: ViewerDep, theme_id: ThemeId) -> ThemeOut:
    """One theme."""
    theme = service.store.get_theme(theme_id)
    return ThemeOut.of(theme if viewer.is_at_least("reader") else public_theme(theme))


@router.get("/v1/hotspots/themes/{theme_id}/report")
def get_report(
    service: ServiceDep,
    viewer: ViewerDep,
    theme_id: ThemeId,
    since: Annotated[date | None, Query(description="First day after; the day after the freeze if not said.")] = None,
    until: date | None = None,
) -> ThemeReportOut:
    """A theme before and after, with exact intervals, beside all other grids in the same days."""
    public = not viewer.is_at_least("reader")
    return ThemeReportOut.of(report_theme(service, theme_id, since=since, until=until, public=public))


@router.get("/maps/themes", response_class=HTMLResponse)
def themes_page(service: ServiceDep, lang: LangDep, viewer: ViewerDep) -> HTMLResponse:
    """What is frozen, and how to freeze."""
    return _page(render_themes(service, lang=lang, public=not viewer.is_at_least("reader")), lang)


@router.get("/maps/themes/{theme_id}", response_class=HTMLResponse)
def theme_page(service: ServiceDep, lang: LangDep, viewer: ViewerDep, theme_id: ThemeId) -> HTMLResponse:
    """The report as one sheet of A4 that needs no server."""
    return _page(render_theme(service, theme_id, lang=lang, public=not viewer.is_at_least("reader")), lang)


def _page(html: str, lang: str) -> HTMLResponse:
    headers = {"Content-Language": lang, "Vary": "Accept-Language, Authorization", "Cache-Control": "no-store"}
    return HTMLResponse(html, headers=headers)


def _number(value: int) -> int | None:
    return None if value < 0 else value


def _shown(values: dict[str, int]) -> dict[str, int | None]:
    return {key: _number(value) for key, value in values.items()}


def _ratio(ratio: tuple[float, float, float] | None) -> RatioOut | None:
    if ratio is None:
        return None
    value, low, high = ratio
    most = float("inf")
    return RatioOut(value=None if value == most else value, low=low, high=None if high == most else high)
