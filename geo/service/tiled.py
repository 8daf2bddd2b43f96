"""Which places are too large to stand in a page: their shapes come as tiles, the rest of the data by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.model import Feature, Plan
from geo.service.board import CLOSED, WHERES, board_of
from geo.service.context import Net, Service, find_plan_in_force, knowledge, net_of
from geo.service.plans import stored_drawing
from geo.service.views import Tiles

# A vertex takes about six bytes of a page, and a page is to stay under 1 MB: more than this is drawn from tiles.
INLINE_VERTICES: Final = 120_000
# More open issues than this are asked for where the map is looked at.
INLINE_ISSUES: Final = 2_000
_VERTICES: Final = "vertices"
_KEPT: Final = "tiled_pages"


def find_tiles(service: Service, plan_id: int | None) -> Tiles | None:
    """What a page of a plan (the one in force if None) draws its map from; None where all of it stands in the page."""
    plan = find_plan_in_force(service)
    if plan_id is not None and (plan is None or plan.id != plan_id):
        plan = service.store.get_plan(plan_id, today=service.today())
    return tiles_of(service, plan)


def tiles_of(service: Service, plan: Plan | None, *, units: bool = False) -> Tiles | None:
    """As `find_tiles`; with `units` those are counted too, for a page that would draw them."""
    place = knowledge(service).place
    net = None if plan is None else net_of(service, plan)
    if net is None:
        count = _vertices(feature.geometry for feature in place.features)
    else:
        count = _kept_count(net, place.features)
        if units and plan is not None and count <= INLINE_VERTICES:
            count += _vertices(stored_drawing(service, plan).units.geometry)
    if count <= INLINE_VERTICES:
        return None
    layers = frozenset({feature.layer for feature in place.features} | {feature.kind for feature in place.features})
    return Tiles(
        plan=None if plan is None else plan.id,
        parts=tuple(sorted(layers)),
        kept={} if net is None else net.prepared.setdefault(_KEPT, {}),
    )


def count_open(service: Service, net: Net) -> Counter[str] | None:
    """How many open issues lie in each grid of `net`, by its code; None where they are few enough to be read."""
    board = board_of(service)
    rows = np.flatnonzero((board.status != CLOSED) & (board.where != WHERES.index("unlocated")))
    if len(rows) <= INLINE_ISSUES:
        return None
    if board.key == (net.plan.id, net.plan.revision):
        grid = board.grid[rows]
    else:
        grid = net.index.locate(lon=board.lon[rows], lat=board.lat[rows])
    counts: NDArray[np.int64] = np.bincount(grid[grid >= 0], minlength=len(net.grids))
    return Counter({net.grids[k].code: int(counts[k]) for k in np.flatnonzero(counts).tolist()})


def _kept_count(net: Net, features: Iterable[Feature]) -> int:
    """Vertices of a net and its place, counted once: neither changes while the net is kept."""
    found = net.prepared.get(_VERTICES)
    if found is None:
        shapes = [grid.geometry for grid in net.grids]
        found = net.prepared[_VERTICES] = _vertices([*shapes, *(feature.geometry for feature in features)])
    return int(found)


def _vertices(shapes: Iterable[BaseGeometry | None]) -> int:
    return int(shapely.get_num_coordinates(np.array(list(shapes), dtype=object)).sum())
