"""geo hotspots theme: the month's theme (每月一题)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geo.cli.console import language, parse_date, print_json, settings, tell
from geo.model.themes import Theme, ThemeLevel, ThemeOrder

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
First = Annotated[str | None, typer.Option(help="First day; of the last whole month if not said.")]
Last = Annotated[str | None, typer.Option(help="Last day.")]
ThemeNumber = Annotated[int, typer.Argument(min=1, help="Its number.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for name, command in (("rank", rank), ("freeze", freeze), ("list", list_), ("show", show), ("report", report)):
        app.command(name)(command)


def rank(
    first: First = None,
    last: Last = None,
    level: Annotated[ThemeLevel, typer.Option(help="By grid, or by area (community).")] = "grid",
    order: Annotated[ThemeOrder, typer.Option(help="What comes first.")] = "score",
    categories: Annotated[str, typer.Option(help="Prefixes of category codes, with commas.")] = "",
    department: Annotated[str | None, typer.Option(help="Only issues of this department.")] = None,
    least: Annotated[int, typer.Option(min=1, help="Incidents at least.")] = 5,
    limit: Annotated[int, typer.Option(min=1, help="Rows at most.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Rank topic × grid by volume, trend, repeats and hand-overs between departments (选题).

    Example: geo hotspots theme rank --first 2026-06-01 --last 2026-06-30 --level area
    """
    from geo.messages import say
    from geo.service.theme_rank import rank_themes
    from geo.wiring import build_service

    found = rank_themes(
        build_service(settings()), first=parse_date(first), last=parse_date(last), level=level, order=order,
        categories=tuple(part.strip() for part in categories.split(",") if part.strip()), department=department,
        least=least, limit=limit,
    )  # fmt: skip
    if as_json:
        print_json({**vars(found), "rows": [vars(row) for row in found.rows]})
        return
    for row in found.rows:
        print(
            say(
                "theme_rank_line", language(), place=f"{row.code} {row.name}".strip(),
                topic=f"{row.category} {row.category_name}".strip(), incidents=row.incidents, before=row.before,
                trend=f"{row.trend:.2f}", repeats=row.repeats, handovers=row.handovers, score=f"{row.score:.2f}",
            )
        )  # fmt: skip
    if not found.rows:
        tell("theme_none")


def freeze(
    category: Annotated[str, typer.Argument(help="A whole category code.")],
    places: Annotated[list[str], typer.Argument(help="Codes of grids or areas.")],
    name: Annotated[str, typer.Option(help="What the theme is called.")],
    first: First = None,
    last: Last = None,
    scheme: Annotated[str, typer.Option(help="Directory, where the code is of several.")] = "",
    kind: Annotated[str, typer.Option(help="hotline, event or part, where the code is of several.")] = "",
    note: Annotated[str, typer.Option(help="Why, and what is to be done.")] = "",
    actor: Annotated[str | None, typer.Option(help="Who acts, for the journal; the login name by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Freeze a theme with its incidents of some days; the set never changes (固化专题).

    Example: geo hotspots theme freeze 0505 990101001001 --name 汛期返水 --first 2026-07-01 --last 2026-07-31
    """
    from geo.service.themes import freeze_theme
    from geo.wiring import build_service

    found = freeze_theme(
        build_service(settings()), name=name, category=category, scheme=scheme, kind=kind, places=places,
        first=parse_date(first), last=parse_date(last), note=note, actor=actor or settings().actor,
    )  # fmt: skip
    if as_json:
        print_json(vars(found))
        return
    tell(
        "theme_frozen_done", id=found.id, incidents=found.counted["incidents"], grids=len(found.grids),
        first=found.first, last=found.last,
    )  # fmt: skip


def list_(as_json: AsJson = False) -> None:
    """List the themes, the newest first (专题列表).

    Example: geo hotspots theme list
    """
    from geo.wiring import build_service

    found = build_service(settings()).store.list_themes()
    if as_json:
        print_json([vars(theme) for theme in found])
        return
    for theme in found:
        print(_line(theme))
    if not found:
        tell("theme_none")


def show(theme: ThemeNumber, as_json: AsJson = False) -> None:
    """Show a theme and its frozen set.

    Example: geo hotspots theme show 1
    """
    from geo.wiring import build_service

    found = build_service(settings()).store.get_theme(theme)
    if as_json:
        print_json(vars(found))
        return
    print(_line(found))
    print(" ".join(f"{code}:{count}" for code, count in found.by_grid.items()))
    print(" ".join(str(number) for number in found.issues))


def report(
    theme: ThemeNumber,
    since: Annotated[str | None, typer.Option(help="First day after; the day after the freeze if not said.")] = None,
    until: Annotated[str | None, typer.Option(help="Last day after; yesterday if not said.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the page (HTML, A4) here.")] = None,
    public: Annotated[bool, typer.Option("--public", help="Without figures below five.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tell a theme before and after, with intervals, beside the other grids (治理前后).

    Example: geo hotspots theme report 1 --out theme.html
    """
    from geo.service.theme_words import told_theme
    from geo.service.themes import report_theme, write_theme
    from geo.wiring import build_service

    service = build_service(settings())
    found = report_theme(service, theme, since=parse_date(since), until=parse_date(until), public=public)
    if out is not None:
        write_theme(service, found, out, lang=language(), public=public)
    if as_json:
        print_json({**vars(found), "theme": vars(found.theme)})
        return
    for text in told_theme(found, language()):
        print(text)
    if out is not None:
        tell("theme_written", path=out)


def _line(theme: Theme) -> str:
    topic = f"{theme.category} {theme.category_name}".strip()
    return f"{theme.id}  {theme.name}  {topic}  {theme.first} … {theme.last}  {theme.counted['incidents']}"
