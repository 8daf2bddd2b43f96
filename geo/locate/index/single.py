"""One point at a time: a kernel that is handed one address instead of arrays, which take longer to hand over than to
ask.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, Final, cast

import numpy as np
from numba import carray, types  # type: ignore[attr-defined]
from numba.extending import intrinsic
from numpy.typing import NDArray

from geo.compiled import jit
from geo.locate.index.tree import Tree
from geo.locate.index.walk import descend, in_leaf

_FRAME: Final = 11


def asker(tree: Tree, order: NDArray[np.int32]) -> Callable[[float, float], int]:
    """A function of lon and lat that answers with ``order[rank]``, −1 outside, or `walk.HARD`.

    It keeps what it reads alive. It holds addresses of this process, so it must never be pickled.
    """
    frame, nodes, lines, names = (
        np.ascontiguousarray(array, dtype=kind)
        for array, kind in (
            (tree.frame, np.float64),
            (tree.nodes, np.int32),
            (tree.lines, np.float64),
            (order, np.int32),
        )
    )
    sizes = (len(nodes), len(lines), len(names))
    table = np.array([*(array.ctypes.data for array in (frame, nodes, lines, names)), *sizes], dtype=np.int64)
    ask = partial(_ask, table.ctypes.data)
    ask.kept = (table, frame, nodes, lines, names)  # type: ignore[attr-defined]
    return cast(Callable[[float, float], int], ask)


def _pointer_to(kind: Any) -> Any:
    """A function for compiled code that reads a whole number as the address of values of `kind`."""
    pointer = types.CPointer(kind)  # type: ignore[no-untyped-call]

    def address(_context: Any, number: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], context.get_value_type(pointer))

        return pointer(number), generate

    return intrinsic(address)


whole_numbers = _pointer_to(types.int64)
short_numbers = _pointer_to(types.int32)
real_numbers = _pointer_to(types.float64)
narrow_numbers = _pointer_to(types.float32)
level_numbers = _pointer_to(types.uint64)


@jit
def _ask(table: int, x: float, y: float) -> int:
    """`batch.look_up` of one point in the arrays of `asker`, whose addresses and lengths stand at `table`."""
    at = carray(whole_numbers(table), 7)
    frame = carray(real_numbers(at[0]), _FRAME)
    if not (frame[0] <= x <= frame[2] and frame[1] <= y <= frame[3]):
        return -1
    nodes = carray(short_numbers(at[1]), at[4])
    node, _, row = descend(frame, nodes, math.floor(x * frame[4]), math.floor(y * frame[4]))
    if node < 0:
        rank = -2 - node
    else:
        lines = carray(real_numbers(at[2]), (at[5], 5))
        rank = in_leaf(nodes, lines, node >> 1, row * frame[5], x, y)
    return carray(short_numbers(at[3]), at[6])[rank] if rank >= 0 else rank
