"""The options of geo locate."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from geo.cli.locate_asked import Written
from geo.cli.reference import reference

Paths = Annotated[
    list[str] | None,
    typer.Argument(metavar="[FILE]...", help="Points: CSV, NDJSON, GeoJSON, (Geo)Parquet, GeoPackage, Arrow."),
]
Lon = Annotated[
    Written | None,
    typer.Option(parser=Written.read, metavar="<float>", help="Longitude (easting where the CRS is projected)."),
]
Lat = Annotated[
    Written | None,
    typer.Option(parser=Written.read, metavar="<float>", help="Latitude (northing where the CRS is projected)."),
]
Address = Annotated[str | None, typer.Option(help="A Chinese address; with --lon and --lat both are weighed together.")]
Shape = Annotated[
    str | None, typer.Option(metavar="FILE", help="Lines or areas: every grid that each touches, with shares.")
]
Crs = Annotated[str | None, typer.Option(callback=reference, help="WGS84, GCJ-02, BD-09, EPSG:n, WKT, local name.")]
AccuracyM = Annotated[
    float | None, typer.Option(min=0, help="Radius of the location error; adds how probable each grid is.")
]
AsOf = Annotated[str | None, typer.Option(help="Answer with the plan in force on this day.")]
PlanAsked = Annotated[str | None, typer.Option(help="A plan's id, or a plan file.")]
Out = Annotated[
    str | None,
    typer.Option(help="Where the rows of FILE go, each with its grid. FOLDER/ gets a dataset of Parquet parts."),
]
LonField = Annotated[str | None, typer.Option(help="Column of FILE with the longitude.")]
LatField = Annotated[str | None, typer.Option(help="Column of FILE with the latitude.")]
CrsField = Annotated[str | None, typer.Option(help="Column of FILE with each row's own CRS, local names too.")]
AccuracyField = Annotated[str | None, typer.Option(help="Column of FILE with each row's own --accuracy-m.")]
Full = Annotated[
    bool,
    typer.Option(
        "--full", help="All that one point's answer has for each row of FILE: areas, nearest grid, candidates."
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Locate FILE even if its CRS looks wrong.")]
Border = Annotated[
    bool, typer.Option("--border/--no-border", help="Measure the way to the border; FILE is far quicker without.")
]
Scheduler = Annotated[str | None, typer.Option(help="Address of a Dask scheduler whose workers locate Parquet FILEs.")]
LevelAsked = Annotated[Literal["grid", "micro"], typer.Option(help="micro: the micro-grid (微网格) of the place too.")]
Stairwell = Annotated[str | None, typer.Option(help="With --level micro: the stairwell (单元).")]
Floor = Annotated[float | None, typer.Option(help="With --level micro: the floor, below ground negative.")]
StairwellField = Annotated[str | None, typer.Option(help="Column of FILE with each row's own --stairwell.")]
FloorField = Annotated[str | None, typer.Option(help="Column of FILE with each row's own --floor.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
