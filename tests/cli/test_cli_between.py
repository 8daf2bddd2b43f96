"""`geo partition` on units whose file says what lies between them: classes, hard ones, gates that a person may edit."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.files import LocalFiles
from geo.model import Layer
from tests.cli.small_files import Run, column

WEST, SOUTH = 500_000, 3_650_000
SIDE = 6


@pytest.fixture
def walled(tmp_path: Path) -> Path:
    """6 × 6 units with ten people each, and a wall in the middle, in a file with the layer `adjacency`."""
    boxes = [shapely.box(WEST + c, SOUTH + r, WEST + c + 1, SOUTH + r + 1) for r in range(SIDE) for c in range(SIDE)]
    boxes = [shapely.transform(box, lambda xy: (xy - [WEST, SOUTH]) * 100 + [WEST, SOUTH]) for box in boxes]
    ids = [f"u{k:02d}" for k in range(SIDE * SIDE)]
    pairs = [(k, k + 1) for k in range(SIDE * SIDE) if k % SIDE < SIDE - 1]
    pairs += [(k, k + SIDE) for k in range(SIDE * (SIDE - 1))]
    wall = [a % SIDE == 2 and b == a + 1 for a, b in pairs]
    rows = {
        "left": column([ids[a] for a, _ in pairs]),
        "right": column([ids[b] for _, b in pairs]),
        "metres": np.full(len(pairs), 100.0),
        "kind": column(["wall" if w else "none" for w in wall]),
        "class": column(["fence" if w else "" for w in wall]),
        "strength": np.array([0.6 if w else 0.0 for w in wall]),
        "hard": np.zeros(len(pairs), dtype=np.int64),
        "crossing": np.zeros(len(pairs), dtype=np.int64),
    }
    lines = [shapely.intersection(boxes[a], boxes[b]) for a, b in pairs]
    people = {"id": column(list(ids)), "people": np.full(len(ids), 10, dtype=np.int64)}
    path = tmp_path / "walled.gpkg"
    layers = {
        "units": Layer(column(list(boxes)), people, "EPSG:4547", "test"),
        "adjacency": Layer(column(list(lines)), rows, "EPSG:4547", "test"),
    }
    LocalFiles().write_layers(str(path), layers)
    return path


def crossed(path: str) -> bool:
    """Whether a grid holds units on both sides of the wall."""
    units = LocalFiles().read_drawing(path).units
    assert units.grid is not None
    west = np.array([int(name[1:]) % SIDE < 3 for name in units.ids])
    return bool(set(units.grid[west]) & set(units.grid[~west]))


@pytest.mark.parametrize("word", ["wall", "fence", "Wall"])
def test_what_is_named_hard_is_never_crossed(run: Run, walled: Path, word: str) -> None:
    # Three grids of twelve units: one has to lie on both sides of the wall, unless it may not.
    wishes = ("--weight", "people", "--grids", 3, "--tolerance", 0.0)
    assert run("partition", walled, *wishes, "--out", "free.gpkg").code == 0
    assert crossed("free.gpkg")
    ran = run("partition", walled, *wishes, "--hard", word, "--out", "shut.gpkg")
    assert ran.code == 0, ran.err
    assert not crossed("shut.gpkg")


def test_an_unknown_class_is_refused_with_those_there_are(run: Run, walled: Path) -> None:
    ran = run("partition", walled, "--weight", "people", "--grids", 3, "--hard", "moat", "--out", "plan.gpkg")
    assert ran.code == 2
    assert all(word in ran.err for word in ("moat", "fence", "wall"))


def test_units_that_do_not_say_what_lies_between_take_no_class(run: Run, units_file: Path) -> None:
    ran = run("partition", units_file, "--weight", "people", "--grids", 3, "--hard", "wall", "--out", "plan.gpkg")
    assert ran.code == 2
    assert "--hard-barriers" in ran.err


@pytest.mark.parametrize(("kind", "word"), [("water", "river"), ("rail", "railway"), ("road", "street")])
def test_words_of_geo_units_name_the_same_kinds_here(run: Run, walled: Path, kind: str, word: str) -> None:
    with sqlite3.connect(walled) as base:
        # The triggers of the spatial index call functions that plain SQLite lacks.
        for (name,) in base.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'adjacency'"
        ).fetchall():
            base.execute(f'DROP TRIGGER "{name}"')
        base.execute("UPDATE adjacency SET kind = ? WHERE kind = 'wall'", (kind,))
    ran = run("partition", walled, "--weight", "people", "--grids", 2, "--hard", word, "--out", "shut.gpkg")
    assert ran.code == 0, ran.err
    assert not crossed("shut.gpkg")
