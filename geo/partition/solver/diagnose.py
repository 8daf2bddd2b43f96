"""No plan meets the wishes: which units, where it chokes, and the smallest relaxations that were seen to work."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.errors import PartitionInfeasible
from geo.partition.graph import UnitGraph
from geo.partition.solver.apportion import SLACK, Shares
from geo.partition.solver.bounds import Bound, forced_together, locked_together, unavoidable_step
from geo.partition.solver.certificate import bounds_of
from geo.partition.solver.problem import Problem
from geo.partition.solver.spec import PartitionResult, PartitionSpec

# Relaxations are tried by solving anew; beyond this many units only the arithmetic is given.
MOST_UNITS = 20_000
# Numbers of grids that are tried on either side, neighbours of an area, groups.
_NEAR, _AREAS, _GROUPS = 5, 6, 6
# How often a tolerance or a band is widened, and how often the last step of a band is halved.
_TRIES, _HALVINGS = 5, 3
# How often the span is halved in which the least share of people lies that has to move: of few units, and of more.
_NARROWED, _FEW_UNITS = (5, 1), 2_500
_DEVIATION_STEP = 1e4

Trial = Callable[[PartitionSpec], PartitionResult]


def refuse_impossible(problem: Problem, spec: PartitionSpec, shares: Shares, frozen_grids: int) -> None:
    """Raise if the band is provably out of reach, for another reason than that single units are too coarse for it.

    A unit heavier than the band allows, a step between whole weights, and grids that are locked as a whole are no
    reason to refuse: the plan is then the best that they allow, and the report lists them.

    Raises
    ------
    PartitionInfeasible
        With the units that force it, and `needed`, the least tolerance that is not ruled out.
    """
    if spec.staff is not None or spec.capacity is not None or problem.pieces == 0:
        return
    weight = problem.graph.weight
    if (weight > shares.high * (1 + SLACK)).any():
        return
    if spec.has_band:
        forced = None if problem.frozen.any() else forced_together(problem.graph, shares.low, shares.high)
        if forced is not None:
            nodes, need, most = forced
            context = _named(problem, nodes)
            raise PartitionInfeasible(
                "forced_over_band",
                weight=need,
                max=shares.high,
                needed_max=math.ceil(most * (1 - SLACK)),
                **context,
            )
        return
    grids = int(shares.grids.sum()) + frozen_grids
    ideal = math.fsum(weight) / grids
    if spec.tolerance <= 0 or ideal <= 0:
        return
    coarse = unavoidable_step(weight, grids, ideal)
    found = [bound for bound in bounds_of(problem, grids, ideal) if bound.reason in ("pieces", "hanging")]
    if problem.frozen.any():
        # Grids that are locked whole are taken as they are, and what they leave to the others too.
        found = []
    live = problem.fixed & ~problem.frozen
    if live.any():
        found.append(locked_together(weight, problem.home, live, ideal))
    worst = max(found, key=lambda bound: bound.value, default=None)
    if worst is None or worst.value <= max(spec.tolerance, coarse) * (1 + SLACK) + SLACK:
        return
    _refuse(problem, worst, spec, grids, ideal)


def _refuse(problem: Problem, bound: Bound, spec: PartitionSpec, grids: int, ideal: float) -> None:
    values = {
        "grids": grids,
        "ideal": ideal,
        "tolerance": spec.tolerance,
        "needed": math.ceil(bound.value * _DEVIATION_STEP) / _DEVIATION_STEP,
        **_named(problem, bound.units),
    }
    if bound.reason == "hanging":
        raise PartitionInfeasible("hanging_too_heavy", **values)
    if bound.reason == "locked":
        raise PartitionInfeasible("locked_outside_band", **values)
    raise PartitionInfeasible("pieces_do_not_fit", **values)


def _named(problem: Problem, nodes: NDArray[np.int64]) -> dict[str, object]:
    units = problem.rows_of(nodes)
    rows = ", ".join(str(int(unit) + 1) for unit in units[:5]) + (" …" if len(units) > 5 else "")
    return {
        "piece_units": len(units),
        "piece_weight": float(problem.graph.weight[nodes].sum()),
        "rows": rows,
        "units": units.tolist(),
    }


def explain(graph: UnitGraph, spec: PartitionSpec, fault: PartitionInfeasible, trial: Trial) -> PartitionInfeasible:
    """The same refusal with the area it concerns and `relaxations`: each was tried, and the plan met it.

    Parameters
    ----------
    graph, spec
        As given to `solve`.
    fault : PartitionInfeasible
        What was raised.
    trial : callable
        Solves with other wishes and the same random numbers.

    Returns
    -------
    PartitionInfeasible
        `relaxations` is a list of dicts: ``kind`` (tolerance, grids, max, min, max_moved, parents, group, unlock) and
        its values; the smallest of each kind that was found to work. Empty where nothing was tried or found.
    """
    context = dict(fault.context)
    named = context.get("units")
    # Some faults say how many units there are, not which.
    units = np.array(named if isinstance(named, list) else [], dtype=np.int64)
    if spec.parent is not None and len(units):
        areas = np.unique(np.asarray(spec.parent)[units])
        if len(areas) == 1:
            context["parent"] = int(areas[0])
    context["relaxations"] = []
    if len(graph) <= MOST_UNITS:
        for kind, found in _tries(graph, spec, fault, units, trial):
            context["relaxations"].append({"kind": kind, **found})
            if kind == "max_moved":
                context["needed"] = found["max_moved"]
    return PartitionInfeasible(fault.code, **context)


def _tries(
    graph: UnitGraph, spec: PartitionSpec, fault: PartitionInfeasible, units: NDArray[np.int64], trial: Trial
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every kind of relaxation that bears on the fault, if one of it works."""
    known = fault.context
    if not spec.has_band and spec.staff is None and "needed" in known and fault.code != "max_moved_too_small":
        yield from _tolerance(spec, float(known["needed"]), trial)
    if fault.code == "max_moved_too_small":
        yield "max_moved", {"max_moved": _less(spec, known, trial, _NARROWED[len(graph) > _FEW_UNITS])}
        return
    if spec.has_band:
        yield from _band(spec, known, trial)
    if spec.staff is None and (spec.grids is not None or spec.target is not None):
        yield from _grids(graph, spec, known, trial)
    if spec.parent is not None and len(units):
        yield from _parents(graph, spec, units, trial)
    if spec.group is not None and len(units):
        yield from _groups(spec, units, trial)
    if spec.locked is not None and len(units):
        free = np.asarray(spec.locked, bool).copy()
        held = units[free[units]]
        free[held] = False
        if len(held) and _works(replace(spec, locked=free), trial):
            yield "unlock", {"count": len(held), "units": held.tolist()}


def _less(spec: PartitionSpec, known: dict[str, Any], trial: Trial, times: int) -> float:
    """The least share that may move for which a plan was found, by halving what is not known yet.

    The plan that moves `needed` was drawn before the bound was tried: it is the first one that any run draws.
    """
    least, found = max(float(spec.max_moved or 0.0), float(known["least"])), float(known["needed"])
    for _ in range(times):
        share = math.ceil((least + found) / 2 * _DEVIATION_STEP) / _DEVIATION_STEP
        if share >= found:
            break
        if _attempt(replace(spec, max_moved=share), trial) is None:
            least = share
        else:
            found = share
    return found


def _works(spec: PartitionSpec, trial: Trial) -> PartitionResult | None:
    """The plan that meets these wishes, None if none was found."""
    result = _attempt(spec, trial)
    return result if result is not None and met(result) else None


def _attempt(spec: PartitionSpec, trial: Trial) -> PartitionResult | None:
    try:
        return trial(spec)
    except PartitionInfeasible:
        return None


def met(result: PartitionResult) -> bool:
    """Whether every grid is in the band, but for those of units that are too heavy for any."""
    return result.report.outside_band <= len(result.report.oversize_units)


def _tolerance(spec: PartitionSpec, least: float, trial: Trial) -> Iterator[tuple[str, dict[str, Any]]]:
    """The bound itself if a plan keeps it, else what the plan that missed it proves, else what that plan reached."""
    tolerance = least
    for _ in range(_TRIES):
        try:
            result = trial(replace(spec, tolerance=tolerance))
        except PartitionInfeasible as fault:
            known = [fault.context.get("needed")]
        else:
            if met(result):
                yield "tolerance", {"tolerance": tolerance}
                return
            known = [result.report.lower_bound, result.report.max_deviation]
        more = [float(d) for d in known if isinstance(d, float) and d > tolerance * (1 + SLACK)]
        tolerance = math.ceil((more[0] if more else tolerance * 1.15) * _DEVIATION_STEP) / _DEVIATION_STEP


def _band(spec: PartitionSpec, known: dict[str, Any], trial: Trial) -> Iterator[tuple[str, dict[str, Any]]]:
    """A higher maximum, a lower minimum, each by itself."""
    low, high = float(spec.min_weight or 0.0), float(spec.max_weight or 0.0)
    most, least = float(known.get("needed_max", high)), float(known.get("needed_min", low))
    most_found = _widened(
        high, most, lambda value: math.ceil(value * 1.05), lambda value: replace(spec, max_weight=value), trial
    )
    if most_found is not None:
        yield "max", {"max": most_found}
    least_found = _widened(
        low, least, lambda value: math.floor(value * 0.95), lambda value: replace(spec, min_weight=value), trial
    )
    if least_found is not None:
        yield "min", {"min": least_found}


def _widened(
    asked: float,
    needed: float,
    further: Callable[[float], float],
    wishes: Callable[[float], PartitionSpec],
    trial: Trial,
) -> float | None:
    """The end of a band nearest to `asked` that was seen to work, from the proved `needed` on; None if none was."""
    failed, end = asked, needed
    for _ in range(_TRIES):
        if end != asked and _works(wishes(end), trial):
            break
        failed, end = end, float(further(end))
    else:
        return None
    # Steps are coarse: halve the last one, unless the proved end worked at once.
    for _ in range(_HALVINGS if end != needed else 0):
        middle = float(round((failed + end) / 2))
        if middle in (failed, end):
            break
        if _works(wishes(middle), trial):
            end = middle
        else:
            failed = middle
    return end


def _grids(
    graph: UnitGraph, spec: PartitionSpec, known: dict[str, Any], trial: Trial
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The nearest number of grids that works."""
    asked = spec.grids or max(1, round(float(graph.weight.sum()) / float(spec.target or 1.0)))
    first = {int(known[name]) for name in ("pieces", "least", "most", "locked") if isinstance(known.get(name), int)}
    if isinstance(known.get("units"), int):  # how many there are to divide
        first.add(int(known["units"]))
    near = {asked + step for step in range(-_NEAR, _NEAR + 1)} | first
    for count in sorted(near - {asked}, key=lambda count: (abs(count - asked), count)):
        if 1 <= count <= len(graph) and _works(replace(spec, grids=count, target=None), trial):
            yield "grids", {"grids": count}
            return


def _parents(
    graph: UnitGraph, spec: PartitionSpec, units: NDArray[np.int64], trial: Trial
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Let grids reach over one border between areas, where that is enough."""
    parent = np.asarray(spec.parent)
    source = graph.source
    inside = np.zeros(len(graph), bool)
    inside[units] = True
    across = inside[source] & (parent[source] != parent[graph.indices])
    pairs = np.unique(np.column_stack([parent[source[across]], parent[graph.indices[across]]]), axis=0)
    for here, there in pairs[:_AREAS].tolist():
        joined = np.where(parent == there, here, parent).astype(np.int32)
        if _works(replace(spec, parent=joined), trial):
            yield "parents", {"parents": [here, there]}
            return


def _groups(spec: PartitionSpec, units: NDArray[np.int64], trial: Trial) -> Iterator[tuple[str, dict[str, Any]]]:
    group = np.asarray(spec.group)
    for name in np.unique(group[units][group[units] >= 0])[:_GROUPS].tolist():
        if _works(replace(spec, group=np.where(group == name, -1, group).astype(np.int32)), trial):
            yield "group", {"group": name}
            return
