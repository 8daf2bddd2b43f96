"""Twelve months of issues: noisy coordinates in several datums, addresses, duplicates, and the truth beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo import crs
from geo.sample.labels import Labels
from geo.sample.layout import Layout
from geo.sample.places import Scene, Spots, no_spots
from geo.sample.planted import Hotspot, plant
from geo.sample.spec import CRS, Table
from geo.sample.topics import Topic, find_topic, monthly_weights, read_topics

BEIJING: Final = timezone(timedelta(hours=8))
DUPLICATES: Final = 0.04
DAYS: Final = 365
# Source: datums and their shares, radius in metres that holds 95 % of the errors, share without a coordinate.
SOURCES: Final[dict[str, tuple[tuple[str, ...], tuple[float, ...], tuple[float, float], float]]] = {
    "12345": (("BD-09", "WGS84"), (0.7, 0.3), (30.0, 90.0), 0.26),
    "app": (("GCJ-02",), (1.0,), (8.0, 35.0), 0.04),
    "wechat": (("GCJ-02", "WGS84"), (0.8, 0.2), (10.0, 60.0), 0.08),
    "grid": (("CGCS2000",), (1.0,), (3.0, 12.0), 0.0),
    "video": (("WGS84",), (1.0,), (4.0, 8.0), 0.0),
}
_SHARES: Final = {"hotline": (0.44, 0.30, 0.26, 0.0, 0.0), "gbt47678.5-2026": (0.1, 0.12, 0.06, 0.6, 0.12)}
# Relative frequency of the hours 0–23.
_HOURS: Final = (2, 1, 1, 1, 1, 2, 5, 10, 16, 18, 17, 15, 11, 11, 14, 15, 15, 14, 13, 13, 12, 9, 6, 3)


@dataclass(frozen=True, eq=False)
class Happenings:
    """Issues before they are put into words, in order of time.

    Attributes
    ----------
    topic : int64 (n,); at : datetime64[s] (n,), Beijing time; spots : their places.
    source : object (n,); duplicate_of : int64 (n,), row of the first report, −1; hotspot : int64 (n,), −1 for none.
    """

    topic: NDArray[np.int64]
    at: NDArray[np.datetime64]
    spots: Spots
    source: NDArray[np.object_]
    duplicate_of: NDArray[np.int64]
    hotspot: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Readings:
    """What devices and clerks made of the places: coordinates in a declared datum, or none.

    Attributes
    ----------
    lon, lat : float64 (n,), in `crs`, NaN without a coordinate; true_lon, true_lat : WGS84.
    crs : object (n,), "" without a coordinate; accuracy_m : float64 (n,).
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    crs: NDArray[np.object_]
    accuracy_m: NDArray[np.float64]
    true_lon: NDArray[np.float64]
    true_lat: NDArray[np.float64]


def happen(layout: Layout, labels: Labels, scene: Scene) -> tuple[Happenings, list[Hotspot]]:
    """Draw when, where and what; `spec.issue_count` rows with hotspots and duplicates among them."""
    spec = layout.spec
    rng = np.random.default_rng([spec.seed, 81])
    topics, _ = read_topics()
    total = spec.issue_count
    hotspots = plant(layout, labels, spec.until) if total >= 1_000 else []
    extra = sum(h.plan.cases for h in hotspots)
    twice = int(DUPLICATES * total)
    base = total - extra - twice
    possible = np.array([scene.has(topic.where) for topic in topics])
    day, topic = _when_and_what(topics, possible, spec.until, base, rng)
    spots = no_spots(total)
    for k in np.unique(topic).tolist():
        at = np.nonzero(topic == k)[0]
        spots.put(at, scene.pick(topics[k].where, len(at), rng))
    which = np.full(base, -1, dtype=np.int64)
    for number, hotspot in enumerate(hotspots):
        kind = find_topic(topics, hotspot.plan.scheme, hotspot.plan.category)
        cases = hotspot.plan.cases
        inside = scene.pick(topics[kind].where, cases, rng, only=hotspot.parcels)
        spots.put(np.arange(len(topic), len(topic) + cases), inside)
        first = DAYS - 1 - hotspot.plan.first_day
        day = np.concatenate([day, rng.integers(first, DAYS - hotspot.plan.last_day, cases)])
        topic = np.concatenate([topic, np.full(cases, kind)])
        which = np.concatenate([which, np.full(cases, number)])
    second = _moments(day, spec.until, rng)
    made = len(topic)
    source = _sources(topics, topic, rng)
    again = np.sort(rng.choice(np.nonzero(spots.community[:made] >= 0)[0], twice, replace=False))
    spots.put(np.arange(made, made + twice), spots.take(again))
    last = np.datetime64(datetime.combine(spec.until, time(23, 59, 59)), "s")
    later = np.minimum(second[again] + (rng.exponential(1.4, twice) * 86_400).astype("timedelta64[s]") + 600, last)
    order = np.argsort(np.concatenate([second, later]), kind="stable")
    rank = np.empty(total, dtype=np.int64)
    rank[order] = np.arange(total)
    duplicate = np.concatenate([np.full(made, -1, dtype=np.int64), rank[again]])
    happened = Happenings(
        np.concatenate([topic, topic[again]])[order],
        np.concatenate([second, later])[order],
        spots.take(order),
        np.concatenate([source, _sources(topics, topic[again], rng)])[order],
        duplicate[order],
        np.concatenate([which, which[again]])[order],
    )
    return happened, hotspots


def _when_and_what(
    topics: tuple[Topic, ...], possible: NDArray[np.bool_], until: date, n: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Day (0 is the first of the twelve months) and topic of `n` issues, by season; week-ends are quieter."""
    days = [until - timedelta(days=DAYS - 1 - k) for k in range(DAYS)]
    monthly = monthly_weights(topics, possible)
    weight = monthly[[d.month - 1 for d in days]] * np.array([0.72 if d.weekday() >= 5 else 1.0 for d in days])[:, None]
    flat = rng.choice(weight.size, size=n, p=(weight / weight.sum()).ravel())
    day, topic = np.divmod(flat, weight.shape[1])
    return day.astype(np.int64), topic.astype(np.int64)


def _moments(day: NDArray[np.int64], until: date, rng: np.random.Generator) -> NDArray[np.datetime64]:
    hours = np.array(_HOURS, dtype=np.float64)
    hour = rng.choice(24, size=len(day), p=hours / hours.sum())
    first = np.datetime64(until - timedelta(days=DAYS - 1), "s")
    return np.asarray(first + day * 86_400 + hour * 3_600 + rng.integers(0, 3_600, len(day)))


def _sources(topics: tuple[Topic, ...], topic: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.object_]:
    names = np.array(list(SOURCES), dtype=object)
    edges = np.cumsum(np.array([_SHARES[t.scheme] for t in topics]), axis=1)[topic]
    drawn = (rng.random(len(topic))[:, None] > edges).sum(axis=1)
    return np.asarray(names[np.minimum(drawn, len(names) - 1)])


def read_off(happened: Happenings, seed: int) -> Readings:
    """Coordinates as they were reported."""
    rng = np.random.default_rng([seed, 82])
    n = len(happened.topic)
    xy = happened.spots.xy
    placed = happened.spots.community >= 0
    lon, lat, true_lon, true_lat = (np.full(n, np.nan) for _ in range(4))
    declared = np.full(n, "", dtype=object)
    accuracy = np.full(n, np.nan)
    blank = np.zeros(n, dtype=bool)
    for name, (datums, shares, (low, high), without) in SOURCES.items():
        at = np.nonzero(happened.source == name)[0]
        declared[at] = np.array(datums, dtype=object)[rng.choice(len(datums), size=len(at), p=shares)]
        accuracy[at] = np.round(rng.uniform(low, high, len(at)))
        blank[at] = rng.random(len(at)) < without
    if placed.any():
        true_lon[placed], true_lat[placed], _ = crs.to_wgs84(xy[placed, 0], xy[placed, 1], crs=CRS)
    shown = placed & ~blank
    # A 2-D normal error stays within 2.45 σ in 95 of 100 cases.
    noisy = xy + rng.normal(0, 1, (n, 2)) * (np.nan_to_num(accuracy) / 2.45)[:, None]
    if shown.any():
        lon[shown], lat[shown], _ = crs.to_wgs84(noisy[shown, 0], noisy[shown, 1], crs=CRS)
    for datum in ("GCJ-02", "BD-09"):
        at = np.nonzero(shown & (declared == datum))[0]
        if len(at):
            lon[at], lat[at] = crs.from_wgs84(lon[at], lat[at], crs=datum)
    declared[~shown] = ""
    accuracy[~shown] = np.nan
    lon, lat = np.round(lon, 6), np.round(lat, 6)
    return Readings(lon, lat, declared, accuracy, np.round(true_lon, 7), np.round(true_lat, 7))


def hotspot_table(layout: Layout, hotspots: list[Hotspot], happened: Happenings) -> Table:
    """What was planted where; `expected` is what the same place, topic and length of time would have had without."""
    topics, _ = read_topics()
    rows = []
    for number, hotspot in enumerate(hotspots):
        plan = hotspot.plan
        topic = topics[find_topic(topics, plan.scheme, plan.category)]
        near = np.hypot(*(happened.spots.xy - np.array(hotspot.centre)).T) <= hotspot.radius_m
        same = np.array([(t.scheme, t.category) == (plan.scheme, plan.category) for t in topics])[happened.topic]
        usual = int((near & same & (happened.hotspot != number) & (happened.duplicate_of < 0)).sum())
        days = (hotspot.end - hotspot.start).days + 1
        lon, lat, _ = crs.to_wgs84(np.array([hotspot.centre[0]]), np.array([hotspot.centre[1]]), crs=CRS)
        rows.append(
            (
                plan.id, plan.name, plan.scheme, topic.kind, plan.category, hotspot.start.isoformat(),
                hotspot.end.isoformat(), f"{lon[0]:.7f}", f"{lat[0]:.7f}", round(hotspot.radius_m),
                layout.community_codes[hotspot.community], plan.cases, round(usual * days / DAYS, 2),
            )
        )  # fmt: skip
    header = ("id", "name", "scheme", "kind", "category", "start", "end", "lon", "lat", "radius_m", "community",
              "cases", "expected")  # fmt: skip
    return Table(header, tuple(rows))
