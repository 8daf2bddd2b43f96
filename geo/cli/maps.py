"""geo map: a page as one file, and printed sheets of grids."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from geo.cli.console import Progress, settings, tell, warn
from geo.cli.outputs import check_outputs, make_folder

_PAGES: Final = {
    "plan": "Write the plan in force, or another, as one file that opens from disk without network (方案图).",
    "coverage": "Write who is served by whom, and what no grid covers, as one offline file (覆盖图).",
    "hotspots": "Write where issues are more than expected, as one offline file (热点图).",
    "issues": "Write the issues on the plan in force, as one offline file (诉求图).",
}


def register(map_app: typer.Typer) -> None:
    """Add the commands."""
    for page, what in _PAGES.items():
        map_app.command(page, help=f"{what}\n\nExample: geo map {page} --out {page}.html")(_command(page))
    map_app.command("sheet")(make_sheets)


def _command(page: str) -> Callable[..., None]:
    def make_map(
        out: Annotated[Path, typer.Option(help="The HTML file to write.")],
        plan: Annotated[int | None, typer.Option(min=1, help="A plan's id; the one in force by default.")] = None,
        lang: Annotated[Literal["zh", "en"] | None, typer.Option(help="Language of the page.")] = None,
    ) -> None:
        from geo.service.pages import render_page
        from geo.wiring import build_files, build_service

        check_outputs(out)
        service = build_service(settings())
        html = render_page(service, page, lang=lang or settings().lang, standalone=True, plan_id=plan)
        build_files().write_text(out, html)
        tell("written", path=out)

    return make_map


def make_sheets(
    out: Annotated[Path, typer.Option(help="Folder for the sheets; made if it is not there.")],
    plan: Annotated[int | None, typer.Option(min=1, help="A plan's id; the one in force by default.")] = None,
    grid: Annotated[list[str] | None, typer.Option(help="Code of a grid; may be given again. All if not said.")] = None,
    area: Annotated[str | None, typer.Option(help="Only grids of this area: code or name.")] = None,
    formats: Annotated[
        Literal["pdf", "png", "both"], typer.Option("--format", help="What to write of each grid.")
    ] = "both",
    book: Annotated[bool, typer.Option(help="Also all sheets as one PDF, with bookmarks by community.")] = True,
    dpi: Annotated[int, typer.Option(min=72, max=600, help="Of the pictures.")] = 150,
    lang: Annotated[Literal["zh", "en"] | None, typer.Option(help="Language of the sheets.")] = None,
    lookup_url: Annotated[
        str | None, typer.Option(help="Where QR codes lead; {code} is filled in. GEO_PUBLIC_URL by default.")
    ] = None,
) -> None:
    """Write an A3 sheet of every grid of a plan, to be printed and hung up (网格图，A3).

    Example: geo map sheet --out sheets --area 990101001001
    """
    from geo.service.sheets import write_sheets
    from geo.wiring import build_press, build_service

    lookup = settings().public_url if lookup_url is None else lookup_url
    service = build_service(settings())
    make_folder(out)
    progress = Progress("geo map sheet")
    written = write_sheets(
        service, build_press(settings()), out, plan_id=plan, grids=grid or (), area=area, formats=formats, book=book,
        dpi=dpi, lang=lang or settings().lang, lookup=lookup, progress=progress,
    )  # fmt: skip
    progress.done()
    if not written.lookup:
        warn("sheets_without_lookup")
    if written.missing:
        shown = " ".join(f"{char} U+{ord(char):04X}" for char in written.missing[:20])
        warn("sheets_characters_missing", count=len(written.missing), shown=shown)
    tell("sheets_written", sheets=written.sheets, plan=written.plan.id, files=len(written.files), folder=out,
         megabytes=written.bytes / 1e6)  # fmt: skip
