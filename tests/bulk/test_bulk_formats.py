"""Files of every kind into files of every kind: rows in order, columns with their types, each row as asked alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from geo.bulk.run import Job, locate_files
from geo.errors import InvalidInput
from geo.service.context import Net
from geo.service.locate import locate_rows
from geo.wiring import build_file_ports
from tests.bulk.bulk_files import COLUMNS, GEOMETRY, ROWS, fields, points, read_rows, write_points

SOURCES = (*COLUMNS, *GEOMETRY)
TARGETS = (
    ".csv",
    ".tsv",
    ".ndjson",
    ".parquet",
    ".arrow",
    ".geoparquet",
    ".gpkg",
    ".geojson",
    ".geojsonl",
    ".fgb",
    ".shp",
    "/",
)


@pytest.fixture
def wanted(net: Net) -> list[tuple[str | None, str]]:
    x, y = points()
    rows = [(a, b, "WGS84") for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    return [(answer.grid, answer.status) for answer in locate_rows(net, rows)]


def check(rows: list[dict[str, Any]], wanted: list[tuple[str | None, str]]) -> None:
    values = fields()
    assert [row["名称"] for row in rows] == values["名称"].tolist()
    assert [int(row["n"]) for row in rows] == list(range(ROWS))
    # A Shapefile keeps 15 digits.
    assert [float(row["share"]) for row in rows] == pytest.approx(values["share"].tolist(), rel=1e-14, abs=0)
    assert [(row["grid"] or None, row["status"]) for row in rows] == wanted
    assert {bool(row["note"]) for row in rows if row["status"] == "located"} == {False}
    assert {bool(row["note"]) for row in rows if row["status"] == "outside"} == {True}


@pytest.mark.parametrize("ending", SOURCES)
def test_every_kind_is_read(net: Net, wanted: list[tuple[str | None, str]], tmp_path: Path, ending: str) -> None:
    source = write_points(tmp_path / f"in{ending}")
    out = tmp_path / "out.ndjson"
    counts = locate_files(net, Job((str(source),), str(out), crs="WGS84"), build_file_ports())
    rows = read_rows(out)
    # FlatGeobuf with an index, as it is usually written, has an order of its own.
    check(sorted(rows, key=lambda row: int(row["n"])) if ending == ".fgb" else rows, wanted)
    assert counts["rows"] == ROWS
    assert counts["located"] == sum(status == "located" for _, status in wanted)
    assert {path.name for path in tmp_path.iterdir() if "part" in path.name} == set()


@pytest.mark.parametrize("ending", TARGETS)
@pytest.mark.parametrize("start", [".csv", ".gpkg", ".parquet"])
def test_every_kind_is_written(
    net: Net, wanted: list[tuple[str | None, str]], tmp_path: Path, start: str, ending: str
) -> None:
    source = write_points(tmp_path / f"in{start}")
    out = tmp_path / f"out{ending}"
    name = f"{out}/" if ending == "/" else str(out)
    locate_files(net, Job((str(source),), name, crs="WGS84"), build_file_ports())
    rows = read_rows(out)
    check(rows, wanted)
    if ending in GEOMETRY:
        assert [row["geometry"] for row in rows] == list(zip(*(v.tolist() for v in points()), strict=True))


@pytest.mark.parametrize("mend", [lambda whole: whole[:-8], lambda whole: whole + whole], ids=["cut", "after its end"])
def test_a_stream_that_breaks_off_between_batches_or_goes_on_is_refused(
    net: Net, tmp_path: Path, mend: Callable[[bytes], bytes]
) -> None:
    source = write_points(tmp_path / "in.arrows")
    whole = source.read_bytes()
    assert whole.endswith(b"\xff\xff\xff\xff\0\0\0\0")
    source.write_bytes(mend(whole))
    with pytest.raises(InvalidInput, match="cut short"):
        locate_files(net, Job((str(source),), str(tmp_path / "out.ndjson"), crs="WGS84"), build_file_ports())
    assert not (tmp_path / "out.ndjson").exists()
