"""The keeper of the workers of `geo serve`, and when it says that it serves."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from uvicorn.supervisors.multiprocess import SIGNALS

from geo.cli import workers
from geo.cli.workers import OneServer, Workers


async def app(scope, receive, send) -> None:
    """Nothing that would be asked."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def started(port: int, on_listen: Callable[[], None]) -> Iterator[Workers]:
    config = uvicorn.Config("tests.cli.test_cli_workers:app", port=port, workers=1, lifespan="off", log_level="error")
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    keeper = Workers(config, [config.bind_socket()], on_listen)
    try:
        keeper.init_processes()
        yield keeper
    finally:
        keeper.terminate_all()
        keeper.join_all()
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for listening in keeper.sockets:
            listening.close()


def test_one_process_says_that_it_serves_when_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    # Here, as workers import this file.
    from geo import wiring
    from geo.api import worker
    from geo.cli import server
    from geo.service import ready

    port = free_port()
    said: list[str] = []
    served: list[uvicorn.Server] = []

    class Kept(OneServer):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            served.append(self)

    def tell(key: str, **values: object) -> None:
        said.append(key)
        if key == "serving":
            socket.create_connection(("127.0.0.1", port), timeout=30).close()
            assert values == {"url": f"http://127.0.0.1:{port}/"}
            served[0].should_exit = True

    monkeypatch.setenv("GEO_DATABASE_URL", "sqlite://")  # set by what is called: put back afterwards
    monkeypatch.setattr(server, "tell", tell)
    monkeypatch.setattr(wiring, "build_service", lambda _: SimpleNamespace(store=SimpleNamespace(ping=int)))
    monkeypatch.setattr(ready, "make_ready", lambda _: None)
    monkeypatch.setattr(worker, "create_worker", lambda: app)
    monkeypatch.setattr(workers, "OneServer", Kept)
    # In a thread of its own: here a browser's loop may be running.
    with ThreadPoolExecutor(1) as threads:
        threads.submit(server.run_server, host="127.0.0.1", port=port, workers=1, database_url="sqlite://").result()
    assert said == ["serve_warming", "serving"]


def test_workers_say_once_that_they_serve_and_one_that_dies_while_it_is_asked_is_replaced_at_once() -> None:
    port = free_port()
    said: list[int] = []

    def on_listen() -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=30):  # refused while nobody listens
            said.append(port)

    with started(port, on_listen) as keeper:
        keeper.keep_subprocess_alive()  # the worker still loads
        first = keeper.processes[0]
        assert first.wait_until_ready(60)
        for _ in range(2):
            keeper.keep_subprocess_alive()
        assert said == [port]
        os.kill(first.pid, signal.SIGSTOP)
        os.waitpid(first.pid, os.WUNTRACED)  # it answers no more
        os.kill(first.pid, signal.SIGKILL)
        begun = time.monotonic()
        assert not first.ping(30)  # what the keeper does while it takes the process for alive
        assert time.monotonic() - begun < 20
        keeper.keep_subprocess_alive()
        assert keeper.processes[0].pid != first.pid
        assert keeper.processes[0].wait_until_ready(60)


def wait_alone() -> None:
    """What a worker does for the rest of its life, but for serving."""
    from geo.api import worker

    worker._end_with_parent()
    print("ready", flush=True)
    time.sleep(120)


def test_a_worker_ends_when_its_keeper_is_killed_outright() -> None:
    code = (
        "import multiprocessing; from tests.cli.test_cli_workers import wait_alone;"
        "one = multiprocessing.get_context('spawn').Process(target=wait_alone); one.start(); one.join()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as keeper:
        assert keeper.stdout is not None
        assert keeper.stdout.readline() == "ready\n"
        keeper.kill()
        assert keeper.communicate(timeout=60) == ("", None)  # the worker held the other end
