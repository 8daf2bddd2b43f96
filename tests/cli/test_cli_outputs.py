"""Where results go: refused before the work, never over an input; and what is said of a result that is not perfect."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import shapely

from geo.cli.console import Progress
from geo.cli.outputs import check_outputs
from geo.errors import InvalidInput
from geo.files import LocalFiles
from geo.model import Layer
from tests.cli.small_files import Run, column


def _partition(run: Run, units: object, *more: object) -> tuple[int, str]:
    ran = run("partition", units, "--weight", "people", "--grids", 4, "--tolerance", 0.1, *more)
    return ran.code, ran.err


@pytest.mark.parametrize(
    ("out", "word"),
    [("no/such/plan.gpkg", "folder"), ("here.gpkg", "is a folder"), ("plan.shp", "plan.gpkg"), ("plan", "plan.gpkg")],
)
def test_a_plan_that_cannot_be_written_is_not_even_drawn(
    run: Run, units_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str, word: str
) -> None:
    (tmp_path / "here.gpkg").mkdir()

    def solve(*_: object, **__: object) -> None:
        raise AssertionError("the solver ran")

    monkeypatch.setattr("geo.partition.solve", solve)
    code, err = _partition(run, units_file, "--out", out)
    assert code == 2
    assert word in err


def test_an_input_is_not_written_over(run: Run, units_file: Path) -> None:
    before = units_file.read_bytes()
    for source in (units_file, f"{units_file}:units"):
        code, err = _partition(run, source, "--out", units_file)
        assert code == 2
        assert "destroy" in err
    assert units_file.read_bytes() == before


def test_no_plan_stays_when_its_report_has_no_folder(run: Run, units_file: Path, tmp_path: Path) -> None:
    code, err = _partition(run, units_file, "--out", "p.gpkg", "--report", "no/r.json")
    assert code == 2
    assert "no" in err
    assert not (tmp_path / "p.gpkg").exists()


def test_two_results_in_one_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="two results"):
        check_outputs(tmp_path / "a.json", tmp_path / "." / "a.json")


def chain(tmp_path: Path, people: list[int]) -> None:
    count = len(people)
    shapes = column([shapely.box(500_000 + 100 * k, 3_650_000, 500_100 + 100 * k, 3_650_100) for k in range(count)])
    fields = {"id": column([f"u{k}" for k in range(count)]), "people": column(people)}
    LocalFiles().write_layers(str(tmp_path / "chain.gpkg"), {"u": Layer(shapes, fields, "EPSG:4547", "test")})


def test_grids_outside_the_band_are_said(run: Run, tmp_path: Path) -> None:
    # Five people in two grids: 2 and 3 is the best there is, and no unit alone is too heavy.
    chain(tmp_path, [1, 1, 1, 1, 1])
    ran = run("partition", "chain.gpkg", "--weight", "people", "--grids", 2, "--tolerance", 0.05, "--out", "p.gpkg")
    assert ran.code == 0
    assert "2 grids lie outside" in ran.err


def test_a_band_out_of_reach_is_refused_with_a_way_out(run: Run, tmp_path: Path) -> None:
    # No two connected halves of this chain are alike.
    chain(tmp_path, [10, 6, 10])
    wish = ("partition", "chain.gpkg", "--weight", "people", "--grids", 2, "--out", "p.gpkg", "--tolerance")
    ran = run(*wish, 0.05)
    assert ran.code == 5
    assert "a tolerance of 0.2308" in ran.err
    assert not (tmp_path / "p.gpkg").exists()
    assert run(*wish, 0.2308).code == 0


def test_a_folder_that_cannot_be_made(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for ran in (run("demo", "--dir", "file", "--no-serve"), run("sample", "--out", "file/below")):
        assert ran.code == 2
        assert "cannot be written" in ran.err


def test_issue_file_without_rows_and_the_reasons_of_bad_rows(run: Run, tmp_path: Path) -> None:
    (tmp_path / "none.csv").write_text("source_id,text\n")
    ran = run("issues", "import", "none.csv")
    assert ran.code == 2
    assert "has no rows" in ran.err
    rows = ("1,a,nan,33,WGS84", "2,b,33,114,WGS84", "3,c,114,33,", "4,d,114,33,MARS", "5,e,114,,WGS84")
    (tmp_path / "bad.csv").write_text("\n".join(("source_id,text,lon,lat,crs", *rows)) + "\n")
    ran = run("issues", "import", "bad.csv")
    assert ran.code == 0
    assert "  row_" not in ran.out
    assert "no reference system named" in ran.out


def test_located_rows_say_why_in_the_readers_language(run: Run, plan_file: Path, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("lon,lat\n500050,3650050\n1,1\n,\n")
    ran = run("locate", "p.csv", "--crs", "EPSG:4547", "--plan", plan_file, "--out", "o.csv")
    assert ran.code == 0, ran.err
    with (tmp_path / "o.csv").open(encoding="utf-8-sig") as handle:
        rows = list(csv.DictReader(handle))
    assert [row["status"] for row in rows] == ["located", "outside", "error"]
    assert [row["note"] for row in rows] == [
        "",
        "The point lies in no grid of the plan; the numbers look like degrees, but the reference system is projected. "
        "Name one in degrees (WGS84 or CGCS2000, say).",
        "This row has no coordinates.",
    ]
    assert {row["plan"] for row in rows} == {"0"}
    single = run("locate", "--lon", 500050, "--lat", 3650050, "--crs", "EPSG:4547", "--plan", plan_file)
    assert f"by the plan file {plan_file}" in single.out


@pytest.mark.parametrize(
    "url",
    ["postgresql://h/geo?user=x&password=geheim", "postgresql://u:ge@heim@h/geo", "postgresql://u:geheim@[h/geo"],
)
def test_config_hides_passwords_wherever_they_stand(run: Run, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("GEO_DATABASE_URL", url)
    ran = run("config")
    assert ran.code == 0
    assert "heim" not in ran.out
    assert "***" in ran.out


def test_report_of_a_sound_plan_has_no_note(run: Run, units_file: Path, tmp_path: Path) -> None:
    code, err = _partition(run, units_file, "--out", "p.gpkg", "--report", "r.json")
    assert code == 0
    assert "outside" not in err
    assert json.loads((tmp_path / "r.json").read_text())["outside_band"] == 0


def test_tolerance_zero_asks_for_the_least_deviation_and_sets_no_band(
    run: Run, units_file: Path, tmp_path: Path
) -> None:
    ran = run(
        "partition", units_file, "--weight", "people", "--grids", 4, "--tolerance", 0, "--out", "p.gpkg",
        "--report", "r.json",
    )  # fmt: skip
    report = json.loads((tmp_path / "r.json").read_text())
    assert (ran.code, report["outside_band"]) == (0, 0)
    assert "outside" not in ran.err
    assert ("which is proved" in ran.out) == report["certificate"]["proved"]
    assert "asks for the least" in ran.out
    assert run("check", tmp_path / "p.gpkg").code == 0


def test_every_command_waits_for_a_held_database_as_long_as_it_was_told(
    run: Run, plan_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    def noted(url: str, *_: object, busy_s: float = 30.0) -> None:
        waits.append(busy_s)

    monkeypatch.setenv("GEO_BUSY_SECONDS", "0.25")
    monkeypatch.setattr("geo.store.upgrade", noted)
    run("db", "upgrade")
    run("import", plan_file)
    assert waits == [0.25, 0.25]


@pytest.mark.parametrize("terminal", [False, True])
def test_progress_is_for_who_looks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], terminal: bool
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal, raising=False)
    progress = Progress("geo units")
    progress.shown -= 3600
    progress.rows(7)
    progress(1.0)
    progress.done()
    shown = capsys.readouterr().err
    assert shown == ("\r\x1b[Kgeo units 7\r\x1b[Kgeo units 100% \r\x1b[K" if terminal else "")
