"""geo categories train, suggest: what a text may be about, learnt from a place's own confirmed cases."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geo.cli.console import Progress, language, print_json, settings, tell
from geo.cli.outputs import check_outputs
from geo.errors import GeoError, InvalidInput
from geo.messages import say

if TYPE_CHECKING:
    from geo.locate.categories.train import Trained
    from geo.model.suggestions import Suggestions
    from geo.service.categories_suggest import Suggester

_SHOWN_ERRORS = 10
_ENDINGS = frozenset({".csv", ".tsv", ".txt", ".ndjson", ".jsonl", ".json"})


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("train")(train)
    app.command("suggest")(suggest)


def train(
    out: Annotated[Path, typer.Option(help="The model to write, such as categories.npz.")],
    cases: Annotated[
        str | None, typer.Argument(metavar="[CASES]", help="CSV or JSON of cases; without it, the database's issues.")
    ] = None,
    text_field: Annotated[str, typer.Option(help="Column with the text.")] = "text",
    code_field: Annotated[str, typer.Option(help="Column with the category's code.")] = "code",
    time_field: Annotated[str, typer.Option(help="Column with the time; the latest cases are held out.")] = (
        "reported_at"
    ),
    scheme: Annotated[str, typer.Option(help="Directory of all rows, where no column `scheme` says it.")] = "",
    kind: Annotated[str, typer.Option(help="Kind of all rows, where no column `kind` says it.")] = "",
    precision: Annotated[float, typer.Option(help="What accepted suggestions have to hold.")] = 0.95,
    least: Annotated[int, typer.Option("--min-cases", help="Different texts that a category needs.")] = 20,
    skip_small: Annotated[bool, typer.Option(help="Leave categories with fewer out instead of refusing.")] = False,
    held_out: Annotated[float, typer.Option(help="Share of the cases to measure on.")] = 0.25,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Learn from confirmed cases what texts are about, and say how well on cases held out (训练类别推荐).

    Example: geo categories train confirmed.csv --out categories.npz
    """
    from geo.locate.categories.train import TrainSpec
    from geo.service.categories_train import CaseColumns, read_cases, stored_cases, train_model
    from geo.service.context import knowledge
    from geo.wiring import build_files, build_service

    check_outputs(out, sources=() if cases is None else (cases,))
    spec = TrainSpec(precision=precision, least=least, skip_small=skip_small, held_out=held_out)
    broken: list[GeoError] = []
    if cases is None:
        service = build_service(settings())
        rows, names, source = stored_cases(service), knowledge(service).place.categories, "database"
    else:
        columns = CaseColumns(text=text_field, code=code_field, time=time_field, scheme=scheme, kind=kind)
        rows, broken = read_cases(build_files(), cases, columns)
        names, source = (), Path(cases).name
    progress = Progress("geo categories train")
    trained = train_model(
        build_files(), rows, names, spec, out=out, source=source, at=datetime.now().astimezone(), progress=progress
    )
    progress.done()
    if as_json:
        print_json(_as_dict(trained, broken, out))
    else:
        _tell(trained, broken, out, spec.precision)


def suggest(
    text: Annotated[str, typer.Argument(metavar="TEXT|FILE", help="A text, or a table with a column of texts.")],
    model: Annotated[Path | None, typer.Option(help="What geo categories train wrote.")] = None,
    scheme: Annotated[str, typer.Option(help="Only categories of this directory.")] = "",
    text_field: Annotated[str, typer.Option(help="Column with the text, of a file.")] = "text",
    out: Annotated[Path | None, typer.Option(help="Write the answers for a FILE as CSV.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Suggest up to three categories for a text or each row of a file, with reasons; a person decides (推荐类别).

    Example: geo categories suggest 楼道里有人拉线给电动车充电 --model categories.npz
    """
    from geo.cli.categories import own_rows
    from geo.service.categories_suggest import read_model_file, words_of

    path = model or settings().suggest_model
    suggester = words_of(own_rows()) if path is None else read_model_file(path)
    if _is_table(text):
        _suggest_file(text, suggester, scheme, text_field, out)
        return
    if out is not None:
        raise InvalidInput("suggest_out_needs_file", path=out)
    found = suggester.suggest(text, scheme=scheme)
    if as_json:
        print_json(dataclasses.asdict(found))
    else:
        _print(found)


def _is_table(text: str) -> bool:
    """Whether the argument names a file rather than being a text."""
    path = Path(text)
    try:
        return path.suffix.lower() in _ENDINGS and path.is_file()
    except OSError:  # longer than any name
        return False


def _suggest_file(path: str, suggester: Suggester, scheme: str, text_field: str, out: Path | None) -> None:
    """One line a row, in order: what was suggested, or why nothing could be."""
    from geo.wiring import build_files

    check_outputs(out, sources=(path,))
    files, lang = build_files(), language()
    header, rows = files.read_table(path)
    if text_field not in header:
        raise InvalidInput("suggest_columns", path=path, missing=text_field, columns=", ".join(header) or "-")
    progress = Progress("geo categories suggest")
    lines: list[tuple[Any, ...]] = []
    for number, row in enumerate(rows, start=1):
        progress.rows(number)
        text = "" if isinstance(row, GeoError) else row.get(text_field) or ""
        fault = row if isinstance(row, GeoError) else InvalidInput("suggest_row_bad", row=number, field=text_field)
        if not text:
            lines.append((number, "", "", "", "", "", "", fault.message(lang)))
            continue
        found = suggester.suggest(text, scheme=scheme)
        note = say(found.note or "suggest_accepted", lang)
        for rank, one in enumerate(found.candidates, start=1):
            sure = "" if one.confidence is None else f"{one.confidence:.4f}"
            lines.append((number, rank, one.scheme, one.kind, one.code, one.name, sure, note))
        if not found.candidates:
            lines.append((number, "", "", "", "", "", "", note))
    progress.done()
    if out is None:
        for line in lines:
            print(*line, sep="\t")
        return
    files.write_rows(out, ("row", "rank", "scheme", "kind", "code", "name", "confidence", "note"), lines)
    tell("written", path=out)


def _print(found: Suggestions) -> None:
    for one in found.candidates:
        sure = "" if one.confidence is None else f"{one.confidence:.1%}  "
        words = " ".join(reason.words for reason in one.reasons)
        print(f"{sure}{one.scheme} {one.kind} {one.code} {one.name}  ← {words}")
    tell(found.note or "suggest_accepted")


def _as_dict(trained: Trained, broken: list[GeoError], out: Path) -> dict[str, Any]:
    model = trained.model
    return {
        "model": str(out),
        "threshold": model.threshold,
        "classes": len(model.keys),
        "skipped": {"/".join(key): n for key, n in trained.skipped.items()},
        "errors": [error.message(language()) for error in broken],
        **model.facts,
    }


def _tell(trained: Trained, broken: list[GeoError], out: Path, precision: float) -> None:
    model, figures, fresh = trained.model, trained.figures, trained.model.facts["new_wordings"]
    tell(
        "suggest_trained", path=out, cases=model.facts["cases"], classes=len(model.keys),
        skipped=len(trained.skipped), bad=len(broken),
    )  # fmt: skip
    for error in broken[:_SHOWN_ERRORS]:
        print("  " + error.message(language()))
    tell(
        "suggest_figures_time" if trained.by_time else "suggest_figures_text", cases=figures.cases,
        top1=figures.top1, top3=figures.top3, coverage=figures.coverage, precision=_share(figures.precision),
        ece=figures.ece or 0.0,
    )  # fmt: skip
    tell("suggest_figures_new", **{**fresh, "precision": _share(fresh["precision"])})
    for row in model.facts["held_out"]["classes"]:
        tell("suggest_class_line", **row)
    if model.threshold is None:
        tell("suggest_no_threshold", precision=precision)
    else:
        tell("suggest_threshold", threshold=f"{model.threshold:.3f}", precision=precision)
    tell("suggest_use", path=out)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"
