"""geo serve · db upgrade · config: running the service."""

from __future__ import annotations

import os
import socket
from functools import partial
from typing import Annotated

import typer

from geo.cli.console import settings, tell
from geo.errors import Conflict


def register(app: typer.Typer, db_app: typer.Typer) -> None:
    """Add the commands."""
    app.command("serve")(serve)
    app.command("config")(config)
    db_app.command("upgrade")(upgrade)


def serve(
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
) -> None:
    """Serve the maps and the HTTP interface (启动服务).

    Example: geo serve --port 8000 --workers 2
    """
    run_server(host=host, port=port, workers=workers, database_url=settings().database_url)


def run_server(*, host: str, port: int, workers: int, database_url: str) -> None:
    """Serve until stopped.

    Raises
    ------
    Conflict
        Something else listens on the port.
    InvalidInput
        The file of roles cannot be used.
    StoreError
        The database cannot serve: said before the server starts.
    """
    import uvicorn

    from geo.cli.workers import run_one, run_workers
    from geo.service.ready import make_ready
    from geo.service.roles import read_roles
    from geo.wiring import build_service

    _check_port(host, port)
    read_roles(settings().roles)
    # Workers are new processes: they read the same settings from the environment.
    os.environ["GEO_DATABASE_URL"] = database_url
    service = build_service(settings().model_copy(update={"database_url": database_url}))
    service.store.ping()
    tell("serve_warming")
    make_ready(service)
    del service  # workers open the database themselves
    config = uvicorn.Config(
        "geo.api.worker:create_worker",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_level=settings().log_level,
        timeout_worker_healthcheck=_STALL_S,
        access_log=False,  # request lines hold citizens' addresses and places; /metrics counts requests
    )
    shown = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104
    on_listen = partial(tell, "serving", url=f"http://{shown}:{port}/")
    if workers > 1:
        run_workers(config, on_listen)
    elif not run_one(config, on_listen):
        raise typer.Exit(_NOT_STARTED)


# A worker that maps a large plan on a busy machine may be silent for a while; it must not be killed for that.
_STALL_S = 60
# As uvicorn ends by itself; why it did not start is in the log.
_NOT_STARTED = 3


def _check_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Conflict("port_in_use", host=host, port=port, why=error.strerror) from None


def upgrade() -> None:
    """Bring the database to this program's version (升级数据库).

    Example: GEO_DATABASE_URL=postgresql://geo@localhost/geo geo db upgrade
    """
    from geo.store import upgrade as run

    run(settings().database_url, busy_s=settings().busy_seconds)
    tell("database_upgraded")


def config() -> None:
    """Print the settings in force; each can be set as an environment variable (显示设置).

    Example: GEO_LANG=en geo config
    """
    import re

    values = settings().model_dump()
    # By pattern, not by parsing: what is no proper URL may hold a password all the same.
    url = re.sub(r"(://[^:/?#]*):.*@", r"\1:***@", str(values["database_url"]))
    values["database_url"] = re.sub(r"([?&]password=)[^&]*", r"\1***", url)
    for name, value in values.items():
        print(f"GEO_{name.upper()}={value}")
