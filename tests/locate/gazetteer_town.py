"""An invented town with every kind of entry."""

from __future__ import annotations

from geo.locate import Gazetteer


def place(key, kind, name, town="东昌街道", community="和平社区", **more):
    return {"id": key, "kind": kind, "name": name, "town": town, "community": community, **more}


ENTRIES = [
    place("t1", "street", "东昌街道", community=""),
    place("t2", "street", "西湖镇", town="西湖镇", community=""),
    place("m1", "community", "和平社区"),
    place("m2", "community", "建设社区"),
    place("m3", "community", "王马社区", "西湖镇", "王马社区"),
    place("sun", "compound", "阳光小区", road="人民路", number=12, buildings=20, lon=121.1, lat=31.1),
    place("sun3", "building", "阳光小区3号楼"),
    place("oak1", "compound", "橡树湾花园", road="人民路", number="88号", buildings=6),
    place("oak2", "compound", "橡树湾花园", "西湖镇", "王马社区", road="陕西南路", number=5, buildings=30),
    place("north", "compound", "复兴北苑", community="建设社区"),
    place("east", "compound", "复兴东苑", community="建设社区"),
    place("wm", "compound", "王马社区南区", "西湖镇", "王马社区"),
    place("city", "compound", "上海城", "西湖镇", "王马社区"),
    place("river", "compound", "碧水云天花园", "西湖镇", "王马社区", aliases=["碧水云天", "老纺织厂宿舍"]),
    place("p1", "compound", "听涛花园二期", community="建设社区"),
    place("p2", "compound", "听涛花园三期", community="建设社区"),
    place("school", "poi", "第一实验小学", community="建设社区", road="五一路", number="100"),
    place("house", "building", "老邮局", community="建设社区", road="三里屯路", number="358弄81号"),
    place("low", "road", "五一路", community="建设社区", number="1-99"),
    place("high", "road", "五一路", "西湖镇", "王马社区", number=(101, 300)),
    place("sx", "road", "陕西南路", "西湖镇", "王马社区"),
    *[
        place(f"z{i}", "compound", name, "西湖镇", "王马社区")
        for i, name in enumerate(
            ["锦绣花园", "梧桐花园", "翠微花园", "紫藤苑", "海棠苑", "玉兰苑", "金桂新村", "银杏新村", "白鹭新村"]
        )
    ],
]


TOWN = Gazetteer.build(ENTRIES)
