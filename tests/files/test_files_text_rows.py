"""Columns added to tables of any length: rows, order and cells stay, whatever they hold."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import GeoError, InvalidInput
from geo.files.text_rows import add_columns, encoding_of, free_names

NAMES = ("geo_place", "geo_lon")
plain = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=12)


def answer(rows):
    return [
        (row.code if isinstance(row, GeoError) else row[::-1], float(len(row)) if isinstance(row, str) else None)
        for row in rows
    ]


def written(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.tuples(plain, plain), min_size=1, max_size=9), chunk=st.integers(1, 4))
def test_csv_keeps_its_rows(rows, chunk, tmp_path_factory):
    folder = tmp_path_factory.mktemp("csv")
    with (folder / "a.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([("id", "text"), *rows])
    count = add_columns(str(folder / "a.csv"), folder / "b.csv", text="text", names=NAMES, answer=answer, chunk=chunk)
    header, *found = written(folder / "b.csv")
    assert header == ["id", "text", *NAMES]
    assert count == len(rows)
    assert [tuple(row[:2]) for row in found] == rows
    assert [float(row[3]) for row in found] == [float(len(text)) for _, text in rows]
    assert [row[2].removeprefix("'") for row in found] == [text[::-1].removeprefix("'") for _, text in rows]


@settings(max_examples=30, deadline=None)
@given(rows=st.lists(plain, min_size=1, max_size=9), chunk=st.integers(1, 4))
def test_lines_and_parquet_keep_their_rows(rows, chunk, tmp_path_factory):
    folder = tmp_path_factory.mktemp("rows")
    lines = "".join(json.dumps({"n": k, "text": text}) + "\n" for k, text in enumerate(rows))
    (folder / "a.ndjson").write_text(lines, encoding="utf-8")
    pq.write_table(pa.table({"n": list(range(len(rows))), "text": rows}), folder / "a.parquet")
    for ending in ("ndjson", "parquet"):
        out = folder / f"b.{ending}"
        add_columns(str(folder / f"a.{ending}"), out, text="text", names=NAMES, answer=answer, chunk=chunk)
        found = (
            [json.loads(line) for line in out.read_text("utf-8").split("\n") if line]
            if ending == "ndjson"
            else pq.read_table(out).to_pylist()
        )
        assert [(row["n"], row["text"]) for row in found] == list(enumerate(rows))
        assert [row["geo_place"] for row in found] == [text.strip()[::-1] for text in rows]


def test_bad_rows_are_told_and_kept(tmp_path):
    (tmp_path / "a.csv").write_text("id,text\n1,甲\n2,乙,丙\n3\n", encoding="utf-8")
    assert (
        add_columns(str(tmp_path / "a.csv"), tmp_path / "b.csv", text="text", names=NAMES, answer=answer, chunk=9) == 3
    )
    assert written(tmp_path / "b.csv")[1:] == [
        ["1", "甲", "甲", "1.0"],
        ["2", "乙", "row_too_long", ""],
        ["3", "", "", "0.0"],
    ]
    (tmp_path / "a.jsonl").write_text('{"text":"甲"}\nno\n{"text":null}\n{"text":5}\n', encoding="utf-8")
    add_columns(str(tmp_path / "a.jsonl"), tmp_path / "b.jsonl", text="text", names=NAMES, answer=answer, chunk=1)
    found = [json.loads(line) for line in (tmp_path / "b.jsonl").read_text("utf-8").splitlines()]
    assert [row["geo_place"] for row in found] == ["甲", "row_no_json", "", "5"]
    assert found[1]["line"] == "no"


@pytest.mark.parametrize("chunk", [1, 2, 50])
def test_a_row_that_is_too_long_names_its_own_line(chunk, tmp_path):
    """However far the file has been read ahead; blank lines and texts of several lines count."""
    (tmp_path / "a.csv").write_text('id,text\n1,甲\n\n2,"乙\n丙"\n3,丁,多\n4,戊\n5,己,多\n', encoding="utf-8")
    lines = []

    def told(texts):
        lines.extend((text.context["row"], text.context["line"]) for text in texts if isinstance(text, InvalidInput))
        return answer(texts)

    add_columns(str(tmp_path / "a.csv"), tmp_path / "b.csv", text="text", names=NAMES, answer=told, chunk=chunk)
    assert lines == [(3, 6), (5, 8)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings(encoding, tmp_path):
    (tmp_path / "a.csv").write_bytes("text\n阳光小区\n".encode(encoding))
    add_columns(str(tmp_path / "a.csv"), tmp_path / "b.csv", text="text", names=NAMES, answer=answer, chunk=5)
    assert written(tmp_path / "b.csv")[1][1] == "区小光阳"
    assert encoding_of(tmp_path / "a.csv") in (encoding, "utf-8-sig")


@pytest.mark.parametrize(
    ("name", "out", "text", "code"),
    [
        ("a.csv", "b.parquet", "text", "texts_out_kind"),
        ("a.geojson", "b.geojson", "text", "texts_kind"),
        ("a.csv", "b.csv", "txt", "field_unknown_similar"),
        ("broken.csv", "b.csv", "text", "table_broken"),
    ],
)
def test_what_cannot_be_done_leaves_no_file(name, out, text, code, tmp_path):
    (tmp_path / "a.csv").write_text("text\nx\n")
    (tmp_path / "broken.csv").write_text('text\n"x\n')
    (tmp_path / "a.geojson").write_text('{"type":"FeatureCollection","features":[]}')
    with pytest.raises(InvalidInput) as caught:
        add_columns(str(tmp_path / name), tmp_path / out, text=text, names=NAMES, answer=answer, chunk=5)
    assert caught.value.code == code
    assert not (tmp_path / out).exists()
    assert not list(tmp_path.glob(".writing*"))


def test_a_taken_name_gets_a_number():
    assert free_names(("a", "b"), ("A", "a1", "c")) == ("a2", "b")


def test_no_cell_of_ours_is_a_formula(tmp_path):
    (tmp_path / "a.csv").write_text("text\n)1(MUS=\n")
    add_columns(str(tmp_path / "a.csv"), tmp_path / "b.csv", text="text", names=NAMES, answer=answer, chunk=5)
    assert written(tmp_path / "b.csv")[1][1] == "'=SUM(1)"
