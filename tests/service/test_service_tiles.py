"""Tiles of every layer: what lies in the tile is in it, and the grids are those of the plan in force."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import InvalidInput, NotFound
from geo.service.context import Memory, Service
from geo.service.issues import import_issues
from geo.service.plans import publish_plan
from geo.service.tiles import LAYERS, tile, tile_bounds, tile_unless
from geo.service.tiles_memory import Drawn
from geo.store import SqlStore
from tests.api.conftest import SOUTH, STEP, WEST, drawing, place
from tests.postgis import MIGRATED
from tests.service.test_service_pages import brute, redrawn, reports


def tile_of(lon: float, lat: float, z: int) -> tuple[int, int, int]:
    phi = math.radians(lat)
    side = 2**z
    return z, int((lon + 180) / 360 * side), int((1 - math.asinh(math.tan(phi)) / math.pi) / 2 * side)


def data_of(service: Service, layer: str, address: tuple[int, int, int]) -> bytes:
    return tile(service, layer, *address)[1].plain()


def properties(service: Service, layer: str, address: tuple[int, int, int]) -> list[dict]:
    data = data_of(service, layer, address)
    return [] if not data else [f["properties"] for f in mapbox_vector_tile.decode(data)[layer]["features"]]


WHOLE = tile_of(WEST + 2 * STEP, SOUTH + 2 * STEP, 12)


@given(
    lon=st.floats(-179.999, 179.999),
    lat=st.floats(-84.9, 84.9),
    z=st.integers(0, 22),
)
def test_a_tile_holds_the_points_that_its_number_says(lon: float, lat: float, z: int) -> None:
    west, south, east, north = tile_bounds(*tile_of(lon, lat, z))
    assert west - 1e-9 <= lon <= east + 1e-9
    assert south - 1e-9 <= lat <= north + 1e-9


def test_every_layer_is_whole_where_the_tile_is_wide(service: Service) -> None:
    rows = reports()
    import_issues(service, rows, actor="tester")
    assert {p["code"] for p in properties(service, "grids", WHOLE)} == {grid.code for grid in drawing().grids}
    units = drawing().units
    assert units.grid is not None
    assert {p["id"]: p["grid"] for p in properties(service, "units", WHOLE)} == dict(
        zip(units.ids, units.grid, strict=True)
    )
    assert [p["name"] for p in properties(service, "buildings", WHOLE)] == ["1号楼"]
    assert len(properties(service, "issues", WHOLE)) == sum(row.lon is not None for row in rows)


def test_a_close_tile_holds_what_is_near_alone(service: Service) -> None:
    # At zoom 20 a tile is a third of a unit wide; this one lies in the middle of the south-western unit.
    near = properties(service, "units", tile_of(WEST + 0.5 * STEP, SOUTH + 0.5 * STEP, 20))
    assert [p["id"] for p in near] == ["u00"]
    assert data_of(service, "units", tile_of(0.0, 0.0, 20)) == b""


def test_tiles_follow_the_plan_in_force(service: Service) -> None:
    import_issues(service, reports(), actor="tester")
    before = data_of(service, "issues", WHOLE)
    draft = service.store.save_plan(redrawn(), name="second", actor="tester")
    assert data_of(service, "issues", WHOLE) == before
    publish_plan(service, draft.id, effective=date(2025, 6, 1), actor="tester")
    assert {p["code"] for p in properties(service, "grids", WHOLE)} == {grid.code for grid in redrawn().grids}
    counts: dict[str, int] = {}
    for issue in properties(service, "issues", WHOLE):
        if "grid" in issue:
            counts[issue["grid"]] = counts.get(issue["grid"], 0) + 1
    assert counts == dict(brute(redrawn(), reports()))


def test_no_report_text_in_a_tile(service: Service) -> None:
    import_issues(service, reports(), actor="tester")
    assert all(set(p) <= {"id", "status", "grid"} for p in properties(service, "issues", WHOLE))


def test_borders_are_drawn_once_with_both_sides(service: Service) -> None:
    """Four grids in a square: four borders between two of them, and each grid's part of the outer edge."""
    found = properties(service, "borders", WHOLE)
    pairs = [(p["left"][-1], p.get("right", "0")[-1]) for p in found]
    assert sorted(pair for pair in pairs if pair[1] != "0") == [("1", "2"), ("1", "3"), ("2", "4"), ("3", "4")]
    assert sorted(pair[0] for pair in pairs if pair[1] == "0") == ["1", "2", "3", "4"]
    assert {p["level"] for p in found} == {"base", "edge"}


def test_a_version_is_that_of_the_data(service: Service) -> None:
    def versions() -> dict[str, str]:
        return {layer: tile(service, layer, *WHOLE)[0] for layer in LAYERS}

    first = versions()
    assert versions() == first
    import_issues(service, reports(), actor="tester")
    second = versions()
    assert {layer for layer in LAYERS if first[layer] != second[layer]} == {"issues"}
    draft = service.store.save_plan(redrawn(), name="second", actor="tester")
    assert versions() == second
    assert {p["code"] for p in properties(service, "grids", WHOLE)} == {grid.code for grid in drawing().grids}
    _, body = tile(service, "grids", *WHOLE, plan_id=draft.id)
    codes = {f["properties"]["code"] for f in mapbox_vector_tile.decode(body.plain())["grids"]["features"]}
    assert codes == {grid.code for grid in redrawn().grids}
    publish_plan(service, draft.id, effective=date(2025, 6, 1), actor="tester")
    third = versions()
    assert {layer for layer in LAYERS if second[layer] != third[layer]} >= {"grids", "borders", "units", "issues"}
    service.store.save_place(place(), actor="tester")
    assert third["buildings"] != versions()["buildings"]


def test_a_tile_that_is_known_is_not_drawn(service: Service) -> None:
    version, body = tile_unless(service, "grids", *WHOLE, lambda known: False)
    assert body is not None
    held = service.memory.tiles.held
    assert tile_unless(service, "grids", *tile_of(WEST, SOUTH, 20), lambda known: known == version) == (version, None)
    assert service.memory.tiles.held == held


@pytest.mark.postgis
def test_the_same_tiles_from_either_database(postgis_server: Any, service: Service) -> None:
    """The very bytes, of every layer and at every zoom."""
    with postgis_server.database(MIGRATED) as url:
        store = SqlStore(url)
        try:
            _compare(service, replace(service, store=store, memory=Memory()))
        finally:
            store.close()


def _compare(service: Service, other: Service) -> None:
    store = other.store
    store.save_place(place(), actor="tester")
    plan = store.save_plan(drawing(), name="first", actor="tester")
    publish_plan(other, plan.id, effective=date(2024, 1, 1), actor="tester")
    for one in (service, other):
        import_issues(one, reports(), actor="tester")
    for layer in LAYERS:
        for z in (0, 8, 12, 15, 18, 20):
            for lon, lat in ((WEST + STEP / 2, SOUTH + STEP / 2), (WEST + 2 * STEP, SOUTH + 2 * STEP)):
                address = tile_of(lon, lat, z)
                assert data_of(service, layer, address) == data_of(other, layer, address)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3000)), max_size=60), st.integers(500, 9000))
def test_tiles_are_held_up_to_so_many_bytes(asked: list[tuple[int, int]], most: int) -> None:
    drawn = Drawn(most)
    made: list[int] = []
    for key, size in asked:
        data = np.random.default_rng(key).bytes(size % 97 * 31 + key)
        body = drawn.get((key, size), lambda data=data: made.append(1) or data)  # type: ignore[misc]
        assert body.plain() == data
        assert drawn.held <= max(most, 0)
    before = len(made)
    if asked and drawn.held:
        drawn.get(asked[-1], lambda: made.append(1) or b"")  # type: ignore[func-returns-value]
        assert len(made) <= before + 1


@pytest.mark.parametrize("address", [(23, 0, 0), (1, 2, 0), (1, 0, 2), (0, -1, 0), (-1, 0, 0)])
def test_tiles_that_do_not_exist(service: Service, address: tuple[int, int, int]) -> None:
    with pytest.raises(InvalidInput):
        tile(service, "grids", *address)
    with pytest.raises(NotFound):
        tile(service, "roofs", 0, 0, 0)


@pytest.mark.parametrize("layer", LAYERS)
def test_tiles_of_an_empty_database(empty: Service, layer: str) -> None:
    if layer in ("grids", "borders", "units"):
        with pytest.raises(NotFound):
            tile(empty, layer, *WHOLE)
    else:
        assert data_of(empty, layer, WHOLE) == b""
