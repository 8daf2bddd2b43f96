"""geo locate: a coordinate, an address or a file of points to grids."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from geo.cli.console import Progress, language, parse_date, print_json, settings, tell
from geo.cli.outputs import check_outputs
from geo.errors import InvalidInput
from geo.messages import say


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("locate")(locate)


def locate(
    path: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Points as CSV, GeoPackage, …")] = None,
    lon: Annotated[float | None, typer.Option(help="Longitude (easting where the CRS is projected).")] = None,
    lat: Annotated[float | None, typer.Option(help="Latitude (northing where the CRS is projected).")] = None,
    address: Annotated[str | None, typer.Option(help="A Chinese address.")] = None,
    crs: Annotated[str | None, typer.Option(help="WGS84, CGCS2000, GCJ-02, BD-09, EPSG:n or WKT.")] = None,
    accuracy_m: Annotated[float | None, typer.Option(min=0, help="Radius of the location error.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Answer with the plan in force on this day.")] = None,
    plan: Annotated[str | None, typer.Option(help="A plan's id, or a plan file.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where the rows of FILE go, each with its grid.")] = None,
    lon_field: Annotated[str | None, typer.Option(help="Column of FILE with the longitude.")] = None,
    lat_field: Annotated[str | None, typer.Option(help="Column of FILE with the latitude.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Find the one grid that a coordinate or an address lies in, and say why (定位到网格).

    Example: geo locate --lon 114.1355 --lat 34.3855 --crs WGS84
    """
    from geo.service import locate as use
    from geo.service.locate_file import choose_net, locate_file
    from geo.wiring import build_service

    asked = [path is not None, address is not None, lon is not None or lat is not None]
    if sum(asked) != 1 or (lon is None) != (lat is None):
        raise InvalidInput("locate_what")
    if path is not None and out is None:
        raise InvalidInput("locate_needs_out")
    if path is not None:
        check_outputs(out, sources=(path, *([plan] if plan else [])))
    service = build_service(settings())
    net = choose_net(service, plan=plan, as_of=parse_date(as_of))
    if path is not None:
        assert out is not None
        progress = Progress("geo locate")
        counts = locate_file(service, net, path, out=out, crs=crs, lon=lon_field, lat=lat_field, lang=language())
        progress.done()
        tell("locate_file_done", path=out, **counts)
        return
    if address is not None:
        found = use.locate_address(service, address, net=net)
    else:
        assert lon is not None
        assert lat is not None
        found = use.locate_point(service, lon=lon, lat=lat, crs=crs or "", accuracy_m=accuracy_m, net=net)
    if as_json:
        print_json({**vars(found), "context": dict(found.context)})
        return
    _print(found, dict(net.names), plan)


def _print(found: Any, names: dict[str, str], asked_plan: str | None) -> None:
    lang = language()
    if found.status == "located":
        tell("located_in", code=found.grid, name=found.grid_name or found.grid)
        print("  " + " › ".join(f"{names.get(code, '')} {code}".strip() for code in found.chain))
        if "base_grid" in found.context:
            tell("located_beneath", grid=found.context["base_grid"] or "-")
    elif found.status == "outside":
        tell("located_outside", nearest=found.nearest_grid or "-", metres=round(found.nearest_m or 0))
    if found.note:
        print("  " + say(found.note, lang, **found.context))
    if found.lon is not None:
        tell("located_at", lon=f"{found.lon:.6f}", lat=f"{found.lat:.6f}", crs=found.crs, shift=f"{found.shift_m:.1f}")
    if found.border_m is not None:
        # A plan file is in no database, so it has no number.
        key = "located_border" if found.plan else "located_border_of_file"
        tell(key, metres=f"{found.border_m:.1f}", plan=found.plan or asked_plan)
    for candidate in found.context.get("candidates", [])[:5]:
        print(f"  · {candidate['name']}  {candidate['grid'] or '-'}  {candidate['score']:.2f}")
