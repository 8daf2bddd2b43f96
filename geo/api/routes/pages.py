"""The maps."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import HTMLResponse, JSONResponse

from geo.api.dependencies import ActorDep, LangDep, ServiceDep
from geo.service.context import Service
from geo.service.pages import page_data, render_page
from geo.service.pages_edit import render_compare, render_draft, render_draft_base


class _Written(JSONResponse):
    """JSON that is written already."""

    def render(self, content: str) -> bytes:
        return content.encode()


router = APIRouter(tags=["maps"], default_response_class=HTMLResponse)


def _page(service: Service, page: str, lang: LangDep, plan_id: int | None = None) -> HTMLResponse:
    html = render_page(service, page, lang=lang, standalone=False, plan_id=plan_id)
    return HTMLResponse(html, headers={"Content-Language": lang, "Vary": "Accept-Language"})


@router.get("/")
def front_page(service: ServiceDep, lang: LangDep) -> HTMLResponse:
    """The plan in force."""
    return _page(service, "plan", lang)


@router.get("/maps/data/{page}")
def data_of_page(
    service: ServiceDep,
    lang: LangDep,
    page: Annotated[str, Path(max_length=20, description="plan, issues or coverage")],
    plan_id: Annotated[int | None, Query(alias="plan", ge=1, lt=2**31)] = None,
) -> JSONResponse:
    """What a page of a large place asks for once it is there."""
    body = page_data(service, page, lang=lang, plan_id=plan_id)
    return _Written(body, headers={"Content-Language": lang, "Cache-Control": "no-store"})


@router.get("/maps/plans/{plan_id}")
def plan_page(service: ServiceDep, lang: LangDep, plan_id: Annotated[int, Path(ge=1, lt=2**31)]) -> HTMLResponse:
    """One plan."""
    return _page(service, "plan", lang, plan_id)


@router.get("/maps/drafts/{draft_id}")
def draft_page(
    service: ServiceDep, lang: LangDep, actor: ActorDep, draft_id: Annotated[int, Path(ge=1, lt=2**31)]
) -> HTMLResponse:
    """A draft, to be worked on."""
    html = render_draft(service, draft_id, lang=lang, actor=actor)
    return HTMLResponse(
        html, headers={"Content-Language": lang, "Vary": "Accept-Language", "Cache-Control": "no-store"}
    )


@router.get("/maps/drafts/{draft_id}/base")
def draft_base(
    service: ServiceDep, lang: LangDep, actor: ActorDep, draft_id: Annotated[int, Path(ge=1, lt=2**31)]
) -> JSONResponse:
    """Houses, walls and roads under a draft of a large place."""
    body = render_draft_base(service, draft_id, lang=lang, actor=actor)
    return _Written(body, headers={"Cache-Control": "no-store"})


@router.get("/maps/compare")
def compare_page(
    service: ServiceDep,
    lang: LangDep,
    a: Annotated[str | None, Query(max_length=12, description="A plan (3) or a draft (d7); the one in force.")] = None,
    b: Annotated[str | None, Query(max_length=12, description="A plan or a draft; the newest draft.")] = None,
) -> HTMLResponse:
    """Two plans side by side."""
    html = render_compare(service, a, b, lang=lang)
    return HTMLResponse(html, headers={"Content-Language": lang, "Vary": "Accept-Language"})


@router.get("/maps/issues")
def issues_page(service: ServiceDep, lang: LangDep) -> HTMLResponse:
    """Issues on the plan in force."""
    return _page(service, "issues", lang)


@router.get("/maps/coverage")
def coverage_page(service: ServiceDep, lang: LangDep) -> HTMLResponse:
    """Who is served by whom, and what no grid covers."""
    return _page(service, "coverage", lang)
