"""With all that can be asked for, the rows of a batch say what each point by itself says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import crs as crs_
from geo.bulk.arrow import Asked, locate_batch
from geo.bulk.grids import Grids
from geo.bulk.run import Job, locate_files
from geo.bulk.spark import added_ddl, locator
from geo.errors import InvalidInput
from geo.locate.micro import MicroIndex
from geo.messages import say
from geo.model import Location
from geo.service.chain import levels_at
from geo.service.context import Net, build_net
from geo.service.honest import why_outside
from geo.service.locate import find_spot, location_of
from geo.service.outside import OUTSIDE_NOTES, why_outside_rows
from geo.wiring import build_file_ports
from tests.api.conftest import SOUTH, STEP, WEST, drawing, place
from tests.bulk.bulk_files import read_rows
from tests.bulk.test_bulk_resume import small_net

PORTS = build_file_ports()
FULL = Asked(
    lon="lon", lat="lat", crs_field="datum", lang="en", chain=True, nearest=True, candidates=True, accuracy="r"
)


def layered() -> Net:
    """Four base grids; one special grid over two of them and beyond, and one that was carved out."""
    grids = drawing().grids
    over = shapely.box(WEST + 1.5 * STEP, SOUTH - STEP, WEST + 2.5 * STEP, SOUTH + 0.7 * STEP)
    carved = shapely.box(WEST + 5 * STEP, SOUTH, WEST + 6 * STEP, SOUTH + STEP)
    special = (
        replace(grids[0], code="Z1", name="专属一", kind="special", units=0, geometry=over),
        replace(grids[0], code="Z2", name="专属二", kind="special", units=3, geometry=carved, parent="X"),
    )
    assert special[0].lies_over
    assert not special[1].lies_over
    return build_net(small_net().plan, tuple(sorted((*grids, *special), key=lambda grid: grid.code)), place())


NET = layered()


def alone(lon: float, lat: float, crs: str, accuracy: float | None) -> Location:
    spot = find_spot(NET, lon, lat, crs=crs)
    return location_of(NET, spot, crs=crs_.canonical(crs), accuracy_m=accuracy, given=(lon, lat))


def check_row(row: dict[str, Any], wanted: Location) -> None:
    assert (row["status"], row["grid"], row["nearest_grid"]) == (wanted.status, wanted.grid, wanted.nearest_grid)
    assert (row["nearest_m"] is None) == (wanted.nearest_m is None)
    if wanted.nearest_m is not None:
        assert row["nearest_m"] == pytest.approx(wanted.nearest_m, rel=1e-9, abs=1e-6)
    levels = {level.level: level for level in wanted.levels}
    for name in ("district", "street", "community", "area"):
        level = levels.get(name)  # type: ignore[call-overload]
        assert (row[name], row[f"{name}_name"]) == ((level.code, level.name) if level else (None, None))
    for name in ("base", "special"):
        level = levels.get(name)  # type: ignore[call-overload]
        assert row[f"{name}_grid"] == (level.code if level else None)
    told = wanted.context.get("candidates", [])
    if wanted.status == "unlocated":
        assert (row["probability"], row["candidates"]) == (None, None)
    else:
        assert row["candidates"] == told
        own = [one["probability"] for one in told if one["grid"] == row["grid"]]
        if told:  # with less than 1 % it is not among those that are told
            assert row["probability"] == (own[0] if own else pytest.approx(0, abs=0.01))
        else:
            assert row["probability"] > 0.94
    if wanted.note:
        assert say(wanted.note, "en", **wanted.context) in row["note"]
    else:
        assert row["note"] == ""


steps = st.one_of(st.integers(-2, 14).map(lambda k: k / 2), st.floats(-1, 7))
point = st.tuples(steps, steps, st.booleans())


@settings(max_examples=60, deadline=None)
@given(
    given=st.lists(
        st.tuples(point, st.sampled_from(["WGS84", "GCJ-02"]), st.sampled_from([None, 0.0, 4.0, 40.0, 700.0])),
        min_size=1,
        max_size=6,
    )
)
def test_rows_say_what_points_say(given: list[tuple[tuple[float, float, bool], str, float | None]]) -> None:
    rows = []
    for (column, line, rounded), crs, accuracy in given:
        lon, lat = WEST + column * STEP, SOUTH + line * STEP
        rows.append((round(lon, 3), round(lat, 3), crs, accuracy) if rounded else (lon, lat, crs, accuracy))
    lon, lat, crs, accuracy = (list(values) for values in zip(*rows, strict=True))
    batch = pa.record_batch({"lon": lon, "lat": lat, "datum": crs, "r": pa.array(accuracy, pa.float64())})
    found = locate_batch(batch, Grids.of(NET), FULL).to_pylist()
    for row, asked in zip(found, rows, strict=True):
        check_row(row, alone(*asked))


def test_a_special_grid_is_told_with_what_lies_beneath() -> None:
    x, y = [WEST + c * STEP for c in (1.7, 2.3, 1.7, 5.5, 9)], [SOUTH + r * STEP for r in (0.3, 0.3, -0.5, 0.5, 9)]
    batch = pa.record_batch({"lon": x, "lat": y})
    asked = Asked(lon="lon", lat="lat", crs="WGS84", chain=True)
    found = locate_batch(batch, Grids.of(NET), asked).to_pydict()
    first = "99010100100100"
    assert found["grid"] == ["Z1", "Z1", "Z1", "Z2", None]
    assert found["base_grid"] == [f"{first}1", f"{first}2", None, None, None]
    assert found["special_grid"] == found["grid"]
    assert found["community_name"] == ["晨光社区"] * 3 + [None] * 2
    assert found["area"] == [None, None, None, "X", None]
    assert [level.code for level in levels_at(NET, 5)] == ["X", "Z2"]


def test_rounded_rows_say_so_even_where_no_candidates_are_asked_for(net: Net, tmp_path: Path) -> None:
    border = WEST + 2 * STEP  # 114.00195…
    source, out = tmp_path / "p.csv", tmp_path / "o.csv"
    lines = ["114.002,33.001", "114.0020,33.0010", "114.002000,33.001000", f"{border!r},33.001", "114.001,33.001"]
    source.write_text("\n".join(["lon,lat", *lines]))
    notes = {}
    for words in ({}, {"border": False}, {"full": True}):
        job = Job((str(source),), str(out), crs="WGS84", lang="en", force=True, **words)  # type: ignore[arg-type]
        locate_files(net, job, PORTS)
        notes[str(words)] = [row["note"] for row in read_rows(out)]
    plain, swift, full = notes.values()
    assert plain == swift
    assert [bool(note) for note in plain] == [True, False, True, False, False]
    assert plain[0].startswith("The coordinate is rounded to about ±55 m and a border is nearer")
    assert full[0] == say("coordinate_rounded_near", "en", accuracy_m=55)
    assert [bool(note) for note in full] == [bool(note) for note in plain]
    told = json.loads(read_rows(out)[0]["candidates"])  # in a table of text it is JSON
    assert {row["grid"] for row in told} >= {"990101001001001", "990101001001002"}
    assert sum(row["probability"] for row in told) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("ending", [".parquet", ".arrow", ".ndjson", ".gpkg", ".geojson"])
def test_candidates_go_into_every_kind_of_file(net: Net, tmp_path: Path, ending: str) -> None:
    source, out = tmp_path / "p.csv", tmp_path / f"o{ending}"
    source.write_text(f"lon,lat\n{WEST + 1.99 * STEP},{SOUTH + STEP}\n{WEST + STEP},{SOUTH + STEP}\n")
    locate_files(net, Job((str(source),), str(out), crs="WGS84", accuracy_m=30.0, lang="en"), PORTS)
    first, second = read_rows(out)
    told = first["candidates"]
    told = json.loads(told) if isinstance(told, str) else told
    assert [set(row) for row in told] == [{"grid", "name", "probability"}] * len(told)
    assert told[0]["probability"] == first["probability"]
    assert "30 m" in first["note"]
    assert second["candidates"] == [] or json.loads(second["candidates"]) == []
    assert second["probability"] == 1.0


def test_what_is_no_accuracy_is_told_with_its_value(net: Net, tmp_path: Path) -> None:
    cells = ["", "12", "-5", "abc", "inf", "1,5"]
    source, out = tmp_path / "p.csv", tmp_path / "o.ndjson"
    x, y = WEST + STEP, SOUTH + STEP
    source.write_text("\n".join(["lon;lat;acc", *(f"{x};{y};{cell}" for cell in cells)]))
    locate_files(net, Job((str(source),), str(out), crs="WGS84", accuracy="acc", lang="en"), PORTS)
    rows = read_rows(out)
    assert [row["status"] for row in rows] == ["located"] * 2 + ["error"] * 4
    for row, cell in zip(rows[2:], cells[2:], strict=True):
        assert f"{cell!r}" in row["note"]
        assert row["candidates"] is None
    with pytest.raises(InvalidInput, match="acuracy"):
        locate_files(net, Job((str(source),), str(out), crs="WGS84", accuracy="acuracy"), PORTS)


def test_a_column_of_another_type_is_told_what_it_should_hold(net: Net) -> None:
    """Not how to name the columns of coordinates."""
    batch = pa.record_batch({"lon": [WEST + STEP], "lat": [SOUTH + STEP], "odd": [True]})
    usual = Asked(lon="lon", lat="lat", crs="WGS84", candidates=True)
    with pytest.raises(InvalidInput) as caught:
        locate_batch(batch, Grids.of(net), replace(usual, accuracy="odd"))
    assert (caught.value.code, caught.value.context["field"]) == ("bulk_accuracy_no_number", "odd")
    with pytest.raises(InvalidInput) as caught:
        locate_batch(batch, Grids.of(net), replace(usual, micro=True, floor="odd"))
    assert caught.value.code == "bulk_floor_no_number"


def test_an_accuracy_of_nothing_is_exact_whatever_the_digits_say(net: Net) -> None:
    """As over HTTP: 0 m leaves no other grid possible, unknown asks the digits of the numbers."""
    batch = pa.record_batch({"lon": [114.002] * 2, "lat": [33.001] * 2, "r": [0.0, None]})
    asked = Asked(lon="lon", lat="lat", crs="WGS84", candidates=True, accuracy="r")
    first, second = locate_batch(batch, Grids.of(net), asked).to_pylist()
    assert (first["probability"], first["candidates"], first["note"]) == (1.0, [], "")
    assert second["probability"] < 1.0


def test_stairwells_and_floors_of_rows_decide_in_a_tower(tmp_path: Path) -> None:
    net = small_net()
    shape = net.grids[0].geometry.representative_point()
    doors: dict[str, Any] = {"lon": [shape.x] * 3, "lat": [shape.y] * 3, "grid": [0] * 3}
    micro = MicroIndex.build(
        **doors, micro=["m1", "m2", "m3"], building=["B"] * 3, stairwell=["1", "1", "2"], floor=[1, 9, 1]
    )
    table = pa.table(
        {
            "lon": [shape.x] * 5,
            "lat": [shape.y] * 5,
            "door": pa.array(["1单元", "02", None, "1", "1"]).dictionary_encode(),
            "floor": ["9", "", "", "1", "顶楼"],
        }
    )
    asked = Asked(lon="lon", lat="lat", crs="WGS84", lang="en", micro=True, stairwell="door", floor="floor", chain=True)
    Grids.of(net, micro).save(tmp_path / "grids")
    opened = Grids.open(tmp_path / "grids")
    for grids in (Grids.of(net, micro), opened):
        rows = locate_batch(table.combine_chunks().to_batches()[0], grids, asked).to_pylist()
        assert [row["micro"] for row in rows] == ["m2", "m3", None, "m1", None]
        assert "several micro-grids" in rows[2]["note"]
        assert "顶楼" in rows[4]["note"]
        assert rows[4]["status"] == "error"


def test_saved_grids_answer_as_those_of_the_net_and_spark_knows_the_types(tmp_path: Path) -> None:
    grids = Grids.of(NET)
    grids.save(tmp_path / "grids")
    rng = np.random.default_rng(5)
    batch = pa.record_batch(
        {
            "lon": WEST + rng.uniform(-1, 7, 200) * STEP,
            "lat": SOUTH + rng.uniform(-1, 5, 200) * STEP,
            "datum": ["WGS84"] * 200,
            "r": rng.uniform(0, 60, 200),
        }
    )
    wanted = locate_batch(batch, grids, FULL).to_pylist()
    (found,) = locator(tmp_path / "grids", FULL)(iter([batch]))
    assert found.to_pylist() == wanted
    told = added_ddl(FULL)
    assert told.endswith("probability double, candidates array<struct<grid:string,name:string,probability:double>>")
    assert len(found.schema) == 4 + len(FULL.added())
    pq.write_table(pa.Table.from_batches([found]), tmp_path / "o.parquet")


@settings(max_examples=60, deadline=None)
@given(
    x=st.one_of(st.floats(110, 118), st.floats(400_000, 600_000), st.floats(3.6e6, 3.7e6), st.just(WEST + STEP)),
    y=st.one_of(st.floats(30, 36), st.floats(400_000, 600_000), st.floats(3.6e6, 3.7e6), st.just(SOUTH + STEP)),
    crs=st.sampled_from(["EPSG:4547", "EPSG:4526", "EPSG:4490"]),
)
def test_points_outside_are_asked_in_other_ways_as_one_by_one(x: float, y: float, crs: str) -> None:
    (found,) = why_outside_rows(NET.index, np.array([x]), np.array([y]), crs=crs)
    assert OUTSIDE_NOTES[found] == why_outside(NET, x, y, crs=crs)
