"""What a file really is: its first bytes against its ending, and whether a database in it is whole."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import quote

from geo.errors import Conflict, InvalidInput
from geo.files.names import Kind, Source

# The first bytes of what people mix up, most special first.
_MARKS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"SQLite format 3\x00", "SQLite"),
    (b"PAR1", "Parquet"),
    (b"fgb", "FlatGeobuf"),
    (b"\x00\x00\x27\x0a", "Shapefile"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "ZIP, XLSX or DOCX"),
    (b"PK\x05\x06", "ZIP"),
    (b"\xd0\xcf\x11\xe0", "XLS or DOC"),
    (b"\x1f\x8b", "GZIP"),
    (b"7z\xbc\xaf", "7Z"),
    (b"Rar!", "RAR"),
)
_WANTED: Final[dict[Kind, str | None]] = {
    "GeoPackage": "SQLite",
    "GeoParquet": "Parquet",
    "FlatGeobuf": "FlatGeobuf",
    "Shapefile": "Shapefile",
    "GeoJSON": None,
    "GeoJSONSeq": None,
    "table": None,
    "lines": None,
}


def check_file(source: Source) -> None:
    """Refuse what is empty, of another kind than its ending says, or a damaged database.

    Raises
    ------
    InvalidInput
        The file cannot be what it is called; the message says what it is, if that can be seen.
    Conflict
        Another program holds the database.
    """
    path = source.path
    try:
        with path.open("rb") as file:
            start = file.read(64)
    except OSError as error:
        raise InvalidInput("file_not_readable", path=str(path), detail=error.strerror or str(error)) from error
    if not start.strip():
        raise InvalidInput("file_empty", path=str(path))
    found = next((name for mark, name in _MARKS if start.startswith(mark)), None)
    wanted = _WANTED[source.kind]
    if found != wanted:
        if found is not None:
            raise InvalidInput("file_of_another_kind", path=str(path), wanted=source.kind, found=found)
        raise InvalidInput("file_not_of_kind", path=str(path), wanted=source.kind)
    if wanted is None and b"\x00" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InvalidInput("file_not_of_kind", path=str(path), wanted=source.kind)
    if source.kind == "GeoPackage":
        _check_database(path)
    if source.kind == "Shapefile":
        _check_parts(path)


def _check_database(path: Path) -> None:
    """Ask SQLite to walk every page: GDAL reads a cut file up to the cut and says nothing."""
    damaged = InvalidInput("file_damaged", path=str(path))
    with path.open("rb") as file:
        header = file.read(100)
    page = int.from_bytes(header[16:18], "big")
    pages = int.from_bytes(header[28:32], "big")
    # Cheap and certain: the header says how long the file has to be (a page size of 1 means 65,536).
    if len(header) < 100 or path.stat().st_size < pages * (65_536 if page == 1 else page):
        raise damaged
    address = f"file:{quote(str(path.resolve()))}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=1.0)) as database:
            verdict = database.execute("PRAGMA quick_check(1)").fetchone()
            known = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'gpkg_contents'").fetchone()
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise Conflict("file_locked", path=str(path)) from error
        raise damaged from error
    except sqlite3.DatabaseError as error:
        raise damaged from error
    if verdict is None or verdict[0] != "ok":
        raise damaged
    if known is None:
        raise InvalidInput("file_no_geopackage", path=str(path))


def _check_parts(path: Path) -> None:
    """Refuse a Shapefile of which a part stayed behind."""
    there = {entry.suffix.lower() for entry in path.parent.iterdir() if entry.stem == path.stem}
    missing = [ending for ending in (".shx", ".dbf") if ending not in there]
    if missing:
        raise InvalidInput("file_part_missing", path=str(path), parts=", ".join(missing))
