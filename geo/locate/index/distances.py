"""How far points are from the borders of grids, in metres."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from geo.locate.index.boxes import Boxes, boxes_over
from geo.locate.index.edges import Edges
from geo.locate.index.hot import metres_to_any, metres_to_one
from geo.locate.index.reach import grids_within, metres_to_grids, nearest_grids
from geo.locate.index.search import Tree

Floats = NDArray[np.float64]
Scalar = TypeVar("Scalar", bound=np.generic)


class Distances:
    """Distances to the borders of `count` grids, which are known by their ranks alone.

    Coordinates are float64 (n,) degrees WGS84 that were checked. Distances are float64 (n,) metres on the ellipsoid to
    borders that are straight in degrees. Their error is below (d / 6,371 km)² · (1 + tan² lat) · d up to 10 km (at 45°
    0.1 mm at 1 km, 5 cm at 10 km; up to 1 % of R / tan lat near the poles) and below 0.2 m + 0.01 % farther away; see
    `geo.locate.index.ground`. A border on the other side of the meridian of 180° is seen from 10 km on.
    """

    def __init__(self, edges: Edges, count: int, arrays: Mapping[str, NDArray[Any]] | None = None) -> None:
        """Distances to `edges`, any order is right, that of `along_curve` is fast.

        Parameters
        ----------
        count : how many grids there are
        arrays : what `arrays` gave for the same edges; made anew if None
        """
        self._edges = Edges(_fixed(edges.xy), _fixed(edges.left), _fixed(edges.right))
        self._count = count
        if arrays is None:
            self._boxes = boxes_over(edges.xy) if len(edges) else None
        else:
            sides, start, origin = (arrays[name] for name in ("box_sides", "box_start", "box_origin"))
            self._boxes = Boxes(sides, start, origin) if len(edges) else None

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What to keep beside the edges so that nothing need be built again: 140 bytes a grid of 120 vertices."""
        if self._boxes is None:
            return {"box_sides": np.empty((0, 4, 8), np.float32), "box_start": np.empty(0), "box_origin": np.empty(2)}
        return {"box_sides": self._boxes.sides, "box_start": self._boxes.start, "box_origin": self._boxes.origin}

    def metres(self, x: Floats, y: Floats) -> Floats:
        """To the nearest border of any grid; inf where there are no grids."""
        if self._boxes is None:
            return np.full(len(x), np.inf)
        return metres_to_any(_fixed(x), _fixed(y), self._tree, self._edges.left, self._edges.right)

    def metres_one(self, x: float, y: float) -> float:
        """`metres` of one point, without array overhead."""
        if self._boxes is None:
            return np.inf
        return metres_to_one(float(x), float(y), self._tree, self._edges.left, self._edges.right)

    def nearest(self, x: Floats, y: Floats) -> tuple[NDArray[np.int32], Floats]:
        """The grid with the nearest border (the lowest rank of equals), and how far that is; −1 and inf without any."""
        if self._boxes is None:
            return np.full(len(x), -1, dtype=np.int32), np.full(len(x), np.inf)
        return nearest_grids(_fixed(x), _fixed(y), self._tree, self._edges.left, self._edges.right)

    def to_each(self, x: Floats, y: Floats, rank: NDArray[np.int32]) -> Floats:
        """From each point to the border of its own grid `rank` (n,); inf where that is −1."""
        if self._boxes is None:
            return np.full(len(x), np.inf)
        start, member, bounds = self._by_grid
        return metres_to_grids(
            _fixed(x), _fixed(y), _fixed(rank), self._tree, self._edges.left, self._edges.right, start, member, bounds
        )

    def within(self, x: Floats, y: Floats, metres: float) -> tuple[NDArray[np.int64], NDArray[np.int32], Floats]:
        """Every pair (point, rank, distance) of a point and a grid whose border is within `metres`, by point."""
        if self._boxes is None:
            return np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0)
        return grids_within(_fixed(x), _fixed(y), metres, self._tree, self._edges.left, self._edges.right, self._count)

    @cached_property
    def _tree(self) -> Tree:
        assert self._boxes is not None
        boxes = self._boxes
        return self._edges.xy, _fixed(boxes.sides), _fixed(boxes.start), _fixed(boxes.origin)

    @cached_property
    def _by_grid(self) -> tuple[NDArray[np.int64], NDArray[np.int32], Floats]:
        """Where each grid's edges start in a list of edges, that list, and west, south, east, north of each grid.

        Made when first asked for: few ask for the distance to a grid of their choice.
        """
        owner = np.concatenate((self._edges.left, self._edges.right))
        member = np.argsort(owner, kind="stable")[np.count_nonzero(owner < 0) :]
        start = np.searchsorted(owner[member], np.arange(self._count + 1))
        member %= len(self._edges)
        bounds = np.full((self._count, 4), np.inf)
        bounds[:, 2:] = -np.inf
        ends = self._edges.xy[member].reshape(-1, 2, 2)
        held = np.diff(start) > 0
        if len(member):
            bounds[held, :2] = np.minimum.reduceat(ends.min(axis=1), start[:-1][held])
            bounds[held, 2:] = np.maximum.reduceat(ends.max(axis=1), start[:-1][held])
        return start.astype(np.int64), member.astype(np.int32), bounds


def _fixed(array: NDArray[Scalar]) -> NDArray[Scalar]:
    """The same numbers as the one kind of array that kernels are compiled for: in one piece, not to be written to."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view
