"""The chain of a place by name: what each level is, and base and special grid both."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from geo.files import LocalFiles
from geo.model import Area, Level
from geo.service.chain import grid_levels
from geo.service.context import Service, get_plan_in_force, net_of
from geo.service.geocode import geocode
from geo.service.locate import locate_point, locate_rows, net_of_drawing
from geo.service.plans import publish_plan
from geo.service.special import SpecialRequest, draw_special
from tests.api.conftest import SOUTH, STEP, WEST, drawing
from tests.service.test_service_special import outlines, overlaid

ABOVE = [
    Level("district", "990101", "测试区"),
    Level("street", "990101001", "测试街道"),
    Level("community", "990101001001", "晨光社区"),
]
BASE = [Level("base", f"99010100100100{k}", f"晨光0{k}") for k in (1, 2, 3, 4)]


def at(c: float, r: float) -> dict[str, float]:
    return {"lon": WEST + c * STEP, "lat": SOUTH + r * STEP}


def test_every_grid_has_its_chain_with_names(service: Service) -> None:
    for k, (c, r) in enumerate([(0.5, 0.5), (3, 0.5), (0.5, 3), (3, 3)]):
        found = locate_point(service, **at(c, r), crs="WGS84")
        assert list(found.levels) == [*ABOVE, BASE[k]]
        assert tuple(level.code for level in found.levels) == found.chain
    assert locate_point(service, **at(-1, 0), crs="WGS84").levels == ()
    named = geocode(service, "阳光小区").location
    assert named is not None
    assert named.levels[-1] == BASE[0]


def test_a_special_grid_comes_after_the_base_grid_that_the_point_lies_in(service: Service) -> None:
    plan = service.store.save_plan(overlaid(), name="with a park", actor="tester")
    publish_plan(service, plan.id, effective=date(2025, 1, 1), actor="tester")
    park = Level("special", "990101001001Z001", "科技园")
    net = net_of(service, get_plan_in_force(service))
    spots = [(at(1.5, 1.5), BASE[0]), (at(2.5, 1.5), BASE[1]), (at(1.5, 1.5), BASE[0])]
    for place, base in spots:
        found = locate_point(service, **place, crs="WGS84")
        assert list(found.levels) == [*ABOVE, base, park]
    many = locate_rows(net, [(place["lon"], place["lat"], "WGS84") for place, _ in spots])
    assert [answer.levels for answer in many] == [(*ABOVE, base, park) for _, base in spots]
    assert list(locate_point(service, **at(0.5, 0.5), crs="WGS84").levels) == [*ABOVE, BASE[0]]


def test_a_carved_grid_stands_in_the_place_of_a_base_grid(service: Service) -> None:
    carved = draw_special(drawing(), outlines(("厂区", 0, 0, 1, 1)), SpecialRequest(mode="carve"))[0]
    found = locate_point(service, **at(0.5, 0.5), crs="WGS84", net=net_of_drawing(service, carved))
    assert [level.level for level in found.levels] == ["district", "street", "community", "special"]


def test_without_a_place_the_levels_follow_from_the_digits(empty: Service) -> None:
    found = locate_point(empty, **at(0.5, 0.5), crs="WGS84", net=net_of_drawing(empty, drawing()))
    assert list(found.levels) == [Level("community", "990101001001", "990101001001"), BASE[0]]
    odd = [replace(grid, parent="乙") for grid in drawing().grids]
    assert grid_levels({}, odd)[0][0] == Level("area", "乙", "乙")
    loop = {"乙": Area("乙", "乙镇", "street", "乙")}
    assert [level.code for level in grid_levels(loop, odd)[0]] == ["乙", odd[0].code]
    orphan = [replace(grid, parent="", name="") for grid in drawing().grids]
    assert grid_levels({}, orphan)[0] == (Level("base", orphan[0].code, orphan[0].code),)


@pytest.mark.parametrize("mode", ["over", "carve"])
def test_a_plan_file_tells_the_same_levels(service: Service, tmp_path, mode: str) -> None:
    path = tmp_path / "plan.gpkg"
    LocalFiles().write_drawing(str(path), overlaid(mode))
    net = net_of_drawing(service, LocalFiles().read_drawing(str(path)))
    found = locate_point(service, **at(1.5, 1.5), crs="WGS84", net=net)
    assert [level.code for level in found.levels][:3] == [level.code for level in ABOVE]
