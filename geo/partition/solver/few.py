"""Few units: whether any division lies in the band is found out by trying everything."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from geo.partition.solver.engine import Arena, Terms
from geo.partition.solver.exact import SMALL
from geo.partition.solver.exact_search import search

# Decisions of the search, each of which looks at every unit.
_EFFORT = 400_000


def in_band(arena: Arena, terms: Terms) -> tuple[bool, NDArray[np.int32] | None]:
    """Search a connected division in the band of the people, where all grids have the same one.

    Returns
    -------
    possible : bool
        False only if there is provably none, whatever may move and whatever is locked.
    part : int32 (n,) or None
        One that keeps as many people at home as its grids allow, if one was found that moves neither locked units nor
        more people than may move.
    """
    n, grids = len(arena.weight), len(terms.low)
    low, high = float(terms.low[0, 0]), float(terms.high[0, 0])
    alike = (terms.low[:, 0] == low).all() and (terms.high[:, 0] == high).all()
    if n > SMALL or grids < 2 or not alike:
        return True, None
    ideal, gap = (low + high) / 2, (high - low) / 2
    # A gap a little wider than allowed, so that one that is just allowed counts.
    wide = gap + 3e-9 * max(ideal, 1.0)
    labels, limit = np.full(n, -1, np.int64), _EFFORT // n
    # A unit too heavy for any grid fills one.
    weight = np.minimum(arena.weight[:, 0], high)
    links = arena.indptr, arena.indices.astype(np.int64)
    _, steps = search(*links, weight, grids, ideal, wide, gap, limit, labels)
    if labels[0] < 0:
        return steps > limit, None
    kept = np.zeros((grids, grids))
    stays = arena.home >= 0
    np.add.at(kept, (labels[stays], arena.home[stays]), arena.weight[stays, 0])
    part = linear_sum_assignment(-kept)[1][labels].astype(np.int32)
    away = stays & (part != arena.home)
    allowed = not (arena.fixed & away).any() and arena.weight[away, 0].sum() <= terms.budget
    return True, part if allowed else None
