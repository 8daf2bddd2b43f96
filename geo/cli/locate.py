"""geo locate: a coordinate, an address or a file of points to grids."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from geo.cli import locate_options as ask
from geo.cli.console import language, parse_date, print_json, settings, tell
from geo.cli.locate_asked import Kind, Written, refuse_idle
from geo.cli.locate_files import check_result, locate_all, make_job
from geo.cli.locate_micro import check_level, find_edition_asked, tell_micro
from geo.errors import InvalidInput
from geo.messages import say

if TYPE_CHECKING:
    from geo.model import Location
    from geo.service.context import Net, Service


# Options that name a column of FILE, by what a job calls it.
_FIELD_OPTIONS: Final = {
    "lon": "--lon-field",
    "lat": "--lat-field",
    "crs_field": "--crs-field",
    "accuracy": "--accuracy-field",
    "stairwell": "--stairwell-field",
    "floor": "--floor-field",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("locate")(locate)


def locate(
    paths: ask.Paths = None,
    lon: ask.Lon = None,
    lat: ask.Lat = None,
    address: ask.Address = None,
    shape: ask.Shape = None,
    crs: ask.Crs = None,
    accuracy_m: ask.AccuracyM = None,
    as_of: ask.AsOf = None,
    plan: ask.PlanAsked = None,
    out: ask.Out = None,
    lon_field: ask.LonField = None,
    lat_field: ask.LatField = None,
    crs_field: ask.CrsField = None,
    accuracy_field: ask.AccuracyField = None,
    full: ask.Full = False,
    force: ask.Force = False,
    border: ask.Border = True,
    scheduler: ask.Scheduler = None,
    level: ask.LevelAsked = "grid",
    stairwell: ask.Stairwell = None,
    floor: ask.Floor = None,
    stairwell_field: ask.StairwellField = None,
    floor_field: ask.FloorField = None,
    as_json: ask.AsJson = False,
) -> None:
    """Find the one grid that a coordinate or an address lies in, and say why (定位到网格).

    FILE keeps its rows, their order and its columns. A run that was stopped goes on when the same command is given
    again.

    Example: geo locate --lon 114.1355 --lat 34.3855 --crs WGS84

    Example: geo locate reports.csv --crs GCJ-02 --out located.csv

    Example: geo locate points.parquet --plan plan.gpkg --out located/

    Example: geo locate phones.csv --crs WGS84 --accuracy-field 精度 --full --out located.csv

    Example: geo locate parts/ --scheduler tcp://host:8786 --out located/

    Example: geo locate --shape closed-roads.gpkg --out shares.csv
    """
    kind = _kind_asked(paths, lon, lat, address, shape)
    columns = (lon_field, lat_field, crs_field, accuracy_field, stairwell_field, floor_field)
    fields = dict(zip(_FIELD_OPTIONS, columns, strict=True))
    given = {"--out": out, "--crs": crs, "--accuracy-m": accuracy_m, "--scheduler": scheduler}
    given |= {"--stairwell": stairwell, "--floor": floor}
    given |= {_FIELD_OPTIONS[name]: value for name, value in fields.items()}
    flags = {"--full": full, "--force": force, "--no-border": not border, "--json": as_json}
    flags |= {"--level micro": level == "micro"}
    refuse_idle(kind, {option: value is not None for option, value in given.items()} | flags)
    doors = (stairwell, floor, stairwell_field, floor_field)
    check_level(level, doors=any(value is not None for value in doors))
    if accuracy_m is not None and accuracy_field is not None:
        raise InvalidInput("locate_two_accuracies")
    day = parse_date(as_of)
    sources = (*(paths or ()), *([shape] if shape else ()))
    if sources and out is None:
        raise InvalidInput("locate_needs_out")
    if out is not None:
        check_result(out, (*sources, *([plan] if plan else [])))
    service, net = _open(plan, day)
    if paths and out is not None:
        edition = find_edition_asked(service, net, level, as_of=day)
        job = make_job(paths, out, edition, crs=crs, fields=fields)
        job = replace(job, force=force, border=border, systems=service.systems, accuracy_m=accuracy_m, full=full)
        locate_all(service, net, job, scheduler, edition)
    elif shape is not None and out is not None:
        _share(service, net, shape, out, crs)
    else:
        found, read = _find(service, net, lon=lon, lat=lat, address=address, crs=crs, accuracy_m=accuracy_m)
        if level == "micro":
            found = _with_micro(service, net, found, day, stairwell or read or None, floor)
        if as_json:
            print_json({**asdict(replace(found, context={})), "context": dict(found.context)})
        else:
            _print(found, plan, crs)


def _kind_asked(
    paths: list[str] | None, lon: float | None, lat: float | None, address: str | None, shape: str | None
) -> Kind:
    """The one thing that is asked for."""
    point = lon is not None or lat is not None
    kinds: dict[Kind, bool] = {
        "FILE": bool(paths),
        "--shape": shape is not None,
        "--address": address is not None and not point,
        "--lon --lat": point,
    }
    asked = [kind for kind, given in kinds.items() if given]
    if len(asked) != 1 or (lon is None) != (lat is None):
        raise InvalidInput("locate_what")
    return asked[0]


def _open(plan: str | None, day: date | None) -> tuple[Service, Net]:
    from geo.service.asked_net import choose_net
    from geo.wiring import build_service

    service = build_service(settings())
    return service, choose_net(service, plan=plan, as_of=day)


def _share(service: Service, net: Net, shape: str, out: str, crs: str | None) -> None:
    from geo.service.shapes_file import share_file

    counts = share_file(service, net, shape, out=Path(out), crs=crs, lang=language())
    tell("shapes_file_done", path=out, **counts)


def _find(
    service: Service,
    net: Net,
    *,
    lon: Written | None,
    lat: Written | None,
    address: str | None,
    crs: str | None,
    accuracy_m: float | None,
) -> tuple[Any, str]:
    """The place, and the stairwell that an address names."""
    from geo.service.geocode import geocode

    if lon is None or lat is None:
        read = geocode(service, address or "", net=net)
        return read.location, read.stairwell
    from geo.service.locate import locate_point
    from geo.service.placing_reports import place_point_and_text

    written = (lon.decimals, lat.decimals)
    found = locate_point(
        service, lon=float(lon), lat=float(lat), crs=crs or "", accuracy_m=accuracy_m, net=net, written=written
    )
    if address is not None:
        found = place_point_and_text(service, net, found, address, accuracy_m=accuracy_m)
    return found, ""


def _with_micro(
    service: Service, net: Net, found: Location, day: date | None, stairwell: str | None, floor: float | None
) -> Location:
    from geo.service.micro_lookup import with_micro

    return with_micro(service, net, found, as_of=day, stairwell=stairwell, floor=floor)


def _print(found: Any, asked_plan: str | None, asked_crs: str | None) -> None:
    lang = language()
    if found.status == "located":
        tell("located_in", code=found.grid, name=found.grid_name or found.grid)
        print("  " + " › ".join(" ".join(dict.fromkeys((level.name, level.code))) for level in found.levels))
        tell_micro(found.micro)
    elif found.status == "outside":
        tell("located_outside", nearest=found.nearest_grid or "-", metres=round(found.nearest_m or 0))
    if found.note:
        print("  " + say(found.note, lang, **found.context))
    if found.lon is not None:
        given = asked_crs or found.crs
        if len(given) > 40:  # WKT: its name is enough
            given = given.split('"')[1] if given.count('"') > 1 else f"{given[:40]}…"
        tell("located_at", lon=f"{found.lon:.6f}", lat=f"{found.lat:.6f}", crs=given, shift=f"{found.shift_m:.1f}")
    if found.border_m is not None:
        # A plan file is in no database, so it has no number.
        key = "located_border" if found.plan else "located_border_of_file"
        tell(key, metres=f"{found.border_m:.1f}", plan=found.plan or asked_plan)
    words = found.context if found.method == "address" else found.context.get("address", {})
    for fault in words.get("explanation", {}).get("faults", []):
        print("  " + say(fault["key"], lang, **fault["context"]))
    told = found.context.get("candidates", []) if found.method == "coordinate" else words.get("candidates", [])
    for candidate in told[:5]:
        if "probability" in candidate:  # of a point that is not exact; those of an address have a score
            name = candidate["name"] or say("candidate_outside", lang)
            print(f"  · {name}  {candidate['grid'] or '-'}  {candidate['probability']:.0%}")
        else:
            print(f"  · {candidate['name']}  {candidate['grid'] or '-'}  {candidate['score']:.2f}")
