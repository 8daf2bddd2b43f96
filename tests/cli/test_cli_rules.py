"""geo rules at the command line: in, checked, shown, explained, replayed, switched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.small_files import Run

PLACE = Path(__file__).resolve().parents[2] / "data" / "boundaries" / "chenguang"
GRID = "990101001001001"


@pytest.fixture
def ready(run: Run) -> Run:
    assert run("import", PLACE).code == 0
    assert run("import", PLACE / "current_plan.gpkg").code == 0
    assert run("publish", 1, "--effective", "2022-01-01").code == 0
    return run


def test_the_rules_of_a_place_from_the_command_line(ready: Run, tmp_path: Path) -> None:
    assert ready("rules", "list").out.split()[:1] == ["2022.1"]
    checked = ready("rules", "check")
    assert (checked.code, checked.out.splitlines()[-1]) == (0, "Rule set 2025.1: 140 rules, 0 faults.")
    assert "R031" in ready("rules", "show", "R031", "--as-of", "2026-01-01").out
    assert ready("rules", "show", "R999").code == 2
    matter = ("rules", "explain", "--scheme", "hotline", "--category", "0103", "--grid", GRID)
    said = ready(*matter)
    assert said.code == 0, said.err
    assert "R061" in said.out
    assert "7. " not in said.out
    emergency = json.loads(
        ready(
            "rules", "explain", "--scheme", "hotline", "--category", "0503", "--grid", GRID, "--emergency", "--json"
        ).out
    )
    assert (emergency["route"]["rule"], emergency["route"]["step"]) == ("E104", "emergency")
    assert ready("rules", "explain", "--scheme", "hotline", "--category", "0103", "--grid", "x").code == 3

    ready("rules", "mode", "emergency", "--area", "990101001", "--until", "2099-01-01T00:00", "--reason", "暴雨")
    flood = json.loads(
        ready("rules", "explain", "--category", "0903", "--scheme", "hotline", "--grid", GRID, "--json").out
    )
    assert flood["route"]["rule"] == "E101"
    assert ready("rules", "mode", "emergency", "--until", "soon", "--reason", "x").code == 2
    assert ready("rules", "mode", "emergency", "--reason", "x").code == 2

    replayed = json.loads(ready("rules", "replay", "--as-of", "2024-07-01", "--json").out)
    assert replayed == {"issues": 0, "same": 0, "unplaced": 0, "differences": []}
    swapped = ready("rules", "replay", "--as-of", "2024-07-01", "--since", "2026-09-02", "--until", "2026-09-01")
    assert (swapped.code, "swap" in swapped.err) == (2, True)

    table = tmp_path / "t.csv"
    table.write_text("id,scheme,kind,category,area,department\na,,,,,CGJ\nb,,,,,YLJ\n", encoding="utf-8")
    bad = ready("rules", "check", table)
    assert bad.code == 1
    assert "a, b" in bad.out
    refused = ready("rules", "import", table, "--version", "v", "--effective", "2099-01-01")
    assert refused.code == 2
    assert "--force" in refused.err
    assert ready("rules", "import", table, "--version", "v", "--effective", "2099-01-01", "--force").code == 0
    assert ready("rules", "import", table, "--version", "w", "--effective", "2099-01-01", "--force").code == 4
