"""What changes on the way from one corner to a point: the one rule that the whole index rests on.

::

            q'          The way from c' to q' runs east along y = c.y, then north along x = q.x, where
            |           p' = p + (ε², ε³) for an ε smaller than any difference: c', m' and q' lie on no edge.
    c' ---- m'          An edge that is crossed from its right to its left leaves the right grid and enters the left.

Every face of the net lies to one side of each edge, so the crossings on any way between two points add up to the same
change: of how many grids cover the place (depth), and of the sum of their ranks (label). The sums telescope from
square to square without a test of any polygon, and every question is the exact side of a point (`exact.side`). Edges
run from their western end (x1, y1); of upright ones the southern is the first. Left is above, of upright edges west.
"""

from __future__ import annotations

from geo.compiled import jit
from geo.locate.index.exact import side


@jit
def passes_foot(x1: float, y1: float, x2: float, y2: float, cx: float, cy: float) -> bool:
    """Whether an edge crosses the line y = c.y to the east of c'."""
    if (y1 <= cy) == (y2 <= cy) or x2 <= cx:
        return False
    if x1 > cx:
        return True
    where = side(x1, y1, x2, y2, cx, cy)
    return where > 0 if y2 > y1 else where < 0


@jit
def where_beside(x1: float, y1: float, x2: float, y2: float, qx: float, qy: float) -> int:
    """The side of q' of an edge with x1 <= q.x <= x2: ±1 above or below; ±2 where q itself is on the edge.

    q' is a step east of q and less of one north: off a rising edge it falls below, off any other it comes above.
    """
    if qy > y1 and qy > y2:
        return 1
    if qy < y1 and qy < y2:
        return -1
    where = side(x1, y1, x2, y2, qx, qy)
    if where == 0:
        return -2 if y2 > y1 else 2
    return where


@jit
def crossing(x1: float, y1: float, x2: float, y2: float, foot: bool, cy: float, qx: float, where: int) -> int:
    """What an edge adds on the way from c' to q': 1 crossed to its left, −1 to its right, 0 not, or there and back.

    `foot` is `passes_foot` at c; `where` is `where_beside` at q, asked for only where x1 <= q.x < x2. q is no further
    west or south than c.
    """
    rising = y2 > y1
    if x2 <= qx:
        return (-1 if rising else 1) if foot else 0
    if x1 > qx:
        return 0
    low, high = y1 <= cy, y2 <= cy
    if low == high:
        return 1 if where > 0 and not low else 0
    turn = side(x1, y1, x2, y2, qx, cy)
    # m on the edge: m' is below a rising one, above a falling one.
    below = turn <= 0 if rising else turn < 0
    upwards = 1 if below and where > 0 else 0
    if not foot:
        return upwards
    if rising:
        return upwards - 1 if below else upwards
    return upwards if below else upwards + 1
