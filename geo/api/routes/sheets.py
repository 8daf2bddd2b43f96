"""Printed sheets, and the page that their QR codes lead to."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import HTMLResponse

from geo.api.dependencies import LangDep, ServiceDep
from geo.service.sheets_served import grid_card, sheet_pdf
from geo.wiring import build_press

router = APIRouter(tags=["maps"])

_Code = Annotated[str, Path(max_length=64)]


@router.get("/maps/sheets/{code}.pdf", response_class=Response)
def sheet(
    request: Request,
    service: ServiceDep,
    lang: LangDep,
    code: _Code,
    plan_id: Annotated[
        int | None, Query(alias="plan", ge=1, lt=2**31, description="Of which plan; the one in force.")
    ] = None,
) -> Response:
    """The A3 sheet of a grid as a PDF, to be printed."""
    settings = request.app.state.settings
    body = sheet_pdf(service, build_press(settings), code, plan_id=plan_id, lang=lang, lookup=settings.public_url)
    headers = {
        "Content-Disposition": f"inline; filename*=UTF-8''{quote(code, safe='')}.pdf",
        "Content-Language": lang,
        "Vary": "Accept-Language",
        "Cache-Control": "no-cache",
    }
    return Response(body, media_type="application/pdf", headers=headers)


@router.get("/maps/grids/{code}", response_class=HTMLResponse)
def grid(request: Request, service: ServiceDep, lang: LangDep, code: _Code) -> HTMLResponse:
    """What holds for a grid now: where the QR code of a printed sheet leads."""
    settings = request.app.state.settings
    page, found = grid_card(service, build_press(settings), code, lang=lang, lookup=settings.public_url)
    headers = {"Content-Language": lang, "Vary": "Accept-Language", "Cache-Control": "no-cache"}
    return HTMLResponse(page, status_code=200 if found else 404, headers=headers)
