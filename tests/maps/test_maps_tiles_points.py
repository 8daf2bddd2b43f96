"""Tiles of issues: no issue is lost or counted twice at any zoom, and no tile grows beyond bounds."""

from __future__ import annotations

from collections import Counter
from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.maps.tiles import EXTENT, PointTiles
from geo.maps.tiles_paths import to_world
from geo.maps.tiles_points import MOST_SINGLE

STATES = ("to_confirm", "to_dispatch", "closed")
GRIDS = ("310101001001001", "310101001001002")


def layer(lon: np.ndarray, lat: np.ndarray, seed: int = 0) -> PointTiles:
    rng = np.random.default_rng(seed)
    n = len(lon)
    state, grid = rng.integers(0, len(STATES), n).astype(np.int8), rng.integers(-1, 2, n).astype(np.int32)
    return PointTiles("issues", np.arange(1, n + 1), lon, lat, state, STATES, grid, GRIDS)


def features(tiles: PointTiles, z: int, x: int, y: int) -> list[dict[str, Any]]:
    data = tiles.tile(z, x, y)
    assert len(data) <= 300_000
    if not data:
        return []
    return list(mapbox_vector_tile.decode(data, default_options={"y_coord_down": True})["issues"]["features"])


def places(lon: np.ndarray, lat: np.ndarray, z: int) -> Counter[tuple[int, int]]:
    x, y = to_world(lon, lat)
    cells = (np.minimum(np.floor(v * 2**z).astype(int), 2**z - 1).tolist() for v in (x, y))
    return Counter(zip(*cells, strict=True))


def count(feature: dict[str, Any]) -> int:
    return int(feature["properties"].get("count", 1))


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=1, max_size=40),
    st.integers(0, 22),
)
def test_every_issue_is_in_the_tile_that_it_lies_in(where: list[tuple[float, float]], z: int) -> None:
    lon, lat = np.array(where).T.copy()
    tiles = layer(lon, lat)
    ids: list[int] = []
    for (x, y), many in places(lon, lat, z).items():
        found = features(tiles, z, x, y)
        assert sum(map(count, found)) == many
        ids += [feature["properties"]["id"] for feature in found]
        assert all(-1 <= v <= EXTENT + 1 for f in found for v in f["geometry"]["coordinates"])
    assert sorted(ids) == list(range(1, len(where) + 1))


@pytest.mark.parametrize("z", [0, 4, 9, 10, 12, 15, 22])
def test_counts_of_a_zoom_add_up(z: int) -> None:
    rng = np.random.default_rng(z)
    n = 3 * MOST_SINGLE
    lon, lat = 121.4 + rng.normal(0, 0.05, n), 31.2 + rng.normal(0, 0.04, n)
    # Two heaps of reports with the same coordinate: no zoom parts them.
    lon[: n // 2], lat[: n // 2] = 121.41, 31.21
    tiles = layer(lon, lat, seed=z)
    states = np.random.default_rng(z).integers(0, len(STATES), n)
    total, by_state, counted = 0, Counter[str](), False
    for (x, y), many in places(lon, lat, z).items():
        found = features(tiles, z, x, y)
        assert sum(map(count, found)) == many
        assert len(found) <= MOST_SINGLE
        assert (many > MOST_SINGLE) == any("count" in feature["properties"] for feature in found)
        for feature in found:
            held = feature["properties"]
            counted |= "count" in held
            by_state.update({held["status"]: 1} if "status" in held else {s: held.get(s, 0) for s in STATES})
            if "count" in held:
                assert held["count"] == sum(held.get(state, 0) for state in STATES)
        total += many
    assert total == n
    assert counted
    assert by_state == {state: int((states == k).sum()) for k, state in enumerate(STATES)}


def test_single_issues_carry_their_grid() -> None:
    lon, lat = np.array([121.4, 121.4, np.nan]), np.array([31.2, 31.3, 31.2])
    tiles = PointTiles(
        "issues", np.array([7, 300, 9]), lon, lat, np.array([2, 0, 1], np.int8), STATES, np.array([1, -1, 0], np.int32),
        GRIDS,
    )  # fmt: skip
    assert [feature["properties"] for feature in sorted(features(tiles, 0, 0, 0), key=lambda f: f["id"])] == [
        {"id": 7, "status": "closed", "grid": GRIDS[1]},
        {"id": 300, "status": "to_confirm"},
    ]


def test_a_crowd_everywhere_stays_small() -> None:
    """The worst tile: every cell has points of every state, in counts that no two cells share."""
    side = np.arange(64)
    x, y = (np.repeat(v.ravel(), 20) for v in np.meshgrid(side, side))
    tiles = layer((x + 0.5) / 64 * 360 - 180, np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * (y + 0.5) / 64)))))
    assert len(features(tiles, 0, 0, 0)) == 64 * 64


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(30, 200), st.floats(0, 1), st.integers(0, 12))
def test_a_layer_that_grew_has_the_tiles_of_one_made_anew(seed: int, n: int, changed: float, z: int) -> None:
    """Issues come, go, move, and change state between two layers; nothing of the old order may show."""
    rng = np.random.default_rng(seed)
    ids = np.sort(rng.choice(np.arange(1, 1000), n, replace=False))
    lon, lat = 120 + rng.normal(0, 0.5, n).round(1), 30 + rng.normal(0, 0.5, n).round(1)
    lon[rng.random(n) < 0.05] = np.nan

    def made(rows: np.ndarray, before: PointTiles | None = None, turn: int = 0) -> PointTiles:
        state, grid = ((ids[rows] + turn) % 3).astype(np.int8), (ids[rows] % 3 - 1).astype(np.int32)
        return PointTiles("issues", ids[rows], lon[rows], lat[rows], state, STATES, grid, GRIDS, before)

    old = made(np.flatnonzero(rng.random(n) > changed / 10))
    moved = rng.random(n) < changed / 10
    lon, lat = np.where(moved, lon + 0.3, lon), np.where(moved, lat - 0.2, lat)
    rows = np.flatnonzero(rng.random(n) > 0.05)
    grown, fresh = made(rows, old, 1), made(rows, None, 1)
    for x, y in places(lon[rows][np.isfinite(lon[rows])], lat[rows][np.isfinite(lon[rows])], z):
        both = [sorted(features(tiles, z, x, y), key=lambda f: f["id"]) for tiles in (grown, fresh)]
        assert both[0] == both[1]
    assert grown.bounds == fresh.bounds


def test_no_issues_no_tiles() -> None:
    tiles = layer(np.empty(0), np.empty(0))
    assert tiles.tile(0, 0, 0) == b""
    assert tiles.bounds is None
