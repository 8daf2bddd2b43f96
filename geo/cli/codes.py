"""geo codes: are the codes of a plan right by a scheme, and write them by another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geo.cli.console import language, print_json, tell
from geo.cli.errors import VIOLATIONS
from geo.cli.outputs import check_geopackage, check_outputs


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("codes")(codes)


def codes(
    plan: Annotated[str | None, typer.Argument(metavar="PLAN", help="A plan file; without it, list schemes.")] = None,
    scheme: Annotated[str, typer.Option(help="Name of a scheme, or a .toml file of your own.")] = "unit-grid-15",
    areas: Annotated[str | None, typer.Option(help="Areas that exist, with `code` and `name`; FILE:LAYER.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write the plan with codes by the scheme.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Check the codes of a plan by a scheme, or write them by it; exit 1 names every fault (网格编码).

    Example: geo codes plan.gpkg --scheme unit-grid-15 --areas place.gpkg:areas
    """
    from geo.partition.schemes import find_scheme, scheme_names
    from geo.service.codes import check_codes_file, read_areas, recode_file, scheme_of
    from geo.service.plans import describe
    from geo.wiring import build_files

    if plan is None:
        for name in scheme_names():
            print(f"{name:24}{find_scheme(name).title[language()]}")
        return
    chosen = scheme_of(scheme)
    if out is not None:
        check_outputs(out, None, sources=(plan, *([areas] if areas else [])))
        check_geopackage(out)
        renamed = recode_file(build_files(), plan, chosen, out=out)
        if as_json:
            print_json(dict(renamed))
            return
        tell("codes_written", count=len(renamed), scheme=chosen.name, path=out)
        return
    known = None if areas is None else read_areas(build_files(), areas)
    faults = check_codes_file(build_files(), plan, chosen, areas=known)
    if as_json:
        print_json([{"kind": f.kind, "grids": f.grids, "message": describe(f, language())} for f in faults])
    else:
        for fault in faults:
            print(describe(fault, language()))
        if not faults:
            tell("codes_sound", path=plan, scheme=chosen.name)
    if faults:
        raise typer.Exit(VIOLATIONS)
