"""What was planted in the sample district comes out, with its dates and topic, and nothing else."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from geo import crs
from geo.hotspots import (
    TimeWindow,
    calendar,
    count_reports,
    find_repeats,
    gated,
    scan_each,
    scan_permutation,
    scan_space_time,
)

FOLDER = Path(__file__).resolve().parents[2] / "data" / "boundaries" / "chenguang"
PLANE = "EPSG:4547"
WEEKS = TimeWindow(max_periods=8, period_days=7)


def rows(name):
    with (FOLDER / name).open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def district():
    """Centres of the grids, the weeks, and counts by topic (grids, weeks), each incident once."""
    issues, truth = rows("issues.csv"), rows("truth/issues_truth.csv")
    _, _, shapes, _ = pyogrio.raw.read(FOLDER / "current_plan.gpkg", layer="grids", columns=["code"])
    grids = shapely.from_wkb(shapes)
    lon, lat = (np.array([float(row[key] or 0) for row in truth]) for key in ("lon", "lat"))
    east, north = crs.from_wgs84(lon, lat, crs=PLANE)
    point, found = shapely.STRtree(grids).query(shapely.points(east, north), predicate="within")
    grid = np.full(len(issues), -1)
    grid[point] = found
    day = np.array([dt.datetime.fromisoformat(row["reported_at"]).toordinal() for row in issues], dtype=float)
    topic = np.array([f"{row['kind']}/{row['category']}" for row in issues])
    # A report of the same building and topic within three days is the same incident.
    place = [row["building"] or row["source_id"] for row in truth]
    incident = np.zeros(len(issues), dtype=bool)
    incident[find_repeats(np.column_stack((place, topic)), day, within_days=3).first] = True
    weeks = calendar("week", dt.date.fromordinal(int(day.min())), dt.date.fromordinal(int(day.max())))
    counts = {
        name: count_reports(
            grid[incident & (topic == name)], day[incident & (topic == name)], grids=len(grids), periods=weeks
        ).counts
        for name in sorted(set(topic))
    }
    centre = shapely.centroid(grids)
    return {"x": shapely.get_x(centre), "y": shapely.get_y(centre)}, grids, weeks, counts


def fits(cluster, planted, grids, weeks):
    """Whether a cluster touches the planted circle and most of its days are planted ones or the rest of their weeks."""
    east, north = crs.from_wgs84(np.array([float(planted["lon"])]), np.array([float(planted["lat"])]), crs=PLANE)
    circle = shapely.Point(east[0], north[0]).buffer(float(planted["radius_m"]))
    start, end = (dt.date.fromisoformat(planted[key]) for key in ("start", "end"))
    first, last = weeks.first_day(cluster.first), weeks.last_day(cluster.last)
    return (
        shapely.intersects(grids[cluster.members], circle).all()
        and abs((first - start).days) <= 7
        and abs((last - end).days) <= 7
    )


def test_planted_hotspots_emerge_from_the_permutation_scan_and_nothing_else_does(district):
    place, grids, weeks, counts = district
    planted = {f"{row['kind']}/{row['category']}": row for row in rows("truth/hotspots.csv")}

    def scan(cases, rng):
        return scan_permutation(cases=cases, **place, max_radius=600.0, min_cases=3, time=WEEKS, replicas=39, rng=rng)

    told = gated(scan_each(counts, scan, seed=1), least_days=365)
    assert len(counts) > 70
    # The market's topic hardly occurs elsewhere, so that exchanging its dates says nothing: see below.
    assert sorted(finding.category for finding in told) == sorted(set(planted) - {"event/09006"})
    for finding in told:
        assert fits(finding.cluster, planted[finding.category], grids, weeks)


def test_the_market_stands_out_against_all_other_issues(district):
    place, grids, weeks, counts = district
    (planted,) = (row for row in rows("truth/hotspots.csv") if row["category"] == "09006")
    everything = sum(counts.values())
    expected = np.outer(everything.sum(axis=1) + 1, everything.sum(axis=0) + 1)
    found = scan_space_time(
        cases=counts["event/09006"], expected=expected, **place, max_radius=600.0, time=WEEKS, replicas=39, rng=1
    )
    assert fits(found[0], planted, grids, weeks)
    assert found[0].p_gumbel < 1e-6
