"""Tables as people send them: encodings, quotes, broken rows; block by block, as Python's csv module reads them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.bulk import text
from geo.bulk.points import numbers
from geo.bulk.read import open_source
from geo.bulk.run import Job, locate_files
from geo.errors import InvalidCrs, InvalidInput
from geo.service.context import Net
from geo.wiring import build_file_ports
from tests.api.conftest import SOUTH, STEP, WEST
from tests.bulk.bulk_files import read_rows

X, Y = WEST + STEP, SOUTH + STEP
PORTS = build_file_ports()

CELL = st.text(st.sampled_from('a1,;"\n\r 点'), max_size=5)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.lists(CELL, min_size=2, max_size=4), min_size=1, max_size=8),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    block=st.integers(7, 60),
)
def test_blocks_of_a_table_hold_what_csv_reads(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], end: str, block: int
) -> None:
    path = tmp_path_factory.mktemp("t") / "t.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator=end).writerows([["k", "v", "w"], *rows])
    source = open_source([str(path)], PORTS, path.parent)
    found: list[list[str] | None] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "BLOCK", block)
        row = 0
        for chunk in source.chunks(source.begin, 0):
            cells = zip(*(column.to_pylist() for column in chunk.batch.columns), strict=True)
            found += [None if k in chunk.faults else list(values) for k, values in enumerate(cells)]
            for k, fault in chunk.faults.items():
                assert fault.context["row"] == row + k + 1
            row += chunk.batch.num_rows
    data = path.read_bytes().decode()
    wanted = [cells for cells in csv.reader(io.StringIO(data, newline=""), strict=True) if cells][1:]
    assert len(found) == len(wanted)
    for got, cells in zip(found, wanted, strict=True):
        if any(cell.strip() for cell in cells[3:]):
            assert got is None
        else:
            assert got == [*cells, "", ""][:3]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_encodings_and_separators(net: Net, tmp_path: Path, encoding: str, mark: str) -> None:
    path = tmp_path / "报表.csv"
    lines = [
        mark.join(("名称", "经度", "纬度")),
        mark.join(("晨光，里", str(X), str(Y))),
        mark.join(("远方", "１０", "20")),
    ]
    path.write_bytes("\r\n".join(lines).encode(encoding))
    counts = locate_files(net, Job((str(path),), str(tmp_path / "o.csv"), crs="WGS84"), PORTS)
    rows = read_rows(tmp_path / "o.csv")
    assert [row["名称"] for row in rows] == ["晨光，里", "远方"]
    assert [row["grid"] for row in rows] == ["990101001001001", ""]
    assert rows[1]["经度"] == "１０"
    assert rows[1]["status"] == "outside"  # full-width digits are digits
    assert counts == {"rows": 2, "located": 1, "outside": 1, "bad": 0}


def test_the_mark_of_gb18030_is_no_part_of_a_name(net: Net, tmp_path: Path) -> None:
    path = tmp_path / "报表.csv"
    path.write_bytes(f"\ufeff经度,纬度,名称\n{X},{Y},晨光\n".encode("gb18030"))
    assert locate_files(net, Job((str(path),), str(tmp_path / "o.csv"), crs="WGS84"), PORTS)["located"] == 1
    assert read_rows(tmp_path / "o.csv")[0]["经度"] == str(X)


@pytest.mark.parametrize("ending", [".csv", ".ndjson"])
@pytest.mark.parametrize("rows", [1, 5, 17, 400, 9_000])
def test_a_sample_has_no_row_twice(tmp_path: Path, ending: str, rows: int) -> None:
    path = tmp_path / f"p{ending}"
    lines = [f"{k},1,2" if ending == ".csv" else json.dumps({"id": k, "lon": 1, "lat": 2}) for k in range(rows)]
    path.write_text("\n".join([*(["id,lon,lat"] if ending == ".csv" else []), *lines]))
    source = open_source([str(path)], PORTS, tmp_path)
    found = [int(cell) for batch in source.sample(1_600) for cell in batch.column("id").to_pylist()]
    assert len(set(found)) == len(found)
    assert len(found) >= min(rows, 1_600) * 0.9 - 8
    assert max(found) >= rows * 0.8 - 1
    assert found == sorted(found)


def test_bad_rows_keep_their_place_and_say_why(net: Net, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text(
        f'name,lon,lat,grid\na,{X},{Y},old\nb,{X},{Y},x,y,z\nc,,\n"d\ne",abc,{Y}\nf,{Y},{X},\n\ng,{X},{Y}\n'
    )
    counts = locate_files(net, Job((str(path),), str(tmp_path / "o.parquet"), crs="WGS84", lang="en"), PORTS)
    rows = read_rows(tmp_path / "o.parquet")
    assert [row["name"] for row in rows] == ["a", "b", "c", "d\ne", "f", "g"]
    assert [row["status"] for row in rows] == ["located", "error", "error", "error", "error", "located"]
    assert [row["grid_in"] for row in rows] == ["old", "x", "", "", "", ""]
    assert (rows[1]["lon"], rows[1]["lat"]) == (str(X), str(Y))  # nothing of the row is lost
    assert rows[1]["note"] == InvalidInput("row_too_long", row=2, line=3, got=6, wanted=4, surplus="y,z").message("en")
    assert "y,z" in rows[1]["note"]
    assert rows[2]["note"] == "This row has no coordinates."
    assert "lon=abc" in rows[3]["note"]
    assert "swapped" in rows[4]["note"]
    assert counts["bad"] == 4


def test_an_open_quotation_mark_names_its_line(net: Net, tmp_path: Path) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    path = folder / "p.csv"
    for rest in ('\nb,"open\n', '\nb,"shut"x\n'):
        path.write_text(f"name,lon,lat\na,{X},{Y}{rest}1,2\n")
        with pytest.raises(InvalidInput) as caught:
            locate_files(net, Job((str(path),), str(folder / "o.csv"), crs="WGS84"), PORTS)
        assert caught.value.code == "table_broken"
        assert caught.value.context["line"] == 3
        assert [entry.name for entry in folder.iterdir()] == ["p.csv"]


def test_lines_of_json_keep_their_values(net: Net, tmp_path: Path) -> None:
    path, out = tmp_path / "p.jsonl", tmp_path / "o.ndjson"
    given_rows = [
        {"lon": X, "lat": Y, "tags": ["a", {"b": None}], "n": 1, "mixed": 1, "ok": True},
        {"lon": str(X), "lat": Y, "n": 2.5, "mixed": 'x "y"\n\\', "text": "控\u0001制\\", "big": 1 << 70},
        {"lon": None, "lat": Y, "deep": {"点": [1.5, "z"]}},
    ]
    lines = [json.dumps(row, ensure_ascii=False) for row in given_rows]
    path.write_text("\n".join([lines[0], "[1, 2]", lines[1], "{broken", "", lines[2]]), "utf-8")
    counts = locate_files(net, Job((str(path),), str(out), crs="WGS84", lang="en"), PORTS)
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert counts == {"rows": 5, "located": 2, "outside": 0, "bad": 3}
    for row, wanted in zip([rows[0], rows[2], rows[4]], given_rows, strict=True):
        assert {name: value for name, value in row.items() if name in wanted} == wanted
    assert rows[1]["note"] == InvalidInput("bulk_row_no_json", row=2, text="[1, 2]").message("en")
    assert rows[3]["note"] == InvalidInput("bulk_row_no_json", row=4, text="{broken").message("en")
    assert rows[2]["grid"] == "990101001001001"


def test_each_row_may_name_its_system(net: Net, tmp_path: Path) -> None:
    path, out = tmp_path / "p.csv", tmp_path / "o.geojson"
    path.write_text(f"lon,lat,crs\n{X},{Y},WGS84\n500050,3650050,EPSG:4547\n{X},{Y},Mars\n{X},{Y},\n")
    locate_files(net, Job((str(path),), str(out), lang="en"), PORTS)
    rows = read_rows(out)
    assert [row["status"] for row in rows] == ["located", "outside", "error", "error"]
    assert "Mars" in rows[2]["note"]
    assert rows[1]["geometry"] == pytest.approx((114.0, 32.97), abs=0.01)
    path.write_text(f"lon,lat\n{X},{Y}\n")
    with pytest.raises(InvalidCrs, match="names no reference system"):
        locate_files(net, Job((str(path),), str(out)), PORTS)


@pytest.mark.parametrize("out", ["o.gpkg", "o.geojson", "o.geoparquet"])
def test_a_system_without_a_name_is_refused_before_the_work(net: Net, tmp_path: Path, out: str) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    path = folder / "p.csv"
    path.write_text(f"lon,lat\n{X},{Y}\n")
    with pytest.raises(InvalidCrs, match="GCJ-02"):
        locate_files(net, Job((str(path),), str(folder / out), crs="GCJ-02", force=True), PORTS)
    assert [entry.name for entry in folder.iterdir()] == ["p.csv"]


def test_numbers_as_people_write_them() -> None:
    given_cells = [" 1.5 ", "+2", "−3", "１２", '"4"', "1e3", ".5", "x", "", None, "1_0", "1,5"]
    wanted = [1.5, 2, -3, 12, 4, 1000, 0.5, np.nan, np.nan, np.nan, np.nan, np.nan]
    np.testing.assert_array_equal(numbers(pa.array(given_cells), field="a"), wanted)
    np.testing.assert_array_equal(numbers(pa.array(given_cells).dictionary_encode(), field="a"), wanted)
    np.testing.assert_array_equal(numbers(pa.array([1, None], pa.int64()), field="a"), [1, np.nan])
    with pytest.raises(InvalidInput, match="bool"):
        numbers(pa.array([True]), field="a")


@settings(max_examples=200, deadline=None)
@given(
    seconds=st.integers(0, 180 * 36_000),
    side=st.sampled_from(["E", "W", "东经", "西", ""]),
    marks=st.sampled_from(["°′″", "度分秒", "°'\"", "º’”"]),
    first=st.booleans(),
)
def test_degrees_minutes_and_seconds_are_read(seconds: int, side: str, marks: str, first: bool) -> None:
    whole, rest = divmod(seconds, 36_000)
    text = f"{whole}{marks[0]} {rest // 600:02}{marks[1]}{rest % 600 / 10:04.1f}{marks[2]}"
    text = f"{side}{text}" if first else f"{text} {side}"
    (found,) = numbers(pa.array([text]), field="x", axis="lon")
    assert found == pytest.approx((-1 if side[:1] in ("W", "西") else 1) * seconds / 36_000, abs=1e-12)


def test_what_no_person_would_read_as_degrees_is_no_number() -> None:
    wrong = [
        "114°60′",
        "114°08′61″",
        "N114°08′",
        "W-114°",
        "E114°E",
        "114.5°08′",
        "114°08″",
        "114°′",
        "°",
        "114°08′07″8",
    ]
    assert np.isnan(numbers(pa.array(wrong), field="x", axis="lon")).all()
    assert np.isnan(numbers(pa.array(["114°08′07.8″", "5°"]), field="accuracy")).all()
    assert numbers(pa.array(["北纬34度23分", "-34°", "34.25°S"]), field="y", axis="lat").tolist() == [
        34 + 23 / 60,
        -34,
        -34.25,
    ]
