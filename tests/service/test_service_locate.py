"""Many points at once: each row is answered as it would be alone, and a bad one fails no other."""

from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo import crs as crs_
from geo.crs import names
from geo.errors import InvalidCrs, InvalidInput
from geo.service.context import Service, get_plan_in_force, net_of
from geo.service.locate import locate_point, locate_rows
from tests.api.conftest import SOUTH, STEP, WEST

GOOD = (WEST + STEP, SOUTH + STEP)
ODD = st.sampled_from([math.nan, math.inf, -math.inf, 1e300, -1e300, 181.0, 91.0, 0.0, 75.0, 33.0, 114.0, 5e5, 3.65e6])
NEAR = st.floats(-0.5, 4.5)
ROWS = st.lists(
    st.one_of(
        st.tuples(NEAR.map(lambda c: WEST + c * STEP), NEAR.map(lambda r: SOUTH + r * STEP), st.just("WGS84")),
        st.tuples(ODD, ODD, st.sampled_from(["WGS84", "GCJ-02", "EPSG:4547", "Mars", ""])),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_rows_are_answered_as_points_are(service: Service, rows: list[tuple[float, float, str]]) -> None:
    net = net_of(service, get_plan_in_force(service))
    answers = locate_rows(net, rows)
    assert len(answers) == len(rows)
    for (lon, lat, crs), answer in zip(rows, answers, strict=True):
        if isinstance(answer, InvalidInput):
            with pytest.raises(type(answer)) as caught:
                locate_point(service, lon=lon, lat=lat, crs=crs, net=net)
            assert str(caught.value) == str(answer)
        else:
            assert answer == locate_point(service, lon=lon, lat=lat, crs=crs, net=net)


@pytest.mark.parametrize(
    ("lon", "lat", "crs", "code"),
    [
        (1e300, 1e300, "EPSG:4547", "coordinate_nowhere"),
        (math.inf, 0.0, "EPSG:4547", "coordinate_not_finite"),
        (33.0, 114.0, "WGS84", "coordinate_swapped"),
        (33.0, 75.0, "WGS84", "coordinate_swapped"),
        (114.0, 91.0, "WGS84", "coordinate_out_of_range"),
        (181.0, 33.0, "WGS84", "coordinate_out_of_range"),
        (1.0, 1.0, "Mars", "crs_unknown"),
        (1.0, 1.0, "", "crs_required"),
    ],
)
def test_a_point_that_is_no_place_is_named(service: Service, lon: float, lat: float, crs: str, code: str) -> None:
    net = net_of(service, get_plan_in_force(service))
    bad, good = locate_rows(net, [(lon, lat, crs), (*GOOD, "WGS84")])
    assert isinstance(bad, InvalidInput)
    assert bad.code == code
    assert not isinstance(good, InvalidInput)
    assert good.grid == "990101001001001"


def test_an_unknown_system_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = names._canonical_proj
    monkeypatch.setattr(names, "_canonical_proj", lambda name: asked.append(name) or real(name))
    for _ in range(3):
        with pytest.raises(InvalidCrs, match="Phobos 1877"):
            crs_.canonical("Phobos 1877")
    assert asked == ["Phobos 1877"]
