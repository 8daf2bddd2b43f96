"""`geo locate FILE` at the door: what it refuses, what it says when it is stopped."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.bulk import run as bulk_run
from geo.cli import locate_files
from tests.cli.small_files import Run


@pytest.fixture
def points(tmp_path: Path) -> Path:
    path = tmp_path / "p.csv"
    rows = "\n".join(f"{k},{500_050 + k},3650050" for k in range(50))
    path.write_text(f"name,lon,lat\n{rows}\n", encoding="utf-8")
    return path


def test_stopped_by_ctrl_c_it_says_how_to_go_on(
    run: Run, plan_file: Path, points: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = bulk_run.write_file

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    command = ("locate", points, "--crs", "EPSG:4547", "--plan", plan_file, "--out", "o.csv")
    monkeypatch.setattr(bulk_run, "write_file", stop)
    ran = run(*command)
    assert ran.code == 130
    assert "o.csv.parts" in ran.err
    assert not Path("o.csv").exists()
    monkeypatch.setattr(bulk_run, "write_file", real)
    ran = run(*command)
    assert ran.code == 0
    assert "50 rows are done" in ran.err
    assert len(Path("o.csv").read_text("utf-8-sig").splitlines()) == 51


def test_stopped_before_the_first_part_it_says_that_nothing_was_written(
    run: Run, plan_file: Path, points: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bulk_run, "_locate_parts", stop)
    ran = run("locate", points, "--crs", "EPSG:4547", "--plan", plan_file, "--out", "o.csv")
    assert ran.code == 130
    assert "before any result was written" in ran.err
    assert not list(Path().glob("o.csv*"))


def test_the_first_tick_of_progress_has_no_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    pace = locate_files._Pace()
    monkeypatch.setattr(pace, "progress", lambda share, text: shown.append(text))
    pace.show(1000, 0.25)
    pace.start -= 2.0
    pace.show(3000, 0.75)
    assert "1,000" in shown[0]
    assert "0:0" not in shown[0]
    assert ":01" in shown[1]
    assert len(shown) == 2


def test_results_that_cannot_be(run: Run, plan_file: Path, points: Path) -> None:
    command = ("locate", points, "--crs", "EPSG:4547", "--plan", plan_file)
    for out, code, said in (
        ("none/o.csv", 2, "none"),
        ("none/o/", 2, "none"),
        ("p.csv", 2, "input"),
        ("o.xyz", 2, ".feather"),
    ):
        ran = run(*command, "--out", out)
        assert ran.code == code
        assert said in ran.err
    ran = run(*command, "--out", "o.csv", "--scheduler", "tcp://127.0.0.1:1")
    assert ran.code == 2
    assert "slash" in ran.err


def test_a_wrong_datum_is_refused_unless_forced(run: Run, plan_file: Path, points: Path) -> None:
    swapped = points.with_name("s.csv")
    rows = "\n".join(f"{k},3650050,{500_050 + k}" for k in range(50))
    swapped.write_text(f"name,lon,lat\n{rows}\n", encoding="utf-8")
    command = ("locate", swapped, "--crs", "EPSG:4547", "--plan", plan_file, "--out", "o.csv")
    ran = run(*command)
    assert ran.code == 2
    assert not Path("o.csv").exists()
    assert run(*command, "--force").code == 0


def test_without_the_border_the_column_is_empty(run: Run, plan_file: Path, points: Path) -> None:
    ran = run("locate", points, "--crs", "EPSG:4547", "--plan", plan_file, "--out", "o.csv", "--no-border")
    assert ran.code == 0
    lines = Path("o.csv").read_text("utf-8-sig").splitlines()
    head = lines[0].split(",")
    assert head[3:] == ["grid", "grid_name", "status", "plan", "shift_m", "border_m", "note"]
    assert all(line.split(",")[head.index("border_m")] == "" for line in lines[1:])


def test_with_full_a_row_has_all_that_one_point_has(run: Run, plan_file: Path, points: Path) -> None:
    lines = points.read_text("utf-8").splitlines()
    points.write_text("\n".join([f"{lines[0]},精度", *(f"{line},30" for line in lines[1:])]), "utf-8")
    command = (
        "locate",
        points,
        "--crs",
        "EPSG:4547",
        "--plan",
        plan_file,
        "--accuracy-field",
        "精度",
        "--out",
        "o.csv",
    )
    assert run(*command, "--full").code == 0
    head = Path("o.csv").read_text("utf-8-sig").splitlines()[0].split(",")
    assert {"community", "base_grid", "special_grid", "nearest_grid", "probability", "candidates"} <= set(head)
    assert run(*command).code == 0
    head = Path("o.csv").read_text("utf-8-sig").splitlines()[0].split(",")
    assert head[-3:] == ["note", "probability", "candidates"]
    refused = run(*command, "--accuracy-m", "5")
    assert (refused.code, "--accuracy-field" in refused.err) == (2, True)


@pytest.mark.parametrize(
    ("question", "idle"),
    [
        (("--lon", "500050", "--lat", "3650050", "--crs", "EPSG:4547"), ("--out", "o.csv")),
        (("--lon", "500050", "--lat", "3650050", "--crs", "EPSG:4547"), ("--no-border",)),
        (("--shape", "p.csv", "--out", "o.csv"), ("--accuracy-m", "5")),
        (("--lon", "500050", "--lat", "3650050", "--crs", "EPSG:4547"), ("--full",)),
        (("p.csv", "--crs", "EPSG:4547", "--out", "o.csv"), ("--floor", "3")),
        (("p.csv", "--crs", "EPSG:4547", "--out", "o.csv"), ("--json",)),
        (("--shape", "p.csv", "--out", "o.csv"), ("--level", "micro")),
        (("--address", "1"), ("--crs", "WGS84")),
    ],
)
def test_an_option_that_would_do_nothing_is_refused(
    run: Run, plan_file: Path, points: Path, question: tuple[str, ...], idle: tuple[str, ...]
) -> None:
    assert points.exists()
    ran = run("locate", *question, "--plan", plan_file, *idle)
    assert ran.code == 2
    assert " ".join(idle[:1]) in ran.err
    assert not Path("o.csv").exists()


def test_a_system_without_a_name_for_the_format_says_what_has_one(run: Run, plan_file: Path, points: Path) -> None:
    ran = run("locate", points, "--crs", "GCJ-02", "--force", "--plan", plan_file, "--out", "o.gpkg")
    assert ran.code == 2
    assert ".parquet" in ran.err
