"""Gazetteer files: every format gives the same entries, in WGS84, and no bad row is lost."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import crs
from geo.errors import InvalidCrs, InvalidInput
from geo.files.gazetteer_roads import road_sides
from geo.model import Layer

from .conftest import objects

LON, LAT = 114.1234567, 34.7654321
HEADER = "id,kind,name,aliases,old_names,road,number,low,high,side,lon,lat"
ROWS = [
    f"p1,poi,梧桐小学,梧小|梧桐路小学,第二小学,梧桐路,8,,,,{LON},{LAT}",
    f"r1,road,梧桐路,,,梧桐路,,1,99,odd,{LON},{LAT}",
    "c1,compound,晨光里,,,,,,,,,",
]


def read(files, tmp_path, text, name="g.csv", crs="WGS84", columns=None):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return files.read_gazetteer(str(path), crs=crs, columns=columns or {})


def test_a_table(files, tmp_path):
    entries, faults = read(files, tmp_path, "\n".join([HEADER, *ROWS]))
    assert not faults
    assert entries[0] == {
        "id": "p1", "kind": "poi", "name": "梧桐小学", "aliases": ["梧小", "梧桐路小学"], "old_names": ["第二小学"],
        "road": "梧桐路", "number": "8", "lon": LON, "lat": LAT,
    }  # fmt: skip
    assert (entries[1]["low"], entries[1]["high"], entries[1]["side"]) == (1, 99, "odd")
    assert "lon" not in entries[2]


@pytest.mark.parametrize("datum", ["GCJ-02", "BD-09", "CGCS2000", "EPSG:4547"])
def test_coordinates_are_converted(datum, files, tmp_path):
    x, y = crs.from_wgs84(LON, LAT, crs=datum)
    text = f"id,kind,name,lon,lat\np1,poi,学校,{float(x)!r},{float(y)!r}\n"
    (entry,), _ = read(files, tmp_path, text, crs=datum)
    assert (entry["lon"], entry["lat"]) == (pytest.approx(LON, abs=1e-6), pytest.approx(LAT, abs=1e-6))
    rows = [{"id": "p1", "kind": "poi", "name": "学校", "lon": float(x), "lat": float(y), "crs": datum}]
    for name, body in (("g.json", json.dumps(rows)), ("g.ndjson", json.dumps(rows[0]))):
        assert read(files, tmp_path, body, name, crs=None)[0] == (entry,)


def test_a_system_is_never_guessed(files, tmp_path):
    with pytest.raises(InvalidCrs, match="nothing is guessed"):
        read(files, tmp_path, "\n".join([HEADER, *ROWS]), crs=None)
    entries, _ = read(files, tmp_path, "id,kind,name\nc1,compound,晨光里\n", crs=None)
    assert entries == ({"id": "c1", "kind": "compound", "name": "晨光里"},)


@pytest.mark.parametrize("name", ["g.gpkg", "g.geojson", "g.parquet"])
def test_shapes_of_a_vector_file(name, files, write):
    box = shapely.box(LON, LAT, LON + 0.01, LAT + 0.01)
    layer = Layer(
        objects([shapely.Point(LON, LAT), box]),
        {"id": objects(["p1", "c1"]), "kind": objects(["poi", "compound"]), "name": objects(["学校", "晨光里"])},
        "EPSG:4326",
        "",
    )
    entries, faults = files.read_gazetteer(write(layer, name), crs=None, columns={})
    assert not faults
    assert (entries[0]["lon"], entries[0]["lat"]) == (LON, LAT)
    assert "shape" not in entries[0]
    assert shapely.from_wkt(entries[1]["shape"]).equals_exact(box, 1e-6)
    assert box.contains(shapely.Point(entries[1]["lon"], entries[1]["lat"]))


@pytest.mark.parametrize(
    ("row", "code", "words"),
    [
        (",poi,学校,,,,,,,,,", "gazetteer_missing_field", "id"),
        ("x,poi,,,,,,,,,,", "gazetteer_missing_field", "name"),
        ("x,palace,学校,,,,,,,,,", "row_word_unknown", "palace"),
        ("p1,poi,学校,,,,,,,,,", "gazetteer_id_twice", "p1"),
        ("x,poi,学校,,,,,,,,114.1,", "row_half_coordinate", "lat"),
        (f"x,poi,学校,,,,,,,,{LAT},{LON}", "row_swapped", "swapped"),
        ("x,poi,学校,,,,,,,,514.1,34.1", "row_out_of_range", "514.1"),
        ("x,poi,学校,,,,,,,,one,34.1", "row_coordinate_no_number", "one"),
        ("x,road,路,,,路,,9,3,,,", "gazetteer_range_turned", "9–3"),
        ("x,road,路,,,路,,1.5,3,,,", "gazetteer_bad_value", "1.5"),
        ("x,road,路,,,路,,1,3,up,,", "row_word_unknown", "up"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_and_fails_no_other(row, code, words, files, tmp_path):
    entries, faults = read(files, tmp_path, "\n".join([HEADER, ROWS[0], row, ROWS[1]]))
    assert [entry["id"] for entry in entries] == ["p1", "r1"]
    (fault,) = faults
    assert (fault.code, fault.context["row"]) == (code, 2)
    assert words in fault.message("en")
    assert fault.message("zh") != fault.message("en")


def test_columns_are_checked(files, tmp_path):
    with pytest.raises(InvalidInput, match="lacks the column"):
        read(files, tmp_path, "id,name\n1,x\n")
    entries, _ = read(files, tmp_path, "编号,kind,名称\n1,poi,学校\n", columns={"id": "编号", "name": "名称"})
    assert entries == ({"id": "1", "kind": "poi", "name": "学校"},)
    with pytest.raises(InvalidInput, match="Did you mean 'old_names'"):
        read(files, tmp_path, "id,kind,name\n", columns={"old_name": "name"})


doors = st.lists(
    st.builds(
        lambda road, number, area, x: {"road": road, "number": number, "community": area, "lon": x, "lat": x},
        st.sampled_from(["一路", "二路", None]),
        st.one_of(st.integers(1, 40).map(str), st.just("3弄5"), st.none()),
        st.sampled_from(["东", "西"]),
        st.floats(0, 1),
    ),
    max_size=30,
)


@given(doors=doors)
def test_sides_of_roads_hold_every_plain_number_once(doors):
    sides = list(road_sides(doors))
    known = {(d["road"], d["community"], int(d["number"])) for d in doors if d["road"] and str(d["number"]).isdecimal()}
    held = [(s["road"], s["community"], n[0]) for s in sides for n in s["numbers"]]
    assert len(held) == len(set(held))
    assert set(held) <= known
    for side in sides:
        numbers = [row[0] for row in side["numbers"]]
        assert numbers == sorted(numbers)
        assert {n % 2 for n in numbers} == {int(side["side"] == "odd")}
        assert (side["low"], side["high"]) == (numbers[0], numbers[-1])
    alone = known - set(held)
    twins = {(r, c, n % 2) for r, c, n in alone}
    assert len(twins) == len(alone)  # only a number that is alone on its side makes none
    assert np.all([len(side["numbers"]) > 1 for side in sides])
