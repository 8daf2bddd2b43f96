"""Compiled reading of decimal numbers, rounded as exactly as the interpreter rounds them.

Up to 2⁵³ and 10²² a number is one exact division or product (Clinger 1990). Beyond that its digits are multiplied by a
power of five of 128 bits (Lemire 2021, "Number parsing at a gigabyte per second"), which is exact for as many digits
and as small powers as are taken here. All others are left to who calls.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.compiled import inlined, jit

Bytes = NDArray[np.uint8]
Bits = NDArray[np.uint64]
Floats = NDArray[np.float64]

# More digits would not fit into a signed word; Python writes a double with 17 at most.
_DIGITS_MOST: Final = 18
_EXACT_MOST: Final = 1 << 53
# Powers of ten that doubles hold exactly, and those whose 128 bits leave no doubt about the rounding.
_TEN_MOST: Final = 22
_LEAST: Final = -27
_MOST: Final = _TEN_MOST

_MINUS, _PLUS, _DOT, _ZERO, _SMALL_E, _LARGE_E = (ord(sign) for sign in "-+.0eE")
_TENS: Final = np.array([10.0**k for k in range(_TEN_MOST + 1)])


def _fives() -> Bits:
    """5^q for q from `_LEAST` to `_MOST`: the first 128 bits as two words; of a fraction rounded up."""
    rows = []
    for q in range(_LEAST, _MOST + 1):
        power = 5 ** abs(q)
        length = power.bit_length()  # of no power of two beside 1, so this is its logarithm rounded up
        bits = 2 ** (length + 127) // power + 1 if q < 0 else power << (128 - length)
        rows.append((bits >> 64, bits & (2**64 - 1)))
    return np.array(rows, dtype=np.uint64)


_FIVES: Final = _fives()


@inlined
def sign_at(text: Bytes, at: int) -> Any:
    """A sign of the text; a place that cannot be negative spares a look for it, a third of the time."""
    return text[np.uint64(at)]


@inlined
def read_decimal(text: Bytes, at: int, number: Floats, bits: Bits, k: int) -> int:
    """Read the JSON number at `at` into `number[k]`; `bits` are the same memory as words.

    After the text stands a zero byte, so that nothing is looked for beyond it. Returns where the number ends, or −1
    where it is none or has to be read by other means.
    """
    negative = sign_at(text, at) == _MINUS
    begin = at + int(negative)
    at, digits = _read_digits(text, begin, np.uint64(0))
    count = at - begin
    if count == 0 or (count > 1 and sign_at(text, begin) == _ZERO):
        return -1
    power = 0
    if sign_at(text, at) == _DOT:
        dot = at + 1
        at, digits = _read_digits(text, dot, digits)
        power = dot - at
        if power == 0:
            return -1
    if count - power > _DIGITS_MOST and count - power - _leading_zeros(text, begin) > _DIGITS_MOST:
        return -1
    if sign_at(text, at) == _SMALL_E or sign_at(text, at) == _LARGE_E:
        at, more = _exponent(text, at + 1)
        if at < 0:
            return -1
        power += more
    if at == begin + count and digits == 0:
        negative = False  # a whole number has no negative zero
    if digits <= _EXACT_MOST and -_TEN_MOST <= power <= _TEN_MOST:
        value = float(np.int64(digits))
        value = value * _TENS[power] if power >= 0 else np.divide(value, _TENS[-power])
        number[k] = -value if negative else value
        return at
    if digits == 0 or not _LEAST <= power <= _MOST:
        return -1
    bits[k] = _rounded(digits, power) | (np.uint64(negative) << np.uint64(63))
    return at


@inlined
def _read_digits(text: Bytes, at: int, digits: np.uint64) -> tuple[int, Any]:
    """Digits from `at` on, appended to `digits`: where they end, and the number (modulo 2⁶⁴)."""
    while True:
        digit = np.uint64(sign_at(text, at)) - np.uint64(_ZERO)
        if digit > np.uint64(9):
            return at, digits
        digits = digits * np.uint64(10) + digit
        at += 1


@jit
def _leading_zeros(text: Bytes, at: int) -> int:
    zeros = 0
    while text[at] == _ZERO or text[at] == _DOT:
        zeros += text[at] == _ZERO
        at += 1
    return zeros


@jit
def _exponent(text: Bytes, at: int) -> tuple[int, int]:
    """What follows the letter: where it ends, −1 where it is none or long; and the power."""
    sign = -1 if text[at] == _MINUS else 1
    if text[at] == _MINUS or text[at] == _PLUS:
        at += 1
    begin, power = at, 0
    while _ZERO <= text[at] <= _ZERO + 9:
        if at - begin == 3:
            return -1, 0
        power = 10 * power + int(text[at]) - _ZERO
        at += 1
    return (at, sign * power) if at > begin else (-1, 0)


@jit
def _rounded(digits: np.uint64, power: int) -> Any:
    """The bits of the double nearest to digits × 10^power, to even in the middle; digits are not 0.

    Written in words without sign throughout: numba makes a float of a sum of words with and without.
    """
    one, whole = np.uint64(1), np.uint64(64)
    zeros = np.uint64(0)
    while digits >> np.uint64(56) == 0:
        digits, zeros = digits << np.uint64(8), zeros + np.uint64(8)
    while digits >> np.uint64(63) == 0:
        digits, zeros = digits << one, zeros + one
    high, low = _product(digits, _FIVES[power - _LEAST, 0])
    if high & np.uint64(0x1FF) == np.uint64(0x1FF):
        more, _ = _product(digits, _FIVES[power - _LEAST, 1])
        low += more
        if low < more:
            high += one
    upper = high >> np.uint64(63)
    shift = upper + whole - np.uint64(55)
    mantissa = high >> shift
    # Exactly in the middle: only such powers have a product that ends.
    if low <= one and -4 <= power <= 23 and mantissa & np.uint64(3) == one and mantissa << shift == high:
        mantissa &= ~one
    mantissa = (mantissa + (mantissa & one)) >> one
    # ⌊power × log₂ 10⌋ in whole numbers, and the offset of a double's exponent.
    exponent = np.uint64(((152170 + 65536) * power >> 16) + 63 + 1023) + upper - zeros
    if mantissa >> np.uint64(53) != 0:
        mantissa, exponent = one << np.uint64(52), exponent + one
    return (mantissa & ((one << np.uint64(52)) - one)) | (exponent << np.uint64(52))


@jit
def _product(a: np.uint64, b: np.uint64) -> tuple[Any, Any]:
    """The product as two words, the upper one first."""
    half, mask = np.uint64(32), np.uint64(0xFFFFFFFF)
    a1, a0, b1, b0 = a >> half, a & mask, b >> half, b & mask
    low, cross = a0 * b0, a1 * b0
    middle = a0 * b1 + (low >> half) + (cross & mask)
    return a1 * b1 + (cross >> half) + (middle >> half), (middle << half) | (low & mask)
