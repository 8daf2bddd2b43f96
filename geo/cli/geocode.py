"""geo geocode: a file of texts to grids."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from geo.cli.console import Progress, language, parse_date, print_json, settings, tell
from geo.cli.outputs import check_outputs
from geo.errors import InvalidInput
from geo.messages import say


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("geocode")(geocode)


def geocode(
    path: Annotated[str, typer.Argument(metavar="FILE", help="CSV, lines of JSON or Parquet with a column of texts.")],
    text: Annotated[str, typer.Option(help="Column with the addresses or the citizens' words.")],
    out: Annotated[Path, typer.Option(help="Where the rows go, each with its outcome; of the same kind as FILE.")],
    scope: Annotated[str | None, typer.Option(help="Code or name of the area that the places lie in.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Answer with the plan in force on this day.")] = None,
    plan: Annotated[str | None, typer.Option(help="A plan's id, or a plan file.")] = None,
    jobs: Annotated[int, typer.Option(min=1, max=256, help="How many processes read texts.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Find the grid of every text of a file (批量地址定位到网格): match, ambiguous, conflict, area_only or none.

    FILE keeps its rows, their order and its columns and gets geo_status, geo_level, geo_confidence, geo_grid,
    geo_grid_name, geo_place, geo_lon, geo_lat, geo_grids and geo_faults. A row that cannot be read is told in its
    geo_faults and fails no other.

    Example: geo geocode reports.csv --text 内容 --out located.csv --jobs 4
    """
    from geo.service.asked_net import choose_net
    from geo.service.geocode_many import geocode_file
    from geo.wiring import build_service

    check_outputs(out, sources=(path, *([plan] if plan else [])))
    if jobs > (os.cpu_count() or 1) * 4:
        raise InvalidInput("geocode_jobs", jobs=jobs, cores=os.cpu_count() or 1)
    service = build_service(settings())
    net = choose_net(service, plan=plan, as_of=parse_date(as_of))
    progress = Progress("geo geocode")

    def show(rows: int, share: float | None) -> None:
        progress(share or 0.0, say("geocode_rows", language(), rows=rows))

    try:
        counts = geocode_file(
            service, net, path, text=text, out=out, lang=language(), scope=scope, jobs=jobs, progress=show
        )
    finally:
        progress.done()
    if as_json:
        print_json(vars(counts))
        return
    tell("geocode_done", path=out, rows=counts.rows, placed=counts.placed)
    for status, count in sorted(counts.by_status.items(), key=lambda row: -row[1]):
        print(f"  {count:>9,}  " + say(f"geocode_status_{status}", language()))
