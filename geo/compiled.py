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
