"""The workers of `geo serve`: uvicorn's processes and their keeper, which notices at once when one is gone."""

from __future__ import annotations

import uvicorn
from uvicorn.supervisors import Multiprocess


class Workers(Multiprocess):
    """As uvicorn's, but a worker that dies while it is asked how it is does not hold its keeper up.

    The keeper waits for the answer on a pipe of which it holds both ends, so that it never learns that the other end is
    gone: it waits as long as it would for a busy worker, meanwhile replaces none and hears no signal. Without its copy
    of the worker's end the pipe closes when the worker does.
    """

    def init_processes(self) -> None:
        """Start all workers."""
        super().init_processes()
        self._let_go()

    def keep_subprocess_alive(self) -> None:
        """Replace workers that are gone or do not answer."""
        super().keep_subprocess_alive()
        self._let_go()

    def _let_go(self) -> None:
        for process in self.processes:  # those that were started have their own copies
            process.child_conn.close()


def run_workers(config: uvicorn.Config) -> None:
    """Serve with several workers until stopped."""
    Workers(config, sockets=[config.bind_socket()]).run()
