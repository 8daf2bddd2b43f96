"""Rule sets, overrides and modes: added, never changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import zip_longest
from typing import Any, Final

import shapely
import sqlalchemy as sa

from geo.errors import Conflict, InvalidInput, NotFound
from geo.model import Asset, ModeSwitch, Override, RuleSet, RuleSetRecord
from geo.store.plain import from_plain, to_plain
from geo.store.rows import check_row, insert_rows, refuse_twins
from geo.store.rule_models import RuleAssetRow, RuleModeRow, RuleOverrideRow, RuleSetRow
from geo.store.types import plain_json

_ASSET: Final = ("layer", "id", "name", "owner", "reach_m", "category", "tenure")


def save_rule_set(connection: sa.Connection, rule_set: RuleSet, *, at: datetime, actor: str) -> RuleSetRecord:
    """Add a rule set that comes into force after all others; the very same one again changes nothing."""
    if rule_set.effective is None:
        raise InvalidInput("rules_effective_missing", version=rule_set.version)
    if rule_set.until is not None and rule_set.until <= rule_set.effective:
        raise InvalidInput(
            "rules_until_early", version=rule_set.version, effective=rule_set.effective, until=rule_set.until
        )
    refuse_twins([rule.id for rule in rule_set.rules], code="rules_id_twice")
    body = plain_json(to_plain(replace(rule_set, assets=())), field="rules")
    digest = _digest(body, rule_set.assets)
    for known in list_rule_sets(connection):
        if known.version == rule_set.version:
            if known.digest == digest:
                return known
            raise Conflict("rules_version_known", version=known.version, effective=known.effective)
        if known.effective >= rule_set.effective:
            raise Conflict(
                "rules_effective_order", effective=rule_set.effective, version=known.version, last=known.effective
            )
    row = {
        "version": rule_set.version,
        "name": rule_set.name,
        "source": rule_set.source,
        "effective": rule_set.effective,
        "until": rule_set.until,
        "rules": len(rule_set.rules),
        "digest": digest,
        "body": body,
        "created_at": at,
        "created_by": actor,
    }
    checked = check_row(RuleSetRow, row, name=rule_set.version)
    number = connection.execute(sa.insert(RuleSetRow).values(**checked).returning(RuleSetRow.id)).scalar_one()
    assets = [
        check_row(RuleAssetRow, _asset_row(asset), name=asset.id) | {"rule_set_id": number, "position": position}
        for position, asset in enumerate(rule_set.assets)
    ]
    insert_rows(connection, RuleAssetRow, assets)
    return next(record for record in list_rule_sets(connection) if record.id == number)


def list_rule_sets(connection: sa.Connection) -> tuple[RuleSetRecord, ...]:
    """All rule sets, the earliest first; each ends where it says so or where the next one begins."""
    columns = [column for column in sa.inspect(RuleSetRow).columns if column.name != "body"]
    rows = list(connection.execute(sa.select(*columns).order_by(RuleSetRow.effective)))
    records = []
    for row, following in zip_longest(rows, rows[1:]):
        ends = [day for day in (row.until, following and following.effective) if day is not None]
        records.append(RuleSetRecord(**{**row._mapping, "until": min(ends, default=None)}))
    return tuple(records)


def get_rule_set(connection: sa.Connection, set_id: int) -> RuleSet:
    """A rule set with its layers."""
    body = connection.execute(sa.select(RuleSetRow.body).where(RuleSetRow.id == set_id)).scalar_one_or_none()
    if body is None:
        raise NotFound("rules_not_found", version=set_id)
    columns = [sa.inspect(RuleAssetRow).columns[name] for name in (*_ASSET, "geom")]
    query = sa.select(*columns).where(RuleAssetRow.rule_set_id == set_id).order_by(RuleAssetRow.position)
    assets = []
    for row in connection.execute(query):
        values: dict[Any, Any] = dict(row._mapping)
        assets.append(Asset(geometry=values.pop("geom"), **values))
    return replace(from_plain(RuleSet, body), assets=tuple(assets))


def add_override(connection: sa.Connection, override: Override, *, at: datetime, actor: str) -> int:
    """Add an override, or a new state of one."""
    if not override.key.strip() or not override.reason.strip():
        raise InvalidInput("override_incomplete", key=override.key, reason=override.reason)
    if (
        override.replaces
        and not connection.execute(sa.select(RuleOverrideRow.id).where(RuleOverrideRow.id == override.replaces)).first()
    ):
        raise NotFound("override_not_found", override=override.replaces)
    row = {name: getattr(override, name) for name in _columns(RuleOverrideRow) if name not in ("id", "actor", "at")}
    row |= {"actor": actor, "at": at, "with_departments": list(override.with_departments)}
    return _add(connection, RuleOverrideRow, row)


def list_overrides(connection: sa.Connection) -> tuple[Override, ...]:
    """All rows, in the order that they were said."""
    rows = connection.execute(sa.select(*sa.inspect(RuleOverrideRow).columns).order_by(RuleOverrideRow.id))
    return tuple(Override(**{**row._mapping, "with_departments": tuple(row.with_departments)}) for row in rows)


def add_mode(connection: sa.Connection, switch: ModeSwitch, *, at: datetime, actor: str) -> int:
    """Add a switch of mode."""
    if switch.until <= switch.since:
        raise InvalidInput("mode_until_early", since=switch.since, until=switch.until)
    if not switch.reason.strip():
        raise InvalidInput("mode_reason_missing")
    row = {name: getattr(switch, name) for name in ("area", "mode", "since", "until", "reason")}
    return _add(connection, RuleModeRow, row | {"actor": actor, "at": at})


def list_modes(connection: sa.Connection) -> tuple[ModeSwitch, ...]:
    """All switches, in the order that they were said."""
    rows = connection.execute(sa.select(*sa.inspect(RuleModeRow).columns).order_by(RuleModeRow.id))
    return tuple(ModeSwitch(**row._mapping) for row in rows)


def rules_stamp(connection: sa.Connection) -> str:
    """Changes with every row that is added; when it was added tells apart databases that were made anew."""
    return "/".join("" if value is None else str(value) for value in connection.execute(sa.select(*last_rules())).one())


def last_rules() -> list[sa.ScalarSelect[Any]]:
    """What `rules_stamp` is made of, as columns of a query."""
    columns = (
        (RuleSetRow.id, RuleSetRow.created_at),
        (RuleOverrideRow.id, RuleOverrideRow.at),
        (RuleModeRow.id, RuleModeRow.at),
    )
    return [sa.select(sa.func.max(column)).scalar_subquery() for pair in columns for column in pair]


def _add(connection: sa.Connection, table: Any, row: dict[str, Any]) -> int:
    checked = check_row(table, row, name=table.__tablename__)
    number: int = connection.execute(sa.insert(table).values(**checked).returning(table.id)).scalar_one()
    return number


def _columns(table: Any) -> list[str]:
    return [column.name for column in sa.inspect(table).columns]


def _asset_row(asset: Asset) -> dict[str, Any]:
    if asset.geometry is None or asset.geometry.is_empty:
        raise InvalidInput("store_geometry_missing", what=f"{asset.layer} {asset.id}")
    return {name: getattr(asset, name) for name in _ASSET} | {"geom": shapely.force_2d(asset.geometry)}


def _digest(body: Any, assets: Sequence[Asset]) -> str:
    digest = hashlib.blake2b(json.dumps(body, sort_keys=True).encode(), digest_size=16)
    for asset in assets:
        digest.update(json.dumps([getattr(asset, name) for name in _ASSET]).encode())
        digest.update(shapely.to_wkb(shapely.force_2d(asset.geometry), byte_order=1))
    return digest.hexdigest()
