"""Files that are broken, locked, cut off or something else are named in a sentence; nothing half written stays."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from geo.errors import Conflict, InvalidInput, NotFound

from .conftest import squares


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('a,b\n1,"x\n2,y\n', "line"),
        ("a,a\n1,2\n", "two columns"),
        ("a,b\n1,2,3\n", "3 cells"),
        ("", "empty"),
        ("\n\n", "empty"),
    ],
)
def test_broken_tables(text, words, files, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(InvalidInput, match=words):
        files.read_layer(str(path))


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("unit.gpkg", NotFound, "Did you mean 'units.gpkg'"),
        ("xyz.gpkg", NotFound, "no file"),
        ("nowhere/units.gpkg", NotFound, "folder"),
        ("units.xyz", NotFound, "units.gpkg"),
        ("folder.gpkg", InvalidInput, "is a folder"),
        ("note.docx", InvalidInput, "ending"),
        ("https://example.org/a.gpkg", InvalidInput, "no requests"),
        ("/vsicurl/http://example.org/a.gpkg", InvalidInput, "no requests"),
        ("C:\\data\\a.gpkg", NotFound, "no file"),
    ],
)
def test_names_that_are_no_files(name, error, words, files, layer, write, tmp_path, monkeypatch):
    write(layer())
    (tmp_path / "folder.gpkg").mkdir()
    (tmp_path / "note.docx").write_text("x")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=words) as caught:
        files.read_layer(name)
    assert caught.value.message("zh")


PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.parquet", "a.fgb", "a.geojson", "a.csv", "a.ndjson"])
@pytest.mark.parametrize(
    "content", [b"", b"   \n", PNG, b"PK\x03\x04" + b"x" * 50, b"\0" * 64, b"hello", b"SQLite format 3\0" + b"\0" * 90]
)
def test_files_of_another_kind(name, content, files, tmp_path):
    path = tmp_path / name
    path.write_bytes(content)
    if name == "a.csv" and content == b"hello":
        assert list(files.read_layer(str(path)).fields) == ["hello"]
        return
    with pytest.raises(InvalidInput) as caught:
        files.read_layer(str(path))
    assert name in caught.value.message("en") or caught.value.code == "row_no_json"


def test_plain_database_is_no_geopackage(files, tmp_path):
    path = tmp_path / "a.gpkg"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE t (x)")
    database.close()
    with pytest.raises(InvalidInput, match="gpkg_contents"):
        files.read_layer(str(path))


def test_truncated_geopackage_is_always_a_sentence(files, layer, write, tmp_path):
    whole = Path(write(layer(squares(30, 30)))).read_bytes()
    cut = tmp_path / "cut.gpkg"
    lengths = [1, 15, 16, 50, 99, 100, 101, 4096, 5000, 8192, *range(16_384, len(whole), 20_480), len(whole) - 1]
    for length in lengths:
        cut.write_bytes(whole[:length])
        with pytest.raises(InvalidInput) as caught:
            files.read_units(str(cut), weight="pop")
        assert "cut.gpkg" in caught.value.message("zh")


def test_geopackage_with_a_spoilt_page(files, layer, write):
    path = Path(write(layer(squares(30, 30))))
    data = bytearray(path.read_bytes())
    page = 4096 * (len(data) // 4096 // 2)
    data[page : page + 4096] = os.urandom(4096)
    path.write_bytes(data)
    with pytest.raises(InvalidInput, match="damaged"):
        files.read_layer(str(path))


@pytest.mark.parametrize("name", ["a.geojson", "a.parquet", "a.fgb", "a.shp"])
def test_truncated_files_of_other_formats(name, files, layer, write):
    path = Path(write(layer(squares(20, 20)), name))
    whole = path.read_bytes()
    for share in (0.1, 0.5, 0.9):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(InvalidInput):  # rows without shapes in the case of a Shapefile
            files.read_units(str(path), weight="pop")


def test_locked_geopackage(files, layer, write):
    path = write(layer())
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA locking_mode = EXCLUSIVE")
    database.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(Conflict, match="Close that program"):
            files.read_layer(path)
    finally:
        database.close()


# --- writing ------------------------------------------------------------------------------------------------------


def test_nothing_half_written(files, layer, tmp_path, monkeypatch):
    path = tmp_path / "a.gpkg"
    path.write_bytes(b"what was there")
    bad = layer(**{"POP": np.zeros(12)})  # SQLite does not tell pop and POP apart
    with pytest.raises(InvalidInput):
        files.write_layers(str(path), {"units": bad})
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.gpkg"]
    assert path.read_bytes() == b"what was there"
    with pytest.raises(InvalidInput, match="Make it first"):
        files.write_text(tmp_path / "no" / "a.txt", "x")
    with pytest.raises(InvalidInput, match="is a folder"):
        files.write_text(tmp_path, "x")


def test_leftovers_of_an_older_database_go(files, layer, tmp_path):
    path = tmp_path / "a.gpkg"
    for ending in ("-wal", "-shm", "-journal"):
        path.with_name(path.name + ending).write_bytes(b"old")
    files.write_layers(str(path), {"units": layer()})
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.gpkg"]


def test_disk_that_refuses(files, layer, tmp_path, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    with pytest.raises(InvalidInput, match="No space left"):
        files.write_json(tmp_path / "a.json", {})
