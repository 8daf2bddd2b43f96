"""The daily run on districts that nobody has seen: false alarms a year, and what is found of what was planted.

Run ``python -m benchmarks.hotspots_year`` or ``make bench-hotspots-year``. Each district is invented from its seed:
grids with people and habits of reporting of their own, topics from several a day to one in two weeks, some at home in a
few grids and a few at one place alone, weekdays, seasons, days of rain on which a topic comes up everywhere, bursts in
a grid that last a week and mean nothing (gamma), and reports that were not folded. One half is left so; in the other
half hotspots are planted, of other sizes, lengths and topics than those of the sample district. The run is the
service's own from the counts on: both scans, the correction for their number, the gate, and what is known already.
"""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from geo.hotspots import Periods, gated
from geo.hotspots.several import Finding
from geo.model.hotspots import Hotspot
from geo.service.hotspot_ground import Ground, ground_of, periods_to
from geo.service.hotspot_known import mark_known
from geo.service.hotspot_scans import apart, scan_ground, scan_of
from geo.service.hotspot_settings import RunSettings
from geo.service.hotspot_usual import share_of

START = dt.date(2024, 1, 1)
Topic = tuple[str, str, str]
# Shares of all incidents of its days that a cluster against what is usual must hold; 2 is no such scan at all.
SHARES = (0.0, 0.25, 0.4, 0.5, 2 / 3, 0.8, 2.0)
METRES = 111_195.0


@dataclass(frozen=True, eq=False)
class Planted:
    """A hotspot: its topic, grids, days from the first to before the last, and the incidents that it adds."""

    topic: Topic
    grids: frozenset[int]
    first: int
    last: int
    cases: int


@dataclass(frozen=True, eq=False)
class District:
    """Centres of grids (degrees) and incidents by topic, int64 (grids, days)."""

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    counts: dict[Topic, NDArray[np.int64]]
    planted: tuple[Planted, ...]


def invent(seed: int, days: int, settings: RunSettings, *, hot: bool) -> District:
    """A district of some days; hotspots begin after the history that a run looks back on."""
    rng = np.random.default_rng([7, seed])
    side = int(rng.integers(6, 11))
    n = side * side
    row, column = np.divmod(np.arange(n), side)
    metres = rng.uniform(180, 320)
    east, north = (metres * (axis + rng.uniform(-0.3, 0.3, n)) for axis in (column, row))
    lat = 34.0 + north / METRES
    lon = 114.0 + east / METRES / np.cos(np.radians(34.0))
    people = rng.lognormal(0.0, 0.5, n) * rng.lognormal(0.0, 0.4, n)
    day = np.arange(days)
    counts: dict[Topic, NDArray[np.int64]] = {}
    for number in range(int(rng.integers(20, 40))):
        a_day = float(np.exp(rng.uniform(np.log(0.07), np.log(4.0))))
        home = people * rng.lognormal(0.0, rng.uniform(0.2, 1.0), n)
        if number % 8 == 0:
            # At one place and hardly anywhere else, as a market's topics are.
            home = np.where(np.arange(n) == rng.integers(n), 25.0, 0.02) * home.mean()
        season = np.exp(rng.uniform(0, 0.7) * np.sin(2 * np.pi * (day / 365 + rng.random())))
        weekday = rng.lognormal(0.0, 0.25, 7)[day % 7]
        rain = np.where(rng.random(days) < 0.02, rng.uniform(1, 6), 1.0)
        weeks = -(-days // 7)
        spread = rng.choice([0.0, 0.3, 1.0])
        burst = np.repeat(rng.gamma(1 / spread, spread, (n, weeks)) if spread else np.ones((n, weeks)), 7, axis=1)
        mean = np.outer(home / home.sum(), a_day * season * weekday * rain) * burst[:, :days]
        told = rng.poisson(mean)
        # Some are told again the next day and were not folded.
        again = rng.binomial(told, 0.04)
        told[:, 1:] += again[:, :-1]
        counts["s", "event", f"t{number:02d}"] = told
    planted = tuple(_plant(rng, counts, row, column, days, settings)) if hot else ()
    return District(lon, lat, counts, planted)


def _plant(
    rng: np.random.Generator,
    counts: dict[Topic, NDArray[np.int64]],
    row: NDArray[np.int64],
    column: NDArray[np.int64],
    days: int,
    settings: RunSettings,
) -> Iterator[Planted]:
    for topic in sorted(counts)[1:6]:
        length = int(rng.integers(7, 43))
        first = int(rng.integers(settings.history_days - 7, days - 21))
        centre = rng.integers(len(row))
        reach = np.hypot(row - row[centre], column - column[centre])
        inside = np.flatnonzero(reach <= rng.choice([0.0, 1.0, 1.5]))
        cases = int(rng.integers(8, 60))
        where, when = rng.choice(inside, cases), np.minimum(rng.integers(first, first + length, cases), days - 1)
        np.add.at(counts[topic], (where, when), 1)
        yield Planted(topic, frozenset(inside.tolist()), first, first + length, cases)


def count(district: District, last: int, settings: RunSettings) -> Ground:
    """What a run that looks back from a day counts: nothing after that day is in it."""
    periods = periods_to(START + dt.timedelta(days=last), settings)
    begin = int(periods.edges[0]) - START.toordinal()
    tables = {topic: _by_period(table[:, begin : last + 1], periods) for topic, table in district.counts.items()}
    everything = np.sum(list(tables.values()), axis=0)
    return ground_of(periods, district.lon, district.lat, tables, everything, None, settings)


def _by_period(table: NDArray[np.int64], periods: Periods) -> NDArray[np.int64]:
    found: NDArray[np.int64] = table.reshape(len(table), periods.count, -1).sum(axis=2)
    return found


def told(
    ground: Ground, findings: list[Finding], share: float, day: dt.date, settings: RunSettings, known: list[Hotspot]
) -> list[Hotspot]:
    """Alerts of a day where a cluster against what is usual must hold some share; `known` grows by what is told."""
    kept = [
        f for f in findings
        if scan_of(f)[0] == "exchange" or share_of(f.cluster, ground.counts[scan_of(f)[1]]) >= share
    ]  # fmt: skip
    found = []
    for finding in apart(gated(kept, least_days=settings.least_days)):
        cluster, (method, (scheme, _, category)) = finding.cluster, scan_of(finding)
        assert cluster.first is not None
        assert cluster.last is not None
        found.append(
            Hotspot(
                category, scheme, "event", "", method, tuple(map(str, cluster.members.tolist())), "", 0.0, 0.0,
                cluster.radius, ground.periods.first_day(cluster.first), ground.periods.last_day(cluster.last),
                cluster.observed, cluster.expected, None, cluster.llr, finding.p, finding.recurrence_days,
                as_of=day, plan=1,
            )
        )  # fmt: skip
    marked = [replace(h, id=len(known) + k + 1) for k, h in enumerate(mark_known(found, known))]
    known += marked
    return [hotspot for hotspot in marked if not hotspot.known]


def is_of(hotspot: Hotspot, planted: Planted) -> bool:
    """Whether an alert tells of what was planted."""
    days = ((day - START).days for day in (hotspot.first, hotspot.last))
    first, last = days
    same = hotspot.category == planted.topic[2] and {int(m) for m in hotspot.members} & planted.grids
    return bool(same) and first < planted.last and planted.first <= last


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--districts", type=int, default=24, help="half of them with hotspots")
    parser.add_argument("--weeks", type=int, default=26, help="of runs a district")
    parser.add_argument("--every", type=int, default=7, help="days between two runs")
    parser.add_argument("--replicas", type=int, default=999)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--poisson", action="store_true", help="scans that know no bursts")
    asked = parser.parse_args()
    settings = RunSettings(replicas=asked.replicas, alone=0.0, overdispersion=not asked.poisson)
    alarms = {share: {"exchange": 0, "share": 0} for share in SHARES}
    delays: dict[float, list[int]] = {share: [] for share in SHARES}
    planted = years = 0
    for number in range(asked.districts):
        days = settings.history_days + 7 * asked.weeks
        district = invent(asked.seed + number, days, settings, hot=number % 2 == 1)
        known: dict[float, list[Hotspot]] = {share: [] for share in SHARES}
        met: dict[float, dict[int, int]] = {share: {} for share in SHARES}
        for last in range(settings.history_days, days, asked.every):
            day = START + dt.timedelta(days=last)
            ground = count(district, last, settings)
            findings = scan_ground(ground, replace(settings, seed=number), lambda share: None)
            for share in SHARES:
                for alert in told(ground, findings, share, day, settings, known[share]):
                    own = [k for k, p in enumerate(district.planted) if is_of(alert, p)]
                    for k in own:
                        met[share].setdefault(k, last - district.planted[k].first + 1)
                    alarms[share][alert.method] += not own
        planted += len(district.planted)
        years += 7 * asked.weeks / 365
        for share in SHARES:
            delays[share] += met[share].values()
    print(
        f"{asked.districts} districts, {years:.1f} years of runs every {asked.every} days, {planted} hotspots planted,"
    )
    chance = "Poisson" if asked.poisson else "uneven"
    print(f"{asked.replicas} replicas, gate of {settings.least_days:g} days, {chance} chance")
    print(f"{'share':>7}{'false alarms a year':>22}{'95 % interval':>18}", end="")
    print(f"{'exchange':>10}{'usual':>7}{'found':>8}{'days':>8}")
    for share in SHARES:
        false = sum(alarms[share].values())
        low, high = stats.chi2.ppf(0.025, 2 * false) / 2, stats.chi2.ppf(0.975, 2 * false + 2) / 2
        interval = f"{0.0 if not false else low / years:.2f} to {high / years:.2f}"
        name = "none" if share > 1 else f"{share:.2f}"
        middle = f"{np.median(delays[share]):.0f}" if delays[share] else "–"
        print(
            f"{name:>7}{false / years:>22.2f}{interval:>18}{alarms[share]['exchange']:>10}{alarms[share]['share']:>7}"
            f"{len(delays[share]) / max(planted, 1):>8.0%}{middle:>8}"
        )


if __name__ == "__main__":
    main()
