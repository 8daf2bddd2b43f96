"""The OpenAPI document: the faults of each operation, what they look like, and examples to begin with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from geo.api.roles import viewer_of
from geo.api.unchanged import Tagged

_TYPE: Final = "application/problem+json"
_PROBLEM: Final = "Problem"

# What every fault says (RFC 9457), and what some say beside it.
_SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "title": _PROBLEM,
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "description": "urn:wangge:problem: and the code."},
        "title": {"type": "string", "description": "The kind of fault in the language of the request."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What was got, what was wanted and what to do, for people."},
        "code": {"type": "string", "description": "Stable, for programs."},
        "context": {"type": "object", "description": "The values that the detail names."},
        "errors": {
            "type": "array",
            "description": "With `request_invalid` every fault of the request.",
            "items": {
                "type": "object",
                "required": ["where", "what"],
                "properties": {
                    "where": {"type": "string", "description": "A path such as query.lat or body.points."},
                    "what": {"type": "string"},
                },
            },
        },
    },
}

# Of each status what it means, and one fault as it is answered.
_FAULTS: Final[Mapping[int, tuple[str, dict[str, Any]]]] = {
    400: (
        "The body cannot be read.",
        {"title": "Bad request", "code": "http_400", "detail": "The body cannot be read; check its form and encoding."},
    ),
    403: (
        "The token's role does not suffice.",
        {
            "title": "Not allowed",
            "code": "role_wanted",
            "detail": "This wants the role dispatcher; send the token of one in the header Authorization.",
            "context": {"role": "dispatcher"},
        },
    ),
    404: (
        "No such thing, or no plan in force on the day.",
        {"title": "Not found", "code": "grid_unknown", "detail": "Plan 3 has no grid 9.", "context": {"code": "9"}},
    ),
    408: (
        "Nothing of the body came for a minute.",
        {"title": "Request timeout", "code": "http_408", "detail": "The body did not go on coming."},
    ),
    409: (
        "Somebody else was faster; read again, then decide.",
        {
            "title": "Conflict",
            "code": "case_moved_on",
            "detail": "The case has moved on: you saw revision 3, now it is 4.",
            "context": {"issue": 7, "yours": 3, "now": 4},
        },
    ),
    413: (
        "The body is too large.",
        {"title": "Too large", "code": "http_413", "detail": "The request holds more than 16 MB. Send it in parts."},
    ),
    415: (
        "The body is compressed, or of a type that is not taken.",
        {"title": "Unsupported media type", "code": "http_415", "detail": "This takes application/json."},
    ),
    422: (
        "Something asked for cannot be used.",
        {
            "title": "Input cannot be used",
            "code": "request_invalid",
            "detail": "query.lat: it is missing and has to be given.",
            "errors": [{"where": "query.lat", "what": "it is missing and has to be given"}],
        },
    ),
    503: (
        "The database is away; ask again later.",
        {"title": "Not available", "code": "store_busy", "detail": "The database is busy. Try again later."},
    ),
}
_OF_BODIES: Final = (400, 408, 413, 415)
# POST that only asks: nobody can have been faster.
_ASK: Final = ("/v1/locate", "/v1/geocode", "/v1/categories", "/v1/route")

# Values that stand for a parameter or a body until somebody has better ones.
_EXAMPLES: Final[Mapping[str, Any]] = {"lon": 116.3912, "lat": 39.9021, "crs": "GCJ-02", "as_of": "2026-01-01"}
_BATCH: Final = {
    "crs": "WGS84", "lon": [116.3912, 116.4023], "lat": [39.9021, 39.9107], "fields": ["grid", "community", "note"],
}  # fmt: skip
_BATCH_OUT: Final = {
    "plan": 3, "crs": "WGS84", "grid": ["110101001001007", None], "community": ["110101001001", None],
    "note": ["", "outside_all_grids"], "errors": [],
}  # fmt: skip
_POINT_OUT: Final = {
    "status": "located", "grid": "110101001001007", "grid_name": "晨光07",
    "chain": ["110101", "110101001", "110101001001", "110101001001007"],
    "names": ["东城区", "晨光街道", "晨光社区", "晨光07"],
    "levels": [
        {"level": "district", "code": "110101", "name": "东城区"},
        {"level": "street", "code": "110101001", "name": "晨光街道"},
        {"level": "community", "code": "110101001001", "name": "晨光社区"},
        {"level": "base", "code": "110101001001007", "name": "晨光07"},
    ],
    "plan": 3, "lon": 116.384965, "lat": 39.900702, "crs": "GCJ-02", "shift_m": 554.3, "border_m": 41.7,
    "nearest_grid": None, "nearest_m": None, "method": "coordinate", "note": "", "note_text": "", "context": {},
    "micro": None,
}  # fmt: skip
_WHY: Final = ["Answered from plan 3 “2026”, in force from 2026-01-01."]


def complete(document: dict[str, Any], routes: Iterable[BaseRoute]) -> None:
    """Tell in the framework's document of these routes what it does not know of them."""
    document.setdefault("components", {}).setdefault("schemas", {})[_PROBLEM] = dict(_SCHEMA)
    for route in routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                _tell_faults(document["paths"][route.path_format][method.lower()], route, method)
    _give_examples(document["paths"])


def _tell_faults(operation: dict[str, Any], route: APIRoute, method: str) -> None:
    """Replace what was said of every operation by the faults of this one."""
    answers = operation["responses"]
    has_body = "requestBody" in operation
    for status, (meaning, example) in _FAULTS.items():
        told = answers.pop(str(status), {}).get("description", "")
        if status in _OF_BODIES and not has_body:
            continue
        if status == 403 and not _asks_who(route.dependant):
            continue
        asks = "draft" not in route.path if method == "GET" else route.path.startswith(_ASK)
        if status == 409 and asks:
            continue
        if status == 422 and not (operation.get("parameters") or has_body or route.path.startswith("/v1/")):
            continue
        whole = {"type": f"urn:wangge:problem:{example['code']}", "status": status, **example}
        answers[str(status)] = {
            "description": meaning if told in ("", "Problem", "Validation Error") else told,
            "content": {_TYPE: {"schema": {"$ref": f"#/components/schemas/{_PROBLEM}"}, "example": whole}},
        }
    if isinstance(route, Tagged) and method == "GET":
        answers["304"] = {"description": "The client holds the present answer (`If-None-Match`)."}


def _asks_who(dependant: Dependant) -> bool:
    return dependant.call is viewer_of or any(_asks_who(inner) for inner in dependant.dependencies)


def _give_examples(paths: Mapping[str, Any]) -> None:
    for part in _parameters(paths):
        if part["in"] == "query" and part["name"] in _EXAMPLES and not {"example", "examples"} & part.keys():
            part["example"] = _EXAMPLES[part["name"]]
    many = paths["/v1/locate"]["post"]
    many["requestBody"]["content"]["application/json"]["example"] = _BATCH
    for operation, body in (
        (many, _BATCH_OUT),
        (paths["/v1/locate"]["get"], _POINT_OUT),
        (paths["/v1/locate/explain"]["get"], {**_POINT_OUT, "why": _WHY}),
    ):
        operation["responses"]["200"]["content"]["application/json"]["example"] = body


def _parameters(paths: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in paths.values():
        for operation in methods.values():
            yield from operation.get("parameters", ())
