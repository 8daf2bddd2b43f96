"""The unit graph: weights, who touches whom, and along how many metres."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from geo.errors import InvalidInput
from geo.partition.arcs import Segments, ring_segments

# How far two borders may lie apart and still be one. Covers T-junctions after a projection (a vertex on the middle of
# a straight edge moves off it by millimetres); far below any real gap, which `check_drawing` reports from 1 cm on.
MATCH_M = 0.05


@dataclass(frozen=True, eq=False)
class UnitGraph:
    """Units and their adjacency in compressed rows, each pair stored in both directions.

    Attributes
    ----------
    weight : float64 (n,), ≥ 0, persons or households.
    indptr : int64 (n + 1,), row i's neighbours are ``indices[indptr[i]:indptr[i + 1]]``.
    indices : int32 (m,), unit indices; no unit is its own neighbour, no neighbour is listed twice.
    border_m : float64 (m,), length of the shared border, ≥ 0; the same number in both directions. None counts each
        border as 1.
    xy_m : float64 (n, 2), a point of each unit in metres (any planar system does); None, or NaN throughout, if
        unknown.
    along : float64 (m,), 0 … 1, share of each border that runs along a barrier; grids prefer to end there. None means
        that there are no barriers.
    workload : float64 (n, w), ≥ 0, further weights that are balanced beside `weight`, each with a tolerance of its own
        (see `PartitionSpec.workload_tolerance`). None for none.
    closed : bool (m,), adjacencies that no grid may use, since a hard barrier lies between. None for none.

    Raises
    ------
    InvalidInput
        An array has the wrong shape, or the adjacency is not symmetric.
    """

    weight: NDArray[np.float64]
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    border_m: NDArray[np.float64] | None = None
    xy_m: NDArray[np.float64] | None = None
    along: NDArray[np.float64] | None = None
    workload: NDArray[np.float64] | None = None
    closed: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        """Bring the arrays to their types and check them."""
        weight = np.ascontiguousarray(self.weight, dtype=np.float64)
        indptr = np.ascontiguousarray(self.indptr, dtype=np.int64)
        indices = np.ascontiguousarray(self.indices, dtype=np.int32)
        object.__setattr__(self, "weight", weight)
        object.__setattr__(self, "indptr", indptr)
        object.__setattr__(self, "indices", indices)
        for name in ("border_m", "along", "workload", "closed"):
            value = getattr(self, name)
            if value is not None:
                dtype = np.bool_ if name == "closed" else np.float64
                object.__setattr__(self, name, np.ascontiguousarray(value, dtype=dtype))
        if self.xy_m is not None:
            xy = np.ascontiguousarray(self.xy_m, dtype=np.float64)
            # A file without coordinates may say so by NaN throughout.
            object.__setattr__(self, "xy_m", None if xy.size and np.isnan(xy).all() else xy)
        _check_graph(self)

    def __len__(self) -> int:
        return len(self.weight)

    @property
    def weights(self) -> NDArray[np.float64]:
        """float64 (n, 1 + w): `weight` and the columns of `workload`."""
        parts = [self.weight[:, None]] if self.workload is None else [self.weight[:, None], self.workload]
        return np.ascontiguousarray(np.concatenate(parts, axis=1))

    @property
    def source(self) -> NDArray[np.int32]:
        """int32 (m,): the row that each entry of `indices` stands in."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.indptr))


def graph_of(polygons_m: NDArray[Any], weight: NDArray[Any], min_border_m: float = 0.5) -> UnitGraph:
    """Build the unit graph of a polygon cover.

    Borders are matched vertex for vertex first. What is left over (files whose neighbours do not share all their
    vertices, as census files) is matched by lying within 5 cm of each other and running in opposite directions.

    Parameters
    ----------
    polygons_m : object (n,)
        Polygon or MultiPolygon in a metric system.
    weight : float64 (n,)
        Persons or households, ≥ 0.
    min_border_m : float
        Pairs that share less than this many metres only touch at a corner and are no neighbours.

    Returns
    -------
    UnitGraph
        `xy_m` is a point inside each polygon.
    """
    polygons = np.asarray(polygons_m, dtype=object)
    bad = np.flatnonzero(shapely.is_missing(polygons) | shapely.is_empty(polygons))
    if len(bad):
        raise InvalidInput("unit_without_polygon", row=int(bad[0]) + 1, count=len(bad))
    seg = ring_segments(polygons)
    paired = np.flatnonzero(seg.twin >= 0)
    left = [seg.owner[paired]]
    right = [seg.owner[seg.twin[paired]]]
    metres = [seg.length[paired]]
    near = near_pairs(seg, np.flatnonzero(seg.twin < 0), MATCH_M)
    left += [near.left, near.right]
    right += [near.right, near.left]
    metres += [near.metres, near.metres]
    n = len(polygons)
    a, b, length = (np.concatenate(parts) for parts in (left, right, metres))
    other = a != b
    a, b, length = _sum_pairs(a[other], b[other], length[other], n)
    keep = length >= min_border_m
    a, b, length = a[keep], b[keep], length[keep]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(a, minlength=n))])
    inner = shapely.point_on_surface(polygons)
    return UnitGraph(
        weight=np.asarray(weight, dtype=np.float64),
        indptr=indptr,
        indices=b.astype(np.int32),
        border_m=length,
        xy_m=shapely.get_coordinates(inner),
    )


@dataclass(frozen=True, eq=False)
class NearPairs:
    """Pairs of polygons whose segments run along each other without sharing their vertices."""

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    metres: NDArray[np.float64]


def near_pairs(seg: Segments, which: NDArray[np.int64], tolerance_m: float) -> NearPairs:
    """Measure how far the segments `which` of different polygons run along each other, in opposite directions.

    Parameters
    ----------
    which : int64 (k,)
        Numbers of the segments to compare.
    tolerance_m : float
        The two may lie this far apart at both ends of their common stretch.
    """
    none = np.empty(0, np.int32)
    if not len(which):
        return NearPairs(none, none, np.empty(0))
    p, q = seg.xy[seg.start[which]], seg.xy[seg.end[which]]
    lines = np.asarray(shapely.linestrings(np.stack([p, q], axis=1)), dtype=object)
    i, j = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=tolerance_m)
    owner = seg.owner[which]
    pair = owner[i] < owner[j]
    i, j = i[pair], j[pair]
    # Measure along the longer of the two: its direction is the steadier one.
    length = np.hypot(*(q - p).T)
    base, rest = np.where(length[i] >= length[j], i, j), np.where(length[i] >= length[j], j, i)
    along = (q - p)[base] / length[base][:, None]
    s0 = np.einsum("ij,ij->i", p[rest] - p[base], along)
    s1 = np.einsum("ij,ij->i", q[rest] - p[base], along)
    d0 = _cross(along, p[rest] - p[base])
    d1 = _cross(along, q[rest] - p[base])
    low, high = np.clip(s1, 0, length[base]), np.clip(s0, 0, length[base])
    metres = high - low
    opposite = metres > 0
    i, j, base = i[opposite], j[opposite], base[opposite]
    s0, s1, d0, d1, low, high = (x[opposite] for x in (s0, s1, d0, d1, low, high))
    slope = (d1 - d0) / (s1 - s0)
    apart = np.maximum(np.abs(d0 + slope * (low - s0)), np.abs(d0 + slope * (high - s0)))
    close = apart <= tolerance_m
    return NearPairs(owner[i][close], owner[j][close], (high - low)[close])


def pieces_of(labels: NDArray[Any], graph: UnitGraph) -> NDArray[np.int32]:
    """Number the connected pieces of the labelled parts: int32 (n,), two units share a number if they are linked.

    Units with a negative label are linked to nothing, and nothing is linked through a closed border.
    """
    source = graph.source
    labels = np.asarray(labels)
    inside = (labels[source] == labels[graph.indices]) & (labels[source] >= 0)
    if graph.closed is not None:
        inside &= ~graph.closed
    n = len(graph)
    # Rows keep their order, so that the links are a compressed matrix as they stand.
    before = np.concatenate([[0], np.cumsum(inside, dtype=np.int32)]).astype(np.int32)
    links = csr_array((np.ones(before[-1], np.int8), graph.indices[inside], before[graph.indptr]), shape=(n, n))
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int32)


def _cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], dtype=np.float64)


def _sum_pairs(
    a: NDArray[np.int32], b: NDArray[np.int32], length: NDArray[np.float64], n: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Add up the lengths of each directed pair; sorted first, so that the sum does not depend on the rows' order."""
    low, high = np.minimum(a, b).astype(np.int64), np.maximum(a, b).astype(np.int64)
    order = np.lexsort((length, high, low))
    key = (low * n + high)[order]
    first = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]])) if len(key) else np.empty(0, np.int64)
    # Every border was met from both sides.
    total = np.add.reduceat(length[order], first) / 2 if len(first) else np.empty(0)
    low, high = key[first] // n, key[first] % n
    rows, columns = np.concatenate([low, high]), np.concatenate([high, low])
    total = np.concatenate([total, total])
    order = np.lexsort((columns, rows))
    return rows[order], columns[order], total[order]


def _check_workload(workload: NDArray[np.float64], n: int) -> None:
    if workload.ndim != 2 or len(workload) != n:
        raise InvalidInput("graph_workload_shape", got=workload.shape, units=n)
    bad = np.argwhere(~np.isfinite(workload) | (workload < 0))
    if len(bad):
        row, column = bad[0].tolist()
        raise InvalidInput(
            "unit_workload_bad", row=row + 1, column=column + 1, value=float(workload[row, column]), count=len(bad)
        )


def _check_graph(graph: UnitGraph) -> None:
    n, m = len(graph.weight), len(graph.indices)
    if graph.weight.ndim != 1 or graph.indptr.shape != (n + 1,) or graph.indices.ndim != 1:
        raise InvalidInput("graph_shape", units=n, indptr=graph.indptr.shape, indices=graph.indices.shape)
    if graph.indptr[0] != 0 or graph.indptr[-1] != m or (np.diff(graph.indptr) < 0).any():
        raise InvalidInput("graph_indptr", first=int(graph.indptr[0]), last=int(graph.indptr[-1]), entries=m)
    if m and (graph.indices.min() < 0 or graph.indices.max() >= n):
        raise InvalidInput("graph_index", got=int(graph.indices.max()), units=n)
    bad = np.flatnonzero(~np.isfinite(graph.weight) | (graph.weight < 0))
    if len(bad):
        raise InvalidInput("unit_weight_bad", row=int(bad[0]) + 1, value=float(graph.weight[bad[0]]), count=len(bad))
    if graph.along is not None and (graph.along.shape != (m,) or not ((graph.along >= 0) & (graph.along <= 1)).all()):
        raise InvalidInput("graph_along_bad", got=graph.along.shape, entries=m)
    if graph.workload is not None:
        _check_workload(graph.workload, n)
    if graph.closed is not None and graph.closed.shape != (m,):
        raise InvalidInput("graph_closed_bad", got=graph.closed.shape, entries=m)
    if graph.border_m is not None:
        if graph.border_m.shape != (m,):
            raise InvalidInput("graph_border_shape", got=graph.border_m.shape, entries=m)
        if not (np.isfinite(graph.border_m) & (graph.border_m >= 0)).all():
            raise InvalidInput("graph_border_bad", value=float(graph.border_m.min(initial=0.0)))
    if graph.xy_m is not None:
        if graph.xy_m.shape != (n, 2):
            raise InvalidInput("graph_xy_shape", got=graph.xy_m.shape, units=n)
        bad = np.flatnonzero(~np.isfinite(graph.xy_m).all(axis=1))
        if len(bad):
            raise InvalidInput("graph_xy_bad", row=int(bad[0]) + 1, count=len(bad))
    _check_pairs(graph)


def _check_pairs(graph: UnitGraph) -> None:
    """Loops, neighbours listed twice, one-way neighbours, borders of two lengths."""
    n = len(graph)
    border = np.ones(len(graph.indices)) if graph.border_m is None else graph.border_m
    # The entry's value tells the border; turning the matrix over puts each entry where its other direction stands.
    forward = csr_array((border, graph.indices, graph.indptr), shape=(n, n), copy=True)
    forward.sort_indices()
    source = graph.source
    twice = source[1:][(np.diff(forward.indices) == 0) & (source[1:] == source[:-1])]
    loops = np.concatenate([source[source == forward.indices], twice])
    if len(loops):
        raise InvalidInput("graph_loop", row=int(loops[0]) + 1)
    backward = forward.T.tocsr()
    if not np.array_equal(forward.indptr, backward.indptr) or not np.array_equal(forward.indices, backward.indices):
        there = source.astype(np.int64) * n + graph.indices
        lone = np.flatnonzero(~np.isin(there, graph.indices.astype(np.int64) * n + source))[0]
        raise InvalidInput("graph_one_way", row=int(source[lone]) + 1, other=int(graph.indices[lone]) + 1)
    if graph.border_m is not None and not np.allclose(forward.data, backward.data, rtol=1e-9, atol=1e-9):
        raise InvalidInput("graph_border_one_way")


def trusted(**arrays: NDArray[Any] | None) -> UnitGraph:
    """A graph from arrays of the right types that come from a checked graph: the check of a large one takes seconds.

    Parameters
    ----------
    arrays
        The attributes of `UnitGraph` by name; those left out are None.
    """
    graph = object.__new__(UnitGraph)
    for field in fields(UnitGraph):
        object.__setattr__(graph, field.name, arrays.get(field.name))
    return graph
