"""The median net: grids such that as many nets as possible agree about what belongs together.

Two pieces of ground are *together* in a net if it puts them in one grid. For a candidate net P and the given nets with
trusts w, the score counts the pairs of ground (by mass) on which P and a net say the same, each weighted by w; a net
that has no grid at either piece says nothing. The best P is the median partition (Filkov and Skiena 2004, "Integrating
microarray data by consensus clustering"; the distance is Mirkin's). Finding it is NP-hard; this takes the best of
several deterministic searches, each of which only ever improves:

* merge the two touching clusters that gain most, while any merge gains;
* move single atoms to a touching cluster while that gains and leaves the old cluster in one piece;

once from single atoms, and once from the given net (in connected pieces) that scores best. So the result scores at
least as much as any of the given nets does. Merging gains exactly where two clusters are together in more than
half of the nets, on the average over their mass: a border stands where at least half of the nets draw it.

All figures are whole numbers: no rounding, and no order of rows, can change the result.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.partition.graph import UnitGraph, pieces_of

_MASS = 1_000_000_000
_SWEEPS = 50


@dataclass(frozen=True, eq=False)
class Votes:
    """What the nets say about each atom, ready for the search.

    Attributes
    ----------
    keys : per atom a tuple of (layer, key); key is a number of its own for each (layer, code).
    mass : per atom a whole number, its share of the whole in billionths, at least 1.
    trust : per layer, whole.
    """

    keys: tuple[tuple[tuple[int, int], ...], ...]
    mass: tuple[int, ...]
    trust: tuple[int, ...]


def mass_of(area_dm2: NDArray[np.int64], weight_milli: NDArray[np.int64]) -> NDArray[np.int64]:
    """What each atom counts: the mean of its shares of the area and of the weight, in billionths, at least 1.

    Without any weight the area alone counts. Int64 (n,).
    """
    area, weight = int(area_dm2.sum()), int(weight_milli.sum())
    parts = []
    for dm2, milli in zip(area_dm2.tolist(), weight_milli.tolist(), strict=True):
        share = _MASS * dm2 // max(area, 1)
        if weight:
            share = (share + _MASS * milli // weight) // 2
        parts.append(max(1, share))
    return np.array(parts, dtype=np.int64)


def votes_of(label: NDArray[np.int32], mass: NDArray[np.int64], trust: NDArray[np.int64]) -> Votes:
    """Bring labels int32 (n, layers), −1 for none, to the form of the search."""
    codes = label.max(axis=0, initial=-1).astype(np.int64) + 1
    offset = np.concatenate([[0], np.cumsum(codes)[:-1]])
    key = (label + offset).tolist()
    known = (label >= 0).tolist()
    keys = tuple(
        tuple((layer, one) for layer, (one, there) in enumerate(zip(row, has, strict=True)) if there)
        for row, has in zip(key, known, strict=True)
    )
    return Votes(keys, tuple(mass.tolist()), tuple(trust.tolist()))


class _Cluster:
    """Atoms put together: mass by key, and mass by layer that says anything."""

    __slots__ = ("by_key", "known", "members")

    def __init__(self, layers: int) -> None:
        self.by_key: dict[int, int] = {}
        self.known = [0] * layers
        self.members: set[int] = set()

    def add(self, atom: int, votes: Votes, sign: int = 1) -> None:
        mass = sign * votes.mass[atom]
        for layer, key in votes.keys[atom]:
            self.by_key[key] = self.by_key.get(key, 0) + mass
            self.known[layer] += mass
        if sign > 0:
            self.members.add(atom)
        else:
            self.members.discard(atom)

    def absorb(self, other: _Cluster) -> None:
        for key, mass in other.by_key.items():
            self.by_key[key] = self.by_key.get(key, 0) + mass
        self.known = [a + b for a, b in zip(self.known, other.known, strict=True)]
        self.members |= other.members


class _Search:
    """One search: clusters by the number of the atom that they were first named for."""

    def __init__(self, votes: Votes, graph: UnitGraph, start: Iterable[int]) -> None:
        self.votes = votes
        self.trust_of_key = _trust_of_key(votes)
        indptr, indices = graph.indptr.tolist(), graph.indices.tolist()
        self.beside = [indices[indptr[k] : indptr[k + 1]] for k in range(len(votes.mass))]
        self.home: list[int] = []
        self.clusters: dict[int, _Cluster] = {}
        names: dict[int, int] = {}
        for atom, label in enumerate(start):
            name = names.setdefault(label, atom)
            self.home.append(name)
            self.clusters.setdefault(name, _Cluster(len(votes.trust))).add(atom, votes)

    def run(self) -> tuple[int, list[int]]:
        """Improve as far as it goes: (score, cluster of each atom)."""
        for _ in range(_SWEEPS):
            self._merge_all()
            if not self._move_all():
                break
        return self.score(), self.home

    def _gain(self, one: _Cluster, two: _Cluster) -> int:
        if len(one.by_key) > len(two.by_key):
            one, two = two, one
        other, trust = two.by_key, self.trust_of_key
        same = sum(trust[key] * mass * other[key] for key, mass in one.by_key.items() if key in other)
        both = sum(w * a * b for w, a, b in zip(self.votes.trust, one.known, two.known, strict=True))
        return 2 * same - both

    def _neighbours(self, name: int) -> set[int]:
        home = self.home
        found = {home[other] for atom in self.clusters[name].members for other in self.beside[atom]}
        found.discard(name)
        return found

    def _merge_all(self) -> None:
        clusters = self.clusters
        touching = {name: self._neighbours(name) for name in clusters}
        heap = [
            (-gain, one, two)
            for one in sorted(clusters)
            for two in touching[one]
            if one < two and (gain := self._gain(clusters[one], clusters[two])) > 0
        ]
        heapq.heapify(heap)
        # An entry is stale if a cluster has gone or grown since; whenever one grows, its pairs are entered anew.
        while heap:
            loss, one, two = heapq.heappop(heap)
            if one not in clusters or two not in clusters:
                continue
            gain = self._gain(clusters[one], clusters[two])
            if gain != -loss:
                continue
            clusters[one].absorb(clusters.pop(two))
            beside = touching.pop(two)
            for other in beside:
                touching[other].discard(two)
                if other != one:
                    touching[other].add(one)
                    touching[one].add(other)
            touching[one].discard(two)
            for other in touching[one]:
                if (gain := self._gain(clusters[one], clusters[other])) > 0:
                    heapq.heappush(heap, (-gain, min(one, other), max(one, other)))
        for name, cluster in clusters.items():
            for atom in cluster.members:
                self.home[atom] = name

    def _pull(self, atom: int, cluster: _Cluster) -> int:
        """What the atom gains by being in the cluster, its own mass there left out."""
        mine = self.votes.mass[atom] if atom in cluster.members else 0
        by_key, known, trust = cluster.by_key, cluster.known, self.votes.trust
        return sum(
            trust[layer] * (2 * (by_key.get(key, 0) - mine) - (known[layer] - mine))
            for layer, key in self.votes.keys[atom]
        )

    def _move_all(self) -> bool:
        """One sweep over the atoms in order; True if any moved."""
        moved = False
        for atom, name in enumerate(self.home):
            own = self.clusters[name]
            others = sorted({self.home[other] for other in self.beside[atom]} - {name})
            if not others or len(own.members) == 1:
                continue
            stay = self._pull(atom, own)
            pull, best = max((self._pull(atom, self.clusters[other]), -other) for other in others)
            if pull <= stay or not self._whole_without(atom, own):
                continue
            own.add(atom, self.votes, -1)
            self.clusters[-best].add(atom, self.votes)
            self.home[atom] = -best
            moved = True
        return moved

    def _whole_without(self, atom: int, cluster: _Cluster) -> bool:
        """Does the cluster stay in one piece without the atom?"""
        members = cluster.members
        wanted = {other for other in self.beside[atom] if other in members}
        if len(wanted) <= 1:
            return bool(wanted)
        seen, open_ = {atom}, [min(wanted)]
        while open_ and wanted:
            at = open_.pop()
            wanted.discard(at)
            for other in self.beside[at]:
                if other in members and other not in seen:
                    seen.add(other)
                    open_.append(other)
        return not wanted

    def score(self) -> int:
        trust = self.votes.trust
        score = 0
        for cluster in self.clusters.values():
            score += 2 * sum(self.trust_of_key[key] * mass * mass for key, mass in cluster.by_key.items())
            score -= sum(w * mass * mass for w, mass in zip(trust, cluster.known, strict=True))
        return score


def _trust_of_key(votes: Votes) -> dict[int, int]:
    return {key: votes.trust[layer] for row in votes.keys for layer, key in row}


def median_net(
    label: NDArray[np.int32], graph: UnitGraph, mass: NDArray[np.int64], trust: NDArray[np.int64]
) -> tuple[NDArray[np.int64], str]:
    """The clusters on which the nets agree most, each connected.

    Parameters
    ----------
    label : int32 (n, layers), −1 where a net has no grid.
    graph : who touches whom, no border between two areas.
    mass : int64 (n,), > 0, see `mass_of`.
    trust : int64 (layers,), > 0.

    Returns
    -------
    labels : int64 (n,), number of the cluster of each atom.
    start : where the best search began: "atoms", or the number of a layer.
    """
    votes = votes_of(label, mass, trust)
    score, labels = _Search(votes, graph, range(len(label))).run()
    given = [_Search(votes, graph, pieces_of(column, graph).tolist()) for column in label.T]
    best = max(range(len(given)), key=lambda layer: (given[layer].score(), -layer))
    other, from_net = given[best].run()
    start = "atoms"
    if other > score:
        labels, start = from_net, str(best)
    return np.array(labels, dtype=np.int64), start


def agreement(grid: NDArray[np.int64], label: NDArray[np.int32], mass: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share of the pairs of ground (by mass) on which a net and each given one say the same; float64 (layers,).

    1 is the same net; a net that says nothing anywhere gives 1.
    """
    out = np.ones(label.shape[1])
    for layer in range(label.shape[1]):
        known = label[:, layer] >= 0
        if not known.any():
            continue
        m = mass[known].astype(np.float64) / float(mass[known].sum())
        a, b = (np.unique(names[known], return_inverse=True)[1] for names in (grid, label[:, layer]))
        cell = np.unique(a.astype(np.int64) * (int(b.max()) + 1) + b, return_inverse=True)[1]
        square = [float((np.bincount(names, m) ** 2).sum()) for names in (a, b, cell)]
        out[layer] = 1 - (square[0] + square[1] - 2 * square[2])
    return out
