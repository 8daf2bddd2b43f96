"""What stands beside a known name: a place that is in no entry is never taken for the area or the name it stands at."""

from __future__ import annotations

import pytest

from geo.locate import Gazetteer
from geo.locate.address.names import Finals
from geo.locate.address.strangers import is_kind


def place(key, kind, name, town="瑞和镇", community="春荣社区", **more):
    return {"id": key, "kind": kind, "name": name, "town": town, "community": community, **more}


ENTRIES = [
    place("t1", "street", "瑞和镇", community=""),
    place("m1", "community", "春荣社区"),
    place("m2", "community", "西园社区"),
    place("tx", "compound", "天玺华庭", aliases=["天玺"]),
    place("jm", "compound", "嘉门豪庭"),
    place("yg", "compound", "银阁庄园", community="西园社区"),
    place("bo", "compound", "铂悦华庭"),
    place("sh", "compound", "山河城"),
]
TOWN = Gazetteer.build(ENTRIES)


def ask(text):
    outcome = TOWN.match(text)
    return outcome.status, (outcome.candidates[0][0] if outcome.candidates else None)


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("春荣社区路灯不亮", "m1"),
        ("瑞和镇西园社区有人占绿地种菜", "m2"),
        ("噪音扰民，西园社区这边", "m2"),
        # A wider area that is no entry stands before the town.
        ("古原府瑞和镇春荣社区门口积水", "m1"),
        ("春荣社区的公园没有灯", "m1"),
        ("春荣社区小区里很脏", "m1"),
    ],
)
def test_an_area_alone_is_the_answer(text, area):
    assert ask(text) == ("match", area)


@pytest.mark.parametrize(
    "text",
    [
        "瑞和镇的紫荆修理厂气味刺鼻",
        "蓝天宾馆（春荣社区）",
        "亚东小学，西园社区这边很吵",
        "春荣社区金地森林半岛有人乱贴小广告",
        "我们西园社区铁路丽舍有人乱贴小广告",
        "西园社区，维也纳网吧",
        "春荣社区某处12-1-301漏水",
        "从上个月起早春名都4 号楼楼下，春荣社区就积水",
        "嘉春华庭二期8号（西园社区）",
    ],
)
def test_an_unknown_name_beside_an_area_is_not_the_area(text):
    assert ask(text)[0] == "area_only"


def test_two_signs_need_a_border_on_both_sides():
    for text in ("天玺7栋2单元漏水", "我住天玺3号楼", "春荣社区天玺3号楼漏水", "位于天玺3幢"):
        assert ask(text) == ("match", "tx"), text
    for text in ("碧桂园天玺7栋2单元漏水", "碧桂园天玺12-1-301", "天玺佳苑3号楼漏水"):
        assert ask(text)[0] == "none", text
    assert ask("瑞和镇碧桂园天玺7栋")[0] == "area_only"


def test_another_word_for_a_kind_of_place_is_another_place():
    for text in ("嘉门华庭漏水", "天玺豪庭漏水", "银阁花园6号楼3单元漏水"):
        assert ask(text)[0] != "match", text
    # Where the area says the same it may be that place; a sign that calls no place is a slip.
    assert ask("西园社区银阁花园漏水")[1] in ("yg", "m2")
    assert ask("铂悦华停漏水")[1] == "bo"
    assert ask("驳悦华庭漏水")[1] == "bo"


def test_three_signs_with_a_slip_do_not_stand_in_a_longer_name():
    for text in ("新世河城健身器材坏了", "上城河城4号楼"):
        assert ask(text)[0] != "match", text


def test_kinds_are_general_or_learned_from_the_names():
    learned = Finals(("碧波小筑", "明月小筑", "听雨小筑"))
    assert is_kind("小筑", learned)
    assert not is_kind("小筑", Finals(()))
    assert is_kind("华庭", Finals(()))
    assert not is_kind("路灯", learned)


MIXED = [
    *ENTRIES,
    place("no", "poi", "晨星超市", road="人民路", number=8),
    {"id": "p1", "kind": "poi", "name": "晨星超市(东门店)", "address": "解放路15号"},
    {"id": "p2", "kind": "poi", "name": "云水书店", "address": "人民路20号", "district": "南山区"},
    {"id": "p3", "kind": "poi", "name": "天玺华庭停车场", "address": "解放路17号"},
]


@pytest.mark.parametrize(
    ("text", "status", "first"),
    [
        ("解放路15号晨星超市东门店占道", "match", "p1"),
        ("人民路20号云水书店噪音扰民", "match", "p2"),
        ("瑞和镇春荣社区晨星超市占道", "match", "no"),
        ("天玺华庭3号楼漏水", "match", "tx"),
        ("解放路17号天玺华庭停车场", "match", "p3"),
        ("春荣社区路灯不亮", "match", "m1"),
        ("春荣社区海棠书店噪音扰民", "area_only", "m1"),
        ("路灯不亮", "none", None),
    ],
)
def test_points_without_areas_stand_beside_places_with_them(text, status, first):
    outcome = Gazetteer.build(MIXED).match(text)
    assert (outcome.status, outcome.candidates[0][0] if outcome.candidates else None) == (status, first)
