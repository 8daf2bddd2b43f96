"""geo geocode, geo gazetteer and geo locate --address from the shell."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest

from geo.service.geocode_many import COLUMNS
from geo.service.plans import publish_plan
from geo.settings import read_settings
from geo.wiring import build_service
from tests.api.conftest import SOUTH, STEP, WEST, drawing, place
from tests.cli.small_files import Run

GRID = "990101001001001"
TEXTS = ["阳光小区路灯不亮", "你好", "", "新月湾3号楼"]


@pytest.fixture
def served(tmp_path: Path) -> Path:
    """A folder whose database has the lattice in force."""
    settings = read_settings(database_url=f"sqlite:///{tmp_path / 'geo.db'}", lang="en", actor="tester")
    service = build_service(settings, create=True)
    service.store.save_place(place(), actor="tester")
    plan = service.store.save_plan(drawing(), name="first", actor="tester")
    publish_plan(service, plan.id, effective=date(2024, 1, 1), actor="tester")
    service.store.close()
    return tmp_path


def test_a_gazetteer_comes_in_and_a_file_is_geocoded(run: Run, served: Path) -> None:
    (served / "more.csv").write_text(
        f"id,kind,name,lon,lat\nm1,compound,新月湾,{WEST + 3 * STEP},{SOUTH + 3 * STEP}\nm2,poi,,,\n", encoding="utf-8"
    )
    assert run("gazetteer", "import", "more.csv").code == 2, "coordinates without a system are refused"
    ran = run("gazetteer", "import", "more.csv", "--crs", "WGS84")
    assert (ran.code, "1 added" in ran.out, "name" in ran.out) == (0, True, True), ran.err
    assert "m1  compound  新月湾" in run("gazetteer", "list", "新月").out
    assert json.loads(run("gazetteer", "list", "--kind", "compound", "--json").out)[1]["source"] == "more"
    assert run("gazetteer", "check").code == 0
    with (served / "in.csv").open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows([("编号", "内容"), *enumerate(TEXTS)])
    ran = run("geocode", "in.csv", "--text", "内容", "--out", "out.csv", "--json")
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)
    assert (told["rows"], told["placed"], told["by_status"]["none"]) == (4, 2, 2)
    header, *rows = csv.reader(io.StringIO((served / "out.csv").read_text("utf-8-sig")))
    assert header == ["编号", "内容", *COLUMNS]
    assert [row[1] for row in rows] == TEXTS
    assert [row[5] for row in rows] == [GRID, "", "", "990101001001004"]


def test_check_ends_with_one_where_something_is_wrong(run: Run, served: Path) -> None:
    (served / "far.csv").write_text("id,kind,name,lon,lat,crs\nm1,poi,远方,10,10,WGS84\n", encoding="utf-8")
    assert run("gazetteer", "import", "far.csv").code == 0
    ran = run("gazetteer", "check")
    assert (ran.code, "远方 lies in no grid" in ran.out) == (1, True)
    assert json.loads(run("gazetteer", "check", "--json").out)[0]["kind"] == "outside"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("in.csv", "--text", "words", "--out", "out.csv"), "words"),
        (("in.csv", "--text", "text", "--out", "out.parquet"), "same kind"),
        (("in.csv", "--text", "text", "--out", "in.csv"), "in.csv"),
        (("in.csv", "--text", "text", "--out", "out.csv", "--scope", "火星"), "火星"),
    ],
)
def test_what_cannot_be_done_is_said(run: Run, served: Path, arguments: tuple[str, ...], words: str) -> None:
    (served / "in.csv").write_text("text\n阳光小区\n", encoding="utf-8")
    ran = run("geocode", *arguments)
    assert ran.code != 0
    assert words in ran.err
    assert not (served / "out.csv").exists()


def test_locate_reads_an_address_alone_and_with_a_point(run: Run, served: Path) -> None:
    ran = run("locate", "--address", "阳光小区")
    assert (ran.code, GRID in ran.out, "阳光小区" in ran.out) == (0, True, True), ran.err
    refused = run("locate", "--address", "不知何处")
    assert (refused.code, "No place" in refused.out) == (0, True)
    point = ("--lon", WEST + STEP / 2, "--lat", SOUTH + STEP / 2, "--crs", "WGS84")
    both = json.loads(run("locate", *point, "--address", "阳光小区", "--json").out)
    assert (both["grid"], both["method"]) == (GRID, "both")
