"""Which rows of a register speak of the same building: 1号楼 of one compound (小区) is not 1号楼 of another."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

# Doors of one building lie no farther apart, from each to the next: a slab of five stairwells has one every 20 m.
_NEXT_DOOR_M: Final = 60.0


def tell_apart(
    building: NDArray[np.object_], compound: NDArray[np.object_], xy_m: NDArray[np.float64]
) -> tuple[NDArray[np.object_], list[str]]:
    """Names of buildings that name one building each.

    Rows with the same compound and name are one building if one gets from each to the next in steps of 60 m; where the
    steps are longer, they are several. Rows without a place belong to the first of them.

    Parameters
    ----------
    building, compound : object (n,), strings, "" where unknown. xy_m : float64 (n, 2), metres, NaN where unknown.

    Returns
    -------
    object (n,), "" where `building` is; and the names, sorted, that turned out to mean several buildings in one
    compound.
    """
    own = np.array(
        [f"{area}\0{name}" if name else "" for area, name in zip(compound, building, strict=True)], dtype=object
    )
    rows_of: dict[str, list[int]] = {}
    for row in np.flatnonzero((own != "") & np.isfinite(xy_m).all(axis=1)).tolist():
        rows_of.setdefault(own[row], []).append(row)
    several: set[str] = set()
    for rows in rows_of.values():
        part = _clusters(xy_m[rows])
        if part is None:
            continue
        several.add(str(building[rows[0]]))
        for row, number in zip(rows, part.tolist(), strict=True):
            if number:
                own[row] = f"{own[row]}\0{number}"
    return own, sorted(several)


def name_of(house: str) -> str:
    """A name of `tell_apart` for people: "阳光小区 1号楼"."""
    return " ".join(filter(None, house.split("\0")[:2]))


def _clusters(xy_m: NDArray[np.float64]) -> NDArray[np.int64] | None:
    """Number of the building that each door belongs to, the westernmost being 0; None for a single one."""
    if np.ptp(xy_m, axis=0).max() <= _NEXT_DOOR_M:
        return None
    doors, door = np.unique(xy_m, axis=0, return_inverse=True)
    pairs = KDTree(doors).query_pairs(_NEXT_DOOR_M, output_type="ndarray")
    links = coo_array((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(len(doors), len(doors)))
    count, label = connected_components(links.tocsr(), directed=False)
    if count == 1:
        return None
    # Doors are sorted, so numbers in the order of their first doors do not depend on the rows.
    first = np.unique(label, return_index=True)[1]
    rank = np.empty(count, dtype=np.int64)
    rank[np.argsort(first)] = np.arange(count)
    number: NDArray[np.int64] = rank[label][door.ravel()]
    return number
