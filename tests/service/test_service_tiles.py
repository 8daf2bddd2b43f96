"""Tiles of every layer: what lies in the tile is in it, and the grids are those of the plan in force."""

from __future__ import annotations

import math
from datetime import date

import mapbox_vector_tile
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import InvalidInput, NotFound
from geo.service.context import Service
from geo.service.issues import import_issues
from geo.service.plans import publish_plan
from geo.service.tiles import LAYERS, tile, tile_bounds
from tests.api.conftest import SOUTH, STEP, WEST, drawing
from tests.service.test_service_pages import brute, redrawn, reports


def tile_of(lon: float, lat: float, z: int) -> tuple[int, int, int]:
    phi = math.radians(lat)
    side = 2**z
    return z, int((lon + 180) / 360 * side), int((1 - math.asinh(math.tan(phi)) / math.pi) / 2 * side)


def properties(service: Service, layer: str, address: tuple[int, int, int]) -> list[dict]:
    data = tile(service, layer, *address)
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
    assert [p["name"] for p in properties(service, "base", WHOLE)] == ["1号楼"]
    assert len(properties(service, "issues", WHOLE)) == sum(row.lon is not None for row in rows)


def test_a_close_tile_holds_what_is_near_alone(service: Service) -> None:
    # At zoom 20 a tile is a third of a unit wide; this one lies in the middle of the south-western unit.
    near = properties(service, "units", tile_of(WEST + 0.5 * STEP, SOUTH + 0.5 * STEP, 20))
    assert [p["id"] for p in near] == ["u00"]
    assert tile(service, "units", *tile_of(0.0, 0.0, 20)) == b""


def test_tiles_follow_the_plan_in_force(service: Service) -> None:
    import_issues(service, reports(), actor="tester")
    before = tile(service, "issues", *WHOLE)
    draft = service.store.save_plan(redrawn(), name="second", actor="tester")
    assert tile(service, "issues", *WHOLE) == before
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


@pytest.mark.parametrize("address", [(23, 0, 0), (1, 2, 0), (1, 0, 2), (0, -1, 0), (-1, 0, 0)])
def test_tiles_that_do_not_exist(service: Service, address: tuple[int, int, int]) -> None:
    with pytest.raises(InvalidInput):
        tile(service, "grids", *address)
    with pytest.raises(NotFound):
        tile(service, "roofs", 0, 0, 0)


@pytest.mark.parametrize("layer", LAYERS)
def test_tiles_of_an_empty_database(empty: Service, layer: str) -> None:
    if layer in ("grids", "units"):
        with pytest.raises(NotFound):
            tile(empty, layer, *WHOLE)
    else:
        assert tile(empty, layer, *WHOLE) == b""
