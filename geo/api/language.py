"""Which language a request is answered in: `?lang=`, else Accept-Language, else the deployment's."""

from __future__ import annotations

from fastapi import Request
from starlette.types import Scope

from geo.messages import LANGS, Lang


def language_of(request: Request) -> Lang:
    """The first of the client's languages that we speak."""
    settings = request.app.state.settings
    return language_for(request.query_params.get("lang", ""), accepted(request.scope), settings.lang)


def accepted(scope: Scope) -> str:
    """The header Accept-Language, "" where there is none."""
    for name, value in scope["headers"]:
        if name == b"accept-language":
            text: str = value.decode("latin-1")
            return text
    return ""


def language_for(asked: str, accept: str, default: Lang) -> Lang:
    """The language for a value of `lang`, a header Accept-Language ("" where there is none) and the deployment's."""
    for lang in LANGS:
        if asked == lang:
            return lang
    if not accept:
        return default
    ranked: list[tuple[float, int, Lang]] = []
    for place, part in enumerate(accept.split(",")):
        name, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        ranked.extend((-weight, place, lang) for lang in LANGS if name.lower().split("-")[0] == lang and weight > 0)
    return min(ranked)[2] if ranked else default
