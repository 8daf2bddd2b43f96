"""Polygons of lattice rectangles and of unions of them, sharing their vertices exactly."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.sample.lattice import Lattice


def rectangles(lattice: Lattice, rect: NDArray[np.int64]) -> NDArray[np.object_]:
    """Polygons (n,) of lattice rectangles (n, 4) x0, y0, x1, y1; every lattice point on the border is a vertex."""
    out = np.empty(len(rect), dtype=object)
    size = rect[:, 2:] - rect[:, :2]
    unique, which = np.unique(size, axis=0, return_inverse=True)
    which = which.ravel()
    for k, (w, h) in enumerate(unique):
        at = np.nonzero(which == k)[0]
        x = np.concatenate([np.arange(w), np.full(h, w), np.arange(w, 0, -1), np.zeros(h, dtype=int), [0]])
        y = np.concatenate([np.zeros(w, dtype=int), np.arange(h), np.full(w, h), np.arange(h, 0, -1), [0]])
        out[at] = shapely.polygons(lattice.xy[rect[at, :1] + x, rect[at, 1:2] + y])
    return out


def unions(polygons: NDArray[np.object_], label: NDArray[np.int64], count: int) -> NDArray[np.object_]:
    """Union (count,) of the polygons with the same label; they must be one coverage."""
    order = np.argsort(label, kind="stable")
    edges = np.searchsorted(label[order], np.arange(count + 1))
    out = np.empty(count, dtype=object)
    for k in range(count):
        members = order[edges[k] : edges[k + 1]]
        out[k] = polygons[members[0]] if len(members) == 1 else shapely.coverage_union_all(polygons[members])
    return out


def paint(shape: tuple[int, int], rect: NDArray[np.int64]) -> NDArray[np.int32]:
    """Raster (shape) of lattice cells with the index of the rectangle that covers each, −1 for none."""
    raster = np.full(shape, -1, dtype=np.int32)
    flat = raster.reshape(-1)
    size = rect[:, 2:] - rect[:, :2]
    unique, which = np.unique(size, axis=0, return_inverse=True)
    which = which.ravel()
    for k, (w, h) in enumerate(unique):
        at = np.nonzero(which == k)[0]
        corner = rect[at, 0] * shape[1] + rect[at, 1]
        inside = (np.arange(w)[:, None] * shape[1] + np.arange(h)[None, :]).ravel()
        flat[(corner[:, None] + inside[None, :]).ravel()] = np.repeat(at, w * h)
    return raster


def neighbours(raster: NDArray[np.int32]) -> NDArray[np.int64]:
    """Pairs (m, 2) of different labels that share a lattice edge, each once, smaller first, with repeats dropped."""
    pairs = [
        np.stack([raster[:-1].ravel(), raster[1:].ravel()], axis=1),
        np.stack([raster[:, :-1].ravel(), raster[:, 1:].ravel()], axis=1),
    ]
    found = np.concatenate([p[(p[:, 0] != p[:, 1]) & (p >= 0).all(axis=1)] for p in pairs]).astype(np.int64)
    found.sort(axis=1)
    top = int(raster.max()) + 1
    return np.stack(np.divmod(np.unique(found[:, 0] * top + found[:, 1]), top), axis=1)
