"""A coordinate and words of one report: agreement, sides of a border, conflicts, and coordinates of no use."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from geo.errors import InvalidCoordinate
from geo.model import Location
from geo.service.context import Service
from geo.service.issues import import_issues, report_issue
from geo.service.locate import locate_point
from geo.service.placing_reports import place_point_and_text, place_reports
from tests.api.conftest import SOUTH, STEP, WEST
from tests.service.test_service_geocode import CODES, at, net_now, town
from tests.service.test_service_issues import report

__all__ = ["town"]

# A step is about 91 m to the east and 108 m to the north.
EAST_M = STEP * 111_320.0 * math.cos(math.radians(SOUTH))
NOTHING: dict[str, Any] = {"lon": None, "lat": None, "crs": None}


def placed(service: Service, **more: Any) -> Location:
    found = place_reports(service, net_now(service), [replace(report(1), **{"text": "路灯", **more})])[0]
    assert isinstance(found, Location)
    return found


def test_agreement_is_told(town: Service) -> None:
    found = placed(town, text="阳光小区路灯不亮", **at(0.6, 0.6))
    assert (found.status, found.grid, found.method, found.note) == ("located", CODES[0], "both", "")
    assert found.context["address"]["outcome"] == "match"
    assert found.context["apart_m"] < 30


def test_words_that_say_nothing_leave_the_coordinate_alone(town: Service) -> None:
    found = placed(town, text="你好", **at(0.6, 0.6))
    assert (found.grid, found.method) == (CODES[0], "coordinate")


def test_words_take_the_doubt_of_a_border_away(town: Service) -> None:
    place = {**at(1.98, 0.5), "accuracy_m": 30.0}
    alone = placed(town, text="", **place)
    assert (alone.status, alone.note) == ("unlocated", "near_border_ambiguous")
    assert alone.lon == place["lon"]
    same = placed(town, text="双子城小区1号楼", **place)
    assert (same.status, same.grid, same.method, same.note) == ("located", CODES[0], "both", "")
    other = placed(town, text="双子城小区2号楼", **place)
    assert (other.status, other.grid, other.note) == ("located", CODES[1], "both_by_side")
    assert other.context["coordinate"]["grid"] == CODES[0]
    assert other.lon == place["lon"]


def test_far_apart_is_a_conflict_with_both_places(town: Service) -> None:
    found = placed(town, text="双子城小区2号楼", **at(0.2, 3.5), accuracy_m=5.0)
    assert (found.status, found.note, found.method, found.grid) == ("unlocated", "both_conflict", "both", None)
    assert found.context["coordinate"]["grid"] == CODES[2]
    assert next(c["grid"] for c in found.context["address"]["candidates"]) == CODES[1]
    assert "双子城小区2号楼" in found.context["place"]
    assert found.context["apart_m"] == pytest.approx(math.hypot(2.0 * EAST_M, 3.0 * STEP * 110_900), rel=0.02)


def test_near_but_clearly_on_the_other_side_is_a_conflict(town: Service) -> None:
    # 64 m from the building, but 27 m inside another grid with an error of 5 m.
    found = placed(town, text="双子城小区2号楼", **at(1.5, 0.5), accuracy_m=5.0)
    assert found.note == "both_conflict"
    far = replace(town, conflict_m=10_000.0)
    assert placed(far, text="双子城小区2号楼", **at(1.5, 0.5), accuracy_m=60.0).grid == CODES[1]


def test_the_distance_is_a_setting(town: Service) -> None:
    place = {**at(0.2, 3.9), "accuracy_m": 200.0}  # 380 m away, and its own border is near
    assert placed(town, text="双子城小区2号楼", **place).grid is None
    wide = placed(replace(town, conflict_m=1_000.0), text="双子城小区2号楼", **place)
    assert (wide.status, wide.grid) == ("located", CODES[1])


def test_outside_but_close_is_taken_in_and_far_outside_is_a_conflict(town: Service) -> None:
    close = placed(town, text="双子城小区2号楼", **at(2.2, -0.3))
    assert (close.status, close.grid, close.method) == ("located", CODES[1], "both")
    away = placed(town, text="双子城小区2号楼", **at(2.2, -9.0))
    assert (away.status, away.note) == ("unlocated", "both_conflict")
    assert placed(town, text="你好", **at(2.2, -9.0)).status == "outside"


def test_a_coarse_coordinate_gives_way_to_words(town: Service) -> None:
    found = placed(town, text="双子城小区2号楼", **at(1, 1), accuracy_m=2_000.0)
    assert (found.status, found.grid, found.method) == ("located", CODES[1], "address")
    assert found.note == "address_coordinate_coarse"
    assert found.context["coordinate_fault"]["accuracy_m"] == 2_000.0
    assert placed(town, text="你好", **at(1, 1), accuracy_m=2_000.0).status == "unlocated"


def test_a_coordinate_of_no_use_gives_way_to_words_and_its_fault_is_told(town: Service) -> None:
    swapped = {"lon": SOUTH, "lat": WEST, "crs": "WGS84"}
    found = placed(town, text="双子城小区2号楼", **swapped)
    assert (found.status, found.grid, found.note) == ("located", CODES[1], "address_coordinate_bad")
    assert found.context["coordinate_fault"]["code"] == "coordinate_swapped"
    alone = place_reports(town, net_now(town), [report(1, **swapped)])[0]
    assert isinstance(alone, InvalidCoordinate)
    fault = InvalidCoordinate("row_swapped", row=3, lon="33", lat="114", crs="WGS84")
    read = placed(town, text="双子城小区2号楼", fault=fault, **NOTHING)
    assert (read.grid, read.context["coordinate_fault"]["code"]) == (CODES[1], "row_swapped")
    issue, _ = report_issue(town, report(9, text="双子城小区2号楼路灯", **swapped), actor="tester")
    assert issue.location.note == "address_coordinate_bad"


def test_the_text_tells_which_of_the_places_an_address_means(town: Service) -> None:
    found = placed(town, address="双子城小区", text="双子城小区2号楼路灯不亮", **NOTHING)
    assert (found.status, found.grid) == ("located", CODES[1])
    other = placed(town, address="双子城小区", text="阳光小区路灯不亮", **at(9, 9), accuracy_m=None)
    assert other.grid != CODES[0] or other.status == "unlocated"
    kept = placed(town, address="远山苑", text="阳光小区路灯不亮", **NOTHING)
    assert (kept.status, kept.note) == ("unlocated", "address_ambiguous")


def test_every_row_of_an_import_is_accounted_for(town: Service) -> None:
    rows = [
        report(1, text="阳光小区", **at(0.5, 0.5)),
        report(2, text="双子城小区2号楼", lon=SOUTH, lat=WEST),
        report(3, text="双子城小区2号楼", **at(0.2, 3.5)),
        report(4, text="远山苑", **NOTHING),
        report(5, text="你好", **NOTHING),
        report(6, text="你好", lon=SOUTH, lat=WEST),
    ]
    summary = import_issues(town, rows, actor="tester", force=True)
    assert (summary.rows, summary.added, summary.located) == (6, 5, 2)
    assert summary.rejected == {"both_conflict": 1, "address_ambiguous": 1, "no_coordinate": 1, "coordinate_swapped": 1}
    assert [error.context["row"] for error in summary.errors] == [6]
    stored = {issue.source_id: issue for issue in town.store.list_issues()}
    assert stored["S3"].location.context["coordinate"]["grid"] == CODES[2]
    assert stored["S1"].location.method == "both"


def test_a_point_with_words(town: Service) -> None:
    net = net_now(town)
    point = locate_point(town, **at(1.98, 0.5), crs="WGS84", accuracy_m=30.0, net=net)
    assert point.note == "near_border"
    both = place_point_and_text(town, net, point, "双子城小区2号楼", accuracy_m=30.0)
    assert (both.grid, both.note) == (CODES[1], "both_by_side")
