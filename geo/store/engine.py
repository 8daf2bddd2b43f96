"""Connections: one engine for SQLite (WAL) and one for PostGIS, with transactions that mean the same on both.

A read sees one moment of the database from its first statement to its last. A write on SQLite takes the write lock at
its start, so that it can never lose a race half-way; on PostgreSQL named locks do that for the few writes that need it.
"""

from __future__ import annotations

import contextlib
import sqlite3
import urllib.parse
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import QueuePool

from geo.errors import StoreError
from geo.store.faults import faults
from geo.store.types import dump_json

_CONNECT_S: Final = 10
_WRITES: Final = "geo_writes"
_BUSY: Final = "geo_busy_s"


@dataclass(frozen=True)
class Target:
    """Where the database is. `label` may be shown: it holds neither user nor password."""

    url: sa.URL
    label: str
    path: Path | None

    @property
    def secret(self) -> str:
        """What must never be shown ("" if there is nothing)."""
        return str(self.url.password or self.url.query.get("password") or "")


def read_target(url: str) -> Target:
    """Take a database URL apart.

    Raises
    ------
    StoreError
        It is neither ``sqlite:///FILE`` nor ``postgresql://…``.
    """
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        # The URL may hold a password: neither it nor the parser's own sentence is passed on.
        raise StoreError("store_url_unreadable") from None
    if parsed.drivername in ("sqlite", "sqlite+pysqlite"):
        name = parsed.database or ""
        if not name or name == ":memory:" or name.startswith("file:") or parsed.query:
            raise StoreError("store_url_no_file")
        path = Path(name).expanduser().absolute()
        return Target(parsed, str(path), path)
    if parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        parsed = parsed.set(drivername="postgresql+psycopg")
        return Target(parsed, f"{parsed.host or 'localhost'}:{parsed.port or 5432}/{parsed.database or ''}", None)
    raise StoreError("store_url_kind", kind=parsed.drivername)


def open_engine(target: Target, *, busy_s: float, create: bool = False, foreign_keys: bool = True) -> sa.Engine:
    """An engine that has not connected yet; `busy_s` is how long it waits for a lock, `create` makes the file."""
    options: dict[str, Any] = {
        "hide_parameters": True,  # they hold personal data
        "json_serializer": dump_json,
        "execution_options": {_BUSY: busy_s},
    }
    if target.path is not None:
        connect = _sqlite_connector(target.path, busy_s=busy_s, create=create, foreign_keys=foreign_keys)
        engine = sa.create_engine("sqlite+pysqlite://", creator=connect, poolclass=QueuePool, **options)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    args: dict[str, Any] = {"application_name": "geo", "client_encoding": "UTF8"}
    if "connect_timeout" not in target.url.query:
        args["connect_timeout"] = _CONNECT_S
    try:
        return sa.create_engine(target.url, connect_args=args, pool_pre_ping=True, **options)
    except ImportError:
        raise StoreError("store_no_driver") from None


def _sqlite_connector(
    path: Path, *, busy_s: float, create: bool, foreign_keys: bool
) -> Callable[[], sqlite3.Connection]:
    mode = "rwc" if create else "rw"
    uri = f"file:{urllib.parse.quote(str(path))}?mode={mode}"

    def connect() -> sqlite3.Connection:
        # isolation_level None: the driver begins nothing by itself, `_begin_sqlite` does.
        connection = sqlite3.connect(
            uri, uri=True, timeout=busy_s, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        try:
            connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
        except BaseException:
            connection.close()
            raise
        return connection

    return connect


def _begin_sqlite(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(_WRITES) else "BEGIN")


@contextlib.contextmanager
def reading(engine: sa.Engine, target: Target) -> Iterator[sa.Connection]:
    """A transaction that reads one moment of the database; faults come out as `GeoError`."""
    with faults(target.label, target.path, target.secret), engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            yield connection


@contextlib.contextmanager
def looking(engine: sa.Engine, target: Target) -> Iterator[sa.Connection]:
    """A connection for one statement that reads, with no transaction around it; faults come out as `GeoError`."""
    with faults(target.label, target.path, target.secret), engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        yield connection


@contextlib.contextmanager
def writing(engine: sa.Engine, target: Target, *, lock: str | None = None) -> Iterator[sa.Connection]:
    """A transaction that writes: all of it or nothing. Of those with the same `lock` one runs at a time."""
    with faults(target.label, target.path, target.secret), engine.connect() as connection:
        connection = connection.execution_options(**{_WRITES: True})
        with connection.begin():
            if connection.dialect.name == "postgresql":
                wait_ms = max(1, int(1000 * connection.get_execution_options()[_BUSY]))
                connection.execute(sa.text(f"SET LOCAL lock_timeout = {wait_ms}"))
                if lock is not None:
                    take_lock(connection, lock)
            yield connection


def take_lock(connection: sa.Connection, lock: str) -> None:
    """Wait until no other transaction holds `lock`, and hold it until this one has ended.

    SQLite has one writer at a time anyhow.
    """
    if connection.dialect.name == "postgresql":
        key = zlib.crc32(f"geo.store.{lock}".encode())
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
