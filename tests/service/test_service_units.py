"""`geo units` from files to file: people, groups, what lies between, and what is reported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from geo.errors import InvalidInput
from geo.files import LocalFiles
from geo.model import Layer
from geo.partition.adjacency import graph_of_adjacency
from geo.service.units import UnitsMade, UnitsRequest, make_units_file

CRS = "EPSG:4547"
# Two areas side by side; a river runs through both from west to east, a bridge and a walled compound with a gate.
#
#   y=200 +--------------+--------------+
#         | b4           | b5   b6      |
#   y=110 ~~~~~~~~~ river ~~~~~~~~~~~~~~~
#   y=90  ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
#         | [b0 b1] b2   ‖   b3         |     ‖ bridge at x = 120, [..] the walled compound
#   y=0   +--------------+--------------+
#         0             100            200


def at(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(shape, lambda xy: xy + np.array([500_000.0, 3_450_000.0]))


def objects(*values: Any) -> np.ndarray:
    out = np.empty(len(values), dtype=object)
    out[:] = list(values)
    return out


def house(x: float, y: float) -> shapely.Geometry:
    return at(shapely.box(x, y, x + 12, y + 8))


def line(*points: tuple[float, float]) -> shapely.Geometry:
    return at(shapely.LineString(points))


@pytest.fixture
def town(tmp_path: Path) -> str:
    homes = [
        house(15, 20),
        house(35, 20),
        house(70, 30),
        house(150, 40),
        house(30, 150),
        house(120, 150),
        house(160, 170),
    ]
    copy = shapely.transform(homes[3], lambda xy: xy + 0.05)
    layers = {
        "areas": Layer(
            objects(at(shapely.box(0, 0, 100, 200)), at(shapely.box(100, 0, 200, 200))),
            {"code": objects("w", "e"), "census": np.array([1000, 333])}, CRS, "",
        ),
        "buildings": Layer(
            objects(*homes, copy),
            {
                "id": objects(*(f"b{k}" for k in range(8))), "households": np.array([10, 20, 30, 40, 50, 60, 70, 38]),
                "floors": np.array([2, 4, 6, 8, 1, 1, 5, 8]), "use": objects(*["home"] * 5, "shop", "home", "home"),
            }, CRS, "",
        ),
        "ways": Layer(
            objects(
                line((-5, 70), (205, 70)), line((120, 75), (120, 125)), line((50, 120), (50, 60)),
                line((-5, 115), (205, 115)),
            ),
            {
                "id": objects("street", "bridge", "tunnel", "ferry"), "bridge": np.array([0, 1, 0, 0]),
                "tunnel": np.array([0, 0, 1, 0]), "highway": objects("primary", "primary", "path", "ferry"),
            }, CRS, "",
        ),
        "walls": Layer(
            objects(line((26, 10), (10, 10), (10, 40), (55, 40), (55, 10), (30, 10))), {"id": objects("wall")}, CRS, ""
        ),
        "gates": Layer(
            objects(at(shapely.Point(28, 10)), at(shapely.Point(190, 190))), {"id": objects("g1", "g2")}, CRS, ""
        ),
        "water": Layer(objects(at(shapely.box(-10, 90, 210, 110))), {"id": objects("river")}, CRS, ""),
        "compounds": Layer(objects(at(shapely.box(10, 10, 55, 40)), at(shapely.box(90, 120, 210, 160))),
                           {"id": objects("yard", "park")}, CRS, ""),
    }  # fmt: skip
    LocalFiles().write_layers(str(tmp_path / "town.gpkg"), layers)
    return str(tmp_path / "town.gpkg")


def make(town: str, out: Path, **changes: Any) -> UnitsMade:
    wanted: dict[str, Any] = {
        "boundary": f"{town}:areas",
        "parent": "code",
        "buildings": f"{town}:buildings",
        "barriers": (f"{town}:ways", f"{town}:walls"),
        "gates": (f"{town}:gates",),
        "water": (f"{town}:water",),
        "compounds": f"{town}:compounds",
        "hard": ("river", "wall"),
        **changes,
    }
    return make_units_file(LocalFiles(), UnitsRequest(**wanted), out=out, report=out.with_suffix(".json"))


def of_building(made: UnitsMade, name: str) -> int:
    return int(made.result.unit_of_building[int(name[1:])])


def test_the_file_says_what_lies_between(town: str, tmp_path: Path) -> None:
    out = tmp_path / "units.gpkg"
    make(town, out)
    files = LocalFiles()
    units = files.read_units(str(out), weight="households", within="parent", keep="group")
    adjacency = files.read_adjacency(str(out), units.ids)
    assert adjacency is not None
    row = {name: k for k, name in enumerate(units.ids)}
    kinds = {
        (frozenset((int(a), int(b))), kind)
        for a, b, kind in zip(adjacency.left, adjacency.right, adjacency.kind, strict=True)
    }
    assert (frozenset((row["b0"], row["b1"])), "none") in kinds
    assert any(pair >= {row["b0"]} and kind == "wall" for pair, kind in kinds)
    lines = files.read_layer(f"{out}:adjacency")
    assert shapely.length(lines.geometry) == pytest.approx(lines.fields["metres"])
    crossings = files.read_layer(f"{out}:crossings")
    assert sorted(
        zip(crossings.fields["kind"], crossings.fields["sources"], crossings.fields["over"], strict=True)
    ) == [
        ("bridge", "bridge", "water"),
        ("gate", "g1", "wall"),
    ]
    # Behind the gate and over the bridge one gets everywhere; without them the compound and the banks are apart.
    xy = shapely.get_coordinates(shapely.point_on_surface(units.geometry))
    for crossed, pieces in ((True, 1), (False, 3)):
        change = {} if crossed else {"crossing": np.zeros(len(adjacency), bool)}
        rows = adjacency.metres > 0 if not crossed else np.ones(len(adjacency), bool)
        fields = {**vars(adjacency), **change}
        graph = graph_of_adjacency(type(adjacency)(**{k: v[rows] for k, v in fields.items()}), units.weight, xy)
        assert _pieces(graph) == pieces


def _pieces(graph: Any) -> int:
    left = set(range(len(graph)))
    count = 0
    while left:
        count += 1
        queue = [left.pop()]
        while queue:
            k = queue.pop()
            for e in range(graph.indptr[k], graph.indptr[k + 1]):
                if not graph.closed[e] and int(graph.indices[e]) in left:
                    left.remove(int(graph.indices[e]))
                    queue.append(int(graph.indices[e]))
    return count


def test_everything_left_out_or_unmatched_is_named(town: str, tmp_path: Path) -> None:
    made = make(town, tmp_path / "units.gpkg")
    report = json.loads((tmp_path / "units.json").read_text(encoding="utf-8"))
    assert {word: entry["ids"] for word, entry in report["left_out"].items()} == {
        "tunnel": ["tunnel"], "bridge": ["bridge"], "none": ["ferry"],
    }  # fmt: skip
    assert report["crossings"]["unmatched_gates"]["ids"] == ["g2"]
    assert report["crossings"]["unmatched_bridges"]["ids"] == []
    assert report["duplicates"]["ids"] == [["b3", "b7"]]
    assert report["gaps_closed"] == 1
    assert report["between_m"]["road:primary"] == pytest.approx(200, abs=0.1)
    text = "\n".join(made.sentences("en"))
    for word in ("g2", "1 tunnel", "b3+b7", "layer crossings", "stay together"):
        assert word in text
    assert made.sentences("zh")


@pytest.mark.parametrize("slit", [0.0, 0.0005, 0.4, 3.0])
def test_hair_between_areas_is_told(town: str, tmp_path: Path, slit: float) -> None:
    """Areas drawn one by one; what is wider than a metre was left out on purpose."""
    areas = objects(at(shapely.box(0, 0, 100, 200)), at(shapely.box(100 + slit, 0, 200, 200)))
    LocalFiles().write_layers(
        str(tmp_path / "areas.gpkg"), {"areas": Layer(areas, {"code": objects("w", "e")}, CRS, "")}
    )
    made = make(town, tmp_path / "units.gpkg", boundary=f"{tmp_path}/areas.gpkg")
    report = json.loads((tmp_path / "units.json").read_text(encoding="utf-8"))
    text = "\n".join(made.sentences("en"))
    if not 0 < slit < 1:
        assert report["gaps"] is None
        assert "slit" not in text
        return
    assert report["gaps"]["count"] == 1
    assert report["gaps"]["metres"] == pytest.approx(200, abs=0.5)
    assert report["gaps"]["width_m"] == pytest.approx(slit, rel=0.01)
    assert report["gaps"]["at"][0] == pytest.approx(500_100 + slit / 2, abs=0.01)
    assert "1 slit (200.0 m" in text or "1 slit (200.4 m" in text


def test_classes_that_nobody_knows_are_told(town: str, tmp_path: Path) -> None:
    assert "nobody knows" not in "\n".join(make(town, tmp_path / "known.gpkg").sentences("en"))
    ways = objects(line((-5, 70), (205, 70)), line((-5, 75), (205, 75)), line((50, 0), (50, 200)))
    fields = {"class": objects("primary", "宽马路", "宽马路")}
    LocalFiles().write_layers(str(tmp_path / "ways.gpkg"), {"ways": Layer(ways, fields, CRS, "")})
    made = make(town, tmp_path / "units.gpkg", barriers=(f"{tmp_path}/ways.gpkg",), hard=())
    assert made.as_report()["unknown_classes"] == {"宽马路": 2}
    assert "2 barriers have a class that nobody knows: 宽马路" in "\n".join(made.sentences("en"))


def test_compounds_become_groups_and_never_reach_over_an_area(town: str, tmp_path: Path) -> None:
    made = make(town, tmp_path / "units.gpkg")
    assert made.units.group is not None
    names = [made.units.group[of_building(made, b)] for b in ("b0", "b1", "b2", "b5")]
    assert names == ["yard", "yard", "", "park"]
    assert made.account["groups"]["on_fence"]["ids"] == []
    wide = Layer(objects(at(shapely.box(20, 120, 210, 160))), {"id": objects("wide")}, CRS, "")
    LocalFiles().write_layers(str(tmp_path / "wide.gpkg"), {"wide": wide})
    over = make(town, tmp_path / "again.gpkg", compounds=str(tmp_path / "wide.gpkg"))
    assert over.units.group is not None
    assert {over.units.group[of_building(over, b)] for b in ("b4", "b5")} == {"wide@w", "wide@e"}
    assert over.account["groups"]["over_areas"]["ids"] == ["wide"]


def test_duplicates_count_once_and_every_field_follows(town: str, tmp_path: Path) -> None:
    made = make(town, tmp_path / "units.gpkg")
    assert made.units.weight[of_building(made, "b3")] == 40
    summed = make(town, tmp_path / "summed.gpkg", duplicates="sum")
    assert summed.units.weight[of_building(summed, "b3")] == 78
    sized = make(town, tmp_path / "sized.gpkg", household_size="2.6")
    assert sized.units.weight_field == "people"
    assert sized.units.fields["households"][of_building(sized, "b3")] == 40
    assert sized.units.weight.sum() == round(2.6 * 280)
    assert (sized.units.weight == np.round(sized.units.weight)).all()


def test_floor_area_is_shared_out_to_exact_totals(town: str, tmp_path: Path) -> None:
    made = make(town, tmp_path / "units.gpkg", weight=None, total_field="census", homes="use=home")
    assert made.units.parent is not None
    by_area = {name: made.units.weight[made.units.parent == name].sum() for name in ("w", "e")}
    assert by_area == {"w": 1000, "e": 333}
    floors = {"b0": 2, "b1": 4, "b2": 6, "b4": 1}
    for name, count in floors.items():
        assert made.units.weight[of_building(made, name)] == pytest.approx(1000 * count / 13, abs=1)
    assert made.units.weight[of_building(made, "b5")] == 0  # a shop
    assert made.result.report.weight_units == 1333
    whole = make(town, tmp_path / "whole.gpkg", weight=None, total=500)
    assert whole.units.weight.sum() == 500
    with pytest.raises(InvalidInput, match="--total"):
        make(town, tmp_path / "none.gpkg", weight=None)


def test_row_order_changes_not_a_byte_of_meaning(town: str, tmp_path: Path) -> None:
    files = LocalFiles()
    names = ("areas", "buildings", "ways", "walls", "gates", "water", "compounds")
    layers = {}
    for name in names:
        layer = files.read_layer(f"{town}:{name}")
        back = slice(None, None, -1)
        layers[name] = Layer(layer.geometry[back], {k: v[back] for k, v in layer.fields.items()}, layer.crs, "")
    files.write_layers(str(tmp_path / "turned.gpkg"), layers)
    one, two = tmp_path / "one.gpkg", tmp_path / "two.gpkg"
    make(town, one, weight=None, total=777)
    make(str(tmp_path / "turned.gpkg"), two, weight=None, total=777)
    assert one.read_bytes() == two.read_bytes()
    assert one.with_suffix(".json").read_bytes() == two.with_suffix(".json").read_bytes()


def test_a_word_that_is_no_barrier_is_refused(town: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"'rivr'.*primary"):
        make(town, tmp_path / "u.gpkg", hard=("rivr",))


def test_other_formats_hold_the_units_alone(town: str, tmp_path: Path) -> None:
    made = make(town, tmp_path / "units.geojson")
    assert len(LocalFiles().read_layer(str(tmp_path / "units.geojson")).geometry) == len(made.units)


def test_degrees_give_the_same_adjacency_as_metres(town: str, tmp_path: Path) -> None:
    from geo.crs import project

    files = LocalFiles()
    layers = {}
    for name in ("areas", "buildings", "ways", "walls", "gates", "water", "compounds"):
        layer = files.read_layer(f"{town}:{name}")
        layers[name] = Layer(project(layer.geometry, source=CRS, target="EPSG:4326"), layer.fields, "EPSG:4326", "")
    files.write_layers(str(tmp_path / "degrees.gpkg"), layers)
    metric, degrees = make(town, tmp_path / "m.gpkg"), make(str(tmp_path / "degrees.gpkg"), tmp_path / "d.gpkg")
    assert sorted(metric.units.ids) == sorted(degrees.units.ids)
    pairs = []
    for made in (metric, degrees):
        borders, ids = made.between.borders, made.units.ids
        long = borders.length_m > 1
        pairs.append(
            {frozenset((ids[a], ids[b])) for a, b in zip(borders.left[long], borders.right[long], strict=True)}
        )
    assert pairs[0] == pairs[1]
    assert len(metric.between.crossings.kind) == len(degrees.between.crossings.kind) == 2
