"""Clients ask while plans are published one after another: every answer must be right for one whole plan.

``make bench-publish_under_load``. `geo serve` with some workers runs on a database of its own (``--url`` names an empty
PostGIS database; SQLite otherwise). Every plan divides the same 8 × 8 units among four grids at another place and has
codes of its own, so that an answer put together from two plans cannot pass. Each plan is in force as soon as it is
published; a second later nobody may be answered from the one before.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import orjson
import shapely

from geo.model import Area, Drawing, Grid, Place, Units
from geo.service.context import Service
from geo.service.plans import publish_plan
from geo.settings import read_settings
from geo.store import upgrade
from geo.wiring import build_service

WEST, SOUTH, STEP, SIDE = 114.0, 33.0, 1 / 1024, 8
FIRST = date(2000, 1, 1)
PARENT = "990101001001"
# A new plan has to be seen so soon after it was published.
SEEN_S = 1.0
# A busy machine is given so long for what has no time of its own: to start, to answer enough, to see the last plan.
PATIENCE_S = 240.0


def split(k: int) -> tuple[int, int]:
    """Where plan number `k` divides the units: columns from this one on lie east, rows from that one on north."""
    return 1 + k % (SIDE - 1), 1 + k // (SIDE - 1) % (SIDE - 1)


def code(k: int, column: float, row: float) -> str:
    """The grid of a place (in units) in plan number `k`."""
    east, north = split(k)
    return f"{PARENT}{k:05d}{int(column >= east) + 2 * int(row >= north)}"


def drawing(k: int) -> Drawing:
    """Plan number `k`."""
    cells = [(c, r) for r in range(SIDE) for c in range(SIDE)]
    shapes = shapely.box(
        *(np.array([at(c, r) + at(c + 1, r + 1) for c, r in cells]).T),
    )
    codes = np.array([code(k, c, r) for c, r in cells], dtype=object)
    units = Units(
        ids=np.array([f"u{c}{r}" for c, r in cells], dtype=object),
        geometry=shapes,
        weight=np.ones(len(cells)),
        crs="EPSG:4326",
        grid=codes,
        parent=np.full(len(cells), PARENT, dtype=object),
        weight_field="weight",
    )
    grids = tuple(
        Grid(
            code=name,
            name=f"plan {k} grid {name[-1]}",
            parent=PARENT,
            weight=float((codes == name).sum()),
            units=int((codes == name).sum()),
            geometry=shapely.coverage_union_all(shapes[codes == name]),
        )
        for name in sorted(set(codes.tolist()))
    )
    return Drawing(grids=grids, units=units, crs="EPSG:4326")


def at(column: float, row: float) -> tuple[float, float]:
    """Longitude and latitude of a place given in units."""
    return WEST + column * STEP, SOUTH + row * STEP


def prepare(url: str) -> Service:
    """A database with the place and plan number 0 in force."""
    upgrade(url)
    service = build_service(read_settings(database_url=url, actor="load"))
    whole = shapely.box(*at(0, 0), *at(SIDE, SIDE))
    areas = (
        Area("990101", "测试区", "district", None, whole),
        Area("990101001", "测试街道", "street", "990101", whole),
        Area(PARENT, "晨光社区", "community", "990101001", whole),
    )
    none: dict[str, tuple[()]] = dict.fromkeys(
        ("departments", "categories", "rules", "staff", "features", "entries"), ()
    )
    service.store.save_place(Place(code="990101", name="测试区", areas=areas, **none), actor="load")
    publish(service, 0)
    return service


def publish(service: Service, k: int) -> int:
    """Store and publish plan number `k`; it is in force at once. Returns its id."""
    plan = service.store.save_plan(drawing(k), name=f"plan {k}", actor="load")
    publish_plan(service, plan.id, effective=FIRST + timedelta(days=k), actor="load")
    return plan.id


@dataclass
class Published:
    """Which plan has which number, and since when it can be known to a client."""

    number_of: dict[int, int] = field(default_factory=dict)
    at_s: dict[int, float] = field(default_factory=dict)

    def least(self, asked_s: float) -> int:
        """The oldest plan number that a question asked at this moment may be answered from."""
        return max((k for k, since in self.at_s.items() if since <= asked_s - SEEN_S), default=0)


@dataclass
class Tally:
    """What clients saw."""

    answers: int = 0
    plans: set[int] = field(default_factory=set)
    last: int = 0
    faults: list[str] = field(default_factory=list)


@contextlib.contextmanager
def serving(url: str, workers: int) -> Iterator[int]:
    """`geo serve`; yields the port, and ends it by the signal that a terminal sends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [
        sys.executable,
        "-c",
        "from geo.cli import main; main()",
        "serve",
        "--port",
        str(port),
        "--workers",
        str(workers),
    ]
    process = subprocess.Popen(command, env={**os.environ, "GEO_DATABASE_URL": url}, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + PATIENCE_S
        while True:
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"the server does not answer, or has ended ({process.returncode})")
            with contextlib.suppress(OSError), contextlib.closing(http.client.HTTPConnection("127.0.0.1", port)) as ask:
                ask.request("GET", "/healthz")
                if ask.getresponse().status == 200:
                    break
            time.sleep(0.1)
        yield port
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=PATIENCE_S)


def client(port: int, seed: int, stop: threading.Event, published: Published, tally: Tally, rest_s: float) -> None:
    """Ask until told to stop, points and batches, now and for old dates."""
    rng = random.Random(seed)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    while not stop.wait(rest_s):
        # Not on a unit's edge: floats of both sides agree there, but this is no test of borders.
        places = [
            (rng.randrange(SIDE) + rng.uniform(0.1, 0.9), rng.randrange(SIDE) + rng.uniform(0.1, 0.9))
            for _ in range(20)
        ]
        asked_s = time.monotonic()
        try:
            if rng.random() < 0.3:
                lon, lat = zip(*(at(*place) for place in places), strict=True)
                body = orjson.dumps({"crs": "WGS84", "lon": lon, "lat": lat, "fields": ["grid", "grid_name"]})
                connection.request("POST", "/v1/locate", body, {"Content-Type": "application/json"})
            else:
                places = places[:1]
                lon, lat = at(*places[0])
                path = "/v1/locate/explain" if rng.random() < 0.1 else "/v1/locate"
                connection.request("GET", f"{path}?lon={lon!r}&lat={lat!r}&crs=WGS84")
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                tally.faults.append(f"{answer.status} {text[:300]!r}")
                continue
            check(orjson.loads(text), places, asked_s, published, tally)
        except (OSError, http.client.HTTPException) as error:
            tally.faults.append(repr(error))
            connection.close()
    connection.close()


def check(body: dict, places: list[tuple[float, float]], asked_s: float, published: Published, tally: Tally) -> None:
    """Whether an answer is right for one whole plan, and that plan is young enough."""
    k = published.number_of.get(body["plan"])
    for _ in range(2000):  # published a moment ago; its number is on the way from the other thread
        if k is not None:
            break
        time.sleep(0.01)
        k = published.number_of.get(body["plan"])
    if k is None:
        tally.faults.append(f"an unknown plan: {body}")
        return
    grids = body["grid"] if isinstance(body["grid"], list) else [body["grid"]]
    names = body["grid_name"] if isinstance(body["grid_name"], list) else [body["grid_name"]]
    wanted = [code(k, *place) for place in places]
    if grids != wanted or names != [f"plan {k} grid {grid[-1]}" for grid in wanted]:
        tally.faults.append(f"not of plan {k}: {body}")
    if "chain" in body and body["chain"] != ["990101", "990101001", PARENT, wanted[0]]:
        tally.faults.append(f"a chain of another plan: {body}")
    if k < published.least(asked_s):
        tally.faults.append(f"plan {k} at a time when {published.least(asked_s)} was known for {SEEN_S} s")
    tally.answers += 1
    tally.plans.add(k)
    tally.last = k


def enough(tallies: list[Tally], least: int) -> bool:
    """Whether each client has so many answers, and all together some from three plans."""
    plans = set().union(*(tally.plans for tally in tallies))
    return not least or (min(tally.answers for tally in tallies) >= least and len(plans) >= 3)


def run(
    url: str, *, seconds: float, workers: int, clients: int, pause_s: float, rest_s: float = 0.0, least: int = 0
) -> Tally:
    """Publish and ask for some seconds, resting between plans and questions; what all clients saw together.

    It goes on until each client has so many answers at `least`, of three plans, and until all have seen the last one.
    """
    service = prepare(url)
    published, stop, tallies = Published(), threading.Event(), [Tally() for _ in range(clients)]
    published.number_of[1] = 0
    with serving(url, workers) as port, ThreadPoolExecutor(clients) as pool:
        asking = [pool.submit(client, port, seed, stop, published, tally, rest_s) for seed, tally in enumerate(tallies)]
        end, k = time.monotonic() + seconds, 0
        until = end + PATIENCE_S
        try:
            while (now := time.monotonic()) < end or (now < until and not enough(tallies, least)):
                k += 1
                published.number_of[publish(service, k)] = k
                published.at_s[k] = time.monotonic()
                time.sleep(pause_s)
            while any(tally.last < k for tally in tallies) and time.monotonic() < until:
                time.sleep(0.05)
        finally:
            stop.set()
        for future in asking:
            future.result()
    service.store.close()
    whole = Tally(faults=[fault for tally in tallies for fault in tally.faults])
    whole.faults += [f"plan {tally.last} to the end, and not plan {k}" for tally in tallies if tally.last < k]
    whole.answers = sum(tally.answers for tally in tallies)
    whole.plans = set().union(*(tally.plans for tally in tallies))
    return whole


def main() -> None:
    """Print what was seen."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--url", help="an empty PostGIS database; SQLite in a temporary folder if not given")
    reader.add_argument("--seconds", type=float, default=60)
    reader.add_argument("--workers", type=int, default=2)
    reader.add_argument("--clients", type=int, default=4)
    reader.add_argument("--pause", type=float, default=0.2, help="seconds between plans")
    asked = reader.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("GEO_INDEX_DIR", folder)
        url = asked.url or f"sqlite:///{Path(folder) / 'geo.db'}"
        seen = run(url, seconds=asked.seconds, workers=asked.workers, clients=asked.clients, pause_s=asked.pause)
    print(f"{seen.answers:,} answers from {len(seen.plans)} plans, {len(seen.faults)} faults")
    for fault in seen.faults[:5]:
        print("  ", fault)
    if seen.faults:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
