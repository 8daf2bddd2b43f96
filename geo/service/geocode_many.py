"""Many texts → grids: in order, over several processes if asked for, each row with its answer or its error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from geo.errors import GeoError
from geo.messages import Lang, say
from geo.model import Geocoded
from geo.service.context import Net, Service
from geo.service.geocode import TextReader, reader_of
from geo.service.geocode_decide import decide
from geo.service.places import Places

# What is added to a row, by these names where they are free.
COLUMNS: Final = (
    "geo_status",
    "geo_level",
    "geo_confidence",
    "geo_grid",
    "geo_grid_name",
    "geo_place",
    "geo_lon",
    "geo_lat",
    "geo_grids",
    "geo_faults",
)
# So many texts go to a process at once, and so many rows are held in memory for each of them.
_SHARE: Final = 500
_AHEAD: Final = 4


@dataclass
class GeocodeCounts:
    """What became of the rows of a file; `rows` is the sum of `by_status`, in which "error" is a row without a text."""

    rows: int = 0
    placed: int = 0
    by_status: dict[str, int] = field(default_factory=dict)

    def add(self, status: str, *, placed: bool) -> None:
        """Count one row."""
        self.rows += 1
        self.placed += placed
        self.by_status[status] = self.by_status.get(status, 0) + 1


class Readers(AbstractContextManager["Readers"]):
    """One process or several that read texts under one plan.

    Parameters
    ----------
    reader : what a person has confirmed is looked up in this process.
    jobs : how many processes; 1 is this one alone. Each of the others builds the index of the gazetteer for itself.
    """

    def __init__(self, reader: TextReader, *, jobs: int = 1) -> None:
        self._reader = reader
        self.jobs = jobs
        # A fork of a process with threads may hang; a new one imports what it needs.
        self._pool = (
            None
            if jobs <= 1
            else ProcessPoolExecutor(
                jobs, mp_context=get_context("spawn"), initializer=_start, initargs=(reader.places, reader.inside)
            )
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=error is not None)

    @property
    def chunk(self) -> int:
        """How many texts to hand over at once."""
        return _SHARE * self.jobs * _AHEAD

    def read(self, texts: Sequence[str]) -> list[Geocoded]:
        """The outcomes of `texts`, in their order."""
        if self._pool is None:
            return [self._reader.read(text) for text in texts]
        answers: list[Geocoded | None] = [self._reader.remembered(text) for text in texts]
        open_ = [i for i, answer in enumerate(answers) if answer is None]
        shares = [[texts[i] for i in open_[at : at + _SHARE]] for at in range(0, len(open_), _SHARE)]
        found = (answer for share in self._pool.map(_read, shares) for answer in share)
        return [next(found) if answer is None else answer for answer in answers]


_HERE: dict[str, Any] = {}


def _start(places: Places, inside: frozenset[str] | None) -> None:
    _HERE["asked"] = (places, inside)


def _read(texts: list[str]) -> list[Geocoded]:
    places, inside = _HERE["asked"]
    return [decide(places, text, inside=inside) for text in texts]


def geocode_many(service: Service, texts: Sequence[str], *, net: Net, scope: str | None = None) -> list[Geocoded]:
    """The outcomes of `texts`, in their order, in this process."""
    reader = reader_of(service, net, scope)
    return [reader.read(text) for text in texts]


def geocode_file(
    service: Service,
    net: Net,
    source: str,
    *,
    text: str,
    out: Path,
    lang: Lang,
    scope: str | None = None,
    jobs: int = 1,
    progress: Callable[[int, float | None], None] | None = None,
) -> GeocodeCounts:
    """Add the outcome of the column `text` to every row of a file; rows, their order and their columns stay.

    CSV, lines of JSON and Parquet, of any length; the result is of the same kind.

    Raises
    ------
    InvalidInput, NotFound
        The file cannot be read or written, has no such column, or `scope` is no area.
    """
    counts = GeocodeCounts()
    with Readers(reader_of(service, net, scope), jobs=jobs) as readers:

        def answer(rows: Sequence[str | GeoError]) -> list[tuple[Any, ...]]:
            found = iter(readers.read([row for row in rows if isinstance(row, str)]))
            cells = []
            for row in rows:
                if isinstance(row, str):
                    one = next(found)
                    counts.add(one.status, placed=one.grid is not None)
                    cells.append(cells_of(one, lang))
                else:
                    counts.add("error", placed=False)
                    cells.append(cells_of_error(row, lang))
            return cells

        service.files.add_columns(
            source, out, text=text, names=COLUMNS, answer=answer, chunk=readers.chunk, progress=progress
        )
    return counts


def cells_of(found: Geocoded, lang: Lang) -> tuple[Any, ...]:
    """An outcome as the cells of `COLUMNS`: texts and numbers, None where there is nothing."""
    place = found.candidates[0].name if found.candidates and found.status != "none" else None
    return (
        found.status,
        found.level or None,
        round(found.confidence, 4),
        found.grid,
        found.grid_name,
        place,
        found.lon,
        found.lat,
        "|".join(f"{part.grid}:{part.share:.2f}" for part in found.grids) or None,
        " ".join(say(fault.key, lang, **fault.context) for fault in found.faults) or None,
    )


def cells_of_error(error: GeoError, lang: Lang) -> tuple[Any, ...]:
    """The cells of a row that could not be read."""
    return ("error", *([None] * (len(COLUMNS) - 2)), error.message(lang))
