"""How cases fall where there is no cluster, given how many there are: one null model a scan."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit
from geo.hotspots.scan.replicas import Draw, Scatter
from geo.hotspots.shrink import Spread


def by_measure(measure: NDArray[np.float64], total: int) -> Draw:
    """`total` cases, each in a place and period with the probability of its share of the measure (n, periods)."""
    shape, share = measure.shape, measure.reshape(-1) / measure.sum()
    if total > 4 * share.size:

        def many(rng: np.random.Generator, replicas: int) -> NDArray[np.int32]:
            counts = rng.multinomial(total, share, size=replicas)
            return np.ascontiguousarray(counts.T, dtype=np.int32).reshape(*shape, replicas)

        return many
    table = _lookup(share)

    def few(rng: np.random.Generator, replicas: int) -> NDArray[np.int32]:
        return _tally(rng, *table, total, replicas).reshape(*shape, replicas)

    return few


def by_uneven_risk(measure: NDArray[np.float64], total: int, spread: Spread, skipped: int = 0) -> Draw:
    """As `by_measure`, where places and periods have risks of their own: gamma of mean 1 and the variances `spread`.

    Counts are then negative binomial, given their total, and vary more than Poisson counts without any cluster.
    The counts of the first `skipped` periods are drawn but not given; all of them have one risk a place, of the
    variance that the mean of theirs has.
    """
    kept, before = np.ascontiguousarray(measure[:, skipped:]), measure[:, :skipped]
    old = before.sum(axis=1)
    squares = np.divide((before**2).sum(axis=1), old**2, out=np.zeros(len(old)), where=old > 0)
    n, periods = kept.shape

    def draw(rng: np.random.Generator, replicas: int) -> NDArray[np.int32]:
        counts = np.empty((n * periods, replicas), dtype=np.int32)
        for replica in range(replicas):
            lasting = _risks(rng, np.full(n, spread.place))
            risk = kept * lasting[:, None] * _risks(rng, np.full((n, periods), spread.moment))
            past = (old * lasting * _risks(rng, spread.moment * squares)).sum() if skipped else 0.0
            if risk.sum() + past <= 0.0:
                risk, past = kept, old.sum()
            counts[:, replica] = _fallen(rng, np.append(risk.reshape(-1), past), total)[:-1]
        return counts.reshape(n, periods, replicas)

    return draw


def _risks(rng: np.random.Generator, variance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gamma of mean 1; 1 where the variance is none."""
    some = variance > 0
    if not some.any():
        return np.ones(variance.shape)
    shape = 1.0 / np.where(some, variance, 1.0)
    return np.where(some, rng.standard_gamma(shape) / shape, 1.0)


def _fallen(rng: np.random.Generator, risk: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """`total` cases by share of the risk; where they are few, one by one."""
    if total > 4 * risk.size:
        return rng.multinomial(total, risk / risk.sum())
    cumulated = np.cumsum(risk)
    found = np.searchsorted(cumulated, rng.random(total) * cumulated[-1], side="right")
    return np.bincount(np.minimum(found, risk.size - 1), minlength=risk.size)


def recent_by_measure(measure: NDArray[np.float64], total: int, all_measure: float) -> Scatter:
    """As `by_measure`, for the cases of the periods of `measure` alone, out of a longer time's `all_measure`."""
    inside = float(measure.sum())
    periods = measure.shape[1]
    table = _lookup(measure.reshape(-1) / inside)

    def scatter(rng: np.random.Generator, replicas: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        totals = rng.binomial(total, min(inside / all_measure, 1.0), size=replicas)
        cells = _single(rng, *table, totals)
        return np.where(cells < 0, -1, cells // periods).astype(np.int32), (
            periods - 1 - np.where(cells < 0, 0, cells % periods)
        ).astype(np.int32)

    return scatter


def labels(individuals: NDArray[np.int64], total: int) -> Draw:
    """`total` of all individuals, counted by place, are cases, each set as likely as another (Bernoulli)."""
    place = np.repeat(np.arange(len(individuals), dtype=np.int32), individuals)

    def draw(rng: np.random.Generator, replicas: int) -> NDArray[np.int32]:
        return _deal(rng, place, np.zeros(total, dtype=np.int32), len(individuals), 1, replicas)

    return draw


def exchanged(by_place: NDArray[np.int64], by_period: NDArray[np.int64]) -> Draw:
    """The same cases with their dates exchanged: counts by place and by period stay (space-time permutation)."""
    place = np.repeat(np.arange(len(by_place), dtype=np.int32), by_place)
    period = np.repeat(np.arange(len(by_period), dtype=np.int32), by_period)

    def draw(rng: np.random.Generator, replicas: int) -> NDArray[np.int32]:
        return _deal(rng, place, period, len(by_place), len(by_period), replicas)

    return draw


def recently_exchanged(by_place: NDArray[np.int64], by_recent: NDArray[np.int64]) -> Scatter:
    """As `exchanged`, for the last periods alone: `by_recent` counts theirs, `by_place` those of all time."""
    place = np.repeat(np.arange(len(by_place), dtype=np.int32), by_place)
    age = np.repeat(np.arange(len(by_recent), dtype=np.int32)[::-1], by_recent)

    def scatter(rng: np.random.Generator, replicas: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        return _chosen(rng, place, len(age), replicas), np.broadcast_to(age, (replicas, len(age))).copy()

    return scatter


def unevenly_exchanged(by_place: NDArray[np.int64], by_period: NDArray[np.int64], variance: float) -> Draw:
    """As `exchanged`, where each place and period has a risk of its own: gamma of mean 1 and this variance.

    Counts by period stay; a case falls into a place by the place's cases and its risk then. So counts by place stay
    only in the mean: where `by_period` is a small part of all time, what another draw would add is little.
    """
    n, periods, total = len(by_place), len(by_period), int(by_period.sum())
    begin = np.repeat(np.arange(periods), by_period)

    def draw(rng: np.random.Generator, replicas: int) -> NDArray[np.int32]:
        counts = np.empty((n, periods, replicas), dtype=np.int32)
        for replica in range(replicas):
            risk = by_place * _risks(rng, np.full((periods, n), variance))
            whole = risk.sum(axis=1, keepdims=True)
            risk = np.where(whole > 0, risk, by_place)
            share = np.cumsum(risk / risk.sum(axis=1, keepdims=True), axis=1)
            share[:, -1] = 1.0
            share += np.arange(periods)[:, None]
            found = np.searchsorted(share.reshape(-1), begin + rng.random(total), side="right")
            counts[:, :, replica] = np.bincount(found, minlength=n * periods).reshape(periods, n).T
        return counts

    return draw


def _lookup(share: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Cumulated shares, and for each of equal steps of (0, 1) the first cell that reaches beyond it."""
    cumulated = np.cumsum(share)
    cumulated /= cumulated[-1]
    steps = np.arange(len(share)) / len(share)
    return cumulated, np.searchsorted(cumulated, steps, side="right").astype(np.int64)


@jit
def _tally(
    rng: np.random.Generator, cumulated: NDArray[np.float64], guide: NDArray[np.int64], total: int, replicas: int
) -> NDArray[np.int32]:
    n = len(cumulated)
    counts = np.zeros((n, replicas), dtype=np.int32)
    for r in range(replicas):
        for _ in range(total):
            u = rng.random()
            cell = guide[int(u * n)]
            while cumulated[cell] <= u:
                cell += 1
            counts[cell, r] += 1
    return counts


@jit
def _single(
    rng: np.random.Generator, cumulated: NDArray[np.float64], guide: NDArray[np.int64], totals: NDArray[np.int64]
) -> NDArray[np.int64]:
    n = len(cumulated)
    cells = np.full((len(totals), totals.max()), -1, dtype=np.int64)
    for r in range(len(totals)):
        for i in range(totals[r]):
            u = rng.random()
            cell = guide[int(u * n)]
            while cumulated[cell] <= u:
                cell += 1
            cells[r, i] = cell
    return cells


@jit
def _deal(
    rng: np.random.Generator,
    place: NDArray[np.int32],
    period: NDArray[np.int32],
    places: int,
    periods: int,
    replicas: int,
) -> NDArray[np.int32]:
    """Give each entry of `period` an entry of `place`, none twice (Fisher and Yates)."""
    counts = np.zeros((places, periods, replicas), dtype=np.int32)
    deck = place.copy()
    for r in range(replicas):
        for i in range(len(period)):
            j = i + int(rng.random() * (len(deck) - i))
            deck[i], deck[j] = deck[j], deck[i]
            counts[deck[i], period[i], r] += 1
    return counts


@jit
def _chosen(rng: np.random.Generator, place: NDArray[np.int32], wanted: int, replicas: int) -> NDArray[np.int32]:
    chosen = np.empty((replicas, wanted), dtype=np.int32)
    deck = place.copy()
    for r in range(replicas):
        for i in range(wanted):
            j = i + int(rng.random() * (len(deck) - i))
            deck[i], deck[j] = deck[j], deck[i]
            chosen[r, i] = deck[i]
    return chosen
