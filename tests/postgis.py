"""A PostGIS server for tests, and databases that cost milliseconds.

With ``GEO_TEST_PG_URL`` (a superuser's URL) that server is used; otherwise one is started from the installed binaries
and thrown away. Every test gets a database of its own, copied from a template; the configured database of the user is
never touched. Without a server the tests skip; under ``CI=true`` they fail.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

MIGRATED = "migrated"


@dataclass(frozen=True)
class PostgisServer:
    """A running server: `url` names its maintenance database; `templates` are databases to copy."""

    url: Any  # sqlalchemy.URL
    templates: dict[str, str]

    def execute(self, statement: str) -> None:
        """Run one statement in the maintenance database, outside a transaction."""
        import psycopg

        with psycopg.connect(_dsn(self.url), autocommit=True) as connection:
            connection.execute(statement)

    @contextlib.contextmanager
    def database(self, template: str) -> Iterator[str]:
        """A fresh database, copied from a template, dropped afterwards; yields its URL with the password."""
        name = f"geo_test_{uuid.uuid4().hex}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{self.templates[template]}"')
        try:
            yield self.url.set(database=name).render_as_string(hide_password=False)
        finally:
            self.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _dsn(url: Any) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _absent(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"PostGIS is required under CI=true: {reason}")
    pytest.skip(f"no PostGIS: {reason}")


def _binary(name: str) -> str | None:
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda p: float(p.parts[-3]))
    return str(versions[-1]) if versions else shutil.which(name)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def _own_server() -> Iterator[str]:
    """A server of our own on a free port; initdb refuses root, so root hands over to the user postgres."""
    initdb, pg_ctl = _binary("initdb"), _binary("pg_ctl")
    if initdb is None or pg_ctl is None:
        _absent("initdb and pg_ctl are not installed")
    who: dict[str, Any] = {}
    folder = Path(tempfile.mkdtemp(prefix="geo_pg_"))
    if os.getuid() == 0:
        try:
            owner = pwd.getpwnam("postgres")
        except KeyError:
            shutil.rmtree(folder, ignore_errors=True)
            _absent("we are root and there is no user postgres")
        who = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    data, log = folder / "data", folder / "log"

    def run(*command: str) -> None:
        done = subprocess.run(
            command, cwd="/", capture_output=True, text=True, timeout=120, env={**os.environ, "LC_ALL": "C"}, **who
        )
        if done.returncode:
            said = log.read_text() if log.exists() else ""
            raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}{said}")

    # What is thrown away need not outlive a fault of the machine, nor be swept.
    careless = ["synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0"]
    options = " -c ".join([f"-k {folder}", "listen_addresses=127.0.0.1", "fsync=off", "autovacuum=off", *careless])

    def start() -> int:
        """The port it listens on; a free one may be taken by another process before the server is there."""
        for last in (False, False, False, False, True):
            port = _free_port()
            try:
                run(str(pg_ctl), "-D", str(data), "-l", str(log), "-w", "-o", f"-p {port} {options}", "start")
            except RuntimeError:
                if last:
                    raise
            else:
                break
        return port

    try:
        # scram: so that a wrong password is refused, as it is in production.
        (folder / "password").write_text("geo-test-secret\n")
        run(
            str(initdb), "-D", str(data), "-E", "UTF8", "--locale=C.UTF-8", "-U", "postgres",
            "--auth=scram-sha-256", f"--pwfile={folder / 'password'}", "--no-sync",
        )  # fmt: skip
        port = start()
        try:
            yield f"postgresql+psycopg://postgres:geo-test-secret@127.0.0.1:{port}/postgres"
        finally:
            run(str(pg_ctl), "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgis_server() -> Iterator[PostgisServer]:
    """The server of this test session with its template databases: "empty" and "migrated"."""
    import psycopg
    import sqlalchemy as sa

    with contextlib.ExitStack() as stack:
        given = os.environ.get("GEO_TEST_PG_URL")
        url = sa.make_url(given or stack.enter_context(_own_server())).set(drivername="postgresql+psycopg")
        names = {kind: f"geo_test_{uuid.uuid4().hex}" for kind in ("empty", MIGRATED)}
        server = PostgisServer(url, names)
        server.execute(f'CREATE DATABASE "{names["empty"]}" TEMPLATE template0')
        stack.callback(server.execute, f'DROP DATABASE IF EXISTS "{names["empty"]}" WITH (FORCE)')
        try:
            with psycopg.connect(_dsn(url.set(database=names["empty"])), autocommit=True) as connection:
                connection.execute("CREATE EXTENSION postgis")
                # Half of what each test would copy are reference systems that nothing of ours asks for.
                connection.execute("DELETE FROM spatial_ref_sys WHERE srid <> 4326")
                connection.execute("VACUUM FULL spatial_ref_sys")
        except psycopg.Error as error:
            _absent(f"CREATE EXTENSION postgis says: {error}")
        server.execute(f'CREATE DATABASE "{names[MIGRATED]}" TEMPLATE "{names["empty"]}"')
        stack.callback(server.execute, f'DROP DATABASE IF EXISTS "{names[MIGRATED]}" WITH (FORCE)')
        from geo.store import upgrade

        upgrade(url.set(database=names[MIGRATED]).render_as_string(hide_password=False))
        yield server


@pytest.fixture
def postgis_url(postgis_server: PostgisServer) -> Iterator[str]:
    """URL of a fresh database with PostGIS and no tables of ours."""
    with postgis_server.database("empty") as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    from geo.store import upgrade

    path = tmp_path_factory.mktemp("store") / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a migrated, empty database, once on SQLite and once on PostGIS."""
    if request.param == "sqlite":
        path = tmp_path / "geo.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
    else:
        with request.getfixturevalue("postgis_server").database(MIGRATED) as url:
            yield url


@pytest.fixture
def store(store_url: str) -> Iterator[Any]:
    """A `SqlStore` on a migrated, empty database, once on SQLite and once on PostGIS."""
    from geo.store import SqlStore

    with SqlStore(store_url) as opened:
        yield opened
