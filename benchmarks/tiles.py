"""Vector tiles beside shapely with mapbox-vector-tile and beside PostGIS, on the same net and issues in one run.

Run ``python -m benchmarks.tiles --help`` or ``make bench-tiles``. Milliseconds a tile, the middle one and the slowest
(p99) of the tiles that are asked; ours and shapely's in processor time, PostGIS' in wall time (its server is another
process), so on a busy machine PostGIS looks slower than it is. "cold" is drawn, "warm" taken from memory as a request
does. Bytes are of the largest tile, before and after gzip.
"""

from __future__ import annotations

import argparse
import gzip
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import mapbox_vector_tile
import numpy as np
import shapely
from numpy.typing import NDArray

from benchmarks._coverages import coverage
from benchmarks._engines import Absent, _server
from benchmarks.locate import Report, timed
from geo.maps.tiles import BUFFER, EXTENT, PointTiles, ShapeTiles, tile_bounds
from geo.maps.tiles_paths import to_world
from geo.service.tiles_memory import Drawn

STATES = ("to_confirm", "to_dispatch", "in_progress", "closed")
ZOOMS = (8, 9, 10, 11, 12, 13, 14, 16)
_MOST_PEER = 3  # tiles a zoom that the slow ones draw
Tile = tuple[int, int, int]


def tiles_at(z: int, lon: NDArray[np.float64], lat: NDArray[np.float64], most: int) -> list[Tile]:
    """Tiles that places lie in, each once, at most so many."""
    x, y = to_world(lon, lat)
    cells = np.unique(np.floor(np.column_stack([x, y]) * 2**z).astype(int), axis=0)
    chosen = np.random.default_rng(z).permutation(len(cells))[:most]
    return [(z, a, b) for a, b in cells[np.sort(chosen)].tolist()]


def figures(draw: Callable[[Tile], object], tiles: Sequence[Tile], clock: Callable[[], float]) -> tuple[float, float]:
    """Median and slowest in milliseconds."""
    times = sorted(1000 * timed(lambda tile=tile: draw(tile), clock) for tile in tiles)  # type: ignore[misc]
    return statistics.median(times), times[min(len(times) - 1, int(0.99 * len(times)))]


def by_shapely(shapes: NDArray[np.object_], columns: dict[str, list[Any]]) -> Callable[[Tile], bytes]:
    """Find by a tree, clip, and let mapbox-vector-tile place and snap them."""
    tree = shapely.STRtree(shapes)

    def draw(tile: Tile) -> bytes:
        window = shapely.box(*tile_bounds(*tile, margin=BUFFER / EXTENT))
        near = tree.query(window, predicate="intersects")
        cut = shapely.intersection(shapes[near], window)
        features = [
            {"geometry": shape, "id": k + 1, "properties": {key: column[k] for key, column in columns.items()}}
            for k, shape in zip(near.tolist(), cut, strict=True)
        ]
        options = {"quantize_bounds": tile_bounds(*tile), "extents": EXTENT}
        data: bytes = mapbox_vector_tile.encode([{"name": "grids", "features": features}], default_options=options)
        return data

    return draw


def by_postgis(connection: Any) -> Callable[[Tile], bytes]:
    """ST_AsMVT of the same columns; shapes are stored in Web Mercator, which spares it the transformation."""
    query = """
        WITH box AS (SELECT ST_TileEnvelope(%s, %s, %s) AS b),
        cut AS (SELECT id, code, name, colour, weight,
            ST_AsMVTGeom(geom, b, 4096, 64, true) AS g FROM grids, box
            WHERE geom && ST_TileEnvelope(%s, %s, %s, margin => 0.015625))
        SELECT ST_AsMVT(cut, 'grids', 4096, 'g', 'id') FROM cut WHERE g IS NOT NULL"""

    def draw(tile: Tile) -> bytes:
        return bytes(connection.execute(query, (*tile, *tile), prepare=True).fetchone()[0])

    return draw


def filled(shapes: NDArray[np.object_], columns: dict[str, list[Any]], server: str) -> Any:
    """A connection to a table of the grids with an index."""
    import psycopg

    connection = psycopg.connect(server, autocommit=True)
    connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    connection.execute("SET max_parallel_workers_per_gather = 0")
    connection.execute(
        "CREATE TEMP TABLE grids"
        " (id int, code text, name text, colour int, weight float8, geom geometry(Geometry, 3857))"
    )
    placed = shapely.transform(shapes, _metres)
    wkb = shapely.to_wkb(shapely.set_srid(placed, 3857), hex=True, include_srid=True)
    with connection.cursor().copy("COPY grids FROM STDIN") as copy:
        for k, row in enumerate(zip(*columns.values(), wkb, strict=True)):
            copy.write_row((k + 1, *row))
    connection.execute("CREATE INDEX ON grids USING gist (geom)")
    connection.execute("ANALYZE grids")
    return connection


def _metres(lon_lat: NDArray[np.float64]) -> NDArray[np.float64]:
    x, y = to_world(lon_lat[:, 0].copy(), lon_lat[:, 1].copy())
    half = np.pi * 6_378_137.0
    return np.column_stack([(2 * x - 1) * half, (1 - 2 * y) * half])


def peers(shapes: NDArray[np.object_], columns: dict[str, list[Any]], report: Report) -> Iterator[tuple[str, Any, Any]]:
    """Those that are here: name, how to draw, clock."""
    yield "shapely", by_shapely(shapes, columns), time.process_time
    try:
        with _server() as url:
            yield "PostGIS", by_postgis(filled(shapes, columns, url)), time.perf_counter
    except (Absent, ImportError) as reason:
        report.say(f"PostGIS is left out: {reason}")


def grids(report: Report, count: int) -> None:
    """Tiles of a net."""
    net = coverage(count)
    columns: dict[str, list[Any]] = {
        "code": [f"310101001{int(code):06d}" for code in net.codes],
        "name": [f"第{k + 1}网格" for k in range(count)],
        "colour": [k % 8 for k in range(count)],
        "weight": [float(k % 900) for k in range(count)],
    }
    small = coverage(50)
    ShapeTiles("grids", small.polygons, {"code": small.codes}).tile(0, 0, 0)  # compiled
    begin = time.process_time()
    layer = ShapeTiles("grids", net.polygons, columns, painted_by=("colour",))
    report.say(f"{count:,} grids made ready in {time.process_time() - begin:.2f} CPU s")
    middle = shapely.get_coordinates(shapely.centroid(net.polygons))
    held = Drawn()
    ours: dict[int, tuple[float, float]] = {}
    report.table(("zoom", "cold p50, ms", "p99", "warm p99", "bytes", "gzip"), f"{count:,} grids, ours")
    for z in ZOOMS:
        tiles = tiles_at(z, middle[:, 0], middle[:, 1], 200)
        ours[z] = figures(lambda tile: layer.tile(*tile), tiles, time.process_time)
        for tile in tiles:
            held.get(tile, lambda tile=tile: layer.tile(*tile))  # type: ignore[misc]
        warm = figures(lambda tile: held.get(tile, bytes), tiles, time.process_time)
        largest = max((layer.tile(*tile) for tile in tiles), key=len)
        report.row((z, *ours[z], warm[1], len(largest), len(gzip.compress(largest, 3))))
    report.table(("engine", *(f"z {z}" for z in ZOOMS)), "times as long as ours, p50 of the same tiles")
    for name, draw, clock in peers(net.polygons, columns, report):
        times = []
        for z in ZOOMS:
            tiles = tiles_at(z, middle[:, 0], middle[:, 1], _MOST_PEER if z < 12 else 20)
            own = figures(lambda tile: layer.tile(*tile), tiles, time.process_time)[0]
            times.append(figures(draw, tiles, clock)[0] / own)
        report.row((name, *times))


def issues(report: Report, count: int) -> None:
    """Tiles of issues in heaps."""
    rng = np.random.default_rng(4)
    heap = rng.integers(0, 40, count)
    lon = 120 + rng.normal(0, 0.12, 40)[heap] + rng.normal(0, 0.02, count)
    lat = 30 + rng.normal(0, 0.1, 40)[heap] + rng.normal(0, 0.02, count)
    state, grid = rng.integers(0, 4, count).astype(np.int8), rng.integers(-1, 10_000, count).astype(np.int32)
    codes = [f"{k:015d}" for k in range(10_000)]

    def make(n: int) -> PointTiles:
        return PointTiles("issues", np.arange(1, n + 1), lon[:n], lat[:n], state[:n], STATES, grid[:n], codes)

    make(10).tile(0, 0, 0)
    make(10_000).tile(0, 0, 0)
    begin = time.process_time()
    layer = make(count)
    report.say(f"\n{count:,} issues made ready in {time.process_time() - begin:.2f} CPU s")
    report.table(("zoom", "cold p50, ms", "p99", "bytes", "gzip"), f"{count:,} issues, ours")
    for z in (0, 4, 6, *ZOOMS, 18):
        tiles = tiles_at(z, lon, lat, 200)
        largest = max((layer.tile(*tile) for tile in tiles), key=len)
        drawn = figures(lambda tile: layer.tile(*tile), tiles, time.process_time)
        report.row((z, *drawn, len(largest), len(gzip.compress(largest, 3))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--grids", type=int, default=10_000)
    parser.add_argument("--issues", type=int, default=1_000_000)
    chosen = parser.parse_args()
    report = Report()
    grids(report, chosen.grids)
    issues(report, chosen.issues)


if __name__ == "__main__":
    main()
