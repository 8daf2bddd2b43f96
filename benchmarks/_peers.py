"""What other tools make of the same unit graphs: METIS, KaHIP, GerryChain and spopt, each in a child with a time limit.

They are in the dependency group ``peers``; one that is not installed is left out and named. Each is used the way its
own documentation does for balanced parts. None is told about parents, groups or barriers, which none of them knows.
"""

from __future__ import annotations

import multiprocessing
import random
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from multiprocessing.connection import Connection

import numpy as np

from geo.partition import UnitGraph
from geo.partition.solver.certificate import cut_figures, disconnected_grids

Peer = Callable[[UnitGraph, int, float, int], np.ndarray]


@dataclass(frozen=True)
class Row:
    """What a peer did: worst deviation from the mean, grids in pieces, empty grids, cut, seconds of its own work."""

    name: str
    deviation: float = np.nan
    pieces: int = 0
    empty: int = 0
    cut: int = 0
    seconds: float = np.nan
    fault: str = ""

    def line(self) -> str:
        """A row of the table."""
        if self.fault:
            return f"| {self.name} | {self.fault} | | | | |"
        return (
            f"| {self.name} | {100 * self.deviation:.3g} | {self.pieces} | {self.empty} | {self.cut:,}"
            f" | {self.seconds:.2f} |"
        )


def whole_weights(graph: UnitGraph) -> np.ndarray:
    """Weights as whole numbers: persons already are; fractions are kept to a thousandth of the mean."""
    if (graph.weight == np.round(graph.weight)).all():
        return graph.weight.astype(np.int64)
    return np.round(graph.weight / graph.weight.mean() * 1000).astype(np.int64)


def metis_k_way(graph: UnitGraph, grids: int, tolerance: float, seed: int) -> np.ndarray:
    """METIS k-way with contiguous parts. Its balance option bounds only what is too heavy."""
    import pymetis

    options = pymetis.Options(contig=True, ufactor=max(1, round(1000 * tolerance)), seed=seed)
    return _metis(graph, grids, False, options)


def metis_recursive(graph: UnitGraph, grids: int, tolerance: float, seed: int) -> np.ndarray:
    """METIS by halves."""
    import pymetis

    return _metis(graph, grids, True, pymetis.Options(ufactor=max(1, round(1000 * tolerance)), seed=seed))


def _metis(graph: UnitGraph, grids: int, recursive: bool, options: object) -> np.ndarray:
    import pymetis

    adjacency = pymetis.CSRAdjacency(graph.indptr.astype(np.int32), graph.indices)
    weight = whole_weights(graph).astype(np.int32)
    return np.asarray(
        pymetis.part_graph(grids, adjacency=adjacency, vweights=weight, recursive=recursive, options=options)[1]
    )


def kahip_eco(graph: UnitGraph, grids: int, tolerance: float, seed: int) -> np.ndarray:
    """KaHIP, preset eco."""
    import kahip

    unit = [1] * len(graph.indices)
    _, parts = kahip.kaffpa(
        whole_weights(graph).tolist(),
        graph.indptr.tolist(),
        unit,
        graph.indices.tolist(),
        grids,
        tolerance,
        True,
        seed,
        1,
    )
    return np.asarray(parts)


def gerrychain_tree(graph: UnitGraph, grids: int, tolerance: float, seed: int) -> np.ndarray:
    """GerryChain, recursive spanning-tree bipartition: what its users start a chain from."""
    import networkx
    from gerrychain import Graph
    from gerrychain.partition import recursive_tree_part

    random.seed(seed)
    links = networkx.Graph()
    links.add_nodes_from((i, {"pop": float(w)}) for i, w in enumerate(graph.weight))
    half = graph.source < graph.indices
    links.add_edges_from(zip(graph.source[half].tolist(), graph.indices[half].tolist(), strict=True))
    whole = Graph.from_networkx(links)
    ideal = float(graph.weight.sum()) / grids
    # The trees are cut in the library's inner form of the graph.
    found = recursive_tree_part(whole.convert_from_nx_to_rx(), range(grids), ideal, "pop", tolerance)
    labels = np.full(len(graph), -1)
    for node, part in found.items():
        labels[node] = part
    return labels


def spopt_ward(graph: UnitGraph, grids: int, tolerance: float, seed: int) -> np.ndarray:
    """Spopt: Ward's clustering of the coordinates with the adjacency as a constraint; it knows no balance."""
    import geopandas
    from libpysal.weights import W
    from spopt.region import WardSpatial

    rows = np.split(graph.indices, graph.indptr[1:-1])
    neighbours = W({i: row.tolist() for i, row in enumerate(rows)}, silence_warnings=True)
    if graph.xy_m is None:
        raise ValueError("needs coordinates")
    frame = geopandas.GeoDataFrame(
        {"x": graph.xy_m[:, 0], "y": graph.xy_m[:, 1]}, geometry=geopandas.points_from_xy(*graph.xy_m.T)
    )
    model = WardSpatial(frame, neighbours, ["x", "y"], n_clusters=grids)
    model.solve()
    return np.asarray(model.labels_)


PEERS: dict[str, tuple[str, Peer]] = {
    "METIS k-way, contiguous": ("pymetis", metis_k_way),
    "METIS recursive": ("pymetis", metis_recursive),
    "KaHIP eco": ("kahip", kahip_eco),
    "GerryChain tree": ("gerrychain", gerrychain_tree),
    "spopt Ward": ("spopt", spopt_ward),
}


def measure(graph: UnitGraph, labels: np.ndarray, grids: int) -> tuple[float, int, int, int]:
    """Worst deviation, grids in more than one piece, empty grids, cut."""
    load = np.bincount(labels, graph.weight, minlength=grids)
    ideal = float(graph.weight.sum()) / grids
    empty = int((np.bincount(labels, minlength=grids) == 0).sum())
    deviation = float(np.abs(load - ideal).max() / ideal)
    return deviation, len(disconnected_grids(labels.astype(np.int32), graph)), empty, cut_figures(labels, graph)[0]


def run_peer(name: str, graph: UnitGraph, grids: int, tolerance: float, *, limit: float, seed: int = 0) -> Row:
    """Run one peer in a child process; what takes longer than `limit` seconds is stopped and said so."""
    package, peer = PEERS[name]
    if find_spec(package) is None:
        return Row(name, fault="not installed")
    context = multiprocessing.get_context("fork")
    mine, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_answer, args=(theirs, package, peer, graph, grids, tolerance, seed), daemon=True)
    child.start()
    theirs.close()
    if not mine.poll(limit):
        child.kill()
        child.join()
        return Row(name, fault=f"over {limit:g} s")
    try:
        labels, seconds = mine.recv()
    except EOFError:
        labels, seconds = "ended without an answer", 0.0
    child.join()
    if isinstance(labels, str):
        return Row(name, fault=labels)
    return Row(name, *measure(graph, labels, grids), seconds=seconds)


def _answer(
    pipe: Connection, package: str, peer: Peer, graph: UnitGraph, grids: int, tolerance: float, seed: int
) -> None:
    warnings.simplefilter("ignore")
    import_module(package)
    start = time.process_time()
    try:
        labels = peer(graph, grids, tolerance, seed)
        pipe.send((labels, time.process_time() - start))
    except Exception as fault:  # a peer may fail in any way of its own; the table says how
        pipe.send((f"{type(fault).__name__}: {str(fault)[:60]}", 0.0))
