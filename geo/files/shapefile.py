"""The text of Shapefiles: which encoding it is really in, and names longer than ten bytes."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from geo.errors import InvalidInput
from geo.files.text import decode

_NAME_BYTES: Final = 10
# Every byte is a character in these, so that text "decodes" whatever it is in.
_SINGLE_BYTE: Final = frozenset({"iso8859-1", "cp1252", "latin-1", "ascii"})
# The language byte of a DBF header, where it names Chinese.
_LANGUAGES: Final = {0x4D: "gb18030", 0x7A: "gb18030", 0x4F: "big5", 0x78: "big5"}


@dataclass(frozen=True)
class _Texts:
    """All distinct non-ASCII names and values of a DBF file, and whether a value fills its column to the brim."""

    values: tuple[tuple[bytes, bool], ...]
    language: int


def text_encoding(path: Path) -> str:
    """Name the Python encoding of a Shapefile's texts.

    What the .cpg file or the language byte says is tried first, then UTF-8, then GB18030, each strictly. A .cpg that
    says "Latin" is not believed where the bytes are UTF-8 or pairs of GB 2312, since Latin accepts any byte.

    Raises
    ------
    InvalidInput
        If none of them fits all texts.
    """
    texts = _texts(_part(path, ".dbf"))
    declared = _declared(path)
    if not texts.values:
        return "utf-8"
    if declared in _SINGLE_BYTE:
        if _fits(texts, "utf-8"):
            return "utf-8"
        return "gb18030" if _all_gb_pairs(texts) else declared
    for encoding in (declared, _LANGUAGES.get(texts.language), "utf-8", "gb18030"):
        if encoding is not None and _fits(texts, encoding):
            return encoding
    raise InvalidInput("shapefile_encoding_unknown", path=str(path), cpg=str(path.with_suffix(".cpg")))


def long_names(path: Path, names: Sequence[str]) -> list[str]:
    """The full names of columns, if a table beside the Shapefile lists them (`write_names`)."""
    table = names_table(path)
    if not table.is_file():
        return list(names)
    rows = csv.reader(decode(table.read_bytes(), path=table).splitlines())
    full = {row[1]: row[0] for row in rows if len(row) == 2}
    return [full.get(name, name) for name in names]


def short_names(names: Sequence[str]) -> list[str]:
    """Distinct names of at most ten UTF-8 bytes, cut between characters; a clash gets a number at its end."""
    taken: set[str] = set()
    short = []
    for name in names:
        candidate, number = _cut(name, _NAME_BYTES), 1
        while candidate.upper() in taken:
            tail = f"_{number}"
            candidate, number = _cut(name, _NAME_BYTES - len(tail)) + tail, number + 1
        taken.add(candidate.upper())
        short.append(candidate)
    return short


def write_names(path: Path, names: Iterable[str], short: Iterable[str]) -> None:
    """Say which short column name stands for which full one, in a table beside the Shapefile."""
    with names_table(path).open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([("field", "dbf"), *zip(names, short, strict=True)])


def names_table(path: Path) -> Path:
    """The table of full column names that goes with a Shapefile."""
    return path.with_name(f"{path.stem}.fields.csv")


def _declared(path: Path) -> str | None:
    """What the .cpg file says, as Python calls it; code pages may stand there as a bare number."""
    cpg = _part(path, ".cpg")
    if not cpg.is_file():
        return None
    word = cpg.read_bytes()[:64].decode("ascii", errors="ignore").strip()
    if re.fullmatch(r"88591[0-9]*", word):
        word = f"iso8859-{word[4:]}"
    try:
        name = codecs.lookup(f"cp{word}" if word.isdigit() else word).name
    except LookupError:
        return None
    return "gb18030" if name in ("gbk", "gb2312", "cp936") else name


def _part(path: Path, ending: str) -> Path:
    """The file beside `path` with that ending, whatever its case."""
    for entry in path.parent.iterdir():
        if entry.stem == path.stem and entry.suffix.lower() == ending:
            return entry
    return path.with_suffix(ending)


def _texts(path: Path) -> _Texts:
    data = path.read_bytes()
    if len(data) < 33:
        raise InvalidInput("file_damaged", path=str(path))
    rows = int.from_bytes(data[4:8], "little")
    start, width = int.from_bytes(data[8:10], "little"), int.from_bytes(data[10:12], "little")
    if width == 0 or len(data) < start + rows * width:
        raise InvalidInput("file_damaged", path=str(path))
    table = np.frombuffer(data, dtype=np.uint8, count=rows * width, offset=start).reshape(rows, width)
    found: set[tuple[bytes, bool]] = set()
    column = 1  # after the byte that marks deleted rows
    for at in range(32, start - 32, 32):
        if data[at] == 0x0D:
            break
        length = data[at + 16]
        name = data[at : at + 11].split(b"\0")[0]
        found.add((name, len(name) >= _NAME_BYTES))
        if data[at + 11 : at + 12] == b"C" and length:
            cells = np.ascontiguousarray(table[:, column : column + length])
            for cell in set(cells.view(f"S{length}").ravel().tolist()):
                found.add((cell.rstrip(b" \0"), len(cell.rstrip(b" \0")) == length))
        column += length
    return _Texts(tuple(sorted(item for item in found if not item[0].isascii())), data[29])


def _fits(texts: _Texts, encoding: str) -> bool:
    """True if every text decodes; one that fills its column may end in the middle of a character."""
    decoder = codecs.getincrementaldecoder(encoding)
    try:
        for value, full in texts.values:
            decoder("strict").decode(value, final=not full)
    except UnicodeDecodeError:
        return False
    return True


def _all_gb_pairs(texts: _Texts) -> bool:
    """True if all non-ASCII bytes stand in pairs that are characters of GB 2312: no Latin language does that."""
    runs = [run for value, _ in texts.values for run in re.findall(rb"[\x80-\xff]+", value)]
    return bool(runs) and all(len(run) % 2 == 0 and min(run) >= 0xA1 and _is_gb2312(run) for run in runs)


def _is_gb2312(run: bytes) -> bool:
    try:
        run.decode("gb2312")
    except UnicodeDecodeError:
        return False
    return True


def _cut(name: str, size: int) -> str:
    return name.encode("utf-8")[:size].decode("utf-8", errors="ignore")
