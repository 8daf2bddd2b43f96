"""A run that is stopped, however hard, goes on without loss or doubles; what has changed meanwhile starts afresh."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from geo.bulk import parts as parts_
from geo.bulk.parts import working
from geo.bulk.run import Job, Listener, locate_files
from geo.errors import Conflict
from geo.service.context import Net, build_net
from geo.wiring import build_file_ports
from tests.api.conftest import SOUTH, STEP, WEST, drawing, place
from tests.bulk.bulk_files import read_rows, write_table

ROWS = 2_000
PORTS = build_file_ports()


def small_net() -> Net:
    from geo.service.locate import Plan  # the record of a plan that is in no database

    record = Plan(0, "", "draft", 0, None, None, 4, 16, 400.0, "EPSG:4326", None, "")  # type: ignore[arg-type]
    return build_net(record, drawing().grids, place())


def write_input(path: Path, seed: int = 0) -> Path:
    rng = np.random.default_rng(seed)
    x, y = WEST + STEP * (rng.random(ROWS) * 6 - 1), SOUTH + STEP * (rng.random(ROWS) * 6 - 1)
    x[::97] = np.nan
    table = pa.table({"row": pa.array(range(ROWS)), "lon": x, "lat": y})
    if path.suffix == ".csv":
        lines = [f"{k},{a},{b}" for k, (a, b) in enumerate(zip(x.tolist(), y.tolist(), strict=True))]
        path.write_text("row,lon,lat\n" + "\n".join(lines) + "\n")
        return path
    return write_table(path, table, rows=100)


def run_slowly(job: Job, folder: Path) -> None:
    """A process that is to be killed: small parts, a pause in each, and no end."""
    from geo.bulk import text

    def pause(*_: object) -> None:
        time.sleep(3600 if len(list(folder.glob("part-*"))) > 5 else 0.01)

    text.BLOCK = 4_096
    listener = Listener(progress=pause)
    locate_files(small_net(), job, PORTS, listener=listener, part_rows=150)


@pytest.mark.parametrize(("source", "out"), [("p.parquet", "o.parquet"), ("p.csv", "o.csv"), ("p.arrow", "o/")])
def test_killed_and_started_again_it_ends_as_if_nothing_had_been(tmp_path: Path, source: str, out: str) -> None:
    path = write_input(tmp_path / source)
    whole, again = (Job((str(path),), f"{tmp_path}/{word}{out}", crs="WGS84") for word in ("whole-", "again-"))
    net = small_net()
    counts = locate_files(net, whole, PORTS)
    folder = tmp_path / f"again-{out.rstrip('/')}.parts"
    process = multiprocessing.get_context("fork").Process(target=run_slowly, args=(again, folder))
    process.start()
    while len(list(folder.glob("part-*"))) < 2:
        assert process.is_alive()
        time.sleep(0.002)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert not Path(again.out).exists()
    told: list[tuple[str, Any]] = []
    listener = Listener(notice=lambda key, **values: told.append((key, values)))
    resumed = locate_files(net, again, PORTS, listener=listener, part_rows=150)
    assert [key for key, _ in told] == ["bulk_goes_on"]
    assert 0 < told[0][1]["rows"] < ROWS
    assert resumed == counts
    assert counts["rows"] == ROWS
    rows = read_rows(Path(again.out))
    assert [int(row["row"]) for row in rows] == list(range(ROWS))
    assert repr(rows) == repr(read_rows(Path(whole.out)))  # NaN is not itself
    assert not folder.exists()


class Stop(Exception):
    """Ends a run in its middle."""


def stop_after(rows: int) -> Listener:
    def progress(done: int, share: float | None) -> None:
        if done >= rows:
            raise Stop

    return Listener(progress=progress)


def stopped(job: Job, net: Net) -> None:
    with pytest.raises(Stop):
        locate_files(net, job, PORTS, listener=stop_after(1_000), part_rows=150)


@pytest.mark.parametrize("change", ["input", "plan", "options"])
def test_what_has_changed_starts_afresh(tmp_path: Path, change: str) -> None:
    path = write_input(tmp_path / "p.parquet")
    job, net = Job((str(path),), str(tmp_path / "o.parquet"), crs="WGS84"), small_net()
    stopped(job, net)
    if change == "input":
        write_input(path, seed=1)
    elif change == "plan":
        grids = tuple(replace(grid, name="新") for grid in net.grids)
        net = build_net(net.plan, grids, place())
    else:
        job = replace(job, crs="CGCS2000")
    told: list[tuple[str, Any]] = []
    listener = Listener(notice=lambda key, **values: told.append((key, values)))
    locate_files(net, job, PORTS, listener=listener)
    assert told == [("bulk_afresh", {"what": change})]
    fresh = replace(job, out=str(tmp_path / "fresh.parquet"))
    locate_files(net, fresh, PORTS)
    assert repr(read_rows(tmp_path / "o.parquet")) == repr(read_rows(tmp_path / "fresh.parquet"))


def test_a_part_that_was_cut_is_made_again(tmp_path: Path) -> None:
    path = write_input(tmp_path / "p.parquet")
    job, net = Job((str(path),), str(tmp_path / "o.parquet"), crs="WGS84"), small_net()
    stopped(job, net)
    part = tmp_path / "o.parquet.parts" / "part-000002.arrows"
    part.write_bytes(part.read_bytes()[:-20])
    counts = locate_files(net, job, PORTS)
    assert counts["rows"] == ROWS
    assert [row["row"] for row in read_rows(tmp_path / "o.parquet")] == list(range(ROWS))


def test_two_runs_at_once_are_refused(tmp_path: Path) -> None:
    path = write_input(tmp_path / "p.parquet")
    job = Job((str(path),), str(tmp_path / "o.parquet"), crs="WGS84")
    with working(tmp_path / "o.parquet.parts", ".arrows"), pytest.raises(Conflict, match="Another process"):
        locate_files(small_net(), job, PORTS)


def test_a_folder_of_others_is_not_replaced(tmp_path: Path) -> None:
    path = write_input(tmp_path / "p.parquet")
    net = small_net()
    out = tmp_path / "o"
    job = Job((str(path),), f"{out}/", crs="WGS84")
    for _ in range(2):  # a result of ours is
        locate_files(net, job, PORTS)
        assert [entry.name for entry in out.iterdir()] == ["part-000000.parquet"]
    (out / "thesis.docx").write_text("years of work")
    with pytest.raises(Conflict, match=r"thesis\.docx"):
        locate_files(net, job, PORTS)
    assert (out / "thesis.docx").exists()


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from geo.errors import InvalidInput

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    path = write_input(tmp_path / "p.parquet")
    monkeypatch.setattr(parts_, "settle", full)
    with pytest.raises(InvalidInput, match="No space left"):
        locate_files(small_net(), Job((str(path),), str(tmp_path / "o.parquet"), crs="WGS84"), PORTS)
    assert [entry.name for entry in tmp_path.iterdir()] == ["p.parquet"]
