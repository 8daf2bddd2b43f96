"""geo issues: reports into the database, and located later where no plan was in force."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo.cli.columns import report_columns
from geo.cli.console import Progress, language, print_json, settings, tell, warn
from geo.cli.outputs import check_outputs
from geo.cli.reference import reference
from geo.errors import InvalidInput
from geo.masks import mask_code
from geo.messages import catalogue, say

if TYPE_CHECKING:
    from geo.service.import_summary import ImportSummary


def register(app: typer.Typer, issues_app: typer.Typer) -> None:
    """Add the commands."""
    issues_app.command("import")(import_issues)
    issues_app.command("locate")(locate_issues)


def import_issues(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or another table, one report a row.")],
    columns: Annotated[Path | None, typer.Option(help='A TOML file: report field = "column".')] = None,
    id_field: Annotated[str | None, typer.Option(help="Column with the source's own id.")] = None,
    text_field: Annotated[str | None, typer.Option(help="Column with the text.")] = None,
    time_field: Annotated[str | None, typer.Option(help="Column with the time of the report.")] = None,
    lon_field: Annotated[str | None, typer.Option(help="Column with the longitude.")] = None,
    lat_field: Annotated[str | None, typer.Option(help="Column with the latitude.")] = None,
    crs_field: Annotated[str | None, typer.Option(help="Column with each row's reference system.")] = None,
    address_field: Annotated[str | None, typer.Option(help="Column with the address.")] = None,
    category_field: Annotated[str | None, typer.Option(help="Column with the category's code.")] = None,
    status_field: Annotated[str | None, typer.Option(help="Column with the status.")] = None,
    closed_field: Annotated[str | None, typer.Option(help="Column with the time of closing.")] = None,
    crs: Annotated[
        str | None, typer.Option(callback=reference, help="Reference system of rows that name none.")
    ] = None,
    source: Annotated[str | None, typer.Option(help="Name of the source; the file's stem by default.")] = None,
    actor: Annotated[str | None, typer.Option(help="Who acts, for the journal.")] = None,
    force: Annotated[bool, typer.Option(help="Take coordinates as they are, even if another datum fits.")] = False,
    report: Annotated[Path | None, typer.Option(help="Write the account of all rows as JSON.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Import reports: each is located, routed and kept; importing again adds nothing (导入诉求).

    Example: geo issues import 311.csv --id-field ID --text-field Type --time-field Created
    --lon-field Longitude --lat-field Latitude --crs WGS84
    """
    from geo.service.issues import read_issue_file
    from geo.wiring import build_files, build_service

    given = {
        "source_id": id_field,
        "text": text_field,
        "reported_at": time_field,
        "lon": lon_field,
        "lat": lat_field,
        "crs": crs_field,
        "address": address_field,
        "category": category_field,
        "status": status_field,
        "closed_at": closed_field,
    }
    check_outputs(report, sources=(path,))
    mapping = report_columns(columns)
    mapping.update({field: value for field, value in given.items() if value is not None})
    service = build_service(settings(), create=True)
    progress = Progress("geo issues import")
    summary = read_issue_file(
        service,
        path,
        columns=mapping,
        crs=crs,
        source=source,
        actor=actor or settings().actor,
        force=force,
        progress=progress.rows,
    )
    progress.done()
    if not summary.rows:
        raise InvalidInput("issues_none", path=path)
    if report is not None:
        build_files().write_json(report, summary.as_dict(language()))
    if as_json:
        print_json(summary.as_dict(language()))
    else:
        _tell_summary(summary)


def locate_issues(
    actor: Annotated[str | None, typer.Option(help="Who acts, for the journal.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Locate the issues that came in while no plan was in force; doing it again changes nothing (补定位诉求).

    Example: geo publish 1 --effective 2026-12-01 && geo issues locate
    """
    from geo.service.waiting import locate_waiting
    from geo.wiring import build_service

    progress = Progress("geo issues locate")
    summary = locate_waiting(build_service(settings()), actor=actor or settings().actor, progress=progress.rows)
    progress.done()
    if as_json:
        print_json(vars(summary))
    else:
        tell("issues_placed", **vars(summary))


def _tell_summary(summary: ImportSummary) -> None:
    """What became of the rows, by reason, and the first errors."""
    lang = language()
    tell(
        "issues_imported",
        rows=summary.rows,
        located=summary.located,
        outside=summary.outside,
        rejected=summary.rejected.total(),
        added=summary.added,
        known=summary.known,
        routed=summary.routed,
    )
    for code, count in summary.rejected.most_common():
        title = f"reason_{code}"
        print(f"  {count:>7,}  " + (say(title, lang) if title in catalogue() else code))
    if summary.queued:
        tell("issues_queued", count=summary.queued)
    if summary.archived:
        tell("issues_archived", count=summary.archived)
    if summary.unknown_categories:
        shown = summary.unknown_categories.most_common(5)
        names = ("、" if lang == "zh" else ", ").join(f"{mask_code(code)} ({count:,})" for code, count in shown)
        more = "…" if len(summary.unknown_categories) > len(shown) else ""
        warn("issues_unknown_categories", count=summary.unknown_categories.total(), names=names + more)
    for error in summary.errors[:10]:
        print("  " + error.message(lang))
    if len(summary.errors) > 10:
        warn("issues_more_errors", count=len(summary.errors) - 10)
