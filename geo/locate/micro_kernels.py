"""The compiled part of `geo.locate.micro`: the nearest place of a grid, and the one micro-grid behind its doors."""

from __future__ import annotations

from typing import Any

import numpy as np

from geo.compiled import jit

FOUND, OUTSIDE, NO_MICRO, FAR, SEVERAL, NO_DOOR = range(6)
# Of stairwells: none was said, or one that no building has.
UNSAID, UNKNOWN = -1, -2


@jit
def find(
    x: Any, y: Any, scale: Any, over: Any, under: Any, stair: Any, floor: Any, limit_m: Any,
    squares: Any, places: Any, doors: Any, out: Any,
) -> None:  # fmt: skip
    """Answer every point into `out` (micro, place, metres, reason); the tuples are tables of `MicroIndex`."""
    start = squares[3]
    begin, end, house_begin, house_end = places[2:]
    micro, place, metres, reason = out
    n_grids = len(start) - 1
    for i in range(len(x)):
        g = over[i]
        if g >= n_grids or (g >= 0 and start[g] == start[g + 1]):
            g = under[i]
        if over[i] < 0:
            reason[i] = OUTSIDE
            continue
        if g < 0 or g >= n_grids or start[g] == start[g + 1]:
            reason[i] = NO_MICRO
            continue
        p, distance = _nearest(x[i], y[i], g, limit_m / scale[i], squares, places)
        if p < 0:
            reason[i] = FAR
            continue
        place[i] = p
        metres[i] = distance * scale[i]
        if stair[i] == UNSAID and np.isnan(floor[i]):
            micro[i], reason[i] = _only(doors, begin[p], end[p], UNSAID, np.nan)
        else:
            micro[i], reason[i] = _only(doors, house_begin[p], house_end[p], stair[i], floor[i])


@jit
def _nearest(x: Any, y: Any, g: Any, limit: Any, squares: Any, places: Any) -> Any:
    """The nearest place of grid `g` within `limit` and its distance, both in Mercator metres; −1 for none."""
    origin, side, shape, start, filled = squares
    place_x, place_y = places[0], places[1]
    size, wide, high = side[g], shape[g, 0], shape[g, 1]
    px, py = (x - origin[g, 0]) / size, (y - origin[g, 1]) / size
    beside, above = max(-px, px - wide, 0.0) * size, max(-py, py - high, 0.0) * size
    if beside * beside + above * above > limit * limit:
        return -1, np.inf
    best, best2 = -1, limit * limit
    # The square of the point; one far away counts as the square beside the net that is nearest to it.
    cx = int(np.floor(min(max(px, -1.0), wide + 0.0)))
    cy = int(np.floor(min(max(py, -1.0), high + 0.0)))
    ring = 0
    while ring <= max(wide, high) + 1:
        # Whatever lies in this ring or beyond is at least as far as the edge of the rings before.
        gap = min(min(px - (cx - ring + 1), cx + ring - px), min(py - (cy - ring + 1), cy + ring - py)) * size
        if ring > 0 and gap > 0 and gap * gap > best2:
            break
        for row in range(max(cy - ring, 0), min(cy + ring, high - 1) + 1):
            edge = row == cy - ring or row == cy + ring
            step = 1 if edge or ring == 0 else 2 * ring
            column = cx - ring
            while column <= cx + ring:
                if 0 <= column < wide:
                    square = start[g] + row * wide + column
                    for k in range(filled[square], filled[square + 1]):
                        dx, dy = place_x[k] - x, place_y[k] - y
                        d2 = dx * dx + dy * dy
                        nearer = d2 < best2 or (best < 0 and d2 == best2)
                        if not nearer and best >= 0 and d2 == best2:
                            nearer = (place_x[k], place_y[k]) < (place_x[best], place_y[best])
                        if nearer:
                            best, best2 = k, d2
                column += step
        ring += 1
    return best, np.sqrt(best2)


@jit
def _only(doors: Any, first: Any, last: Any, stair: Any, floor: Any) -> Any:
    """The one micro-grid among the doors that are meant, or −1, and the reason."""
    micro, stairs, floors = doors
    if np.isnan(floor):
        only = -1
        for k in range(first, last):
            if stair == UNSAID or stairs[k] == stair:
                if only >= 0 and micro[k] != only:
                    return -1, SEVERAL
                only = micro[k]
        return (only, FOUND) if only >= 0 else (-1, NO_DOOR)
    # First by a door on that very floor; then by floors below and above of the same micro-grid and stairwell.
    only = -1
    for k in range(first, last):
        if (stair == UNSAID or stairs[k] == stair) and floors[k] == floor:
            if only >= 0 and micro[k] != only:
                return -1, SEVERAL
            only = micro[k]
    if only >= 0:
        return only, FOUND
    for k in range(first, last):
        if (stair == UNSAID or stairs[k] == stair) and floors[k] < floor:
            for j in range(first, last):
                if micro[j] == micro[k] and stairs[j] == stairs[k] and floors[j] > floor:
                    if only >= 0 and micro[k] != only:
                        return -1, SEVERAL
                    only = micro[k]
    return (only, FOUND) if only >= 0 else (-1, NO_DOOR)
