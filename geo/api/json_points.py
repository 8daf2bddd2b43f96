"""Points read straight from the bytes of a JSON body, without an object for each number.

Only lists of numbers under `lon`, `lat` or `points` at the top of the body are read here. Everything else is left to
the general reader, which is given the body without these lists: so it still judges whether the whole is JSON.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.api.decimals import Bytes, Floats, read_decimal, sign_at
from geo.compiled import inlined, jit

Ints = NDArray[np.int64]

_QUOTE, _BACKSLASH, _COLON, _COMMA = (ord(sign) for sign in '"\\:,')
_OPEN_BRACE, _CLOSE_BRACE, _OPEN_BRACKET, _CLOSE_BRACKET = (ord(sign) for sign in "{}[]")
_BLANK, _TAB, _LINE_FEED, _RETURN = (ord(sign) for sign in " \t\n\r")
_LON: Final = np.frombuffer(b"lon", dtype=np.uint8)
_LAT: Final = np.frombuffer(b"lat", dtype=np.uint8)
_POINTS: Final = np.frombuffer(b"points", dtype=np.uint8)
_N, _U, _L = (ord(sign) for sign in "nul")


class ListsOfNumbers(NamedTuple):
    """What a body says of points: float64 (n,) each, NaN for null; and the body without them."""

    lon: Floats
    lat: Floats
    rest: bytes


def read_lists(body: bytes, most: int) -> ListsOfNumbers | None:
    """The points of a body; None where they cannot be read here: no such lists, other values, or too many.

    Parameters
    ----------
    most : numbers that a list may hold.
    """
    text = np.frombuffer(body + b"\0", dtype=np.uint8)
    lon, lat = np.empty(most), np.empty(most)
    # Of `lon`, `lat`, `points`: where the list begins and ends, and how many it holds; −1 where there is none.
    lists = np.full((3, 3), -1, dtype=np.int64)
    if not _find_lists(text, lon, lat, lists):
        return None
    (_, _, lons), (_, _, lats), (_, _, pairs) = lists.tolist()
    if not (pairs >= 0 and lons < 0 and lats < 0) and not (pairs < 0 and lons >= 0 and lats >= 0):
        return None
    count_lon, count_lat = (pairs, pairs) if pairs >= 0 else (lons, lats)
    parts, end = [], 0
    for start, stop, _ in sorted(row for row in lists.tolist() if row[2] >= 0):
        parts += [body[end:start], b"null"]
        end = stop
    return ListsOfNumbers(lon[:count_lon], lat[:count_lat], b"".join((*parts, body[end:])))


@jit
def _find_lists(text: Bytes, lon: Floats, lat: Floats, lists: Ints) -> bool:
    """Walk over the top level of an object; False where this reader does not understand it.

    The last sign is a closing brace, which stands in no number, word or blank: loops over those end there.
    """
    end = len(text) - 2
    while end > 0 and _is_blank(text[end]):
        end -= 1
    if end < 1 or text[end] != _CLOSE_BRACE:
        return False
    at = _past_blanks(text, 0)
    if text[at] != _OPEN_BRACE:
        return False
    while True:
        at = _past_blanks(text, at + 1)
        if text[at] != _QUOTE:
            return False
        name = at + 1
        at = _string_end(text, at, end)
        if at < 0:
            return False
        which = _which(text, name, at)
        at = _past_blanks(text, at + 1)
        if text[at] != _COLON:
            return False
        at = _past_blanks(text, at + 1)
        if which < 0 or text[at] != _OPEN_BRACKET:
            at = _value_end(text, at, end)
        elif lists[which, 2] >= 0:
            return False  # of a name that stands twice the last counts
        else:
            lists[which, 0] = at
            if which == 2:
                at, lists[which, 2] = _read_pairs(text, at, lon, lat)
            else:
                at, lists[which, 2] = _read_numbers(text, at, lon if which == 0 else lat)
            lists[which, 1] = at
        if at < 0:
            return False
        at = _past_blanks(text, at)
        if text[at] != _COMMA:
            return at == end  # the closing brace


@inlined
def _is_blank(sign: int) -> bool:
    return sign in (_BLANK, _LINE_FEED, _RETURN, _TAB)


@inlined
def _past_blanks(text: Bytes, at: int) -> int:
    while _is_blank(sign_at(text, at)):
        at += 1
    return at


@jit
def _string_end(text: Bytes, at: int, end: int) -> int:
    """Where the quote stands that ends the string that begins at `at`; −1 where none does."""
    at += 1
    while at < end and text[at] != _QUOTE:
        at += 2 if text[at] == _BACKSLASH else 1
    return at if at < end else -1


@jit
def _which(text: Bytes, start: int, stop: int) -> int:
    """0, 1 and 2 for the names of lists; −1 for any other. One written with escapes is one of the others' readers."""
    if _is_word(text, start, stop, _LON):
        return 0
    if _is_word(text, start, stop, _LAT):
        return 1
    return 2 if _is_word(text, start, stop, _POINTS) else -1


@jit
def _is_word(text: Bytes, start: int, stop: int, word: Bytes) -> bool:
    """Whether `word` stands from `start` to `stop`."""
    same = stop - start == len(word)
    for k in range(len(word) if same else 0):
        same &= text[start + k] == word[k]
    return same


@jit
def _value_end(text: Bytes, at: int, end: int) -> int:
    """Past a value that is of no interest; −1 where it has no end. Whether it is one is judged elsewhere."""
    depth = 0
    while at < end:
        sign = text[at]
        if sign == _QUOTE:
            at = _string_end(text, at, end)
            if at < 0:
                return -1
        elif sign in (_OPEN_BRACE, _OPEN_BRACKET):
            depth += 1
        elif sign in (_CLOSE_BRACE, _CLOSE_BRACKET):
            depth -= 1
        elif sign == _COMMA and depth == 0:
            return at
        at += 1
    return at if depth == 0 else -1


@jit
def _read_numbers(text: Bytes, at: int, to: Floats) -> tuple[int, int]:
    """Numbers and null between brackets: where they end and how many they are; −1 where anything else stands there.

    The steps to the next item stand here and in `_read_pairs`: shared, they cost this loop a fifth of its speed.
    """
    bits = to.view(np.uint64)
    at = _past_blanks(text, at + 1)
    if sign_at(text, at) == _CLOSE_BRACKET:
        return at + 1, 0
    count = 0
    while count < len(to):
        at = _read_one(text, at, to, bits, count)
        if at < 0:
            break
        count += 1
        at = _past_blanks(text, at)
        if sign_at(text, at) == _CLOSE_BRACKET:
            return at + 1, count
        if sign_at(text, at) != _COMMA:
            break
        at = _past_blanks(text, at + 1)
    return -1, -1


@jit
def _read_pairs(text: Bytes, at: int, lon: Floats, lat: Floats) -> tuple[int, int]:
    """Pairs of numbers and null between brackets, as `_read_numbers`; null in place of a pair is a pair of them."""
    lon_bits, lat_bits = lon.view(np.uint64), lat.view(np.uint64)
    at = _past_blanks(text, at + 1)
    if sign_at(text, at) == _CLOSE_BRACKET:
        return at + 1, 0
    count = 0
    while count < len(lon):
        if sign_at(text, at) == _OPEN_BRACKET:
            at = _read_one(text, _past_blanks(text, at + 1), lon, lon_bits, count)
            if at < 0:
                break
            at = _past_blanks(text, at)
            if sign_at(text, at) != _COMMA:
                break
            at = _read_one(text, _past_blanks(text, at + 1), lat, lat_bits, count)
            if at < 0:
                break
            at = _past_blanks(text, at)
            if sign_at(text, at) != _CLOSE_BRACKET:
                break
            at += 1
        elif _is_null(text, at):
            lon[count] = lat[count] = np.nan
            at += 4
        else:
            break
        count += 1
        at = _past_blanks(text, at)
        if sign_at(text, at) == _CLOSE_BRACKET:
            return at + 1, count
        if sign_at(text, at) != _COMMA:
            break
        at = _past_blanks(text, at + 1)
    return -1, -1


@inlined
def _read_one(text: Bytes, at: int, to: Floats, bits: NDArray[np.uint64], k: int) -> int:
    """A number or null into `to[k]`; where it ends, −1 where it is neither."""
    if _is_null(text, at):
        to[k] = np.nan
        return at + 4
    return read_decimal(text, at, to, bits, k)


@inlined
def _is_null(text: Bytes, at: int) -> bool:
    # Where a sign differs nothing is read beyond it, so that the zero byte after the text is the last one seen.
    return bool(
        sign_at(text, at) == _N
        and sign_at(text, at + 1) == _U
        and sign_at(text, at + 2) == _L
        and sign_at(text, at + 3) == _L
    )
