"""Bring a database to a revision, forth and back, in one transaction."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from geo.errors import StoreError
from geo.store.engine import Target, open_engine, read_target, writing
from geo.store.models import Base
from geo.store.types import Shape

if TYPE_CHECKING:
    from alembic.config import Config

# The revision that this program works with: the newest under `migrations/versions` (a test compares the two).
HEAD: Final = "0008"
VERSION_TABLE: Final = "geo_version"
_FOLDER: Final = Path(__file__).parent / "migrations"


def upgrade(url: str, revision: str = "head", *, busy_s: float = 30.0) -> str:
    """Bring the database at `url` up to `revision`, making it if it is a SQLite file that does not exist.

    Returns the revision that it is at. All or nothing: a failure leaves what was there before.

    Raises
    ------
    StoreError
        The database cannot be reached, holds another program's tables, lacks PostGIS, or is newer than this program.
    """
    target = read_target(url)
    made = target.path is not None and not target.path.exists()
    try:
        return _migrate(target, revision, down=False, busy_s=busy_s)
    except BaseException:
        if made and target.path is not None:
            for ending in ("", "-wal", "-shm"):
                target.path.with_name(target.path.name + ending).unlink(missing_ok=True)
        raise


def downgrade(url: str, revision: str, *, busy_s: float = 30.0) -> str:
    """Take the database back to `revision` ("base" for no tables at all). What only newer tables hold is lost."""
    return _migrate(read_target(url), revision, down=True, busy_s=busy_s)


def current_revision(connection: sa.Connection) -> str | None:
    """The revision of the database, None if it has none of our tables."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(sa.text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one_or_none()  # noqa: S608


def check_revision(connection: sa.Connection, where: str) -> None:
    """Raise `StoreError` unless the database is at the revision of this program."""
    found = current_revision(connection)
    if found == HEAD:
        return
    if found is None:
        raise StoreError("store_not_set_up", where=where)
    if found not in _revisions():
        raise StoreError("store_newer", where=where, found=found, wanted=HEAD)
    raise StoreError("store_old", where=where, found=found, wanted=HEAD)


def _migrate(target: Target, revision: str, *, down: bool, busy_s: float) -> str:
    from alembic import command

    # SQLite rebuilds a table to change it; with foreign keys on that would delete the rows that point at it.
    engine = open_engine(target, busy_s=busy_s, create=not down, foreign_keys=False)
    try:
        with writing(engine, target, lock="migrate") as connection:
            found = current_revision(connection)
            if found is not None and found not in _revisions():
                raise StoreError("store_newer", where=target.label, found=found, wanted=HEAD)
            if revision not in ("head", "base") and revision not in _revisions():
                raise StoreError("store_revision_unknown", revision=revision, known=", ".join(_revisions()))
            if found is None and not down:
                _check_empty(connection, target)
            if connection.dialect.name == "postgresql":
                _prepare_postgres(connection, target)
            config = _config()
            config.attributes["connection"] = connection
            (command.downgrade if down else command.upgrade)(config, revision)
            if connection.dialect.name == "sqlite":
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
                if broken is not None:
                    raise StoreError("store_broken_references", where=target.label, table=broken[0])
            return current_revision(connection) or "base"
    finally:
        engine.dispose()


def _check_empty(connection: sa.Connection, target: Target) -> None:
    """Refuse to build our tables among those of another program (a GeoPackage is a SQLite file, too)."""
    present = set(sa.inspect(connection).get_table_names()) - {VERSION_TABLE}
    ours = present & set(Base.metadata.tables)
    strangers = sorted(ours if connection.dialect.name == "postgresql" else present)
    if strangers:
        raise StoreError("store_foreign_tables", where=target.label, tables=", ".join(strangers[:5]))


def _prepare_postgres(connection: sa.Connection, target: Target) -> None:
    encoding = connection.execute(sa.text("SHOW server_encoding")).scalar_one()
    if encoding != "UTF8":
        raise StoreError("store_encoding", where=target.label, encoding=encoding)
    if connection.execute(sa.text("SELECT 1 FROM pg_extension WHERE extname = 'postgis'")).first() is None:
        known = sa.text("SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'")
        if connection.execute(known).first() is None:
            raise StoreError("store_no_postgis", where=target.label)
        try:
            connection.execute(sa.text("CREATE EXTENSION postgis"))
        except sa.exc.ProgrammingError:
            raise StoreError("store_postgis_not_allowed", where=target.label) from None


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    # ConfigParser reads % as its own sign.
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _revisions() -> tuple[str, ...]:
    from alembic.script import ScriptDirectory

    return tuple(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def compare_options(dialect: str) -> dict[str, Any]:
    """How Alembic compares and builds our tables; `migrations/env.py` and the schema test use the same."""

    def is_ours(item: Any, name: str | None, kind: str, reflected: bool, _other: Any) -> bool:
        if kind == "table" and reflected:  # PostGIS brings spatial_ref_sys
            return name in Base.metadata.tables
        if kind == "index" and not reflected and dialect != "postgresql":
            return bool(item.dialect_options["postgresql"].get("using") != "gist")
        return True

    def type_differs(_context: Any, _column: Any, _metadata: Any, _found: Any, declared: Any) -> bool | None:
        return False if isinstance(declared, Shape) else None  # GeoAlchemy2 reflects a type of its own

    return {
        "target_metadata": Base.metadata,
        "version_table": VERSION_TABLE,
        "render_as_batch": True,
        "include_object": is_ours,
        "compare_type": type_differs,
        # SQLite can roll back tables as well; Alembic assumes that it cannot.
        "transactional_ddl": True,
    }
