"""A parameter that a route does not know, or that stands twice, is refused: one would be answered as if it were not."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final
from urllib.parse import parse_qsl

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

from geo.errors import InvalidInput

# What every route takes.
_EVERYWHERE: Final = ("lang",)
# Pages have addresses that people keep and other programs add to; only the interface for programs is strict.
_STRICT: Final = "/v1/"


async def refuse_unknown(request: Request) -> None:
    """For every route of the framework: refuse a query with a parameter that the route does not name, or names twice.

    Raises
    ------
    InvalidInput
        Names the parameter and the nearest of those that there are.
    """
    query = request.scope["query_string"]
    route = request.scope.get("route")
    if query and isinstance(route, APIRoute) and route.path.startswith(_STRICT):
        held: dict[int, frozenset[str]] = request.app.state.known
        known = held.get(id(route))
        if known is None:
            known = held[id(route)] = _known_to(route)
        check_names((name for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True)), known)


def check_names(names: Iterable[str], known: Collection[str]) -> None:
    """Refuse names that are not among `known`, and those that come twice: no parameter is a list of several.

    See `refuse_unknown`.
    """
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InvalidInput("query_twice", name=name[:40])
        seen.add(name)
        if name not in known and name not in _EVERYWHERE:
            nearest = difflib.get_close_matches(name.lower(), known, n=1)
            key = "query_unknown_near" if nearest else "query_unknown"
            hint = {"nearest": nearest[0]} if nearest else {}
            raise InvalidInput(key, name=name[:40], known=", ".join(sorted({*known, *_EVERYWHERE})), **hint)


def _known_to(route: APIRoute) -> frozenset[str]:
    """Names of a route's parameters: those that the framework reads, and those that it is only told of."""
    told = (route.openapi_extra or {}).get("parameters", ())
    return frozenset((*_read_by(route.dependant), *(part["name"] for part in told if part["in"] == "query")))


def _read_by(dependant: Dependant) -> Iterator[str]:
    """Names that a route or what it depends on reads, those within a model of several too."""
    for field in dependant.query_params:
        kind: Any = field.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from (part.alias or name for name, part in kind.model_fields.items())
        else:
            yield field.alias
    for inner in dependant.dependencies:
        yield from _read_by(inner)
