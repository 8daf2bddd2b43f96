"""geo units · partition · check · compare: from buildings to a plan file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geo.cli.console import Progress, language, print_json, tell, warn
from geo.cli.errors import VIOLATIONS
from geo.cli.outputs import check_outputs
from geo.errors import InvalidInput

File = Annotated[str, typer.Argument(metavar="FILE", help="A file; FILE:LAYER names a layer.")]
Out = Annotated[Path, typer.Option("--out", help="Where to write.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("units")(make_units)
    app.command("partition")(make_plan)
    app.command("check")(check)
    app.command("compare")(compare)


def make_units(
    boundary: Annotated[str, typer.Option(help="Polygons of the area, or `hull` for the hull of the barriers.")],
    buildings: Annotated[str, typer.Option(help="Building footprints with people.")],
    out: Out,
    barriers: Annotated[list[str], typer.Option(help="Roads, rivers, rails, walls; may be given several times.")] = [],  # noqa: B006
    water: Annotated[list[str], typer.Option(help="Water polygons, which become units of their own.")] = [],  # noqa: B006
    weight: Annotated[str, typer.Option(help="Field with the people of a building.")] = "households",
    boundary_where: Annotated[str | None, typer.Option(help="Take only these areas, e.g. level=community.")] = None,
    parent: Annotated[str | None, typer.Option(help="Field of the boundary that each unit gets as `parent`.")] = None,
    building_id: Annotated[str | None, typer.Option("--id", help="Field with the buildings' ids.")] = None,
    crs: Annotated[str | None, typer.Option(help="Reference system of files that name none.")] = None,
    missing_weight: Annotated[float | None, typer.Option(help="Weight of buildings whose field is empty.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write what was done to every building as JSON.")] = None,
) -> None:
    """Make seamless units from a boundary, buildings and barriers (从建筑与屏障生成无缝单元).

    Example: geo units --boundary place.gpkg:areas --boundary-where level=community --parent code
    --buildings place.gpkg:buildings --barriers place.gpkg:roads --weight households --out units.gpkg
    """
    from geo.service.units import UnitsRequest, make_units_file
    from geo.wiring import build_files

    check_outputs(out, report, sources=(boundary, buildings, *barriers, *water))
    progress = Progress("geo units")
    request = UnitsRequest(
        boundary=boundary,
        buildings=buildings,
        barriers=tuple(barriers),
        water=tuple(water),
        weight=weight,
        boundary_where=boundary_where,
        parent=parent,
        building_id=building_id,
        crs=crs,
        missing_weight=missing_weight,
    )
    figures = make_units_file(build_files(), request, out=out, report=report, progress=progress)
    progress.done()
    for line in figures.sentences(language()):
        print(line)
    tell("written", path=out)


def make_plan(
    units: File,
    weight: Annotated[str, typer.Option(help="Field with the people of a unit.")],
    out: Out,
    grids: Annotated[int | None, typer.Option(min=1, help="How many grids.")] = None,
    target: Annotated[float | None, typer.Option(help="About this much weight a grid.")] = None,
    least: Annotated[float | None, typer.Option("--min", help="Least weight of a grid.")] = None,
    most: Annotated[float | None, typer.Option("--max", help="Greatest weight of a grid.")] = None,
    tolerance: Annotated[float, typer.Option(min=0, max=10, help="Largest deviation from the mean, a share.")] = 0.05,
    within: Annotated[str | None, typer.Option(help="Field with the area that a grid may not leave.")] = None,
    keep: Annotated[str | None, typer.Option(help="Field with the group (小区) that is kept together.")] = None,
    barriers: Annotated[list[str], typer.Option(help="Lines that grids should follow; may be repeated.")] = [],  # noqa: B006
    current: Annotated[str | None, typer.Option(help="Field with the present grid of a unit: redraw from it.")] = None,
    max_moved: Annotated[float | None, typer.Option(help="Move at most this share of the weight.")] = None,
    locked: Annotated[str | None, typer.Option(help="Field that is true where a unit keeps its present grid.")] = None,
    codes_from: Annotated[str | None, typer.Option(help="Plan file whose codes go on where grids overlap.")] = None,
    unit_id: Annotated[str | None, typer.Option("--id", help="Field with the units' ids.")] = None,
    crs: Annotated[str | None, typer.Option(help="Reference system of a file that names none.")] = None,
    missing_weight: Annotated[float | None, typer.Option(help="Weight of units whose field is empty.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same plan.")] = 0,
    seconds: Annotated[float | None, typer.Option(help="Stop after so long with the best plan so far.")] = None,
    name: Annotated[str, typer.Option(help="Name of the plan.")] = "",
    report: Annotated[Path | None, typer.Option(help="Write the figures as JSON.")] = None,
    as_json: AsJson = False,
) -> None:
    """Partition units into balanced, contiguous grids (把单元划分为均衡、连片的网格).

    Example: geo partition units.gpkg --weight households --min 300 --max 500 --within parent --out plan.gpkg
    """
    from geo.service.partition import PartitionRequest, partition_file
    from geo.wiring import build_files

    check_outputs(out, report, sources=(units, *barriers, *([codes_from] if codes_from else [])))
    if out.suffix.lower() != ".gpkg":
        raise InvalidInput("plan_needs_geopackage", path=out, better=out.with_suffix(".gpkg"))
    progress = Progress("geo partition")
    request = PartitionRequest(
        weight=weight,
        grids=grids,
        target=target,
        least=least,
        most=most,
        tolerance=tolerance,
        within=within,
        keep=keep,
        current=current,
        max_moved=max_moved,
        locked=locked,
        barriers=tuple(barriers),
        codes_from=codes_from,
        id_field=unit_id,
        crs=crs,
        missing_weight=missing_weight,
        name=name,
        seed=seed,
        seconds=seconds,
    )
    figures = partition_file(build_files(), units, request, out=out, report=report, progress=progress)
    progress.done()
    if as_json:
        print_json(figures)
        return
    tell("partition_done", **figures)
    if figures["outside_band"] and tolerance:
        warn("partition_outside_band", count=figures["outside_band"], low=figures["band"][0], high=figures["band"][1])
    if figures["oversize_units"]:
        tell("partition_oversize", units=", ".join(str(u) for u in figures["oversize_units"][:10]))
    tell("written", path=out)


def check(
    plan: File,
    tolerance: Annotated[float | None, typer.Option(help="Check against this tolerance, not the plan's own.")] = None,
    boundary: Annotated[str | None, typer.Option(help="Polygons that the plan must cover exactly.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check a plan: exact cover, contiguity, nesting, bounds; exit 1 names every fault (检查方案).

    Example: geo check plan.gpkg
    """
    from geo.service.checks import check_file
    from geo.service.plans import describe
    from geo.wiring import build_files

    faults = check_file(build_files(), plan, tolerance=tolerance, boundary=boundary)
    if as_json:
        print_json(
            [
                {"kind": f.kind, "grids": f.grids, "units": f.units, "at": f.at, "message": describe(f, language())}
                for f in faults
            ]
        )
    elif faults:
        for fault in faults:
            print(describe(fault, language()))
        tell("check_faults", count=len(faults), path=plan)
    else:
        tell("check_sound", path=plan)
    if faults:
        raise typer.Exit(VIOLATIONS)


def compare(before: File, after: File, as_json: AsJson = False) -> None:
    """Compare two plans: units and weight moved, figures side by side (比较两个方案).

    Example: geo compare current_plan.gpkg plan.gpkg
    """
    from geo.service.checks import compare_files
    from geo.wiring import build_files

    figures = compare_files(build_files(), before, after)
    if as_json:
        print_json(figures)
        return
    tell("compare_done", **figures)
