"""What routes are given: the service, the language, the actor, a date.

All of them are `async` though none waits: FastAPI sends each plain function to a thread, which costs the hot route
more than the look-up itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request

from geo.api.language import language_of
from geo.errors import InvalidInput
from geo.messages import Lang, catalogue, say
from geo.service.context import Service
from geo.service.timetable import read_day


async def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


async def _as_of(
    as_of: Annotated[
        str | None,
        Query(description="Answer with the plan in force on this day.", json_schema_extra={"format": "date"}),
    ] = None,
) -> date | None:
    return None if as_of is None else read_day(as_of)


async def _actor(
    x_geo_actor: Annotated[str | None, Header(max_length=64, description="Who acts, for the journal.")] = None,
) -> str:
    if not x_geo_actor:
        return "api"
    # A header is bytes that the server reads as Latin-1; a Chinese name comes as UTF-8.
    try:
        name = x_geo_actor.encode("latin-1").decode("utf-8")
    except UnicodeError:
        name = x_geo_actor
    if not name.isprintable():
        raise InvalidInput("actor_invalid", value=ascii(name[:64]))
    return name


SayNote = Callable[[str, Mapping[str, Any]], str]


async def _say_note(request: Request) -> SayNote:
    """Turns a note (a message key and its values) into a sentence; "" stays ""."""
    lang = language_of(request)

    def sentence(key: str, context: Mapping[str, Any]) -> str:
        return say(key, lang, **context) if key in catalogue() else key

    return sentence


async def _language(request: Request) -> Lang:
    return language_of(request)


ServiceDep = Annotated[Service, Depends(_service)]
LangDep = Annotated[Lang, Depends(_language)]
AsOfDep = Annotated[date | None, Depends(_as_of)]
ActorDep = Annotated[str, Depends(_actor)]
SayNoteDep = Annotated[SayNote, Depends(_say_note)]
