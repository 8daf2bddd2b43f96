"""Numbers and borders as short texts: read back they are what they were."""

from __future__ import annotations

import base64

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.maps.encode import Encoder
from geo.maps.packed import packed, packed_lines, steps

WHOLE = st.integers(-(2**62), 2**62)


def unpacked(text: str) -> list[int]:
    """The numbers of a text, one byte after another."""
    out, value, shift = [], 0, 0
    for byte in base64.b64decode(text):
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            out.append(value >> 1 if value % 2 == 0 else -(value >> 1) - 1)
            value, shift = 0, 0
    return out


@given(st.lists(WHOLE))
def test_what_is_packed_comes_back(values: list[int]) -> None:
    assert unpacked(packed(values)) == values


@given(st.lists(st.integers(-(2**40), 2**40)))
def test_steps_add_up_again(values: list[int]) -> None:
    assert np.cumsum(unpacked(steps(values))).tolist() == values


def test_small_numbers_take_one_byte() -> None:
    assert len(base64.b64decode(packed(list(range(-64, 64))))) == 128
    assert unpacked(packed([63, 64, -64, -65])) == [63, 64, -64, -65]


@given(st.lists(st.lists(st.tuples(st.integers(-999, 999), st.integers(-999, 999)), min_size=2), max_size=6))
def test_lines_come_back_as_the_encoder_writes_them(lines: list[list[tuple[int, int]]]) -> None:
    encoder = Encoder(114.0, 33.0)
    shapes = np.empty(len(lines), dtype=object)
    shapes[:] = [shapely.LineString([(114 + x * 1e-6, 33 + y * 1e-6) for x, y in line]) for line in lines]
    told = packed_lines(shapes, encoder)
    flat, at, first, found = unpacked(told["flat"]), 0, np.zeros(2, dtype=int), []
    for count in unpacked(told["counts"]):
        line = flat[at : at + count]
        first = first + line[:2]
        found.append([*first.tolist(), *line[2:]])
        at += count
    assert at == len(flat)
    assert found == [encoder.flat(shapely.get_coordinates(shape)) for shape in shapes]
