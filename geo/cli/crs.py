"""geo crs: define a local reference system from control points, and look at what a name means."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from geo.cli.console import print_json, tell, warn
from geo.cli.outputs import check_outputs
from geo.cli.reference import reference


def register(crs_app: typer.Typer) -> None:
    """Add the commands."""
    crs_app.command("fit")(fit)
    crs_app.command("show")(show)


def fit(
    control: Annotated[Path, typer.Argument(help="Table with x, y (base), local_x, local_y in metres; id if any.")],
    base: Annotated[str, typer.Option(help="Projected system of x and y, such as EPSG:4547.")],
    out: Annotated[Path, typer.Option(help="The TOML file to write.")],
    kind: Annotated[
        Literal["affine", "similarity"], typer.Option(help="Six parameters, or four: shift, turn, scale.")
    ] = "similarity",
    name: Annotated[str | None, typer.Option(help="Name of the local system; the file's stem by default.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Fit a local system (地方坐标系) to control points: residuals in metres, and a warning about a blunder.

    Example: geo crs fit control.csv --base EPSG:4547 --kind affine --out local.toml
    """
    from geo.service.control import fit_system
    from geo.wiring import build_files

    check_outputs(out, sources=(control,))
    files = build_files()
    found = fit_system(files, control, name=name or out.stem, base=base, kind=kind)
    files.write_text(out, found.toml)
    residual = found.fit.residual_m
    if as_json:
        rows = [
            {"id": point, "dx_m": dx, "dy_m": dy, "blunder": bad}
            for point, (dx, dy), bad in zip(found.points, residual.tolist(), found.fit.blunder.tolist(), strict=True)
        ]
        print_json({"name": name or out.stem, "kind": kind, "rms_m": found.fit.rms_m, "points": rows})
    else:
        for point, (dx, dy) in zip(found.points, residual.tolist(), strict=True):
            print(f"  {point:<16}{dx:>12.4f}{dy:>12.4f}")
        tell("crs_fitted", path=out, count=len(found.points), rms=f"{found.fit.rms_m:.4f}")
    for point, bad in zip(found.points, found.fit.blunder.tolist(), strict=True):
        if bad:
            warn("crs_blunder", point=point)


def show(
    name: Annotated[str, typer.Argument(help="A name, EPSG:n, WKT, or a TOML file as --crs takes it.")],
    lon: Annotated[float | None, typer.Option(help="Also turn this longitude and latitude (WGS84) into it.")] = None,
    lat: Annotated[float | None, typer.Option(help="See --lon.")] = None,
) -> None:
    """Say what a reference system is called inside, and where a point of WGS84 lies in it (坐标系说明).

    Example: geo crs show GCJ-02 --lon 114.1 --lat 34.4
    """
    from geo import crs as crs_

    system = crs_.canonical(reference(name) or "")
    print(system)
    if lon is not None and lat is not None:
        x, y = crs_.from_wgs84(lon, lat, crs=system)
        print(f"{float(x):.9f} {float(y):.9f}" if crs_.is_geographic(system) else f"{float(x):.4f} {float(y):.4f}")
