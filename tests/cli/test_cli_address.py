"""geo address: test and fit on files and on what persons confirmed; bad rows are named."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from geo.sample.telling import tell
from geo.sample.telling_map import map_points
from tests.cli.small_files import Run

POINTS = map_points(250, seed=9)


@pytest.fixture
def gazetteer(tmp_path: Path) -> Path:
    path = tmp_path / "gazetteer.json"
    path.write_text(json.dumps(POINTS, ensure_ascii=False), encoding="utf-8")
    return path


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    path = tmp_path / "cases.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(("text", "entry", "status"))
        for one in tell(POINTS, 120, seed=1, style="query"):
            table.writerow((one.text, "|".join(map(str, one.ids)), one.status))
    return path


def test_test_prints_every_column_and_writes_what_is_wrong(
    run: Run, gazetteer: Path, cases: Path, tmp_path: Path
) -> None:
    ran = run("address", "test", cases, "--gazetteer", gazetteer, "--wrong", tmp_path / "wrong.csv")
    assert ran.code == 0, ran.err
    for column in ("top1", "top5", "precision", "wrong", "covered", "ece", "absent_accepted", "texts_per_cpu_second"):
        assert column in ran.out
    figures = json.loads(run("address", "test", cases, "--gazetteer", gazetteer, "--json").out)
    assert figures["cases"] == 120
    assert figures["top1"] > 0.8
    header, *rows = csv.reader((tmp_path / "wrong.csv").read_text(encoding="utf-8-sig").splitlines())
    assert header == ["row", "text", "status", "entries", "answer", "found"]
    assert len(rows) < 60


def test_fit_writes_the_same_file_again_and_it_can_be_used(
    run: Run, gazetteer: Path, cases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    ran = run("address", "fit", cases, "--gazetteer", gazetteer, "--out", first, "--force")
    assert ran.code == 0, ran.err
    assert "held out" in ran.out
    assert "GEO_ADDRESS_WEIGHTS" in ran.out
    told = json.loads(run("address", "fit", cases, "--gazetteer", gazetteer, "--out", second, "--force", "--json").out)
    assert told["trained"] + told["held_out"] == 120
    assert first.read_bytes() == second.read_bytes()
    monkeypatch.setenv("GEO_ADDRESS_WEIGHTS", str(first))
    by_setting = json.loads(run("address", "test", cases, "--gazetteer", gazetteer, "--json").out)
    monkeypatch.delenv("GEO_ADDRESS_WEIGHTS")
    by_option = json.loads(run("address", "test", cases, "--gazetteer", gazetteer, "--weights", first, "--json").out)
    by_setting.pop("texts_per_cpu_second")
    by_option.pop("texts_per_cpu_second")
    assert by_setting == by_option


def test_bad_rows_are_named_and_the_others_used(run: Run, gazetteer: Path, tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    lines = ["text,entry,status", "好,0,", ",0,", "好,nobody,", "好,0,perhaps", "好,0|1,match", "好,0|1,", "好,,"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    ran = run("address", "test", path, "--gazetteer", gazetteer)
    assert ran.code == 0, ran.err
    assert "4 rows cannot be used" in ran.err
    assert "Row 2: text is empty" in ran.err
    assert "Row 3: entry is nobody" in ran.err
    assert "Row 4: status is perhaps" in ran.err
    assert "Row 5: a match wants exactly one id" in ran.err
    figures = json.loads(run("address", "test", path, "--gazetteer", gazetteer, "--json").out)
    assert (figures["match"], figures["ambiguous"], figures["absent"]) == (1, 1, 1)
    assert len(figures["refused"]) == 4


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Name a file with cases"),
        (["cases.csv", "--confirmed"], "Name a file with cases"),
        (["cases.csv", "--text-field", "words"], "has no column for text"),
        (["cases.csv", "--weights", "nothing.json"], "There is no file of weights"),
        (["nothing.csv"], "nothing.csv"),
        (["empty.csv"], "No case can be used"),
    ],
)
def test_what_is_missing_is_said(
    run: Run, gazetteer: Path, cases: Path, tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    (tmp_path / "empty.csv").write_text("text,entry\n好,nobody\n", encoding="utf-8")
    ran = run("address", "test", *arguments, "--gazetteer", gazetteer)
    assert ran.code != 0
    assert sentence in ran.err


def test_a_gazetteer_may_be_a_table_or_a_place_folder(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "names.csv"
    table.write_text("id,kind,name,aliases,town\n7,compound,松鹤湾家园,老松鹤|棉纺厂宿舍,云台镇\n", encoding="utf-8")
    (tmp_path / "cases.csv").write_text("text,entry\n棉纺厂宿舍楼道灯不亮,7\n", encoding="utf-8")
    found = json.loads(run("address", "test", tmp_path / "cases.csv", "--gazetteer", table, "--json").out)
    assert found["top1"] == 1.0
    odd = tmp_path / "odd.json"
    odd.write_text('{"a": 1}', encoding="utf-8")
    ran = run("address", "test", tmp_path / "cases.csv", "--gazetteer", odd)
    assert "is no gazetteer" in ran.err


def test_shipped_weights_are_made_from_generated_texts_alone(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "w.json"
    ran = run("address", "shipped", "--texts", 60, "--scale", 0.01, "--out", out)
    assert ran.code == 0, ran.err
    weights = json.loads(out.read_text(encoding="utf-8"))
    assert weights["cases"] == 240
    assert weights["source"].startswith("geo.sample.telling: map_points(")
