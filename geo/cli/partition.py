"""geo partition · check · compare: from units to a plan file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from geo.cli.console import Progress, language, print_json, tell, warn
from geo.cli.errors import VIOLATIONS
from geo.cli.figures import figures_table
from geo.cli.outputs import check_geopackage, check_outputs
from geo.cli.reference import reference
from geo.errors import InvalidInput

File = Annotated[str, typer.Argument(metavar="FILE", help="A file; FILE:LAYER names a layer.")]
Out = Annotated[Path, typer.Option("--out", help="Where to write.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("partition")(make_plan)
    app.command("check")(check)
    app.command("compare")(compare)


def make_plan(
    units: File,
    weight: Annotated[
        list[str],
        typer.Option(help="Field with the people of a unit. Give it again as FIELD:TOLERANCE to balance more fields."),
    ],
    out: Out,
    grids: Annotated[int | None, typer.Option(min=1, help="How many grids.")] = None,
    target: Annotated[float | None, typer.Option(help="About this much weight a grid.")] = None,
    least: Annotated[float | None, typer.Option("--min", help="Least weight of a grid.")] = None,
    most: Annotated[float | None, typer.Option("--max", help="Greatest weight of a grid.")] = None,
    tolerance: Annotated[float, typer.Option(min=0, max=10, help="Largest deviation from the mean, a share.")] = 0.05,
    within: Annotated[str | None, typer.Option(help="Field with the area that a grid may not leave.")] = None,
    keep: Annotated[str | None, typer.Option(help="Field with the group (小区) that is kept together.")] = None,
    barriers: Annotated[list[str], typer.Option(help="Lines that grids should follow; may be repeated.")] = [],  # noqa: B006
    hard_barriers: Annotated[
        list[str], typer.Option(help="Lines that no grid crosses (a gap in them is a gate); may be repeated.")
    ] = [],  # noqa: B006
    hard: Annotated[
        list[str],
        typer.Option(help="Kind or class between units that no grid crosses: water, wall, primary …; may be repeated."),
    ] = [],  # noqa: B006
    join: Annotated[
        float | None,
        typer.Option(
            min=0,
            metavar="METRES",
            help="Join parts of an area that lie at most so far from its nearest unit, also where people live: "
            "--join 35 (与最近单元相隔不超过这么多米的地块连起来，有人居住的也连).",
        ),
    ] = None,
    staff: Annotated[str | None, typer.Option(help="Points of the staff: one grid around each.")] = None,
    capacity: Annotated[str | None, typer.Option(help="Field of the staff file: how much each can bear.")] = None,
    current: Annotated[str | None, typer.Option(help="Field with the present grid of a unit: redraw from it.")] = None,
    max_moved: Annotated[float | None, typer.Option(help="Move at most this share of the weight.")] = None,
    curve: Annotated[
        int,
        typer.Option(min=0, max=20, help="Draw so many plans between today's and this one: moved against deviation."),
    ] = 0,
    locked: Annotated[str | None, typer.Option(help="Field that is true where a unit keeps its present grid.")] = None,
    codes_from: Annotated[str | None, typer.Option(help="Plan file whose codes go on where grids overlap.")] = None,
    unit_id: Annotated[str | None, typer.Option("--id", help="Field with the units' ids.")] = None,
    crs: Annotated[
        str | None, typer.Option(callback=reference, help="Reference system of a file that names none.")
    ] = None,
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

    read = (units, *barriers, *hard_barriers, *(path for path in (codes_from, staff) if path))
    check_outputs(out, report, sources=read)
    check_geopackage(out)
    workloads = _workloads(weight[1:], tolerance)
    progress = Progress("geo partition")
    request = PartitionRequest(
        weight=weight[0],
        workloads=workloads,
        grids=grids,
        target=target,
        least=least,
        most=most,
        tolerance=tolerance,
        within=within,
        keep=keep,
        current=current,
        max_moved=max_moved,
        curve=0 if curve == 0 else max(curve, 2),
        locked=locked,
        barriers=tuple(barriers),
        hard_barriers=tuple(hard_barriers),
        hard=tuple(hard),
        join=join,
        staff=staff,
        capacity=capacity,
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
    _tell_plan(figures, workloads, tolerance)
    tell("written", path=out)


def _tell_plan(figures: Mapping[str, Any], workloads: Sequence[tuple[str, float]], tolerance: float) -> None:
    """How good the plan is, what moved, and what a person should look at."""
    tell("partition_done", **figures)
    for (field, allowed), found in zip(workloads, figures["workload_deviation"], strict=True):
        tell("partition_workload", field=field, deviation=found, tolerance=allowed)
    if figures["interrupted"]:
        tell("partition_interrupted")
    if figures["moved_share"] is not None:
        least = figures["least_moved"]["anyhow"] or 0.0
        tell("partition_moved", moved=figures["moved_share"], least=least)
        if door := figures["least_moved"]["next_door"]:
            tell("partition_moved_door", least=door, ratio=figures["moved_share"] / door)
        for point in figures.get("curve", ()):
            tell("partition_curve_chosen" if point["chosen"] else "partition_curve_point", **point)
    if tolerance == 0 and figures["band"][0] == figures["band"][1]:
        tell("partition_least_proved" if figures["certificate"]["proved"] else "partition_least_open", **figures)
    if figures["outside_band"]:
        warn("partition_outside_band", count=figures["outside_band"], low=figures["band"][0], high=figures["band"][1])
        if sure := figures["certificate"]["outside"]:
            tell("partition_outside_sure", count=len(sure), units=", ".join(sure[:10]))
    _tell_joined(figures["joined"])
    if figures["oversize_units"]:
        tell("partition_oversize", units=", ".join(str(u) for u in figures["oversize_units"][:10]))


def _tell_joined(joined: Sequence[Mapping[str, Any]]) -> None:
    """Which parts were joined to what: those where nobody lives, and those that the planner wanted joined."""
    empty = [f"{pair['unit']} → {pair['to']}" for pair in joined if not pair["weight"]]
    if empty:
        tell("partition_joined", count=len(empty), units=_first(empty))
    near = [pair for pair in joined if pair["weight"]]
    if near:
        units = [f"{pair['unit']} → {pair['to']} ({pair['gap_m']:g} m, {pair['weight']:g})" for pair in near]
        weight = sum(pair["weight"] for pair in near)
        tell("partition_joined_near", count=len(near), weight=weight, units=_first(units))


def _first(texts: Sequence[str]) -> str:
    return ", ".join(texts[:10]) + (" …" if len(texts) > 10 else "")


def _workloads(texts: Sequence[str], tolerance: float) -> tuple[tuple[str, float], ...]:
    """The further weights; a tolerance above 1 is most likely a percentage."""
    found = tuple(_workload(text) for text in texts)
    for asked in (tolerance, *(allowed for _, allowed in found)):
        if asked > 1:
            warn("partition_tolerance_large", tolerance=asked, meant=asked / 100)
    return found


def _workload(text: str) -> tuple[str, float]:
    """A further weight: FIELD:TOLERANCE, a tenth where no tolerance is named."""
    field, colon, tolerance = text.rpartition(":")
    if not colon:
        return text, 0.1
    try:
        return field, float(tolerance)
    except ValueError:
        raise InvalidInput("workload_option_bad", got=text) from None


def check(
    plan: File,
    tolerance: Annotated[float | None, typer.Option(help="Check against this tolerance, not the plan's own.")] = None,
    boundary: Annotated[str | None, typer.Option(help="Polygons that the plan must cover exactly.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check a plan: exact cover, contiguity, nesting, bounds; exit 1 names every fault (检查方案).

    A file of polygons that is no plan is checked as a net: overlaps, gaps, borders that are not shared.

    Example: geo check plan.gpkg
    """
    from geo.service.checks import check_file
    from geo.service.plans import describe
    from geo.wiring import build_files

    faults, is_plan = check_file(build_files(), plan, tolerance=tolerance, boundary=boundary)
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
        tell("check_sound" if is_plan else "check_sound_net", path=plan)
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
    for line in figures_table(figures["metrics_before"], figures["metrics_after"]):
        print(line)
