"""All borders of all nets noded together: faces, who touches whom, and which grids claim each face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.partition.arcs import ring_segments
from geo.partition.nets.clean import CleanLayer
from geo.partition.nets.inputs import Within
from geo.partition.units.enclosures import find_holders
from geo.partition.units.order import canonical_order

OUTSIDE = -1


@dataclass(frozen=True, eq=False)
class Faces:
    """Pieces that no border crosses.

    Attributes
    ----------
    polygons : object (f,), Polygon, normalised, in canonical order.
    parent : int32 (f,), the area of `Within` that a face lies in (0 without areas), −1 outside.
    claim : int32 (f, layers), number of the claim of each net in `claims`; 0 is "nobody".
    claims : per net, tuples of code numbers, the lowest first; ``claims[l][0]`` is ().
    bounded : areas to be covered were given.
    one, two, length_m : int32, int32, float64 (e,), pairs of faces that share a border, each pair once, one < two.
    """

    polygons: NDArray[np.object_]
    parent: NDArray[np.int32]
    claim: NDArray[np.int32]
    claims: tuple[tuple[tuple[int, ...], ...], ...]
    bounded: bool
    one: NDArray[np.int32]
    two: NDArray[np.int32]
    length_m: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.polygons)


def make_faces(layers: tuple[CleanLayer, ...], within: Within | None, grid_m: float) -> Faces:
    """Node every ring of every net, and of the areas to be covered, in one planar subdivision.

    Parameters
    ----------
    layers : cleaned nets.
    within : the areas to be covered; None means all that a net claims.
    grid_m : noding grid, 0 for plain floating point.
    """
    shapes = [layer.polygons for layer in layers]
    if within is not None:
        shapes.append(np.asarray(within.polygons, dtype=object))
    net = shapely.union_all(_distinct_lines(np.concatenate(shapes)), grid_size=grid_m or None)
    polygons = shapely.normalize(shapely.get_parts(shapely.polygonize(shapely.get_parts(net))))
    polygons = polygons[canonical_order(polygons)]
    inner = shapely.point_on_surface(polygons)
    found = [_claims(layer, inner) for layer in layers]
    claim = np.column_stack([number for number, _ in found]).astype(np.int32)
    if within is None:
        parent = np.where(claim.any(axis=1), 0, OUTSIDE)
    else:
        areas = np.asarray(within.polygons, dtype=object)
        parent = find_holders(polygons, areas, shapely.union_all(areas))
    one, two, length = _neighbours(polygons)
    claims = tuple(table for _, table in found)
    return Faces(polygons, parent.astype(np.int32), claim, claims, within is not None, one, two, length)


def _distinct_lines(polygons: NDArray[np.object_]) -> NDArray[np.object_]:
    """The straight pieces of all rings, each once however many polygons share it, joined to lines."""
    seg = ring_segments(polygons)
    low, high = np.minimum(seg.start, seg.end), np.maximum(seg.start, seg.end)
    pair = np.unique(low * len(seg.xy) + high)
    ends = np.stack([pair // len(seg.xy), pair % len(seg.xy)], axis=1)
    pieces = shapely.linestrings(seg.xy[ends])
    return np.asarray(shapely.get_parts(shapely.line_merge(shapely.multilinestrings(pieces))), dtype=object)


def _claims(layer: CleanLayer, inner: NDArray[np.object_]) -> tuple[NDArray[np.int32], tuple[tuple[int, ...], ...]]:
    """For each face the number of its claim, and the claims: who holds the point inside it."""
    face, polygon = shapely.STRtree(layer.polygons).query(inner, predicate="intersects")
    pair = np.unique(np.stack([face, layer.code_of[polygon]], axis=1), axis=0)
    of_face: dict[int, list[int]] = {}
    for row, code in pair.tolist():
        of_face.setdefault(row, []).append(code)
    claims: list[tuple[int, ...]] = [(), *sorted({tuple(codes) for codes in of_face.values()})]
    number = {codes: k for k, codes in enumerate(claims)}
    out = np.zeros(len(inner), dtype=np.int32)
    out[list(of_face)] = [number[tuple(codes)] for codes in of_face.values()]
    return out, tuple(claims)


def _neighbours(polygons: NDArray[np.object_]) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    seg = ring_segments(polygons)
    at = np.flatnonzero(seg.twin >= 0)
    here, there, length = seg.owner[at].astype(np.int64), seg.owner[seg.twin[at]].astype(np.int64), seg.length[at]
    once = here < there
    here, there, length = here[once], there[once], length[once]
    # Sorted by length as well: the sum must not depend on where a ring happens to start.
    order = np.lexsort((length, there, here))
    here, there, length = here[order], there[order], length[order]
    first = np.flatnonzero((np.diff(here, prepend=-1) != 0) | (np.diff(there, prepend=-1) != 0))
    total = np.add.reduceat(length, first) if len(first) else np.empty(0)
    return here[first].astype(np.int32), there[first].astype(np.int32), total
