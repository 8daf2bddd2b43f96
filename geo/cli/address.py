"""geo address: measure the address matcher on cases with known answers, and fit its weights to them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geo.cli.console import Progress, language, print_json, settings, tell, warn
from geo.cli.outputs import check_outputs
from geo.errors import InvalidInput
from geo.messages import say

if TYPE_CHECKING:
    from geo.locate.address.weights import Weights
    from geo.service.address_cases import Cases
    from geo.service.address_fit import Trial

CasesFile = Annotated[
    str | None,
    typer.Argument(metavar="CASES", help="Table with text, entry (id; several with |) and, if any, status."),
]
GazetteerFile = Annotated[
    str | None, typer.Option("--gazetteer", help="JSON, CSV or a place folder; the database's gazetteer by default.")
]
Confirmed = Annotated[bool, typer.Option("--confirmed", help="Take the addresses that persons have confirmed here.")]
TextField = Annotated[str | None, typer.Option(help="Column with the text.")]
EntryField = Annotated[str | None, typer.Option(help="Column with the id of the entry that is meant.")]
StatusField = Annotated[str | None, typer.Option(help="Column: match, ambiguous, absent, conflict or none.")]


def register(address_app: typer.Typer) -> None:
    """Add the commands."""
    address_app.command("test")(measure_cases)
    address_app.command("fit")(fit_cases)
    address_app.command("shipped")(fit_shipped)


def measure_cases(
    cases: CasesFile = None,
    gazetteer: GazetteerFile = None,
    confirmed: Confirmed = False,
    weights: Annotated[Path | None, typer.Option(help="Weights to test; those in use by default.")] = None,
    text_field: TextField = None,
    entry_field: EntryField = None,
    status_field: StatusField = None,
    wrong: Annotated[Path | None, typer.Option("--wrong", help="Write the cases answered otherwise as CSV.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Measure the matcher on texts of which the place is known: every column of its goals (地址匹配检验).

    Example: geo address test cases.csv --gazetteer gazetteer.json --wrong wrong.csv
    """
    from geo.locate import Gazetteer
    from geo.service.address_fit import try_cases
    from geo.wiring import build_files

    check_outputs(wrong, sources=(cases,) if cases else ())
    entries = _entries(gazetteer)
    columns = {"text": text_field, "entry": entry_field, "status": status_field}
    read = _cases(cases, confirmed, entries, {key: value for key, value in columns.items() if value is not None})
    matcher = Gazetteer.build(entries, weights=_weights(weights))
    progress = Progress("geo address test")
    tested = try_cases(matcher, read.cases, progress=progress)
    progress.done()
    if wrong is not None:
        build_files().write_rows(wrong, ("row", "text", "status", "entries", "answer", "found"), _wrong(read, tested))
    if as_json:
        refused = [error.message(language()) for error in read.errors]
        print_json({**tested.figures.as_dict(), "texts_per_cpu_second": tested.per_second, "refused": refused})
        return
    _show([("", tested)])
    _refused(read)
    if wrong is not None:
        tell("written", path=wrong)


def fit_cases(
    out: Annotated[Path, typer.Option("--out", help="The JSON file of weights to write.")],
    cases: CasesFile = None,
    gazetteer: GazetteerFile = None,
    confirmed: Confirmed = False,
    text_field: TextField = None,
    entry_field: EntryField = None,
    status_field: StatusField = None,
    seed: Annotated[int, typer.Option(help="Decides which fifth of the cases is held out.")] = 0,
    force: Annotated[bool, typer.Option(help="Write them even if they are worse.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Fit the matcher's weights to cases; figures before and after on those held out (地址权重校准).

    The same cases and seed give the same file. Weights that are worse than those in use are not written.

    Example: geo address fit cases.csv --gazetteer gazetteer.json --out weights.json

    Example: geo address fit --confirmed --out weights.json
    """
    from geo.service.address_fit import fit, write_weights
    from geo.wiring import build_files

    check_outputs(out, sources=(cases,) if cases else ())
    entries = _entries(gazetteer)
    columns = {"text": text_field, "entry": entry_field, "status": status_field}
    read = _cases(cases, confirmed, entries, {key: value for key, value in columns.items() if value is not None})
    source = "confirmed issues" if cases is None else Path(cases).name
    fitted = fit(entries, read.cases, before=_weights(None), seed=seed, source=source)
    if not as_json:
        tell("fit_done", trained=fitted.trained, held_out=fitted.held_out)
        _show([("before", fitted.before), ("after", fitted.after)])
        _refused(read)
    write_weights(build_files(), fitted, out, force=force)
    if as_json:
        print_json(
            {
                "out": str(out),
                "trained": fitted.trained,
                "held_out": fitted.held_out,
                "before": fitted.before.figures.as_dict(),
                "after": fitted.after.figures.as_dict(),
                "refused": [error.message(language()) for error in read.errors],
            }
        )
    else:
        tell("fit_how_to_use", path=out, version=fitted.weights.version)


def fit_shipped(
    out: Annotated[Path, typer.Option("--out", help="The JSON file of weights to write.")],
    texts: Annotated[int, typer.Option(min=50, help="Texts told about each invented place.")] = 4_000,
    scale: Annotated[float, typer.Option(min=0.01, help="Size of the places; less than 1 for a quick trial.")] = 1.0,
) -> None:
    """Fit the weights that the program ships with anew, to its own generated texts (出厂权重).

    The same program writes the same file: where the shipped weights come from can be checked by anybody.

    Example: geo address shipped --out weights.json
    """
    from geo.service.address_shipped import fit_shipped as fit
    from geo.wiring import build_files

    check_outputs(out)
    progress = Progress("geo address shipped")
    weights = fit(texts=texts, scale=scale, progress=progress)
    progress.done()
    build_files().write_text(out, weights.to_json())
    tell("written", path=out)


def _entries(path: str | None) -> tuple[Mapping[str, Any], ...]:
    from geo.wiring import build_files, build_service

    if path is not None:
        return build_files().read_entries(path)
    from geo.service.address_cases import entries_without_names_of_persons

    return entries_without_names_of_persons(build_service(settings()))


def _cases(path: str | None, confirmed: bool, entries: tuple[Mapping[str, Any], ...], columns: dict[str, str]) -> Cases:
    from geo.service.address_cases import confirmed_cases, read_cases
    from geo.wiring import build_files, build_service

    if (path is None) is not confirmed:
        raise InvalidInput("cases_not_given")
    known = [str(entry["id"]) for entry in entries]
    if path is None:
        read = confirmed_cases(build_service(settings()), known)
    else:
        read = read_cases(build_files(), path, known, columns=columns)
    if not read.cases:
        first = read.errors[0].message(language()) if read.errors else "–"
        raise InvalidInput("cases_none", errors=len(read.errors), first=first)
    return read


def _weights(path: Path | None) -> Weights:
    """The weights of a file, or those in use."""
    from geo.service.address_fit import weights_in_use

    return weights_in_use(path or settings().address_weights)


def _show(columns: list[tuple[str, Trial]]) -> None:
    """The figures, one row each; counts as they are, shares in per cent."""
    rows = {name: [f"{one.figures.as_dict()[name]}" for _, one in columns] for name in _COUNTS}
    rows |= {name: [_percent(one.figures.as_dict()[name]) for _, one in columns] for name in _SHARES}
    rows["texts_per_cpu_second"] = [f"{one.per_second:,.0f}" for _, one in columns]
    if len(columns) > 1:
        print(f"{'':<24}" + "".join(f"{say(f'figures_{label}', language()):>10}" for label, _ in columns))
    for name, values in rows.items():
        print(f"{name:<24}" + "".join(f"{value:>12}" for value in values))


_COUNTS = ("cases", "match", "ambiguous", "absent", "conflict", "none")
_SHARES = (
    "top1",
    "top5",
    "accepted",
    "precision",
    "right",
    "wrong",
    "covered",
    "ambiguous_accepted",
    "absent_accepted",
    "conflict_flagged",
    "none_kept",
    "ece",
)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.2%}"


def _wrong(read: Cases, tested: Trial) -> list[tuple[Any, ...]]:
    """Rows whose answer is another than the truth."""
    return [
        (case.row, case.text, case.status, "|".join(case.entries), answer.status, "|".join(answer.candidates[:5]))
        for case, answer in zip(read.cases, tested.answers, strict=True)
        if answer.status != case.status or (case.entries and not {*case.entries, *case.also} & {*answer.candidates[:1]})
    ]


def _refused(read: Cases) -> None:
    if read.errors:
        warn("cases_refused", count=len(read.errors))
        for error in read.errors[:10]:
            warn("cases_refused_row", message=error.message(language()))
