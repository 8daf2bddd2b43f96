"""What the bulk path is given: callables of the files room (which it may not import), and what it asks of a source."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from geo.errors import GeoError
from geo.model import Layer

BATCH_ROWS: Final = 1 << 16


class Found(Protocol):
    """A file that exists, the layer asked for in it, and the kind that its ending promises."""

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def layer(self) -> str | None:
        """The layer that was asked for."""

    @property
    def kind(self) -> str:
        """A kind of `geo.files.names`."""


@dataclass(frozen=True)
class FilePorts:
    """What `geo.files` knows about files; `geo.wiring` fills it in.

    Attributes
    ----------
    find, check : resolve `FILE:LAYER`; refuse what is not of its kind
    kind_of : the kind that an ending stands for
    layer_of : the layer to read, the only one where none is named
    crs_of : GDAL's name of a reference system as a canonical one
    delimiter_of, header_of : of the first line of a table
    column_of : the column that was asked for, or the one with a usual name
    lon_names, lat_names : the usual ones
    read_points, write_layers : whole files, for what cannot be streamed
    """

    find: Callable[[str], Found]
    check: Callable[[Any], None]
    kind_of: Callable[[Path], str]
    layer_of: Callable[[Any], str]
    crs_of: Callable[[str | None], str | None]
    delimiter_of: Callable[[str], str]
    header_of: Callable[[list[str], Any], tuple[str, ...]]
    column_of: Callable[[Sequence[str], str | None, Sequence[str], str], str | None]
    lon_names: Sequence[str]
    lat_names: Sequence[str]
    read_points: Callable[[str], Layer]
    write_layers: Callable[[Path, Mapping[str, Layer]], None]


@dataclass(frozen=True, eq=False)
class Chunk:
    """Some rows of a source, in order.

    Attributes
    ----------
    batch : pyarrow.RecordBatch
    next : where the source goes on after these rows
    faults : rows that could not be read, by position in the batch, with the reason
    """

    batch: Any
    next: int
    faults: Mapping[int, GeoError] = field(default_factory=dict)


class Source(Protocol):
    """A file of rows that is read from anywhere to its end."""

    @property
    def name(self) -> str:
        """As the user knows it."""

    @property
    def schema(self) -> Any:
        """The pyarrow.Schema of all batches."""

    @property
    def crs(self) -> str | None:
        """None where the file names no reference system."""

    @property
    def geometry(self) -> str | None:
        """The column with points as WKB or as a struct of x and y, None where there is none."""

    @property
    def begin(self) -> int:
        """The first place: a row or a byte."""

    @property
    def end(self) -> int:
        """The place behind the last; 0 where it is not known beforehand."""

    def chunks(self, start: int, row: int) -> Iterator[Chunk]:
        """The rows from `start` on; `row` rows stand before it."""

    def sample(self, rows: int) -> Iterator[Any]:
        """Some thousand rows as batches, from all over the file where that is cheap."""
