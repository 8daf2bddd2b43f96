"""The tables are built by migrations, up and down on both backends, and are the ones that the models describe."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from geo.errors import StoreError
from geo.store import HEAD, SqlStore, downgrade, upgrade
from geo.store import migrate as migrate_
from geo.store.engine import open_engine, read_target
from geo.store.models import Base
from tests.store.samples import AT, drawing, place, reported


@pytest.fixture(params=["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables: a SQLite file that does not exist yet, or a PostGIS database."""
    return (
        f"sqlite:///{tmp_path / '数据 #1 %.db'}"
        if request.param == "sqlite"
        else request.getfixturevalue("postgis_url")
    )


def schema_of(url: str) -> dict[str, Any]:
    """All that reflection sees of our tables."""
    engine = open_engine(read_target(url), busy_s=5)
    try:
        with engine.connect() as connection:
            inspector = sa.inspect(connection)
            return {
                table: {
                    "columns": {
                        c["name"]: (str(c["type"]), c["nullable"], str(getattr(c["type"], "collation", None)))
                        for c in inspector.get_columns(table)
                    },
                    "pk": inspector.get_pk_constraint(table),
                    "fk": sorted(map(str, inspector.get_foreign_keys(table))),
                    "unique": sorted(map(str, inspector.get_unique_constraints(table))),
                    "check": sorted(map(str, inspector.get_check_constraints(table))),
                    "index": sorted(map(str, inspector.get_indexes(table))),
                    "autoincrement": _autoincrement(connection, table),
                }
                for table in Base.metadata.tables
                if inspector.has_table(table)
            }
    finally:
        engine.dispose()


def _autoincrement(connection: sa.Connection, table: str) -> bool | None:
    if connection.dialect.name != "sqlite":
        return None
    sql = connection.exec_driver_sql(f"SELECT sql FROM sqlite_master WHERE name = '{table}'").scalar_one()
    return "AUTOINCREMENT" in sql


def leftovers(url: str) -> set[str]:
    """Functions and triggers of ours that are in the database."""
    engine = open_engine(read_target(url), busy_s=5)
    queries = {
        "sqlite": "SELECT name FROM sqlite_master WHERE name LIKE 'geo%' AND type = 'trigger'",
        "postgresql": "SELECT proname FROM pg_proc WHERE proname ~ '^geo_' UNION SELECT tgname FROM pg_trigger "
        "WHERE tgname ~ '^geo_'",
    }
    try:
        with engine.connect() as connection:
            return set(connection.execute(sa.text(queries[connection.dialect.name])).scalars())
    finally:
        engine.dispose()


def test_models_are_the_migrated_schema(bare_url: str, tmp_path: Path) -> None:
    assert upgrade(bare_url) == HEAD
    engine = open_engine(read_target(bare_url), busy_s=5)
    try:
        with engine.connect() as connection:
            options = migrate_.compare_options(connection.dialect.name)
            options.pop("transactional_ddl")
            context = MigrationContext.configure(connection, opts=options)
            assert compare_metadata(context, Base.metadata) == []
    finally:
        engine.dispose()
    migrated = schema_of(bare_url)
    assert set(migrated) == set(Base.metadata.tables)
    # The oracle: what SQLAlchemy itself builds from the models.
    if bare_url.startswith("sqlite"):
        direct = f"sqlite:///{tmp_path / 'direct.db'}"
        engine = open_engine(read_target(direct), busy_s=5, create=True)
    else:
        downgrade(bare_url, "base")
        direct = bare_url
        engine = open_engine(read_target(direct), busy_s=5)
    try:
        Base.metadata.create_all(engine)
        assert schema_of(direct) == migrated
    finally:
        engine.dispose()


@pytest.mark.postgis
def test_geometry_has_gist_indexes_on_postgis(postgis_url: str) -> None:
    upgrade(postgis_url)
    engine = open_engine(read_target(postgis_url), busy_s=5)
    try:
        with engine.connect() as connection:
            found = connection.execute(
                sa.text("SELECT tablename FROM pg_indexes WHERE indexdef LIKE '%USING gist (geom)'")
            )
            assert sorted(found.scalars()) == ["area", "feature", "grid", "issue", "micro_grid", "rule_asset", "unit"]
    finally:
        engine.dispose()


def test_up_down_up_with_data(bare_url: str) -> None:
    assert upgrade(bare_url) == HEAD
    first = schema_of(bare_url)
    triggers = leftovers(bare_url)
    assert triggers
    with SqlStore(bare_url) as store:
        store.save_place(place(), actor="a")
        plan = store.save_plan(drawing(), name="p", actor="a")
        store.publish_plan(
            plan.id, effective=AT.date(), lineage=[("", "310101001001001", 3.0)], actor="a", today=AT.date()
        )
        store.save_issues([reported(plan=plan.id, phone="1")], actor="a")
    assert upgrade(bare_url) == HEAD, "a second upgrade changes nothing"
    with SqlStore(bare_url) as store:
        assert len(store.list_plans(today=AT.date())) == 1
    assert downgrade(bare_url, "base") == "base"
    assert schema_of(bare_url) == {}
    assert leftovers(bare_url) == set()
    with SqlStore(bare_url) as store, pytest.raises(StoreError, match="geo db upgrade"):
        store.ping()
    assert upgrade(bare_url) == HEAD
    assert schema_of(bare_url) == first
    assert leftovers(bare_url) == triggers
    with SqlStore(bare_url) as store:
        store.ping()
        assert store.list_plans(today=AT.date()) == ()


def test_a_migration_that_fails_leaves_nothing(bare_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> str | None:
        raise RuntimeError("pulled the plug")

    with monkeypatch.context() as patch:
        real, calls = migrate_.current_revision, iter([True, False])
        patch.setattr(migrate_, "current_revision", lambda c: real(c) if next(calls) else fail())
        with pytest.raises(RuntimeError, match="pulled the plug"):
            upgrade(bare_url)
    if bare_url.startswith("sqlite"):
        assert list(Path(read_target(bare_url).path or "").parent.iterdir()) == []
    else:
        assert schema_of(bare_url) == {}
    assert upgrade(bare_url) == HEAD


def test_head_is_the_newest_script() -> None:
    scripts = ScriptDirectory.from_config(migrate_._config())
    assert scripts.get_heads() == [HEAD]
    assert scripts.get_bases() == ["0001"]


def test_every_script_names_its_revision() -> None:
    folder = Path(migrate_.__file__).parent / "migrations" / "versions"
    for path in folder.glob("v*.py"):
        number = re.match(r"v(\d{4})_", path.name)
        assert number is not None
        assert f'revision = "{number[1]}"' in path.read_text(encoding="utf-8")


def test_other_programs_tables_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    url = f"sqlite:///{path}"
    engine = open_engine(read_target(url), busy_s=5, create=True)
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE gpkg_contents (id INTEGER)")
    finally:
        engine.dispose()
    with pytest.raises(StoreError, match="gpkg_contents") as caught:
        upgrade(url)
    assert caught.value.code == "store_foreign_tables"
    assert schema_of(url) == {}


@pytest.mark.postgis
def test_tables_of_the_same_name_are_left_alone_on_postgis(postgis_url: str) -> None:
    engine = open_engine(read_target(postgis_url), busy_s=5)
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE issue (id integer)")
            connection.exec_driver_sql("CREATE TABLE somebody_elses (id integer)")
        with pytest.raises(StoreError, match=r"\(issue\)"):
            upgrade(postgis_url)
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE issue")
        assert upgrade(postgis_url) == HEAD
    finally:
        engine.dispose()


def test_unknown_and_newer_revisions(bare_url: str) -> None:
    with pytest.raises(StoreError, match="no database revision 9999"):
        upgrade(bare_url, "9999")
    upgrade(bare_url)
    engine = open_engine(read_target(bare_url), busy_s=5)
    try:
        with engine.begin() as connection:
            connection.execute(sa.text("UPDATE geo_version SET version_num = 'future'"))
    finally:
        engine.dispose()
    with SqlStore(bare_url) as store, pytest.raises(StoreError, match="newer than this program"):
        store.ping()
    with pytest.raises(StoreError, match="newer than this program"):
        upgrade(bare_url)
    with pytest.raises(StoreError, match="newer than this program"):
        downgrade(bare_url, "base")


def test_an_older_revision_is_named(bare_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    upgrade(bare_url)
    monkeypatch.setattr(migrate_, "HEAD", "9998")
    with SqlStore(bare_url) as store, pytest.raises(StoreError, match="geo db upgrade") as caught:
        store.place_stamp()
    assert caught.value.code == "store_old"
