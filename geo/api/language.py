"""Which language a request is answered in: `?lang=`, else Accept-Language, else the deployment's."""

from __future__ import annotations

from fastapi import Request

from geo.messages import LANGS, Lang


def language_of(request: Request) -> Lang:
    """The first of the client's languages that we speak."""
    asked = request.query_params.get("lang")
    for lang in LANGS:
        if asked == lang:
            return lang
    ranked: list[tuple[float, int, Lang]] = []
    for place, part in enumerate(request.headers.get("accept-language", "").split(",")):
        name, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        ranked.extend((-weight, place, lang) for lang in LANGS if name.lower().split("-")[0] == lang and weight > 0)
    if ranked:
        return min(ranked)[2]
    default: Lang = request.app.state.settings.lang
    return default
