"""Bad input: a sentence that names the row or file and the remedy, the right exit code, nothing half-written."""

from __future__ import annotations

import socket
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
import typer

from geo.cli.locate_asked import Written
from geo.files import LocalFiles
from geo.model import Layer
from tests.cli.small_files import Ran, Run, column, lattice

SIDE = 100.0


def write(path: Path, geometry: Any, fields: Any, crs: str | None = "EPSG:4547") -> Path:
    LocalFiles().write_layers(str(path), {"units": Layer(column(list(geometry)), fields, crs, "test")})
    return path


def partition(run: Run, source: object, tmp_path: Path, *more: object) -> Ran:
    out = tmp_path / "out.gpkg"
    before = set(tmp_path.iterdir())
    ran = run("partition", source, "--weight", "people", "--grids", 4, "--tolerance", 0.1, "--out", out, *more)
    if ran.code:
        assert set(tmp_path.iterdir()) == before, "something half-written was left"
        assert "Traceback" not in ran.err
        assert ran.err.startswith("Error: ")
    return ran


def test_missing_crs(run: Run, tmp_path: Path) -> None:
    geometry, fields = lattice()
    ran = partition(run, write(tmp_path / "u.gpkg", geometry, fields, None), tmp_path)
    assert ran.code == 2
    assert "--crs" in ran.err


def test_wrong_crs(run: Run, tmp_path: Path) -> None:
    geometry, fields = lattice()
    ran = partition(run, write(tmp_path / "u.gpkg", geometry, fields, "EPSG:4490"), tmp_path)
    assert ran.code == 2
    assert "4490" in ran.err


def test_swapped_axes(run: Run, tmp_path: Path) -> None:
    _, fields = lattice(2, 2)
    boxes = [shapely.box(33 + r * 0.001, 114 + c * 0.001, 33.001 + r * 0.001, 114.001 + c * 0.001)
             for r in range(2) for c in range(2)]  # fmt: skip
    ran = partition(run, write(tmp_path / "u.gpkg", boxes, fields, "EPSG:4490"), tmp_path)
    assert ran.code == 2
    assert "swap" in ran.err.lower()


def test_nan_coordinate(run: Run, tmp_path: Path) -> None:
    geometry, fields = lattice()
    with np.errstate(invalid="ignore"):
        geometry[4] = shapely.Polygon([(500_000, 3_650_000), (float("nan"), 3_650_000), (500_100, 3_650_100)])
    ran = partition(run, write(tmp_path / "u.gpkg", geometry, fields), tmp_path)
    assert ran.code == 2
    assert "5" in ran.err


def test_empty_polygon(run: Run, tmp_path: Path) -> None:
    geometry, fields = lattice()
    geometry[4] = shapely.Polygon()
    ran = partition(run, write(tmp_path / "u.gpkg", geometry, fields), tmp_path)
    assert ran.code == 2
    assert "u004" in ran.err


def test_self_crossing_polygon(run: Run, tmp_path: Path) -> None:
    geometry, fields = lattice()
    x, y = 500_000, 3_650_000
    geometry[0] = shapely.Polygon([(x, y), (x + SIDE, y + SIDE), (x + SIDE, y), (x, y + SIDE)])
    ran = partition(run, write(tmp_path / "u.gpkg", geometry, fields), tmp_path)
    assert ran.code == 2
    assert "u000" in ran.err


def test_overlapping_units(run: Run, tmp_path: Path) -> None:
    geometry, fields = lattice()
    geometry[7] = shapely.transform(geometry[7], lambda xy: np.add(xy, (20.0, 0.0)))
    ran = partition(run, write(tmp_path / "u.gpkg", geometry, fields), tmp_path)
    assert ran.code == 2
    assert "u007" in ran.err
    assert "u008" in ran.err


def test_island_that_cannot_be_served(run: Run, tmp_path: Path) -> None:
    geometry, fields = lattice()
    geometry[35] = shapely.transform(geometry[35], lambda xy: np.add(xy, (5_000.0, 0.0)))
    ran = partition(run, write(tmp_path / "u.gpkg", geometry, fields), tmp_path)
    assert ran.code == 5
    assert "u035" in ran.err


@pytest.mark.parametrize(("value", "word"), [(-3, "-3"), (None, "--missing-weight")])
def test_negative_and_missing_weights(run: Run, tmp_path: Path, value: int | None, word: str) -> None:
    geometry, fields = lattice()
    people = fields["people"].astype(np.float64)
    people[9] = np.nan if value is None else value
    ran = partition(run, write(tmp_path / "u.gpkg", geometry, {**fields, "people": people}), tmp_path)
    assert ran.code == 2
    assert "u009" in ran.err
    assert "people" in ran.err
    assert word in ran.err.replace("−", "-")


def test_text_weight(run: Run, tmp_path: Path) -> None:
    geometry, fields = lattice()
    people = column([str(v) for v in fields["people"]])
    people[3] = "many"
    ran = partition(run, write(tmp_path / "u.gpkg", geometry, {**fields, "people": people}), tmp_path)
    assert ran.code == 2
    assert "many" in ran.err


def test_duplicate_ids(run: Run, tmp_path: Path) -> None:
    geometry, fields = lattice()
    fields["id"][5] = "u004"
    ran = partition(run, write(tmp_path / "u.gpkg", geometry, fields), tmp_path, "--id", "id")
    assert ran.code == 2
    assert "u004" in ran.err


def test_a_file_of_another_kind(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "u.gpkg"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    ran = partition(run, path, tmp_path)
    assert ran.code == 2
    assert "u.gpkg" in ran.err


def test_missing_file_and_unknown_layer_and_field(run: Run, tmp_path: Path, units_file: Path) -> None:
    ran = partition(run, tmp_path / "nowhere.gpkg", tmp_path)
    assert ran.code == 3
    assert "nowhere.gpkg" in ran.err
    ran = partition(run, f"{units_file}:houses", tmp_path)
    assert ran.code == 3
    assert "units" in ran.err
    ran = run("partition", units_file, "--weight", "peopel", "--grids", 4, "--out", tmp_path / "out.gpkg")
    assert ran.code == 2
    assert "people" in ran.err


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.95])
def test_truncated_geopackage(run: Run, tmp_path: Path, share: float) -> None:
    geometry, fields = lattice(30, 30)
    path = write(tmp_path / "u.gpkg", geometry, fields)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    ran = partition(run, path, tmp_path)
    assert ran.code == 2
    assert "u.gpkg" in ran.err


def test_locked_database(run: Run, plan_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEO_BUSY_SECONDS", "0.2")
    assert run("db", "upgrade").code == 0
    holder = sqlite3.connect(tmp_path / "geo.db")
    holder.execute("BEGIN EXCLUSIVE")
    try:
        ran = run("import", plan_file)
    finally:
        holder.rollback()
        holder.close()
    assert ran.code == 6
    assert "lock" in ran.err.lower()
    assert "draft" not in run("plans").out
    assert run("import", plan_file).code == 0


def test_not_a_database(run: Run, tmp_path: Path) -> None:
    (tmp_path / "geo.db").write_text("hello " * 1000)
    ran = run("plans")
    assert ran.code == 6
    assert "Traceback" not in ran.err


def test_port_in_use(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ran = run("serve", "--port", taken.getsockname()[1])
    assert ran.code == 4
    assert "--port" in ran.err


def test_outside_and_unknown_datum(run: Run, plan_file: Path) -> None:
    run("import", plan_file)
    run("publish", 1, "--effective", "2020-01-01")
    assert run("locate", "--lon", 114, "--lat", 33).code == 2
    assert run("locate", "--lon", 114, "--lat", 33, "--crs", "Mars2000").code == 2
    assert run("locate", "--lon", 33, "--lat", 114, "--crs", "WGS84").code == 2
    assert run("locate", "--lon", "nan", "--lat", 33, "--crs", "WGS84").code == 2
    assert run("locate", "--lon", 114, "--lat", 33, "--crs", "WGS84", "--as-of", "1999-01-01").code == 3
    assert run("publish", 99, "--effective", "2030-01-01").code == 3
    assert run("publish", 1, "--effective", "2030-01-01").code == 4


def test_plan_with_a_hole_is_not_published(run: Run, plan_file: Path) -> None:
    from tests.cli.test_cli_path import damaged

    bad = damaged(plan_file, lambda g, f: np.arange(len(g)) != 7)
    assert run("import", bad).code == 0
    ran = run("publish", 1, "--effective", "2020-01-01")
    assert ran.code == 2
    assert "geo check" in ran.err
    assert "draft" in run("plans").out


def test_a_number_keeps_the_zeros_it_was_written_with() -> None:
    assert [Written.read(text).decimals for text in ("114.1300", "114.13", "3e2", " 5 ")] == [4, 2, -2, 0]
    assert Written.read("114.1300") == 114.13
    with pytest.raises(typer.BadParameter, match="'abc' is not a valid float"):
        Written.read("abc")


def test_a_wrong_file_of_roles_is_said_before_the_server_starts(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import uvicorn

    monkeypatch.setattr(uvicorn, "run", lambda *_, **__: pytest.fail("the server was started"))
    (tmp_path / "roles.toml").write_text('[tokens.a]\nrole = "king"\n', encoding="utf-8")
    monkeypatch.setenv("GEO_ROLES", str(tmp_path / "roles.toml"))
    assert run("db", "upgrade").code == 0
    ran = run("serve", "--port", free_port())
    assert ran.code == 2
    assert "roles.toml" in ran.err
    assert "127.0.0.1" not in ran.out


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
