"""geo special: special grids into a plan file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geo.cli.console import print_json, tell, warn
from geo.cli.outputs import check_geopackage, check_outputs
from geo.cli.reference import reference

_SHOWN = 20
# A line drawn along the border of the net strays by so much.
_BEYOND_M2 = 100.0
_BEYOND_SHARE = 1e-3


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("special")(special)


def special(
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="A plan file.")],
    outlines: Annotated[str, typer.Argument(metavar="OUTLINES", help="Polygons: parks, buildings, quarters.")],
    out: Annotated[Path, typer.Option("--out", help="Where the plan with special grids goes.")],
    over: Annotated[
        bool, typer.Option("--over/--carve", help="Lay over the base grids, or take whole units out of them.")
    ] = True,
    name: Annotated[str | None, typer.Option(help="Column with the names; `name` if there is one.")] = None,
    code: Annotated[str | None, typer.Option(help="Column with the codes; made if not given.")] = None,
    where: Annotated[str | None, typer.Option(help="Take only these outlines, e.g. id=b0012 for one building.")] = None,
    mend: Annotated[
        bool, typer.Option("--mend/--no-mend", help="Give what carving cuts off to neighbouring grids.")
    ] = True,
    crs: Annotated[
        str | None, typer.Option(callback=reference, help="Reference system of outlines that name none.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write the figures as JSON.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Add special grids (专属网格: 园区、楼宇、商圈) to a plan, over its base grids or carved out of them.

    Example: geo special plan.gpkg parks.geojson --name name --carve --out plan2.gpkg
    """
    from geo.service.special import SpecialRequest, special_file
    from geo.wiring import build_files

    check_outputs(out, report, sources=(plan, outlines))
    check_geopackage(out)
    request = SpecialRequest(mode="over" if over else "carve", name=name, code=code, where=where, crs=crs, mend=mend)
    figures = special_file(build_files(), plan, outlines, request, out=out, report=report)
    if as_json:
        print_json(figures)
        return
    rows = figures["special_grids"]
    given = len(figures.get("units_given", ()))
    if over:
        tell("special_done_over", count=len(rows), touched=figures["base_grids_touched"])
    else:
        tell("special_done_carve", count=len(rows), touched=figures["base_grids_touched"], given=given)
    for row in rows[:_SHOWN]:
        base = ", ".join(b["grid"] for b in row["base_grids"])
        households = row["households"] if row["households"] is not None else "-"
        tell("special_row", code=row["code"], name=row["name"], households=households, base=base)
    if len(rows) > _SHOWN:
        tell("special_rows_more", count=len(rows) - _SHOWN)
    for row in rows:
        # A straight edge of an outline and the same edge in many vertices bend apart in another projection.
        if row["outside_net_m2"] > max(_BEYOND_M2, _BEYOND_SHARE * row["area_m2"]):
            share = round(100 * row["outside_net_m2"] / row["area_m2"], 1)
            warn("special_beyond", code=row["code"], name=row["name"], area=row["outside_net_m2"], share=share)
    if figures.get("base_grids_in_pieces"):
        warn("special_pieces", grids=", ".join(row["grid"] for row in figures["base_grids_in_pieces"]))
    if figures.get("base_grids_swallowed"):
        warn("special_swallowed", grids=", ".join(figures["base_grids_swallowed"]))
    if fallen := figures.get("base_grids_out_of_band"):
        low, high = figures["limits"]
        warn("special_out_of_band", count=len(fallen), low=low, high=high)
        for row in fallen[:_SHOWN]:
            warn("special_out_of_band_row", **row)
        if len(fallen) > _SHOWN:
            warn("special_rows_more", count=len(fallen) - _SHOWN)
    tell("written", path=out)
