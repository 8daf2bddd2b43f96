"""The bodies of the dispatch page's data."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field

from geo.api.schemas import Out
from geo.errors import InvalidInput
from geo.model.cases import CaseState, QueueName
from geo.model.words import IssueStatus, LocationStatus
from geo.service.board_ask import ROWS_MOST, Tab

_TEXT_MOST = 160


class BoardQuery(BaseModel):
    """What the page wants to see (with `lang` beside it, which every request may have)."""

    tab: Tab = "all"
    category: str = Field("", max_length=200, description="scheme/kind/code.")
    department: str = Field("", max_length=200)
    grids: str = Field("", max_length=8000, description="Codes of grids with commas between them.")
    community: str = Field("", max_length=64)
    days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    since: date | None = Field(None, description="The first day on which it was reported, by the place's clock.")
    until: date | None = Field(None, description="The last such day.")
    closed: bool = False
    box: str = Field("", max_length=120, description="west,south,east,north in degrees: what the map holds.")
    view: str = Field(
        "", max_length=120, description="The same of what the map shows; with `follow` the list keeps to it."
    )
    follow: bool = False
    zoom: float = Field(14.0, ge=0, le=24, allow_inf_nan=False)
    after: str | None = Field(None, max_length=60)
    limit: Annotated[int, Field(ge=1, le=ROWS_MOST)] = 50
    upto: Annotated[int, Field(ge=0, lt=2**53)] | None = None
    only: str = Field("", max_length=6000, description="Just these issues, with commas between their numbers.")
    hotspot: Annotated[int, Field(ge=1, lt=2**53)] | None = Field(None, description="Just those of a stored hotspot.")


def read_box(text: str) -> tuple[float, float, float, float] | None:
    """west, south, east, north of a query; None where nothing was said.

    Raises
    ------
    InvalidInput
        They are no four finite numbers in order.
    """
    if not text:
        return None
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError:
        raise InvalidInput("board_box", value=text[:60]) from None
    if not all(map(math.isfinite, (west, south, east, north))) or west > east or south > north:
        raise InvalidInput("board_box", value=text[:60])
    return west, south, east, north


def read_numbers(text: str) -> tuple[int, ...]:
    """Issue numbers of a query.

    Raises
    ------
    InvalidInput
        One of them is no number of an issue.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        raise InvalidInput("board_numbers", value=text[:60])
    return tuple(int(part) for part in parts)


def _short(text: object) -> object:
    return text[:_TEXT_MOST] if isinstance(text, str) else text


class FoundOut(Out):
    """An issue that a search by number has found."""

    id: int
    source: str
    source_id: str | None
    category: str
    status: IssueStatus
    reported: datetime


class BoardRowOut(Out):
    """A row of the list."""

    id: int
    revision: int
    source_id: str | None
    sign: str = Field(description="What its pin shows: a status, or overdue.")
    status: IssueStatus
    state: CaseState
    queue: QueueName | None
    category: str
    text: Annotated[str, BeforeValidator(_short)]
    where: LocationStatus
    grid: str | None
    grid_name: str
    maybe: list[str] = Field(description="Names of the grids that an undecided one may lie in.")
    department: str
    reported: datetime
    act_by: datetime
    lon: float | None
    lat: float | None


class BoardOut(Out):
    """Everything that the dispatch page shows beside an open card."""

    stamp: int
    now: int = Field(description="Seconds since 1970 (UTC).")
    tabs: dict[str, int]
    total: int
    unplaced: int = Field(description="How many of them have no place.")
    options: dict[str, list[tuple[str, int]]] = Field(description="What each filter offers, with counts.")
    newest: int = Field(description="The highest number there is; `upto` keeps later ones away.")
    rows: list[BoardRowOut]
    next: str | None
    signs: list[str]
    categories: list[str] = Field(description="What the category numbers of `points` stand for.")
    points: list[tuple[int, float, float, int, int]] = Field(description="id, lon, lat, sign, category.")
    squares: list[tuple[float, float, list[int]]] = Field(description="lon, lat, count by sign.")
    extent: tuple[float, float, float, float] | None = Field(
        description="west, south, east, north of what has a place, where `only` or `hotspot` was asked for."
    )


class StepOut(Out):
    """What was done to an issue."""

    line: int
    issue: int
    at: datetime
    actor: str
    action: str
    action_text: str
    revision: int


class ChangesOut(Out):
    """What has happened since a line of the log."""

    stamp: int
    now: int
    arrived: int = Field(description="How many issues came in.")
    steps: list[StepOut] = Field(description="The other steps, the first one first; at most 500.")
    more: bool = Field(description="There were more lines than these: load the board anew.")
    working: dict[int, str] = Field(description="Issues that somebody else has open, and who.")
