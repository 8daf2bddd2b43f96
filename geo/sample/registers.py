"""The tables of issues: what came in, and the truth."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.sample import names
from geo.sample.issues import BEIJING, Happenings, Readings
from geo.sample.labels import Labels
from geo.sample.layers import building_ids
from geo.sample.layout import Layout
from geo.sample.planted import Hotspot
from geo.sample.responsibility import Answer
from geo.sample.spec import Table
from geo.sample.topics import read_topics
from geo.sample.wording import Wording

HEADER: Final = (
    "source_id", "source", "reported_at", "text", "address", "lon", "lat", "crs", "accuracy_m", "scheme", "kind",
    "category", "status", "closed_at", "reporter_name", "reporter_phone",
)  # fmt: skip
TRUTH_HEADER: Final = ("source_id", "building", "community", "lon", "lat", "duplicate_of", "hotspot", "department")
_ADDRESSED: Final = {"12345": 0.9, "app": 0.45, "wechat": 0.5, "grid": 0.4, "video": 0.1}
_PREFIX: Final = {"12345": "RX", "app": "APP", "wechat": "WX", "grid": "WG", "video": "SP"}
# Age in days up to which the shares hold: to_confirm, to_dispatch, in_progress, closed.
_PROGRESS: Final = (
    (1.0, (0.38, 0.30, 0.26, 0.06)),
    (3.0, (0.06, 0.16, 0.38, 0.40)),
    (7.0, (0.01, 0.03, 0.20, 0.76)),
    (15.0, (0.0, 0.005, 0.045, 0.95)),
    (45.0, (0.0, 0.0, 0.01, 0.99)),
    (400.0, (0.0, 0.0, 0.0005, 0.9995)),
)
_STATUS: Final = ("to_confirm", "to_dispatch", "in_progress", "closed")


def source_ids(happened: Happenings) -> list[str]:
    """Numbers as each source gives them: prefix, day, running number."""
    counters: dict[str, int] = {}
    ids = []
    for source, at in zip(happened.source.tolist(), happened.at.astype("datetime64[D]").astype(str), strict=True):
        counters[source] = counters.get(source, 0) + 1
        ids.append(f"{_PREFIX[source]}{at.replace('-', '')}{counters[source]:06d}")
    return ids


def issue_table(layout: Layout, labels: Labels, happened: Happenings, readings: Readings) -> Table:
    """`issues.csv`, in order of time."""
    rng = np.random.default_rng([layout.spec.seed, 91])
    topics, phrases = read_topics()
    wording = Wording(layout, labels, phrases)
    ids = source_ids(happened)
    status, closed = _progress(happened.at, rng)
    people = names.person_names(len(ids), rng)
    rows: list[tuple[Any, ...]] = []
    for k, source in enumerate(happened.source.tolist()):
        topic = topics[int(happened.topic[k])]
        patrol = source in ("grid", "video")
        text = wording.text(topic, happened.spots, k, rng, patrol=patrol)
        shown = readings.crs[k] != ""
        told = rng.random() < _ADDRESSED[source] or not shown
        address = wording.address(happened.spots, k, rng) if told else ""
        named = not patrol and rng.random() < 0.75
        caller = people[k][0] + ("女士" if rng.random() < 0.5 else "先生") if named else ""
        rows.append(
            (
                ids[k], source, _iso(happened.at[k]), text, address,
                f"{readings.lon[k]:.6f}" if shown else "", f"{readings.lat[k]:.6f}" if shown else "",
                readings.crs[k], int(readings.accuracy_m[k]) if shown else "", topic.scheme, topic.kind, topic.category,
                status[k], _iso(closed[k]) if status[k] == "closed" else "", caller,
                names.phone(10, int(rng.integers(0, 1_000_000))) if named else "",
            )
        )  # fmt: skip
    return Table(HEADER, tuple(rows))


def truth_table(
    layout: Layout, happened: Happenings, readings: Readings, hotspots: list[Hotspot], answer: Answer
) -> Table:
    """`truth/issues_truth.csv`: where each issue really was (WGS84), what it belongs to, and who answers for it."""
    topics, _ = read_topics()
    ids = source_ids(happened)
    buildings = building_ids(layout)
    rows = []
    for k, source_id in enumerate(ids):
        inside, community = int(happened.spots.building[k]), int(happened.spots.community[k])
        first, hotspot = int(happened.duplicate_of[k]), int(happened.hotspot[k])
        rows.append(
            (
                source_id,
                buildings[inside] if inside >= 0 else "",
                layout.community_codes[community] if community >= 0 else "",
                f"{readings.true_lon[k]:.7f}" if community >= 0 else "",
                f"{readings.true_lat[k]:.7f}" if community >= 0 else "",
                ids[first] if first >= 0 else "",
                hotspots[hotspot].plan.id if hotspot >= 0 else "",
                answer(topics[int(happened.topic[k])], layout.community_codes[community]) if community >= 0 else "",
            )
        )
    return Table(TRUTH_HEADER, tuple(rows))


def _progress(at: NDArray[np.datetime64], rng: np.random.Generator) -> tuple[list[str], NDArray[np.datetime64]]:
    """Status by age at the end of the last day, and when it was closed."""
    end = np.datetime64(at.max(), "D") + np.timedelta64(1, "D") if len(at) else np.datetime64("2000-01-01")
    end = end.astype("datetime64[s]")
    age = (end - at).astype(np.float64) / 86_400
    row = np.searchsorted([limit for limit, _ in _PROGRESS], age)
    edges = np.cumsum(np.array([shares for _, shares in _PROGRESS]), axis=1)[np.minimum(row, len(_PROGRESS) - 1)]
    status = np.minimum((rng.random(len(at))[:, None] > edges).sum(axis=1), 3)
    hours = np.minimum(rng.lognormal(3.4, 1.1, len(at)), 24 * 40)
    left = (end - at).astype(np.float64)
    seconds = np.minimum(hours * 3_600, left * rng.uniform(0.4, 0.98, len(at)))
    return [_STATUS[k] for k in status.tolist()], at + seconds.astype("timedelta64[s]")


def _iso(moment: np.datetime64) -> str:
    value: datetime = moment.astype("datetime64[s]").item()
    return value.replace(tzinfo=BEIJING).isoformat()
