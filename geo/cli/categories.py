"""geo categories: directories of categories, what corresponds, local extensions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo.cli import categories_suggest
from geo.cli.console import language, print_json, settings, tell
from geo.cli.errors import VIOLATIONS
from geo.errors import StoreError
from geo.messages import say

if TYPE_CHECKING:
    from geo.locate.categories.crosswalk import Link
    from geo.model import Category
    from geo.service.categories import Listed

Scheme = Annotated[str, typer.Option(help="Directory, such as gbt47678.5-2026, gbt30428.2-2013, hotline.")]
Kind = Annotated[str, typer.Option(help="part (部件), event (事项) or hotline (热线).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("list")(list_)
    app.command("show")(show)
    app.command("crosswalk")(crosswalk)
    app.command("check")(check)
    app.command("import")(import_)
    app.command("add")(add)
    categories_suggest.register(app)


def own_rows() -> tuple[Category, ...]:
    """The place's directory; none where there is no database: the shipped directories need none."""
    from geo.service.categories import own_categories
    from geo.wiring import build_service

    try:
        return own_categories(build_service(settings()))
    except StoreError:
        return ()


def list_(
    scheme: Scheme = "",
    kind: Kind = "",
    parent: Annotated[str | None, typer.Option(help="Code of a major class; empty for major classes alone.")] = None,
    q: Annotated[str, typer.Option("--find", help="A part of the name, or the beginning of the code.")] = "",
    as_json: AsJson = False,
) -> None:
    """List categories of this place's directory and of those that come with the program (分类目录).

    Example: geo categories list --scheme gbt47678.5-2026 --kind event --parent 06
    """
    from geo.locate.categories.codes import shape_of
    from geo.service.categories import list_categories

    own = own_rows()
    if scheme and all(row.scheme != scheme for row in own):
        shape_of(scheme)
    rows = list_categories(own, scheme=scheme, kind=kind, parent=parent, q=q)
    if as_json:
        print_json([vars(row) for row in rows])
        return
    for row in rows:
        _print_row(row)
    tell("category_disclaimer" if rows else "category_none_found")


def show(
    scheme: Annotated[str, typer.Argument(metavar="SCHEME")],
    kind: Annotated[str, typer.Argument(metavar="KIND")],
    code: Annotated[str, typer.Argument(metavar="CODE")],
    as_json: AsJson = False,
) -> None:
    """Show one category: where it comes from, how certain it is, and what corresponds to it (查看分类).

    Example: geo categories show gbt47678.5-2026 event 01002
    """
    from geo.service.categories import get_category

    row, links = get_category(own_rows(), (scheme, kind, code))
    if as_json:
        print_json({**vars(row), "crosswalk": [vars(link) for link in links]})
        return
    _print_row(row)
    if row.source:
        tell("category_source", source=row.source, certainty=row.certainty)
    _print_links(links)


def crosswalk(
    scheme: Annotated[str, typer.Argument(metavar="SCHEME", help="Directory to start from.")],
    target: Annotated[str, typer.Option("--to", help="Only what lies in this directory.")] = "",
    as_json: AsJson = False,
) -> None:
    """List what is known to correspond between directories, each row with its source and certainty (对照表).

    Example: geo categories crosswalk gbt30428.2-2013 --to gbt47678.5-2026
    """
    from geo.locate.categories.codes import shape_of
    from geo.locate.categories.crosswalk import links_of
    from geo.model.catalogues import read_catalogue

    shape_of(scheme)
    rows = [(row, links_of(row.key)) for row in read_catalogue(scheme)]
    kept = [(row, [k for k in links if not target or (k.other or ("",))[0] == target]) for row, links in rows]
    if as_json:
        print_json([{**vars(row), "crosswalk": [vars(link) for link in links]} for row, links in kept if links])
        return
    for row, links in kept:
        if links:
            print(f"{row.scheme} {row.kind} {row.code} {row.name}")
            _print_links(links)
    tell("category_disclaimer")


def check(
    path: Annotated[str, typer.Argument(metavar="FILE", help="CSV with scheme, kind, code, name, parent.")],
    as_json: AsJson = False,
) -> None:
    """Check a directory file: every fault by row, field and value; exit 1 if there is an error (检查分类目录).

    Example: geo categories check categories.csv
    """
    from geo.service.categories import check_file
    from geo.wiring import build_files

    count, faults = check_file(build_files(), path)
    lang = language()
    errors = sum(fault.level == "error" for fault in faults)
    if as_json:
        told = [
            {"row": f.row, "field": f.field, "value": f.value, "level": f.level, "code": f.key,
             "detail": say(f.key, lang, **f.context)}
            for f in faults
        ]  # fmt: skip
        print_json({"rows": count, "errors": errors, "faults": told})
    else:
        for fault in faults:
            print(("! " if fault.level == "error" else "· ") + say(fault.key, lang, **fault.context))
        tell("category_checked", path=path, rows=count, errors=errors, hints=len(faults) - errors)
    if errors:
        raise typer.Exit(VIOLATIONS)


def import_(
    path: Annotated[str, typer.Argument(metavar="FILE", help="CSV with scheme, kind, code, name, parent.")],
    actor: Annotated[str | None, typer.Option(help="Who acts, for the journal.")] = None,
) -> None:
    """Put a directory file in the stead of this place's directory; a file with errors changes nothing (导入分类目录).

    Example: geo categories import categories.csv
    """
    from geo.service.categories import import_file
    from geo.wiring import build_service

    count = import_file(build_service(settings()), path, actor=actor or settings().actor)
    tell("category_imported", path=path, count=count)


def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Such as 电梯异响（自定义）.")],
    under: Annotated[str, typer.Option(help="Code of the major class.")],
    kind: Kind,
    scheme: Scheme = "gbt47678.5-2026",
    file: Annotated[Path | None, typer.Option(help="Add to this directory file instead of the database.")] = None,
    actor: Annotated[str | None, typer.Option(help="Who acts, for the journal.")] = None,
    as_json: AsJson = False,
) -> None:
    """Add a local category under the next number: 999, 998 … of its major class (自定义类别).

    Example: geo categories add 飞线充电（自定义） --kind event --under 06
    """
    from geo.service.categories import add_category, add_to_file
    from geo.wiring import build_files, build_service

    if file is not None:
        row = add_to_file(build_files(), str(file), scheme=scheme, kind=kind, under=under, name=name)
    else:
        by = actor or settings().actor
        row = add_category(build_service(settings()), scheme=scheme, kind=kind, under=under, name=name, actor=by)
    if as_json:
        print_json(vars(row))
    else:
        tell("category_added", scheme=row.scheme, kind=row.kind, code=row.code, name=row.name)


def _print_row(row: Listed) -> None:
    mark = f"  [{say('category_in_use', language())}]" if row.in_use else ""
    print(f"{row.scheme:17} {row.kind:8} {row.code:6} {row.name}{mark}")


def _print_links(links: list[Link] | tuple[Link, ...]) -> None:
    if not links:
        tell("category_no_links")
    for link in links:
        other = "–" if link.other is None else " ".join(link.other)
        arrow = "→" if link.direction == "to" else "←"
        relation = say(f"category_relation_{link.relation}", language())
        print(f"  {arrow} {relation} {other} {link.name}（{link.certainty}；{link.source}）")
