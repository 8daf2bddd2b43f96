"""One way to write a place: what both the gazetteer and a citizen's text are turned into before they are compared."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

# Joins the parts of a name or is left out at will: 绿城·桃花源, 绿城桃花源.
_JOINERS: Final = frozenset("·・•‧∙'’`")
_KEPT: Final = frozenset("#-")
# Traditional characters that are common in addresses; anything else is left as it is.
_SIMPLER: Final = str.maketrans(
    "樓號單區園東門廣場鎮鄉裡裏車馬廠龍華麗陽雲橋灣嶺島館醫學灘亞風鳳鄰師範衛豐寶慶與長開關農漁業興萬億級綠麵時樂聯聖貝賓樹"
    "莊處問間閣榮藝鐵銀錦鋼鋪錢頭題頂顧順頤領費資賢貿幹乾後麥點熱燈煙營環現畫當發",
    "楼号单区园东门广场镇乡里里车马厂龙华丽阳云桥湾岭岛馆医学滩亚风凤邻师范卫丰宝庆与长开关农渔业兴万亿级绿面时乐联圣贝宾树"
    "庄处问间阁荣艺铁银锦钢铺钱头题顶顾顺颐领费资贤贸干干后麦点热灯烟营环现画当发",
)
_DIGITS: Final = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
# Numerals become digits only before a word that is counted: 三里屯 and 五一路 stay.
_COUNTED: Final = re.compile(r"[零〇一二两三四五六七八九十百]+(?=号|#|幢|栋|座|单元|室|户|弄|期|区|组|排|层|楼|院)")


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


def normalise(text: str, *, limit: int = 1000) -> Normal:
    """Fold width, case, common traditional characters, separators and numerals; only `limit` characters are read."""
    characters: list[str] = []
    offsets: list[int] = []
    for i, original in enumerate(text[:limit]):
        for character in unicodedata.normalize("NFKC", original).lower().translate(_SIMPLER):
            if character in _JOINERS:
                continue
            kept = character.isalnum() or character in _KEPT
            if not kept and (not characters or characters[-1] == " "):
                continue
            characters.append(character if kept else " ")
            offsets.append(i)
    return _with_digits("".join(characters), offsets)


def name_key(name: str) -> str:
    """A name as it is looked up: normalised, without blanks."""
    return normalise(name).text.replace(" ", "")


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
