"""What a file is called: `FILE:LAYER`, endings, and near misses."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from geo.errors import GeoError, InvalidInput, NotFound

Kind = Literal["GeoPackage", "GeoJSON", "GeoJSONSeq", "Shapefile", "GeoParquet", "FlatGeobuf", "table", "lines"]

ENDINGS: Final[dict[str, Kind]] = {
    ".gpkg": "GeoPackage",
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".geojsonl": "GeoJSONSeq",
    ".geojsons": "GeoJSONSeq",
    ".shp": "Shapefile",
    ".parquet": "GeoParquet",
    ".geoparquet": "GeoParquet",
    ".fgb": "FlatGeobuf",
    ".csv": "table",
    ".tsv": "table",
    ".txt": "table",
    ".ndjson": "lines",
    ".jsonl": "lines",
}
_URL: Final = re.compile(r"^(/vsi[a-z0-9_]+/|[A-Za-z][A-Za-z0-9+.\-]+://)")


@dataclass(frozen=True)
class Source:
    """A file that exists, the layer asked for in it, and the kind that its ending promises."""

    path: Path
    layer: str | None
    kind: Kind

    def __str__(self) -> str:
        return str(self.path) if self.layer is None else f"{self.path}:{self.layer}"


def find_source(name: str) -> Source:
    """Resolve `FILE` or `FILE:LAYER`.

    Raises
    ------
    NotFound
        There is no such file; the message names one like it, if any.
    InvalidInput
        It is a folder or an address on the web, or its ending is of no known format.
    """
    if _URL.match(name):
        raise InvalidInput("file_is_address", path=name)
    path, layer = split_layer(name)
    if not path.exists():
        raise missing_file(path)
    if path.is_dir():
        raise InvalidInput("file_is_folder", path=str(path))
    return Source(path, layer, kind_of(path))


def split_layer(name: str) -> tuple[Path, str | None]:
    """Cut `FILE:LAYER`; the colon of a drive letter, or one inside an existing file's name, cuts nothing."""
    path = Path(name)
    head, colon, tail = name.rpartition(":")
    if not colon or path.exists() or len(head) < 2 or "/" in tail or "\\" in tail:
        return path, None
    return (Path(head), tail) if tail else (Path(head), None)


def kind_of(path: Path) -> Kind:
    """The format that a file's ending stands for."""
    try:
        return ENDINGS[path.suffix.lower()]
    except KeyError:
        raise InvalidInput("file_ending_unknown", path=str(path), endings=", ".join(ENDINGS)) from None


def missing_file(path: Path) -> NotFound:
    """The error for a file that is not there, with a near miss from its folder."""
    if not path.parent.is_dir():
        return NotFound("file_folder_missing", path=str(path), folder=str(path.parent))
    similar = near(path.name, (entry.name for entry in path.parent.iterdir()))
    if similar is None:
        return NotFound("file_missing", path=str(path))
    return NotFound("file_missing_similar", path=str(path), similar=similar)


def near(word: str, words: Iterable[str]) -> str | None:
    """The word most like `word`, regardless of case, if one is like it at all."""
    folded = {candidate.casefold(): candidate for candidate in sorted(words)}
    found = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def unknown_field(field: str, fields: Sequence[str], *, source: str) -> GeoError:
    """The error for a column that is not there: lists the ones that are, and the most similar one."""
    listed: dict[str, Any] = {"field": field, "source": source, "fields": ", ".join(fields) or "-"}
    similar = near(field, fields)
    if similar is None:
        return InvalidInput("field_unknown", **listed)
    return InvalidInput("field_unknown_similar", similar=similar, **listed)
