"""Puts the commands together; a command's module is imported with the app, heavy rooms only when it runs."""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import Annotated, Any

import typer

from geo import __version__
from geo.cli import (
    address,
    categories,
    codes,
    crs,
    demo,
    gazetteer,
    geocode,
    hotspots,
    issues,
    locate,
    maps,
    micro,
    nets,
    partition,
    plans,
    queue,
    reporters,
    rules,
    server,
    special,
    units,
)
from geo.cli.errors import INTERRUPTED, show, show_interrupted

app = typer.Typer(
    name="geo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Wangge 网格: partition a district into grids, publish the plan, locate, route and map issues.\n\n"
    "划分网格、发布方案、定位诉求、派往部门、在地图上看到它。Start with: geo demo",
)
issues_app = typer.Typer(no_args_is_help=True, help="Issues (诉求): import files of reports.")
queue_app = typer.Typer(no_args_is_help=True, help="Queues for a person (待处理队列): list, decide, log.")
reporters_app = typer.Typer(no_args_is_help=True, help="Who reported (反映人): read with a purpose, forget in time.")
corrections_app = typer.Typer(no_args_is_help=True, help="What persons corrected (人工更正), and rules proposed.")
db_app = typer.Typer(no_args_is_help=True, help="The database: bring it to this program's version.")
address_app = typer.Typer(no_args_is_help=True, help="Addresses (地址): measure the matcher, fit its weights.")
rules_app = typer.Typer(no_args_is_help=True, help="Rules (派单规则): import, check, explain, replay, modes.")
hotspots_app = typer.Typer(no_args_is_help=True, help="Hotspots (热点): run the scans, list and show what they found.")
categories_app = typer.Typer(no_args_is_help=True, help="Categories (事项分类): directories, crosswalks, suggestions.")
gazetteer_app = typer.Typer(no_args_is_help=True, help="The gazetteer (地名库): import, check and list place names.")
map_app = typer.Typer(no_args_is_help=True, help="Maps (地图): pages as one file, printed sheets of grids.")
crs_app = typer.Typer(no_args_is_help=True, help="Reference systems (坐标系): define a local one, show one.")
app.add_typer(issues_app, name="issues")
app.add_typer(address_app, name="address")
app.add_typer(gazetteer_app, name="gazetteer")
app.add_typer(crs_app, name="crs")
app.add_typer(categories_app, name="categories")
app.add_typer(rules_app, name="rules")
app.add_typer(hotspots_app, name="hotspots")
app.add_typer(map_app, name="map")
app.add_typer(db_app, name="db")
app.add_typer(queue_app, name="queue")
app.add_typer(reporters_app, name="reporters")
app.add_typer(corrections_app, name="corrections")

demo.register(app)
units.register(app)
partition.register(app)
nets.register(app)
codes.register(app)
special.register(app)
micro.register(app)
plans.register(app)
locate.register(app)
geocode.register(app)
gazetteer.register(gazetteer_app)
issues.register(app, issues_app)
maps.register(map_app)
server.register(app, db_app)
crs.register(crs_app)
queue.register(queue_app)
reporters.register(reporters_app, corrections_app)
categories.register(categories_app)
rules.register(rules_app)
hotspots.register(hotspots_app)
address.register(address_app)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"geo {__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Options before the command."""
    # `main` reads --debug itself: it must know it for errors in reading the command line too.


@cache
def _commands() -> Any:
    """The tree of commands, built once a process."""
    return typer.main.get_command(app)


def main() -> None:
    """Entry point of the `geo` command."""
    try:
        _commands()()
    except KeyboardInterrupt:
        show_interrupted()
        raise SystemExit(INTERRUPTED) from None
    except SystemExit as end:
        # Typer makes a silent exit of Ctrl-C; a command that has told its own sentence leaves no cause behind.
        if isinstance(getattr(end.__context__, "__cause__", None), KeyboardInterrupt):
            show_interrupted()
        raise
    except BrokenPipeError:
        # The reader of our output (head, less) has gone: not an error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except Exception as error:  # the door: every error ends here as a sentence and a code
        if "--debug" in sys.argv:
            raise
        raise SystemExit(show(error)) from None
