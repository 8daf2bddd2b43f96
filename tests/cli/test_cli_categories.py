"""geo categories: lists without a database, checks with exit codes, local extensions, training and suggesting."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from tests.cli.small_files import Run
from tests.locate.test_categories_suggest import made_cases


def cases_file(path: Path) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "scheme", "kind", "code", "reported_at"])
        writer.writerows([c.text, *c.key, c.at.isoformat() if c.at else ""] for c in made_cases())
    return path


def test_directories_need_no_database(run: Run) -> None:
    ran = run("categories", "list", "--scheme", "hotline", "--parent", "07")
    assert ran.code == 0
    assert "飞线充电" in ran.out
    assert "no conformance" in ran.out
    assert run("categories", "list", "--scheme", "nothing").code == 3
    assert "No category fits" in run("categories", "list", "--find", "没有这样的名称").out
    rows = json.loads(run("categories", "list", "--kind", "part", "--find", "路灯", "--json").out)
    assert {"路灯", "路灯井盖", "路灯配电箱"} == {row["name"] for row in rows}


def test_show_and_crosswalk_tell_sources(run: Run) -> None:
    ran = run("categories", "show", "gbt47678.5-2026", "event", "01002")
    assert ran.code == 0
    assert "part 01002 污水井盖" in ran.out
    assert "medium-high" in ran.out
    assert run("categories", "show", "gbt47678.5-2026", "event", "99999").code == 3
    ran = run("categories", "crosswalk", "gbt30428.2-2013", "--to", "gbt47678.5-2026")
    assert "0102 污水井盖" in ran.out
    assert "part 01002" in ran.out


def test_a_file_is_extended_and_checked(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("scheme,kind,code,name,parent\ngbt47678.5-2026,event,06,市容环境类,\n", encoding="utf-8")
    ran = run("categories", "add", "飞线充电（自定义）", "--kind", "event", "--under", "06", "--file", path)
    assert (ran.code, "06999" in ran.out) == (0, True)
    ran = run("categories", "check", path)
    assert (ran.code, "2 rows, 0 errors" in ran.out) == (0, True)
    path.write_text(path.read_text(encoding="utf-8-sig").replace("06999", "6999"), encoding="utf-8")
    ran = run("categories", "check", path, "--json")
    assert ran.code == 1
    fault = json.loads(ran.out)["faults"][0]
    assert (fault["row"], fault["field"], fault["value"], fault["level"]) == (2, "code", "6999", "error")
    assert run("categories", "add", "飞线", "--kind", "event", "--under", "06", "--file", path).code == 2


def test_train_and_suggest(run: Run, tmp_path: Path) -> None:
    cases, model = cases_file(tmp_path / "cases.csv"), tmp_path / "m.npz"
    ran = run("categories", "train", cases, "--out", model, "--min-cases", "100")
    assert ran.code == 2
    assert "hotline/hotline/0901" in ran.err
    assert not model.exists()
    ran = run("categories", "train", cases, "--out", model, "--min-cases", "10")
    assert ran.code == 0, ran.err
    for word in ("first right", "among three", "accepted", "ECE", "Threshold", "施工噪声 (0301)", str(model)):
        assert word in ran.out
    ran = run("categories", "suggest", "光明里9号，电梯坏了", "--model", model, "--json")
    assert ran.code == 0, ran.err
    best = json.loads(ran.out)["candidates"][0]
    assert (best["code"], best["name"]) == ("0601", "电梯故障")
    out = tmp_path / "answers.csv"
    ran = run("categories", "suggest", cases, "--model", model, "--out", out)
    assert ran.code == 0, ran.err
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {int(row["row"]) for row in rows} == set(range(1, len(made_cases()) + 1))
    right = [row["code"] == made_cases()[int(row["row"]) - 1].key[2] for row in rows if row["rank"] == "1"]
    assert sum(right) / len(right) > 0.9


def test_suggesting_without_a_model_says_so(run: Run, tmp_path: Path) -> None:
    ran = run("categories", "suggest", "楼道里有人飞线充电")
    assert ran.code == 0
    assert "0702 飞线充电" in ran.out
    assert "No model was trained" in ran.out
    assert run("categories", "suggest", "路灯不亮" * 900 + ".csv").code == 0
    assert run("categories", "suggest", "路灯", "--model", tmp_path / "none.npz").code == 3
    assert run("categories", "suggest", "路灯", "--out", tmp_path / "x.csv").code == 2


def test_the_database_is_the_source_of_cases_where_no_file_is_given(run: Run, tmp_path: Path) -> None:
    from geo.settings import read_settings
    from geo.wiring import build_service
    from tests.api.conftest import place

    service = build_service(read_settings(database_url=f"sqlite:///{tmp_path / 'geo.db'}"), create=True)
    service.store.save_place(place(), actor="tester")
    service.store.close()
    ran = run("categories", "train", "--out", tmp_path / "m.npz")
    assert ran.code == 2
    assert "no cases" in ran.err
    assert "[in use here]" in run("categories", "list", "--find", "0101").out
