"""The patterns of personal data. Every repetition is bounded, so none can run away."""

from __future__ import annotations

import re
from functools import cache
from typing import Final, Literal

Kind = Literal["phone", "identity", "card", "number", "email", "plate", "account", "name", "room"]
KINDS: Final[tuple[Kind, ...]] = (
    "phone", "identity", "card", "number", "email", "plate", "account", "name", "room",
)  # fmt: skip
# Everything but where somebody lives: for those who have to go there.
PERSON: Final[tuple[Kind, ...]] = tuple(kind for kind in KINDS if kind != "room")
HIDDEN: Final = "***"

# Between the digits of one number: spaces, dashes, brackets, dots, and signs that nobody sees.
SEP: Final = r"[\s\-\u2010-\u2015_.·,，、/\\()\[\]*~#:\u200b-\u200f\u2060\ufe0f\u20e3\ufeff]{0,3}"
D: Final = r"[0-9]"
HAN: Final = r"[\u3400-\u9fff]"
NUM: Final = r"[0-9一二三四五六七八九十百零〇两]"


def digits_of(count: int) -> str:
    """A pattern of `count` more digits, each after what may part digits of one number."""
    return rf"(?:{SEP}{D}){{{count}}}"


PHONE: Final = re.compile(
    rf"(?<!{D})(?:(?:\+|00)?86{SEP})?1{SEP}[3-9]{digits_of(9)}(?!{D})"
    rf"|(?<!{D})(?:\+?86{SEP})?0[1-9]{D}{{1,2}}{SEP}[2-8]{digits_of(6)}(?:{SEP}{D})?(?!{D})"
    rf"|(?<!{D})[48]00{digits_of(7)}(?!{D})"
)
# A local number is one only where the text says so.
LOCAL: Final = re.compile(
    r"(?:电话|座机|手机|热线|号码|联系方式|致电|拨打|回电|来电|(?i:tel|phone|call))[^0-9\n]{0,6}"
    rf"([2-8]{D}{{2,3}}{SEP}{D}{{4}})(?!{D})"
)
IDENTITY: Final = re.compile(
    rf"(?<!{D})[1-9]{digits_of(5)}{SEP}(?:1{SEP}[89]|2{SEP}0){digits_of(2)}"
    rf"{SEP}[01]{digits_of(1)}{SEP}[0-3]{digits_of(1)}{digits_of(3)}{SEP}[0-9Xx](?![0-9A-Za-z])"
    rf"|(?<!{D})[1-9]{D}{{7}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]{D}|3[01]){D}{{3}}(?!{D})"
)
CARD: Final = re.compile(
    rf"(?<!{D}){D}{{4}}(?:[\s\-\u2010-\u2015]{{1,2}}{D}{{4}}){{3}}(?:[\s\-]{{1,2}}{D}{{1,3}})?(?!{D})"
)
LONG: Final = re.compile(rf"{D}{{11,}}[Xx]?")
CODE: Final = re.compile(r"[0-9A-Za-z_.:/\-]{1,128}")
EMAIL: Final = re.compile(r"[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,4}")
PLATE: Final = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][A-HJ-NP-Za-hj-np-z][\s·.\-]{0,2}"
    r"(?=[A-Za-z]{0,6}[0-9])[A-HJ-NP-Za-hj-np-z0-9]{4,5}[A-HJ-NP-Za-hj-np-z0-9挂学警港澳](?![0-9A-Za-z])"
)
ACCOUNT: Final = re.compile(r"(?i:微信号?|weixin|wechat|vx|wx|qq号?)[\s:：是为号]{0,4}([A-Za-z0-9_\-]{5,20})")

# What may follow a number of three or four digits that is no room: an amount, a year, a length.
AMOUNT: Final = (
    r"(?!\s?(?:[0-9]|号楼|号院|栋|幢|弄|路|街|米|元|块|次|人|年|月|天|日|小时|分|斤|吨|平|个|公里|kg|m\b|％|%|°))"
)
ROOM: Final = re.compile(
    rf"(?<![0-9.])(?P<a>[A-Za-z]?{NUM}{{1,6}})\s?(?:室(?!{NUM}?厅|内|外|友)|房间|号房(?!屋)|房(?![屋产东子管价租地]))"
    rf"|(?:单元|单|门洞|梯)[-\s]{{0,2}}(?P<b>[0-9零〇一二三四五六七八九]{{3,4}}){AMOUNT}"
    rf"|(?:号楼|楼|栋|幢|座|层|#)[-\s]{{0,2}}(?P<c>[0-9零〇一二三四五六七八九]{{3,4}})(?!户|家){AMOUNT}"
    rf"|(?<![0-9\-.])[0-9]{{1,3}}[-/][0-9]{{1,2}}[-/](?P<d>[0-9]{{3,4}})(?![\-/]){AMOUNT}"
    rf"|(?<![0-9\-./:])[0-9]{{1,3}}-(?P<e>[0-9]{{3,4}})(?!-){AMOUNT}"
    r"|(?i:\b(?:room|rm\.?|apt\.?|apartment|flat)\s{0,2}#?)(?P<f>[A-Za-z]?[0-9]{1,4}[A-Za-z]?)\b"
)

SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟"
    "谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢"
    "安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路"
    "游辛靳欧管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂"
    "全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝官封谈匡鞠惠荆乐冀郁胥南班储原栗燕"
    "楚鄢劳谌奚皮粟冼蔺楼盘满闻位厉伊仝区郜海阚花权强帅屠豆朴盖练廉禹井祖漆巴丰支卿国狄平计索宣晋相初门云容敬来扈"
    "晁芮都普阙浦戈伏鹿薄邸雍辜羊阿乌母裘亓修邰赫杭况那宿鲜印逯隆茹诺战慕危玉银亢嵇公哈湛宾戎勾茅利於呼居揭干但尉"
    "冶斯元束檀衣信展阴昝智幸奉植衡富尧闭由"
)
DOUBLE: Final = "欧阳|司马|上官|诸葛|皇甫|令狐|慕容|尉迟|司徒|东方|夏侯|公孙|长孙|宇文|端木|轩辕|南宫|西门|独孤|呼延"
# Characters that rarely stand in a given name and often after one.
NOT_GIVEN: Final = (
    "住家在是的电手我有要说反打想到了请来和与及们这那已被把向于今昨现正也都联号楼区小身微邮车报希称告投为"
)
GIVEN: Final = rf"(?![{NOT_GIVEN}]){HAN}"
HAN_NAME: Final = rf"(?:{DOUBLE}|[{SURNAMES}]){GIVEN}(?:{GIVEN})?"
NAME: Final = rf"(?:{HAN}{{1,6}}[·•]{HAN}{{1,8}}|{HAN_NAME})"
WHO: Final = "联系人|报事人|报修人|反映人|投诉人|举报人|来电人|申请人|当事人|求助人|户主"
CUED: Final = re.compile(
    rf"(?:我叫|名叫|本人叫|姓名|名字|{WHO}|(?i:my name is|name))"
    rf"[\s:：是为叫]{{0,4}}(?P<name>{NAME})"
    rf"|(?:我是|本人|业主|居民|市民|住户)[\s:：]{{0,2}}(?P<short>{HAN_NAME})(?=[\s,，。;；、!！?？()（0-9]|$)"
    rf"|(?:我姓|免贵姓|本人姓)(?P<sur>{DOUBLE}|[{SURNAMES}])"
    r"|(?i:my name is|name:|contact:)\s{0,3}(?P<en>[A-Z][a-z]{1,20}(?:\s[A-Z][a-z]{1,20}){0,2})"
)
TITLE: Final = "先生|女士|小姐|阿姨|大爷|大妈|大叔|大哥|大姐|老师|师傅|同志|奶奶|爷爷|叔叔|太太|老人家"
TITLED: Final = re.compile(
    rf"(?:(?<!{HAN})|(?<=[主民人友叫是找问和]))(?P<whole>(?:{DOUBLE}|[{SURNAMES}])(?:{GIVEN}){{0,2}})(?:{TITLE})"
    rf"|(?P<sur>{DOUBLE}|[{SURNAMES}])(?:{TITLE})"
)
AFTER_PHONE: Final = re.compile(rf"[\s,，:：()（）]{{0,3}}(?P<name>{HAN_NAME})(?=[\s,，。;；、!！?？()（）]|$)")
BEFORE_PHONE: Final = re.compile(
    rf"(?:(?<!{HAN})|(?<=[主民人友]))(?P<name>{HAN_NAME})[\s,，:：()（）]{{0,3}}"
    r"的?(?:联系电话|联系方式|手机号码?|电话号?码?|手机|号码)?[\s,，:：()（）是为]{0,3}$"
)


@cache
def plain_forms() -> dict[int, str]:
    """One character for one: full-width, circled, raised and lowered forms to plain ones."""
    forms = {0xFF01 + k: chr(0x21 + k) for k in range(94)} | {0x3000: " "}
    for first, digit in ((0x2460, 1), (0x2776, 1), (0x278A, 1), (0x2070, 0), (0x2080, 0), (0x0660, 0), (0x06F0, 0)):
        forms |= {first + k: str(digit + k) for k in range(10) if digit + k < 10 and first + k not in (0x2071,)}
    forms |= {0xB9: "1", 0xB2: "2", 0xB3: "3", 0x24EA: "0"}
    forms |= {0x1D7CE + k: str(k % 10) for k in range(50)}
    return forms


@cache
def chinese_digits() -> dict[int, str]:
    """One character for one: digits as they are written, read out and spoken on the telephone."""
    forms = ("零〇○洞", "一壹幺", "二贰两弍", "三叁仨", "四肆", "五伍", "六陆", "七柒拐", "八捌", "九玖勾")
    return {ord(form): str(digit) for digit, group in enumerate(forms) for form in group}
