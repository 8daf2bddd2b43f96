"""Query parameters read by one model at once.

FastAPI handles each parameter and each dependency by itself, which takes longer than all the rest of a request that
locates a point; a model takes a tenth of that and refuses in the same words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from geo.api.known import check_names

M = TypeVar("M", bound=BaseModel)


def read_query(request: Request, model: type[M]) -> M:
    """The query of a request as `model`.

    Raises
    ------
    RequestValidationError
        A parameter is missing or is not what the model wants.
    InvalidInput
        The model has no such parameter, or it stands twice.
    """
    return read_given(given_in(request.scope["query_string"]), model)


def given_in(query: bytes) -> list[tuple[str, str]]:
    """Names and values of a query, in order."""
    text = query.decode("latin-1")
    if "%" in text or "+" in text:
        return parse_qsl(text, keep_blank_values=True)
    parts = (part.partition("=") for part in text.split("&") if part)  # the same, where nothing is written in escapes
    return [(name, value) for name, _, value in parts]


def read_given(given: Sequence[tuple[str, str]], model: type[M]) -> M:
    """What `given_in` found, as `model`; raises as `read_query` does."""
    values = dict(given)
    if len(values) < len(given) or not values.keys() <= model.model_fields.keys():
        check_names((name for name, _ in given), model.model_fields)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        faults = [{**fault, "loc": ("query", *fault["loc"])} for fault in error.errors(include_url=False)]
        raise RequestValidationError(faults) from None


def parameters_of(model: type[BaseModel], *, optional: bool = False) -> dict[str, Any]:
    """The model's fields for the OpenAPI document, as `openapi_extra` of a route; `optional`: none is required."""
    schema = model.model_json_schema()
    return {
        "parameters": [
            {
                "name": name,
                "in": "query",
                "required": not optional and name in schema.get("required", ()),
                "schema": {key: value for key, value in field.items() if key != "description"},
                **({"description": field["description"]} if "description" in field else {}),
            }
            for name, field in schema["properties"].items()
        ]
    }


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """The content of a JSON request body for the OpenAPI document; the model refers to no other."""
    return {"application/json": {"schema": model.model_json_schema()}}
