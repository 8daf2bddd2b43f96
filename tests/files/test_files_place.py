"""A place folder: what a tiny one means, and how each fault of it is named."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo import crs
from geo.errors import GeoError, InvalidCrs, InvalidInput, NotFound
from geo.files import LocalFiles
from geo.model import Department, Layer, Rule, Staff

from .conftest import objects

X, Y = 500_000.0, 3_400_000.0
SOURCE = (
    'code = "990101"\nname = "晨光区"\ninvented = true\ncrs = "EPSG:4548"\n\n[note]\nzh = "虚构"\nen = "invented"\n'
)
TABLES = {
    "departments.csv": (
        "code,name,parent,area,phone\nqu,区中心,,,1\n990101001-zx,一街道中心,qu,990101001,\n"
        "990101002-zx,二街道中心,qu,990101002,2\n"
    ),
    "categories.csv": (
        "scheme,kind,code,name,parent,source,certainty\ngb,part,01,公用设施,,x,1\ngb,part,0101,井盖,01,x,1\n"
        "gb,event,01,市容,,x,1\n"
    ),
    "rules.csv": (
        "id,scheme,kind,category,area,department,with_departments,deadline_hours,closing,version,source\n"
        "r1,gb,part,01,,{street}-zx,qu|990101001-zx,24,拍照,2,x\nr2,,,,990101002,qu,,,,,\n"
    ),
    "staff.csv": "grid,role,name,phone\n990101001001001,网格长,,\n990101001001001,网格员,张某,139\n",
}


def box(column: int, row: int, width: int = 1) -> shapely.Polygon:
    return shapely.box(X + 100 * column, Y + 100 * row, X + 100 * (column + width), Y + 100 * (row + 1))


def layers() -> dict[str, Layer]:
    def make(geometry, **fields) -> Layer:
        columns = {
            name: values if isinstance(values, np.ndarray) else objects(values) for name, values in fields.items()
        }
        return Layer(objects(geometry), columns, "EPSG:4548", "")

    one, two = "990101001001", "990101002001"
    return {
        "areas": make(
            [box(0, 0, 2), box(0, 0), box(1, 0), box(0, 0), box(1, 0)],
            code=["990101", "990101001", "990101002", one, two],
            name=["晨光区", "望河街道", "文苑街道", "望河社区", "石桥社区"],
            level=["district", "street", "street", "community", "community"],
            parent=[None, "990101", "990101", "990101001", "990101002"],
        ),
        "buildings": make(
            [box(0, 0).buffer(-20), box(1, 0).buffer(-20), box(1, 0).buffer(-40)],
            id=["B1", "B2", "B3"],
            name=["3号楼", "", ""],
            compound=["C1", "", ""],
            community=[one, two, two],
            road=["晨光路", "晨光路", "晨光路"],
            number=["8", "9", "9"],
            kind=["residential", "commercial", "tower"],
            households=np.array([36, 0, 12]),
            residents=np.array([90.0, np.nan, 30.0]),
        ),
        "compounds": make(
            [box(0, 0).buffer(-10)],
            id=["C1"],
            name=["沁园"],
            aliases=["沁园小区|沁园里"],
            community=[one],
            road=["晨光路"],
            number=["8"],
            district=[""],
            buildings=np.array([1]),
            walled=np.array([1]),
        ),
        "gates": make([shapely.Point(X + 10, Y + 50)], id=["G1"], compound=["C1"], road=["晨光路"]),
        "roads": make(
            [
                shapely.LineString([(X, Y), (X + 50, Y)]),
                shapely.LineString([(X + 50, Y), (X + 200, Y)]),
                shapely.LineString([(X, Y), (X, Y + 9)]),
            ],
            id=["R1", "R2", "R3"],
            name=["晨光路", "晨光路", None],
            **{"class": ["local", "local", "lane"]},
            bridge=np.array([0, 1, 0]),
        ),
        "water": make([box(1, 0).buffer(-45)], id=["S1"], name=["晨河"], kind=["river"]),
        "railways": make([shapely.LineString([(X, Y), (X + 9, Y)])], id=["T1"], name=["铁路"]),
        "walls": make([shapely.LineString([(X, Y), (X + 9, Y)])], id=["W1"], compound=["C1"]),
        "landuse": make([box(0, 0).buffer(-45)], id=["L1"], name=["晨光公园"], kind=["park"]),
        "pois": make(
            [shapely.Point(X + 150, Y + 50)],
            id=["P1"],
            name=["石桥小学"],
            kind=["school"],
            road=["晨光路"],
            number=["11"],
            community=[two],
        ),
    }


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("sound") / "place"
    place.mkdir()
    (place / "SOURCE.toml").write_text(SOURCE, encoding="utf-8")
    for name, text in TABLES.items():
        (place / name).write_text(text, encoding="utf-8-sig")
    LocalFiles().write_layers(str(place / "place.gpkg"), layers())
    return place


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "place"))


def test_a_tiny_place(files, folder):
    place = files.read_place(str(folder))
    assert (place.code, place.name, place.note) == ("990101", "晨光区", "虚构\ninvented")
    assert [(area.code, area.level, area.parent) for area in place.areas] == [
        ("990101", "district", None),
        ("990101001", "street", "990101"),
        ("990101001001", "community", "990101001"),
        ("990101002", "street", "990101"),
        ("990101002001", "community", "990101002"),
    ]
    want = crs.project(box(0, 0), source="EPSG:4548", target="WGS84")
    assert shapely.equals_exact(place.areas[1].geometry, want, tolerance=0)
    assert place.departments[1] == Department("990101001-zx", "一街道中心", "qu", "990101001", None)
    assert [(item.scheme, item.kind, item.code, item.parent) for item in place.categories] == [
        ("gb", "part", "01", None),
        ("gb", "part", "0101", "01"),
        ("gb", "event", "01", None),
    ]
    assert place.rules == (
        Rule(
            "r1",
            "gb",
            "part",
            "01",
            "",
            "{street}-zx",
            ("qu", "990101001-zx"),
            24.0,
            closing="拍照",
            version="2",
            source="x",
        ),
        Rule("r2", "", "", "", "990101002", "qu"),
    )
    assert place.staff == (
        Staff("990101001001001", "网格长", None, None),
        Staff("990101001001001", "网格员", "张某", "139"),
    )


def test_the_base_map(files, folder):
    features = files.read_place(str(folder)).features
    assert Counter(feature.layer for feature in features) == {
        "building": 3,
        "road": 3,
        "water": 1,
        "rail": 1,
        "wall": 1,
        "gate": 1,
        "landuse": 1,
    }
    first = features[0]
    assert (first.id, first.kind, first.households, first.residents) == ("B1", "residential", 36, 90)
    assert (features[1].households, features[1].residents) == (0, None)
    assert [feature.kind for feature in features if feature.layer in ("road", "landuse")] == [
        "local",
        "local",
        "lane",
        "park",
    ]
    bounds = shapely.total_bounds([feature.geometry for feature in features])
    assert 116.9 < bounds[0] < bounds[2] < 117.1
    assert 30.6 < bounds[1] < bounds[3] < 30.8


def test_stations_are_read_where_a_place_has_them(files, folder):
    one = Layer(
        objects([shapely.Point(X + 20, Y + 30)]), {"id": objects(["S1"]), "name": objects(["一号站"])}, "EPSG:4548", ""
    )
    files.write_layers(str(folder / "place.gpkg"), {**layers(), "stations": one})
    found = [f for f in files.read_place(str(folder)).features if f.layer == "station"]
    assert [(f.id, f.name, f.geometry.geom_type) for f in found] == [("S1", "一号站", "Point")]


def test_the_gazetteer(files, folder):
    entries = files.read_place(str(folder)).entries
    assert [(entry["kind"], entry["name"]) for entry in entries] == [
        ("street", "望河街道"),
        ("community", "望河社区"),
        ("street", "文苑街道"),
        ("community", "石桥社区"),
        ("compound", "沁园"),
        ("poi", "石桥小学"),
        ("building", "沁园3号楼"),
        ("road", "晨光路"),
        ("number", ""),
        ("road", "晨光路"),
    ]
    assert len({entry["id"] for entry in entries}) == len(entries)
    compound, building, number = entries[4], entries[6], entries[8]
    assert compound["aliases"] == ("沁园小区", "沁园里")
    assert (compound["town"], compound["community"], compound["buildings"]) == ("望河街道", "望河社区", 1)
    assert building["aliases"] == ("沁园小区3号楼", "沁园里3号楼")
    assert "number" not in building  # the compound bears it, and each number stands at one entry
    assert (number["road"], number["number"], number["community"]) == ("晨光路", "9", "石桥社区")
    middle = crs.from_wgs84(entries[7]["lon"], entries[7]["lat"], crs="EPSG:4548")
    assert middle == (pytest.approx(X + 125, abs=1e-3), pytest.approx(Y, abs=1e-3))  # of the longer piece


@pytest.mark.parametrize(
    ("table", "old", "new", "words"),
    [
        ("departments.csv", "990101002-zx,二街道中心", "qu,二街道中心", "Rows 1 and 3 of departments.csv"),
        ("departments.csv", ",qu,990101001,", ",quu,990101001,", "'parent' of row 2 .*Did you mean 'qu'"),
        ("departments.csv", ",qu,990101001,", ",qu,990101009,", "'area' of row 2 of departments.csv is '990101009'"),
        ("departments.csv", ",区中心,", ",,", "Row 1 of departments.csv has no 'name'"),
        ("departments.csv", "code,", "codes,", r"departments.csv lacks the column\(s\) code"),
        ("categories.csv", "gb,event,", "gb,vent,", "'kind' of row 3 .*Did you mean 'event'"),
        ("categories.csv", "gb,event,01", "gb,part,0101", "Rows 2 and 3 .*scheme, kind, code"),
        ("categories.csv", ",井盖,01,", ",井盖,02,", "'parent' of row 2"),
        ("rules.csv", "{street}-zx", "{street}-zz", "'department' of row 1 of rules.csv is '990101001-zz'"),
        ("rules.csv", "{street}-zx", "{town}-zx", "'department' of row 1"),
        ("rules.csv", "qu|990", "qv|990", "'with_departments' of row 1"),
        ("rules.csv", ",24,", ",-1,", "'deadline_hours' of row 1"),
        ("rules.csv", ",24,", ",soon,", "'deadline_hours' of row 1"),
        ("rules.csv", "r2,,,,990101002", "r1,,,,990101002", "Rows 1 and 2 of rules.csv have the same id"),
        ("rules.csv", "r2,,,,990101002", "r2,,,,880101", "'area' of row 2"),
        ("rules.csv", "qu,,,,,", "qu,,,,,,,,,", None),
        ("rules.csv", "qu,,,,,", "qu,,,,,,x", "Row 2 of rules.csv has more cells"),
        ("staff.csv", "990101001001001,网格长", ",网格长", "Row 1 of staff.csv has no 'grid'"),
        ("SOURCE.toml", 'code = "990101"', "", "lacks 'code'"),
        ("SOURCE.toml", 'code = "990101"', "code = ", "not valid TOML"),
    ],
)
def test_faulty_tables(table, old, new, words, files, folder):
    path = folder / table
    text = path.read_text("utf-8-sig")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    if words is None:
        assert files.read_place(str(folder)).code == "990101"
        return
    with pytest.raises(InvalidInput, match=words) as caught:
        files.read_place(str(folder))
    assert caught.value.message("zh")


@pytest.mark.parametrize(
    ("layer", "field", "row", "value", "words"),
    [
        ("areas", "code", 4, "990101001001", "Rows 4 and 5 of place.gpkg:areas"),
        ("areas", "code", 4, "99010100200", "a community has 12 digits"),
        ("areas", "level", 4, "village", "'level' of row 5"),
        ("areas", "parent", 4, "990101", "'parent' of row 5"),
        ("areas", "parent", 4, None, "Row 5 of place.gpkg:areas has no 'parent'"),
        ("buildings", "id", 1, "B1", "Rows 1 and 2 of place.gpkg:buildings"),
        ("buildings", "compound", 0, "C2", "'compound' of row 1"),
        ("buildings", "community", 2, "990101002009", "'community' of row 3"),
        ("buildings", "households", 2, -3, "'households' of row 3"),
        ("pois", "community", 0, "x", "'community' of row 1 of place.gpkg:pois"),
    ],
)
def test_faulty_layers(layer, field, row, value, words, files, folder):
    made = layers()
    made[layer].fields[field][row] = value
    files.write_layers(str(folder / "place.gpkg"), made)
    with pytest.raises(InvalidInput, match=words):
        files.read_place(str(folder))


def test_faulty_shapes_and_systems(files, folder):
    made = layers()
    made["roads"].geometry[1] = None
    files.write_layers(str(folder / "place.gpkg"), made)
    with pytest.raises(InvalidInput, match=r"Row 2 of .*roads has no shape"):
        files.read_place(str(folder))
    made = layers()
    made["pois"] = Layer(made["pois"].geometry, made["pois"].fields, None, "")
    files.write_layers(str(folder / "place.gpkg"), made)
    with pytest.raises(InvalidCrs, match="pois"):
        files.read_place(str(folder))
    del made["pois"]
    files.write_layers(str(folder / "place.gpkg"), made)
    with pytest.raises(NotFound, match="no layer 'pois'"):
        files.read_place(str(folder))


@pytest.mark.parametrize("name", ["SOURCE.toml", "place.gpkg", *TABLES])
def test_a_missing_file_is_named(name, files, folder):
    (folder / name).unlink()
    with pytest.raises(NotFound, match=name.replace(".", r"\.")):
        files.read_place(str(folder))


def test_a_missing_folder(files, tmp_path):
    with pytest.raises(GeoError, match="no file"):
        files.read_place(str(tmp_path / "nowhere"))
