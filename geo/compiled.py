"""The one place that asks numba for compiled code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def jit(function: F) -> F:
    """Compile on first use, without the interpreter's lock, and keep the result on disk where that is possible.

    numba looks for a folder that can be written (beside the code, then the user's cache) when it decorates, and raises
    where there is none, as in a read-only container. Then every process compiles anew, which takes some seconds.
    """
    try:
        return cast(F, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:
        return cast(F, numba.njit(nogil=True)(function))


def inlined(function: F) -> F:
    """For a small function that compiled loops of the same file call: its code becomes a part of the loop.

    A loop that calls nothing and cannot raise runs in vector registers. To divide without a look for zero, write
    `np.divide`; for roots, `math.sqrt`.
    """
    return cast(F, numba.njit(inline="always")(function))


def entry(signature: Any, function: Callable[..., Any]) -> Any:
    """Compile for callers that jump to an address, its `address`; kept on disk as with `jit`."""
    try:
        return numba.cfunc(signature, cache=True)(function)
    except RuntimeError:
        return numba.cfunc(signature)(function)
