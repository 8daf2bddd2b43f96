"""Text files as UTF-8 with places to go on from: any other encoding is turned into it once, on the disk."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit
from geo.errors import InvalidInput

BLOCK: Final = 8 << 20
# A record that is longer than this is an unclosed quotation mark.
LONGEST: Final = 256 << 20
BROKEN: Final = 5  # a state of `scan`
_MARK: Final = b"\xef\xbb\xbf"
_PLACES: Final = 8


def as_utf8(path: Path, work: Path) -> tuple[Path, int]:
    """A file of the same text in UTF-8, and where the text begins in it.

    UTF-8 with or without its mark is the file itself. UTF-16 with its mark, and GB18030 where the bytes are no UTF-8,
    are copied to the folder `work`, once.

    Raises
    ------
    InvalidInput
        The bytes are none of these.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _copy(path, "utf-16", work), 0
    if _is_utf8(path):
        return path, len(_MARK) if start.startswith(_MARK) else 0
    copy = _copy(path, "gb18030", work)
    with copy.open("rb") as file:  # GB18030 has a mark too
        return copy, len(_MARK) if file.read(len(_MARK)) == _MARK else 0


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _copy(path: Path, encoding: str, work: Path) -> Path:
    target = work / "input.utf8"
    if target.exists():
        return target
    decoder = codecs.getincrementaldecoder(encoding)()
    half = work / "input.half"
    try:
        with path.open("rb") as file, half.open("wb") as out:
            while block := file.read(BLOCK):
                out.write(decoder.decode(block).encode("utf-8"))
            out.write(decoder.decode(b"", final=True).encode("utf-8"))
    except UnicodeError as error:
        raise InvalidInput("file_encoding_unknown", path=str(path)) from error
    half.replace(target)
    return target


def line_blocks(path: Path, start: int) -> Iterator[tuple[bytes, int]]:
    """Whole lines from `start` on, some megabytes at a time, and where each block ends."""
    with path.open("rb") as file:
        file.seek(start)
        at, rest = start, b""
        while block := file.read(BLOCK):
            text = rest + block
            cut = text.rfind(b"\n") + 1
            if cut:
                at += cut
                yield text[:cut], at
            rest = text[cut:]
        if rest:
            yield rest, at + len(rest)


def sampled_lines(path: Path, begin: int, end: int, most: int) -> Iterator[bytes]:
    """About `most` lines as blocks, from places spread over the bytes `begin` … `end`; no line comes twice."""
    for k in range(_PLACES):
        start, stop = (begin + (end - begin) * part // _PLACES for part in (k, k + 1))
        start -= k > 0  # the byte before tells whether a line begins here
        block, _ = next(line_blocks(path, start), (b"", 0))
        cut = block.find(b"\n", max(stop - 1 - start, 0)) + 1  # a line belongs to where it begins
        lines = (block[:cut] if cut else block).split(b"\n", most // _PLACES + 1)
        yield b"\n".join(lines[1 if k else 0 : most // _PLACES + 1])


def record_blocks(path: Path, start: int, delimiter: str, width: int) -> Iterator[tuple[bytes, int, int]]:
    """Whole records of a table from `start` on: the bytes, where they end, and how many have not `width` cells.

    Raises
    ------
    InvalidInput
        A quotation mark is not closed, or something follows a closing one.
    """
    with path.open("rb") as file:
        file.seek(start)
        at, rest = start, b""
        while True:
            block = file.read(BLOCK)
            text = rest + block
            if not text:
                return
            used, odd, state = scan(np.frombuffer(text, dtype=np.uint8), ord(delimiter), width, not block, -1)
            if state == BROKEN or (used < len(text) and (not block or len(text) - used > LONGEST)):
                line = lines_before(path, at + used) + 1
                detail = "unexpected end of data" if state != BROKEN else f"'{delimiter}' expected after '\"'"
                raise InvalidInput("table_broken", path=str(path), line=line, detail=detail)
            rest = text[used:]
            if used:
                at += used
                yield text[:used], at, odd


def first_record(path: Path, start: int, delimiter: str) -> tuple[bytes, int]:
    """The first record that is not blank, and where it ends."""
    with path.open("rb") as file:
        file.seek(start)
        text = file.read(BLOCK)
        used, _, _ = scan(np.frombuffer(text, dtype=np.uint8), ord(delimiter), 0, len(text) < BLOCK, 1)
    return text[:used], start + used


def lines_before(path: Path, end: int) -> int:
    """How many lines end before `end`."""
    count = 0
    with path.open("rb") as file:
        while end > 0 and (block := file.read(min(BLOCK, end))):
            count += block.count(b"\n")
            end -= len(block)
    return count


@jit
def scan(text: NDArray[np.uint8], delimiter: int, width: int, final: bool, most: int) -> tuple[int, int, int]:
    """Walk over a table as Python's csv module does (strict): where the last whole record ends, how many records have
    not `width` cells, and the state at the end (5: a character after a closing quotation mark).

    `most` records at most, −1 for all. Blank lines are no records.
    """
    quote, newline, back = 34, 10, 13
    # 0 before a record, 1 before a cell, 2 in a plain cell, 3 in a quoted one, 4 after a quotation mark in such a one
    state, cells, odd, used, records = 0, 0, 0, 0, 0
    size = len(text)
    k = 0
    while k < size:
        c = text[k]
        k += 1
        if state == 3:
            if c == quote:
                state = 4
            continue
        if c in (newline, back):
            if c == back:
                if k == size and not final:
                    return used, odd, state
                if k < size and text[k] == newline:
                    k += 1
            if state != 0:
                records += 1
                if cells + 1 != width:
                    odd += 1
            state, cells, used = 0, 0, k
            if records == most:
                return used, odd, state
        elif c == delimiter:
            cells += 1
            state = 1
        elif c == quote and state != 2:
            state = 3
        elif state == 4:
            return used, odd, 5
        else:
            state = 2
    if final and state != 3 and state != 0:
        if cells + 1 != width:
            odd += 1
        return size, odd, 0
    if final and state == 0:
        used = size
    return used, odd, state
