"""Each row may name a local system of the deployment; a file of lines is told where it belongs."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyogrio
import pytest
import shapely

from geo import crs
from geo.bulk.run import Job, locate_files
from geo.errors import InvalidInput
from geo.service.context import Net
from geo.wiring import build_file_ports
from tests.api.conftest import SOUTH, STEP, WEST
from tests.api.test_api_systems import LOCAL
from tests.bulk.bulk_files import read_rows, write_table


def test_a_column_may_name_local_systems(net: Net, tmp_path: Path) -> None:
    systems = crs.read_systems({"本地 X": LOCAL}, source="local.toml")
    lon, lat = WEST + 0.7 * STEP, SOUTH + 0.3 * STEP
    x, y = (float(value) for value in crs.from_wgs84(lon, lat, crs=systems.resolve("本地 X")))
    table = pa.table({"lon": [lon, x, x], "lat": [lat, y, y], "datum": ["WGS84", " 本地 x ", "本地 Y"]})
    source, out = write_table(tmp_path / "in.parquet", table), tmp_path / "out.ndjson"
    job = Job((str(source),), str(out), crs_field="datum", systems=systems, lang="en")
    locate_files(net, job, build_file_ports())
    first, second, third = read_rows(out)
    assert (second["grid"], second["status"]) == (first["grid"], "located")
    assert third["status"] == "error"
    assert "本地 Y" in third["note"]


def test_a_run_goes_on_only_with_the_same_local_systems() -> None:
    one = crs.read_systems({"本地 X": LOCAL}, source="local.toml")
    other = crs.read_systems({"本地 X": {**LOCAL, "rotation_deg": 4.0}}, source="local.toml")
    options = [Job(("a",), "b", systems=systems).options() for systems in (crs.Systems(), one, other)]
    assert options[0] != options[1] != options[2]


def test_lines_are_told_where_they_belong(net: Net, tmp_path: Path) -> None:
    source = tmp_path / "files" / "roads.gpkg"
    source.parent.mkdir()
    wkb = shapely.to_wkb([shapely.LineString([(WEST, SOUTH), (WEST + STEP, SOUTH)])])
    pyogrio.raw.write(source, wkb, field_data=[], fields=[], geometry_type="LineString", crs="EPSG:4326")
    with pytest.raises(InvalidInput) as refused:
        locate_files(net, Job((str(source),), str(source.with_name("out.csv"))), build_file_ports())
    assert f"geo locate --shape {source}" in refused.value.message("en")
    assert list(source.parent.iterdir()) == [source]
