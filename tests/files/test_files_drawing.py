"""Plan files: what is written comes back, byte for byte the same each time."""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.errors import InvalidBoundary, InvalidCrs, InvalidInput
from geo.files import LocalFiles
from geo.model import Drawing, Grid, Layer, Units

from .conftest import objects, squares

WISHES = {"ideal": 39.0, "tolerance": 0.05, "min": None, "seed": 0, "name": "现行方案", "weight_field": "pop"}


def drawing(order=None, **changed) -> Drawing:
    """Twelve units in two grids: the western and the eastern half."""
    shapes = objects(squares())
    codes = objects([f"g{1 + (k % 4) // 2}" for k in range(12)])
    values = {
        "ids": objects([f"b{k:03d}" for k in range(12)]),
        "geometry": shapes,
        "weight": np.arange(1.0, 13.0),
        "grid": codes,
        "parent": objects(["甲街道"] * 12),
    }
    fields = {"pop": np.arange(1.0, 13.0), "Name": objects(["楼"] * 11 + [None]), "GRID": objects(["old"] * 12)}
    rows = np.arange(12) if order is None else order
    units = Units(
        **{name: column[rows] for name, column in values.items()},
        crs="EPSG:4548",
        fields={name: column[rows] for name, column in fields.items()},
        weight_field="pop",
    )
    grids = tuple(
        Grid(
            code=code,
            name="",
            parent="甲街道",
            weight=float(values["weight"][codes == code].sum()),
            units=6,
            geometry=shapely.union_all(shapes[codes == code]),
            households=None if code == "g1" else 120,
            colour=3,
        )
        for code in ("g2", "g1")
    )
    return Drawing(**{"grids": grids, "units": units, "crs": "EPSG:4548", "wishes": WISHES, **changed})


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_round_trip(files, tmp_path):
    path = tmp_path / "plan.gpkg"
    files.write_drawing(str(path), drawing())
    got = files.read_drawing(str(path))
    want = drawing()
    assert [grid.code for grid in got.grids] == ["g1", "g2"]
    for a, b in zip(got.grids, reversed(want.grids), strict=True):
        assert shapely.equals_exact(a.geometry, b.geometry, tolerance=0)
        assert (a.code, a.name, a.parent, a.weight, a.units) == (b.code, b.name, b.parent, b.weight, b.units)
        assert (a.kind, a.households, a.residents, a.colour) == (b.kind, b.households, b.residents, b.colour)
    for name in ("ids", "weight", "grid", "parent"):
        assert getattr(got.units, name).tolist() == getattr(want.units, name).tolist()
    assert shapely.equals_exact(got.units.geometry, want.units.geometry, tolerance=0).all()
    assert (got.crs, got.units.crs, got.units.weight_field) == ("EPSG:4548", "EPSG:4548", "pop")
    assert got.units.fields["Name"].tolist() == want.units.fields["Name"].tolist()
    assert got.units.fields["GRID_input"].tolist() == ["old"] * 12  # grid and GRID are one name to SQLite
    assert got.wishes == WISHES
    assert [entry.name for entry in tmp_path.iterdir()] == ["plan.gpkg"]


def test_read_again_and_written_again_is_the_same_file(files, tmp_path):
    first, second = tmp_path / "a.gpkg", tmp_path / "b.gpkg"
    files.write_drawing(str(first), drawing())
    files.write_drawing(str(second), files.read_drawing(str(first)))
    assert sha(first) == sha(second)


def test_same_bytes_on_any_row_order_and_over_an_older_file(files, tmp_path):
    first, second = tmp_path / "a.gpkg", tmp_path / "b.gpkg"
    files.write_drawing(str(first), drawing())
    order = np.random.default_rng(7).permutation(12)
    second.write_bytes(b"x" * 1_000_000)
    files.write_drawing(str(second), drawing(order, wishes=dict(reversed(WISHES.items()))))
    assert sha(first) == sha(second)


def test_same_bytes_in_another_process(files, tmp_path):
    first, second = tmp_path / "a.gpkg", tmp_path / "b.gpkg"
    files.write_drawing(str(first), drawing())
    program = (
        "import sys; from geo.files import LocalFiles; f = LocalFiles();"
        "f.write_drawing(sys.argv[2], f.read_drawing(sys.argv[1]))"
    )
    subprocess.run([sys.executable, "-c", program, first, second], check=True, cwd=Path(__file__).parents[2])
    assert sha(first) == sha(second)


def test_units_file_becomes_a_plan_and_keeps_its_columns(files, layer, write, tmp_path):
    units = files.read_units(write(layer(weight=np.arange(12.0) * 2)), weight="weight")
    plan = drawing(units=units, wishes={"weight_field": "weight", "seed": np.int64(3)})
    files.write_drawing(str(tmp_path / "p.gpkg"), plan)
    got = files.read_drawing(str(tmp_path / "p.gpkg"))
    assert {*got.units.fields} == {"名称", "pop", "households"}
    assert got.units.weight.tolist() == units.weight.tolist()
    assert got.units.grid.tolist() == [""] * 12
    assert got.units.parent is None
    assert got.wishes["seed"] == 3
    again = files.read_units(f"{tmp_path / 'p.gpkg'}", weight="weight", current="grid")
    assert again.ids.tolist() == units.ids.tolist()


def test_other_formats_are_refused(files, tmp_path):
    for name in ("p.geojson", "p.shp", "p.parquet"):
        with pytest.raises(InvalidInput, match=r"Use .*p\.gpkg"):
            files.write_drawing(str(tmp_path / name), drawing())
    assert not list(tmp_path.iterdir())


def test_a_failure_leaves_the_old_plan(files, tmp_path):
    path = tmp_path / "p.gpkg"
    files.write_drawing(str(path), drawing())
    before = sha(path)
    with pytest.raises(InvalidInput):
        files.write_drawing(str(path), drawing(units=_broken()))
    assert sha(path) == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["p.gpkg"]
    with pytest.raises(InvalidInput, match="Make it first"):
        files.write_drawing(str(tmp_path / "no" / "p.gpkg"), drawing())


def _broken() -> Units:
    """Units in a system that no file can name: found only when the grids are written already."""
    from dataclasses import replace

    units = drawing().units
    return replace(units, crs="GCJ-02")


def spoil(path: Path, statement: str) -> None:
    database = sqlite3.connect(path)
    database.create_function("ST_IsEmpty", 1, lambda _: 0)
    for name in ("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
        database.create_function(name, 1, lambda _: 0.0)
    with database:
        database.execute(statement)
    database.close()


@pytest.mark.parametrize(
    ("statement", "error", "words"),
    [
        ("UPDATE units SET id = 'b001' WHERE id = 'b002'", InvalidInput, "rows 2 and 3 are both 'b001'"),
        ("UPDATE units SET id = NULL WHERE id = 'b002'", InvalidInput, "Row 3 .* has no 'id'"),
        ("UPDATE grids SET code = 'g1'", InvalidInput, "'code' .*rows 1 and 2"),
        ("UPDATE units SET weight = -1 WHERE id = 'b002'", InvalidInput, r"rows 3 \(b002\)"),
        ("UPDATE units SET weight = NULL WHERE id = 'b002'", InvalidInput, r"rows 3 \(b002\)"),
        ("UPDATE units SET geom = NULL WHERE id = 'b002'", InvalidBoundary, r"rows 3 \(b002\)"),
        ("UPDATE plan SET value = '{' WHERE key = 'seed'", InvalidInput, "'seed' .*not JSON"),
        ("ALTER TABLE units RENAME COLUMN grid TO net", InvalidInput, "no field 'grid'"),
    ],
)
def test_faulty_plans(statement, error, words, files, tmp_path):
    path = tmp_path / "p.gpkg"
    files.write_drawing(str(path), drawing())
    spoil(path, statement)
    with pytest.raises(error, match=words):
        files.read_drawing(str(path))


def test_what_is_no_plan(files, layer, write, tmp_path):
    with pytest.raises(InvalidInput, match=r"lacks the layer\(s\) grids"):
        files.read_drawing(write(layer()))
    with pytest.raises(InvalidInput, match="A plan file is a GeoPackage"):
        files.read_drawing(write(layer(), "p.geojson"))
    grids = Layer(objects(squares(1, 1)), {"code": objects(["g"]), "weight": np.ones(1)}, "EPSG:4547", "")
    files.write_layers(str(tmp_path / "p.gpkg"), {"grids": grids, "units": layer()})
    with pytest.raises(InvalidCrs, match="EPSG:4547 and EPSG:4548"):
        files.read_drawing(str(tmp_path / "p.gpkg"))


def test_local_files_fulfils_the_port():
    from geo.service.ports import Files

    port: Files = LocalFiles()
    names = [name for name in vars(Files) if not name.startswith("_")]
    assert names
    assert all(callable(getattr(port, name)) for name in names)
