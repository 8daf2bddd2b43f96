"""The same batches on a Dask cluster of processes and in the function that Spark is given."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from geo.bulk import cluster
from geo.bulk.arrow import ADDED, Asked, locate_batch
from geo.bulk.cluster import locate_on_cluster
from geo.bulk.grids import Grids
from geo.bulk.run import Job, Listener, locate_files
from geo.bulk.spark import added_ddl, locator
from geo.errors import InvalidInput, StoreError
from geo.wiring import build_file_ports
from tests.bulk.bulk_files import read_rows
from tests.bulk.test_bulk_resume import ROWS, Stop, small_net, stop_after, write_input

PORTS = build_file_ports()


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, memory_limit=0
    ) as found:
        yield str(found.scheduler_address)


def test_a_cluster_answers_as_one_process_does_and_goes_on(
    scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "TASK_ROWS", 150)
    parts = tmp_path / "parts"
    parts.mkdir()
    whole = pq.read_table(write_input(tmp_path / "p.parquet"))
    pq.write_table(whole.slice(0, 1_200), parts / "a.parquet", row_group_size=100)
    pq.write_table(whole.slice(1_200), parts / "b.parquet", row_group_size=70)
    net = small_net()
    alone = Job((str(tmp_path / "p.parquet"),), str(tmp_path / "alone.parquet"), crs="WGS84")
    counts = locate_files(net, alone, PORTS)
    job = Job((str(parts),), f"{tmp_path}/o/", crs="WGS84")
    with pytest.raises(Stop):
        locate_on_cluster(net, job, PORTS, scheduler=scheduler, listener=stop_after(600))
    assert not (tmp_path / "o").exists()
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "o.parts").glob("part-*")}
    assert before
    told: list[tuple[str, Any]] = []
    listener = Listener(notice=lambda key, **values: told.append((key, values)))
    assert locate_on_cluster(net, job, PORTS, scheduler=scheduler, listener=listener) == counts
    assert told[0][0] == "bulk_goes_on"
    assert 600 <= told[0][1]["rows"] < ROWS
    after = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "o").iterdir()}
    assert len(after) == 18  # tasks of 100 rows, and of two groups of 70
    assert sum(after[name] == when for name, when in before.items()) * 100 >= told[0][1]["rows"] * 0.7
    assert repr(read_rows(tmp_path / "o")) == repr(read_rows(tmp_path / "alone.parquet"))
    assert not (tmp_path / "o.parts").exists()


def test_what_a_cluster_cannot_do_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = Job((str(write_input(tmp_path / "p.parquet")),), f"{tmp_path}/o/", crs="WGS84")
    net = small_net()
    with pytest.raises(InvalidInput, match="slash"):
        locate_on_cluster(net, replace(job, out=str(tmp_path / "o.parquet")), PORTS, scheduler="tcp://127.0.0.1:1")
    monkeypatch.setattr(cluster, "_PATIENCE", "1s")
    with pytest.raises(StoreError, match=r"127\.0\.0\.1:1"):
        locate_on_cluster(net, job, PORTS, scheduler="tcp://127.0.0.1:1")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InvalidInput, match=r"wangge\[cluster\]"):
        locate_on_cluster(net, job, PORTS, scheduler="tcp://127.0.0.1:1")


def test_what_spark_is_given_answers_as_batches_do(tmp_path: Path) -> None:
    grids = Grids.of(small_net())
    grids.save(tmp_path / "grids")
    table = pq.read_table(write_input(tmp_path / "p.parquet"))
    asked = Asked(lon="lon", lat="lat", crs="WGS84", lang="en")
    found = list(locator(tmp_path / "grids", asked)(iter(table.combine_chunks().to_batches(max_chunksize=300))))
    assert [batch.num_rows for batch in found] == [300] * 6 + [200]
    together = pa.Table.from_batches(found)
    wanted = locate_batch(table.combine_chunks().to_batches()[0], grids, asked)
    assert repr(together.to_pylist()) == repr(wanted.to_pylist())
    kinds = {field.name: field.type for field in together.schema}
    assert {kinds[name] for name in ("grid", "grid_name", "status", "note")} == {pa.string()}
    told = dict(pair.split(" ") for pair in added_ddl(asked).split(", "))
    assert tuple(told) == ADDED
    assert told["plan"] == "bigint"
    assert "pyspark" not in sys.modules
