"""The keeper of the workers of `geo serve`."""

from __future__ import annotations

import os
import signal
import time

import uvicorn
from uvicorn.supervisors.multiprocess import SIGNALS

from geo.cli.workers import Workers


async def app(scope, receive, send) -> None:
    """Nothing that would be asked."""


def test_a_worker_that_dies_while_it_is_asked_is_replaced_at_once() -> None:
    config = uvicorn.Config("tests.cli.test_cli_workers:app", port=0, workers=1, lifespan="off", log_level="error")
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    workers = Workers(config, sockets=[config.bind_socket()])
    try:
        workers.init_processes()
        first = workers.processes[0]
        assert first.wait_until_ready(60)
        os.kill(first.pid, signal.SIGSTOP)
        os.waitpid(first.pid, os.WUNTRACED)  # it answers no more
        os.kill(first.pid, signal.SIGKILL)
        begun = time.monotonic()
        assert not first.ping(30)  # what the keeper does while it takes the process for alive
        assert time.monotonic() - begun < 20
        workers.keep_subprocess_alive()
        assert workers.processes[0].pid != first.pid
        assert workers.processes[0].wait_until_ready(60)
    finally:
        workers.terminate_all()
        workers.join_all()
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for listening in workers.sockets:
            listening.close()
