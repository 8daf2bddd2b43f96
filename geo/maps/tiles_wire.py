"""Numbers as a Mapbox Vector Tile writes them (protobuf), for compiled loops and for what is written once.

A number is written within the loop that has it: a call for each, which counts who holds the array, takes as long again.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.compiled import inlined, jit

EXTENT: Final = 4096
# Drawn beyond the tile's edge, so that strokes and round joins do not show it (64 of 4,096, as PostGIS clips).
BUFFER: Final = 64
Bytes = NDArray[np.uint8]

# Field numbers and wire types of the specification 2.1, as the bytes they are.
TILE_LAYER: Final = 0x1A
LAYER_NAME, LAYER_FEATURE, LAYER_KEY, LAYER_VALUE, LAYER_EXTENT, LAYER_VERSION = 0x0A, 0x12, 0x1A, 0x22, 0x28, 0x78
FEATURE_ID, FEATURE_TAGS, FEATURE_TYPE, FEATURE_GEOMETRY = 0x08, 0x12, 0x18, 0x22
MOVE_ONE, CLOSE = 9, 15
POINT, LINE, POLYGON = 1, 2, 3


@jit
def copy(to: Bytes, at: int, given: Bytes, begin: int, count: int) -> None:
    """Copy bytes. An assignment to a slice is as fast and takes two seconds more to compile, wherever one stands."""
    for k in range(count):
        to[at + k] = given[begin + k]


@jit
def room(out: Bytes, at: int, more: int) -> Bytes:
    """`out` with room for `more` bytes from `at` on."""
    if at + more <= len(out):
        return out
    wide = np.empty(2 * (at + more), np.uint8)
    copy(wide, 0, out, 0, at)
    return wide


@inlined
def put(out: Bytes, at: int, value: int) -> int:
    """Write a number ≥ 0 as a varint (at most 10 bytes); returns where the next one goes."""
    while value > 127:
        out[at] = (value & 127) | 128
        value >>= 7
        at += 1
    out[at] = value
    return at + 1


@inlined
def put_step(out: Bytes, at: int, dx: int, dy: int) -> int:
    """Write two steps of the pen (zigzag). Most have one byte or two: these are written without a branch."""
    x, y = (dx << 1) ^ (dx >> 63), (dy << 1) ^ (dy >> 63)
    if (x | y) >> 14 == 0:
        more = int(x > 127)
        out[at] = (x & 127) | (more << 7)
        out[at + 1] = x >> 7
        at += 1 + more
        more = int(y > 127)
        out[at] = (y & 127) | (more << 7)
        out[at + 1] = y >> 7
        return at + 1 + more
    return put(out, put(out, at, x), y)


@inlined
def width(value: int) -> int:
    """Bytes of a number ≥ 0 as a varint."""
    n = 1
    while value > 127:
        value >>= 7
        n += 1
    return n


@jit
def put_feature(
    out: Bytes, at: int, number: int, kind: int, tags: NDArray[np.int64], tag_count: int, geometry: Bytes, size: int
) -> tuple[Bytes, int]:
    """Write one feature of a layer; `number` 0 is no id.

    `tags` are pairs of a key and a value, `geometry` the commands that are written already.
    """
    tag_bytes = 0
    for k in range(tag_count):
        tag_bytes += width(tags[k])
    length = 2 + 1 + width(size) + size
    if number:
        length += 1 + width(number)
    if tag_count:
        length += 1 + width(tag_bytes) + tag_bytes
    out = room(out, at, length + 12)
    out[at] = LAYER_FEATURE
    at = put(out, at + 1, length)
    if number:
        out[at] = FEATURE_ID
        at = put(out, at + 1, number)
    if tag_count:
        out[at] = FEATURE_TAGS
        at = put(out, at + 1, tag_bytes)
        for k in range(tag_count):
            at = put(out, at, tags[k])
    out[at] = FEATURE_TYPE
    out[at + 1] = kind
    out[at + 2] = FEATURE_GEOMETRY
    at = put(out, at + 3, size)
    copy(out, at, geometry, 0, size)
    return out, at + size


def varint(value: int) -> bytes:
    """A number ≥ 0."""
    out = bytearray()
    while value > 127:
        out.append((value & 127) | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(tag: int, body: bytes) -> bytes:
    """A field that says its own length."""
    return bytes([tag]) + varint(len(body)) + body


def value_bytes(value: Any) -> bytes:
    """A property's value, as a field of its layer: text, truth, whole number or double."""
    if isinstance(value, bool | np.bool_):
        body = b"\x38" + varint(int(value))
    elif isinstance(value, int | np.integer):
        number = int(value)
        body = b"\x28" + varint(number) if number >= 0 else b"\x30" + varint(-2 * number - 1)
    elif isinstance(value, float | np.floating):
        body = b"\x19" + np.float64(value).tobytes()
    else:
        body = field(0x0A, str(value).encode())
    return field(LAYER_VALUE, body)


def layer_bytes(name: str, features: bytes, keys: bytes, values: bytes) -> bytes:
    """A tile of one layer."""
    head = bytes([LAYER_VERSION, 2]) + field(LAYER_NAME, name.encode())
    extent = bytes([LAYER_EXTENT]) + varint(EXTENT)
    return field(TILE_LAYER, b"".join((head, features, keys, values, extent)))
