"""One point at a time: a kernel that is handed one address instead of arrays, which take longer to hand over than to
ask.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final, cast

import numpy as np
from numba import carray  # type: ignore[attr-defined]
from numpy.typing import NDArray

from geo.compiled import jit
from geo.locate.coordinates import LEAST
from geo.locate.index.native import as_whole, callable_of, handed, real_numbers, short_numbers, whole_numbers
from geo.locate.index.tree import Tree, frozen
from geo.locate.index.walk import descend, in_leaf

# No place on earth: beside ranks, −1 and `walk.HARD`.
NOWHERE: Final = -3
_FRAME: Final = 11
_HEAD: Final = 3
_TREE: Final = 5


def asker(trees: Sequence[Tree], order: NDArray[np.int32]) -> Callable[[float, float], int]:
    """A function of lon and lat that answers with ``order[rank]`` of the first tree that has one.

    Else with −1 outside all, `walk.HARD` where a tree would have to be asked in another way, or NOWHERE.
    """
    names = frozen(order)
    table = [len(trees), names.ctypes.data, len(names)]
    for tree in trees:
        table += [each.ctypes.data for each in (tree.frame, tree.nodes, tree.lines)]
        table += [len(tree.nodes), len(tree.lines)]
    numbers = np.array(table, dtype=np.int64)
    return cast(Callable[[float, float], int], callable_of(_enter, numbers.ctypes.data, numbers, names, *trees))


def _enter(kept: int, arguments: int, count: int) -> int:
    fine, table, x, y = handed(kept, arguments, count)
    return int(as_whole(_ask(table, x, y))) if fine else 0


@jit
def _ask(table: int, x: float, y: float) -> int:
    """`batch.look_up` of one point in the arrays of `asker`, whose addresses and lengths stand at `table`."""
    if not (-180.0 <= x <= 180.0 and -90.0 <= y <= 90.0):
        return NOWHERE
    x, y = 0.0 if abs(x) < LEAST else x, 0.0 if abs(y) < LEAST else y
    head = carray(whole_numbers(table), _HEAD)
    rank = -1
    for k in range(head[0]):
        at = carray(whole_numbers(table + 8 * (_HEAD + _TREE * k)), _TREE)
        frame = carray(real_numbers(at[0]), _FRAME)
        if not (frame[0] <= x <= frame[2] and frame[1] <= y <= frame[3]):
            continue
        nodes = carray(short_numbers(at[1]), at[3])
        node, _, row = descend(frame, nodes, math.floor(x * frame[4]), math.floor(y * frame[4]))
        if node < 0:
            rank = -2 - node
        else:
            lines = carray(real_numbers(at[2]), (at[4], 5))
            rank = in_leaf(nodes, lines, node >> 1, row * frame[5], x, y)
        if rank != -1:
            break
    return carray(short_numbers(head[1]), head[2])[rank] if rank >= 0 else rank
