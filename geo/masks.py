"""Personal data in free text: where it stands, and the text without it. Pure, and linear in the length of the text.

Found are phones (mobile, landline, 400 and 800, accounts of messengers), identity numbers, bank cards, other numbers of
eleven digits and more, e-mail addresses, number plates, names after a cue, and room numbers. Digits may be full-width,
Chinese, circled or apart from one another. Every repetition of every pattern is bounded, so none can run away.

Codes (of grids, of plans) are no free text: a grid's code has as many digits as an old identity number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

Kind = Literal["phone", "identity", "card", "number", "email", "plate", "account", "name", "room"]
KINDS: Final[tuple[Kind, ...]] = (
    "phone", "identity", "card", "number", "email", "plate", "account", "name", "room",
)  # fmt: skip
# Everything but where somebody lives: for those who have to go there.
PERSON: Final[tuple[Kind, ...]] = tuple(kind for kind in KINDS if kind != "room")
HIDDEN: Final = "***"

# Between the digits of one number: spaces, dashes, brackets, dots, and signs that nobody sees.
_SEP: Final = r"[\s\-\u2010-\u2015_.·,，、/\\()\[\]*~#:\u200b-\u200f\u2060\ufe0f\u20e3\ufeff]{0,3}"
_D: Final = r"[0-9]"
_HAN: Final = r"[\u3400-\u9fff]"
_NUM: Final = r"[0-9一二三四五六七八九十百零〇两]"


def _digits(count: int) -> str:
    return rf"(?:{_SEP}{_D}){{{count}}}"


_PHONE: Final = re.compile(
    rf"(?<!{_D})(?:(?:\+|00)?86{_SEP})?1{_SEP}[3-9]{_digits(9)}(?!{_D})"
    rf"|(?<!{_D})(?:\+?86{_SEP})?0[1-9]{_D}{{1,2}}{_SEP}[2-8]{_digits(6)}(?:{_SEP}{_D})?(?!{_D})"
    rf"|(?<!{_D})[48]00{_digits(7)}(?!{_D})"
)
# A local number is one only where the text says so.
_LOCAL: Final = re.compile(
    r"(?:电话|座机|手机|热线|号码|联系方式|致电|拨打|回电|来电|(?i:tel|phone|call))[^0-9\n]{0,6}"
    rf"([2-8]{_D}{{2,3}}{_SEP}{_D}{{4}})(?!{_D})"
)
_IDENTITY: Final = re.compile(
    rf"(?<!{_D})[1-9]{_digits(5)}{_SEP}(?:1{_SEP}[89]|2{_SEP}0){_digits(2)}"
    rf"{_SEP}[01]{_digits(1)}{_SEP}[0-3]{_digits(1)}{_digits(3)}{_SEP}[0-9Xx](?![0-9A-Za-z])"
    rf"|(?<!{_D})[1-9]{_D}{{7}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]{_D}|3[01]){_D}{{3}}(?!{_D})"
)
_CARD: Final = re.compile(
    rf"(?<!{_D}){_D}{{4}}(?:[\s\-\u2010-\u2015]{{1,2}}{_D}{{4}}){{3}}(?:[\s\-]{{1,2}}{_D}{{1,3}})?(?!{_D})"
)
_LONG: Final = re.compile(rf"{_D}{{11,}}[Xx]?")
_EMAIL: Final = re.compile(r"[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,4}")
_PLATE: Final = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][A-HJ-NP-Za-hj-np-z][\s·.\-]{0,2}"
    r"(?=[A-Za-z]{0,6}[0-9])[A-HJ-NP-Za-hj-np-z0-9]{4,5}[A-HJ-NP-Za-hj-np-z0-9挂学警港澳](?![0-9A-Za-z])"
)
_ACCOUNT: Final = re.compile(r"(?i:微信号?|weixin|wechat|vx|wx|qq号?)[\s:：是为号]{0,4}([A-Za-z0-9_\-]{5,20})")

# What may follow a number of three or four digits that is no room: an amount, a year, a length.
_AMOUNT: Final = (
    r"(?!\s?(?:[0-9]|号楼|号院|栋|幢|弄|路|街|米|元|块|次|人|年|月|天|日|小时|分|斤|吨|平|个|公里|kg|m\b|％|%|°))"
)
_ROOM: Final = re.compile(
    rf"(?<![0-9.])(?P<a>[A-Za-z]?{_NUM}{{1,6}})\s?(?:室(?!{_NUM}?厅|内|外|友)|房间|号房(?!屋)|房(?![屋产东子管价租地]))"
    rf"|(?:单元|单|门洞|梯)[-\s]{{0,2}}(?P<b>[0-9零〇一二三四五六七八九]{{3,4}}){_AMOUNT}"
    rf"|(?:号楼|楼|栋|幢|座|层|#)[-\s]{{0,2}}(?P<c>[0-9零〇一二三四五六七八九]{{3,4}})(?!户|家){_AMOUNT}"
    rf"|(?<![0-9\-.])[0-9]{{1,3}}[-/][0-9]{{1,2}}[-/](?P<d>[0-9]{{3,4}})(?![\-/]){_AMOUNT}"
    rf"|(?<![0-9\-./:])[0-9]{{1,3}}-(?P<e>[0-9]{{3,4}})(?!-){_AMOUNT}"
    r"|(?i:\b(?:room|rm\.?|apt\.?|apartment|flat)\s{0,2}#?)(?P<f>[A-Za-z]?[0-9]{1,4}[A-Za-z]?)\b"
)

_SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟"
    "谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢"
    "安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路"
    "游辛靳欧管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂"
    "全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝官封谈匡鞠惠荆乐冀郁胥南班储原栗燕"
    "楚鄢劳谌奚皮粟冼蔺楼盘满闻位厉伊仝区郜海阚花权强帅屠豆朴盖练廉禹井祖漆巴丰支卿国狄平计索宣晋相初门云容敬来扈"
    "晁芮都普阙浦戈伏鹿薄邸雍辜羊阿乌母裘亓修邰赫杭况那宿鲜印逯隆茹诺战慕危玉银亢嵇公哈湛宾戎勾茅利於呼居揭干但尉"
    "冶斯元束檀衣信展阴昝智幸奉植衡富尧闭由"
)
_DOUBLE: Final = "欧阳|司马|上官|诸葛|皇甫|令狐|慕容|尉迟|司徒|东方|夏侯|公孙|长孙|宇文|端木|轩辕|南宫|西门|独孤|呼延"
# Characters that rarely stand in a given name and often after one.
_NOT_GIVEN: Final = (
    "住家在是的电手我有要说反打想到了请来和与及们这那已被把向于今昨现正也都联号楼区小身微邮车报希称告投为"
)
_GIVEN: Final = rf"(?![{_NOT_GIVEN}]){_HAN}"
_HAN_NAME: Final = rf"(?:{_DOUBLE}|[{_SURNAMES}]){_GIVEN}(?:{_GIVEN})?"
_NAME: Final = rf"(?:{_HAN}{{1,6}}[·•]{_HAN}{{1,8}}|{_HAN_NAME})"
_WHO: Final = "联系人|报事人|报修人|反映人|投诉人|举报人|来电人|申请人|当事人|求助人|户主"
_CUED: Final = re.compile(
    rf"(?:我叫|名叫|本人叫|姓名|名字|{_WHO}|(?i:my name is|name))"
    rf"[\s:：是为叫]{{0,4}}(?P<name>{_NAME})"
    rf"|(?:我是|本人|业主|居民|市民|住户)[\s:：]{{0,2}}(?P<short>{_HAN_NAME})(?=[\s,，。;；、!！?？()（0-9]|$)"
    rf"|(?:我姓|免贵姓|本人姓)(?P<sur>{_DOUBLE}|[{_SURNAMES}])"
    r"|(?i:my name is|name:|contact:)\s{0,3}(?P<en>[A-Z][a-z]{1,20}(?:\s[A-Z][a-z]{1,20}){0,2})"
)
_TITLE: Final = "先生|女士|小姐|阿姨|大爷|大妈|大叔|大哥|大姐|老师|师傅|同志|奶奶|爷爷|叔叔|太太|老人家"
_TITLED: Final = re.compile(
    rf"(?:(?<!{_HAN})|(?<=[主民人友叫是找问和]))(?P<whole>(?:{_DOUBLE}|[{_SURNAMES}])(?:{_GIVEN}){{0,2}})(?:{_TITLE})"
    rf"|(?P<sur>{_DOUBLE}|[{_SURNAMES}])(?:{_TITLE})"
)
_BEFORE_PHONE: Final = re.compile(
    rf"(?:(?<!{_HAN})|(?<=[主民人友]))(?P<name>{_HAN_NAME})[\s,，:：()（）]{{0,3}}"
    r"的?(?:联系电话|联系方式|手机号码?|电话号?码?|手机|号码)?[\s,，:：()（）是为]{0,3}$"
)


@dataclass(frozen=True, order=True)
class Span:
    """Where personal data stands: characters `start` to `end` (exclusive)."""

    start: int
    end: int
    kind: Kind


def find_personal(text: str, kinds: Iterable[Kind] = KINDS) -> tuple[Span, ...]:
    """Personal data in `text`, from left to right; spans do not overlap, the earlier and then the longer one stays.

    Parameters
    ----------
    text : of any length; time grows with it and with nothing else.
    kinds : what to look for.
    """
    wanted = frozenset(kinds)
    folded = text.translate(_plain_forms())
    digits = folded.translate(_chinese_digits())
    found = [*_numbers(folded, digits), *_names(folded)]
    found += [Span(*_group(match), "room") for match in _ROOM.finditer(folded)]
    for match in _EMAIL.finditer(folded):
        found.append(Span(*match.span(), "email"))
    found += [Span(*match.span(), "plate") for match in _PLATE.finditer(folded)]
    found += [Span(*match.span(1), "account") for match in _ACCOUNT.finditer(folded)]
    kept: list[Span] = []
    for span in sorted((s for s in found if s.kind in wanted), key=lambda s: (s.start, -s.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
        elif span.end > kept[-1].end:  # what hangs over the end is personal too
            kept[-1] = Span(kept[-1].start, span.end, kept[-1].kind)
    return tuple(kept)


def mask_text(
    text: str, *, kinds: Iterable[Kind] = KINDS, partial: bool = False, also: Iterable[tuple[int, int]] = ()
) -> str:
    """`text` without personal data; masking it again changes nothing.

    Parameters
    ----------
    text : free text.
    kinds : what to hide.
    partial : keep what tells one number from another to somebody who knows it (138****5678, 张**); else all is hidden.
    also : more (start, end) to hide: where a name stands that is known from elsewhere.
    """
    if not text:
        return text
    spans = [*find_personal(text, kinds), *(Span(start, end, "name") for start, end in also)]
    if not spans:
        return text
    pieces: list[str] = []
    at = 0
    for span in sorted(spans):
        if span.end <= at:
            continue
        start = max(span.start, at)
        pieces += (text[at:start], _shown(text[start : span.end], span.kind) if partial else HIDDEN)
        at = span.end
    return "".join((*pieces, text[at:]))


def find_known(text: str, names: Iterable[str | None]) -> tuple[tuple[int, int], ...]:
    """Where any of `names` (a reporter's name, a phone) stands in `text` as written, as (start, end)."""
    found: list[tuple[int, int]] = []
    for name in {name.strip() for name in names if name}:
        if len(name) < 2:
            continue
        start = text.find(name)
        while start >= 0:
            found.append((start, start + len(name)))
            start = text.find(name, start + len(name))
    return tuple(sorted(found))


def mask_phone(phone: str) -> str:
    """A phone that can be told from another and cannot be called: 138****5678."""
    return _shown(phone, "phone")


def mask_name(name: str) -> str:
    """A name without the given name: 张**."""
    return _shown(name, "name")


def mask_value(value: Any, *, keep: frozenset[str] = frozenset()) -> Any:
    """`value` with every text in it masked, through lists and mappings; values of keys in `keep` stay as they are."""
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, Mapping):
        return {key: item if key in keep else mask_value(item, keep=keep) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [mask_value(item, keep=keep) for item in value]
    return value


def is_identity(number: str) -> bool:
    """Whether eighteen characters are an identity number by their check digit (GB 11643: ISO 7064, MOD 11-2)."""
    if len(number) != 18 or not number[:17].isascii() or not number[:17].isdigit():
        return False
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(number[:17]))
    return number[17].upper() == "10X98765432"[total % 11]


def is_card(number: str) -> bool:
    """Whether digits are a card's number by their check digit (ISO/IEC 7812: Luhn)."""
    if not 13 <= len(number) <= 19 or not number.isascii() or not number.isdigit():
        return False
    doubled = [int(d) * (2 if place % 2 else 1) for place, d in enumerate(reversed(number))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


# Private functions


def _numbers(folded: str, digits: str) -> list[Span]:
    """Phones, identities, cards and other long numbers, also where some digits are Chinese or letters."""
    found: list[Span] = []
    for view in {folded, digits, _lettered(digits)}:
        found += [Span(*match.span(), "phone") for match in _PHONE.finditer(view)]
        found += [Span(*match.span(1), "phone") for match in _LOCAL.finditer(view)]
        for pattern in (_IDENTITY, _CARD, _LONG):
            for match in pattern.finditer(view):
                found.append(Span(*match.span(), _number_kind(re.sub(r"[^0-9Xx]", "", match[0]))))
    return found


def _number_kind(number: str) -> Kind:
    if is_identity(number) or len(number) == 15:
        return "identity"
    return "card" if is_card(number) else "number"


def _names(folded: str) -> list[Span]:
    found = [Span(*_group(match), "name") for match in (*_CUED.finditer(folded), *_TITLED.finditer(folded))]
    for phone in _PHONE.finditer(folded.translate(_chinese_digits())):
        start = max(0, phone.start() - 20)
        match = _BEFORE_PHONE.search(folded[start : phone.start()])
        if match:
            found.append(Span(start + match.start("name"), start + match.end("name"), "name"))
    return found


def _group(match: re.Match[str]) -> tuple[int, int]:
    """The one group that took part."""
    return match.span(match.lastgroup or 0)


def _shown(text: str, kind: Kind) -> str:
    if kind == "name":
        return text[:1] + "*" * max(1, len(text) - 1)
    if kind in ("phone", "identity", "card", "number") and len(text) >= 9:
        return text[:3] + "*" * (len(text) - 7) + text[-4:]
    return HIDDEN


_LOOKS_LIKE: Final = re.compile(r"[0-9OoIlQ|]{8,}")


def _lettered(digits: str) -> str:
    """`digits` where letters that look like digits are such, inside runs that mostly are digits."""

    def read(match: re.Match[str]) -> str:
        run = match[0]
        return run.translate(_LETTERS) if sum(c.isdigit() for c in run) * 5 >= 2 * len(run) else run

    return _LOOKS_LIKE.sub(read, digits)


_LETTERS: Final = str.maketrans("OoQIl|", "000111")


@cache
def _plain_forms() -> dict[int, str]:
    """One character for one: full-width, circled, raised and lowered forms to plain ones."""
    forms = {0xFF01 + k: chr(0x21 + k) for k in range(94)} | {0x3000: " "}
    for first, digit in ((0x2460, 1), (0x2776, 1), (0x278A, 1), (0x2070, 0), (0x2080, 0), (0x0660, 0), (0x06F0, 0)):
        forms |= {first + k: str(digit + k) for k in range(10) if digit + k < 10 and first + k not in (0x2071,)}
    forms |= {0xB9: "1", 0xB2: "2", 0xB3: "3", 0x24EA: "0"}
    forms |= {0x1D7CE + k: str(k % 10) for k in range(50)}
    return forms


@cache
def _chinese_digits() -> dict[int, str]:
    forms = ("零〇○洞", "一壹幺", "二贰两弍", "三叁仨", "四肆", "五伍", "六陆", "七柒拐", "八捌", "九玖勾")
    return {ord(form): str(digit) for digit, group in enumerate(forms) for form in group}
