"""One base net out of the atoms: by precedence, by agreement, or as drawn by hand; with codes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidInput
from geo.partition.codes import assign_codes
from geo.partition.nets.agree import agreement, mass_of, median_net
from geo.partition.nets.pieces import Tidied, tidy
from geo.partition.nets.refine import Refinement

Method = Literal["lead", "agree", "plan"]


@dataclass(frozen=True)
class BaseWish:
    """How the base net is made.

    Attributes
    ----------
    method : "lead" (the first net that covers a place gives it its grid) or "agree" (the median net).
    lead : names of nets, the first wins; the others follow by name.
    least_m2 : smaller pieces join the neighbour with the longest border.
    codes_from : name of the net whose codes go on where grids overlap most; None numbers anew.
    taken : codes that no grid may get.
    """

    method: Method = "agree"
    lead: tuple[str, ...] = ()
    least_m2: float = 200.0
    codes_from: str | None = None
    taken: Collection[str] = ()


@dataclass(frozen=True, eq=False)
class BaseNet:
    """The base net.

    Attributes
    ----------
    grid_of_atom : int32 (inside,), number of the grid of each atom inside.
    codes : object (grids,), the code of each grid.
    parent : int32 (grids,), the area that each grid lies in.
    merged, merged_m2, left_small : small pieces that joined a neighbour, and those that had none.
    unclaimed : numbers of grids that no net had: gaps too large to give away.
    start : where the search for the median net began ("" for other methods).
    agreement : float64 (layers,), share of pairs of ground on which the base net and each net say the same.
    best_layer : the same of the given nets against one another, by trust: (name, mean agreement) of the best of them.
    mean_agreement : mean of `agreement` by trust.
    """

    grid_of_atom: NDArray[np.int32]
    codes: NDArray[np.object_]
    parent: NDArray[np.int32]
    merged: int
    merged_m2: float
    left_small: int
    unclaimed: tuple[int, ...]
    start: str
    agreement: NDArray[np.float64]
    best_layer: tuple[str, float]
    mean_agreement: float


def draw_base(ref: Refinement, wish: BaseWish, parent_codes: Sequence[str] = ("",)) -> BaseNet:
    """Make the base net: contiguous grids that cover every atom inside, none across two areas.

    Parameters
    ----------
    parent_codes : code of each area; grid codes begin with it.

    Raises
    ------
    InvalidInput
        A net that was named does not exist, nothing is covered, or an area runs out of codes.
    """
    atoms, count = ref.atoms, ref.atoms.inside
    if not count:
        raise InvalidInput("nets_nothing_inside")
    if not (np.isfinite(wish.least_m2) and wish.least_m2 >= 0):
        raise InvalidInput("nets_least_bad", value=wish.least_m2)
    label, area = atoms.label[:count], atoms.area_dm2[:count]
    mass = mass_of(area, atoms.weight_milli[:count])
    start = ""
    if wish.method == "lead":
        first = _by_precedence(label, [_number(ref, name) for name in wish.lead])
    else:
        first, start = median_net(label, ref.graph, mass, ref.trust)
        start = ref.layers[int(start)].name if start.isdigit() else start
    found = tidy(first, ref.graph, area, round(wish.least_m2 * 100))
    return _finish(ref, found, mass, wish, parent_codes, start)


def take_base(ref: Refinement, grid_of_atom: NDArray[np.object_]) -> BaseNet:
    """The base net as it was drawn out of the atoms: `grid_of_atom` object (inside,) has the code of each.

    Raises
    ------
    InvalidInput
        An atom has no grid.
    """
    bad = np.flatnonzero([not code for code in grid_of_atom])
    if len(bad) or len(grid_of_atom) != ref.atoms.inside:
        raise InvalidInput("nets_atom_without_grid", id=str(ref.ids[bad[0]]) if len(bad) else "-", count=len(bad))
    codes, number = np.unique(grid_of_atom.astype(str), return_inverse=True)
    mass = mass_of(ref.atoms.area_dm2[: ref.atoms.inside], ref.atoms.weight_milli[: ref.atoms.inside])
    found = Tidied(number.astype(np.int32), 0, 0, 0)
    return _describe(ref, found, mass, codes.astype(object), "")


def _finish(
    ref: Refinement, found: Tidied, mass: NDArray[np.int64], wish: BaseWish, parent_codes: Sequence[str], start: str
) -> BaseNet:
    atoms, count = ref.atoms, ref.atoms.inside
    first = np.unique(found.grid_of_unit, return_index=True)[1]
    previous = None
    if wish.codes_from is not None:
        layer = _number(ref, wish.codes_from)
        names = np.array([*ref.layers[layer].codes, ""], dtype=object)
        previous = names[atoms.label[:count, layer]]  # −1 takes the last one
    assert ref.graph.xy_m is not None
    codes = assign_codes(
        found.grid_of_unit,
        ref.graph.xy_m,
        [parent_codes[k] for k in atoms.parent[first]],
        taken=wish.taken,
        previous=previous,
        weight=mass.astype(np.float64),
    )
    return _describe(ref, found, mass, codes, start)


def _describe(
    ref: Refinement, found: Tidied, mass: NDArray[np.int64], codes: NDArray[np.object_], start: str
) -> BaseNet:
    atoms, count = ref.atoms, ref.atoms.inside
    grid = found.grid_of_unit
    label = atoms.label[:count]
    first = np.unique(grid, return_index=True)[1]
    known = np.zeros(len(codes), dtype=bool)
    known[grid[(label >= 0).any(axis=1)]] = True
    trust = ref.trust.astype(np.float64)
    means = []
    for layer in range(label.shape[1]):
        # A place without a code stands alone in the net that it is compared as.
        alone = label[:, layer].max(initial=0) + 1 + np.arange(count)
        own = np.where(label[:, layer] >= 0, label[:, layer], alone)
        means.append(float(np.average(agreement(own, label, mass), weights=trust)))
    best = int(np.argmax(means))
    shares = agreement(grid.astype(np.int64), label, mass)
    return BaseNet(
        grid_of_atom=grid,
        codes=codes,
        parent=atoms.parent[first],
        merged=found.merged,
        merged_m2=found.merged_dm2 / 100,
        left_small=found.left_small,
        unclaimed=tuple(np.flatnonzero(~known).tolist()),
        start=start,
        agreement=shares,
        best_layer=(ref.layers[best].name, means[best]),
        mean_agreement=float(np.average(shares, weights=trust)),
    )


def _by_precedence(label: NDArray[np.int32], order: list[int]) -> NDArray[np.int64]:
    """A number for the (net, code) that each atom goes by: the first net in order that has one; int64 (n,)."""
    layers = [*order, *(k for k in range(label.shape[1]) if k not in order)]
    width = int(label.max(initial=0)) + 1
    out = np.full(len(label), len(layers) * width, dtype=np.int64)
    for layer in reversed(layers):
        known = label[:, layer] >= 0
        out[known] = layer * width + label[known, layer]
    return out


def _number(ref: Refinement, name: str) -> int:
    names = [layer.name for layer in ref.layers]
    if name not in names:
        raise InvalidInput("nets_layer_unknown", layer=name, layers=", ".join(names))
    return names.index(name)
