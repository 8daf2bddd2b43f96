"""N existing nets become one refinement: clean, node, snap, label, prove."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import InvalidBoundary
from geo.partition.arcs import ring_segments
from geo.partition.graph import UnitGraph, graph_of
from geo.partition.nets.atoms import Atoms, SnapCount, make_atoms
from geo.partition.nets.clean import CleanLayer, Repair, clean_layers
from geo.partition.nets.faces import Faces, make_faces
from geo.partition.nets.inputs import MILLI, NetsInputs, Progress, check_inputs
from geo.partition.nets.snap import snap_faces
from geo.partition.units.verify import too_fine

# Relative difference of areas that plain floating point may leave.
_AREA_ERROR = 1e-9


@dataclass(frozen=True, eq=False)
class Refinement:
    """The common refinement of several nets.

    Attributes
    ----------
    layers : the nets, by name.
    atoms : pieces of one claim of every net.
    claims : per net, tuples of code numbers by claim number; longer than one where its grids overlap.
    graph : who touches whom among the atoms inside, no border between two areas; weight in units, not thousandths.
    repairs : polygons that crossed themselves.
    snap : what joining thin faces did.
    grid_m : the noding grid that served, 0 for none.
    faces : how many faces there were before.
    """

    layers: tuple[CleanLayer, ...]
    atoms: Atoms
    claims: tuple[tuple[tuple[int, ...], ...], ...]
    graph: UnitGraph
    repairs: tuple[Repair, ...]
    snap: SnapCount
    grid_m: float
    faces: int

    @property
    def ids(self) -> NDArray[np.object_]:
        """Names of the atoms inside, object (inside,): their number from west to east."""
        count = self.atoms.inside
        width = len(str(count))
        return np.array([f"A{k:0{width}d}" for k in range(1, count + 1)], dtype=object)

    @property
    def trust(self) -> NDArray[np.int64]:
        """Trust in each net in thousandths, int64 (layers,)."""
        return np.array([layer.trust for layer in self.layers], dtype=np.int64)


def refine(inputs: NetsInputs, progress: Progress | None = None) -> Refinement:
    """Overlay nets once for all: one noded subdivision, each piece labelled with what every net says about it.

    Parameters
    ----------
    inputs : nets, people and the area; order carries no meaning.
    progress : called with a share from 0 to 1 and a message key.

    Raises
    ------
    InvalidInput, InvalidBoundary, InvalidCoordinate
        The input cannot be used; names net and row.

    Examples
    --------
    >>> from geo.partition.nets.inputs import NetLayer, People
    >>> left, right = shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)
    >>> fire = NetLayer("fire", np.array([left, right]), np.array(["a", "b"], dtype=object))
    >>> police = NetLayer("police", np.array([shapely.box(0, 0, 20, 10)]), np.array(["x"], dtype=object))
    >>> found = refine(NetsInputs([fire, police], People.nobody()))
    >>> [float(p.area) for p in found.atoms.polygons], found.atoms.label.tolist()
    ([100.0, 100.0], [[0, 0], [1, 0]])
    """
    tell = progress or (lambda share, key: None)
    tell(0.0, "nets_stage_clean")
    check_inputs(inputs)
    layers, repairs = clean_layers(list(inputs.layers))
    if not sum(len(layer.polygons) for layer in layers):
        raise InvalidBoundary("nets_nothing_left")
    trust = np.array([layer.trust for layer in layers], dtype=np.int64)
    tried: list[str] = []
    for grid_m in inputs.settings.grids_m:
        try:
            tell(0.05, "nets_stage_node")
            faces = make_faces(layers, inputs.within, grid_m)
            tell(0.4, "nets_stage_snap")
            snapped = snap_faces(faces, trust, inputs.settings.tolerance_m)
            tell(0.6, "nets_stage_label")
            atoms, count = make_atoms(faces, snapped, inputs.people)
        except shapely.GEOSException as error:
            tried.append(f"grid {grid_m:g} m: {error}")
            continue
        faults = _faults(atoms, faces, inputs, layers, count, grid_m)
        if faults:
            tried.append(f"grid {grid_m:g} m: {', '.join(faults)}")
            continue
        tell(0.75, "nets_stage_touch")
        graph = _graph(atoms, inputs.settings.min_border_m)
        return Refinement(layers, atoms, faces.claims, graph, repairs, count, grid_m, len(faces))
    raise InvalidBoundary("nets_not_seamless", tried="; ".join(tried))


def _graph(atoms: Atoms, min_border_m: float) -> UnitGraph:
    """Neighbours among the atoms inside; a border between two areas is none."""
    count = atoms.inside
    graph = graph_of(atoms.polygons[:count], atoms.weight_milli[:count] / MILLI, min_border_m)
    parent = atoms.parent[:count]
    assert graph.border_m is not None
    same = parent[graph.source] == parent[graph.indices]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(graph.source[same], minlength=count))])
    return UnitGraph(graph.weight, indptr, graph.indices[same], graph.border_m[same], graph.xy_m)


def _faults(
    atoms: Atoms, faces: Faces, inputs: NetsInputs, layers: tuple[CleanLayer, ...], count: SnapCount, grid_m: float
) -> list[str]:
    """Names of the checks that failed: the atoms inside must cover their area once, in single valid parts."""
    inner = atoms.polygons[: atoms.inside]
    if not len(inner):
        return []
    out = []
    if (shapely.get_type_id(inner) != 3).any():
        out.append("single_part")
    if not shapely.is_valid(inner).all():
        out.append("valid")
    if too_fine(inner):
        out.append("clearance")
    if not shapely.coverage_is_valid(inner):
        out.append("coverage")
    if ring_segments(inner).repeated.any():
        out.append("segment_once_or_twice")
    if inputs.within is None:
        wanted = shapely.union_all(np.concatenate([layer.polygons for layer in layers]))
        area, slack = wanted.area + count.filled_m2, count.dropped_m2
    else:
        wanted = shapely.union_all(np.asarray(inputs.within.polygons, dtype=object))
        area, slack = wanted.area, 0.0
    slack += 1.5 * grid_m * wanted.length + _AREA_ERROR * area + 1e-6
    if abs(float(shapely.area(inner).sum()) - area) > slack:
        out.append("area")
    return out
