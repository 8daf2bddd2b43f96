"""geo gazetteer: the place names of a deployment, from files; looked at and checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo.cli.columns import read_columns
from geo.cli.console import language, parse_date, print_json, settings, tell, warn
from geo.cli.reference import reference
from geo.messages import say

if TYPE_CHECKING:
    from geo.service.context import Net, Service

_SHOWN = 20
# A name in two communities is how places are; all else wants to be mended.
_NO_FAULT = frozenset({"same_name"})


def register(app: typer.Typer) -> None:
    """Add the commands to the group."""
    app.command("import")(import_)
    app.command("check")(check)
    app.command("list")(list_)


def import_(
    path: Annotated[
        str, typer.Argument(metavar="FILE", help="FILE or FILE:LAYER: GeoPackage, GeoJSON, Parquet, CSV …")
    ],
    crs: Annotated[
        str | None, typer.Option(callback=reference, help="Of coordinates whose file does not say it; never guessed.")
    ] = None,
    columns: Annotated[Path | None, typer.Option(help='A TOML file: field = "column".')] = None,
    source: Annotated[
        str | None, typer.Option(help="Name of the source; importing it again replaces it. The file's stem by default.")
    ] = None,
    actor: Annotated[str | None, typer.Option(help="Who acts, for the journal.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Import places with their names, other names and old names (导入地名、别名、曾用名).

    Rows have id, kind (street, community, compound, building, poi, road, number) and name; further aliases and
    old_names (with | between them), town, community, road, number, low, high, side, compound, within, stairwells, lon,
    lat, crs. GCJ-02 and BD-09 are converted. A row that cannot be used is named and fails no other.

    Example: geo gazetteer import pois.csv --crs GCJ-02
    """
    from geo.service.gazetteer import import_gazetteer
    from geo.wiring import build_service

    done = import_gazetteer(
        build_service(settings()),
        path,
        crs=crs,
        columns=read_columns(columns),
        source=source or Path(path.rpartition(":")[0] if not Path(path).exists() else path).stem or path,
        actor=actor or settings().actor,
    )
    if as_json:
        faults = [{"code": fault.code, "message": fault.message(language())} for fault in done.faults]
        print_json({**vars(done), "faults": faults})
        return
    told = {name: value for name, value in vars(done).items() if name != "faults"}
    tell("gazetteer_imported", **told, bad=len(done.faults))
    for fault in done.faults[:_SHOWN]:
        print("  " + fault.message(language()))
    if len(done.faults) > _SHOWN:
        warn("gazetteer_more", count=len(done.faults) - _SHOWN)


def check(
    as_of: Annotated[str | None, typer.Option(help="With the grids of the plan in force on this day.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Check the place names (检查地名库): wrong community, another datum, outside every grid, ranges that overlap.

    Names that stand in several communities are listed too; only the others end the command with 1.

    Example: geo gazetteer check
    """
    from geo.service.gazetteer import check_gazetteer

    service, net = _open(as_of)
    found = check_gazetteer(service, net)
    lang = language()
    if as_json:
        rows = [
            {"kind": one.kind, "ids": one.ids, "text": say(f"gazetteer_found_{one.kind}", lang, **one.context)}
            for one in found
        ]
        print_json(rows)
    else:
        tell("gazetteer_checked", count=len(found))
        for kind in dict.fromkeys(one.kind for one in found):
            own = [one for one in found if one.kind == kind]
            for one in own[:_SHOWN]:
                print("  " + say(f"gazetteer_found_{kind}", lang, **one.context))
            if len(own) > _SHOWN:
                warn("gazetteer_more", count=len(own) - _SHOWN)
    if any(one.kind not in _NO_FAULT for one in found):
        raise typer.Exit(1)


def list_(
    name: Annotated[str | None, typer.Argument(help="What a name, another name or an old name holds.")] = None,
    kind: Annotated[
        str | None, typer.Option(help="street, community, compound, building, poi, road or number.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """List place names (列出地名).

    Example: geo gazetteer list 阳光 --kind compound
    """
    from geo.service.gazetteer import list_entries
    from geo.wiring import build_service

    rows = list_entries(build_service(settings()), kind=kind, name=name, limit=limit)
    if as_json:
        print_json([dict(row) for row in rows])
        return
    for row in rows:
        others = [*row.get("aliases", ()), *row.get("old_names", ())]
        where = " ".join(str(row[field]) for field in ("town", "community") if row.get(field))
        shown = f"{row.get('name') or row.get('address')}" + (f" ({'、'.join(others)})" if others else "")
        print(f"{row['id']}  {row['kind']}  {shown}  {where}".rstrip())


def _open(as_of: str | None) -> tuple[Service, Net | None]:
    from geo.service.context import find_plan_in_force, net_of
    from geo.wiring import build_service

    service = build_service(settings())
    plan = find_plan_in_force(service, parse_date(as_of))
    return service, None if plan is None else net_of(service, plan)
