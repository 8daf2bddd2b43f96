"""Answers that own up: other grids that are possible, coordinates with too few digits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from geo import crs as crs_
from geo.locate.doubts import half_steps_m
from geo.locate.index.ground import frame
from geo.messages import say
from geo.service.context import EMPTY_PLACE, build_net
from geo.service.honest import is_rounded
from geo.service.locate import find_spot, locate_point, locate_rows
from tests.api.conftest import SOUTH, STEP, WEST, drawing

# Borders of the four grids run along 2 steps; a step is about 91 m × 108 m.
BORDER = WEST + 2 * STEP
PER_LON, PER_LAT = frame(SOUTH)[:2]


def ask(service, lon, lat, **more):
    return locate_point(service, lon=lon, lat=lat, crs=more.pop("crs", "WGS84"), **more)


def test_a_point_whose_error_reaches_over_a_border_names_the_other_grid(service):
    found = ask(service, BORDER - 20 / PER_LON, SOUTH + STEP, accuracy_m=30.0)
    assert (found.grid, found.note) == ("990101001001001", "near_border")
    first, second = found.context["candidates"]
    assert (first["grid"], first["name"], second["grid"]) == ("990101001001001", "晨光01", "990101001001002")
    # Half a plane beyond 20 m, with a sigma of 30 m / 1.5096.
    assert second["probability"] == pytest.approx(0.157, abs=0.006)
    assert first["probability"] + second["probability"] == pytest.approx(1, abs=0.01)


def test_an_exact_point_and_one_far_from_all_borders_have_no_candidates(service):
    for accuracy in (None, 0.0, 5.0):
        found = ask(service, WEST + STEP * 1.03125, SOUTH + STEP * 1.03125, accuracy_m=accuracy)
        assert (found.note, dict(found.context)) == ("", {})


def test_outside_with_an_error_the_grids_nearby_are_possible(service):
    found = ask(service, WEST - 15 / PER_LON, SOUTH + STEP, accuracy_m=30.0)
    assert (found.status, found.note, found.nearest_grid) == ("outside", "outside_all_grids", "990101001001001")
    assert found.nearest_m == pytest.approx(15, abs=0.01)
    assert [row["grid"] for row in found.context["candidates"]] == [None, "990101001001001"]


def test_a_rounded_coordinate_near_a_border_says_so_and_keeps_its_grid(service):
    lon, lat = round(BORDER, 3), round(SOUTH + STEP, 3)  # 114.002, 33.001
    found = ask(service, lon, lat)
    assert (found.status, found.note) == ("located", "coordinate_rounded_near")
    assert found.context["accuracy_m"] == pytest.approx(0.0005 * PER_LAT, rel=1e-6)
    assert {row["grid"] for row in found.context["candidates"]} == {"990101001001001", "990101001001002"}
    for lang in ("zh", "en"):
        assert "55" in say(found.note, lang, **found.context)
    # One digit more is exact enough; a known accuracy says more than digits do.
    assert ask(service, lon + 0.0001, lat).note == ""
    assert ask(service, lon, lat, accuracy_m=0.5).note == ""


def test_round_metres_of_a_projected_system_are_no_better(service):
    x, y = crs_.from_wgs84(np.array([BORDER]), np.array([SOUTH + 2 * STEP]), crs="EPSG:4547")
    hundred = ask(service, float(np.round(x[0], -2)), float(np.round(y[0], -2)), crs="EPSG:4547")
    assert hundred.context["accuracy_m"] == 50.0
    assert len(hundred.context["candidates"]) >= 2
    assert ask(service, float(np.round(x[0])), float(np.round(y[0], -2)), crs="EPSG:4547").note == ""


@pytest.mark.parametrize("layers", [1, 2])
def test_one_point_outside_is_told_what_many_are(service, layers):
    grids = drawing().grids
    plan = service.store.list_plans(today=service.today())[0]
    if layers == 2:
        box = shapely.box(WEST - 3 * STEP, SOUTH, WEST + STEP, SOUTH + STEP)
        grids = (*grids, replace(grids[0], code="Z", kind="special", units=0, geometry=box))
    net = build_net(plan, grids, EMPTY_PLACE)
    rng = np.random.default_rng(layers)
    lon, lat = WEST + rng.uniform(-9, 9, 200) * STEP, SOUTH + rng.uniform(-9, 9, 200) * STEP
    nearest, metres = net.index.nearest(lon=lon, lat=lat)
    border = net.index.border_m(lon=lon, lat=lat)
    outside = np.flatnonzero(net.index.locate(lon=lon, lat=lat) < 0)
    assert 100 < len(outside) < 200
    for k in range(200):
        spot = find_spot(net, float(lon[k]), float(lat[k]), crs="WGS84")
        assert spot.border_m == border[k]
        if k in outside:
            assert (spot.nearest, spot.nearest_m) == (nearest[k], metres[k])


def test_rows_and_single_points_say_the_same(service):
    lon, lat = BORDER - 20 / PER_LON, SOUTH + STEP
    single = ask(service, lon, lat, accuracy_m=30.0)
    net = build_net(replace(service.store.list_plans(today=service.today())[0]), drawing().grids, EMPTY_PLACE)
    (row,) = locate_rows(net, [(lon, lat, "WGS84")], [30.0])
    assert row.context == single.context


def test_a_special_grid_over_the_net_has_its_part_of_the_probability(service):
    grids = drawing().grids
    shape = shapely.box(BORDER - 10 / PER_LON, SOUTH, BORDER + 10 / PER_LON, SOUTH + 2 * STEP)
    special = replace(grids[0], code="Z", name="专属", kind="special", units=0, geometry=shape)
    plan = service.store.list_plans(today=service.today())[0]
    net = build_net(plan, (*grids, special), EMPTY_PLACE)
    (found,) = locate_rows(net, [(BORDER, SOUTH + STEP, "WGS84")], [30.0])
    assert found.grid == "Z"
    assert found.context["candidates"][0]["grid"] == "Z"
    assert len(found.context["candidates"]) == 3


@pytest.mark.parametrize(
    ("x", "y", "degrees", "rounded"),
    [
        (114.002, 33.001, True, True),
        (114.002, 33.0012, True, False),
        (114.0, 33.0, True, True),
        (450_300.0, 3_650_100.0, False, True),
        (450_310.0, 3_650_100.0, False, False),
    ],
)
def test_too_few_digits(x, y, degrees, rounded):
    assert is_rounded(x, y, degrees=degrees) == rounded
    given = np.array([x]), np.array([y])
    half_x, half_y = half_steps_m(*given, lat=np.array([33.0]), degrees=np.array([degrees]))
    assert (half_y > 0) == rounded
    assert half_x <= half_y


def test_an_error_that_was_stated_is_not_told_as_rounding(service):
    found = ask(service, WEST + STEP * 1.03125, SOUTH + STEP * 1.03125, accuracy_m=1e9)
    assert (found.status, found.note) == ("unlocated", "accuracy_too_coarse")
    assert "stated" in say(found.note, "en", **found.context)


def test_exchanged_northing_and_degrees_in_a_projected_system_are_told(service):
    lon, lat = WEST + STEP, SOUTH + STEP
    x, y = (float(values[0]) for values in crs_.from_wgs84([lon], [lat], crs="EPSG:4547"))
    assert ask(service, x, y, crs="EPSG:4547").status == "located"
    for pair, note in (((y, x), "outside_swapped"), ((lon, lat), "outside_degrees"), ((0.0, 0.0), "outside_degrees")):
        found = ask(service, *pair, crs="EPSG:4547")
        assert (found.status, found.note) == ("outside", note)
    # What may well lie where it says has no other reason.
    assert ask(service, x + 5000.0, y, crs="EPSG:4547").note == "outside_all_grids"
    assert ask(service, 10.0, 10.0, crs="WGS84").note == "outside_all_grids"


def test_zeros_that_were_written_are_digits(service):
    lon, lat = round(BORDER, 3), round(SOUTH + STEP, 3)
    assert ask(service, lon, lat, written=(3, 3)).note == "coordinate_rounded_near"
    assert ask(service, lon, lat, written=(4, 4)).note == ""  # 114.0020, 33.0010
