"""What the routes that locate share: the net to ask without making others wait, and the body of an answer."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable
from datetime import date
from typing import Any, Final

import orjson
from anyio import to_thread
from fastapi import Response
from pydantic_core import to_json

from geo.api.schemas import LocationOut
from geo.messages import Lang, say
from geo.model import Location
from geo.service.context import Net, Service, find_net_ready, get_plan_in_force, net_of, timetable
from geo.service.explain import FIXED, Sentence
from geo.service.locate import Spot, location_of
from geo.service.micro_lookup import note_values
from geo.service.timetable import get_plan_on


async def net_at(service: Service, as_of: date | None) -> Net:
    """The net of the plan in force on `as_of` (today if None); one that has to be built is built in a thread.

    Raises
    ------
    NotFound
        No plan is in force on that day.
    """
    present = service.memory.present
    if present is not None and time.monotonic() < present.fresh_until:  # then nothing below asks the database
        if as_of is None and present.net is not None and service.clock() < present.until:
            return present.net
        table, today = timetable(service), service.today()
        net = find_net_ready(service, get_plan_on(table, as_of or today, today=today), table)
        if net is not None:
            return net
    return await to_thread.run_sync(lambda: net_of(service, get_plan_in_force(service, as_of)))


def render(net: Net, spot: Spot, crs: str, lang: Lang | None) -> bytes:
    """The body for a spot as JSON, from a text that was made once for its grid; notes alone need `lang`."""
    key = (crs, spot.grid, spot.base, spot.nearest, spot.overlap, lang)
    held = _texts_of(net)
    prepared: Prepared | None = held.get(key)
    if prepared is None:
        prepared = held[key] = _prepare(net, spot, crs, lang)
    parts, order = prepared
    numbers = (spot.lon, spot.lat, spot.shift_m, spot.border_m, spot.nearest_m)
    pieces = [parts[0]]
    for k, part in zip(order, parts[1:], strict=True):
        pieces += (orjson.dumps(numbers[k]), part)
    return b"".join(pieces)


def _texts_of(net: Net) -> dict[Hashable, Any]:
    """Texts that were made once for a grid; not so many that a large plan, or a client's many systems, fill memory."""
    held: dict[Hashable, Any] | None = net.prepared.get("texts")
    if held is None:
        held = net.prepared["texts"] = {}
    elif len(held) > _TEXTS_MOST:
        held.clear()
    return held


# About a kilobyte each.
_TEXTS_MOST: Final = 100_000


Prepared = tuple[tuple[bytes, ...], tuple[int, ...]]
# Numbers that stand in a body for those of a request; no name of a grid holds such a figure.
_MARKS: Final = tuple(987654321012.5 + k for k in range(5))


def _prepare(net: Net, spot: Spot, crs: str, lang: Lang | None) -> Prepared:
    """The body for all points that lie as this one does, cut where their own numbers go."""
    lon, lat, shift, border, nearest = _MARKS
    marked = spot._replace(lon=lon, lat=lat, shift_m=shift, border_m=border, nearest_m=nearest)
    text = to_json(describe(net, location_of(net, marked, crs=crs), lang or "en"))
    cuts = sorted((text.index(mark), k, mark) for k, mark in enumerate(map(to_json, _MARKS)) if mark in text)
    assert all(text.count(mark) == 1 for _, _, mark in cuts), "a number of the request stands twice in a body"
    parts, start = [], 0
    for at, _, mark in cuts:
        parts.append(text[start:at])
        start = at + len(mark)
    return (*parts, text[start:]), tuple(k for _, k, _ in cuts)


def with_reasons(net: Net, spot: Spot, crs: str, body: bytes, reasons: Iterable[Sentence], lang: Lang) -> bytes:
    """The body of an answer with the sentences that say why; those of `FIXED` are made once for a grid."""
    held = _texts_of(net)
    texts: list[bytes] = []
    for key, values in reasons:
        if key in FIXED:
            place = (key, crs, spot.grid, spot.base, lang)
            text = held.get(place)
            if text is None:
                text = held[place] = orjson.dumps(say(key, lang, **values))
        else:
            text = orjson.dumps(say(key, lang, **values))
        texts.append(text)
    return b"".join((body[:-1], b',"why":[', b",".join(texts), b"]}"))


class Json(Response):
    """Bytes of JSON that are ready to be sent."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.status_code = 200
        self.background = None
        self.raw_headers = [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")]


def describe(net: Net, location: Location, lang: Lang) -> LocationOut:
    """The body for a location of the net, with its note as a sentence."""
    note = say(location.note, lang, **location.context) if location.note else ""
    body = LocationOut.of(location, net.names, note)
    if body.micro is not None and location.micro is not None and location.micro.note:
        body.micro.note_text = say(location.micro.note, lang, **note_values(location.micro))
    return body
