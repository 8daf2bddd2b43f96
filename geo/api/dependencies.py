"""What routes are given: the service, the language, the actor, a date."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request

from geo.api.language import language_of
from geo.errors import InvalidInput
from geo.messages import Lang, catalogue, say
from geo.service.context import Service


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def _as_of(
    as_of: Annotated[
        str | None,
        Query(description="Answer with the plan in force on this day.", json_schema_extra={"format": "date"}),
    ] = None,
) -> date | None:
    if as_of is None:
        return None
    try:
        return date.fromisoformat(as_of)
    except ValueError:
        raise InvalidInput("date_invalid", value=as_of[:40]) from None


def _actor(
    x_geo_actor: Annotated[str | None, Header(max_length=64, description="Who acts, for the journal.")] = None,
) -> str:
    return x_geo_actor or "api"


SayNote = Callable[[str, Mapping[str, Any]], str]


def _say_note(request: Request) -> SayNote:
    """Turns a note (a message key and its values) into a sentence; "" stays ""."""
    lang = language_of(request)

    def sentence(key: str, context: Mapping[str, Any]) -> str:
        return say(key, lang, **context) if key in catalogue() else key

    return sentence


ServiceDep = Annotated[Service, Depends(_service)]
LangDep = Annotated[Lang, Depends(language_of)]
AsOfDep = Annotated[date | None, Depends(_as_of)]
ActorDep = Annotated[str, Depends(_actor)]
SayNoteDep = Annotated[SayNote, Depends(_say_note)]
