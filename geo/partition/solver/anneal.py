"""Cooling schedules over the compiled engine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.partition.graph import UnitGraph
from geo.partition.solver.clock import Clock
from geo.partition.solver.engine import Arena, State, Terms, anneal
from geo.partition.solver.steps import links_of

# Entries of the adjacency that fit the processor's cache together with their units.
_WINDOW = 30_000


@dataclass(frozen=True)
class Schedule:
    """Heat falls and the price of unbalance rises, both by a constant factor a step."""

    heat: tuple[float, float]
    press: tuple[float, float]
    proposals: int
    steps: int = 100


def schedule_for(units: int, grids: int | None = None, *, chains: bool = False) -> Schedule:
    """The schedule from a rough seed, tuned at ±5 % on generated graphs and on two stored ones (AR2294, bar10k).

    Large grids start hotter: whole lobes have to change hands. Where there is time for each unit, it is best spent
    above the heat at which little moves any more; the cold end follows anyway.

    Parameters
    ----------
    chains : bool
        Whether cold chains of flips follow (`repair.tighten`): they find in the cold what single flips find there, and
        more, so the flips end warmer, and the price of unbalance rises until little is left outside.
    """
    effort = min(40_000 * units, int(7e7 * max(units / 1e4, 1.0) ** 0.55), 650_000_000)
    hot = min(max(units / (30 * grids), 1.0), 4.0) if grids else 1.0
    if chains:
        cold = 0.3 if hot > 1.0 else 0.22
        return Schedule((hot, cold), press=(0.1, 20.0), proposals=min(40_000 * units, int(1.6 * effort)))
    heat = hot, 0.3 if 1_000 <= units <= 5_000 else 0.15
    # In a large graph each step looks at few of the entries more than once: half as many steps do.
    return Schedule(heat, press=(0.1, 5.0), proposals=effort, steps=50 if units > 50_000 else 100)


def arena_of(graph: UnitGraph, fixed: NDArray[np.bool_], home: NDArray[np.int32]) -> Arena:
    """The engine's view of a connected graph whose `border_m` is the price of a cut."""
    assert graph.border_m is not None
    links = links_of(graph.indptr, graph.indices, graph.border_m)
    return Arena(graph.indptr, graph.indices, graph.source, graph.border_m, graph.weights, fixed, home, *links)


def loads_of(arena: Arena, part: NDArray[np.int32], grids: int) -> NDArray[np.float64]:
    """Sum of each weight in each grid: float64 (grids, w)."""
    return np.column_stack([np.bincount(part, column, minlength=grids) for column in arena.weight.T]).astype(np.float64)


def state_of(arena: Arena, part: NDArray[np.int32], grids: int, seed: int) -> State:
    """A state that starts from `part`."""
    away = (arena.home >= 0) & (part != arena.home)
    return State(
        part=part.astype(np.int32),
        load=loads_of(arena, part, grids),
        size=np.bincount(part, minlength=grids).astype(np.int64),
        moved=np.array([float(arena.weight[away, 0].sum())]),
        stamp=np.zeros(len(part) + 1, dtype=np.int64),
        queue=np.empty(len(part), dtype=np.int32),
        seed=np.array([seed | 1], dtype=np.uint64),
    )


def settle(arena: Arena, state: State) -> None:
    """Add the loads up anew: float sums drift over millions of moves."""
    state.load[:] = loads_of(arena, state.part, len(state.load))
    away = (arena.home >= 0) & (state.part != arena.home)
    state.moved[0] = float(arena.weight[away, 0].sum())


def cool(arena: Arena, state: State, terms: Terms, schedule: Schedule, clock: Clock) -> None:
    """Run a whole schedule in place; a clock that runs out shortens it, Ctrl-C ends it."""
    if not len(arena.indices):
        return
    each = max(1, schedule.proposals // schedule.steps)
    step = 0
    try:
        while step < schedule.steps and not clock.over:
            done = max(step / max(schedule.steps - 1, 1), min(clock.used(), 1.0))
            heat = schedule.heat[0] * (schedule.heat[1] / schedule.heat[0]) ** done
            press = schedule.press[0] * (schedule.press[1] / schedule.press[0]) ** done
            sweep(arena, state, terms, heat, press, each, step)
            settle(arena, state)
            clock.tell(0.9 * done)
            step += 1
            if done >= 1.0:
                break
    except KeyboardInterrupt:
        clock.interrupted = True
        settle(arena, state)


def sweep(arena: Arena, state: State, terms: Terms, heat: float, press: float, proposals: int, step: int) -> None:
    """Run single flips everywhere, at one temperature, window by window; the windows shift with `step`."""
    pool = np.arange(len(arena.indices), dtype=np.int64)
    for window in windows(pool, step):
        anneal(arena, state, terms, window, heat, press, max(1, proposals * len(window) // len(pool)))


def windows(pool: NDArray[np.int64], step: int) -> list[NDArray[np.int64]]:
    """The whole pool, or windows along the Hilbert order that shift by half a window every other step."""
    if len(pool) <= 2 * _WINDOW:
        return [pool]
    cuts = np.arange(_WINDOW // 2 if step % 2 else _WINDOW, len(pool) - _WINDOW // 2, _WINDOW)
    return np.split(pool, cuts)


def excess_of(load: NDArray[np.float64], terms: Terms) -> NDArray[np.float64]:
    """Each weight of each grid outside its band; differences of rounding count as none: float64 (k, w)."""
    slack = 1e-9 * np.maximum(np.maximum(np.abs(terms.high), np.abs(terms.low)), 1e-12)
    over = np.maximum(np.maximum(load - terms.high, terms.low - load), 0.0)
    return np.where(over <= slack, 0.0, over)


def outside_of(load: NDArray[np.float64], terms: Terms) -> float:
    """All weight outside the bands, further weights counted as people by their scales."""
    return float((excess_of(load, terms) / terms.scale).sum() * terms.scale[0])
