"""The timetable of the published plans: what is in force when, in one cheap read."""

from __future__ import annotations

import hashlib
from datetime import date

import sqlalchemy as sa

from geo.model import Timetable
from geo.store.micro import list_micro
from geo.store.places import place_stamp
from geo.store.plans import published_plans
from geo.store.rules import rules_stamp


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
