"""Every format gives back what was written, and names stay what they were."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.errors import GeoError, InvalidCrs, InvalidInput, NotFound
from geo.model import Layer

from .conftest import objects, squares

NAMES = ["a.gpkg", "a.geojson", "a.shp", "a.parquet", "a.fgb", "a.csv", "a.tsv", "a.ndjson"]


@pytest.mark.parametrize("name", NAMES)
def test_round_trip(name, files, layer, write):
    wanted = layer(when=np.array(["2026-03-01T10:31:00"] * 12, dtype="datetime64[ms]"))
    got = files.read_layer(write(wanted, name))
    assert got.crs == (None if name.endswith(("csv", "tsv", "ndjson")) else "EPSG:4548")
    order = np.argsort(list(got.fields["id"]))  # FlatGeobuf packs rows by place
    # A Shapefile turns rings round; the vertices stay.
    pairs = shapely.normalize(got.geometry[order]), shapely.normalize(wanted.geometry)
    assert shapely.equals_exact(*pairs, tolerance=0).all()
    for field in ("id", "名称", "pop", "households"):
        assert got.fields[field][order].tolist() == wanted.fields[field].tolist()
        assert got.fields[field].dtype.kind == wanted.fields[field].dtype.kind or field == "pop"
    assert str(got.fields["when"][0]).startswith("2026-03-01T10:31:00")


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.parquet", "a.csv", "a.geojsonl"])
def test_coordinates_keep_every_bit(name, files, write):
    rng = np.random.default_rng(3)
    corners = np.array([117.0, 30.0]) + rng.uniform(-0.01, 0.01, (50, 3, 2))
    shapes = [shapely.Polygon(triangle) for triangle in corners]
    wanted = Layer(objects(shapes), {"id": objects([str(k) for k in range(50)])}, "EPSG:4326", "")
    got = files.read_layer(write(wanted, name))
    assert shapely.equals_exact(got.geometry, wanted.geometry, tolerance=0).all()


@pytest.mark.parametrize("name", ["a.geojson", "a.parquet", "a.csv", "a.ndjson", "a.gpkg"])
def test_hostile_texts_survive(name, files, write):
    texts = ["=HYPERLINK('x')", "<script>", 'a"b,c\nd', "'; DROP TABLE units;--", "𠮷野家\t", "{0} {row}", "null", " "]
    wanted = Layer(objects([shapely.Point(k, k) for k in range(8)]), {"text": objects(texts)}, "EPSG:4326", "")
    got = files.read_layer(write(wanted, name)).fields["text"].tolist()
    assert [text or " " for text in got] == texts


def test_missing_values_stay_missing(files, write):
    fields = {
        "text": objects(["x", None, "z"]),
        "whole": objects([1, None, 3]),
        "real": np.array([0.5, np.nan, 2.5]),
        "flag": objects([True, None, False]),
    }
    shapes = objects([shapely.Point(0, 0), None, shapely.Point(2, 2)])
    for name in ("a.gpkg", "a.geojson", "a.parquet"):
        got = files.read_layer(write(Layer(shapes, fields, "EPSG:4326", ""), name))
        assert shapely.is_missing(got.geometry).tolist() == [False, True, False]
        assert got.fields["text"].tolist() == ["x", None, "z"]
        for field in ("whole", "real"):
            np.testing.assert_array_equal(got.fields[field].astype(float), [fields[field][0], np.nan, fields[field][2]])
        assert got.fields["flag"][1] is None or np.isnan(got.fields["flag"][1])


def test_single_polygons_stay_polygons_and_mixed_ones_become_multiple(files, layer, write):
    assert {g.geom_type for g in files.read_layer(write(layer(), "plain.gpkg")).geometry} == {"Polygon"}
    mixed = squares()
    mixed[0] = shapely.MultiPolygon([mixed[0]])
    got = files.read_layer(write(layer(mixed), "mixed.gpkg"))
    assert shapely.equals(got.geometry, objects(mixed)).all()


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.shp"])
def test_rings_are_lines_in_a_file(name, files, write):
    corners = [(0, 0), (4, 0), (4, 3), (0, 0)]
    alone = objects([shapely.LinearRing(corners)])
    mixed = objects([shapely.LinearRing(corners), shapely.LineString([(9, 9), (8, 8)])])
    for shapes in (alone, mixed):
        got = files.read_layer(write(Layer(shapes, {"id": np.arange(len(shapes))}, "EPSG:4547", ""), name)).geometry
        assert {shape.geom_type for shape in got} == {"LineString"}
        assert shapely.get_coordinates(got[0]).tolist() == [list(map(float, corner)) for corner in corners]


def test_columns_called_like_gdals_own(files, write):
    fields = {"fid": objects(["x", "y"]), "geom": objects(["p", "q"]), "FID0": np.array([7, 8])}
    got = files.read_layer(write(Layer(objects(squares(1, 2)), fields, "EPSG:4548", "")))
    assert {name: values.tolist() for name, values in got.fields.items()} == {
        "fid": ["x", "y"],
        "geom": ["p", "q"],
        "FID0": [7, 8],
    }


# --- tables -------------------------------------------------------------------------------------------------------

TABLE = "编号,名称,户数,说明\n007,网格一,12,\n008,网格二,13.5,x\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_tables_in_every_encoding(encoding, mark, files, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(TABLE.replace(",", mark).encode(encoding))
    got = files.read_layer(str(path))
    assert got.fields["编号"].tolist() == ["007", "008"]
    assert got.fields["户数"].tolist() == [12.0, 13.5]
    assert got.fields["说明"].tolist() == [None, "x"]
    assert got.crs is None


def test_geojson_in_gb18030(files, layer, write):
    path = Path(write(layer(crs="EPSG:4326", geometry=[shapely.Point(k, k) for k in range(12)]), "a.geojson"))
    path.write_bytes(path.read_text("utf-8").encode("gb18030"))
    assert files.read_layer(str(path)).fields["名称"][1] == "网格1"


# --- names and kinds ----------------------------------------------------------------------------------------------


def test_layers_by_name(files, layer, tmp_path):
    path = str(tmp_path / "a:b.gpkg")  # a colon inside a file's name is no layer
    table = Layer(objects([None] * 12), {"key": objects(["k"] * 12)}, None, "")
    files.write_layers(path, {"units": layer(), "notes": table})
    assert len(files.read_layer(path).geometry) == 12  # the only one with geometry
    assert files.read_layer(f"{path}:notes").fields["key"][0] == "k"
    with pytest.raises(NotFound, match=r"no layer 'unit'.*units, notes"):
        files.read_layer(f"{path}:unit")
    files.write_layers(path, {"roads": layer(), "walls": layer()})
    with pytest.raises(InvalidInput, match="roads, walls"):
        files.read_layer(path)
    with pytest.raises(GeoError):
        files.read_units(path, weight="pop")
    files.write_layers(path, {"roads": layer(), "units": layer()})
    assert len(files.read_units(path, weight="pop")) == 12


def test_formats_that_cannot_hold_it(files, layer, tmp_path):
    with pytest.raises(InvalidInput, match="holds one layer"):
        files.write_layers(str(tmp_path / "a.geojson"), {"a": layer(), "b": layer()})
    with pytest.raises(InvalidCrs):
        files.write_layers(str(tmp_path / "a.gpkg"), {"a": layer(crs="GCJ-02")})
    with pytest.raises(InvalidCrs):
        files.write_layers(str(tmp_path / "a.geojsonl"), {"a": layer()})
    with pytest.raises(InvalidCrs):
        files.write_layers(str(tmp_path / "a.geojson"), {"a": layer(crs="+proj=tmerc +lon_0=117.3 +ellps=krass")})
    with pytest.raises(InvalidInput, match="ending"):
        files.write_layers(str(tmp_path / "a.xyz"), {"a": layer()})
    assert not list(tmp_path.iterdir())


def test_json_and_rows(files, tmp_path):
    value = {"a": np.float64(0.5), "b": np.arange(3), "c": float("nan"), "d": (1, None), "名": {np.int64(1): True}}
    files.write_json(tmp_path / "a.json", value)
    assert json.loads((tmp_path / "a.json").read_text("utf-8")) == {
        "a": 0.5,
        "b": [0, 1, 2],
        "c": None,
        "d": [1, None],
        "名": {"1": True},
    }
    files.write_rows(tmp_path / "a.csv", ["网格", "x"], [["甲,乙", -1.5], ["=1+1", "-3"], ["+86 139", None]])
    data = (tmp_path / "a.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.decode("utf-8-sig") == "网格,x\r\n\"甲,乙\",-1.5\r\n'=1+1,-3\r\n'+86 139,\r\n"
    files.write_text(tmp_path / "a.html", "<p>网格\n</p>")
    assert (tmp_path / "a.html").read_bytes() == "<p>网格\n</p>".encode()


def test_real_file_of_each_kind_is_read(files, shared_data):
    districts = files.read_layer(str(shared_data / "china" / "districts.gpkg"))
    assert (len(districts.geometry), districts.crs) == (39, "EPSG:4490")
    assert "东昌区" in districts.fields["name"].tolist()
    roads = files.read_layer(f"{shared_data / 'shanghai' / 'clean.gpkg'}:roads")
    assert len(roads.geometry) == 1094
