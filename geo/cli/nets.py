"""geo nets: many existing nets of grids into one, with conflicts and a crosswalk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo.cli.console import Progress, language, print_json, tell, warn
from geo.cli.outputs import check_geopackage, check_outputs
from geo.cli.reference import reference
from geo.errors import InvalidInput

if TYPE_CHECKING:
    from geo.service.nets import Method, NetSource

Many = list[str]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("nets")(merge)


def merge(
    nets: Annotated[Many, typer.Argument(metavar="NAME=FILE…", help="Existing nets; FILE:LAYER names a layer.")],
    out: Annotated[Path, typer.Option("--out", help="Plan file (.gpkg) with the base net and all that was found.")],
    code: Annotated[Many, typer.Option(help="Field with the grids' codes; NAME=FIELD for one net.")] = ["code"],  # noqa: B006
    people: Annotated[str | None, typer.Option(help="Buildings or points with people; without it areas count.")] = None,
    weight: Annotated[str, typer.Option(help="Field of the people's file.")] = "households",
    boundary: Annotated[
        str | None, typer.Option(help="Cover exactly these polygons, not the union of the nets.")
    ] = None,
    boundary_where: Annotated[str | None, typer.Option(help="Take only these areas, e.g. level=community.")] = None,
    within: Annotated[str | None, typer.Option(help="Boundary's field with areas that no base grid leaves.")] = None,
    base: Annotated[str, typer.Option(help="`agree` (median of the nets), `lead`, or a plan of the atoms.")] = "agree",
    lead: Annotated[Many, typer.Option(help="Net that wins where it covers; more follow in order.")] = [],  # noqa: B006
    trust: Annotated[Many, typer.Option(help="NAME=NUMBER: how much a net counts, 1 by default.")] = [],  # noqa: B006
    tolerance: Annotated[float, typer.Option(help="Metres: noise of drawing this wide vanishes; 0 keeps it.")] = 1.0,
    least: Annotated[float, typer.Option("--min-area", help="m²: smaller pieces join a neighbour.")] = 200.0,
    codes_from: Annotated[str | None, typer.Option(help="Net whose codes go on where grids overlap most.")] = None,
    carry: Annotated[Many, typer.Option(help="NAME=FIELD: carry a value per old grid to the base net.")] = [],  # noqa: B006
    crs: Annotated[Many, typer.Option(help="Reference system of files that name none; NAME=CRS for one net.")] = [],  # noqa: B006
    missing_weight: Annotated[float | None, typer.Option(help="Weight of people whose field is empty.")] = None,
    name: Annotated[str, typer.Option(help="Name of the plan.")] = "",
    crosswalk: Annotated[Path | None, typer.Option(help="Write old code → base code as CSV too.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write all figures as JSON.")] = None,
    page: Annotated[Path | None, typer.Option("--map", help="Write the conflict map as one offline HTML file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Merge existing nets of grids into one: base net, conflicts, crosswalk (多网合一).

    Example: geo nets 综治=zz.gpkg 城管=cg.gpkg:grids 民政=mz.shp --code code --people place.gpkg:buildings
    --boundary place.gpkg:areas --boundary-where level=community --within code --out nets.gpkg --map nets.html
    """
    from geo.service.nets import NetsRequest, merge_nets_file
    from geo.wiring import build_files, build_pages

    sources = read_sources(nets, code=code, carry=carry, crs=crs, trust=trust)
    method, plan = _method(base, lead)
    paths = [one.path for one in sources] + [path for path in (people, boundary, plan) if path is not None]
    check_outputs(out, report, crosswalk, page, sources=paths)
    check_geopackage(out)
    request = NetsRequest(
        nets=sources,
        people=people,
        weight=weight,
        missing_weight=missing_weight,
        boundary=boundary,
        where=boundary_where,
        within=within,
        tolerance_m=tolerance,
        least_m2=least,
        method=method,
        lead=tuple(lead),
        plan=plan,
        codes_from=codes_from,
        crs=reference(_for_all(crs, [one.name for one in sources])),
        name=name,
    )
    progress = Progress("geo nets")
    figures = merge_nets_file(
        build_files(),
        request,
        out=out,
        report=report,
        crosswalk=crosswalk,
        page=None if page is None else (page, build_pages(), language()),
        progress=progress,
    )
    progress.done()
    if as_json:
        print_json(figures)
        return
    _tell(figures)
    tell("written", path=out)


def _tell(figures: object) -> None:
    """What a person should know, the whole first, then each net with something to settle."""
    assert isinstance(figures, dict)
    tell("nets_done", **figures)
    tell("nets_agreement", **figures)
    if figures["slivers"] or figures["slivers_outside"]:
        tell("nets_slivers", **figures)
    for row in figures["nets"]:
        tell("nets_line", **row)
        if row["outside_m2"] and row["outside_m2"] == row["area_m2"]:
            warn("nets_wholly_outside", layer=row["layer"])
    for repair in figures["repairs"][:10]:
        tell("nets_repaired", **repair)
    for several in figures["in_several_rows"]:
        codes = several["codes"]
        tell("nets_in_several_rows", layer=several["layer"], count=len(codes), codes=", ".join(codes[:10]))
    if figures["weight_outside"]:
        warn("nets_people_outside", weight=figures["weight_outside"])
    if figures["grids_of_no_net"]:
        codes = figures["grids_of_no_net"]
        warn("nets_of_no_net", count=len(codes), codes=", ".join(codes[:10]))


def read_sources(
    nets: Sequence[str], *, code: Sequence[str], carry: Sequence[str], crs: Sequence[str], trust: Sequence[str]
) -> tuple[NetSource, ...]:
    """The nets of the command line, with the options that name one of them.

    Raises
    ------
    InvalidInput
        A name is missing or stands twice, or an option names a net that is not there.
    """
    from geo.service.nets import NetSource

    pairs = [_split(text) for text in nets]
    names = [name for name, _ in pairs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidInput("nets_name_twice", layer=twice[0])
    for text in (*trust, *carry):
        own, equals, _ = text.partition("=")
        if not equals:
            raise InvalidInput("nets_option_form", got=text)
        if own not in names:
            raise InvalidInput("nets_layer_unknown", layer=own, layers=", ".join(names))
    return tuple(
        NetSource(
            name=name,
            path=path,
            code=_own(code, name) or _for_all(code, names) or "code",
            carry=tuple(text.partition("=")[2] for text in carry if text.partition("=")[0] == name),
            crs=reference(_own(crs, name)),
            trust=_number(_own(trust, name)),
        )
        for name, path in pairs
    )


def _split(text: str) -> tuple[str, str]:
    """NAME=FILE; without a name the file's stem, or the layer's name, serves."""
    name, equals, path = text.partition("=")
    if equals and not Path(text).exists():
        if not name.strip() or not path:
            raise InvalidInput("nets_argument_form", got=text)
        return name.strip(), path
    stem, colon, layer = text.rpartition(":")
    return (layer, text) if colon and Path(stem).exists() else (Path(text).stem, text)


def _own(values: Sequence[str], name: str) -> str | None:
    """The value of NAME=VALUE for one net, the last if there are several."""
    return next((v[len(name) + 1 :] for v in reversed(values) if v.startswith(f"{name}=")), None)


def _for_all(values: Sequence[str], names: Sequence[str]) -> str | None:
    """The value that names no net; a value may hold an equals sign itself."""
    return next((v for v in reversed(values) if v.partition("=")[0] not in names), None)


def _number(text: str | None) -> float:
    try:
        return 1.0 if text is None else float(text)
    except ValueError:
        raise InvalidInput("nets_option_form", got=text) from None


def _method(base: str, lead: Sequence[str]) -> tuple[Method, str | None]:
    if base == "lead" or (base == "agree" and lead):
        return "lead", None
    if base == "agree":
        return "agree", None
    if base.lower().endswith(".gpkg"):
        return "agree", base
    raise InvalidInput("nets_base_unknown", got=base)
