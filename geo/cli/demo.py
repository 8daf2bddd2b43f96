"""geo demo · sample: the whole loop on an invented district, and the district itself at any size."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from geo.cli.console import settings, tell
from geo.cli.outputs import make_folder


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("demo")(demo)
    app.command("sample")(sample)


def demo(
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    folder: Annotated[Path, typer.Option("--dir", help="Where the demo keeps its files.")] = Path("var/demo"),
    serve: Annotated[bool, typer.Option(help="Serve the maps when done.")] = True,
) -> None:
    """Run the main job on an invented district and serve it (在虚构的晨光区上演示全过程).

    Example: geo demo --port 8123
    """
    from geo.cli.server import run_server
    from geo.service.demo import DemoFiles, run_demo
    from geo.wiring import build_service, shipped_place

    make_folder(folder)
    database_url = f"sqlite:///{(folder / 'geo.db').resolve()}"
    service = build_service(settings().model_copy(update={"database_url": database_url}), create=True)

    def told(key: str, values: dict[str, Any]) -> None:
        tell(key, **values)

    run_demo(service, DemoFiles(place=shipped_place(), folder=folder), actor=settings().actor, tell=told)
    if serve:
        run_server(host="127.0.0.1", port=port, workers=1, database_url=database_url)


def sample(
    out: Annotated[Path, typer.Option(help="The folder to make.")],
    buildings: Annotated[int | None, typer.Option(min=1, help="How many buildings, 1,000 to 1,000,000.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="The same seed makes the same district.")] = None,
) -> None:
    """Make an invented district of any size: a place folder (生成任意大小的虚构城区).

    Example: geo sample --buildings 20000 --out big
    """
    from geo.sample import SampleSpec
    from geo.service.sample import write_sample
    from geo.wiring import build_files

    default = SampleSpec()
    spec = replace(
        default,
        buildings=default.buildings if buildings is None else buildings,
        seed=default.seed if seed is None else seed,
    )
    make_folder(out)
    write_sample(build_files(), spec, out)
    tell("written", path=out)
