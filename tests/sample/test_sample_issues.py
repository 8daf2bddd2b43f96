"""Issues and their truth: places, datums, noise, duplicates, hotspots, time."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import numpy as np
import pytest
import shapely

from geo import crs
from geo.sample import SamplePlace, SampleSpec, generate

Rows = list[dict[str, str]]


def _rows(place: SamplePlace, name: str) -> Rows:
    table = place.tables[name]
    return [dict(zip(table.header, row, strict=True)) for row in table.rows]


@pytest.fixture(scope="module")
def issues(small: SamplePlace) -> Rows:
    return _rows(small, "issues.csv")


@pytest.fixture(scope="module")
def truth(small: SamplePlace) -> Rows:
    return _rows(small, "truth/issues_truth.csv")


def _true_xy(truth: Rows) -> np.ndarray:
    lon = np.array([float(row["lon"] or "nan") for row in truth])
    lat = np.array([float(row["lat"] or "nan") for row in truth])
    placed = ~np.isnan(lon)
    xy = np.full((len(truth), 2), np.nan)
    x, y = crs.transform_xy(lon[placed], lat[placed], source="WGS84", target="EPSG:4547")
    xy[placed] = np.stack([x, y], axis=1)
    return xy


def test_sample_issue_counts_and_keys(issues: Rows, truth: Rows) -> None:
    assert len(issues) == 6_000
    ids = [row["source_id"] for row in issues]
    assert len(set(ids)) == len(ids)
    assert ids == [row["source_id"] for row in truth]
    assert all(row["text"] for row in issues)
    assert len({row["text"] for row in issues}) > 0.8 * len(issues)
    assert not any("{" in row["text"] or "{" in row["address"] for row in issues)


def test_sample_issue_truth_lies_where_it_says(small: SamplePlace, truth: Rows) -> None:
    points = shapely.points(_true_xy(truth))
    areas = dict(zip(small.layers["areas"].fields["code"], small.layers["areas"].geometry, strict=True))
    buildings = dict(zip(small.layers["buildings"].fields["id"], small.layers["buildings"].geometry, strict=True))
    home = dict(zip(small.layers["buildings"].fields["id"], small.layers["buildings"].fields["community"], strict=True))
    inside = 0
    for row, point in zip(truth, points, strict=True):
        if not row["community"]:
            assert (row["lon"], row["lat"], row["building"]) == ("", "", "")
            continue
        assert areas[row["community"]].contains(point), row
        if row["building"]:
            # Truth is written to 1e-7 degrees, a centimetre.
            assert buildings[row["building"]].distance(point) < 0.02, row
            assert home[row["building"]] == row["community"]
            inside += 1
    assert inside > 1_000
    assert sum(not row["community"] for row in truth) < 0.05 * len(truth)


def test_sample_issue_datums_are_mixed_and_declared_rightly(issues: Rows, truth: Rows) -> None:
    shares = Counter(row["crs"] for row in issues)
    assert {"WGS84", "GCJ-02", "BD-09", "CGCS2000", ""} == set(shares)
    assert all(count > 0.08 * len(issues) for count in shares.values())
    true = _true_xy(truth)
    for datum in ("WGS84", "GCJ-02", "BD-09", "CGCS2000"):
        at = np.array([k for k, row in enumerate(issues) if row["crs"] == datum])
        lon, lat = (np.array([float(issues[k][name]) for k in at]) for name in ("lon", "lat"))
        radius = np.array([float(issues[k]["accuracy_m"]) for k in at])
        back_lon, back_lat, shift = crs.to_wgs84(lon, lat, crs=datum)
        x, y = crs.transform_xy(back_lon, back_lat, source="WGS84", target="EPSG:4547")
        error = np.hypot(x - true[at, 0], y - true[at, 1])
        assert (error <= radius).mean() == pytest.approx(0.95, abs=0.03), datum
        assert error.max() < 4 * radius.max()
        if datum in ("GCJ-02", "BD-09"):
            assert shift.min() > 300, "a wrong datum would hardly show"


def test_sample_issues_with_an_address_only(issues: Rows) -> None:
    bare = [row for row in issues if not row["crs"]]
    assert all((row["lon"], row["lat"], row["accuracy_m"]) == ("", "", "") for row in bare)
    addressed = [row for row in bare if row["address"]]
    assert 0.08 <= len(addressed) / len(issues) <= 0.15
    assert len(bare) - len(addressed) < 0.04 * len(issues)


def test_sample_issue_addresses_name_a_real_place(small: SamplePlace, issues: Rows, truth: Rows) -> None:
    fields = small.layers["compounds"].fields
    known = set(fields["name"]) | {alias for row in fields["aliases"] for alias in row.split("|") if alias}
    known |= set(small.layers["roads"].fields["name"])
    for row, true in zip(issues, truth, strict=True):
        if row["address"]:
            assert true["community"]
            assert any(name in row["address"] for name in known), row["address"]


def test_sample_duplicates_repeat_an_earlier_issue(issues: Rows, truth: Rows) -> None:
    by_id = {row["source_id"]: k for k, row in enumerate(truth)}
    again = [k for k, row in enumerate(truth) if row["duplicate_of"]]
    assert len(again) / len(truth) == pytest.approx(0.04, abs=0.01)
    for k in again:
        first = by_id[truth[k]["duplicate_of"]]
        assert truth[first]["duplicate_of"] == ""
        assert issues[first]["reported_at"] <= issues[k]["reported_at"]
        assert all(truth[first][name] == truth[k][name] for name in ("lon", "lat", "building", "community", "hotspot"))
        assert issues[first]["category"] == issues[k]["category"]


def test_sample_issue_times_and_states(small: SamplePlace, issues: Rows) -> None:
    at = [datetime.fromisoformat(row["reported_at"]) for row in issues]
    assert at == sorted(at)
    end = datetime.fromisoformat(f"{small.spec.until.isoformat()}T23:59:59+08:00")
    assert (end - at[0]).days == 364
    assert at[-1] <= end
    for row, moment in zip(issues, at, strict=True):
        assert (row["status"] == "closed") == bool(row["closed_at"])
        if row["closed_at"]:
            assert moment <= datetime.fromisoformat(row["closed_at"]) <= end
    old = [row["status"] for row, moment in zip(issues, at, strict=True) if (end - moment).days > 45]
    new = [row["status"] for row, moment in zip(issues, at, strict=True) if (end - moment).days < 2]
    assert old.count("closed") > 0.98 * len(old)
    assert new.count("closed") < 0.4 * len(new)
    assert set(new) >= {"to_confirm", "to_dispatch", "in_progress"}


def test_sample_issues_have_seasons(issues: Rows) -> None:
    months = Counter((row["category"], row["reported_at"][5:7]) for row in issues)
    assert sum(months["0501", month] for month in ("05", "06", "07", "08", "09")) == 0
    assert sum(months["0501", month] for month in ("11", "12", "01", "02")) > 150
    assert months["10001", "07"] == 0
    assert months["0903", "07"] > months["0903", "01"]


def test_sample_planted_hotspots_are_elevated(small: SamplePlace, issues: Rows, truth: Rows) -> None:
    hotspots = _rows(small, "truth/hotspots.csv")
    assert 3 <= len(hotspots) <= 4
    xy = _true_xy(truth)
    first = np.array([row["duplicate_of"] == "" for row in truth])
    day = np.array([row["reported_at"][:10] for row in issues])
    key = np.array(["/".join((row["scheme"], row["kind"], row["category"])) for row in issues])
    for spot in hotspots:
        x, y = crs.transform_xy(
            np.array([float(spot["lon"])]), np.array([float(spot["lat"])]), source="WGS84", target="EPSG:4547"
        )
        near = np.hypot(xy[:, 0] - x, xy[:, 1] - y) <= float(spot["radius_m"])
        same = (key == "/".join((spot["scheme"], spot["kind"], spot["category"]))) & first
        during = (day >= spot["start"]) & (day <= spot["end"])
        seen, elsewhere = int((near & same & during).sum()), int((~near & same & during).sum())
        people_share = _households_near(small, float(x[0]), float(y[0]), float(spot["radius_m"]))
        planted = {row["source_id"] for row in truth if row["hotspot"] == spot["id"] and row["duplicate_of"] == ""}
        assert len(planted) == int(spot["cases"])
        assert seen >= int(spot["cases"])
        assert seen > 4 * float(spot["expected"])
        if spot["category"] != "09006":  # traders go where the market is, not where people live
            assert seen > 4 * people_share / (1 - people_share) * elsewhere, spot["name"]


def _households_near(place: SamplePlace, x: float, y: float, radius: float) -> float:
    layer = place.layers["buildings"]
    centre = shapely.get_coordinates(shapely.centroid(layer.geometry))
    near = np.hypot(centre[:, 0] - x, centre[:, 1] - y) <= radius
    return float(layer.fields["households"][near].sum() / layer.fields["households"].sum())


def test_sample_larger_place_takes_issues_too() -> None:
    place = generate(SampleSpec(buildings=3_000, seed=8, issues=2_000))
    assert len(place.tables["issues.csv"].rows) == 2_000
    assert {row["hotspot"] for row in _rows(place, "truth/issues_truth.csv")} == {"", "H1", "H2", "H3", "H4"}


def test_sample_few_issues_have_no_hotspots() -> None:
    place = generate(SampleSpec(seed=8, issues=50))
    assert len(place.tables["issues.csv"].rows) == 50
    assert place.tables["truth/hotspots.csv"].rows == ()
