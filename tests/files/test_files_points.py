"""Files of points, and times in every spelling."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import InvalidInput
from geo.files.cells import time_of
from geo.model import Layer

from .conftest import objects

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T10:31:00",
        "2026-03-01 10:31",
        "2026-3-1 10:31:00",
        "2026/03/01 10:31",
        "2026.3.1 10:31",
        "2026年3月1日 10:31",
        "20260301T103100",
        "03/01/2026 10:31:00 AM",
        "3/1/2026 10:31",
        "２０２６-03-01 10:31",
        "2026-03-01T02:31:00Z",
        "2026-03-01T10:31:00+08:00",
        " 2026-03-01T10:31:00.000 ",
    ],
)
def test_times_in_every_spelling(text):
    assert time_of(text, SHANGHAI) == datetime(2026, 3, 1, 10, 31, tzinfo=SHANGHAI)


@given(st.text(max_size=20))
def test_any_text_is_a_time_or_none(text):
    moment = time_of(text, SHANGHAI)
    assert moment is None or moment.tzinfo is not None


@given(st.datetimes(datetime(1970, 1, 2), datetime(2199, 1, 1)))
def test_iso_times_come_back(moment):
    assert time_of(moment.isoformat(), UTC) == moment.replace(tzinfo=UTC)
    assert time_of(moment.strftime("%m/%d/%Y %I:%M:%S %p"), UTC) == moment.replace(tzinfo=UTC, microsecond=0)


# --- points -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["lon,lat", "经度,纬度", "Longitude,LATITUDE", "lng,lat", "x,y"])
def test_points_keep_their_rows(header, files, tmp_path):
    path = tmp_path / "p.csv"
    path.write_text(f"{header},id\n116.4,39.9,007\nx,39.9,b\n,,c\n116.5,40.0,d,e\nnan,1,f\n116.6,40.1,g\n")
    points = files.read_points(str(path), lon=None, lat=None)
    x = shapely.get_x(points.geometry)
    np.testing.assert_array_equal(x, [116.4, np.nan, np.nan, np.nan, np.nan, 116.6])
    assert points.fields["id"].tolist() == ["007", "b", "c", None, "f", "g"]
    assert points.crs is None


def test_points_of_named_columns(files, tmp_path):
    path = tmp_path / "p.tsv"
    path.write_text("a\tb\n116.4\t39.9\n")
    with pytest.raises(InvalidInput, match="It has: a, b"):
        files.read_points(str(path), lon=None, lat=None)
    with pytest.raises(InvalidInput, match="no field 'c'"):
        files.read_points(str(path), lon="c", lat="b")
    assert shapely.get_y(files.read_points(str(path), lon="a", lat="b").geometry[0]) == 39.9


@pytest.mark.parametrize("name", ["p.gpkg", "p.geojson", "p.parquet", "p.ndjson", "p.geojsonl"])
def test_points_of_files(name, files, write, tmp_path):
    shapes = objects([shapely.Point(116.4, 39.9), None, shapely.Point(116.5, 40)])
    fields = {"id": objects(["a", "b", "c"])}
    if name == "p.ndjson":
        fields |= {"lon": objects([116.4, None, 116.5]), "lat": objects([39.9, None, 40.0])}
    points = files.read_points(write(Layer(shapes, fields, "EPSG:4326", ""), name), lon=None, lat=None)
    np.testing.assert_array_equal(shapely.get_x(points.geometry), [116.4, np.nan, 116.5])
    assert points.fields["id"].tolist() == ["a", "b", "c"]


def test_areas_are_no_points(files, layer, write):
    with pytest.raises(InvalidInput, match="a Polygon, not a point"):
        files.read_points(write(layer()), lon=None, lat=None)
    assert len(files.read_points(write(layer()), lon="pop", lat="households").geometry) == 12
