"""Processes that test side by side compile each loop once: who comes second waits, and reads it from numba's cache.

In a fresh checkout every worker of pytest-xdist would compile the same loops at the same time, for a minute or more,
and one that writes the list of what there is for a loop would lose what another has just added to it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from numba.core.caching import FunctionCache
from numba.core.compiler_lock import global_compiler_lock
from numba.core.dispatcher import Dispatcher

try:
    import fcntl
except ImportError:  # Windows: each process compiles for itself
    fcntl = None  # type: ignore[assignment]


def pytest_configure(config: pytest.Config) -> None:
    if fcntl is None:
        return
    compile_one = Dispatcher.compile
    held: set[str] = set()  # a loop that calls itself would wait for itself

    def compile_in_turn(self: Any, sig: Any) -> Any:
        # Threads first: one that waited here with the other lock in its hand could wait for ever.
        with global_compiler_lock:
            cache = self._cache
            if not isinstance(cache, FunctionCache) or cache._name in held:
                return compile_one(self, sig)
            cache._impl.locator.ensure_cache_path()
            with Path(f"{cache._cache_file._index_path}.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                held.add(cache._name)
                try:
                    return compile_one(self, sig)
                finally:
                    held.discard(cache._name)

    Dispatcher.compile = compile_in_turn
    config.add_cleanup(lambda: setattr(Dispatcher, "compile", compile_one))
