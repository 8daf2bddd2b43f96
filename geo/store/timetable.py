"""The timetable of the published plans: what is in force when, in one cheap read."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

import sqlalchemy as sa

from geo.model import Timetable
from geo.store.micro import list_micro
from geo.store.micro_models import MicroEditionRow
from geo.store.models import PlaceRow, PlanRow
from geo.store.places import place_stamp
from geo.store.plans import published_plans
from geo.store.rules import last_rules, rules_stamp


def timetable(connection: sa.Connection, *, today: date) -> Timetable:
    """The published plans and their micro-grids, earliest first."""
    place = place_stamp(connection)
    plans = published_plans(connection, today=today)
    editions = list_micro(connection)
    # When each was saved tells apart databases of one history that were made anew, with the same numbers.
    marks = [place]
    marks += [f"{plan.id}.{plan.revision}.{plan.effective}.{plan.created_at.isoformat()}" for plan in plans]
    marks += [f"m{edition.id}.{edition.created_at.isoformat()}" for edition in editions]
    rules = rules_stamp(connection)
    marks.append(rules)
    stamp = hashlib.blake2b("/".join(marks).encode(), digest_size=12).hexdigest()
    return Timetable(stamp=stamp, place_stamp=place, plans=plans, editions=editions, rules_stamp=rules)


def timetable_mark(connection: sa.Connection) -> str:
    """What the stamp of `timetable` depends on, in one statement: as long as it is the same, so is the timetable.

    On a busy machine each way to a database server and back waits for its turn twice, whatever is asked.
    """
    plans = _joined(
        sa.select(_dotted(PlanRow.id, PlanRow.revision, PlanRow.effective, PlanRow.created_at))
        .where(PlanRow.effective.is_not(None))
        .order_by(PlanRow.effective)
    )
    # Of drafts too: they come seldom, and nothing but a look at the timetable follows.
    editions = _joined(
        sa.select(_dotted(MicroEditionRow.id, MicroEditionRow.created_at)).order_by(MicroEditionRow.id),
    )
    place = sa.select(PlaceRow.stamp).scalar_subquery()
    row = connection.execute(sa.select(place, plans, editions, *last_rules())).one()
    return "|".join("" if value is None else str(value) for value in row)


def _dotted(first: Any, *others: Any) -> sa.Label[str]:
    text: sa.ColumnElement[str] = sa.cast(first, sa.Text)
    for column in others:
        text = text + "." + sa.cast(column, sa.Text)
    return text.label("mark")


def _joined(rows: sa.Select[Any]) -> sa.ScalarSelect[Any]:
    return sa.select(sa.func.aggregate_strings(rows.subquery().c.mark, "/")).scalar_subquery()
