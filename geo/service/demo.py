"""The main job on a sample place: every step that a deployment takes, in order, on files in one folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from geo.errors import GeoError
from geo.model import Report
from geo.service import issues, plans
from geo.service.checks import check_file
from geo.service.context import Service, find_plan_in_force
from geo.service.partition import PartitionRequest, partition_file
from geo.service.units import UnitsRequest, make_units_file

# The norm for a grid in a town (domain: 300–500 households).
LEAST, MOST = 300, 500
# The plan that was in force before: drawn by hand and outgrown.
OLD_PLAN_SINCE = date(2022, 1, 1)

Tell = Callable[[str, dict[str, Any]], None]


@dataclass(frozen=True)
class DemoFiles:
    """Where the demo reads and writes."""

    place: Path
    folder: Path

    @property
    def units(self) -> Path:
        """The units it makes."""
        return self.folder / "units.gpkg"

    @property
    def plan(self) -> Path:
        """The plan it draws."""
        return self.folder / "plan.gpkg"

    @property
    def report(self) -> Path:
        """The figures of the plan."""
        return self.folder / "report.json"

    @property
    def done(self) -> Path:
        """What became of the issues; it is there once every step is done."""
        return self.folder / "issues.json"


def run_demo(service: Service, where: DemoFiles, *, actor: str, tell: Tell) -> None:
    """Units → partition → check → import → publish → locate → issues, or nothing if it was done before.

    A demo that was stopped half-way goes on: what is in the database already is not brought in again. `tell` is given
    a message key and its values as each step ends.
    """
    plan = find_plan_in_force(service)
    if plan is not None and where.done.exists():
        tell("demo_reused", {"folder": where.folder})
        return
    where.folder.mkdir(parents=True, exist_ok=True)
    if not service.store.place_stamp():
        name = plans.import_place(service, where.place, actor=actor)
        tell("demo_place", {"name": name, "path": where.place})
    if plan is None:
        plan = plans.import_plan(service, where.place / "current_plan.gpkg", name="2022", actor=actor).plan
        plan = plans.publish_plan(service, plan.id, effective=OLD_PLAN_SINCE, actor=actor)
        tell("demo_old_plan", {"grids": plan.grids, "since": OLD_PLAN_SINCE})
    if plan.effective == OLD_PLAN_SINCE:
        _draw(service, where, tell)
        today = service.today()
        plan = plans.import_plan(service, where.plan, name=str(today.year), actor=actor).plan
        plans.publish_plan(service, plan.id, effective=today, actor=actor)
        tell("demo_published", {"id": plan.id, "effective": today})
    summary = issues.import_issues(service, _up_to_now(service, where.place / "issues.csv"), actor=actor)
    account = {
        "rows": summary.rows,
        "located": summary.located,
        "outside": summary.outside,
        "queued": summary.queued,
        "archived": summary.archived,
        "routed": summary.routed,
    }
    tell("demo_issues", account)
    service.files.write_json(where.done, account)


def _up_to_now(service: Service, path: Path) -> list[Report | GeoError]:
    """The reports of a file, all moved in time by whole days so that the newest came in yesterday.

    The file ends on a fixed day; without this every open issue of the demo would be overdue by however long ago that
    is.
    """
    rows = list(service.files.read_reports(str(path), columns={}, crs=None, source=path.stem))
    newest = max(row.reported_at for row in rows if isinstance(row, Report) and row.reported_at)
    shift = timedelta(days=(service.today() - newest.astimezone(service.timezone).date()).days - 1)

    def moved(when: datetime | None) -> datetime | None:
        return None if when is None else when + shift

    return [
        replace(row, reported_at=moved(row.reported_at), closed_at=moved(row.closed_at))
        if isinstance(row, Report)
        else row
        for row in rows
    ]


def _draw(service: Service, where: DemoFiles, tell: Tell) -> None:
    place = where.place / "place.gpkg"
    made = make_units_file(
        service.files,
        UnitsRequest(
            boundary=f"{place}:areas",
            boundary_where="level=community",
            parent="code",
            buildings=f"{place}:buildings",
            barriers=tuple(f"{place}:{layer}" for layer in ("roads", "railways", "walls")),
            water=(f"{place}:water",),
            weight="households",
        ),
        out=where.units,
    )
    tell("demo_units", {"units": len(made.units), "households": int(made.units.weight.sum())})
    figures = partition_file(
        service.files,
        str(where.units),
        PartitionRequest(
            weight="households",
            least=LEAST,
            most=MOST,
            within="parent",
            barriers=tuple(f"{place}:{layer}" for layer in ("roads", "railways", "water")),
            codes_from=str(where.place / "current_plan.gpkg"),
            name=str(service.today().year),
        ),
        out=where.plan,
        report=where.report,
    )
    faults, _ = check_file(service.files, str(where.plan))
    tell("demo_partition", {"grids": figures["grids"], "least": LEAST, "most": MOST, "faults": len(faults)})
