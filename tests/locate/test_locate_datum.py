"""Wrong datums are found out, right batches never refused, whatever they leave out and wherever they come from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from geo import crs
from geo.errors import InvalidCoordinate, InvalidCrs
from geo.files import LocalFiles
from geo.locate import GridIndex
from geo.locate.datum import detect_datum
from tests.locate.batches import DATUMS, RIGHT, Town, anywhere, given_in, homes, with_neighbours, with_strays

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "boundaries" / "chenguang"
SIX = [(truth, claim) for truth in DATUMS for claim in DATUMS if truth != claim]


@pytest.fixture(scope="module")
def index() -> GridIndex:
    drawing = LocalFiles().read_drawing(str(SAMPLE / "current_plan.gpkg"))
    shapes = np.array([grid.geometry for grid in drawing.grids], dtype=object)
    return GridIndex.build(
        crs.project(shapes, source=drawing.crs, target="WGS84"), [grid.code for grid in drawing.grids]
    )


@pytest.fixture(scope="module")
def town() -> Town:
    files = LocalFiles()
    drawing = files.read_drawing(str(SAMPLE / "current_plan.gpkg"))
    ground = shapely.union_all([grid.geometry for grid in drawing.grids])
    layer = files.read_layer(f"{SAMPLE / 'place.gpkg'}:buildings")
    stands = crs.project(shapely.point_on_surface(layer.geometry), source="EPSG:4547", target="WGS84")
    return Town(
        crs.project(ground, source=drawing.crs, target="WGS84"),
        shapely.get_coordinates(stands),
        np.asarray(layer.fields["households"], dtype=np.float64),
    )


@pytest.mark.parametrize(("truth", "claim"), SIX)
@pytest.mark.parametrize("kind", [anywhere, homes, with_strays])
def test_a_thousand_points_in_a_wrong_datum_are_found_out(
    index: GridIndex, town: Town, kind: object, truth: str, claim: str
) -> None:
    found = 0
    for seed in range(5):
        points = kind(town, 1000, np.random.default_rng(seed))  # type: ignore[operator]
        x, y = given_in(points, truth)
        verdict = detect_datum(index, x, y, crs=claim, known_xy=town.buildings if seed % 2 else None)
        found += verdict.better is not None and verdict.better.crs == crs.canonical(truth)
        assert verdict.fits or verdict.better_share > verdict.share
    assert found >= 4 if kind is with_strays else found == 5


@pytest.mark.parametrize(("truth", "claim"), SIX)
def test_buildings_tell_what_the_outline_cannot(index: GridIndex, town: Town, truth: str, claim: str) -> None:
    """Inside the net, away from its borders, no outline helps; the buildings do."""
    inner = shapely.transform(town.ground.centroid.buffer(0.004), lambda xy: xy)
    near = shapely.contains_xy(inner, town.buildings[:, 0], town.buildings[:, 1])
    part = Town(inner, town.buildings[near], np.ones(int(near.sum())))
    rng = np.random.default_rng(5)
    points = part.buildings[rng.choice(len(part.buildings), 300)] + rng.normal(0, 5e-5, (300, 2))
    x, y = given_in(points, truth)
    verdict = detect_datum(index, x, y, crs=claim, known_xy=town.buildings)
    assert verdict.better is not None
    assert verdict.better.crs == crs.canonical(truth)
    assert verdict.better_near_m < verdict.near_m
    assert detect_datum(index, *given_in(points, claim), crs=claim, known_xy=town.buildings).fits


@pytest.mark.parametrize("kind", sorted(RIGHT))
@pytest.mark.parametrize("known", [True, False])
def test_a_right_batch_is_never_refused(index: GridIndex, town: Town, kind: str, known: bool) -> None:
    for seed in range(12):
        rng = np.random.default_rng(seed)
        points = RIGHT[kind](town, int(rng.choice([30, 100, 300, 1000, 3000])), rng)
        claim = DATUMS[seed % 3]
        x, y = given_in(points, claim)
        if kind == "rounded":
            x, y = np.round(x, 3), np.round(y, 3)
        verdict = detect_datum(index, x, y, crs=claim, known_xy=town.buildings if known else None)
        assert verdict.fits, (seed, claim, verdict)


@pytest.mark.parametrize("claim", DATUMS)
def test_right_batches_over_a_net_of_one_small_community(town: Town, claim: str) -> None:
    small = town.ground.centroid.buffer(0.003)
    net = GridIndex.build([small], ["a"])
    near = shapely.contains_xy(small, town.buildings[:, 0], town.buildings[:, 1])
    part = Town(small, town.buildings[near], town.people[near] + 1)
    for seed, kind in enumerate(sorted(RIGHT)):
        points = RIGHT[kind](part, 500, np.random.default_rng(seed))
        assert detect_datum(net, *given_in(points, claim), crs=claim, known_xy=part.buildings).fits, kind


def test_the_shipped_issues_are_right(index: GridIndex, town: Town) -> None:
    layer = LocalFiles().read_layer(str(SAMPLE / "issues.csv"))
    claimed = layer.fields["crs"].astype(str)
    lon, lat = (np.array([float(v or "nan") for v in layer.fields[name].astype(str)]) for name in ("lon", "lat"))
    for claim in ("WGS84", "CGCS2000", "GCJ-02", "BD-09"):
        rows = claimed == claim
        assert rows.sum() > 500
        for other in DATUMS:
            verdict = detect_datum(index, lon[rows], lat[rows], crs=other, known_xy=town.buildings)
            right = crs.canonical(other).replace("4490", "4326") == crs.canonical(claim).replace("4490", "4326")
            assert verdict.fits == right


FAR = [
    # truth, what is done to the numbers, claim, kind of the hint, its system
    ("WGS84", (1.0, True), "WGS84", "swapped", "EPSG:4326"),
    ("GCJ-02", (1.0, True), "GCJ-02", "swapped", "GCJ-02"),
    ("EPSG:4547", (1.0, True), "EPSG:4547", "swapped", "EPSG:4547"),
    ("EPSG:4547", (1.0, False), "EPSG:4548", "zone", "EPSG:4547"),
    ("EPSG:4547", (1.0, False), "EPSG:4546", "zone", "EPSG:4547"),
    ("EPSG:4547", (1.0, False), "EPSG:4526", "zone", "EPSG:4547"),
    ("EPSG:4526", (1.0, False), "EPSG:4547", "zone", "EPSG:4526"),
    ("EPSG:4526", (1.0, True), "EPSG:4547", "zone", "EPSG:4526"),
    ("EPSG:4497", (1.0, False), "EPSG:4547", "zone", "EPSG:4497"),
    ("EPSG:2383", (1.0, False), "EPSG:2384", "zone", "EPSG:2383"),
    ("EPSG:4547", (1.0 / 0.3048, False), "EPSG:4547", "unit", "EPSG:4547"),
    ("EPSG:4547", (3937.0 / 1200.0, False), "EPSG:4547", "unit", "EPSG:4547"),
    ("EPSG:4547", (1.0, False), "WGS84", "system", "EPSG:4547"),
    ("EPSG:32649", (1.0, False), "EPSG:4326", "system", "EPSG:32649"),
    ("EPSG:32650", (1.0, False), "EPSG:32649", "system", "EPSG:32650"),
    ("EPSG:3857", (1.0, True), "EPSG:4547", "system", "EPSG:3857"),
    ("WGS84", (1.0, False), "EPSG:4547", "system", "EPSG:4326"),
]


@pytest.mark.parametrize(("truth", "done", "claim", "kind", "hint"), FAR)
@pytest.mark.parametrize("count", [8, 1000])
def test_exchanged_axes_zones_and_feet_are_named(
    index: GridIndex, town: Town, truth: str, done: tuple[float, bool], claim: str, kind: str, hint: str, count: int
) -> None:
    points = with_neighbours(town, count, np.random.default_rng(count))
    factor, exchanged = done
    x, y = (values * factor for values in given_in(points, truth))
    if exchanged:
        x, y = y, x
    verdict = detect_datum(index, x, y, crs=claim)
    assert verdict.better is not None
    assert (verdict.better.kind, verdict.better.crs, verdict.better.swapped) == (kind, hint, exchanged)
    assert verdict.share < 0.1
    assert verdict.better_share > 0.7
    lon, lat = verdict.better.to_wgs84(x, y)
    # In feet of either kind the place is right to ten metres or so, which is all that can be told.
    assert crs.distance_m(lon, lat, points[:, 0], points[:, 1]).max() < (10.0 if kind == "unit" else 1e-2)


def test_a_batch_from_another_town_is_let_through(index: GridIndex) -> None:
    rng = np.random.default_rng(1)
    lon, lat = 121.4 + rng.uniform(0, 0.1, 500), 31.2 + rng.uniform(0, 0.1, 500)
    for claim in DATUMS:
        verdict = detect_datum(index, lon, lat, crs=claim)
        assert verdict.fits
        assert verdict.share == 0.0


def test_what_is_no_batch_fits(index: GridIndex) -> None:
    for count in (0, 1, 4):
        assert detect_datum(index, np.full(count, 34.4), np.full(count, 114.1), crs="WGS84").fits
    nothing = np.full(100, np.nan)
    assert detect_datum(index, nothing, nothing, crs="WGS84").points == 0
    assert detect_datum(GridIndex.build([], []), np.full(9, 34.4), np.full(9, 114.1), crs="WGS84").fits


def test_one_spot_says_nothing(index: GridIndex, town: Town) -> None:
    for at in range(0, len(town.buildings), 197):
        x, y = np.repeat(town.buildings[at : at + 1], 2000, axis=0).T
        for claim in DATUMS:
            assert detect_datum(index, x, y, crs=claim, known_xy=town.buildings).fits


def test_the_same_batch_gives_the_same_verdict_and_bad_rows_do_not_matter(index: GridIndex, town: Town) -> None:
    x, y = given_in(homes(town, 6000, np.random.default_rng(2)), "GCJ-02")
    first = detect_datum(index, x, y, crs="WGS84", known_xy=town.buildings)
    assert first == detect_datum(index, x.copy(), y.copy(), crs="wgs-84", known_xy=town.buildings.copy())
    assert first.points <= 2048
    holes = np.insert(x, np.arange(0, 6000, 3), np.nan)
    again = detect_datum(index, holes, np.insert(y, np.arange(0, 6000, 3), 0.0), crs="WGS84", known_xy=town.buildings)
    assert again == first


def test_names_and_shapes_are_checked(index: GridIndex) -> None:
    with pytest.raises(InvalidCrs):
        detect_datum(index, [1.0], [1.0], crs="nowhere")
    with pytest.raises(InvalidCoordinate):
        detect_datum(index, [1.0, 2.0], [1.0], crs="WGS84")


TOWNS = [(111.3, 33.0), (117.2, 33.1), (123.1, 32.8)]
SCATTERED = [shapely.box(lon + k * 0.1, lat, lon + k * 0.1 + 0.1, lat + 0.2) for lon, lat in TOWNS for k in range(3)]


@pytest.mark.parametrize("home", range(len(TOWNS)))
@pytest.mark.parametrize("step", [-1, 1])
def test_another_zone_is_noticed_between_the_towns_of_a_wide_net(home: int, step: int) -> None:
    index = GridIndex.build(SCATTERED, [f"{k:02d}" for k in range(len(SCATTERED))])
    assert len(index.patches) == len(TOWNS)
    truth, claim = f"EPSG:{4546 + 2 * home}", f"EPSG:{4546 + 2 * home + step}"
    rng = np.random.default_rng(home)
    lon, lat = (low + rng.uniform(0.02, side, 17) for low, side in zip(TOWNS[home], (0.28, 0.18), strict=True))
    x, y = crs.from_wgs84(lon, lat, crs=truth)
    better = detect_datum(index, x, y, crs=claim).better
    assert better is not None
    assert better.kind == "zone"
    assert crs.distance_m(*better.to_wgs84(x, y), lon, lat).max() < 1e-2
    for east in (0.0, -0.25, 0.4):  # right, though some of it or all of it lies beyond the town
        x, y = crs.from_wgs84(lon + east, lat, crs=truth)
        assert detect_datum(index, x, y, crs=truth).fits
