"""The common refinement: pieces in which every net says the same throughout."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.partition.nets.faces import OUTSIDE, Faces
from geo.partition.nets.inputs import MILLI, People
from geo.partition.nets.snap import Snapped
from geo.partition.nets.whole import group_sums, whole_parts
from geo.partition.units.attempt import dissolve
from geo.partition.units.order import canonical_order


@dataclass(frozen=True, eq=False)
class Atoms:
    """Connected pieces of one claim of every net, inside what is covered and beyond it.

    Those inside come first, each from west to east; they cover their area without gap or overlap.

    Attributes
    ----------
    polygons : object (n,), Polygon, metres; a shared border has the same vertices on both sides.
    inside : number of atoms that are covered, the first ones.
    parent : int32 (n,), number of the area that an atom lies in, −1 beyond.
    claim : int32 (n, layers), number of each net's claim, 0 for nobody's.
    label : int32 (n, layers), number of the code that each net gives the atom, −1 for none; where grids of one net
        overlap, the lowest code has it, as on a shared border.
    area_dm2 : int64 (n,), square decimetres; the sum is the rounded area.
    weight_milli : int64 (n,), thousandths of the weight of those who live in it.
    outside_milli : weight of those who live in no atom.
    of_person : int32 (b,), atom of each person given, −1 for none.
    """

    polygons: NDArray[np.object_]
    inside: int
    parent: NDArray[np.int32]
    claim: NDArray[np.int32]
    label: NDArray[np.int32]
    area_dm2: NDArray[np.int64]
    weight_milli: NDArray[np.int64]
    outside_milli: int
    of_person: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.polygons)


@dataclass(frozen=True, eq=False)
class SnapCount:
    """What joining thin faces did: to the whole, and to each net (arrays by layer).

    Attributes
    ----------
    pieces, area_m2, weight : the thin faces that joined a neighbour, and who lives on them.
    largest_m2, at : the largest of them and a place in it (None without any).
    dropped, dropped_m2 : thin pieces of nets beyond the edge of what is covered.
    filled_m2 : narrow gaps that no net claimed.
    changed_m2, changed_weight : float64 (layers,), where the net's own code gave way to another, or to none.
    """

    pieces: int
    area_m2: float
    weight: float
    largest_m2: float
    at: tuple[float, float] | None
    dropped: int
    dropped_m2: float
    filled_m2: float
    changed_m2: NDArray[np.float64]
    changed_weight: NDArray[np.float64]


def make_atoms(faces: Faces, snapped: Snapped, people: People) -> tuple[Atoms, SnapCount]:
    """Join faces that go by the same claims and touch, and count who lives in them.

    A person on a border counts in the first face that touches the point.
    """
    kept = snapped.root >= 0
    claim = faces.claim[snapped.root]
    parent = np.where(kept, faces.parent[snapped.root], OUTSIDE)
    used = kept & ((parent != OUTSIDE) | claim.any(axis=1))
    piece = _pieces(faces, used, parent, claim, snapped.root)
    first = np.unique(piece[used], return_index=True)[1]
    rows = np.flatnonzero(used)
    polygons = dissolve(faces.polygons[rows], piece[rows])
    beyond = parent[rows[first]] == OUTSIDE
    order = canonical_order(polygons)
    order = order[np.argsort(beyond[order], kind="stable")]
    rank = np.argsort(order)
    atom = np.where(used, rank[np.maximum(piece, 0)], -1)
    lead = rows[first][order]
    person_face = _face_of(faces, people.points)
    of_person = np.where(person_face >= 0, atom[person_face], -1).astype(np.int32)
    milli = np.rint(np.asarray(people.weight, dtype=np.float64) * MILLI).astype(np.int64)
    atoms = Atoms(
        polygons=polygons[order],
        inside=int((~beyond).sum()),
        parent=parent[lead].astype(np.int32),
        claim=claim[lead],
        label=np.column_stack([_first_code(faces.claims[k], claim[lead, k]) for k in range(claim.shape[1])]),
        area_dm2=whole_parts(shapely.area(polygons[order]) * 100),
        weight_milli=group_sums(milli, of_person.astype(np.int64), len(polygons)),
        outside_milli=int(milli[of_person < 0].sum()),
        of_person=of_person,
    )
    face_milli = group_sums(milli, person_face, len(faces))
    return atoms, _count(faces, snapped, atom, face_milli)


def _pieces(
    faces: Faces,
    used: NDArray[np.bool_],
    parent: NDArray[np.int32],
    claim: NDArray[np.int32],
    root: NDArray[np.int32],
) -> NDArray[np.int64]:
    """Number of the connected piece of equal claims that each face is in, −1 for faces that are not used."""
    one, two = faces.one, faces.two
    # A thin face may have joined its root by way of others: the claims alone decide, and they hang together.
    joined = used[one] & used[two] & (parent[one] == parent[two]) & (claim[one] == claim[two]).all(axis=1)
    n = len(faces)
    links = coo_array((np.ones(int(joined.sum()), np.int8), (one[joined], two[joined])), shape=(n, n))
    label = connected_components(links.tocsr(), directed=False)[1]
    out = np.full(n, -1, dtype=np.int64)
    out[used] = np.unique(label[used], return_inverse=True)[1]
    return out


def _first_code(claims: tuple[tuple[int, ...], ...], number: NDArray[np.int32]) -> NDArray[np.int32]:
    first = np.array([codes[0] if codes else -1 for codes in claims], dtype=np.int32)
    return np.asarray(first[number], dtype=np.int32)


def _face_of(faces: Faces, points: NDArray[np.object_]) -> NDArray[np.int64]:
    """The first face that each point touches, −1 for none."""
    out = np.full(len(points), -1, dtype=np.int64)
    if not len(points):
        return out
    row, face = shapely.STRtree(faces.polygons).query(np.asarray(points, dtype=object), predicate="intersects")
    order = np.lexsort((face, row))[::-1]  # written backwards, so that the first face stays
    out[row[order]] = face[order]
    return out


def _count(faces: Faces, snapped: Snapped, atom: NDArray[np.intp], face_milli: NDArray[np.int64]) -> SnapCount:
    root, own = snapped.root, np.arange(len(faces))
    area = np.asarray(shapely.area(faces.polygons), dtype=np.float64)
    claimed = faces.claim.any(axis=1)
    moved = (atom >= 0) & (root != own)
    # Faces of the last digits are no noise of anybody's drawing.
    told = moved & (area >= 1e-3)
    dropped = snapped.thin & (root < 0) & claimed
    differs = (faces.claim != faces.claim[root]) & moved[:, None]
    largest = int(np.argmax(np.where(told, area, -1.0))) if told.any() else -1
    at = None
    if largest >= 0:
        point = shapely.point_on_surface(faces.polygons[largest])
        at = (float(point.x), float(point.y))
    return SnapCount(
        pieces=int(told.sum()),
        area_m2=float(np.sort(area[moved]).sum()),
        weight=int(face_milli[moved].sum()) / MILLI,
        largest_m2=float(area[largest]) if largest >= 0 else 0.0,
        at=at,
        dropped=int((dropped & (area >= 1e-3)).sum()),
        dropped_m2=float(np.sort(area[dropped]).sum()),
        filled_m2=float(np.sort(area[moved & ~claimed]).sum()),
        changed_m2=np.array([float(np.sort(area[column]).sum()) for column in differs.T]),
        changed_weight=np.array([int(face_milli[column].sum()) / MILLI for column in differs.T]),
    )
