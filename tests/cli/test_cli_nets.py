"""geo nets: from files of existing nets to a sound plan with conflicts and a crosswalk."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo import crs
from geo.files import LocalFiles
from geo.model import Layer
from geo.service.nets import NetSource, NetsRequest, merge_nets_file
from tests.cli.small_files import Run, column, lattice
from tests.test_docs import ROOT, flags_of, told_commands

FILES = LocalFiles()
CRS = "EPSG:4547"


def write_net(path: Path, groups: dict[str, list[int]], *, target: str = CRS, **more: list[float]) -> None:
    """A net whose grids are unions of the lattice's units."""
    units, _ = lattice()
    shapes = column([shapely.union_all(units[rows]) for rows in groups.values()])
    fields = {"code": column(list(groups)), **{name: np.array(values) for name, values in more.items()}}
    FILES.write_layers(str(path), {"grids": Layer(crs.project(shapes, source=CRS, target=target), fields, target, "")})


def rows_of(*numbers: int) -> list[int]:
    return [6 * row + k for row in numbers for k in range(6)]


@pytest.fixture
def nets(tmp_path: Path) -> Path:
    """Two nets of two grids that differ by one row of units, one in degrees; and one that covers half."""
    write_net(tmp_path / "a.gpkg", {"01": rows_of(0, 1, 2), "02": rows_of(3, 4, 5)}, patrols=[10, 5])
    write_net(tmp_path / "b.gpkg", {"south": rows_of(0, 1), "north": rows_of(2, 3, 4, 5)}, target="EPSG:4326")
    write_net(tmp_path / "c.gpkg", {"01": rows_of(0, 1, 2)})
    units, fields = lattice()
    homes = Layer(shapely.centroid(units), {"people": fields["people"]}, CRS, "")
    FILES.write_layers(str(tmp_path / "people.gpkg"), {"buildings": homes})
    return tmp_path


THREE = ("甲=a.gpkg", "乙=b.gpkg", "丙=c.gpkg", "--people", "people.gpkg", "--weight", "people")


def test_three_nets_become_a_sound_plan(run: Run, nets: Path) -> None:
    ran = run("nets", *THREE, "--carry", "甲=patrols", "--out", "n.gpkg", "--report", "r.json", "--crosswalk", "x.csv")
    assert ran.code == 0, ran.err
    assert "2 base grids" in ran.out
    assert run("check", "n.gpkg").code == 0
    people = lattice()[1]["people"]
    report = json.loads((nets / "r.json").read_text("utf-8"))
    assert report["weight"] == int(people.sum())
    pair = next(p for p in report["pairs"] if {p["a"], p["b"]} == {"甲", "乙"})
    moved = float(people[rows_of(2)].sum())
    # A tenth of a square metre: the projection of the net in degrees bends its long straight borders.
    assert (pair["disagree_m2"], pair["disagree_weight"]) == (pytest.approx(60_000, abs=60), moved)
    assert report["incomplete_m2"] == pytest.approx(180_000, abs=60)
    conflicts = FILES.read_layer(str(nets / "n.gpkg:conflicts"))
    assert set(conflicts.fields["gaps"]) == {None, "丙"} or set(conflicts.fields["gaps"]) == {"", "丙"}
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    share: dict[tuple[str, str], int] = defaultdict(int)
    with (nets / "x.csv").open(encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            sums[row["layer"]][0] += float(row["area_m2"])
            sums[row["layer"]][1] += float(row["weight"])
            share[row["layer"], row["old"]] += round(1e6 * float(row["share_weight"]))
    assert {round(area, 2) for area, _ in sums.values()} == {report["area_m2"]}
    assert {weight for _, weight in sums.values()} == {float(people.sum())}
    assert set(share.values()) == {1_000_000}
    carried = FILES.read_layer(str(nets / "n.gpkg:carried")).fields
    assert carried["value"].sum() == 15
    units = FILES.read_layer(str(nets / "n.gpkg:units")).fields
    assert sorted(set(units["甲"])) == ["01", "02"]


def test_order_of_the_nets_changes_no_byte(run: Run, nets: Path) -> None:
    assert run("nets", *THREE, "--out", "n.gpkg").code == 0
    assert run("nets", *THREE[2::-1], *THREE[3:], "--out", "m.gpkg").code == 0
    assert (nets / "n.gpkg").read_bytes() == (nets / "m.gpkg").read_bytes()


def test_atoms_go_to_the_solver_and_come_back_as_base(run: Run, nets: Path) -> None:
    assert run("nets", *THREE, "--out", "n.gpkg").code == 0
    drawn = run(
        "partition", "n.gpkg:units", "--weight", "people", "--grids", "2", "--tolerance", "1", "--out", "p.gpkg"
    )
    assert drawn.code == 0, drawn.err
    ran = run("nets", *THREE, "--base", "p.gpkg", "--out", "q.gpkg", "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["method"] == "plan"
    before, after = (FILES.read_drawing(str(nets / name)) for name in ("p.gpkg", "q.gpkg"))
    assert [grid.code for grid in before.grids] == [grid.code for grid in after.grids]
    assert before.units.grid.tolist() == after.units.grid.tolist()
    write_net(nets / "d.gpkg", {"1": rows_of(0), "2": rows_of(1, 2), "3": rows_of(3, 4, 5)})
    # Fewer pieces, and as many that lie elsewhere.
    for strange in ("甲=a.gpkg", "丁=d.gpkg"):
        other = run("nets", strange, "--base", "p.gpkg", "--out", "z.gpkg")
        assert other.code == 2
        assert "p.gpkg" in other.err


def test_lead_keeps_its_grids_and_codes(run: Run, nets: Path) -> None:
    ran = run("nets", *THREE, "--lead", "乙", "--codes-from", "乙", "--out", "n.gpkg")
    assert ran.code == 0, ran.err
    assert [grid.code for grid in FILES.read_drawing(str(nets / "n.gpkg")).grids] == ["north", "south"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("a.gpkg", "b.gpkg", "--code", "nr"), "'nr'"),
        (("x=a.gpkg", "x=b.gpkg"), "'x'"),
        (("=a.gpkg",), "NAME=FILE"),
        (("x=none.gpkg",), "none.gpkg"),
        (("x=a.gpkg", "--lead", "y"), "'y'"),
        (("x=a.gpkg", "--trust", "y=2"), "'y'"),
        (("x=a.gpkg", "--trust", "x"), "NAME=VALUE"),
        (("x=a.gpkg", "--trust", "x=0"), "trust"),
        (("x=a.gpkg", "--base", "best"), "'best'"),
        (("x=a.gpkg", "--tolerance", "-1"), "tolerance"),
        (("x=a.gpkg", "--carry", "x=code2"), "code2"),
        (("x=bad.gpkg",), "row 2"),
        (("x=line.gpkg",), "row 1"),
        (("x=a.gpkg", "--people", "people.gpkg"), "households"),
    ],
)
def test_a_fault_is_one_sentence_with_its_place(run: Run, nets: Path, arguments, said) -> None:
    units, _ = lattice()
    fields = {"code": column(["01", None])}
    FILES.write_layers(str(nets / "bad.gpkg"), {"grids": Layer(units[:2], fields, CRS, "")})
    lines = column([shapely.LineString(units[0].exterior)])
    FILES.write_layers(str(nets / "line.gpkg"), {"grids": Layer(lines, {"code": column(["1"])}, CRS, "")})
    ran = run("nets", *arguments, "--out", "n.gpkg")
    assert ran.code in (2, 3)
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert [line[:7] for line in ran.err.splitlines()] == ["Error: "]
    assert not (nets / "n.gpkg").exists()


def test_a_net_in_the_wrong_place_is_pointed_out(run: Run, nets: Path) -> None:
    units, _ = lattice()
    far = shapely.transform(units[:1], lambda xy: xy + 50_000)
    FILES.write_layers(str(nets / "far.gpkg"), {"grids": Layer(far, {"code": column(["1"])}, CRS, "")})
    ran = run("nets", "近=a.gpkg", "远=far.gpkg", "--boundary", "a.gpkg", "--out", "n.gpkg")
    assert ran.code == 0, ran.err
    assert "远" in ran.err
    assert "beyond the boundary" in ran.err


def test_what_was_repaired_has_a_place_in_the_files_own_system(run: Run, nets: Path) -> None:
    bow = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    square = shapely.box(200, 0, 300, 100)
    for name, target in (("metres", CRS), ("degrees", "EPSG:4326")):
        shapes = shapely.transform(column([bow, square, square]), lambda xy: xy + np.array([500_000, 3_650_000]))
        shapes[2] = shapely.transform(square, lambda xy: xy + np.array([500_200, 3_650_000]))  # far from the other
        fields = {"code": column(["x", "y", "y"])}
        layer = Layer(crs.project(shapes, source=CRS, target=target), fields, target, "")
        FILES.write_layers(str(nets / f"{name}.gpkg"), {"grids": layer})
        ran = run("nets", f"甲={name}.gpkg", "--out", f"{name}-n.gpkg", "--report", "r.json")
        assert ran.code == 0, ran.err
        report = json.loads((nets / "r.json").read_text("utf-8"))
        (repair,) = report["repairs"]
        middle = crs.project(column([shapely.Point(500_050, 3_650_050)]), source=CRS, target=target)[0]
        assert repair["at"] == pytest.approx([middle.x, middle.y], rel=1e-8)
        assert f"{middle.x:.8g}"[:8] in repair["reason"]
        assert report["in_several_rows"] == [{"layer": "甲", "codes": ["y"]}]
        assert "count as its parts: y" in ran.out


def test_a_page_that_fails_leaves_nothing_behind(nets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class NoPages:
        def nets(self, *_: object, **__: object) -> str:
            raise ValueError("no page")

    monkeypatch.chdir(nets)
    request = NetsRequest(nets=(NetSource("甲", "a.gpkg", "code"), NetSource("乙", "b.gpkg", "code")))
    with pytest.raises(ValueError, match="no page"):
        merge_nets_file(FILES, request, out=nets / "n.gpkg", page=(nets / "n.html", NoPages(), "zh"))  # type: ignore[arg-type]
    assert not (nets / "n.gpkg").exists()


def test_the_map_is_one_file_that_asks_nobody(run: Run, nets: Path) -> None:
    ran = run("nets", *THREE, "--out", "n.gpkg", "--map", "n.html")
    assert ran.code == 0, ran.err
    page = (nets / "n.html").read_text("utf-8")
    assert "default-src 'none'" in page
    assert '"name":"乙"' in page.replace(": ", ":") or '"name":"\\u4e59"' in page


def test_the_manual_names_commands_and_flags_that_exist() -> None:
    told = told_commands((ROOT / "docs" / "nets.md").read_text("utf-8"))
    assert [words for words, _ in told] == [["nets"], ["check"], ["partition"], ["nets"]]
    for words, flags in told:
        assert set(flags) <= flags_of(words), words
