"""Shapefiles: encodings, names and texts that are cut, parts that are missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyogrio
import pyogrio.raw
import pytest
import shapely

from geo.errors import InvalidInput
from geo.model import Layer

from .conftest import objects, squares

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
