"""The commands on small files: what they write, print and exit with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from geo.files import LocalFiles
from geo.model import Layer
from tests.cli.small_files import Run, lattice


def test_partition_writes_plan_and_report(run: Run, units_file: Path, tmp_path: Path) -> None:
    out, report = tmp_path / "p.gpkg", tmp_path / "r.json"
    ran = run(
        "partition",
        units_file,
        "--weight",
        "people",
        "--grids",
        4,
        "--tolerance",
        0.1,
        "--out",
        out,
        "--report",
        report,
    )
    assert ran.code == 0
    figures = json.loads(report.read_text(encoding="utf-8"))
    assert {
        "grids", "ideal", "max_deviation", "lower_bound", "cut", "disconnected", "seconds", "seed",
        "oversize_units", "moved_share",
    } <= set(figures)  # fmt: skip
    assert figures["grids"] == 4
    assert figures["max_deviation"] <= 0.1
    drawing = LocalFiles().read_drawing(str(out))
    assert sum(grid.weight for grid in drawing.grids) == figures["ideal"] * 4
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith("p.")) == ["p.gpkg"]


def test_partition_does_not_depend_on_row_order(run: Run, tmp_path: Path) -> None:
    geometry, fields = lattice()
    labels = []
    for name, order in (("a", slice(None)), ("b", slice(None, None, -1))):
        source = tmp_path / f"{name}.gpkg"
        layer = Layer(geometry[order], {k: v[order] for k, v in fields.items()}, "EPSG:4547", "test")
        LocalFiles().write_layers(str(source), {"units": layer})
        out = tmp_path / f"{name}_plan.gpkg"
        assert run("partition", source, "--weight", "people", "--grids", 5, "--out", out, "--tolerance", 0.2).code == 0
        labels.append(out.read_bytes())
    assert labels[0] == labels[1]


def test_check_is_silent_on_a_sound_plan(run: Run, plan_file: Path) -> None:
    ran = run("check", plan_file)
    assert ran.code == 0
    assert "sound" in ran.out


def damaged(plan: Path, change: Any, layer: str = "units") -> Path:
    files = LocalFiles()
    layers = {name: files.read_layer(f"{plan}:{name}") for name in ("grids", "units")}
    old = layers[layer]
    geometry, fields = old.geometry.copy(), {k: v.copy() for k, v in old.fields.items()}
    keep = change(geometry, fields)
    if keep is not None:
        geometry, fields = geometry[keep], {k: v[keep] for k, v in fields.items()}
    layers[layer] = Layer(geometry, fields, old.crs, old.source)
    out = plan.with_name("damaged.gpkg")
    files.write_layers(str(out), layers)
    return out


def test_check_names_a_missing_unit(run: Run, plan_file: Path) -> None:
    bad = damaged(plan_file, lambda g, f: np.arange(len(g)) != 7)
    ran = run("check", bad)
    assert ran.code == 1
    assert ran.out.strip()


def test_check_names_a_unit_given_to_a_far_grid(run: Run, plan_file: Path) -> None:
    def give_away(geometry: Any, fields: Any) -> None:
        far = int(shapely.distance(geometry[0], geometry).argmax())
        fields["grid"][0] = fields["grid"][far]

    bad = damaged(plan_file, give_away)
    ran = run("check", bad)
    assert ran.code == 1
    assert "u000" in ran.out


@pytest.mark.parametrize("layer", ["units", "grids"])
def test_check_names_a_polygon_moved_by_a_metre(run: Run, plan_file: Path, layer: str) -> None:
    def move(geometry: Any, fields: Any) -> None:
        geometry[2] = shapely.transform(geometry[2], lambda xy: np.add(xy, (1.0, 0.0)))

    ran = run("check", damaged(plan_file, move, layer))
    assert ran.code == 1
    assert ran.out.strip()


def test_compare_with_itself_moves_nothing(run: Run, plan_file: Path) -> None:
    ran = run("compare", plan_file, plan_file, "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["moved_units"] == 0


def test_the_largest_deviation_is_one_figure_everywhere(run: Run, tmp_path: Path) -> None:
    geometry, fields = lattice()
    # Two areas whose grids cannot weigh the same: the mean of an area is not the mean of the plan.
    fields["area"] = np.array(["east" if k % 6 > 1 else "west" for k in range(36)], dtype=object)
    LocalFiles().write_layers("u.gpkg", {"units": Layer(geometry, fields, "EPSG:4547", "test")})
    wishes = ("--weight", "people", "--grids", 3, "--tolerance", 1, "--within", "area")
    drawn = run("partition", "u.gpkg", *wishes, "--out", "p.gpkg", "--json")
    assert drawn.code == 0, drawn.err
    said = json.loads(drawn.out)["max_deviation"]
    ran = run("compare", "p.gpkg", "p.gpkg", "--json")
    figures = json.loads(ran.out)
    assert said > 0
    assert figures["max_deviation_before"] == figures["max_deviation_after"] == pytest.approx(said)
    assert f"{said:.2%} → {said:.2%}" in run("compare", "p.gpkg", "p.gpkg").out


def test_import_publish_locate_map(run: Run, plan_file: Path, tmp_path: Path) -> None:
    assert run("import", plan_file).code == 0
    published = run("publish", 1, "--effective", "2020-01-01")
    assert published.code == 0, published.err
    found = run("locate", "--lon", 500_050, "--lat", 3_650_050, "--crs", "EPSG:4547", "--json")
    assert found.code == 0, found.err
    assert json.loads(found.out)["status"] == "located"
    far = run("locate", "--lon", 500_050, "--lat", 3_660_050, "--crs", "EPSG:4547", "--json")
    assert far.code == 0, far.err
    assert json.loads(far.out)["status"] == "outside"
    out = tmp_path / "plan.html"
    assert run("map", "plan", "--out", out).code == 0
    assert out.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert run("plans").out.count("active") == 1


def test_locate_file_keeps_every_row(run: Run, plan_file: Path, tmp_path: Path) -> None:
    points = tmp_path / "points.csv"
    points.write_text("name,lon,lat\na,500050,3650050\nb,,\nc,500050,9999999\nd,500550,3650550\n", encoding="utf-8")
    out = tmp_path / "located.csv"
    ran = run("locate", points, "--out", out, "--crs", "EPSG:4547", "--plan", plan_file)
    assert ran.code == 0, ran.err
    lines = out.read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines] == ["name", "a", "b", "c", "d"]
    assert "4 rows" in ran.out


def test_config_hides_the_password(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEO_DATABASE_URL", "postgresql://geo:s3cret@localhost/geo")
    ran = run("config")
    assert ran.code == 0
    assert "s3cret" not in ran.out
    assert "***" in ran.out


COMMANDS = [
    ("units",), ("partition",), ("check",), ("codes",), ("compare",), ("nets",), ("special",), ("micro",),
    ("import",), ("publish",), ("plans",), ("locate",), ("issues", "import"), ("issues", "locate"),
    ("map", "plan"), ("map", "coverage"), ("map", "hotspots"), ("map", "issues"), ("map", "sheet"),
    ("serve",), ("db", "upgrade"), ("config",), ("demo",), ("sample",), ("crs", "fit"), ("crs", "show"),
    ("categories", "list"), ("categories", "show"), ("categories", "crosswalk"), ("categories", "check"),
    ("categories", "import"), ("categories", "add"), ("categories", "train"), ("categories", "suggest"),
    ("geocode",), ("address", "test"), ("address", "fit"), ("address", "shipped"),
    ("gazetteer", "import"), ("gazetteer", "check"), ("gazetteer", "list"),
    ("rules", "import"), ("rules", "check"), ("rules", "list"), ("rules", "show"), ("rules", "explain"),
    ("rules", "replay"), ("rules", "mode"),
    ("hotspots", "run"), ("hotspots", "list"), ("hotspots", "show"), ("hotspots", "digest"),
    ("hotspots", "theme", "rank"), ("hotspots", "theme", "freeze"), ("hotspots", "theme", "list"),
    ("hotspots", "theme", "show"), ("hotspots", "theme", "report"),
    ("queue", "list"), ("queue", "show"), ("queue", "log"), ("queue", "confirm"), ("queue", "override"),
    ("queue", "return"), ("queue", "merge"), ("queue", "close"), ("queue", "step"),
    ("reporters", "show"), ("reporters", "forget"),
    ("corrections", "list"), ("corrections", "withdraw"), ("corrections", "settle"),
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_an_example(run: Run, command: tuple[str, ...]) -> None:
    ran = run(*command, "--help")
    assert ran.code == 0
    assert f"geo {' '.join(command)}" in " ".join(ran.out.split())
    assert "Example:" in ran.out


def test_no_command_is_without_a_test_of_its_help() -> None:
    from geo.cli.app import app

    def names_of(group: Any, *above: str | None) -> set[tuple[str | None, ...]]:
        inside = [names_of(g.typer_instance, *above, g.name) for g in group.registered_groups]
        return {(*above, c.name) for c in group.registered_commands}.union(*inside)

    assert names_of(app) == set(COMMANDS)
