"""Runs of the scans: kept whole in one transaction, never changed."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa

from geo.errors import NotFound
from geo.model.hotspots import Hotspot, HotspotRun
from geo.store import journal
from geo.store.database import Database
from geo.store.hotspot_models import HotspotRow, HotspotRunRow
from geo.store.models import IssueRow, ReporterRow
from geo.store.rows import check_row, insert_rows
from geo.store.types import plain_json, utc

_MOST: Final = 2**63 - 1
# A telephone number without the code of the country.
_PHONE: Final = 11


class HotspotMethods(Database):
    """Hotspots of a database."""

    def save_hotspot_run(self, run: HotspotRun, *, actor: str) -> tuple[HotspotRun, bool]:
        """Add a run with what it found; where its digest is known, that run as it is, and False."""
        journal.check_actor(actor)
        at = self._clock()
        with self._writing("hotspots") as connection:
            known = _find(connection, HotspotRunRow.digest == run.digest)
            if known is not None:
                return known, False
            row = {
                "as_of": run.as_of, "plan_id": run.plan, "digest": run.digest,
                "settings": plain_json(dict(run.settings), field="settings"),
                "counted": plain_json(dict(run.counted), field="counted"), "created_at": at, "created_by": actor,
            }  # fmt: skip
            checked = check_row(HotspotRunRow, row, name=run.digest)
            query = sa.insert(HotspotRunRow).values(**checked).returning(HotspotRunRow.id)
            number: int = connection.execute(query).scalar_one()
            insert_rows(connection, HotspotRow, [_row(replace(h, run=number, as_of=run.as_of)) for h in run.hotspots])
            detail = {"as_of": run.as_of, "plan": run.plan, "hotspots": len(run.hotspots)}
            subject = f"hotspot_run:{number}"
            journal.add_line(connection, at=at, actor=actor, action="save_hotspots", subject=subject, detail=detail)
            stored = _find(connection, HotspotRunRow.id == number)
            assert stored is not None
            return stored, True

    def find_hotspot_run(self, digest: str) -> HotspotRun | None:
        """The run of this digest."""
        with self._reading() as connection:
            return _find(connection, HotspotRunRow.digest == digest)

    def list_hotspots(
        self,
        *,
        since: date | None = None,
        before: date | None = None,
        category: str = "",
        alerts: bool = False,
        after_id: int = 0,
        limit: int | None = None,
    ) -> tuple[Hotspot, ...]:
        """Hotspots of runs of days from `since` and before `before`, by ascending id; `category` is a prefix."""
        query = sa.select(*sa.inspect(HotspotRow).columns).where(HotspotRow.id > min(after_id, _MOST))
        if since is not None:
            query = query.where(HotspotRow.as_of >= since)
        if before is not None:
            query = query.where(HotspotRow.as_of < before)
        if category:
            query = query.where(HotspotRow.category.startswith(category, autoescape=True))
        if alerts:
            query = query.where(HotspotRow.known == 0)
        with self._reading() as connection:
            return tuple(_hotspot(row) for row in connection.execute(query.order_by(HotspotRow.id).limit(limit)))

    def get_hotspot(self, hotspot_id: int) -> Hotspot:
        """One hotspot."""
        query = sa.select(*sa.inspect(HotspotRow).columns).where(HotspotRow.id == min(hotspot_id, _MOST))
        with self._reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFound("hotspot_not_found", id=hotspot_id)
        return _hotspot(row)

    def list_reporter_tokens(self, *, since: datetime, until: datetime) -> Mapping[int, str]:
        """What stands for the reporters of issues of some time, by issue: the same for the same telephone."""
        # A key that nobody keeps: whoever has the tokens cannot try all telephone numbers.
        key = secrets.token_bytes(32)
        query = (
            sa.select(ReporterRow.issue_id, ReporterRow.phone)
            .join(IssueRow, IssueRow.id == ReporterRow.issue_id)
            .where(IssueRow.reported_at >= utc(since, field="since"), IssueRow.reported_at < utc(until, field="until"))
        )
        with self._reading() as connection:
            rows = connection.execute(query).all()
        digits = {row.issue_id: "".join(c for c in row.phone or "" if c.isdigit())[-_PHONE:] for row in rows}
        return {
            number: hashlib.blake2b(phone.encode(), key=key, digest_size=16).hexdigest()
            for number, phone in digits.items()
            if phone
        }


def _find(connection: sa.Connection, which: sa.ColumnElement[bool]) -> HotspotRun | None:
    row = connection.execute(sa.select(*sa.inspect(HotspotRunRow).columns).where(which)).one_or_none()
    if row is None:
        return None
    values: dict[Any, Any] = dict(row._mapping)
    query = sa.select(*sa.inspect(HotspotRow).columns).where(HotspotRow.run_id == row.id).order_by(HotspotRow.id)
    found = tuple(_hotspot(item) for item in connection.execute(query))
    return HotspotRun(plan=values.pop("plan_id"), hotspots=found, **values)


def _row(hotspot: Hotspot) -> dict[str, Any]:
    values = asdict(hotspot)
    values.pop("id")
    values |= {"run_id": values.pop("run"), "plan_id": values.pop("plan"), "members": list(hotspot.members)}
    return check_row(HotspotRow, values, name=hotspot.category)


def _hotspot(row: Any) -> Hotspot:
    values: dict[Any, Any] = dict(row._mapping)
    return Hotspot(run=values.pop("run_id"), plan=values.pop("plan_id"), members=tuple(values.pop("members")), **values)
