"""Names beside an area that are in no entry: 紫荆修理厂 in 瑞和镇的紫荆修理厂. Then it is not the whole answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from geo.locate.address.anchors import Anchor
from geo.locate.address.names import Finals

# Words for kinds of places: what such a word ends is a name wherever it stands.
_KINDS: Final = (
    "小区|新区|花园|家园|庄园|名园|新村|公寓|大厦|大楼|广场|世家|人家|名家|名邸|别墅|半岛|小镇|山庄|学校|中学|小学|幼儿园|"
    "医院|卫生院|养老院|诊所|宾馆|旅馆|饭馆|餐馆|茶馆|网吧|酒吧|超市|商场|市场|公园|车站|加油站|派出所|健身房|棋牌室|中心|宿舍|"
    "[华豪名新家佳嘉雅御锦][庭城苑园府邸]|[苑墅邸庭湾厦阁轩邨店厂]|[城府](?![里管市中内])"
)
# Words and signs that do so only where something else begins behind them.
_WEAK: Final = "[校馆院所站场房园吧坊舍居舫港都郡楼]|[东西南北中a-z]区"
# Signs that join words and stand in no name: what begins with one is no name, and one ends it.
JOINING: Final = "的了在有是就被把没不这那很从给让与又还着呢吗请我你他她它们"
_FURTHEST: Final = 8
_AFTER: Final = re.compile(rf"[^ {JOINING}\d]{{2,{_FURTHEST}}}?(?:{_KINDS}|(?:{_WEAK})(?=[ {JOINING}\d]|$))")
_BEFORE: Final = re.compile(rf"[^ {JOINING}\d]{{2,}}(?:{_KINDS}|{_WEAK})(?:\d{{1,3}}[区期])?(?:[a-z]?\d{{1,4}}[号#])?$")
_BETWEEN: Final = re.compile(r" ?的? ?")
# What stands right before an area without any of these is a wider area.
_OPENED: Final = re.compile(r"(?: |的)$")


_TWO: Final = re.compile(_KINDS)


def is_kind(words: str, finals: Finals) -> bool:
    """Whether two signs are how places are called: 华庭, 花园, or how names of the entries end."""
    return words in finals.pairs or _TWO.fullmatch(words) is not None


def stranger(text: str, anchors: Sequence[Anchor], finals: Finals) -> str:
    """A name right before or behind the areas of a text that is none of them ("" if none).

    Text that stands in an area or a road is no stranger. Ends of names that are learned from the entries count as
    the words for kinds of places do.
    """
    taken = {place for anchor in anchors if anchor.full for place in range(anchor.start, anchor.end)}
    for anchor in anchors:
        if anchor.kind == "road" or (anchor.kind == "district" and not anchor.full):
            continue
        start = anchor.end
        if between := _BETWEEN.match(text, start):
            start = between.end()
        end = next((place for place in range(start, len(text)) if place in taken), len(text))
        if found := _behind(text[start:end], finals):
            return found
        if opened := _OPENED.search(text, 0, anchor.start):
            start = max((place + 1 for place in range(opened.start()) if place in taken), default=0)
            if found := _ahead(text[start : opened.start()], finals):
                return found
    return ""


def _behind(words: str, finals: Finals) -> str:
    if found := _AFTER.match(words):
        return found.group()
    clause = re.split(rf"[ {JOINING}\d]", words[: _FURTHEST + 2], maxsplit=1)[0]
    return clause if len(clause) <= _FURTHEST and _ends(clause, finals) else ""


def _ahead(words: str, finals: Finals) -> str:
    if found := _BEFORE.search(words):
        return found.group()
    clause = re.split(rf"[ {JOINING}\d]", words)[-1]
    return clause if _ends(clause, finals) else ""


def _ends(clause: str, finals: Finals) -> bool:
    """Whether a clause of at least three signs ends as the names of the entries do."""
    return len(clause) > 2 and (
        clause[-1] in finals.single or clause[-2:] in finals.pairs or clause[-3:] in finals.triples
    )
