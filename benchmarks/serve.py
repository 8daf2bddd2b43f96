"""The HTTP door beside a FastAPI hello world on the same server: requests, and points of a batch, per CPU second.

``make bench-serve``. Each application runs alone in one process of uvicorn with uvloop and httptools, held to one core
where the system can do that, and is asked while the other waits; the CPU time is that of the server process. wrk asks
where it is installed, else a small client of this module, which is slower but takes its CPU time elsewhere too. Rounds
alternate, so that a busy machine is unfair to nobody; figures are medians of the rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import shapely
from fastapi import FastAPI

from benchmarks._coverages import Coverage, coverage
from geo.crs import GCJ02, from_wgs84
from geo.model import Area, Drawing, Grid, Place, Units
from geo.settings import read_settings
from geo.wiring import build_service

HELLO = "benchmarks.serve:hello"
OURS = "geo.api.worker:create_worker"
CLIENTS = 16
BATCH = 10_000
ARROW = "application/vnd.apache.arrow.stream"


def hello() -> FastAPI:
    """What others are measured by."""
    app = FastAPI()

    @app.get("/")
    async def greet() -> dict[str, str]:
        return {"hello": "world"}

    return app


def make_database(folder: Path, net: Coverage) -> str:
    """A database with the net as the plan in force; returns its URL."""
    url = f"sqlite:///{folder / 'geo.db'}"
    service = build_service(read_settings(database_url=url, actor="bench"), create=True)
    whole = shapely.box(*shapely.total_bounds(net.polygons))
    area = Area("99", "测试区", "district", None, whole)
    codes = np.array([f"99{code}" for code in net.codes], dtype=object)
    none: dict[str, tuple[()]] = dict.fromkeys(
        ("departments", "categories", "rules", "staff", "features", "entries"), ()
    )
    service.store.save_place(Place(code="99", name="测试区", areas=(area,), **none), actor="bench")
    grids = tuple(
        Grid(code=code, name=f"网格{code}", parent="99", weight=1.0, units=1, geometry=shape)
        for code, shape in zip(codes.tolist(), net.polygons, strict=True)
    )
    units = Units(
        ids=codes, geometry=net.polygons, weight=np.ones(len(codes)), crs="EPSG:4326", grid=codes,
        parent=np.full(len(codes), "99", dtype=object), weight_field="weight",
    )  # fmt: skip
    plan = service.store.save_plan(Drawing(grids=grids, units=units, crs="EPSG:4326"), name="bench", actor="bench")
    service.store.publish_plan(plan.id, effective=date(2024, 1, 1), lineage=(), actor="bench", today=date(2024, 1, 1))
    service.store.close()
    return url


@dataclass
class Server:
    """A running server."""

    pid: int
    port: int

    def cpu_s(self) -> float:
        """CPU seconds of the process and its threads so far, user and system."""
        try:  # in nanoseconds, of threads that are still there: a server keeps its threads
            tasks = Path(f"/proc/{self.pid}/task").glob("*/schedstat")
            return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9
        except (OSError, IndexError):
            pass
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serve(app: str, *, url: str, core: int | None) -> Iterator[Server]:
    """Run an application until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "uvicorn", app, "--factory", "--port", str(port), "--no-access-log",
        "--log-level", "warning", "--loop", "uvloop", "--http", "httptools",
    ]  # fmt: skip
    process = subprocess.Popen(_on_core(core) + command, env={**os.environ, "GEO_DATABASE_URL": url})
    try:
        _wait_until_open(process, port)
        server = Server(process.pid, port)
        _wait_until_idle(server)
        yield server
    finally:
        process.terminate()
        process.wait()


def _on_core(core: int | None) -> list[str]:
    return [] if core is None or not shutil.which("taskset") else ["taskset", "-c", str(core)]


def _wait_until_open(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise SystemExit(f"the server ended with {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("the server did not open its port")


def _wait_until_idle(server: Server) -> None:
    """Pages of a large place are made ready beside the first requests; that is not the work to be measured."""
    quiet_s = 0
    for _ in range(600):
        before = server.cpu_s()
        time.sleep(1.0)
        quiet_s = quiet_s + 1 if server.cpu_s() - before < _IDLE_SHARE else 0
        if quiet_s == _QUIET_S:
            return
    raise SystemExit("the server never comes to rest")


# It begins some seconds after the port is open.
_IDLE_SHARE, _QUIET_S = 0.1, 5


def requests_per_cpu_s(server: Server, path: str, *, seconds: float, core: int | None) -> float:
    """Requests answered per CPU second of the server."""
    target = f"http://127.0.0.1:{server.port}{path}"
    ask = _by_wrk if shutil.which("wrk") else _by_ourselves
    ask(target, seconds=0.5, core=core)
    before = server.cpu_s()
    answered = ask(target, seconds=seconds, core=core)
    return answered / (server.cpu_s() - before)


def _by_wrk(target: str, *, seconds: float, core: int | None) -> int:
    command = [*_on_core(core), "wrk", "-t1", f"-c{CLIENTS}", f"-d{max(1, round(seconds))}", target]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(f"{target}:\n{said}")
    return int(re.search(r"(\d+) requests in", said)[1])  # type: ignore[index]


def _by_ourselves(target: str, *, seconds: float, core: int | None) -> int:
    code = f"import sys; from benchmarks.serve import client; client({target!r}, {seconds!r})"
    said = subprocess.run([*_on_core(core), sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(said.stdout)


def client(target: str, seconds: float) -> None:
    """Ask again and again over some connections, and print how many answers came."""
    port, path = re.match(r"http://127.0.0.1:(\d+)(.*)", target).groups()  # type: ignore[union-attr]
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()

    async def ask() -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
        count, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise SystemExit(head.decode())
            await reader.readexactly(int(re.search(rb"content-length: (\d+)", head)[1]))  # type: ignore[index]
            count += 1
        writer.close()
        return count

    async def all_of_them() -> int:
        return sum(await asyncio.gather(*(ask() for _ in range(CLIENTS))))

    print(asyncio.run(all_of_them()))


@dataclass(frozen=True)
class Batch:
    """A body of many points, and where it goes."""

    name: str
    path: str
    kind: str
    body: bytes


def batches(lon: np.ndarray, lat: np.ndarray, crs: str = "WGS84") -> list[Batch]:
    """The same points in every form that is taken."""
    table = pa.table({"lon": lon, "lat": lat})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    pairs = np.column_stack((lon, lat)).tolist()
    json = "application/json"
    columns = {"crs": crs, "lon": lon.tolist(), "lat": lat.tolist()}
    return [
        Batch("JSON pairs", "/v1/locate", json, orjson.dumps({"crs": crs, "points": pairs})),
        Batch("JSON columns", "/v1/locate", json, orjson.dumps(columns)),
        Batch("JSON columns, border_m", "/v1/locate", json, orjson.dumps({**columns, "fields": ["grid", "border_m"]})),
        Batch("Arrow IPC", f"/v1/locate?crs={crs}", ARROW, sink.getvalue().to_pybytes()),
    ]


def points_per_cpu_s(server: Server, batch: Batch, *, points: int, seconds: float) -> float:
    """Points located per CPU second of the server."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)

    def post() -> None:
        connection.request("POST", batch.path, batch.body, {"Content-Type": batch.kind})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{batch.name}: {answer.status} {text[:400]!r}")

    for _ in range(3):
        post()
    count, before, end = 0, server.cpu_s(), time.monotonic() + seconds
    while time.monotonic() < end:
        post()
        count += 1
    connection.close()
    return count * points / (server.cpu_s() - before)


def measure(grids: int = 10_000, *, seconds: float = 3.0, rounds: int = 3) -> dict[str, float]:
    """Medians by name: requests per CPU second of each route, points per CPU second of each form of batch."""
    net = coverage(grids)
    rng = np.random.default_rng(0)
    west, south, east, north = shapely.total_bounds(net.polygons)
    lon, lat = rng.uniform(west, east, BATCH).round(7), rng.uniform(south, north, BATCH).round(7)
    middle = net.polygons[shapely.STRtree(net.polygons).nearest(shapely.Point((west + east) / 2, (south + north) / 2))]
    spot = shapely.point_on_surface(middle)
    (gcj_lon,), (gcj_lat,) = from_wgs84([spot.x], [spot.y], crs=GCJ02)

    def query(x: float, y: float, crs: str) -> str:
        # More digits than a phone gives: a rounded coordinate is looked at for the grids that it may have come from.
        return f"lon={x:.9f}&lat={y:.9f}&crs={crs}"

    routes = {
        "hot route, WGS84": f"/v1/locate?{query(spot.x, spot.y, 'WGS84')}",
        "hot route, GCJ-02": f"/v1/locate?{query(gcj_lon, gcj_lat, 'GCJ-02')}",
        "hot route, outside": f"/v1/locate?{query(west - 0.01, south, 'WGS84')}",
        "typed route, explain": f"/v1/locate/explain?{query(spot.x, spot.y, 'WGS84')}",
        "typed route, whole stack": f"/v1/locate?{query(spot.x, spot.y, 'WGS84')}&level=grid",
    }
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [None]
    figures: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        url = make_database(Path(folder), net)
        with serve(HELLO, url=url, core=cores[0]) as other, serve(OURS, url=url, core=cores[0]) as ours:
            for _ in range(rounds):
                for name, path in {"hello world": "/", **routes}.items():
                    server = other if name == "hello world" else ours
                    figure = requests_per_cpu_s(server, path, seconds=seconds, core=cores[-1])
                    figures.setdefault(name, []).append(figure)
                for batch in batches(lon, lat):
                    figure = points_per_cpu_s(ours, batch, points=BATCH, seconds=seconds)
                    figures.setdefault(batch.name, []).append(figure)
    return {name: statistics.median(values) for name, values in figures.items()}


def main(say: Callable[[str], None] = print) -> None:
    """Print the table."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--grids", type=int, default=10_000)
    reader.add_argument("--seconds", type=float, default=3.0)
    reader.add_argument("--rounds", type=int, default=3)
    asked = reader.parse_args()
    figures = measure(asked.grids, seconds=asked.seconds, rounds=asked.rounds)
    base = figures["hello world"]
    say(f"{asked.grids:,} grids, {'wrk' if shutil.which('wrk') else 'own client'}, {asked.rounds} rounds")
    for name, figure in figures.items():
        if name.startswith(("hello", "hot", "typed")):
            say(f"{name:24} {figure:10,.0f} requests per CPU second  {figure / base:6.2f} of hello world")
        else:
            say(f"{name:24} {figure / 1e6:10.2f} million points per CPU second, batches of {BATCH:,}")


if __name__ == "__main__":
    main()
