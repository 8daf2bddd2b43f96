"""Personal data never stays readable, however it is written; places, dates and amounts do."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.masks import (
    KINDS,
    PERSON,
    find_known,
    find_personal,
    is_card,
    is_identity,
    mask_code,
    mask_phone,
    mask_text,
    mask_value,
)

IDENTITY = "11010519491231002X"
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
HAN = str.maketrans("0123456789", "零一二三四五六七八九")
CIRCLED = str.maketrans("123456789", "①②③④⑤⑥⑦⑧⑨")
DIGITS = "0123456789"
FILLER = st.sampled_from(["楼道灯不亮，", "请尽快处理。", "暖气不热 ", "井盖坏了；", "", "反映：", "🚨"])


def luhn(body: str) -> str:
    return next(body + d for d in DIGITS if is_card(body + d))


PHONES = st.builds(
    lambda head, tail: "1" + head + tail, st.sampled_from("3456789"), st.text(DIGITS, min_size=9, max_size=9)
)
SEPARATORS = st.sampled_from(["", " ", "-", "—", " - ", ".", "·", "\u200b", "\ufe0f\u20e3", "/", "、"])
WRITTEN = st.sampled_from([lambda s: s, lambda s: s.translate(WIDE), lambda s: s.translate(HAN)])


def plain(text: str) -> str:
    """The digits of a text, however they are written: what a reader could still dial."""
    back = {ord(c): str(k % 10) for k, c in enumerate("0123456789０１２３４５６７８９零一二三四五六七八九")}
    back |= {ord(c): str(k + 1) for k, c in enumerate("①②③④⑤⑥⑦⑧⑨")}
    return "".join(c for c in text.translate(back) if c in DIGITS)


@given(FILLER, PHONES, SEPARATORS, WRITTEN, FILLER)
def test_a_mobile_is_never_readable(before: str, phone: str, separator: str, written: object, after: str) -> None:
    shown = written(separator.join(phone))  # type: ignore[operator]
    masked = mask_text(before + shown + after)
    assert shown not in masked
    assert len(plain(masked)) <= 1, masked
    assert masked.startswith(before)
    assert masked.endswith(after)


@given(st.text(max_size=200))
def test_masking_again_changes_nothing(text: str) -> None:
    once = mask_text(text)
    assert mask_text(once) == once
    spans = find_personal(text)
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))
    assert all(0 <= span.start < span.end <= len(text) for span in spans)


@given(st.text("我叫张王李13858000 -号楼室单元@.a电话先生女士幢", max_size=60))
def test_masking_again_changes_nothing_near_personal_data(text: str) -> None:
    once = mask_text(text)
    assert mask_text(once) == once


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("请打010-62345678", "62345678"),
        ("致电 6234 5678 即可", "6234"),
        ("400-810-1234 一直占线", "810"),
        ("+86 138 0013 8000", "0013"),
        ("l38OO138OOO 找我", "38OO138"),
        ("身份证" + IDENTITY, "1949"),
        ("身份证 110105 19491231 002x", "19491231"),
        ("老证110105491231002。", "491231"),
        ("卡号" + luhn("622202123456789012"), "2123456"),
        ("卡 6222 0212 3456 7890 123", "3456"),
        ("写信 zhang.san+1@mail.example.com", "zhang.san"),
        ("京A12345乱停", "A12345"),
        ("粤BD12345 占道", "D12345"),
        ("微信号：abc_12345", "abc_12345"),
        ("我叫张三丰，住在", "张三丰"),
        ("联系人：欧阳建国", "欧阳建国"),
        ("姓名：阿不都·热合曼", "热合曼"),
        ("业主王建国先生反映", "王建国"),
        ("我姓诸葛，", "诸葛"),
        ("李建国 13900139000", "李建国"),
        ("my name is John Smith", "Smith"),
        ("阳光小区3号楼2单元501室漏水", "501"),
        ("三单元五零一没水", "五零一"),
        ("5号楼1203漏水", "1203"),
        ("3-2-501漏水", "501"),
        ("B座1503噪音", "1503"),
        ("２０１室", "２０１"),
        ("2单元501户", "501"),
        ("Room 1203 leaks", "1203"),
    ],
)
def test_what_tells_of_a_person_goes(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in mask_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "东昌街道和平社区阳光小区3号楼2单元楼道灯不亮",
        "和平路120号门前井盖破损",
        "2025-06-01 12:30 停电，已经3天",
        "宽约100-200米，3号楼120户停水",
        "3室1厅的房屋漏水，地下室、办公室都有",
        "12345热线一直占线，拨打110",
        "我叫了物业来修，我是阳光小区的居民",
        "金色家园2期东苑，王马社区南区，三里屯，五一路",
        "小区里有20多辆车，面积1500平方米，收费3000元",
        "1幢1单元10层楼道堆满纸箱",
        "建设路与解放街交叉口向东50米",
    ],
)
def test_places_dates_and_amounts_stay(text: str) -> None:
    assert mask_text(text) == text


def test_partial_masks_tell_numbers_apart_and_keep_them_unusable() -> None:
    assert mask_phone("13800138000") == "138****8000"
    assert mask_text("我叫张三丰，电话13800138000", partial=True) == "我叫张**，电话138****8000"
    assert mask_text("身份证" + IDENTITY, partial=True) == "身份证110***********002X"


def test_who_works_on_a_case_sees_the_room() -> None:
    text = "我叫张三丰，3号楼2单元501室"
    assert mask_text(text, kinds=PERSON) == "我叫***，3号楼2单元501室"
    assert set(KINDS) - set(PERSON) == {"room"}


def test_known_names_are_hidden_without_any_cue() -> None:
    text = "梁小花说灯坏了，梁小花很着急"
    spans = find_known(text, ["梁小花", None, "x"])
    assert mask_text(text, also=spans) == "***说灯坏了，***很着急"


def test_nested_values_are_masked_but_codes_stay() -> None:
    value = {"grid": "110105491231002", "names": ["我叫张三丰", {"text": "电话13800138000"}], "n": 3}
    assert mask_value(value, keep=frozenset({"grid"})) == {
        "grid": "110105491231002", "names": ["我叫***", {"text": "电话***"}], "n": 3,
    }  # fmt: skip


@given(st.text(DIGITS, min_size=17, max_size=17), st.integers(0, 16), st.integers(1, 9))
def test_a_check_digit_finds_every_single_slip(body: str, at: int, by: int) -> None:
    whole = next(body + last for last in DIGITS + "X" if is_identity(body + last))
    slip = whole[:at] + str((int(whole[at]) + by) % 10) + whole[at + 1 :]
    assert not is_identity(slip)


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "1 ",
        "张",
        "a@",
        "a",
        "1-",
        "号楼",
        "单元 ",
        "买·",
        "我叫",
        "(86",
        "O1",
        "联系人：",
        "姓名",
        "138 0",
        "@.a",
        "京A",
    ],
)
def test_no_pattern_runs_away(piece: str) -> None:
    # Quadratic time would take hours here; the suite's own limit is minutes.
    assert len(mask_text(piece * (60_000 // len(piece)))) > 0


def test_a_list_of_codes_is_not_one_long_number() -> None:
    assert mask_code("110101001001, 110101001002") == "110101001001, 110101001002"
    phone = "13800138000"
    assert phone not in mask_code(f"110101001001, {phone}")
    assert "00138000" not in mask_code("138, 00138000").replace(", ", "")
    assert "张三丰" not in mask_code("110101001001, 我叫张三丰")


@pytest.mark.parametrize(
    "listed",
    [
        "110101001001001, 110101001001002 …",
        "110101001001001 …",
        "2 (110101001001001), 14 (110101001001002) … (+7)",
        "2594883.125, 35403123.5",
        "2594883.125 35403123.5",
    ],
)
def test_codes_as_messages_list_them_and_places_stay(listed: str) -> None:
    assert mask_code(listed) == listed


@pytest.mark.parametrize(
    "listed",
    [
        "2 (13800138000), 14 (110101001001002) … (+7)",
        f"110101001001001, {IDENTITY} …",
        f"3 ({IDENTITY})",
        "13800138000.5, 13800138000.5",
        "13800138000 …",
    ],
)
def test_a_person_among_listed_codes_is_hidden(listed: str) -> None:
    assert "13800138000" not in mask_code(listed)
    assert IDENTITY not in mask_code(listed)
