"""Noise between nets: hair-thin faces join the neighbour that most nets agree with. Nothing moves, nothing is cut."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.partition.nets.faces import OUTSIDE, Faces

# A face under this comes from the last digits of coordinates, not from a drawing; it joins a neighbour always.
SLIVER_M2 = 1e-3


@dataclass(frozen=True, eq=False)
class Snapped:
    """What each face goes by.

    Attributes
    ----------
    thin : bool (f,), faces that were taken for noise.
    root : int32 (f,), the face whose claims and area a face goes by; itself unless it is thin; −1 dropped: noise
        beyond the edge of what is covered.
    """

    thin: NDArray[np.bool_]
    root: NDArray[np.int32]


def snap_faces(faces: Faces, trust: NDArray[np.int64], tolerance_m: float) -> Snapped:
    """Give every thin face to a face that is not.

    The best pair goes first: the one in whose claims most nets agree (by trust), then the one with the longer border,
    then the lower numbers. So several drawings of one border come to lie where most of them have it, and each region
    stays in one piece. A face never leaves its area.

    Parameters
    ----------
    trust : int64 (layers,), > 0.
    tolerance_m : a face is thin if no disc of this diameter fits into it.
    """
    thin = thin_faces(faces.polygons, tolerance_m)
    parent = faces.parent.copy()
    claimed = faces.claim.any(axis=1)
    if not faces.bounded:
        # Where no area is given, a narrow gap that no net claims belongs to whoever is beside it.
        parent[thin & ~claimed] = 0
    root = np.where(thin, OUTSIDE, np.arange(len(faces))).astype(np.int32)
    root[(parent == OUTSIDE) & ~claimed] = OUTSIDE
    _grow(faces, parent, trust, root)
    # What has no neighbour to join stays by itself inside, and is dropped outside.
    alone = (root < 0) & (faces.parent != OUTSIDE)
    root[alone] = np.flatnonzero(alone)
    return Snapped(thin, root)


def thin_faces(polygons: NDArray[np.object_], tolerance_m: float) -> NDArray[np.bool_]:
    """Which polygons hold no disc with the diameter `tolerance_m`; bool (f,)."""
    area, length = shapely.area(polygons), shapely.length(polygons)
    thin = np.asarray(area < SLIVER_M2, dtype=np.bool_)
    if tolerance_m <= 0:
        return thin
    bounds = shapely.bounds(polygons)
    least = np.minimum(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1])
    thin |= least < tolerance_m
    # Area ≤ perimeter × radius of the inscribed circle (Bonnesen): wider on average than the tolerance is not thin.
    unsure = np.flatnonzero(~thin & (2 * area <= tolerance_m * length))
    core = shapely.buffer(polygons[unsure], -tolerance_m / 2, quad_segs=2, join_style="mitre")
    thin[unsure] = shapely.is_empty(core)
    return thin


def _grow(faces: Faces, parent: NDArray[np.int32], trust: NDArray[np.int64], root: NDArray[np.int32]) -> None:
    """Spread the roots over the thin faces beside them, in place."""
    same = parent[faces.one] == parent[faces.two]
    here = np.concatenate([faces.one[same], faces.two[same]])
    there = np.concatenate([faces.two[same], faces.one[same]])
    border = np.concatenate([faces.length_m[same]] * 2)
    order = np.lexsort((there, here))
    here, there, border = here[order], there[order], border[order]
    start = np.searchsorted(here, np.arange(len(faces) + 1)).tolist()
    claim, weights = faces.claim, trust
    # First all pairs at once, later one at a time as faces find their root.
    open_ = (root[here] < 0) & (root[there] >= 0)
    score = ((claim[here[open_]] == claim[root[there[open_]]]) * weights).sum(axis=1)
    heap = list(
        zip(
            (-score).tolist(), (-border[open_]).tolist(), root[there[open_]].tolist(), here[open_].tolist(), strict=True
        )
    )
    heapq.heapify(heap)
    while heap:
        _, _, best, face = heapq.heappop(heap)
        if root[face] >= 0:
            continue
        root[face] = best
        span = slice(start[face], start[face + 1])
        others = there[span]
        free = root[others] < 0
        if not free.any():
            continue
        others = others[free]
        score = ((claim[others] == claim[best]) * weights).sum(axis=1)
        for entry in zip(
            (-score).tolist(), (-border[span][free]).tolist(), [best] * len(others), others.tolist(), strict=True
        ):
            heapq.heappush(heap, entry)
