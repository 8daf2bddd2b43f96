"""geo micro: households to micro-grids."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from geo.cli.console import Progress, print_json, tell, warn
from geo.cli.outputs import check_geopackage, check_outputs
from geo.cli.reference import reference

_SHOWN = 10


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("micro")(micro)


def micro(
    households: Annotated[str, typer.Argument(metavar="HOUSEHOLDS", help="A file of households, or of buildings.")],
    out: Annotated[Path, typer.Option("--out", help="Where micro-grids and households go (.gpkg).")],
    grids: Annotated[str | None, typer.Option(help="Plan file with the grids.")] = None,
    grid_field: Annotated[str | None, typer.Option(help="Column with the grid's code, instead of the place.")] = None,
    least: Annotated[int, typer.Option("--min", min=1, help="Fewest households of a micro-grid.")] = 10,
    most: Annotated[int, typer.Option("--max", min=1, help="Most households of a micro-grid.")] = 15,
    household_id: Annotated[str | None, typer.Option("--id", help="Column with the ids.")] = None,
    building: Annotated[str | None, typer.Option(help="Column with the building (楼栋); `building` if there.")] = None,
    stairwell: Annotated[str | None, typer.Option(help="Column with the stairwell (单元).")] = None,
    floor: Annotated[str | None, typer.Option(help="Column with the floor: 3, 3层, B1.")] = None,
    compound: Annotated[
        str | None, typer.Option(help="Column with the compound (小区), whose building names are its own.")
    ] = None,
    anchor: Annotated[str | None, typer.Option(help="Column that is yes for a centre (中心户).")] = None,
    anchor_stairwell: Annotated[
        bool, typer.Option("--anchor-stairwell", help="The anchor's stairwell is the centre, not the household.")
    ] = False,
    fill_anchors: Annotated[
        bool, typer.Option("--fill-anchors", help="Find centres where anchors are too few; leave some where too many.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse grids that cannot keep the bounds.")] = False,
    count: Annotated[str | None, typer.Option(help="Column with the households of a row (a building).")] = None,
    stairwells: Annotated[str | None, typer.Option(help="Column with the number of stairwells of a row.")] = None,
    floors: Annotated[str | None, typer.Option(help="Column with the number of floors of a row.")] = None,
    lon: Annotated[str | None, typer.Option(help="Column with the longitude or easting.")] = None,
    lat: Annotated[str | None, typer.Option(help="Column with the latitude or northing.")] = None,
    crs: Annotated[
        str | None, typer.Option(callback=reference, help="Reference system of a file that names none.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write the figures as JSON.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Divide the households of each grid into micro-grids (微网格) of 10–15, around anchors if they are given.

    Example: geo micro households.csv --grids plan.gpkg --crs CGCS2000 --anchor centre --out micro.gpkg
    """
    from geo.model import HouseholdColumns
    from geo.service.micro import MicroRequest, micro_file
    from geo.wiring import build_files

    check_outputs(out, report, sources=(households, *([grids] if grids else [])))
    check_geopackage(out)
    columns = HouseholdColumns(
        id=household_id,
        building=building,
        stairwell=stairwell,
        floor=floor,
        grid=grid_field,
        anchor=anchor,
        count=count,
        stairwells=stairwells,
        floors=floors,
        lon=lon,
        lat=lat,
        compound=compound,
    )
    request = MicroRequest(
        columns=columns,
        least=least,
        most=most,
        anchor_level="stairwell" if anchor_stairwell else "household",
        fill_anchors=fill_anchors,
        strict=strict,
        crs=crs,
    )
    progress = Progress("geo micro")
    figures = micro_file(build_files(), households, request, grids=grids, out=out, report=report, progress=progress)
    progress.done()
    if as_json:
        print_json(figures)
        return
    _tell(figures, least, most)
    tell("written", path=out)


def _tell(figures: Mapping[str, Any], least: int, most: int) -> None:
    """What was made, and what a person should look at."""
    tell("micro_done", **figures)
    tell("micro_cuts", **figures)
    if figures["outside_all_grids"] or figures["without_place"]:
        warn("micro_outside", outside=figures["outside_all_grids"], unplaced=figures["without_place"])
    exceptions = figures["exceptions"]
    if exceptions:
        warn("micro_exceptions", count=len(exceptions), least=least, most=most)
        for row in exceptions[:_SHOWN]:
            warn(f"micro_reason_{row['reason']}", code=row["code"], households=row["households"])
        if len(exceptions) > _SHOWN:
            warn("special_rows_more", count=len(exceptions) - _SHOWN)
    for key, code, name in (
        ("unused_anchors", "micro_unused", "ids"),
        ("buildings_over_grids", "micro_shared_buildings", "buildings"),
        ("buildings_of_one_name", "micro_namesakes", "buildings"),
    ):
        if figures[key]:
            listed = ", ".join(figures[key][:_SHOWN]) + (" …" if len(figures[key]) > _SHOWN else "")
            warn(code, count=len(figures[key]), **{name: listed})
