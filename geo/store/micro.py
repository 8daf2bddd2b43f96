"""Editions of a plan's micro-grids: a draft's are replaced, a published plan's follow one another by date."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

import numpy as np
import shapely
import sqlalchemy as sa

from geo.errors import Conflict, InvalidInput, NotFound
from geo.model import Doors, MicroDrawing, MicroEdition, MicroGrid
from geo.store.models import GridRow, MicroDoorRow, MicroEditionRow, MicroGridRow, PlanRow
from geo.store.plans import known_id
from geo.store.rows import check_row, insert_rows, refuse_twins
from geo.store.shapes import WGS84, to_wgs84

_FIGURES: Final = (
    "code", "grid", "households", "buildings", "stairwells", "shared_stairwells", "walk_m", "reach_m", "centre_kind",
    "reason",
)  # fmt: skip


def save_micro(
    connection: sa.Connection, plan_id: int, drawing: MicroDrawing, *, effective: date | None, at: datetime, actor: str
) -> int:
    """Store micro-grids as an edition of a plan; returns its id. Those that a draft had before are removed."""
    starts = _first_day(connection, plan_id, effective)
    refuse_twins([micro.code for micro in drawing.grids], code="store_micro_twice")
    _check_names(connection, plan_id, drawing)
    head = {
        "plan_id": plan_id,
        "effective": starts,
        "micro_grids": len(drawing.grids),
        "households": int(drawing.doors.households.sum()),
        "sealed": False,
        "created_at": at,
        "created_by": actor,
    }
    row = check_row(MicroEditionRow, head, name=plan_id)
    edition = connection.execute(sa.insert(MicroEditionRow).values(row).returning(MicroEditionRow.id)).scalar_one()
    insert_rows(connection, MicroGridRow, _grid_rows(edition, drawing))
    insert_rows(connection, MicroDoorRow, _door_rows(edition, drawing))
    connection.execute(sa.update(MicroEditionRow).where(MicroEditionRow.id == edition).values(sealed=True))
    return int(edition)


def list_micro(connection: sa.Connection, plan_id: int | None = None) -> tuple[MicroEdition, ...]:
    """Editions of a plan (None: of every published plan) by first day."""
    query = _editions()
    if plan_id is None:
        query = query.where(PlanRow.effective.is_not(None))
    else:
        query = query.where(PlanRow.id == known_id(plan_id))
    return tuple(_edition(row) for row in connection.execute(query))


def get_micro_edition(connection: sa.Connection, edition_id: int) -> MicroEdition:
    """The record of one edition."""
    row = connection.execute(_editions().where(MicroEditionRow.id == known_id(edition_id))).first()
    if row is None:
        raise NotFound("store_no_micro", edition=edition_id)
    return _edition(row)


def get_micro(connection: sa.Connection, edition_id: int) -> MicroDrawing:
    """Micro-grids by code and their doors, in WGS84."""
    get_micro_edition(connection, edition_id)
    columns = [getattr(MicroGridRow, name) for name in (*_FIGURES, "centre_lon", "centre_lat", "geom")]
    query = sa.select(*columns).where(MicroGridRow.edition_id == edition_id).order_by(MicroGridRow.code)
    grids = tuple(
        MicroGrid(
            **{name: row._mapping[name] for name in _FIGURES},
            geometry=row.geom,
            centre=None if row.centre_lon is None else shapely.Point(row.centre_lon, row.centre_lat),
        )
        for row in connection.execute(query)
    )
    door = (
        MicroDoorRow.micro, MicroDoorRow.building, MicroDoorRow.stairwell, MicroDoorRow.floor,
        MicroDoorRow.households, MicroDoorRow.lon, MicroDoorRow.lat,
    )  # fmt: skip
    found = connection.execute(
        sa.select(*door).where(MicroDoorRow.edition_id == edition_id).order_by(MicroDoorRow.position)
    ).all()
    doors = Doors(
        micro=_objects([row.micro for row in found]),
        point=_objects([None if row.lon is None else shapely.Point(row.lon, row.lat) for row in found]),
        building=_objects([row.building for row in found]),
        stairwell=_objects([row.stairwell for row in found]),
        floor=np.array([np.nan if row.floor is None else row.floor for row in found], dtype=np.float64),
        households=np.array([row.households for row in found], dtype=np.int64),
    )
    return MicroDrawing(grids, doors, WGS84)


def _first_day(connection: sa.Connection, plan_id: int, effective: date | None) -> date | None:
    """The day to store, None for the first day of the plan; a draft is emptied of what it had."""
    plan = connection.execute(sa.select(PlanRow.effective).where(PlanRow.id == known_id(plan_id))).first()
    if plan is None:
        raise NotFound("store_no_plan", plan=plan_id)
    if plan.effective is None:
        if effective is not None:
            raise InvalidInput("store_micro_draft_date", plan=plan_id, effective=effective.isoformat())
        old = sa.select(MicroEditionRow.id).where(MicroEditionRow.plan_id == plan_id)
        for table in (MicroDoorRow, MicroGridRow):
            connection.execute(sa.delete(table).where(table.edition_id.in_(old)))
        connection.execute(sa.delete(MicroEditionRow).where(MicroEditionRow.plan_id == plan_id))
        return None
    if effective is None:
        raise InvalidInput("store_micro_date_missing", plan=plan_id, since=plan.effective.isoformat())
    earlier = [edition.effective for edition in list_micro(connection, plan_id) if edition.effective is not None]
    following = connection.scalar(sa.select(sa.func.min(PlanRow.effective)).where(PlanRow.effective > plan.effective))
    day = effective.isoformat()
    if effective < plan.effective:
        raise Conflict("store_micro_before_plan", plan=plan_id, effective=day, since=plan.effective.isoformat())
    if following is not None and effective >= following:
        raise Conflict("store_micro_after_plan", plan=plan_id, effective=day, until=following.isoformat())
    if earlier and effective <= max(earlier):
        raise Conflict("store_micro_not_later", plan=plan_id, effective=day, other=max(earlier).isoformat())
    return effective


def _check_names(connection: sa.Connection, plan_id: int, drawing: MicroDrawing) -> None:
    """Each micro-grid divides a grid of the plan, and each door is one of a micro-grid."""
    grids = set(connection.execute(sa.select(GridRow.code).where(GridRow.plan_id == plan_id)).scalars())
    strange = [micro for micro in drawing.grids if micro.grid not in grids]
    if strange:
        raise InvalidInput(
            "store_micro_grid_unknown", plan=plan_id, count=len(strange), code=strange[0].code, grid=strange[0].grid
        )
    doors = drawing.doors
    for name in ("point", "building", "stairwell", "floor", "households"):
        if len(getattr(doors, name)) != len(doors):
            raise InvalidInput("store_column_length", field=name, got=len(getattr(doors, name)), wanted=len(doors))
    known = {micro.code for micro in drawing.grids}
    for row, code in enumerate(doors.micro.tolist(), start=1):
        if code not in known:
            raise InvalidInput("store_micro_door_unknown", row=row, code=code)


def _grid_rows(edition: int, drawing: MicroDrawing) -> list[dict[str, Any]]:
    grids = sorted(drawing.grids, key=lambda micro: micro.code)
    hulls = to_wgs84([(micro.code, micro.geometry) for micro in grids], drawing.crs, missing=True)
    centres = to_wgs84([(micro.code, micro.centre) for micro in grids], drawing.crs, missing=True)
    return [
        check_row(
            MicroGridRow,
            {
                "edition_id": edition,
                **{name: getattr(micro, name) for name in _FIGURES},
                "centre_lon": None if centre is None else centre.x,
                "centre_lat": None if centre is None else centre.y,
                "geom": hull,
            },
            name=micro.code,
        )
        for micro, hull, centre in zip(grids, hulls, centres, strict=True)
    ]


def _door_rows(edition: int, drawing: MicroDrawing) -> list[dict[str, Any]]:
    doors = drawing.doors
    points = to_wgs84([(str(code), point) for code, point in zip(doors.micro, doors.point, strict=True)], drawing.crs,
                      missing=True)  # fmt: skip
    return [
        check_row(
            MicroDoorRow,
            {
                "edition_id": edition,
                "position": position,
                "micro": doors.micro[position],
                "building": doors.building[position],
                "stairwell": doors.stairwell[position],
                "floor": None if np.isnan(doors.floor[position]) else doors.floor[position],
                "households": doors.households[position],
                "lon": None if point is None else point.x,
                "lat": None if point is None else point.y,
            },
            name=position + 1,
        )
        for position, point in enumerate(points)
    ]


def _editions() -> sa.Select[*tuple[Any, ...]]:
    row = MicroEditionRow
    columns = (row.id, row.plan_id, row.effective, row.micro_grids, row.households, row.created_at, row.created_by)
    first_day = sa.func.coalesce(row.effective, PlanRow.effective)
    return (
        sa.select(*columns, PlanRow.effective.label("since"))
        .join(PlanRow, PlanRow.id == row.plan_id)
        .order_by(first_day, row.id)
    )


def _edition(row: sa.Row[*tuple[Any, ...]]) -> MicroEdition:
    return MicroEdition(
        id=row.id,
        plan=row.plan_id,
        effective=row.since if row.effective is None else row.effective,
        micro_grids=row.micro_grids,
        households=row.households,
        created_at=row.created_at,
        created_by=row.created_by,
    )


def _objects(values: Sequence[Any]) -> Any:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
