"""Rule set folders: every column is read, and every fault names file, row and field."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.errors import GeoError
from geo.files import LocalFiles
from geo.model import Layer, Negative, Rung, Stage, Window

RULES = (
    "id,scheme,kind,category,area,department,with_departments,supervising,deadline,stages,closing,step,list,asset,"
    "tenure,mode,hours,days,season,effective,until,version,source\n"
    "r1,s,部件,01,990101,cg,jd|{street},top,4工作时,停工:4工作时|拆除：20 working_days,关,权属,权力清单,road,"
    "managed,应急,22:00-06:00,rest,11-15..03-15,2026-07-01,2026-08-01,7,清单\n"
    "r2,,,,,{street},,,24,,,,,,,,,,,,,,\n"
)
HEAD = """version = "2026.2"
effective = 2026-07-01
tie = "first_receiver"
[calendar]
hours = ["09:00-12:00", "13:00-18:00"]
weekdays = [1, 7]
[layers.road]
file = "owners.gpkg:roads"
owner = "unit"
reach_m = 12
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ruleset.toml").write_text(HEAD, encoding="utf-8")
    (tmp_path / "rules.csv").write_text(RULES, encoding="utf-8")
    (tmp_path / "negative.csv").write_text("id,scheme,kind,category,level\nn,s,event,06,街道\n", encoding="utf-8")
    (tmp_path / "levels.csv").write_text("scheme,kind,category,grade,level\n,,,小事,community\n", encoding="utf-8")
    (tmp_path / "calendar.csv").write_text("date,kind\n2026-10-01,rest\n2026-10-10,working\n", encoding="utf-8")
    line = np.array([shapely.LineString([(500_000, 3_800_000), (500_100, 3_800_000)])], dtype=object)
    fields = {"id": np.array(["a"], dtype=object), "unit": np.array(["cg"], dtype=object)}
    LocalFiles().write_layers(str(tmp_path / "owners.gpkg"), {"roads": Layer(line, fields, "EPSG:4547", "t")})
    return tmp_path


def test_a_folder_is_read_whole(folder: Path) -> None:
    got = LocalFiles().read_rule_set(str(folder))
    assert (got.version, got.effective, got.tie) == ("2026.2", date(2026, 7, 1), "first_receiver")
    rule = got.rules[0]
    assert (rule.kind, rule.step, rule.rule_list, rule.mode, rule.asset) == (
        "part",
        "owner",
        "power",
        "emergency",
        "road",
    )
    assert (rule.deadline, rule.deadline_unit, rule.deadline_hours) == (4.0, "working_hours", None)
    assert rule.window == Window(time(22), time(6), "rest", (11, 15), (3, 15))
    assert rule.stages == (Stage("停工", 4, "working_hours"), Stage("拆除", 20, "working_days"))
    assert (rule.effective, rule.until, rule.version) == (date(2026, 7, 1), date(2026, 8, 1), "7")
    assert got.rules[1].deadline_hours == 24
    assert got.negative == (Negative("n", "s", "event", "06", "street"),)
    assert got.ladder == (Rung("", "", "", "小事", "community"),)
    assert got.calendar.hours == ((time(9), time(12)), (time(13), time(18)))
    assert got.calendar.weekdays == {0, 6}
    assert (got.calendar.works(date(2026, 10, 1)), got.calendar.works(date(2026, 10, 10))) == (False, True)
    (asset,) = got.assets
    assert (asset.layer, asset.id, asset.owner, asset.reach_m) == ("road", "a", "cg", 12.0)
    assert 113 < asset.geometry.bounds[0] < 115  # from metres to WGS84


def test_one_table_is_a_set_too(folder: Path) -> None:
    got = LocalFiles().read_rule_set(str(folder / "rules.csv"), version="v", effective=date(2026, 1, 1))
    assert (got.version, got.effective, len(got.rules), got.assets) == ("v", date(2026, 1, 1), 2, ())


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("rules.csv", "4工作时,", "soon,", "'deadline' of row 1 of rules.csv is 'soon'"),
        ("rules.csv", "4工作时,", "999999 hours,", "'deadline' of row 1"),
        ("rules.csv", "22:00-06:00", "at night", "'hours' of row 1"),
        ("rules.csv", "11-15..03-15", "11-31..03-15", "'season' of row 1"),
        ("rules.csv", "2026-07-01,2026-08-01", "2026-08-01,2026-08-01", "'until' of row 1"),
        ("rules.csv", "停工:", ":", "'stages' of row 1"),
        ("rules.csv", "权属", "whoever", "'step' of row 1"),
        ("rules.csv", "部件", "thing", "'kind' of row 1"),
        ("rules.csv", "\nr2,", "\nr1,", "Rows 1 and 2 of rules.csv"),
        ("rules.csv", "{street},,,24", ",,,24", "Row 2 of rules.csv has no 'department'"),
        ("rules.csv", "id,scheme", "id,schema", "lacks the column(s) scheme"),
        ("negative.csv", "街道", "nobody", "'level' of row 1 of negative.csv"),
        ("calendar.csv", "2026-10-01", "2026-13-01", "'date' of row 1 of calendar.csv"),
        ("ruleset.toml", 'version = "2026.2"', "version = 3", "version of ruleset.toml"),
        ("ruleset.toml", "effective = 2026-07-01", 'effective = "soon"', "effective of ruleset.toml"),
        ("ruleset.toml", '"first_receiver"', '"dice"', "tie of ruleset.toml"),
        ("ruleset.toml", '"13:00-18:00"', '"11:00-18:00"', "calendar.hours of ruleset.toml"),
        ("ruleset.toml", "[1, 7]", "[0]", "calendar.weekdays of ruleset.toml"),
        ("ruleset.toml", "reach_m = 12", "reach_m = -1", "'reach_m' of row 1"),
        ("ruleset.toml", 'owner = "unit"', 'owner = "who"', "lacks the column(s) who"),
        ("ruleset.toml", "tie =", "ties =", "ties of ruleset.toml"),
        ("ruleset.toml", "owners.gpkg:roads", "gone.gpkg", "gone.gpkg"),
        ("ruleset.toml", "[calendar]", "[calendar", "ruleset.toml"),
    ],
)
def test_each_fault_names_its_place(folder: Path, file: str, old: str, new: str, said: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(GeoError) as caught:
        LocalFiles().read_rule_set(str(folder))
    assert said in str(caught.value)


def test_nothing_there_is_said(tmp_path: Path) -> None:
    for path in (tmp_path / "gone", tmp_path):
        with pytest.raises(GeoError):
            LocalFiles().read_rule_set(str(path))
