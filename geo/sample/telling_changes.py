"""Names as they are typed into a map: without brackets, ending or beginning, shorter, with another word."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import numpy as np

from geo.sample.telling_words import chance, phrases, pick

_BRACKETS: Final = re.compile(r"[（(]([^（）()]+)[）)]")
_ENDS: Final = ("有限公司", "有限责任公司", "营业厅", "服务中心", "小区", "公寓", "大厦", "店", "停车场", "超市")
BUILDING_WORDS: Final = ("幢", "号楼", "栋", "座", "#")
SYNONYMS: Final = (
    ("地下停车场", "地下车库"),
    ("停车场出入口", "停车场入口"),
    ("卫生服务站", "卫生站"),
    ("幼儿园", "幼稚园"),
    ("公共厕所", "公厕"),
    ("菜市场", "农贸市场"),
    ("饭店", "餐厅"),
    ("小学", "学校"),
)


def vary(name: str, rng: np.random.Generator) -> tuple[str, tuple[str, ...]]:
    """A name as it is typed: at times without brackets, ending or beginning, or with another word for the same."""
    change = _CHANGES[int(rng.integers(0, len(_CHANGES)))] if chance(0.6, rng) else None
    if change is None:
        return name, ()
    made = change(name, rng)
    return (made, (change.__name__.strip("_"),)) if made != name else (name, ())


def _without_brackets(name: str, rng: np.random.Generator) -> str:
    return _BRACKETS.sub("", name)


def _opened(name: str, rng: np.random.Generator) -> str:
    return _BRACKETS.sub(pick((r"\1", r" \1", r"-\1"), rng), name)


def _bracket_first(name: str, rng: np.random.Generator) -> str:
    found = _BRACKETS.search(name)
    return found.group(1) + _BRACKETS.sub("", name) if found else name


def _without_end(name: str, rng: np.random.Generator) -> str:
    return next((name.removesuffix(end) for end in _ENDS if name.endswith(end) and len(name) > len(end) + 1), name)


def _without_start(name: str, rng: np.random.Generator) -> str:
    return name[2:] if len(name) > 5 else name


def _shorter(name: str, rng: np.random.Generator) -> str:
    return name[: max(4, len(name) - int(rng.integers(1, 4)))] if len(name) > 6 else name


def _other_word(name: str, rng: np.random.Generator) -> str:
    for one, other in SYNONYMS:
        if one in name:
            return name.replace(one, other)
    return name


def _other_building(name: str, rng: np.random.Generator) -> str:
    found = re.search(r"\d(幢|号楼|栋|座|#)", name)
    return name[: found.start(1)] + pick(BUILDING_WORDS, rng) + name[found.end(1) :] if found else name


def _joined(name: str, rng: np.random.Generator) -> str:
    return name.replace("-", "").replace("·", "").replace(" ", "")


def _prefixed(name: str, rng: np.random.Generator) -> str:
    city = str(phrases()["city"]["city"])
    bare = city.removesuffix("市")
    return name.removeprefix(city) if name.startswith(city) else pick((bare + "市", bare), rng) + name


def _trailing(name: str, rng: np.random.Generator) -> str:
    return name + str(pick(phrases()["city"]["trailing"], rng))


def _abbreviated(name: str, rng: np.random.Generator) -> str:
    return next(
        (name.replace(str(full), str(short)) for full, short in phrases()["city"]["short"] if full in name), name
    )


def _other_gate(name: str, rng: np.random.Generator) -> str:
    """东1门 as 东门, where the compound has but one on that side; and a separator that is not the map's."""
    return one_gate(name)


def one_gate(name: str) -> str:
    """A name with 东1门 or (东2门) as 东门."""
    return re.sub(r"[-(（]?([东南西北])\d?门[)）]?$", r"\1门", name)


_CHANGES: Final[tuple[Callable[[str, np.random.Generator], str], ...]] = (
    _without_brackets,
    _opened,
    _bracket_first,
    _without_end,
    _without_start,
    _shorter,
    _other_word,
    _other_building,
    _other_building,
    _joined,
    _prefixed,
    _trailing,
    _abbreviated,
    _abbreviated,
    _other_gate,
)
