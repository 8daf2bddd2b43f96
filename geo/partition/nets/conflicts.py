"""Where nets disagree, in square metres and in people; gaps and overlaps of each net as conflicts of their own.

Codes of two nets mean nothing to one another, so they are matched first: one to one, such that the matched pairs hold
as much as possible of what both nets cover (mass: mean of the shares of area and weight; an assignment problem). Two
nets *disagree* at a place where both have a grid and these are not matched to one another.

Nets of different grain (40 grids against 400) disagree nearly everywhere by that measure, even if each small grid lies
within one large grid. So each pair is measured by `crossing` too: what of a grid lies outside the one grid of the other
net that holds most of it. It is 0 where one net subdivides the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.partition.nets.agree import mass_of
from geo.partition.nets.base import BaseNet
from geo.partition.nets.refine import Refinement


@dataclass(frozen=True)
class Amount:
    """Whole numbers: square decimetres and thousandths of weight."""

    area_dm2: int
    weight_milli: int


@dataclass(frozen=True)
class PairConflict:
    """Two nets, `a` < `b` (numbers of layers).

    Attributes
    ----------
    agree, disagree : where both have a grid. only_a, only_b : where one of them has none. neither : where both.
    crossing_a : of the grids of `a`, what lies in another grid of `b` than most of the grid does; `crossing_b`
        likewise.
    matched : code pairs that go together.
    """

    a: int
    b: int
    agree: Amount
    disagree: Amount
    only_a: Amount
    only_b: Amount
    neither: Amount
    crossing_a: Amount
    crossing_b: Amount
    matched: int


@dataclass(frozen=True)
class Overlap:
    """Grids of one net that claim the same place."""

    layer: int
    codes: tuple[int, ...]
    amount: Amount


@dataclass(frozen=True, eq=False)
class Conflicts:
    """All that nets disagree on, inside what is covered.

    Attributes
    ----------
    pairs : every pair of nets.
    disagreeing : int32 (inside,), how many pairs of nets disagree at each atom.
    dissent : bool (inside, layers), the net has a grid there, but not the one that is matched to the base grid.
    gap : bool (inside, layers), the net has no grid there. overlap : bool (inside, layers), it has several.
    gaps, dissents : per net, in all. overlaps : per net and set of codes.
    contested : where at least two nets disagree, in all.
    incomplete : where some nets have a grid and others none, in all.
    by_grid : per base grid, what of it is contested.
    """

    pairs: tuple[PairConflict, ...]
    disagreeing: NDArray[np.int32]
    dissent: NDArray[np.bool_]
    gap: NDArray[np.bool_]
    overlap: NDArray[np.bool_]
    gaps: tuple[Amount, ...]
    dissents: tuple[Amount, ...]
    overlaps: tuple[Overlap, ...]
    contested: Amount
    incomplete: Amount
    by_grid: tuple[Amount, ...]


def find_conflicts(ref: Refinement, base: BaseNet) -> Conflicts:
    """Compare every net with every other one and with the base net."""
    count = ref.atoms.inside
    label, claim = ref.atoms.label[:count], ref.atoms.claim[:count]
    area, weight = ref.atoms.area_dm2[:count], ref.atoms.weight_milli[:count]
    mass = mass_of(area, weight)
    sums = _Sums(area, weight)
    layers = label.shape[1]
    disagreeing = np.zeros(count, dtype=np.int32)
    pairs = []
    for a in range(layers):
        for b in range(a + 1, layers):
            pair, differs = _compare(a, b, label, mass, sums)
            disagreeing += differs
            pairs.append(pair)
    gap = label < 0
    dissent = np.zeros((count, layers), dtype=bool)
    overlap = np.zeros((count, layers), dtype=bool)
    overlaps: list[Overlap] = []
    for layer in range(layers):
        match = match_codes(label[:, layer], base.grid_of_atom, mass)
        dissent[:, layer] = ~gap[:, layer] & (match[label[:, layer]] != base.grid_of_atom)
        several = np.array([len(codes) > 1 for codes in ref.claims[layer]])
        overlap[:, layer] = several[claim[:, layer]]
        overlaps += [
            Overlap(layer, ref.claims[layer][number], sums.of(claim[:, layer] == number))
            for number in np.unique(claim[overlap[:, layer], layer]).tolist()
        ]
    contested = disagreeing > 0
    return Conflicts(
        pairs=tuple(pairs),
        disagreeing=disagreeing,
        dissent=dissent,
        gap=gap,
        overlap=overlap,
        gaps=tuple(sums.of(column) for column in gap.T),
        dissents=tuple(sums.of(column) for column in dissent.T),
        overlaps=tuple(overlaps),
        contested=sums.of(contested),
        incomplete=sums.of(np.asarray(gap.any(axis=1) & ~gap.all(axis=1))),
        by_grid=tuple(sums.of(contested & (base.grid_of_atom == grid)) for grid in range(len(base.codes))),
    )


def match_codes(one: NDArray[np.int32], two: NDArray[np.int32], mass: NDArray[np.int64]) -> NDArray[np.int64]:
    """The best one-to-one matching of two labellings by shared mass.

    Parameters
    ----------
    one, two : int32 (n,), −1 for none.
    mass : int64 (n,), > 0.

    Returns
    -------
    int64 (codes of `one` + 1,)
        Code of `two` for each code of `one`, −1 for one that is matched to none; the last entry is −1, so that label
        −1 finds it.
    """
    width_one, width_two = int(one.max(initial=-1)) + 1, int(two.max(initial=-1)) + 1
    match = np.full(width_one + 1, -1, dtype=np.int64)
    both = (one >= 0) & (two >= 0)
    if not both.any():
        return match
    cell, place = np.unique(one[both].astype(np.int64) * width_two + two[both], return_inverse=True)
    shared = np.zeros(len(cell), dtype=np.int64)
    np.add.at(shared, place, mass[both])
    row, column = cell // width_two, cell % width_two
    n = width_one + width_two
    links = coo_array((np.ones(len(cell), np.int8), (row, width_one + column)), shape=(n, n))
    # Grids that are not linked by any overlap are matched apart: small problems instead of a large one.
    group = connected_components(links.tocsr(), directed=False)[1][row]
    order = np.argsort(group, kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        rows, r = np.unique(row[part], return_inverse=True)
        columns, c = np.unique(column[part], return_inverse=True)
        table = np.zeros((len(rows), len(columns)))
        table[r, c] = shared[part]
        chosen = linear_sum_assignment(table, maximize=True)
        real = table[chosen] > 0
        match[rows[chosen[0][real]]] = columns[chosen[1][real]]
    return match


@dataclass(frozen=True, eq=False)
class _Sums:
    area_dm2: NDArray[np.int64]
    weight_milli: NDArray[np.int64]

    def of(self, where: NDArray[np.bool_]) -> Amount:
        return Amount(int(self.area_dm2[where].sum()), int(self.weight_milli[where].sum()))


def _compare(
    a: int, b: int, label: NDArray[np.int32], mass: NDArray[np.int64], sums: _Sums
) -> tuple[PairConflict, NDArray[np.bool_]]:
    one, two = label[:, a], label[:, b]
    match = match_codes(one, two, mass)
    both = (one >= 0) & (two >= 0)
    differs = both & (match[one] != two)
    pair = PairConflict(
        a=a,
        b=b,
        agree=sums.of(both & ~differs),
        disagree=sums.of(differs),
        only_a=sums.of((one >= 0) & (two < 0)),
        only_b=sums.of((one < 0) & (two >= 0)),
        neither=sums.of((one < 0) & (two < 0)),
        crossing_a=sums.of(both & (_dominant(one, two, mass)[one] != two)),
        crossing_b=sums.of(both & (_dominant(two, one, mass)[two] != one)),
        matched=int((match >= 0).sum()),
    )
    return pair, differs


def _dominant(one: NDArray[np.int32], two: NDArray[np.int32], mass: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each code of `one` the code of `two` that holds most of it, the lower of equals; −1 for none."""
    out = np.full(int(one.max(initial=-1)) + 2, -1, dtype=np.int64)
    both = (one >= 0) & (two >= 0)
    width = int(two.max(initial=-1)) + 1
    cell, place = np.unique(one[both].astype(np.int64) * width + two[both], return_inverse=True)
    shared = np.zeros(len(cell), dtype=np.int64)
    np.add.at(shared, place, mass[both])
    order = np.lexsort((-cell, shared))  # the largest last, the lower code last of equals
    out[cell[order] // max(width, 1)] = cell[order] % max(width, 1)
    return out
