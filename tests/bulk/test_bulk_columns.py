"""Columns of points are answered as the same points are one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.errors import InvalidCrs, InvalidInput
from geo.service.columns import STATUS, locate_columns, locate_mixed_columns
from geo.service.context import Net
from geo.service.locate import locate_rows
from tests.api.conftest import SOUTH, STEP, WEST

NAMES = ["WGS84", "GCJ-02", "EPSG:4547", "Mars", ""]
ODD = st.sampled_from([math.nan, math.inf, -math.inf, 1e300, -1e300, 181.0, 91.0, 0.0, 75.0, 33.0, 114.0, 5e5, 3.65e6])
NEAR = st.floats(-0.5, 4.5)
ROWS = st.lists(
    st.one_of(
        st.tuples(NEAR.map(lambda c: WEST + c * STEP), NEAR.map(lambda r: SOUTH + r * STEP), st.just(0)),
        st.tuples(ODD, ODD, st.integers(-1, len(NAMES) - 1)),
    ),
    max_size=12,
)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def same(a: float | None, b: float) -> bool:
    return (math.isnan(b) if a is None else a == b) or (a is not None and math.isnan(a) and math.isnan(b))


@QUICK
@given(rows=ROWS, accuracy=st.lists(st.sampled_from([math.nan, 5.0, 900.0]), min_size=12, max_size=12))
def test_columns_say_what_rows_say(net: Net, rows: list[tuple[float, float, int]], accuracy: list[float]) -> None:
    x, y = (np.array([row[k] for row in rows], dtype=np.float64) for k in (0, 1))
    found = locate_mixed_columns(
        net,
        x,
        y,
        names=NAMES,
        crs_of=np.array([row[2] for row in rows], dtype=np.int32),
        fields=("shift_m", "border_m", "nearest"),
        accuracy_m=np.array(accuracy[: len(rows)]),
    )
    named = [(lon, lat, NAMES[k] if k >= 0 else "") for lon, lat, k in rows]
    known = [None if math.isnan(value) else value for value in accuracy[: len(rows)]]
    for i, answer in enumerate(locate_rows(net, named, known)):
        if isinstance(answer, InvalidInput):
            assert STATUS[found.status[i]] == "error"
            assert str(found.errors[i]) == str(answer)
            assert found.grid[i] == -1
            continue
        assert i not in found.errors
        assert STATUS[found.status[i]] == answer.status
        assert (net.grids[found.grid[i]].code if found.grid[i] >= 0 else None) == answer.grid
        assert (net.grids[found.nearest[i]].code if found.nearest[i] >= 0 else None) == answer.nearest_grid
        for name in ("lon", "lat", "shift_m", "border_m", "nearest_m"):
            assert same(getattr(answer, name), float(getattr(found, name)[i])), name


def test_one_system_is_the_same_as_mixed(net: Net) -> None:
    rng = np.random.default_rng(3)
    x, y = WEST + 6 * STEP * (rng.random(500) - 0.2), SOUTH + 6 * STEP * (rng.random(500) - 0.2)
    x[7], y[9], x[11], y[11] = math.nan, math.inf, 33.0, 114.0
    single = locate_columns(net, x, y, crs="GCJ-02")
    mixed = locate_mixed_columns(net, x, y, names=["GCJ-02"], crs_of=np.zeros(500, dtype=np.int8))
    for name in ("grid", "status", "lon", "lat", "shift_m", "border_m"):
        np.testing.assert_array_equal(getattr(single, name), getattr(mixed, name))
    assert {k: e.code for k, e in single.errors.items()} == {
        7: "coordinate_not_finite",
        9: "coordinate_not_finite",
        11: "coordinate_swapped",
    }
    assert single.nearest is None
    assert x[11] == 33.0  # what the caller gave is left alone


def test_an_unknown_system_of_all_rows_is_an_error(net: Net) -> None:
    with pytest.raises(InvalidCrs):
        locate_columns(net, np.zeros(1), np.zeros(1), crs="Mars")
