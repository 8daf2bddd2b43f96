"""How far points are from the borders of grids, in metres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.locate.index.boxes import Boxes, boxes_over
from geo.locate.index.hot import asker
from geo.locate.index.reach import SAME_M, grids_within, metres_to_grids, nearest_grids
from geo.locate.index.search import LEFT, RIGHT, Tree
from geo.locate.index.together import metres_to_any
from geo.locate.index.tree import frozen

Floats = NDArray[np.float64]
_Layer = tuple[Tree, NDArray[np.int32]]


class Distances:
    """Distances to the borders of `count` grids, which are known by their ranks alone.

    Coordinates are float64 (n,) degrees WGS84 that were checked. Distances are float64 (n,) metres on the ellipsoid to
    borders that are straight in degrees. Their error is below (d / 6,371 km)² · (1 + tan² lat) · d up to 10 km (at 45°
    0.1 mm at 1 km, 5 cm at 10 km; up to 1 % of R / tan lat near the poles) and below 0.2 m + 0.01 % farther away; see
    `geo.locate.index.ground`. A border on the other side of the meridian of 180° is seen from 10 km on.
    """

    def __init__(self, layers: Sequence[Floats], count: int, arrays: Mapping[str, NDArray[Any]] | None = None) -> None:
        """Distances to the lines (m, 5) of some trees, as in `geo.locate.index.tree.Tree`: they are not copied.

        Parameters
        ----------
        layers : lines in any order; that of `curve_order` is fast. A grid has its edges in one of them.
        count : how many grids there are
        arrays : what `arrays` gave for the same layers; made anew if None
        """
        self._count = count
        self._layers: list[_Layer] = []
        for k, lines in enumerate(layer for layer in layers if len(layer)):
            if arrays is None:
                boxes = boxes_over(lines)
            else:
                boxes = Boxes(*(arrays[f"{k}.{name}"] for name in ("sides", "start", "origin")))
            tree = (frozen(lines), frozen(boxes.sides), frozen(boxes.start), frozen(boxes.origin))
            self._layers.append((tree, tree[0].view(np.int32)))
        self._asked = [asker(tree) for tree, _ in self._layers]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What to keep beside the lines so that nothing need be built again: 140 bytes a grid of 120 vertices."""
        kept: dict[str, NDArray[Any]] = {}
        for k, (tree, _) in enumerate(self._layers):
            kept |= {f"{k}.sides": tree[1], f"{k}.start": tree[2], f"{k}.origin": tree[3]}
        return kept

    def metres(self, x: Floats, y: Floats) -> Floats:
        """To the nearest border of any grid; inf where there are no grids."""
        out = np.full(len(x), np.inf)
        for tree, owners in self._layers:
            out = np.minimum(out, metres_to_any(frozen(x), frozen(y), tree, owners))
        return out

    def metres_one(self, x: float, y: float) -> float:
        """`metres` of one point, without array overhead."""
        out = np.inf
        for ask in self._asked:
            out = min(out, ask(x, y))
        return out

    def nearest(self, x: Floats, y: Floats) -> tuple[NDArray[np.int32], Floats]:
        """The grid with the nearest border (the lowest rank of equals), and how far that is; −1 and inf without any."""
        rank, metres = np.full(len(x), -1, dtype=np.int32), np.full(len(x), np.inf)
        for tree, owners in self._layers:
            found, far = nearest_grids(frozen(x), frozen(y), tree, owners)
            if len(self._layers) == 1:
                return found, far
            closer = far < metres - SAME_M
            equal = ~closer & (far <= metres + SAME_M)
            rank = np.where(closer, found, np.where(equal, np.minimum(found, rank), rank))
            metres = np.minimum(far, metres)
        return rank, metres

    def to_each(self, x: Floats, y: Floats, rank: NDArray[np.int32]) -> Floats:
        """From each point to the border of its own grid `rank` (n,); inf where that is −1."""
        out = np.full(len(x), np.inf)
        for (tree, owners), listed in zip(self._layers, self._by_grid, strict=True):
            out = np.minimum(out, metres_to_grids(frozen(x), frozen(y), frozen(rank), tree, owners, *listed))
        return out

    def within(self, x: Floats, y: Floats, metres: float) -> tuple[NDArray[np.int64], NDArray[np.int32], Floats]:
        """Every pair (point, rank, distance) of a point and a grid whose border is within `metres`, in any order."""
        found = [(np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0))]
        found += [
            grids_within(frozen(x), frozen(y), metres, tree, owners, self._count) for tree, owners in self._layers
        ]
        point, rank, far = (np.concatenate([part[k] for part in found]) for k in range(3))
        return point, rank, far

    @cached_property
    def _by_grid(self) -> list[tuple[NDArray[np.int64], NDArray[np.int32], Floats]]:
        """Of each layer, where each grid's edges start in a list of edges, that list, and the grids' bounds.

        Made when first asked for: few ask for the distance to a grid of their choice.
        """
        return [_listed(tree[0], owners, self._count) for tree, owners in self._layers]


def _listed(
    lines: Floats, owners: NDArray[np.int32], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], Floats]:
    owner = np.concatenate((owners[:, LEFT], owners[:, RIGHT]))
    member = np.argsort(owner, kind="stable")[np.count_nonzero(owner < 0) :]
    start = np.searchsorted(owner[member], np.arange(count + 1))
    member %= len(lines)
    bounds = np.full((count, 4), np.inf)
    bounds[:, 2:] = -np.inf
    first, second = lines[member, :2], lines[member, 2:4]
    held = np.diff(start) > 0
    bounds[held, :2] = np.minimum.reduceat(np.minimum(first, second), start[:-1][held])
    bounds[held, 2:] = np.maximum.reduceat(np.maximum(first, second), start[:-1][held])
    return start.astype(np.int64), member.astype(np.int32), bounds
