"""What docs/hotspots.md says is so."""

from __future__ import annotations

import re
from pathlib import Path

import geo.hotspots

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "hotspots.md").read_text(encoding="utf-8")


def test_the_example_runs_and_its_claims_hold():
    (example,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    exec(example, {})


def test_every_function_of_the_table_exists():
    table = re.findall(r"^\| (?!question|---).*?\| (.*?) \|", TEXT, re.MULTILINE)
    names = {name for cell in table for name in re.findall(r"`(\w+)", cell)}
    assert len(names) > 15
    assert names <= set(geo.hotspots.__all__)
