"""geo queue, geo reporters and geo corrections: decisions on the command line, on both databases, and nothing leaks."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest

from geo.service.plans import publish_plan
from geo.settings import read_settings
from geo.wiring import build_service
from tests.api.conftest import drawing, place
from tests.cli.small_files import Run

WORDS = "我叫张三丰，电话13800138000，老粮站3号楼2单元1507室漏水"
SECRETS = ("张三丰", "13800138000", "1507", "李小花")


@pytest.fixture
def ready(run: Run, store_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """The lattice, published, and a file of reports imported."""
    settings = read_settings(database_url=store_url, lang="en", actor="tester")
    service = build_service(settings)
    service.store.save_place(place(), actor="tester")
    plan = service.store.save_plan(drawing(), name="first", actor="tester")
    publish_plan(service, plan.id, effective=date(2020, 1, 1), actor="tester")
    service.store.close()
    monkeypatch.setenv("GEO_DATABASE_URL", store_url)
    write(tmp_path / "reports.csv", "a1", WORDS)
    return run


def write(path: Path, number: str, text: str) -> Path:
    head = "source_id,text,scheme,kind,category,reported_at,reporter_name,reporter_phone"
    row = f"{number},{text.replace(',', '，')},hotline,hotline,0101,2024-05-01T08:00:00+08:00,李小花,13800138000"
    path.write_text(f"{head}\n{row}\n坏行,,,,,not a time {text},李小花,13800138000\n", encoding="utf-8")
    return path


def clean(*texts: str) -> None:
    # Some hash in a thousand holds the four digits of the room.
    told = re.sub(r"\b[0-9a-f]{64}\b", "", "\n".join(texts))
    for secret in SECRETS:
        assert secret not in told


def test_a_case_from_import_to_memory(ready: Run, tmp_path: Path) -> None:
    done = ready("issues", "import", "reports.csv", "--source", "csv", "--report", "account.json")
    assert done.code == 0, done.err
    clean(done.out, done.err, (tmp_path / "account.json").read_text(encoding="utf-8"))
    told = ready("queue", "list")
    assert re.search(r"1 open case\b", told.out)
    listed = ready("queue", "list", "unlocated")
    assert "#1" in listed.out
    assert "***" in listed.out
    shown = ready("queue", "show", 1, "--json")
    clean(told.out, listed.out, shown.out)
    assert json.loads(shown.out)["queue"] == "unlocated"
    assert ready("queue", "show", 99).code == 3
    assert ready("queue", "confirm", 1, "--entry", "nobody").code == 3
    assert ready("queue", "confirm", 1).code == 2
    confirmed = ready("queue", "confirm", 1, "--entry", "c1", "--remember", "--actor", "王琳")
    assert confirmed.code == 0, confirmed.err
    assert "990101001001001" in confirmed.out
    stale = ready("queue", "confirm", 1, "--entry", "c1", "--revision", 1)
    assert stale.code == 4
    again = write(tmp_path / "next.csv", "a2", WORDS.replace("1507", "0302"))
    assert ready("issues", "import", again, "--source", "csv").code == 0
    assert json.loads(ready("queue", "show", 2, "--json").out)["grid"] == "990101001001001"
    listed = ready("corrections", "list")
    assert "place" in listed.out
    clean(listed.out, ready("corrections", "list", "--json").out)
    assert ready("corrections", "withdraw", 1).code == 0
    assert ready("corrections", "withdraw", 1).code == 4
    ready("issues", "import", write(tmp_path / "last.csv", "a3", WORDS), "--source", "csv")
    assert json.loads(ready("queue", "show", 3, "--json").out)["queue"] == "unlocated"


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_the_work_of_a_case_and_its_log(ready: Run) -> None:
    assert ready("issues", "import", "reports.csv", "--source", "csv").code == 0
    assert ready("queue", "confirm", 1, "--grid", "990101001001002").code == 0
    assert ready("queue", "step", 1, "sign").code == 4, "nobody has dispatched it"
    for step in (("dispatch",), ("sign",), ("suspend", "--text", "等料"), ("resume",), ("answer", "--text", "已修")):
        done = ready("queue", "step", 1, *step)
        assert done.code == 0, done.err
    assert ready("queue", "step", 1, "extend", "--due", "2999-01-01", "--text", "x").code == 4
    assert ready("queue", "close", 1, "--closing-met", "--satisfied").code == 0
    assert ready("queue", "step", 1, "reopen", "--text", "又漏").code == 0
    assert ready("queue", "return", 1, "--reason", "other").code == 2
    assert ready("queue", "return", 1, "--reason", "not_our_duty").code == 0
    assert "#1" in ready("queue", "list", "contested").out
    changed = ready(
        "queue", "override", 1, "--department", "jd", "--reason", "other", "--text", WORDS, "--propose-rule"
    )
    assert changed.code == 0, changed.err
    assert "case_override" in changed.out
    assert ready("corrections", "settle", 1, "approved").code == 0
    assert ready("corrections", "settle", 1, "rejected").code == 4
    log = ready("queue", "log", 1)
    clean(log.out, ready("queue", "log", 1, "--json").out, ready("corrections", "list", "--json").out)
    assert len(log.out.splitlines()) == 15
    ready("issues", "import", "reports.csv", "--source", "other")
    assert ready("queue", "merge", 2, "--into", 1).code == 0
    assert ready("queue", "merge", 1, "--into", 2).code == 4


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_reporters_are_shown_with_a_purpose_and_forgotten(ready: Run) -> None:
    ready("issues", "import", "reports.csv", "--source", "csv")
    assert ready("reporters", "show", 1, "--purpose", " ").code == 2
    shown = ready("reporters", "show", 1, "--purpose", "回访")
    assert "13800138000" in shown.out, "this is the one command that tells it"
    assert "回访" in ready("queue", "log", 1).out
    assert ready("reporters", "forget", "--before", "2999-01-01").code == 2
    done = ready("reporters", "forget", "--before", "2024-06-01", "--json")
    assert json.loads(done.out) == {"issues": 1, "reporters": 1, "texts": 1}
    assert json.loads(ready("reporters", "forget", "--before", "2024-06-01", "--json").out)["issues"] == 0
    gone = ready("reporters", "show", 1, "--purpose", "回访")
    assert gone.code == 3
    clean(gone.out, gone.err)
    page = ready("map", "issues", "--out", "issues.html")
    assert page.code == 0, page.err
