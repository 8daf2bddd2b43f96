"""Every format gives back what was written, and names stay what they were."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import numpy as np
import pyogrio
import pyogrio.raw
import pytest
import shapely

from geo.errors import Conflict, GeoError, InvalidCrs, InvalidInput, NotFound
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


# --- Shapefiles ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cpg", ["GB18030", "936", "GBK", None, "UTF-8", "ISO-8859-1", "nonsense"])
def test_gbk_shapefile_is_read_whatever_the_cpg_says(cpg, files, tmp_path):
    path = tmp_path / "社区.shp"
    names = ["文山社区", "网格员（甲）", None, "plain"]
    wkb = shapely.to_wkb(objects(squares(1, 4)))
    pyogrio.raw.write(
        path,
        wkb,
        [objects(names)],
        objects(["名称"]),
        geometry_type="Polygon",
        crs="EPSG:4548",
        driver="ESRI Shapefile",
        encoding="GB18030",
    )
    side = path.with_suffix(".cpg")
    side.unlink(missing_ok=True)
    if cpg is not None:
        side.write_text(cpg)
    got = files.read_layer(str(path))
    assert got.fields["名称"].tolist() == names
    assert got.crs == "EPSG:4548"


def test_utf8_shapefile_with_a_latin_cpg(files, layer, write):
    path = Path(write(layer(), "a.shp"))
    path.with_suffix(".cpg").write_text("ISO-8859-1")
    assert files.read_layer(str(path)).fields["名称"][1] == "网格1"


def test_latin_shapefile_stays_latin(files, tmp_path):
    path = tmp_path / "a.shp"
    names = ["café", "Zürich", "naïf é"]
    wkb = shapely.to_wkb(objects(squares(1, 3)))
    options = {"geometry_type": "Polygon", "crs": "EPSG:4548", "driver": "ESRI Shapefile", "encoding": "ISO-8859-1"}
    pyogrio.raw.write(path, wkb, [objects(names)], objects(["name"]), **options)
    assert files.read_layer(str(path)).fields["name"].tolist() == names


def test_text_cut_inside_a_character_loses_only_that_character(files, tmp_path):
    path = tmp_path / "a.shp"
    wkb = shapely.to_wkb(objects(squares(1, 2)))
    options = {"geometry_type": "Polygon", "crs": "EPSG:4548", "driver": "ESRI Shapefile", "encoding": "GB18030"}
    pyogrio.raw.write(path, wkb, [objects(["社区网格社区网", "x"])], objects(["name"]), **options)
    path.with_suffix(".cpg").unlink(missing_ok=True)
    dbf = path.with_suffix(".dbf")
    data = bytearray(dbf.read_bytes())
    raw = "社区网格社区网".encode("gb18030")
    at, width = data.index(raw), data[32 + 16]
    data[at : at + width] = ("社" * width).encode("gb18030")[: width - 1] + "社".encode("gb18030")[:1]
    if width % 2 == 0:
        data[at : at + width] = b"a" + ("社" * width).encode("gb18030")[: width - 1]
    dbf.write_bytes(data)
    got = files.read_layer(str(path)).fields["name"][0]
    assert set(got) <= {"a", "社"}
    assert got.count("社") == (width - 1) // 2


def test_long_column_names_are_cut_and_said_and_come_back(files, layer, write):
    long = {
        "household_total_2025": np.arange(12),
        "household_total_2026": np.arange(12) * 2,
        "居民户数合计": np.ones(12),
    }
    path = Path(write(layer(**long), "a.shp"))
    raw = pyogrio.raw.read_info(path) if hasattr(pyogrio.raw, "read_info") else pyogrio.read_info(path)
    assert all(len(str(name).encode()) <= 10 for name in raw["fields"])
    assert len(set(raw["fields"])) == len(raw["fields"])
    assert "household_total_2026" in path.with_name("a.fields.csv").read_text("utf-8-sig")
    got = files.read_layer(str(path))
    assert {*long} <= {*got.fields}
    np.testing.assert_array_equal(got.fields["household_total_2026"], np.arange(12) * 2)
    write(layer(), "a.shp")
    assert not path.with_name("a.fields.csv").exists()
    assert "id" in files.read_layer(str(path)).fields


def test_shapefile_refuses_what_it_would_cut(files, layer, write):
    with pytest.raises(InvalidInput, match=r"row 1 .*note"):
        write(layer(note=["长" * 100] + ["x"] * 11), "a.shp")
    with pytest.raises(InvalidInput):
        write(layer([shapely.Point(0, 0), *squares()[1:]]), "b.shp")
    with pytest.raises(InvalidInput, match="no shapes"):
        write(Layer(objects([None]), {"a": objects(["x"])}, None, ""), "c.shp")


def test_shapefile_without_its_parts(files, layer, write):
    path = Path(write(layer(), "a.shp"))
    path.with_suffix(".dbf").unlink()
    with pytest.raises(InvalidInput, match=r"lacks its \.dbf"):
        files.read_layer(str(path))


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


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('a,b\n1,"x\n2,y\n', "line"),
        ("a,a\n1,2\n", "two columns"),
        ("a,b\n1,2,3\n", "3 cells"),
        ("", "empty"),
        ("\n\n", "empty"),
    ],
)
def test_broken_tables(text, words, files, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(InvalidInput, match=words):
        files.read_layer(str(path))


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


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("unit.gpkg", NotFound, "Did you mean 'units.gpkg'"),
        ("xyz.gpkg", NotFound, "no file"),
        ("nowhere/units.gpkg", NotFound, "folder"),
        ("units.xyz", NotFound, "units.gpkg"),
        ("folder.gpkg", InvalidInput, "is a folder"),
        ("note.docx", InvalidInput, "ending"),
        ("https://example.org/a.gpkg", InvalidInput, "no requests"),
        ("/vsicurl/http://example.org/a.gpkg", InvalidInput, "no requests"),
        ("C:\\data\\a.gpkg", NotFound, "no file"),
    ],
)
def test_names_that_are_no_files(name, error, words, files, layer, write, tmp_path, monkeypatch):
    write(layer())
    (tmp_path / "folder.gpkg").mkdir()
    (tmp_path / "note.docx").write_text("x")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=words) as caught:
        files.read_layer(name)
    assert caught.value.message("zh")


PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.parquet", "a.fgb", "a.geojson", "a.csv", "a.ndjson"])
@pytest.mark.parametrize(
    "content", [b"", b"   \n", PNG, b"PK\x03\x04" + b"x" * 50, b"\0" * 64, b"hello", b"SQLite format 3\0" + b"\0" * 90]
)
def test_files_of_another_kind(name, content, files, tmp_path):
    path = tmp_path / name
    path.write_bytes(content)
    if name == "a.csv" and content == b"hello":
        assert list(files.read_layer(str(path)).fields) == ["hello"]
        return
    with pytest.raises(InvalidInput) as caught:
        files.read_layer(str(path))
    assert name in caught.value.message("en") or caught.value.code == "row_no_json"


def test_plain_database_is_no_geopackage(files, tmp_path):
    path = tmp_path / "a.gpkg"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE t (x)")
    database.close()
    with pytest.raises(InvalidInput, match="gpkg_contents"):
        files.read_layer(str(path))


def test_truncated_geopackage_is_always_a_sentence(files, layer, write, tmp_path):
    whole = Path(write(layer(squares(30, 30)))).read_bytes()
    cut = tmp_path / "cut.gpkg"
    lengths = [1, 15, 16, 50, 99, 100, 101, 4096, 5000, 8192, *range(16_384, len(whole), 20_480), len(whole) - 1]
    for length in lengths:
        cut.write_bytes(whole[:length])
        with pytest.raises(InvalidInput) as caught:
            files.read_units(str(cut), weight="pop")
        assert "cut.gpkg" in caught.value.message("zh")


def test_geopackage_with_a_spoilt_page(files, layer, write):
    path = Path(write(layer(squares(30, 30))))
    data = bytearray(path.read_bytes())
    page = 4096 * (len(data) // 4096 // 2)
    data[page : page + 4096] = os.urandom(4096)
    path.write_bytes(data)
    with pytest.raises(InvalidInput, match="damaged"):
        files.read_layer(str(path))


@pytest.mark.parametrize("name", ["a.geojson", "a.parquet", "a.fgb", "a.shp"])
def test_truncated_files_of_other_formats(name, files, layer, write):
    path = Path(write(layer(squares(20, 20)), name))
    whole = path.read_bytes()
    for share in (0.1, 0.5, 0.9):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(InvalidInput):  # rows without shapes in the case of a Shapefile
            files.read_units(str(path), weight="pop")


def test_locked_geopackage(files, layer, write):
    path = write(layer())
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA locking_mode = EXCLUSIVE")
    database.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(Conflict, match="Close that program"):
            files.read_layer(path)
    finally:
        database.close()


# --- writing ------------------------------------------------------------------------------------------------------


def test_nothing_half_written(files, layer, tmp_path, monkeypatch):
    path = tmp_path / "a.gpkg"
    path.write_bytes(b"what was there")
    bad = layer(**{"POP": np.zeros(12)})  # SQLite does not tell pop and POP apart
    with pytest.raises(InvalidInput):
        files.write_layers(str(path), {"units": bad})
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.gpkg"]
    assert path.read_bytes() == b"what was there"
    with pytest.raises(InvalidInput, match="Make it first"):
        files.write_text(tmp_path / "no" / "a.txt", "x")
    with pytest.raises(InvalidInput, match="is a folder"):
        files.write_text(tmp_path, "x")


def test_leftovers_of_an_older_database_go(files, layer, tmp_path):
    path = tmp_path / "a.gpkg"
    for ending in ("-wal", "-shm", "-journal"):
        path.with_name(path.name + ending).write_bytes(b"old")
    files.write_layers(str(path), {"units": layer()})
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.gpkg"]


def test_disk_that_refuses(files, layer, tmp_path, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    with pytest.raises(InvalidInput, match="No space left"):
        files.write_json(tmp_path / "a.json", {})


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
