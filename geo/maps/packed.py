"""Many whole numbers as a short text: what pages of ten thousand units are made of.

Numbers are written as in Protocol Buffers: zigzag (signs go to the lowest bit), then seven bits a byte, the lowest
first, the highest bit telling that more follow (https://protobuf.dev/programming-guides/encoding); the bytes as base64.
A step of a border takes three to five characters so, where JSON takes six to ten.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.maps.encode import SCALE, Encoder

_BITS: Final = 7
_MOST_BYTES: Final = 10


def packed(values: Sequence[int] | NDArray[Any]) -> str:
    """Whole numbers of up to 63 bits as text; `unpack` of static/app/packed.js reads it."""
    numbers = np.asarray(values, dtype=np.int64)
    left = ((numbers << 1) ^ (numbers >> 63)).astype(np.uint64)
    columns = []
    more = np.ones(len(left), dtype=bool)
    shown = []
    for _ in range(_MOST_BYTES):
        low = (left & np.uint64(0x7F)).astype(np.uint8)
        left = left >> np.uint64(_BITS)
        shown.append(more)
        more = more & (left > 0)
        columns.append(low | (more.astype(np.uint8) << _BITS))
        if not more.any():
            break
    table, mask = np.column_stack(columns), np.column_stack(shown)
    return base64.b64encode(table[mask].tobytes()).decode("ascii")


def steps(values: Sequence[int] | NDArray[Any]) -> str:
    """Numbers that differ little from one to the next: the first one, then the differences, packed."""
    numbers = np.asarray(values, dtype=np.int64)
    return packed(np.diff(numbers, prepend=0))


def packed_lines(lines: NDArray[Any], encoder: Encoder) -> dict[str, str]:
    """Lines as two texts: how many numbers each has, and all of them, as steps of micro-degrees (`geo.maps.encode`).

    Each line begins with its first point as the step from the first point of the line before; points that fall
    together are written once.

    Parameters
    ----------
    lines : object (n,), WGS84 lines or rings, none of them empty.
    """
    coordinates, owner = shapely.get_coordinates(lines, return_index=True)
    whole = np.rint((coordinates - (encoder.lon0, encoder.lat0)) * SCALE).astype(np.int64)
    first = np.ones(len(owner), dtype=bool)
    first[1:] = owner[1:] != owner[:-1]
    flat = np.diff(whole, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    flat[first] = np.diff(whole[first], axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    kept = first | (flat != 0).any(axis=1)
    counts = 2 * np.bincount(owner[kept], minlength=len(lines))
    return {"counts": packed(counts), "flat": packed(flat[kept].ravel())}
