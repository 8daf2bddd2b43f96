"""Issues that came in while no plan was in force are located once there is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from geo.errors import GeoError
from geo.model import Location, Report, Route
from geo.service.context import Service, get_plan_in_force, net_of
from geo.service.import_summary import plain
from geo.service.issues import prepare
from geo.service.placing_reports import place_reports

_CHUNK = 2_000


@dataclass
class WaitingSummary:
    """What became of the issues that waited; `issues` is the sum of `located`, `outside` and `queued`."""

    issues: int = 0
    located: int = 0
    outside: int = 0
    queued: int = 0
    routed: int = 0


def locate_waiting(service: Service, *, actor: str, progress: Callable[[int], None] | None = None) -> WaitingSummary:
    """Locate and route the issues that wait for a plan, with the one in force today; what was reported stays.

    Each chunk is one transaction with its line in the journal. An issue that got a place meanwhile is left alone, so
    that doing it twice, or from two places at once, changes nothing more. Issues that cannot be placed by any plan go
    into the queue for a person, with the reason.

    Raises
    ------
    NotFound
        No plan is in force today either.
    """
    net = net_of(service, get_plan_in_force(service))
    summary = WaitingSummary()
    last = 0
    while waiting := service.store.list_waiting(after_id=last, limit=_CHUNK):
        last = waiting[-1][0]
        rows: list[tuple[int, Report, Location, Route]] = []
        answers = place_reports(service, net, [report for _, report in waiting])
        for (issue_id, report), answer in zip(waiting, answers, strict=True):
            if isinstance(answer, GeoError):  # its coordinate was no place from the beginning
                answer = Location(status="unlocated", plan=net.plan.id, note=answer.code, context=plain(answer.context))
            _, location, route = prepare(service, net, report, answer)
            rows.append((issue_id, report, location, route))
        changed = set(service.store.place_waiting(rows, actor=actor))
        for issue_id, _, location, route in rows:
            if issue_id in changed:
                summary.issues += 1
                summary.located += location.status == "located"
                summary.outside += location.status == "outside"
                summary.queued += location.status == "unlocated"
                summary.routed += route.department is not None
        if progress:
            progress(summary.issues)
    return summary
