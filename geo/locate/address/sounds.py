"""How characters sound: one syllable a character, without tones, so that a slip of the ear is found."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

_PLANE = 0x10000
_TONES = str.maketrans("āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹḿ", "aaaaeeeeiiiioooouuuuvvvvvnnnm")


@cache
def syllables() -> NDArray[np.int32]:
    """Of each code point of the basic plane the number of its commonest syllable; 0 where it has none.

    Syllables that many speakers do not tell apart share a number: zh/z, ch/c, sh/s, n/l, -ng/-n.
    """
    from pypinyin.pinyin_dict import pinyin_dict

    numbers: dict[str, int] = {}
    table = np.zeros(_PLANE, dtype=np.int32)
    for point, readings in pinyin_dict.items():
        if point < _PLANE:
            table[point] = numbers.setdefault(_merged(readings.partition(",")[0]), len(numbers) + 1)
    return table


def _merged(reading: str) -> str:
    plain = reading.translate(_TONES)
    for strict, loose in (("zh", "z"), ("ch", "c"), ("sh", "s")):
        if plain.startswith(strict):
            plain = loose + plain[2:]
    plain = plain.removesuffix("g") if plain.endswith("ng") else plain
    return "l" + plain[1:] if plain.startswith("n") and len(plain) > 1 else plain
