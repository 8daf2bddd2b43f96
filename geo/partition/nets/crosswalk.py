"""From old codes to base codes, in whole numbers whose sums add up; and values carried over by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.partition.nets.base import BaseNet
from geo.partition.nets.refine import Refinement
from geo.partition.nets.whole import MILLION, share_out

# Values that are no whole numbers are divided in millionths.
_FRACTION = 1_000_000


@dataclass(frozen=True, eq=False)
class Crosswalk:
    """Rows by net, old code and base code. "" as old code: where the net has no grid; as base code: beyond the base.

    Attributes
    ----------
    layer : int32 (r,). old, base : object (r,), codes.
    area_dm2, weight_milli : int64 (r,); for each net they sum to the same: everything that any net or person claims.
    share_area, share_weight : int64 (r,), millionths of the old grid's area and weight; each old grid's sum is a
        million. Where nobody lives, the weight's shares are those of the area.
    """

    layer: NDArray[np.int32]
    old: NDArray[np.object_]
    base: NDArray[np.object_]
    area_dm2: NDArray[np.int64]
    weight_milli: NDArray[np.int64]
    share_area: NDArray[np.int64]
    share_weight: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.old)


def make_crosswalk(ref: Refinement, base: BaseNet) -> Crosswalk:
    """Add up the atoms by old and base code.

    Each row is a sum of whole numbers of atoms, so nothing is lost between rows. People who live in no atom count in
    the row ("", ""). A code without a row (its polygons collapsed, or overlaps gave all of it to others) has one of 0.
    """
    atoms = ref.atoms
    grid = np.full(len(atoms), -1, dtype=np.int64)
    grid[: atoms.inside] = base.grid_of_atom
    parts = [_rows(ref, layer, grid, len(base.codes)) for layer in range(len(ref.layers))]
    old_codes = [np.array([*layer.codes, ""], dtype=object) for layer in ref.layers]
    base_codes = np.array([*base.codes, ""], dtype=object)
    layer_of, old, new, area, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
    names = np.array([old_codes[k][code] for k, code in zip(layer_of, old, strict=True)], dtype=object)
    share_area, share_weight = np.zeros(len(old), np.int64), np.zeros(len(old), np.int64)
    bounds = np.flatnonzero(np.concatenate([[True], (np.diff(layer_of) != 0) | (np.diff(old) != 0), [True]]))
    for first, after in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        rows = slice(first, after)
        share_area[rows] = share_out(MILLION, area[rows])
        share_weight[rows] = share_out(MILLION, weight[rows] if weight[rows].any() else area[rows])
    return Crosswalk(layer_of.astype(np.int32), names, base_codes[new], area, weight, share_area, share_weight)


def carry(crosswalk: Crosswalk, layer: int, values: Mapping[str, float], by: str = "weight") -> dict[str, float]:
    """Carry a value known per old grid over to the base net, by share of weight (of area where nobody lives).

    Parameters
    ----------
    layer : number of the net that the values belong to.
    values : old code -> value. Whole numbers stay whole; others are divided in millionths.
    by : "weight" or "area".

    Returns
    -------
    dict
        Base code -> value, "" for what lies beyond the base net; the sum is that of `values`.
    """
    whole = all(float(value).is_integer() for value in values.values())
    scale = 1 if whole else _FRACTION
    sums: dict[str, int] = {}
    rows_of: dict[str, list[int]] = {}
    for row in np.flatnonzero(crosswalk.layer == layer).tolist():
        rows_of.setdefault(crosswalk.old[row], []).append(row)
    for code in sorted(values):
        total = round(values[code] * scale)
        rows = rows_of.get(code, [])
        if not rows:
            sums[""] = sums.get("", 0) + total
            continue
        weight = crosswalk.weight_milli[rows]
        shares = crosswalk.area_dm2[rows] if by == "area" or not weight.any() else weight
        for row, part in zip(rows, share_out(total, shares).tolist(), strict=True):
            sums[crosswalk.base[row]] = sums.get(crosswalk.base[row], 0) + part
    return {code: sums[code] / scale if scale != 1 else sums[code] for code in sorted(sums)}


def _rows(
    ref: Refinement, layer: int, grid: NDArray[np.int64], grids: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Layer, old code, base grid, area and weight of each row of one net; −1 for none; old codes first, none last."""
    atoms = ref.atoms
    codes = len(ref.layers[layer].codes)
    old = atoms.label[:, layer].astype(np.int64)
    width = grids + 1
    # None is put last, as number `codes` and `grids`.
    key = np.where(old < 0, codes, old) * width + np.where(grid < 0, grids, grid)
    empty = np.setdiff1d(np.arange(codes), old) * width + grids
    extra = [codes * width + grids] if atoms.outside_milli else []
    names, place = np.unique(np.concatenate([key, empty, extra]).astype(np.int64), return_inverse=True)
    area, weight = np.zeros(len(names), np.int64), np.zeros(len(names), np.int64)
    np.add.at(area, place[: len(key)], atoms.area_dm2)
    np.add.at(weight, place[: len(key)], atoms.weight_milli)
    if atoms.outside_milli:
        weight[place[-1]] += atoms.outside_milli
    old_out, new_out = names // width, names % width
    old_out, new_out = np.where(old_out == codes, -1, old_out), np.where(new_out == grids, -1, new_out)
    return np.full(len(names), layer), old_out, new_out, area, weight
