"""What else answers which polygon a point lies in: shapely, geopandas, duckdb, sedonadb, polars-st, PostGIS.

Each is asked the way its own documentation does for a join of points with polygons, and gives pairs of rows: none, one
or several for a point. Those in the dependency group ``engines`` and a PostGIS server are left out where they are not
installed, and named. The clock is processor time of all threads; of PostGIS, whose server is another process with one
worker, it is wall time, and its points are in a table before the clock starts.
"""

from __future__ import annotations

import contextlib
import importlib
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Pairs = tuple[NDArray[Any], NDArray[Any]]  # row of the point, row of the polygon


class Absent(Exception):
    """An engine that is not here, and why."""


class Engine:
    """One way to ask; `closed` counts the border in, otherwise only the inside counts."""

    name: ClassVar[str]
    needs: ClassVar[str] = ""
    clock: ClassVar[Callable[[], float]] = time.process_time
    most_points: ClassVar[int] = 200_000
    most_grids: ClassVar[int] = 100_000

    def __init__(self, polygons: NDArray[np.object_]) -> None:
        self.polygons = polygons

    def give(self, lon: Floats, lat: Floats) -> None:
        """Take the points that are asked next."""
        self.lon, self.lat = lon, lat

    def pairs(self, *, closed: bool = True) -> Pairs:
        raise NotImplementedError

    def close(self) -> None:
        """Give back what was taken."""


class Prepared(Engine):
    """Boxes first, then `intersects_xy` on prepared polygons."""

    name = "shapely, prepared"
    most_grids = 1_000_000
    by_polygon = False

    def __init__(self, polygons: NDArray[np.object_]) -> None:
        # Copies, as preparing is kept in the geometry and must not help the others.
        super().__init__(shapely.transform(polygons, lambda xy: xy))
        self.tree = shapely.STRtree(self.polygons)
        shapely.prepare(self.polygons)

    def pairs(self, *, closed: bool = True) -> Pairs:
        point, grid = self.tree.query(shapely.points(self.lon, self.lat))
        if self.by_polygon:
            order = np.argsort(grid, kind="stable")
            point, grid = point[order], grid[order]
        test = shapely.intersects_xy if closed else shapely.contains_xy
        hit = test(self.polygons[grid], self.lon[point], self.lat[point])
        return point[hit], grid[hit]


class PreparedByPolygon(Prepared):
    """The same, polygon by polygon, which keeps each one's index in the cache: the best that we found in shapely."""

    name = "shapely, prepared, sorted"
    by_polygon = True


class StrTree(Engine):
    name = "shapely STRtree"
    most_grids = 1_000_000

    def __init__(self, polygons: NDArray[np.object_]) -> None:
        super().__init__(polygons)
        self.tree = shapely.STRtree(polygons)

    def pairs(self, *, closed: bool = True) -> Pairs:
        found = self.tree.query(shapely.points(self.lon, self.lat), predicate="intersects" if closed else "within")
        return found[0], found[1]


class Geopandas(Engine):
    name = "geopandas sjoin"
    most_grids = 1_000_000

    def __init__(self, polygons: NDArray[np.object_]) -> None:
        import geopandas

        super().__init__(polygons)
        self.grids = geopandas.GeoDataFrame(geometry=polygons, crs=4326)
        self.grids.sindex  # noqa: B018  the tree is made on first use

    def pairs(self, *, closed: bool = True) -> Pairs:
        import geopandas

        points = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(self.lon, self.lat, crs=4326))
        found = geopandas.sjoin(points, self.grids, predicate="intersects" if closed else "within")
        return found.index.to_numpy(), found["index_right"].to_numpy()


class Duckdb(Engine):
    """Its spatial extension is a package of the index too, as the engine downloads it otherwise."""

    name = "duckdb spatial"
    needs = "duckdb_extension_spatial"

    def __init__(self, polygons: NDArray[np.object_]) -> None:
        import duckdb

        super().__init__(polygons)
        version = duckdb.__version__
        folder = Path(str(importlib.import_module(self.needs).__file__)).parent / "extensions" / f"v{version}"
        if not folder.exists():
            raise Absent(f"the extension is not for duckdb {version}")
        self.base = duckdb.connect()
        self.base.execute(f"LOAD '{folder / 'spatial.duckdb_extension'}'; SET threads = 1")
        self.base.register("raw", _wkb_table(polygons))
        self.base.execute("CREATE TABLE grids AS SELECT id, ST_GeomFromWKB(wkb) AS geom FROM raw")

    def pairs(self, *, closed: bool = True) -> Pairs:
        self.base.register("points", _point_table(self.lon, self.lat))
        found = self.base.execute(
            "SELECT p.i, g.id FROM points p JOIN grids g"
            f" ON ST_{'Intersects' if closed else 'Contains'}(g.geom, ST_Point(p.lon, p.lat))"
        ).fetchnumpy()
        return found["i"], found["id"]


class Sedona(Engine):
    name = "sedonadb"
    needs = "sedonadb"

    def __init__(self, polygons: NDArray[np.object_]) -> None:
        import sedonadb

        super().__init__(polygons)
        self.base = sedonadb.connect()
        self.base.create_data_frame(_wkb_table(polygons)).to_view("raw")
        self.base.sql("SELECT id, ST_GeomFromWKB(wkb) AS geom FROM raw").to_memtable().to_view("grids")

    def pairs(self, *, closed: bool = True) -> Pairs:
        import pyarrow as pa

        self.base.create_data_frame(_point_table(self.lon, self.lat)).to_view("points", overwrite=True)
        answer = self.base.sql(
            "SELECT p.i, g.id FROM points p JOIN grids g"
            f" ON ST_{'Intersects' if closed else 'Contains'}(g.geom, ST_Point(p.lon, p.lat))"
        )
        found = pa.RecordBatchReader.from_stream(answer).read_all()
        return found["i"].to_numpy(), found["id"].to_numpy()


class PolarsSt(Engine):
    name = "polars-st"
    needs = "polars_st"

    def __init__(self, polygons: NDArray[np.object_]) -> None:
        import polars_st

        super().__init__(polygons)
        self.grids = polars_st.GeoDataFrame({"id": np.arange(len(polygons)), "geometry": shapely.to_wkb(polygons)})

    def pairs(self, *, closed: bool = True) -> Pairs:
        import polars
        import polars_st

        points = polars.DataFrame({"i": np.arange(len(self.lon)), "lon": self.lon, "lat": self.lat})
        points = points.select("i", geometry=polars_st.point(polars.concat_list("lon", "lat")))
        found = points.st.sjoin(self.grids, predicate="intersects" if closed else "within")
        return found["i"].to_numpy(), found["id"].to_numpy()


class Postgis(Engine):
    name = "PostGIS"
    needs = "psycopg"
    clock = time.perf_counter
    most_points = 50_000

    def __init__(self, polygons: NDArray[np.object_]) -> None:
        import psycopg

        super().__init__(polygons)
        self.server = contextlib.ExitStack()
        self.base = self.server.enter_context(psycopg.connect(self.server.enter_context(_server()), autocommit=True))
        self.base.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        self.base.execute("SET max_parallel_workers_per_gather = 0; SET work_mem = '256MB'")
        self.base.execute("CREATE TEMP TABLE grids (id int, geom geometry(Geometry, 4326))")
        with self.base.cursor().copy("COPY grids FROM STDIN") as copy:
            for row in enumerate(shapely.to_wkb(shapely.set_srid(polygons, 4326), hex=True, include_srid=True)):
                copy.write_row(row)
        self.base.execute("CREATE INDEX ON grids USING gist (geom); ANALYZE grids")

    def give(self, lon: Floats, lat: Floats) -> None:
        super().give(lon, lat)
        self.base.execute("DROP TABLE IF EXISTS points; CREATE TEMP TABLE points (i int, geom geometry(Point, 4326))")
        with self.base.cursor().copy("COPY points FROM STDIN") as copy:
            points = shapely.set_srid(shapely.points(lon, lat), 4326)
            for row in enumerate(shapely.to_wkb(points, hex=True, include_srid=True)):
                copy.write_row(row)
        self.base.execute("ANALYZE points")

    def pairs(self, *, closed: bool = True) -> Pairs:
        test = "ST_Covers" if closed else "ST_Contains"
        rows = self.base.execute(f"SELECT p.i, g.id FROM points p JOIN grids g ON {test}(g.geom, p.geom)").fetchall()
        table = np.array(rows, dtype=np.int64).reshape(-1, 2)
        return table[:, 0], table[:, 1]

    def close(self) -> None:
        self.server.close()


ENGINES: tuple[type[Engine], ...] = (
    Prepared, PreparedByPolygon, StrTree, Geopandas, Duckdb, Sedona, PolarsSt, Postgis,
)  # fmt: skip


def start(engine: type[Engine], polygons: NDArray[np.object_]) -> Engine:
    """The engine with these polygons.

    Raises
    ------
    Absent
        If it is not installed, or would take too long with so many polygons.
    """
    if engine.needs and find_spec(engine.needs) is None:
        raise Absent("not installed")
    if len(polygons) > engine.most_grids:
        raise Absent(f"not asked above {engine.most_grids:,} grids")
    return engine(polygons)


def _wkb_table(polygons: NDArray[np.object_]) -> Any:
    import pyarrow as pa

    return pa.table({"id": np.arange(len(polygons)), "wkb": pa.array(shapely.to_wkb(polygons), pa.binary())})


def _point_table(lon: Floats, lat: Floats) -> Any:
    import pyarrow as pa

    return pa.table({"i": np.arange(len(lon)), "lon": lon, "lat": lat})


@contextlib.contextmanager
def _server() -> Any:
    """The URL of a PostGIS server: the one that the tests use, or a throw-away one of our own."""
    import os

    import pytest

    from tests.postgis import _own_server

    given = os.environ.get("GEO_TEST_PG_URL")
    if given:
        yield given.replace("+psycopg", "")
        return
    with contextlib.ExitStack() as stack:
        try:
            url = stack.enter_context(_own_server())
        except pytest.skip.Exception as reason:
            raise Absent(str(reason)) from None
        yield url.replace("+psycopg", "")
