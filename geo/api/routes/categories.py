"""The directory of categories, what corresponds, and what a text may be about."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from geo.api.dependencies import LangDep, ServiceDep
from geo.api.schemas import Out, SuggestionsOut
from geo.api.unchanged import Tagged
from geo.messages import say
from geo.model import CategoryKind
from geo.service.categories import get_category, list_categories, open311_services, own_categories
from geo.service.categories_suggest import suggest_category

router = APIRouter(tags=["categories"], route_class=Tagged)

Word = Annotated[str, Query(max_length=64)]


class CategoryOut(Out):
    """A category, where it was taken from, and how certain that is."""

    scheme: str
    kind: str
    code: str
    name: str
    parent: str | None
    in_use: bool = Field(description="Whether the place's own directory holds it.")
    source: str
    certainty: str


class CategoriesOut(Out):
    """Categories of the place's directory and of those that come with the program."""

    categories: list[CategoryOut]
    note: str = Field(description="Where the directories come from; no conformance to a standard is claimed.")


class LinkOut(Out):
    """What a category is in another directory."""

    scheme: str | None = Field(description="Null where the other directory has nothing for it.")
    kind: str | None
    code: str | None
    name: str
    relation: Literal["same", "broader", "related", "candidate", "none"]
    relation_text: str
    direction: Literal["to", "from"]
    certainty: str
    source: str


class CategoryDetailOut(CategoryOut):
    """A category with what corresponds to it."""

    crosswalk: list[LinkOut]


class TextIn(BaseModel):
    """A text to find categories for; in a body it stands in no server's log of addresses."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=4000)
    scheme: str = Field("", max_length=64)


class Open311ServiceOut(Out):
    """An entry of the service list of Open311 GeoReport v2."""

    service_code: str
    service_name: str
    description: str
    metadata: bool
    type: Literal["realtime"]
    keywords: str
    group: str


@router.get("/v1/categories")
def get_categories(
    service: ServiceDep,
    lang: LangDep,
    scheme: Word = "",
    kind: CategoryKind | Literal[""] = "",
    q: Annotated[str, Query(max_length=64, description="A part of the name, or the beginning of the code.")] = "",
    parent: Annotated[str | None, Query(max_length=32, description="A code; empty asks for major classes.")] = None,
) -> CategoriesOut:
    """The directories: the place's own and those that come with the program, each category once."""
    rows = list_categories(own_categories(service), scheme=scheme, kind=kind, parent=parent, q=q)
    return CategoriesOut(
        categories=[CategoryOut.model_validate(row) for row in rows], note=say("category_disclaimer", lang)
    )


@router.get("/v1/categories/suggest")
def get_suggestions(
    service: ServiceDep,
    lang: LangDep,
    text: Annotated[str, Query(min_length=1, max_length=4000)],
    scheme: Word = "",
) -> SuggestionsOut:
    """Up to three categories that a text may be about, with reasons; a person decides."""
    return SuggestionsOut.of(suggest_category(service, text, scheme=scheme), lang)


@router.post("/v1/categories/suggest")
def post_suggestions(service: ServiceDep, lang: LangDep, body: TextIn) -> SuggestionsOut:
    """The same for a text that should not stand in an address."""
    return SuggestionsOut.of(suggest_category(service, body.text, scheme=body.scheme), lang)


@router.get("/v1/categories/{scheme}/{kind}/{code}")
def get_one(
    service: ServiceDep,
    lang: LangDep,
    scheme: Annotated[str, Path(max_length=64)],
    kind: CategoryKind,
    code: Annotated[str, Path(max_length=32)],
) -> CategoryDetailOut:
    """One category and what corresponds to it in other directories."""
    found, links = get_category(own_categories(service), (scheme, kind, code))
    shown: list[dict[str, Any]] = []
    for link in links:
        other = link.other or (None, None, None)
        text = say(f"category_relation_{link.relation}", lang)
        shown.append({**vars(link), **dict(zip(("scheme", "kind", "code"), other, strict=True)), "relation_text": text})
    return CategoryDetailOut.model_validate({**vars(found), "crosswalk": shown})


@router.get("/open311/v2/services.json")
def get_services(service: ServiceDep) -> list[Open311ServiceOut]:
    """The place's matters and topics as an Open311 GeoReport v2 service list; `service_code` is scheme/kind/code."""
    return [Open311ServiceOut.model_validate(row) for row in open311_services(own_categories(service))]
