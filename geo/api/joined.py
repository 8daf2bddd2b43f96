"""Columns of a JSON answer put together from texts that were made once: a compiled copy for each row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from geo.compiled import jit

Words = NDArray[np.uint64]
_WORD: Final = 8


class Cells(NamedTuple):
    """JSON values, each with its comma: `words` uint64 (n, width), of whose bytes `length` int64 (n,) count."""

    words: Words
    length: NDArray[np.int64]


def cells_of(values: Sequence[str | None]) -> Cells:
    """The texts of values."""
    texts = [orjson.dumps(value) + b"," for value in values]
    length = np.array([len(text) for text in texts], dtype=np.int64)
    width = -(-int(length.max()) // _WORD)
    words = np.frombuffer(b"".join(text.ljust(_WORD * width) for text in texts), dtype=np.uint64)
    return Cells(words.reshape(len(texts), width), length)


def joined(cells: Cells, index: NDArray[Any]) -> memoryview:
    """The cells by position, −1 the last one, without the comma of the last row."""
    # Whole words are copied wherever they go, and the next row is written over what does not count of them. A second
    # row to spare keeps them overlapping where there is no row at all: arrays of another kind are compiled for anew.
    out = np.empty((len(index) + 2) * _WORD * cells.words.shape[1], dtype=np.uint8)
    anywhere: Words = np.ndarray((len(out) - _WORD + 1,), dtype=np.uint64, buffer=out, strides=(1,))
    end = _copy(cells.words, cells.length, index, anywhere)
    return out[: max(end - 1, 0)].data


@jit
def _copy(words: Words, length: NDArray[np.int64], index: NDArray[Any], out: Words) -> int:
    at, width, last = 0, words.shape[1], len(length) - 1
    for k in range(len(index)):
        row = int(index[k])
        row = row if row >= 0 else last
        for column in range(width):
            # A place without sign spares a look whether it is counted from the end.
            out[np.uint64(at + _WORD * column)] = words[np.uint64(row), np.uint64(column)]
        at += length[np.uint64(row)]
    return at
