"""geo units: from buildings and barriers to the units that grids are made of."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from geo.cli.console import Progress, language, tell
from geo.cli.outputs import check_outputs
from geo.cli.reference import reference
from geo.errors import InvalidInput

# Farther apart two barriers are not ends of one.
_EXTEND_MOST_M = 50.0


class Duplicates(StrEnum):
    """How records of nearly the same footprint count."""

    most = "max"
    all = "sum"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("units")(make_units)


def make_units(
    boundary: Annotated[str, typer.Option(help="Polygons of the area, or `hull` for the hull of the barriers.")],
    buildings: Annotated[str, typer.Option(help="Building footprints with people.")],
    out: Annotated[Path, typer.Option("--out", help="Where to write.")],
    barriers: Annotated[list[str], typer.Option(help="Roads, rivers, rails, walls; may be given several times.")] = [],  # noqa: B006
    water: Annotated[list[str], typer.Option(help="Water polygons, which become units of their own.")] = [],  # noqa: B006
    gates: Annotated[list[str], typer.Option(help="Points where one gets through a wall, rail or river.")] = [],  # noqa: B006
    bridges: Annotated[
        list[str], typer.Option(help="Lines that lead across: bridges, underpasses, level crossings.")
    ] = [],  # noqa: B006
    compounds: Annotated[str | None, typer.Option(help="Polygons (小区) whose units stay together.")] = None,
    weight: Annotated[str | None, typer.Option(help="Field with the people of a building.  [households]")] = None,
    household_size: Annotated[str | None, typer.Option(help="People = weight × this number or field.")] = None,
    floor_area: Annotated[bool, typer.Option("--floor-area", help="Reckon people from footprint × floors.")] = False,
    floors: Annotated[
        str | None, typer.Option(help="Field with the floors; else usual names, then height / 3.")
    ] = None,
    height: Annotated[str | None, typer.Option(help="Field with the height in metres.")] = None,
    homes: Annotated[str | None, typer.Option(help="Only these house people, e.g. kind=residential,tower.")] = None,
    total: Annotated[int | None, typer.Option(min=0, help="Known total; weights are scaled to it exactly.")] = None,
    total_field: Annotated[str | None, typer.Option(help="Field of the boundary with each area's known total.")] = None,
    duplicates: Annotated[
        Duplicates, typer.Option(help="Records of one footprint: count the largest, or add up.")
    ] = Duplicates.most,
    boundary_where: Annotated[str | None, typer.Option(help="Take only these areas, e.g. level=community.")] = None,
    parent: Annotated[str | None, typer.Option(help="Field of the boundary that each unit gets as `parent`.")] = None,
    building_id: Annotated[str | None, typer.Option("--id", help="Field with the buildings' ids.")] = None,
    compound_id: Annotated[str | None, typer.Option(help="Field with the compounds' ids.")] = None,
    class_field: Annotated[str | None, typer.Option(help="Field with the class of a barrier.  [as OSM has it]")] = None,
    hard: Annotated[
        list[str], typer.Option(help="Kind or class that no grid crosses (river, rail, wall, primary …); repeatable.")
    ] = [],  # noqa: B006
    extend: Annotated[float, typer.Option(help="Draw loose ends of barriers on by up to so many metres.")] = 0.0,
    crs: Annotated[
        str | None, typer.Option(callback=reference, help="Reference system of files that name none.")
    ] = None,
    missing_weight: Annotated[float | None, typer.Option(help="Weight of buildings whose field is empty.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write what was done to every building as JSON.")] = None,
) -> None:
    """Make seamless units from a boundary, buildings and barriers (从建筑与屏障生成无缝单元).

    Tunnels and bridges are told by the fields tunnel, bridge and layer, and divide nothing. A GeoPackage gets the
    layers units, adjacency (what lies between) and crossings (gates and bridges).

    Example: geo units --boundary place.gpkg:areas --boundary-where level=community --parent code
    --buildings place.gpkg:buildings --barriers place.gpkg:roads --weight households --out units.gpkg
    """
    from geo.service.units import HULL, UnitsRequest, make_units_file
    from geo.wiring import build_files

    if floor_area and (weight or household_size):
        raise InvalidInput("units_weight_and_floor_area")
    _check_total(total, total_field, needed=floor_area, hull=boundary == HULL)
    if not 0 <= extend <= _EXTEND_MOST_M:
        raise InvalidInput("units_extend_bad", value=extend)
    sources = (boundary, buildings, *barriers, *water, *gates, *bridges, *([compounds] if compounds else []))
    check_outputs(out, report, sources=sources)
    progress = Progress("geo units")
    request = UnitsRequest(
        boundary=boundary,
        buildings=buildings,
        barriers=tuple(barriers),
        water=tuple(water),
        gates=tuple(gates),
        bridges=tuple(bridges),
        compounds=compounds,
        weight=None if floor_area else weight or "households",
        household_size=household_size,
        floors=floors,
        height=height,
        homes=homes,
        total=total,
        total_field=total_field,
        duplicates=duplicates.value,
        boundary_where=boundary_where,
        parent=parent,
        building_id=building_id,
        compound_id=compound_id,
        class_field=class_field,
        hard=tuple(hard),
        extend_m=extend,
        crs=crs,
        missing_weight=missing_weight,
    )
    made = make_units_file(build_files(), request, out=out, report=report, progress=progress)
    progress.done()
    for line in made.sentences(language()):
        print(line)
    tell("written", path=out)


def _check_total(total: int | None, field: str | None, *, needed: bool, hull: bool) -> None:
    """A known total is a number or a field of the boundary, which a hull does not have."""
    if total is not None and field:
        raise InvalidInput("units_totals_twice")
    if field and hull:
        raise InvalidInput("units_total_needs_boundary")
    if needed and total is None and not field:
        raise InvalidInput("units_floor_area_without_total")
