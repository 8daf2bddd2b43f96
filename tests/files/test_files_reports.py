"""Issue files: each row comes back in its place, as a value or as the error that names it."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import shapely

from geo.errors import GeoError, InvalidCoordinate, InvalidCrs, InvalidInput
from geo.files import LocalFiles
from geo.model import Layer, Report

from .conftest import objects

SHANGHAI = ZoneInfo("Asia/Shanghai")


BALTIMORE = {
    "source_id": "SRRecordID",
    "text": "SRType",
    "reported_at": "CreatedDate",
    "status": "SRStatus",
    "closed_at": "CloseDate",
    "address": "Address",
    "lat": "Latitude",
    "lon": "Longitude",
}


def fault_of(row):
    """Why a row is none, or why its coordinate cannot be used."""
    return row if isinstance(row, GeoError) else row.fault


@pytest.fixture
def read(files, tmp_path):
    """Rows of a CSV text as values."""

    def reports(text, *, columns=None, crs="WGS84", name="issues.csv", source="file"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return list(files.read_reports(str(path), columns=columns or {}, crs=crs, source=source))

    return reports


def test_real_reports(shared_data):
    files = LocalFiles("America/New_York")
    path = shared_data / "baltimore_311" / "311_sample.csv"
    rows = list(files.read_reports(str(path), columns=BALTIMORE, crs="WGS84", source="311"))
    assert len(rows) == 10_000
    assert all(isinstance(row, Report) for row in rows)
    assert sum(row.lon is None for row in rows) == 590
    rounded = [row for row in rows if row.accuracy_m is not None and row.accuracy_m > 500]
    assert len(rounded) == 892
    assert {row.accuracy_m for row in rounded} == {55_660.0}
    assert Counter(row.status for row in rows) == {
        "closed": 9567 + 207 + 18,
        "to_dispatch": 113 + 8,
        "to_confirm": 67 + 2,
        "in_progress": 17 + 1,
    }
    assert rows[0].reported_at.astimezone(UTC) == datetime(2018, 4, 12, 15, 11, 26, tzinfo=UTC)
    assert len({row.source_id for row in rows}) == 10_000
    assert rows == list(files.read_reports(str(path), columns=BALTIMORE, crs="WGS84", source="311"))


def test_own_columns(read):
    (report,) = read(
        "source_id,source,reported_at,text,address,lon,lat,crs,accuracy_m,scheme,kind,category,status,closed_at,"
        "reporter_name,reporter_phone\n"
        "7,12345,2026-03-01T10:31:00+08:00,井盖缺失,晨光路8号,116.4041,39.9151,GCJ-02,15,gb,部件,0101,已办结,"
        "2026-03-02 09:00,王某,13900000000\n",
        crs=None,
    )
    assert report == Report(
        text="井盖缺失",
        source="12345",
        source_id="7",
        reported_at=datetime(2026, 3, 1, 10, 31, tzinfo=timezone(timedelta(hours=8))),
        scheme="gb",
        kind="part",
        category="0101",
        lon=116.4041,
        lat=39.9151,
        crs="GCJ-02",
        accuracy_m=15.0,
        address="晨光路8号",
        status="closed",
        closed_at=datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI),
        reporter_name="王某",
        reporter_phone="13900000000",
    )


@pytest.mark.parametrize(
    ("row", "code", "words"),
    [
        ("x,nan,39.9,,", "row_coordinate_no_number", "lon of row 2 is 'nan'"),
        ("x,116.4,inf,,", "row_coordinate_no_number", "lat of row 2 is 'inf'"),
        ("x,116.4,39°54′,,", "row_coordinate_no_number", "39°54′"),
        ("x,1_1.5,39.9,,", "row_coordinate_no_number", "1_1.5"),
        ("x,116.4,,,", "row_half_coordinate", "lat is empty"),
        ("x,,39.9,,", "row_half_coordinate", "lon is empty"),
        ("x,181.5,39.9123,,", "row_out_of_range", "181.5"),
        ("x,116.4,-90.5,,", "row_out_of_range", "-90.5"),
        ("x,500000,3400000,,", "row_out_of_range", "WGS84|EPSG:4326"),
        ("x,39.9123,116.4123,,", "row_swapped", "swapped"),
        (",,,,", "report_no_place", "neither"),
        ("x,116.4123,39.9123,昨天,", "row_time_bad", "昨天"),
        ("x,116.4123,39.9123,13/13/2026,", "row_time_bad", "13/13/2026"),
        ("x,116.4123,39.9123,,maybe", "row_status_unknown", "'maybe'"),
        ("x,116.4123,39.9123,,,,extra", "row_too_long", "line 3"),
    ],
)
def test_a_bad_row_is_named_and_fails_no_other(row, code, words, read):
    good = "好,116.4123,39.9123,2026-03-01 10:31,open\n"
    rows = read(f"text,lon,lat,reported_at,status\n{good}{row}\n{good}")
    error = fault_of(rows[1])
    assert fault_of(rows[0]) is fault_of(rows[2]) is None
    # Words may still place a row whose coordinate cannot be used.
    assert isinstance(rows[1], Report) == isinstance(error, InvalidCoordinate)
    if isinstance(rows[1], Report):
        assert (rows[1].text, rows[1].lon, rows[1].lat, rows[1].crs) == ("x", None, None, None)
    assert (error.code, error.context["row"]) == (code, 2)
    assert any(word in error.message("en") for word in words.split("|"))
    assert "2" in error.message("zh")
    assert error.code != "row_out_of_range" or isinstance(error, InvalidCoordinate)


def test_an_address_or_a_text_is_enough(read):
    rows = read("text,address,lon,lat\n,晨光路8号,,\n楼道灯坏,,,\n")
    assert [(row.lon, row.address, row.text) for row in rows] == [(None, "晨光路8号", ""), (None, None, "楼道灯坏")]


@pytest.mark.parametrize(
    ("lon", "lat", "accuracy"),
    [
        ("116", "39", 55_660.0),
        ("116.0", "39", 5_566.0),
        ("116.4", "39.9", 5_566.0),
        ("116.41", "39.91", 556.6),
        ("116.41", "39.9", 556.6),
        ("116.41", "39.912", None),
        ("1.16e2", "3.9e1", 55_660.0),
        ("116.４１２３", "39.9", None),
    ],
)
def test_rounded_coordinates_say_how_coarse_they_are(lon, lat, accuracy, read):
    (report,) = read(f"text,lon,lat\nx,{lon},{lat}\n")
    assert report.accuracy_m == (None if accuracy is None else pytest.approx(accuracy))
    (own,) = read(f"text,lon,lat,accuracy_m\nx,{lon},{lat},30\n")
    assert own.accuracy_m == (30 if accuracy is None else pytest.approx(accuracy))


def test_metres_are_never_rounded_degrees(read):
    (report,) = read("text,lon,lat\nx,500000,3400000\n", crs="EPSG:4548")
    assert (report.accuracy_m, report.crs) == (None, "EPSG:4548")
    (swapped,) = read("text,lon,lat\nx,3400000,500000\n", crs="EPSG:4548")
    assert swapped.fault.code == "row_swapped"
    (outside,) = read("text,lon,lat\nx,116.4,39.9\n", crs="EPSG:4548")
    assert outside.fault.code == "row_out_of_range"


def test_crs_of_file_and_row(read, files, tmp_path):
    rows = read("text,lon,lat,crs\na,116.4123,39.9123,bd09\nb,116.4123,39.9123,\nc,116.4123,39.9123,WGS\n", crs="gcj02")
    assert [row.crs for row in rows[:2]] == ["BD-09", "GCJ-02"]
    assert (rows[2].fault.code, rows[2].fault.context["got"]) == ("row_crs_unknown", "WGS")
    rows = read("text,lon,lat,crs\na,116.4123,39.9123,bd09\nb,116.4123,39.9123,\n", crs=None)
    assert rows[1].fault.code == "row_crs_missing"
    with pytest.raises(InvalidCrs, match="'x'"):
        files.read_reports(str(tmp_path / "issues.csv"), columns={}, crs="x", source="")
    with pytest.raises(InvalidCrs, match="--crs"):
        read("text,lon,lat\na,116.4123,39.9123\n", crs=None)


def test_mapping_is_checked_before_any_row(files, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("Description,Long,Lat\nx,116.4123,39.9123\n")

    def read(**columns):
        return files.read_reports(str(path), columns=columns, crs="WGS84", source="")

    with pytest.raises(InvalidInput, match="Did you mean 'Description'"):
        read(text="Descripton")
    with pytest.raises(InvalidInput, match="Did you mean 'text'"):
        read(texts="Description")
    (report,) = read(text="Description")
    assert (report.lon, report.lat) == (116.4123, 39.9123)
    path.write_text("Description,Long\nx,116.4123\n")
    with pytest.raises(InvalidInput, match="other coordinate"):
        read(text="Description")
    path.write_text("Where,Long,Lat\nx,116.4123,39.9123\n")
    with pytest.raises(InvalidInput, match="--text-field"):
        read(address="Where")
    path.write_text("a,b\n1,2\n")
    with pytest.raises(InvalidInput, match="text, address, lon, lat"):
        read()


def test_rows_without_an_id_get_the_same_one_each_time(read):
    text = "text,lon,lat\na,,\nb,,\na,,\n"
    first, again = read(text), read(text)
    assert [row.source_id for row in first] == [row.source_id for row in again]
    assert len({row.source_id for row in first}) == 3
    longer = read(text + "c,,\n")
    assert [row.source_id for row in longer[:3]] == [row.source_id for row in first]
    (named,) = read("source_id,text\n9,a\n")
    assert named.source_id == "9"


def test_hostile_texts(read):
    text = "<script>alert(1)</script>{row}'; DROP TABLE issues;--=1+1"
    (report,) = read(f'text,lon,lat\n"{text}",,\n')
    assert report.text == text
    (report,) = read(json.dumps({"text": "a\x00b\ud800c"}) + "\n", name="a.ndjson")
    assert report.text == "a\ufffdb\ufffdc"
    report.text.encode("utf-8")


def test_lines_of_json(read):
    lines = [{"text": "a", "lon": 116.4123, "lat": 39.9123}, {"text": "b", "lon": 116, "lat": 39}, {"text": None}]
    rows = read("\n".join([*map(json.dumps, lines), "[1]", "{", '{"text":"z","lon":NaN,"lat":1}']), name="a.ndjson")
    assert [getattr(fault_of(row), "code", None) for row in rows] == [
        None,
        None,
        "report_no_place",
        "row_no_json",
        "row_no_json",
        "row_coordinate_no_number",
    ]
    assert (rows[0].accuracy_m, rows[1].accuracy_m) == (None, 55_660.0)


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.geojsonl", "a.parquet"])
def test_points_of_a_vector_file_are_coordinates(name, files, write):
    shapes = objects([shapely.Point(116.412345, 39.912345), None])
    fields = {"text": objects(["a", "b"]), "reported_at": np.array(["2026-03-01T10:31", "NaT"], dtype="datetime64[ms]")}
    path = write(Layer(shapes, fields, "EPSG:4326", ""), name)
    rows = list(files.read_reports(path, columns={}, crs=None, source="x"))
    assert (rows[0].lon, rows[0].lat, rows[0].crs) == (116.412345, 39.912345, "EPSG:4326")
    assert rows[0].reported_at == datetime(2026, 3, 1, 10, 31, tzinfo=SHANGHAI)
    assert (rows[1].lon, rows[1].text, rows[1].reported_at) == (None, "b", None)
