"""Reports in, issues out."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from geo.api.dependencies import ActorDep, LangDep, SayNoteDep, ServiceDep
from geo.api.schemas import IssueOut, IssuesOut, ReportIn, SuggestionsOut
from geo.errors import GeoError
from geo.messages import Lang
from geo.model import Issue, IssueStatus, LocationStatus, Report
from geo.service.categories_suggest import suggest_category
from geo.service.context import Service, find_plan_in_force, net_of
from geo.service.issues import report_issue
from geo.service.reporters import public_issues

log = logging.getLogger(__name__)
router = APIRouter(prefix="/v1/issues", tags=["issues"])


@router.post("", status_code=201, responses={200: {"description": "This source and id were known already."}})
def post_issue(
    service: ServiceDep, actor: ActorDep, say_note: SayNoteDep, lang: LangDep, body: ReportIn, response: Response
) -> IssueOut:
    """Take a report in: it is located, routed and stored; the answer says where it went and why."""
    issue, is_new = report_issue(service, Report(**body.model_dump()), actor=actor)
    if not is_new:
        response.status_code = 200
    response.headers["Location"] = f"/v1/issues/{issue.id}"
    answer = IssueOut.of(public_issues(service, [issue])[0], _names(service), say_note)
    if body.category:
        return answer
    return answer.model_copy(update={"suggestions": _suggestions(service, body.text, lang)})


@router.get("")
def get_issues(
    service: ServiceDep,
    say_note: SayNoteDep,
    grid: Annotated[str | None, Query(max_length=64)] = None,
    department: Annotated[str | None, Query(max_length=64)] = None,
    category: Annotated[str | None, Query(max_length=32)] = None,
    status: IssueStatus | None = None,
    location: LocationStatus | None = None,
    after_id: Annotated[int, Query(ge=0, lt=2**31)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> IssuesOut:
    """Issues by ascending id, a page at a time."""
    rows: tuple[Issue, ...] = service.store.list_issues(
        grid=grid,
        department=department,
        category=category,
        status=status,
        location=location,
        after_id=after_id,
        limit=limit + 1,
    )
    names = _names(service)
    page = public_issues(service, rows[:limit])
    return IssuesOut(
        issues=[IssueOut.of(issue, names, say_note) for issue in page],
        next=page[-1].id if len(rows) > limit else None,
    )


@router.get("/{issue_id}")
def get_issue(service: ServiceDep, say_note: SayNoteDep, issue_id: Annotated[int, Path(ge=1, lt=2**31)]) -> IssueOut:
    """One issue, without personal data; who works on it asks for its case."""
    return IssueOut.of(public_issues(service, [service.store.get_issue(issue_id)])[0], _names(service), say_note)


def _suggestions(service: Service, text: str, lang: Lang) -> SuggestionsOut | None:
    """What a report without a category may be about; a model that cannot be read never costs a report its answer."""
    try:
        return SuggestionsOut.of(suggest_category(service, text), lang)
    except GeoError:
        log.exception("no categories suggested")
        return None


def _names(service: Service) -> Mapping[str, str]:
    plan = find_plan_in_force(service)
    return {} if plan is None else net_of(service, plan).names
