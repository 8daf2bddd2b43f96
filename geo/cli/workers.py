"""What `geo serve` runs: uvicorn's server, or its processes and their keeper; both say when their port listens."""

from __future__ import annotations

from collections.abc import Callable
from socket import socket

import uvicorn
from uvicorn.supervisors import Multiprocess


class OneServer(uvicorn.Server):
    """As uvicorn's, and calls `on_listen` once it takes requests."""

    def __init__(self, config: uvicorn.Config, on_listen: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_listen = on_listen

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Start the application, then listen."""
        await super().startup(sockets)
        if self.started:
            self._on_listen()


class Workers(Multiprocess):
    """As uvicorn's, but a worker that dies while it is asked how it is does not hold its keeper up.

    `on_listen` is called when the first worker takes requests: the port is bound before, but refuses until then.

    The keeper waits for the answer on a pipe of which it holds both ends, so that it never learns that the other end is
    gone: it waits as long as it would for a busy worker, meanwhile replaces none and hears no signal. Without its copy
    of the worker's end the pipe closes when the worker does.
    """

    def __init__(self, config: uvicorn.Config, sockets: list[socket], on_listen: Callable[[], None]) -> None:
        super().__init__(config, sockets)
        self._on_listen: Callable[[], None] | None = on_listen

    def init_processes(self) -> None:
        """Start all workers."""
        super().init_processes()
        self._let_go()

    def keep_subprocess_alive(self) -> None:
        """Replace workers that are gone or do not answer."""
        wait_s = self.config.timeout_worker_healthcheck
        if self._on_listen is not None and any(process.is_ready(wait_s) for process in self.processes):
            self._on_listen()
            self._on_listen = None
        super().keep_subprocess_alive()
        self._let_go()

    def _let_go(self) -> None:
        for process in self.processes:  # those that were started have their own copies
            process.child_conn.close()


def run_workers(config: uvicorn.Config, on_listen: Callable[[], None]) -> None:
    """Serve with several workers until stopped."""
    Workers(config, [config.bind_socket()], on_listen).run()


def run_one(config: uvicorn.Config, on_listen: Callable[[], None]) -> bool:
    """Serve within this process until stopped; False where it could not start."""
    server = OneServer(config, on_listen)
    server.run()
    return server.started
