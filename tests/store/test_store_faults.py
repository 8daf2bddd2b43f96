"""Whatever is wrong with a database comes out as a sentence that says what to do and holds no secret."""

from __future__ import annotations

import socket
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from geo.errors import GeoError, StoreError
from geo.store import SqlStore, downgrade, upgrade
from tests.store.samples import drawing, place, reported


def refused(call: Callable[[], Any], code: str, *words: str, secret: str = "") -> GeoError:
    """The StoreError of a call: its code, what its sentence names, and that no secret is in it."""
    with pytest.raises(StoreError) as caught:
        call()
    error = caught.value
    assert error.code == code, str(error)
    for word in words:
        assert word in str(error)
    for lang in ("zh", "en"):
        assert error.message(lang)
        if secret:
            assert secret not in error.message(lang)
            assert secret not in repr(error.context)
    return error


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "store_url_unreadable"),
        ("geo.db", "store_url_unreadable"),
        ("postgresql://user:hunter2@host:port/db", "store_url_unreadable"),
        ("mysql://user:hunter2@host/db", "store_url_kind"),
        ("postgresql+asyncpg://user:hunter2@host/db", "store_url_kind"),
        ("sqlite://", "store_url_no_file"),
        ("sqlite:///:memory:", "store_url_no_file"),
        ("sqlite:///geo.db?mode=ro", "store_url_no_file"),
    ],
)
def test_urls(url: str, code: str) -> None:
    for call in (SqlStore, upgrade, lambda u: downgrade(u, "base")):
        refused(lambda call=call: call(url), code, "GEO_DATABASE_URL", secret="hunter2")


def test_missing_sqlite_files_and_folders(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    with SqlStore(f"sqlite:///{path}") as store:
        refused(store.ping, "store_no_file", "geo db upgrade", str(path))
        refused(lambda: store.save_place(place(), actor="a"), "store_no_file")
    assert not path.exists(), "asking makes no file"
    refused(lambda: downgrade(f"sqlite:///{path}", "base"), "store_no_file")
    lost = tmp_path / "no" / "such" / "geo.db"
    refused(lambda: upgrade(f"sqlite:///{lost}"), "store_no_folder", str(lost.parent))
    with SqlStore(f"sqlite:///{tmp_path}") as store:
        refused(store.ping, "store_not_a_database")


def test_files_that_are_no_database(tmp_path: Path, sqlite_template: Path) -> None:
    text = tmp_path / "text.db"
    text.write_text("这不是数据库\n" * 1000, encoding="utf-8")
    before = text.read_bytes()
    with SqlStore(f"sqlite:///{text}") as store:
        refused(store.ping, "store_not_a_database", str(text))
    refused(lambda: upgrade(f"sqlite:///{text}"), "store_not_a_database")
    assert text.read_bytes() == before
    cut = tmp_path / "cut.db"
    cut.write_bytes(sqlite_template.read_bytes()[: 4096 * 3])
    with SqlStore(f"sqlite:///{cut}") as store:
        refused(store.get_place, "store_not_a_database")


def test_a_database_that_was_never_set_up(tmp_path: Path, postgis_or_none: str | None) -> None:
    empty = tmp_path / "empty.db"
    sqlite3.connect(empty).close()
    for url in filter(None, (f"sqlite:///{empty}", postgis_or_none)):
        with SqlStore(url) as store:
            for call in (
                store.ping,
                store.get_place,
                store.list_issues,
                lambda s=store: s.save_place(place(), actor="a"),
            ):
                refused(call, "store_not_set_up", "geo db upgrade")


@pytest.fixture(params=[None, pytest.param("postgis", marks=pytest.mark.postgis)])
def postgis_or_none(request: pytest.FixtureRequest) -> str | None:
    """Once None, once an empty PostGIS database."""
    return None if request.param is None else request.getfixturevalue("postgis_url")


def test_a_table_or_column_that_is_gone(store: SqlStore) -> None:
    store.ping()
    with store._writing() as connection:
        connection.execute(sa.text("ALTER TABLE gazetteer RENAME COLUMN entry TO other"))
        connection.execute(sa.text("DROP TABLE reporter"))
    refused(lambda: store.save_place(place(), actor="a"), "store_outdated", "geo db upgrade")
    refused(lambda: store.save_issues([reported(phone="1")], actor="a"), "store_outdated", "geo db upgrade")
    assert store.list_issues() == ()
    assert store.get_journal() == ()


def test_a_locked_database(store_url: str) -> None:
    with SqlStore(store_url) as holder, SqlStore(store_url, busy_s=0.1) as waiting:
        waiting.save_place(place(), actor="a")
        with holder._writing("place") as connection:
            connection.execute(sa.text("DELETE FROM staff"))
            refused(lambda: waiting.save_place(place(name="late"), actor="a"), "store_locked", "Try again")
            assert len(waiting.get_place().staff) == 2, "readers go on with what was there"
        assert waiting.get_place().staff == ()
        assert waiting.get_place().name == "晨光区"
        waiting.save_place(place(), actor="a")


def test_a_read_sees_one_moment(store_url: str) -> None:
    """A place is replaced between two statements of a reader, which must not notice."""
    with SqlStore(store_url) as store:
        store.save_place(place(), actor="a")
        with store._reading() as connection:
            name = sa.text("SELECT name FROM place")
            assert connection.execute(name).scalar_one() == "晨光区"
            store.save_place(place(name="new", staff=()), actor="a")
            assert connection.execute(name).scalar_one() == "晨光区"
            assert connection.execute(sa.text("SELECT count(*) FROM staff")).scalar_one() == 2
        assert store.get_place().name == "new"


def test_sqlite_settings(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'geo.db'}"
    upgrade(url)
    with SqlStore(url, busy_s=7.0) as store, store._reading() as connection:
        pragmas = {
            p: connection.exec_driver_sql(f"PRAGMA {p}").scalar_one()
            for p in ("journal_mode", "foreign_keys", "busy_timeout")
        }
        assert pragmas == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 7000}


def test_a_read_only_file(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "geo.db"
    path.write_bytes(sqlite_template.read_bytes())
    with SqlStore(f"sqlite:///{path}") as store:
        with store._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA query_only = ON")
        refused(lambda: store.save_place(place(), actor="a"), "store_read_only")


@pytest.mark.postgis
def test_postgres_that_cannot_be_used(postgis_server: Any) -> None:
    url = postgis_server.url
    text = lambda u: u.render_as_string(hide_password=False)  # noqa: E731
    real = url.password or "none"
    with SqlStore(text(url.set(password="hunter2"))) as store:
        refused(store.ping, "store_login_refused", "GEO_DATABASE_URL", secret="hunter2")
        assert "hunter2" not in repr(store)
    with SqlStore(text(url.set(username="nobody_here"))) as store:
        refused(store.ping, "store_login_refused", secret=real)
    with SqlStore(text(url.set(database="no_such_db"))) as store:
        refused(store.ping, "store_no_such_database", "no_such_db", secret=real)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))  # taken, but nobody answers
        gone = url.set(host="127.0.0.1", port=listener.getsockname()[1], password="hunter2")
        with SqlStore(text(gone)) as store:
            refused(store.ping, "store_unreachable", "127.0.0.1", secret="hunter2")
        refused(lambda: upgrade(text(gone)), "store_unreachable", secret="hunter2")


@pytest.mark.postgis
@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgres_urls_of_all_spellings(postgis_server: Any, scheme: str) -> None:
    with postgis_server.database("migrated") as url, SqlStore(scheme + url[url.index(":") :]) as store:
        store.ping()


@pytest.mark.postgis
def test_a_server_that_hangs_up_is_named_and_then_used_again(postgis_server: Any) -> None:
    with postgis_server.database("migrated") as url, SqlStore(url) as store:
        store.ping()
        name = sa.make_url(url).database
        kill = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"

        def write() -> None:
            with store._writing() as connection:
                postgis_server.execute(kill)
                connection.execute(sa.text("DELETE FROM staff"))

        refused(write, "store_unreachable")
        store.ping()


@pytest.mark.postgis
def test_a_database_without_postgis_or_of_another_encoding(postgis_server: Any) -> None:
    import uuid

    for options, check in (
        ("ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'", "store_encoding"),
        ("ENCODING 'UTF8'", None),
    ):
        name = f"geo_test_{uuid.uuid4().hex}"
        postgis_server.execute(f'CREATE DATABASE "{name}" TEMPLATE template0 {options}')
        try:
            url = postgis_server.url.set(database=name).render_as_string(hide_password=False)
            if check:
                refused(lambda url=url: upgrade(url), check, "UTF8")
            else:
                upgrade(url)  # makes the extension itself
        finally:
            postgis_server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.postgis
def test_rights_that_are_missing(postgis_server: Any) -> None:
    import uuid

    role = f"geo_test_{uuid.uuid4().hex[:12]}"
    postgis_server.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'weak'")
    try:
        with postgis_server.database("migrated") as url:
            weak = sa.make_url(url).set(username=role, password="weak").render_as_string(hide_password=False)
            with SqlStore(weak) as store:
                refused(store.ping, "store_not_allowed")
    finally:
        postgis_server.execute(f"DROP ROLE {role}")


def test_threads_share_a_store(store: SqlStore) -> None:
    store.save_place(place(), actor="a")
    plan = store.save_plan(drawing(), name="p", actor="a")
    failed: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for step in range(5):
                store.save_issues([reported(f"{number}-{step}", plan=plan.id)], actor=f"t{number}")
                assert len(store.get_grids(plan.id)) == 2
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(store.list_issues()) == 20
