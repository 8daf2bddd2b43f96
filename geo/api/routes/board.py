"""The data of the dispatch page: counts, a page of the list, the map's points, and what has changed."""

from __future__ import annotations

import math
from typing import Annotated, Any

from fastapi import APIRouter, Query

from geo.api.board_bodies import (
    BoardOut,
    BoardQuery,
    BoardRowOut,
    ChangesOut,
    FoundOut,
    StepOut,
    read_box,
    read_numbers,
)
from geo.api.case_schemas import sentence
from geo.api.dependencies import ActorDep, SayNoteDep, ServiceDep
from geo.api.roles import ViewerDep
from geo.api.routes.cases import names_of
from geo.model import Issue
from geo.service.board_ask import SIGNS, Row, Wish, ask_board
from geo.service.board_find import find_numbered
from geo.service.board_live import changes_since, touch
from geo.service.reporters import public_issue

# Lines that are part of another step, or that change nothing for who has the card open.
_UNTOLD = (
    "received", "located", "routed", "queued", "merged_in", "reporter_read", "reporter_forgotten", "carried_over",
)  # fmt: skip
router = APIRouter(prefix="/maps/issues", tags=["maps"])


@router.get("/board")
def get_board(service: ServiceDep, viewer: ViewerDep, query: Annotated[BoardQuery, Query()]) -> BoardOut:
    """Issues by tab and filter with counts, least time left first; points in `box`, or counts by square where many."""
    asked = query.model_dump()
    asked |= {"box": read_box(query.box), "view": read_box(query.view), "only": read_numbers(query.only)}
    asked["grids"] = tuple(code.strip() for code in query.grids.split(",") if code.strip())
    found = ask_board(service, Wish(**asked))
    names = names_of(service)
    rooms = viewer.is_at_least("dispatcher")
    rows = [_row(row, names, rooms=rooms) for row in found.rows]
    return BoardOut(**{**vars(found), "rows": rows, "signs": list(SIGNS)})


@router.get("/find")
def get_find(
    service: ServiceDep,
    viewer: ViewerDep,
    text: Annotated[str, Query(min_length=1, max_length=200, description="An own number, or that of the source.")],
) -> list[FoundOut]:
    """Issues by number: the own one (17, #17), or the one that the source gave them, whole or its beginning."""
    rooms = viewer.is_at_least("dispatcher")
    return [
        _found(issue)
        for issue in (public_issue(one.issue, one.case, rooms=rooms) for one in find_numbered(service, text))
    ]


@router.get("/changes")
def get_changes(
    service: ServiceDep,
    say_note: SayNoteDep,
    viewer: ViewerDep,
    actor: ActorDep,
    since: Annotated[int, Query(ge=0, lt=2**53, description="`stamp` of the answer before.")] = 0,
    opened: Annotated[int, Query(ge=0, lt=2**53, description="The issue whose card is open; 0 for none.")] = 0,
    client: Annotated[str, Query(max_length=40, description="Which page asks, so that others can be told.")] = "",
) -> ChangesOut:
    """What has happened since `since`; the page asks every few seconds, and says which card it has open."""
    others = touch(service, client, viewer.name or actor, opened)
    stamp, steps, more = changes_since(service, since)
    arrived = sum(step.action == "received" for step in steps)
    told = [
        StepOut(**_plain(step), action_text=sentence(say_note, f"case_step_{step.action}", {}))
        for step in steps
        if step.action not in _UNTOLD
    ]
    now = math.floor(service.now().timestamp())
    return ChangesOut(stamp=stamp, now=now, arrived=arrived, steps=told, more=more, working=others)


def _found(issue: Issue) -> FoundOut:
    return FoundOut(
        id=issue.id,
        source=issue.source,
        source_id=issue.source_id,
        category=issue.category_name or issue.category,
        status=issue.status,
        reported=issue.reported_at,
    )


def _plain(step: Any) -> dict[str, Any]:
    return {name: getattr(step, name) for name in ("line", "issue", "at", "actor", "action", "revision")}


def _row(row: Row, names: Any, *, rooms: bool) -> BoardRowOut:
    issue, case = public_issue(row.issue, row.case, rooms=rooms), row.case
    place, route = issue.location, issue.route
    return BoardRowOut(
        id=issue.id,
        revision=case.revision,
        source_id=issue.source_id,
        sign=row.sign,
        status=issue.status,
        state=case.state,
        queue=case.queue,
        category=issue.category_name or issue.category,
        text=issue.text,
        where=place.status,
        grid=place.grid,
        grid_name=place.grid_name or names.get(place.grid or "", ""),
        maybe=[names.get(code, code) for code in row.maybe],
        department=route.department_name or route.department or "",
        reported=issue.reported_at,
        act_by=case.act_by,
        lon=place.lon,
        lat=place.lat,
    )
