"""One way to write a place: what both the gazetteer and a citizen's text are turned into before they are compared."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

# Stands in every file of fitted weights: they hold for texts that were normalised in this way only.
VERSION: Final = 3

# Characters of a text that are read.
LIMIT: Final = 1000
# Joins the parts of a name or is left out at will: 绿城·桃花源, 绿城桃花源.
_JOINERS: Final = frozenset("·・•‧∙'’`")
_KEPT: Final = frozenset("#-")
_DIGITS: Final = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
# Numerals become digits only before a word that is counted: 三里屯 and 五一路 stay.
_COUNTED: Final = re.compile(r"[零〇一二两三四五六七八九十百]+(?=号|#|幢|栋|座|单元|室|户|弄|期|区|组|排|层|楼|院)")
# 3号楼, 3 号楼, 3幢, 3号栋, A座 and 3#楼 are one building: 3#.
_BUILDING: Final = re.compile(r"(?<=[0-9a-z甲乙丙丁戊己]) ?(?:(?:号|#)楼(?![上下道梯])|号?[幢栋座])")


@dataclass(frozen=True)
class Normal:
    """Normalised text; character i of `text` came from character ``offsets[i]`` of the original.

    Punctuation and blanks are one " "; nothing else is a " ".
    """

    text: str
    offsets: tuple[int, ...]

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original text that ``text[start:end]`` came from."""
        return (self.offsets[start], self.offsets[end - 1] + 1) if end > start else (0, 0)


def normalise(text: str, *, limit: int = LIMIT) -> Normal:
    """Fold width, case, traditional characters, separators, numerals and words for a building.

    Only `limit` characters are read.
    """
    characters: list[str] = []
    offsets: list[int] = []
    for i, original in enumerate(text[:limit]):
        for character in folded(original):
            if character in _JOINERS:
                continue
            kept = character.isalnum() or character in _KEPT
            if not kept and (not characters or characters[-1] == " "):
                continue
            characters.append(character if kept else " ")
            offsets.append(i)
    return _one_building_word(_with_digits("".join(characters), offsets))


def name_key(name: str) -> str:
    """A name as it is looked up: normalised, without blanks."""
    return normalise(name).text.replace(" ", "")


@lru_cache(maxsize=1 << 16)
def folded(character: str) -> str:
    """One character as it is compared; it may become several (㎡) or none."""
    return unicodedata.normalize("NFKC", character).lower().translate(_simpler())


@cache
def _simpler() -> dict[int, int]:
    """The simplified form of each traditional character, one to one, from OpenCC's table of characters."""
    from opencc import OpenCC

    every = [chr(point) for block in (range(0x3400, 0xA000), range(0xF900, 0xFB00)) for point in block]
    simple = OpenCC("t2s").convert("\n".join(every)).split("\n")
    return {ord(a): ord(b) for a, b in zip(every, simple, strict=True) if a != b and len(b) == 1}


def _one_building_word(normal: Normal) -> Normal:
    parts: list[str] = []
    origins: list[int] = []
    done = 0
    for match in _BUILDING.finditer(normal.text):
        parts += [normal.text[done : match.start()], "#"]
        origins += [*normal.offsets[done : match.start()], normal.offsets[match.end() - 1]]
        done = match.end()
    return Normal("".join((*parts, normal.text[done:])), (*origins, *normal.offsets[done:])) if done else normal


def _with_digits(text: str, offsets: list[int]) -> Normal:
    parts: list[str] = []
    origins: list[int] = []
    done = 0
    for match in _COUNTED.finditer(text):
        value = str(_value(match.group()))
        parts += [text[done : match.start()], value]
        # Digits of a numeral share its span: the first points at its start, the last at its end.
        span = offsets[match.start() : match.end()]
        origins += offsets[done : match.start()] + [span[0]] * (len(value) - 1) + [span[-1]]
        done = match.end()
    return Normal("".join((*parts, text[done:])), tuple(origins + offsets[done:]))


def _value(numeral: str) -> int:
    """The number that 十二, 二十, 一百零三 or 一二 stands for."""
    if not any(unit in numeral for unit in "十百"):
        return int("".join(str(_DIGITS[digit]) for digit in numeral))
    total, digit = 0, 0
    for character in numeral:
        if character in "十百":
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS[character]
    return total + digit
