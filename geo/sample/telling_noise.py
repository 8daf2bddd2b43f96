"""Slips of ear, hand and machine: homophones, look-alikes, lost and doubled signs, traditional and wide writing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import cache
from typing import Any, Final

import numpy as np

from geo.sample.telling_words import phrases

# Signs that tell places apart are never slips: 东苑 is not 西苑, 3期 not 2期.
KEPT: Final = frozenset("东南西北中上下前后左右新老大小一二三四五六七八九十甲乙丙丁期区苑园里村路街巷号楼栋幢座单元室")
# Sounds that dialects and input methods mix up.
_MERGED: Final = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ing", "in"), ("eng", "en"), ("ang", "an"), ("l", "n"))
_DIGITS: Final = str.maketrans("0123456789", "０１２３４５６７８９")
_NUMERALS: Final = "零一二三四五六七八九"


def numeral(value: int) -> str:
    """12 as 十二; up to 99."""
    tens, ones = divmod(value, 10)
    head = "" if not tens else ("十" if tens == 1 else f"{_NUMERALS[tens]}十")
    return head + (_NUMERALS[ones] if ones or not tens else "")


def slip(name: str, rng: np.random.Generator) -> tuple[str, str]:
    """`name` with one slip, and its kind; ("", "") where it holds no sign that may slip."""
    free = [i for i, sign in enumerate(name) if "一" <= sign <= "鿿" and sign not in KEPT]
    if not free:
        return "", ""
    kind, change = _SLIPS[int(rng.choice(len(_SLIPS), p=_SHARES))]
    at = free[int(rng.integers(0, len(free)))]
    made = change(name, at, rng)
    return (made, kind) if made != name else ("", "")


def confusable(one: str, other: str) -> bool:
    """Whether two signs sound or look alike, so that either may be a slip for the other."""
    return other in _alike().get(one, "") or other in _lookalikes().get(one, "")


def traditional(text: str) -> str:
    """The text in traditional signs."""
    return str(_converter().convert(text))


def wide(text: str) -> str:
    """Digits as full-width signs."""
    return text.translate(_DIGITS)


def _homophone(name: str, at: int, rng: np.random.Generator) -> str:
    return _swap(name, at, _alike().get(name[at], ""), rng)


def _shape(name: str, at: int, rng: np.random.Generator) -> str:
    return _swap(name, at, _lookalikes().get(name[at], ""), rng)


def _lost(name: str, at: int, rng: np.random.Generator) -> str:
    return name[:at] + name[at + 1 :] if len(name) > 3 else name


def _doubled(name: str, at: int, rng: np.random.Generator) -> str:
    return name[: at + 1] + name[at:]


def _turned(name: str, at: int, rng: np.random.Generator) -> str:
    if at + 1 == len(name) or name[at + 1] in KEPT or len(name) < 4:
        return name
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def _other(name: str, at: int, rng: np.random.Generator) -> str:
    """Any common sign: a slip of the input method that neither sounds nor looks alike."""
    return _swap(name, at, _common(), rng) if len(name) > 3 else name


_SLIPS: Final[tuple[tuple[str, Callable[[str, int, np.random.Generator], str]], ...]] = (
    ("homophone", _homophone),
    ("shape", _shape),
    ("lost", _lost),
    ("doubled", _doubled),
    ("turned", _turned),
    ("other", _other),
)
_SHARES: Final = (0.44, 0.16, 0.13, 0.06, 0.06, 0.15)


def _swap(name: str, at: int, choices: str, rng: np.random.Generator) -> str:
    if not choices:
        return name
    return name[:at] + choices[int(rng.integers(0, len(choices)))] + name[at + 1 :]


@cache
def _common() -> str:
    """The 3,755 signs of the first level of GB 2312."""
    return "".join(
        bytes((row, cell)).decode("gb2312")
        for row in range(0xB0, 0xD8)
        for cell in range(0xA1, 0xFF)
        if (row, cell) < (0xD7, 0xFA)
    )


@cache
def _alike() -> dict[str, str]:
    """For each common sign those that sound like it, also where `_MERGED` sounds are mixed up."""
    from pypinyin import Style, pinyin

    groups: dict[str, list[str]] = defaultdict(list)
    sounds: dict[str, str] = {}
    for sign in _common():
        sound = pinyin(sign, style=Style.NORMAL)[0][0]
        for full, merged in _MERGED:
            if full in ("ing", "eng", "ang"):
                sound = sound[: -len(full)] + merged if sound.endswith(full) else sound
            else:
                sound = merged + sound[len(full) :] if sound.startswith(full) else sound
        sounds[sign] = sound
        groups[sound].append(sign)
    return {sign: "".join(other for other in groups[sound] if other != sign) for sign, sound in sounds.items()}


@cache
def _lookalikes() -> dict[str, str]:
    found: dict[str, str] = defaultdict(str)
    for group in phrases()["slips"]["shapes"]:
        for sign in group:
            found[sign] += group.replace(sign, "")
    return dict(found)


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("s2t")
