"""Training a model of categories on cases that people have confirmed: from a file, or from the place's own issues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from geo.errors import GeoError, InvalidInput
from geo.model import Category
from geo.model.catalogues import Key, read_all
from geo.service.context import Service
from geo.service.ports import Files

if TYPE_CHECKING:
    from geo.locate.categories.train import Case, Progress, Trained, TrainSpec

_PAGE = 5_000


@dataclass(frozen=True)
class CaseColumns:
    """Columns of a file of cases; scheme and kind may be said once for all rows instead."""

    text: str = "text"
    code: str = "code"
    time: str = "reported_at"
    scheme: str = ""
    kind: str = ""


def read_cases(files: Files, path: str, columns: CaseColumns) -> tuple[list[Case], list[GeoError]]:
    """The cases of a file, and an error for each row that is none.

    Raises
    ------
    InvalidInput
        A column is missing.
    """
    from geo.locate.categories.train import Case

    header, rows = files.read_table(path)
    code = columns.code if columns.code in header or columns.code != "code" else "category"
    wanted = [columns.text, code]
    wanted += [field for field, given in (("scheme", columns.scheme), ("kind", columns.kind)) if not given]
    missing = [field for field in wanted if field not in header]
    if missing:
        raise InvalidInput("suggest_columns", path=path, missing=", ".join(missing), columns=", ".join(header) or "-")
    cases: list[Case] = []
    broken: list[GeoError] = []
    for number, row in enumerate(rows, start=1):
        if isinstance(row, GeoError):
            broken.append(row)
            continue
        values = {
            columns.text: row.get(columns.text), "scheme": columns.scheme or row.get("scheme"),
            "kind": columns.kind or row.get("kind"), code: row.get(code),
        }  # fmt: skip
        empty = next((field for field, value in values.items() if not value), None)
        if empty is not None:
            broken.append(InvalidInput("suggest_row_bad", row=number, field=empty, value=""))
            continue
        key = (values["scheme"] or "", values["kind"] or "", values[code] or "")
        cases.append(Case(values[columns.text] or "", key, _time(row.get(columns.time))))
    return cases, broken


def stored_cases(service: Service) -> list[Case]:
    """The issues that have a category: nothing here ever sets one, so a person or their system did."""
    from geo.locate.categories.train import Case

    cases: list[Case] = []
    last = 0
    while page := service.store.list_issues(after_id=last, limit=_PAGE):
        last = page[-1].id
        cases += [
            Case(issue.text, (issue.scheme, issue.kind, issue.category), issue.reported_at)
            for issue in page
            if issue.scheme and issue.kind and issue.category and issue.text.strip()
        ]
    return cases


def train_model(
    files: Files,
    cases: list[Case],
    categories: tuple[Category, ...],
    spec: TrainSpec,
    *,
    out: Path,
    source: str,
    at: datetime,
    progress: Progress,
) -> Trained:
    """Train on `cases` and write the model to `out`.

    Parameters
    ----------
    categories : of the place, for names; source, at : kept in the model.

    Raises
    ------
    InvalidInput
        There are no cases, too few of some categories, or scikit-learn is not installed.
    """
    from geo.locate.categories.train import train

    if not cases:
        raise InvalidInput("suggest_no_cases", where=source)
    names: Mapping[Key, str] = {
        **{key: row.name for key, row in read_all().items()},
        **{(c.scheme, c.kind, c.code): c.name for c in categories},
    }
    facts = {"trained_at": at.isoformat(timespec="seconds"), "source": source}
    trained = train(cases, names, spec, facts=facts, progress=progress)
    files.write_bytes(out, trained.model.to_bytes())
    return trained


def _time(text: str | None) -> datetime | None:
    """A time as ISO 8601; one without a zone is left without, and any other text is none."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    # Times with and without a zone cannot be put in order with one another.
    return moment if moment.tzinfo is not None else None
