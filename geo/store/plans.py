"""Plans: drafts, their grids and units, and the one way from a draft to a plan in force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import zip_longest
from typing import Any, Final, Literal

import sqlalchemy as sa

from geo.errors import Conflict, InvalidInput, NotFound
from geo.model import Drawing, Grid, Plan, PlanState, Units
from geo.store.digest import digest_of
from geo.store.models import GridCodeRow, GridRow, LineageRow, PlanRow, UnitRow
from geo.store.rows import check_row, insert_rows, refuse_twins
from geo.store.shapes import to_wgs84
from geo.store.types import plain_json
from geo.store.unit_columns import read_units, unit_rows

_SHOWN: Final = 10


def save_plan(connection: sa.Connection, drawing: Drawing, *, name: str, at: datetime, actor: str) -> int:
    """Store a drawing as a draft; returns its id."""
    grids = sorted(drawing.grids, key=lambda grid: grid.code)
    units = drawing.units
    refuse_twins([grid.code for grid in drawing.grids], code="store_grid_twice")
    refuse_twins(units.ids.tolist(), code="store_unit_twice")
    for column, values in (("geometry", units.geometry), ("weight", units.weight)):
        if len(values) != len(units):
            raise InvalidInput("store_column_length", field=column, got=len(values), wanted=len(units))
    grid_shapes = to_wgs84([(grid.code, grid.geometry) for grid in grids], drawing.crs)
    unit_shapes = to_wgs84(list(zip(units.ids.tolist(), units.geometry, strict=True)), units.crs)
    layout, rows = unit_rows(units, unit_shapes)
    head = {
        "name": name,
        "revision": 1,
        "effective": None,
        "crs": drawing.crs,
        "grids": len(grids),
        "units": len(units),
        "weight": float(units.weight.sum()),
        "weight_field": units.weight_field,
        "wishes": plain_json(drawing.wishes, field="wishes"),
        "layout": plain_json(layout, field="layout"),
        "created_at": at,
        "created_by": actor,
        "digest": digest_of(drawing),
    }
    statement = sa.insert(PlanRow).values(check_row(PlanRow, head, name=name)).returning(PlanRow.id)
    plan_id = connection.execute(statement).scalar_one()
    insert_rows(
        connection,
        GridRow,
        [
            check_row(GridRow, {"plan_id": plan_id, **_grid_row(grid), "geom": shape}, name=grid.code)
            for grid, shape in zip(grids, grid_shapes, strict=True)
        ],
    )
    insert_rows(connection, UnitRow, [check_row(UnitRow, {"plan_id": plan_id, **row}, name=row["id"]) for row in rows])
    return plan_id


def list_plans(connection: sa.Connection, *, today: date) -> tuple[Plan, ...]:
    """All plans, newest first."""
    return _records(connection, sa.select(PlanRow).order_by(PlanRow.id.desc()), today)


def get_plan(connection: sa.Connection, plan_id: int, *, today: date) -> Plan:
    """One plan's record."""
    found = _records(connection, sa.select(PlanRow).where(PlanRow.id == known_id(plan_id)), today)
    if not found:
        raise NotFound("store_no_plan", plan=plan_id)
    return found[0]


def find_plan_at(connection: sa.Connection, day: date, *, today: date) -> Plan | None:
    """The plan in force on `day`: of the published ones the latest that was effective by then."""
    query = sa.select(PlanRow).where(PlanRow.effective <= day).order_by(PlanRow.effective.desc()).limit(1)
    return next(iter(_records(connection, query, today)), None)


def find_same_plan(connection: sa.Connection, drawing: Drawing, *, today: date) -> Plan | None:
    """The newest plan that was saved from the very same drawing; its name does not count."""
    query = sa.select(PlanRow).where(PlanRow.digest == digest_of(drawing)).order_by(PlanRow.id.desc()).limit(1)
    return next(iter(_records(connection, query, today)), None)


def published_plans(connection: sa.Connection, *, today: date) -> tuple[Plan, ...]:
    """The published plans, earliest first."""
    return _records(
        connection, sa.select(PlanRow).where(PlanRow.effective.is_not(None)).order_by(PlanRow.effective), today
    )


def get_grids(connection: sa.Connection, plan_id: int) -> tuple[Grid, ...]:
    """The grids of a plan, ordered by code, in WGS84."""
    columns = (
        GridRow.code, GridRow.name, GridRow.parent, GridRow.weight, GridRow.units, GridRow.kind,
        GridRow.households, GridRow.residents, GridRow.colour, GridRow.geom.label("geometry"),
    )  # fmt: skip
    query = sa.select(*columns).where(GridRow.plan_id == known_id(plan_id)).order_by(GridRow.code)
    grids = tuple(Grid(**row._mapping) for row in connection.execute(query))
    if not grids:
        _layout(connection, plan_id)  # is there such a plan?
    return grids


def get_units(connection: sa.Connection, plan_id: int) -> Units:
    """The units of a plan, ordered by id, in WGS84."""
    layout, weight_field = _layout(connection, plan_id)
    return read_units(connection, plan_id, layout=layout, weight_field=weight_field)


def get_lineage(connection: sa.Connection, plan_id: int) -> tuple[tuple[str, str, float], ...]:
    """(old grid, new grid, weight) rows in the order that they were given in."""
    _layout(connection, plan_id)
    query = sa.select(LineageRow.old, LineageRow.new, LineageRow.weight).where(LineageRow.plan_id == plan_id)
    return tuple((old, new, weight) for old, new, weight in connection.execute(query.order_by(LineageRow.position)))


def retired_codes(connection: sa.Connection) -> frozenset[str]:
    """Grid codes that were published once and are not in the newest published plan: no plan may use them again."""
    newest = sa.select(PlanRow.id).where(PlanRow.effective.is_not(None)).order_by(PlanRow.effective.desc()).limit(1)
    query = sa.select(GridCodeRow.code).where(GridCodeRow.last_plan != newest.scalar_subquery())
    return frozenset(connection.execute(query).scalars())


def publish_plan(
    connection: sa.Connection,
    plan_id: int,
    *,
    effective: date,
    lineage: Sequence[tuple[str, str, float]],
    predecessor: int | Literal["any"] | None,
    at: datetime,
    actor: str,
) -> None:
    """Approve and date a draft whose lineage was reckoned against `predecessor` ("any" does not look)."""
    draft = connection.execute(
        sa.select(PlanRow.effective, PlanRow.revision).where(PlanRow.id == known_id(plan_id))
    ).first()
    if draft is None:
        raise NotFound("store_no_plan", plan=plan_id)
    if draft.effective is not None:
        raise Conflict("store_plan_published", plan=plan_id, effective=draft.effective.isoformat())
    newest = connection.execute(
        sa.select(PlanRow.id, PlanRow.name, PlanRow.effective)
        .where(PlanRow.effective >= effective)
        .order_by(PlanRow.effective.desc())
        .limit(1)
    ).first()
    if newest is not None:
        raise Conflict(
            "store_plan_not_later",
            plan=plan_id,
            effective=effective.isoformat(),
            other=newest.id,
            other_name=newest.name,
            other_effective=newest.effective.isoformat(),
        )
    last = connection.scalar(
        sa.select(PlanRow.id).where(PlanRow.effective.is_not(None)).order_by(PlanRow.effective.desc()).limit(1)
    )
    if predecessor not in ("any", last):
        # Somebody published in between: the lineage would tell of a plan that was never followed by this one.
        raise Conflict("store_predecessor_changed", plan=plan_id, expected=predecessor or "-", found=last or "-")
    _register_codes(connection, plan_id)
    rows = [
        check_row(
            LineageRow,
            {"plan_id": plan_id, "position": position, "old": old, "new": new, "weight": weight},
            name=position + 1,
        )
        for position, (old, new, weight) in enumerate(lineage)
    ]
    insert_rows(connection, LineageRow, rows)
    connection.execute(
        sa.update(PlanRow)
        .where(PlanRow.id == plan_id)
        .values(effective=effective, revision=draft.revision + 1, published_at=at, published_by=actor)
    )


def _register_codes(connection: sa.Connection, plan_id: int) -> None:
    codes = set(connection.execute(sa.select(GridRow.code).where(GridRow.plan_id == plan_id)).scalars())
    taken = sorted(codes & retired_codes(connection))
    if taken:
        shown = ", ".join(taken[:_SHOWN]) + (" …" if len(taken) > _SHOWN else "")
        raise Conflict("store_codes_retired", plan=plan_id, count=len(taken), codes=shown)
    known = codes & set(connection.execute(sa.select(GridCodeRow.code)).scalars())
    fresh = [{"code": code, "first_plan": plan_id, "last_plan": plan_id} for code in sorted(codes - known)]
    insert_rows(connection, GridCodeRow, fresh)
    of_plan = sa.select(GridRow.code).where(GridRow.plan_id == plan_id)
    connection.execute(sa.update(GridCodeRow).where(GridCodeRow.code.in_(of_plan)).values(last_plan=plan_id))


def _records(connection: sa.Connection, query: sa.Select[Any], today: date) -> tuple[Plan, ...]:
    published = list(
        connection.execute(
            sa.select(PlanRow.effective).where(PlanRow.effective.is_not(None)).order_by(PlanRow.effective)
        ).scalars()
    )
    following = dict(zip_longest(published, published[1:]))
    return tuple(_record(row, following.get(row.effective), today) for row in connection.execute(query))


def _record(row: sa.Row[Any], retired: date | None, today: date) -> Plan:
    return Plan(
        id=row.id,
        name=row.name,
        state=_state(row.effective, retired, today),
        revision=row.revision,
        effective=row.effective,
        retired=retired,
        grids=row.grids,
        units=row.units,
        weight=row.weight,
        crs=row.crs,
        created_at=row.created_at,
        created_by=row.created_by,
        wishes=row.wishes,
    )


def _state(effective: date | None, retired: date | None, today: date) -> PlanState:
    if effective is None:
        return "draft"
    if effective > today:
        return "scheduled"
    return "active" if retired is None or retired > today else "retired"


def _layout(connection: sa.Connection, plan_id: int) -> tuple[dict[str, Any], str]:
    query = sa.select(PlanRow.layout, PlanRow.weight_field).where(PlanRow.id == known_id(plan_id))
    found = connection.execute(query).first()
    if found is None:
        raise NotFound("store_no_plan", plan=plan_id)
    return found.layout, found.weight_field


def known_id(plan_id: int) -> int:
    """`plan_id` if a plan can have it at all."""
    if not 0 < plan_id < 2**63:  # no database could even be asked
        raise NotFound("store_no_plan", plan=plan_id)
    return plan_id


def _grid_row(grid: Grid) -> dict[str, Any]:
    return {
        "code": grid.code,
        "name": grid.name,
        "parent": grid.parent,
        "kind": grid.kind,
        "weight": grid.weight,
        "units": grid.units,
        "households": grid.households,
        "residents": grid.residents,
        "colour": grid.colour,
    }
