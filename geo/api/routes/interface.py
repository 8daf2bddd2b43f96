"""The description of the interface for people."""

from __future__ import annotations

from functools import lru_cache

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse

from geo.api.dependencies import LangDep
from geo.maps.interface import interface_page
from geo.messages import Lang

router = APIRouter(tags=["operations"], default_response_class=HTMLResponse)


@router.get("/docs", include_in_schema=False)
def read_docs(request: Request, lang: LangDep) -> HTMLResponse:
    """Every operation with its parameters, bodies and answers."""
    return HTMLResponse(_page(request.app, lang), headers={"Content-Language": lang, "Vary": "Accept-Language"})


@lru_cache(maxsize=8)
def _page(app: FastAPI, lang: Lang) -> str:
    return interface_page(app.openapi(), lang)
