"""geo micro: from registers in several forms to micro-grids, with nothing lost and each fault named."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.files import LocalFiles
from geo.model import Drawing, Grid, Layer, Units
from tests.cli.small_files import Run, column

X, Y = 500_000, 3_650_000


@pytest.fixture
def two_grids(tmp_path: Path) -> Path:
    """Two grids of 200 m × 200 m side by side, and a special one over the west end."""
    boxes = [shapely.box(X + 200 * k, Y, X + 200 * (k + 1), Y + 200) for k in range(2)]
    codes = ["110101001001001", "110101001001002"]
    units = Units(
        column(["u1", "u2"]),
        column(list(boxes)),
        np.array([40.0, 40.0]),
        "EPSG:4547",
        grid=column(list(codes)),
        parent=column(["110101001001"] * 2),
    )
    grids = [Grid(code, code, "110101001001", 40.0, 1, box) for code, box in zip(codes, boxes, strict=True)]
    park = shapely.box(X, Y, X + 50, Y + 50)
    grids.append(Grid("110101001001Z001", "园区", "110101001001", 0.0, 0, park, kind="special"))
    path = tmp_path / "plan.gpkg"
    LocalFiles().write_drawing(str(path), Drawing(tuple(grids), units, "EPSG:4547"))
    return path


def register(path: Path, rows: list[dict], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def tower(name: str, x: float, *, floors: int = 12, homes: int = 3, **more) -> list[dict]:
    return [
        {"户号": f"{name}-{f:02d}{h}", "楼栋": name, "单元": "1", "楼层": f"{f}层", "x": X + x, "y": Y + 100, **more}
        for f in range(1, floors + 1)
        for h in range(homes)
    ]


def written(path: Path, layer: str) -> Layer:
    return LocalFiles().read_layer(f"{path}:{layer}")


def test_households_of_a_table_become_micro_grids(run: Run, two_grids: Path, tmp_path: Path) -> None:
    rows = [*tower("甲", 100), *tower("乙", 300), *tower("丙", 900, floors=1, homes=2)]
    rows.append({**rows[0], "户号": "无处", "x": "", "y": ""})
    source = register(tmp_path / "户.csv", rows, "gb18030")
    out, report = tmp_path / "micro.gpkg", tmp_path / "r.json"
    ran = run("micro", source, "--grids", two_grids, "--crs", "EPSG:4547", "--out", out, "--report", report)
    assert ran.code == 0, ran.err
    assert "2 households lie outside all grids and 1 have no place" in ran.err
    figures = json.loads(report.read_text("utf-8"))
    assert (figures["households"], figures["micro_grids"], figures["grids"]) == (72, 6, 2)
    assert (figures["outside_all_grids"], figures["without_place"]) == (2, 1)
    micro = written(out, "micro_grids")
    assert micro.fields["code"].tolist() == [f"11010100100100{g}-0{k}" for g in (1, 2) for k in (1, 2, 3)]
    assert micro.fields["households"].tolist() == [12] * 6
    assert micro.fields["covers"].tolist()[:3] == ["甲-1 (1–4)", "甲-1 (5–8)", "甲-1 (9–12)"]
    homes = written(out, "households")
    assert sorted(homes.fields["id"].tolist()) == sorted(row["户号"] for row in rows)
    assert sum(not name for name in homes.fields["micro"].tolist()) == 3
    assert int(homes.fields["centre"].sum()) == 6
    # Only what the division needs is passed on: no column with names or telephone numbers.
    assert set(homes.fields) == {"id", "micro", "grid", "building", "stairwell", "floor", "centre"}


def test_buildings_of_one_name_are_told_apart(run: Run, two_grids: Path, tmp_path: Path) -> None:
    """1号楼 of one compound is not 1号楼 of another: by the column that says so, else by where they stand."""
    rows = []
    for number, (compound, x) in enumerate((("阳光", 20), ("绿城", 150), ("阳光", 300))):
        rows += [
            {**row, "户号": f"{number}-{row['户号']}", "小区": compound}
            for row in tower("1号楼", x, floors=10, homes=3)
        ]
    told = tmp_path / "told.csv"
    nameless = tmp_path / "nameless.csv"
    register(told, rows)
    register(nameless, [{name: value for name, value in row.items() if name != "小区"} for row in rows])
    figures = []
    for path in (told, nameless):
        result = run(
            "micro", str(path), "--grids", str(two_grids), "--crs", "EPSG:4547", "--id", "户号", "--json",
            "--out", str(tmp_path / "micro.gpkg"),
        )  # fmt: skip
        assert result.code == 0, result.err
        figures.append(json.loads(result.out))
        layer = written(tmp_path / "micro.gpkg", "micro_grids")
        assert layer.fields["buildings"].tolist() == [1] * len(layer.geometry)
    by_column, by_place = figures
    assert by_column["buildings_over_grids"] == by_place["buildings_over_grids"] == []
    assert by_column["buildings_of_one_name"] == by_place["buildings_of_one_name"] == ["1号楼"]
    for one in figures:
        # Three towers of 30 households: two or three micro-grids each, none over two towers.
        assert one["outside_bounds"] == 0
        assert one["stairwells_cut"] == one["stairwells_cut_least"] == 3
        assert one["longest_walk_m"] < 40


def test_order_of_rows_changes_no_byte(run: Run, two_grids: Path, tmp_path: Path) -> None:
    rows = [*tower("甲", 100, floors=11), *tower("乙", 150, floors=6), *tower("丁", 300)]
    texts = []
    for k, order in enumerate((rows, rows[::-1], sorted(rows, key=lambda row: row["楼层"]))):
        out = tmp_path / f"{k}.gpkg"
        source = register(tmp_path / f"{k}.csv", order)
        assert run("micro", source, "--grids", two_grids, "--crs", "EPSG:4547", "--out", out).code == 0
        texts.append(out.read_bytes())
    assert texts[0] == texts[1] == texts[2]


def test_a_household_in_a_special_grid_belongs_to_it(run: Run, two_grids: Path, tmp_path: Path) -> None:
    rows = [*tower("甲", 100), *[{**row, "y": Y + 20} for row in tower("寓", 20)]]
    out = tmp_path / "m.gpkg"
    source = register(tmp_path / "h.csv", rows)
    assert run("micro", source, "--grids", two_grids, "--crs", "EPSG:4547", "--out", out).code == 0
    assert set(written(out, "micro_grids").fields["grid"].tolist()) == {"110101001001001", "110101001001Z001"}


def test_buildings_with_numbers_are_enough(run: Run, two_grids: Path, tmp_path: Path) -> None:
    shapes = [shapely.box(X + x, Y + 100, X + x + 30, Y + 112) for x in (60, 260)]
    fields = {
        "id": column(["B1", "B2"]),
        "households": np.array([36, 60]),
        "stairwells": np.array([3, 2]),
        "floors": np.array([6, 30]),
    }
    source = tmp_path / "buildings.gpkg"
    LocalFiles().write_layers(str(source), {"buildings": Layer(column(list(shapes)), fields, "EPSG:4547", "t")})
    out = tmp_path / "m.gpkg"
    words = ("--count", "households", "--stairwells", "stairwells", "--floors", "floors")
    ran = run("micro", source, "--grids", two_grids, *words, "--out", out, "--json")
    assert ran.code == 0, ran.err
    figures = json.loads(ran.out)
    assert figures["households"] == 96
    assert figures["floors_cut"] == 0
    micro = written(out, "micro_grids")
    assert micro.fields["covers"].tolist()[:3] == ["B1-1 (1–6)", "B1-2 (1–6)", "B1-3 (1–6)"]
    assert all(10 <= n <= 15 for n in micro.fields["households"].tolist())


def test_anchors_are_centres(run: Run, two_grids: Path, tmp_path: Path) -> None:
    rows = tower("甲", 100)
    for row in rows:
        row["中心户"] = "是" if row["户号"] in ("甲-020", "甲-061", "甲-112") else "否"
    source = register(tmp_path / "h.csv", rows)
    out = tmp_path / "m.gpkg"
    words = ("--grids", two_grids, "--crs", "EPSG:4547", "--anchor", "中心户", "--out", out)
    assert run("micro", source, *words).code == 0
    micro = written(out, "micro_grids")
    assert set(micro.fields["centre"].tolist()) == {"甲-020", "甲-061", "甲-112"}
    assert set(micro.fields["centre_kind"].tolist()) == {"given"}
    rows[4]["中心户"] = rows[5]["中心户"] = "是"
    register(source, rows)
    ran = run("micro", source, *words)
    assert ran.code == 5
    assert "110101001001001" in ran.err
    assert "36 households and 5 anchors" in ran.err
    assert "--fill-anchors" in ran.err
    ran = run("micro", source, *words, "--fill-anchors", "--json")
    assert len(json.loads(ran.out)["unused_anchors"]) == 2


def test_a_stairwell_can_be_the_anchor(run: Run, two_grids: Path, tmp_path: Path) -> None:
    rows = [*tower("甲", 100, floors=6, homes=2), *tower("乙", 150, floors=6, homes=2)]
    for row in rows:
        row["anchor"] = int(row["户号"] in ("甲-050", "甲-061", "乙-031"))
    out = tmp_path / "m.gpkg"
    source = register(tmp_path / "h.csv", rows)
    words = ("--grids", two_grids, "--crs", "EPSG:4547", "--anchor", "anchor", "--anchor-stairwell")
    ran = run("micro", source, *words, "--out", out)
    assert ran.code == 0, ran.err
    assert sorted(written(out, "micro_grids").fields["centre"].tolist()) == ["乙-010", "甲-010"]


def test_numbers_that_do_not_divide_are_named(run: Run, two_grids: Path, tmp_path: Path) -> None:
    source = register(tmp_path / "h.csv", [*tower("甲", 100, floors=17, homes=1), *tower("乙", 300, floors=7, homes=1)])
    out = tmp_path / "m.gpkg"
    words = ("--grids", two_grids, "--crs", "EPSG:4547", "--out", out)
    ran = run("micro", source, *words, "--json")
    assert ran.code == 0
    found = {(row["grid"][-1], row["households"], row["reason"]) for row in json.loads(ran.out)["exceptions"]}
    assert found == {("1", 17, "count_between"), ("2", 7, "grid_too_small")}
    assert "not within" in run("micro", source, *words).err
    out.unlink()
    ran = run("micro", source, *words, "--strict")
    assert ran.code == 5
    assert "a least of 7" in ran.err
    assert not out.exists()


def test_grid_codes_can_come_from_a_column(run: Run, tmp_path: Path) -> None:
    rows = [{"id": k, "code": "A" if k < 30 else "B"} for k in range(50)]
    source = register(tmp_path / "h.csv", rows)
    out = tmp_path / "m.gpkg"
    ran = run("micro", source, "--grid-field", "code", "--out", out)
    assert ran.code == 0, ran.err
    table = written(out, "micro_grids")
    assert {code[0] for code in table.fields["code"].tolist()} == {"A", "B"}
    assert run("micro", source, "--out", out).code == 2
    register(source, [{"id": k, "code": "社区"} for k in range(6001)])
    ran = run("micro", source, "--grid-field", "code", "--out", out)
    assert ran.code == 2
    assert "社区 has 6001 households" in ran.err


@pytest.mark.parametrize(
    ("change", "words", "said"),
    [
        ({"楼层": "顶楼"}, (), "row 1, column 楼层"),
        ({"户号": "甲-010"}, ("--id", "户号"), "甲-010"),
        ({"x": "", "y": ""}, (), ""),
        ({}, ("--building", "楼"), "楼栋"),
        ({}, ("--min", 16), "16–15"),
    ],
)
def test_faults_of_a_register_are_named(run, two_grids, tmp_path, change, words, said) -> None:
    rows = tower("甲", 100)
    for row in rows if "x" in change else rows[:2] if "户号" in change else rows[:1]:
        row.update(change)
    source = register(tmp_path / "h.csv", rows)
    out = tmp_path / "m.gpkg"
    ran = run("micro", source, "--grids", two_grids, "--crs", "EPSG:4547", *words, "--out", out)
    assert ran.code == 2
    assert said in ran.err
    assert not out.exists()


def test_micro_grids_go_with_their_plan_into_the_database(run: Run, two_grids: Path, tmp_path: Path) -> None:
    rows = [*tower("甲", 100), *tower("乙", 300), *tower("丙", 900, floors=1, homes=2)]
    source = register(tmp_path / "h.csv", rows)
    micro = tmp_path / "micro.gpkg"
    assert run("micro", source, "--grids", two_grids, "--crs", "EPSG:4547", "--out", micro).code == 0
    ran = run("import", two_grids, "--micro", micro)
    assert ran.code == 0, ran.err
    assert "Micro-grids of plan 1 imported: 6 with 72 households (edition 1); they come into force with" in ran.out
    assert "2 households of the file are in no micro-grid" in ran.err
    again = run("import", two_grids, "--micro", micro)
    assert again.code == 0
    assert 'Draft 1 "plan" holds the very same already' in again.out
    assert "edition 2" in again.out
    insisted = run("import", two_grids, "--again")
    assert 'plan 1 "plan" holds the very same (Draft)' in insisted.err
    assert run("import", micro, "--micro-of", 1, "--effective", "2030-01-01").code == 2  # of a draft
    assert run("publish", 1, "--effective", "2020-01-01").code == 0
    assert run("import", micro, "--micro-of", 1).code == 2
    assert run("import", micro, "--micro-of", 1, "--effective", "2019-12-31").code == 4
    later = run("import", micro, "--micro-of", 1, "--effective", "2021-01-01")
    assert later.code == 0, later.err
    assert "(edition 3), in force from 2021-01-01" in later.out
    assert run("import", micro, "--micro-of", 9, "--effective", "2021-01-01").code == 3


def test_words_that_do_not_go_together_are_refused(run: Run, two_grids: Path, tmp_path: Path) -> None:
    for words in (
        ("--micro-of", 1, "--name", "x"),
        ("--micro-of", 1, "--again"),
        ("--effective", "2030-01-01"),
        ("--micro", "none.gpkg"),
    ):
        ran = run("import", two_grids, *words)
        assert ran.code in (2, 3), ran.out
        assert ran.out == ""
    assert run("import", tmp_path, "--again").code == 2
    # A plan whose micro-grids are those of another leaves no draft behind.
    assert run("import", two_grids, "--micro", two_grids).code == 3
    assert "There is no plan yet" in run("plans").out


def test_locate_tells_the_micro_grid_and_asks_back_in_a_tower(run: Run, two_grids: Path, tmp_path: Path) -> None:
    source = register(tmp_path / "h.csv", [*tower("甲", 100), *tower("乙", 300, floors=4)])
    micro = tmp_path / "micro.gpkg"
    assert run("micro", source, "--grids", two_grids, "--crs", "EPSG:4547", "--out", micro).code == 0
    assert run("import", two_grids, "--micro", micro).code == 0
    assert run("publish", 1, "--effective", "2020-01-01").code == 0
    at = ("locate", "--lon", X + 101, "--lat", Y + 100, "--crs", "EPSG:4547")
    assert "micro" not in run(*at).out.lower()
    asked = run(*at, "--level", "micro")
    assert asked.code == 0, asked.err
    assert "Households of 3 micro-grids live here" in asked.out
    assert "110101001001001-02  stairwell 1, floors 5–8" in asked.out
    told = run(*at, "--level", "micro", "--floor", 6)
    assert "Micro-grid 110101001001001-02 (1 m from" in told.out
    found = json.loads(run(*at, "--level", "micro", "--floor", 6, "--stairwell", "1单元", "--json").out)
    assert found["micro"]["code"] == found["levels"][-1]["code"] == "110101001001001-02"
    house = json.loads(run("locate", "--lon", X + 300, "--lat", Y + 100, *at[5:], "--level", "micro", "--json").out)
    assert house["micro"]["code"] == "110101001001002-01"
    file = run("locate", "--lon", X + 300, "--lat", Y + 100, *at[5:], "--level", "micro", "--plan", two_grids)
    assert "no micro-grids on that day" in file.out
    assert run(*at, "--floor", 6).code == 2


def test_the_rows_of_a_file_get_their_micro_grids(run: Run, two_grids: Path, tmp_path: Path) -> None:
    source = register(tmp_path / "h.csv", [*tower("甲", 100), *tower("乙", 300, floors=4)])
    micro = tmp_path / "micro.gpkg"
    assert run("micro", source, "--grids", two_grids, "--crs", "EPSG:4547", "--out", micro).code == 0
    assert run("import", two_grids, "--micro", micro).code == 0
    assert run("publish", 1, "--effective", "2020-01-01").code == 0
    points = tmp_path / "points.csv"
    rows = [("a", 303, 100), ("b", 101, 100), ("c", 390, 10), ("d", 900, 0), ("e", 297, 104), ("f", "", "")]
    lines = [f"{name},{X + x if x != '' else ''},{Y + y if y != '' else ''},mine" for name, x, y in rows]
    points.write_text("\n".join(["id,x,y,micro", *lines]), "utf-8")
    out = tmp_path / "out.csv"
    words = ("--lon-field", "x", "--lat-field", "y", "--crs", "EPSG:4547", "--out", out)
    ran = run("locate", points, *words, "--level", "micro", "--force")
    assert ran.code == 0, ran.err
    with out.open(encoding="utf-8-sig", newline="") as file:
        found = {row["id"]: row for row in csv.DictReader(file)}
    assert {name: row["micro"] for name, row in found.items()} == {
        "a": "110101001001002-01", "b": "", "c": "", "d": "", "e": "110101001001002-01", "f": "",
    }  # fmt: skip
    assert {row["micro_in"] for row in found.values()} == {"mine"}
    assert float(found["e"]["micro_m"]) == pytest.approx(5, abs=0.01)
    assert "several micro-grids" in found["b"]["note"]
    assert "more than 100 m away" in found["c"]["note"]
    assert "no grid of the plan" in found["d"]["note"]
    assert (found["f"]["status"], found["a"]["note"]) == ("error", "")
    assert run("locate", points, *words, "--level", "micro", "--as-of", "2020-01-01", "--floor", 2).code == 2
    assert run("locate", points, *words, "--level", "micro", "--scheduler", "tcp://none:1").code == 2
    assert run("locate", points, *words, "--level", "micro", "--plan", two_grids).code == 3
    assert run("locate", points, *words, "--force").code == 0
    header = out.read_text("utf-8-sig").split("\n")[0].strip()
    assert header.endswith(",border_m,note")
    assert header.startswith("id,x,y,micro,grid,")
