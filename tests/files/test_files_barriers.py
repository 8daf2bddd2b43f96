"""Barriers, buildings, compounds and the written adjacency, as files come."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from geo.errors import InvalidInput
from geo.files import LocalFiles
from geo.files.barrier_classes import describe
from geo.model import BuildingColumns, Layer

CRS = "EPSG:4547"
LINE = shapely.LineString([(500_000, 3_000_000), (500_100, 3_000_000)])
POINT = shapely.Point(500_050, 3_000_000)
BOX = shapely.box(500_000, 3_000_000, 500_010, 3_000_020)


def write(path: Path, geometry: list[Any], layer: str = "things", /, **fields: list[Any]) -> str:
    columns = {}
    for field, values in fields.items():
        columns[field.replace("__", ":")] = np.array(values, dtype=object)
    shapes = np.empty(len(geometry), dtype=object)
    shapes[:] = geometry
    LocalFiles().write_layers(str(path), {layer: Layer(shapes, columns, CRS, "test")})
    return f"{path}:{layer}"


def test_openstreetmap_fields_tell_class_and_role(tmp_path: Path) -> None:
    rows: list[tuple[dict[str, Any], Any, tuple[str, str, str]]] = [
        ({"highway": "primary"}, LINE, ("road", "primary", "barrier")),
        ({"highway": "primary", "bridge": "viaduct"}, LINE, ("road", "primary", "bridge")),
        ({"highway": "footway", "tunnel": "yes"}, LINE, ("road", "footway", "tunnel")),
        ({"highway": "service", "layer": "-1"}, LINE, ("road", "service", "tunnel")),
        ({"highway": "residential", "bridge": "no", "layer": "0"}, LINE, ("road", "residential", "barrier")),
        ({"waterway": "stream", "tunnel": "culvert"}, LINE, ("water", "stream", "tunnel")),
        ({"railway": "rail"}, LINE, ("rail", "rail", "barrier")),
        ({"railway": "level_crossing"}, POINT, ("other", "level_crossing", "gate")),
        ({"barrier": "wall", "layer": "1"}, LINE, ("wall", "wall", "barrier")),
        ({"barrier": "gate"}, POINT, ("other", "gate", "gate")),
        ({"barrier": "yes"}, LINE, ("other", "other", "barrier")),
        ({"highway": "construction"}, LINE, ("other", "construction", "none")),
        ({"highway": "path", "barrier": "retaining_wall"}, LINE, ("wall", "retaining_wall", "barrier")),
        ({"highway": "steps", "waterway": "river"}, LINE, ("water", "river", "barrier")),
        ({"highway": "bus_stop"}, POINT, ("other", "bus_stop", "none")),
    ]
    names = ("highway", "waterway", "railway", "barrier", "bridge", "tunnel", "layer")
    fields = {name: [tags.get(name) for tags, _, _ in rows] for name in names}
    fields["osm_id"] = [f"w{k}" for k in range(len(rows))]
    source = write(tmp_path / "osm.gpkg", [shape for _, shape, _ in rows], **fields)
    got = LocalFiles().read_barriers(source, class_field=None, crs=None)
    assert list(zip(got.kind, got.name, got.role, strict=True)) == [want for _, _, want in rows]
    assert got.ids.tolist() == fields["osm_id"]
    assert ((got.strength >= 0) & (got.strength <= 1)).all()
    by_class = dict(zip(got.name, got.strength, strict=True))
    assert by_class["footway"] < by_class["residential"] < by_class["primary"] < by_class["river"] < by_class["rail"]


@pytest.mark.parametrize(
    ("layer", "fields", "want"),
    [
        ("roads", {"class": ["arterial", "lane"]}, [("road", "arterial"), ("road", "lane")]),
        (
            "river_town_roads",
            {"kind_detail": ["subway", None], "kind": ["rail", "major_road"]},
            [("rail", "subway"), ("road", "major_road")],
        ),
        ("railways", {"name": ["a", "b"]}, [("rail", "rail")] * 2),
        ("围墙", {"编号": ["a", "b"]}, [("wall", "wall")] * 2),
        ("things", {"class": ["围墙", "主干路"]}, [("wall", "围墙"), ("road", "主干路")]),
        ("rivers", {"class": ["梧桐河", None]}, [("water", "梧桐河"), ("water", "river")]),
    ],
)  # fmt: skip
def test_other_fields_and_the_layers_name(
    tmp_path: Path, layer: str, fields: dict[str, list[Any]], want: list[tuple[str, str]]
) -> None:
    source = write(tmp_path / "b.gpkg", [LINE, LINE], layer, **fields)
    got = LocalFiles().read_barriers(source, class_field=None, crs=None)
    assert list(zip(got.kind, got.name, strict=True)) == want


def test_a_named_class_field_is_taken_as_it_is(tmp_path: Path) -> None:
    source = write(tmp_path / "b.gpkg", [LINE, LINE], highway=["primary", "primary"], rank=["river", "unheard-of"])
    got = LocalFiles().read_barriers(source, class_field="rank", crs=None)
    assert got.name.tolist() == ["river", "unheard-of"]
    assert describe("unheard-of", "wall") == ("wall", "unheard-of", 0.5)
    with pytest.raises(InvalidInput, match="rang"):
        LocalFiles().read_barriers(source, class_field="rang", crs=None)


def test_floors_by_field_by_height_and_unknown(tmp_path: Path) -> None:
    source = write(
        tmp_path / "b.gpkg", [BOX] * 5, building__levels=["6", None, "0", None, "3;4"],
        height=["9", "31 m", "12", None, None],
    )  # fmt: skip
    got = LocalFiles().read_buildings(source, BuildingColumns(weight=None), crs=None)
    assert got.floors is not None
    assert got.floors.tolist()[:3] == pytest.approx([6, 31 / 3, 4])
    assert np.isnan(got.floors[3])
    assert got.floors[4] == 3
    assert got.weight.tolist() == [1] * 5
    named = BuildingColumns(weight=None, floors="height")
    with pytest.raises(InvalidInput, match=r"'height'.*rows 2"):
        LocalFiles().read_buildings(source, named, crs=None)


def test_household_sizes_and_homes(tmp_path: Path) -> None:
    source = write(
        tmp_path / "b.gpkg", [BOX] * 3, id=["a", "b", "c"], households=[10, 20, 30], size=[2.0, 3.0, None],
        kind=["flat", "shop", "tower"],
    )  # fmt: skip
    files = LocalFiles()
    got = files.read_buildings(source, BuildingColumns(household_size="2.5", homes="kind=flat, tower"), crs=None)
    assert got.size is not None
    assert (got.size.tolist(), got.weight.tolist(), got.home.tolist()) == ([2.5] * 3, [10, 0, 30], [True, False, True])
    with pytest.raises(InvalidInput, match=r"'size'.*rows 3"):
        files.read_buildings(source, BuildingColumns(household_size="size"), crs=None)
    with pytest.raises(InvalidInput, match="household size 0"):
        files.read_buildings(source, BuildingColumns(household_size="0"), crs=None)
    with pytest.raises(InvalidInput, match="field=value,value"):
        files.read_buildings(source, BuildingColumns(homes="kind"), crs=None)
    with pytest.raises(InvalidInput, match=r"No building of .* 'kind' are: flat, shop, tower"):
        files.read_buildings(source, BuildingColumns(homes="kind=Flat"), crs=None)


def test_totals_of_areas_are_whole_numbers(tmp_path: Path) -> None:
    source = write(
        tmp_path / "a.gpkg", [BOX, shapely.transform(BOX, lambda xy: xy + 100)], code=["w", "e"], people=[7, 5]
    )
    areas = LocalFiles().read_areas(source, where=None, name_field="code", total_field="people", crs=None)
    assert dict(zip(areas.ids, areas.weight, strict=True)) == {"e": 5, "w": 7}
    broken = write(tmp_path / "b.gpkg", [BOX], code=["w"], people=[7.5])
    with pytest.raises(InvalidInput, match=r"whole numbers.*7\.5"):
        LocalFiles().read_areas(broken, where=None, name_field="code", total_field="people", crs=None)


def test_compounds_of_one_id_are_one(tmp_path: Path) -> None:
    far = shapely.transform(BOX, lambda xy: xy + 100)
    source = write(tmp_path / "c.gpkg", [BOX, far, BOX, POINT], name=["x", "x", None, "y"])
    got = LocalFiles().read_compounds(source, id_field="name", crs=None)
    assert got.ids.tolist() == ["x"]
    assert got.geometry[0].area == pytest.approx(400)
    with pytest.raises(InvalidInput, match="--compound-id"):
        LocalFiles().read_compounds(source, id_field=None, crs=None)


def units_file(path: Path, crossings: list[tuple[str, str]], **changes: list[Any]) -> Path:
    shapes = np.array([BOX, LINE, LINE, POINT], dtype=object)
    fields = {
        "left": ["b", "a", "a"], "right": ["a", "c", "b"], "metres": [5.0, 7.0, 2.0], "kind": ["wall", "none", "road"],
        "class": ["fence", None, "lane"], "strength": [0.6, 0.0, 0.3], "hard": [True, False, False],
        "crossing": [True, False, False], **changes,
    }  # fmt: skip
    layers = {
        "units": Layer(shapes[:1], {"id": np.array(["a"], dtype=object)}, CRS, "test"),
        "adjacency": Layer(shapes[[1, 2, 1]], {k: np.array(v, dtype=object) for k, v in fields.items()}, CRS, "test"),
    }
    if crossings:
        one, two = (np.array(column, dtype=object) for column in zip(*crossings, strict=True))
        layers["crossings"] = Layer(shapes[[3] * len(one)], {"left": one, "right": two}, CRS, "test")
    LocalFiles().write_layers(str(path), layers)
    return path


def test_the_adjacency_comes_back_by_row_of_the_units(tmp_path: Path) -> None:
    path = units_file(tmp_path / "u.gpkg", [])
    ids = np.array(["c", "a", "b"], dtype=object)
    got = LocalFiles().read_adjacency(str(path), ids)
    assert got is not None
    assert list(zip(got.left, got.right, got.metres, got.kind, got.name, strict=True)) == [
        (1, 0, 7.0, "none", ""),
        (1, 2, 2.0, "road", "lane"),
        (2, 1, 5.0, "wall", "fence"),
    ]
    assert got.hard.tolist() == got.crossing.tolist() == [False, False, True]
    fewer = LocalFiles().read_adjacency(f"{path}:units", ids[1:])
    assert fewer is not None
    assert len(fewer) == 2


def test_the_layer_of_crossings_decides_what_is_crossed(tmp_path: Path) -> None:
    ids = np.array(["a", "b", "c"], dtype=object)
    got = LocalFiles().read_adjacency(
        str(units_file(tmp_path / "u.gpkg", [("c", "a"), ("c", "b"), ("a", "gone")])), ids
    )
    assert got is not None
    rows = list(zip(got.left, got.right, got.metres, got.kind, got.crossing, strict=True))
    assert (0, 2, 7.0, "none", True) in rows  # drawn in by hand, whichever way round
    assert (1, 2, 0.0, "bridge", True) in rows  # two units that do not touch
    assert (1, 0, 5.0, "wall", False) in rows  # its gate was deleted
    assert len(rows) == 4


def test_files_without_adjacency_and_with_a_broken_one(tmp_path: Path) -> None:
    ids = np.array(["a", "b", "c"], dtype=object)
    assert LocalFiles().read_adjacency(write(tmp_path / "plain.gpkg", [BOX], "units", id=["a"]), ids) is None
    LocalFiles().write_layers(str(tmp_path / "u.geojson"), {"units": Layer(np.array([BOX]), {}, CRS, "test")})
    assert LocalFiles().read_adjacency(str(tmp_path / "u.geojson"), ids) is None
    broken = units_file(tmp_path / "bad.gpkg", [], metres=[5.0, -7.0, 2.0])
    with pytest.raises(InvalidInput, match=r"'metres'.*rows 2"):
        LocalFiles().read_adjacency(str(broken), ids)
