"""What the values of barrier fields mean: the kind of barrier, how strongly it parts, and what divides nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

# How strongly a barrier parts its two sides, 0 to 1. Of several at one place the strongest names the border, and grids
# like to end along strong ones. The order is what matters: the figures are our own judgement.
_ROADS: Final[Mapping[float, str]] = {
    0.15: "footway path steps cycleway bridleway track corridor 小路 人行道 步行道",
    0.25: "pedestrian 步行街",
    0.3: "service services alley driveway parking_aisle lane living_street 胡同 里弄 弄 巷 内部道路",
    0.5: "residential unclassified minor_road local road street quaternary busway bus_guideway 支路 街坊路",
    0.6: "tertiary tertiary_link",
    0.7: "secondary secondary_link 次干路 次干道",
    0.85: "primary primary_link arterial major_road 主干路 主干道",
    0.9: "trunk trunk_link expressway highway 快速路",
    0.95: "motorway motorway_link 高速公路 高速",
}
_RAILS: Final[Mapping[float, str]] = {
    0.5: "tram 有轨电车",
    0.8: "subway light_rail monorail funicular 地铁 轻轨",
    0.97: "rail railway narrow_gauge preserved 铁路",
}
_WATERS: Final[Mapping[float, str]] = {
    0.5: "ditch drain stream 沟 沟渠 排水沟",
    0.9: "canal 运河 水渠",
    0.95: "river riverbank water waterway dock lake pond reservoir 河 河流 河道 水体 湖泊 池塘",
}
_WALLS: Final[Mapping[float, str]] = {
    0.4: "hedge kerb handrail 绿篱",
    0.6: "fence guard_rail chain railing 栅栏 护栏 围栏",
    0.75: "wall walls retaining_wall city_wall 围墙 墙 城墙 挡土墙",
}
_KINDS: Final = {"road": _ROADS, "rail": _RAILS, "water": _WATERS, "wall": _WALLS}

# A class that the tables do not know is as strong as a street.
UNKNOWN_STRENGTH: Final = 0.5
_DEFAULT_CLASS: Final = {"road": "road", "rail": "rail", "water": "river", "wall": "wall"}

_GATE_WORDS: Final = """
gate lift_gate swing_gate sliding_gate kissing_gate hampshire_gate entrance main_entrance toll_booth sally_port
turnstile stile cycle_barrier bollard border_control level_crossing crossing 大门 门 出入口
"""
GATES: Final = frozenset(_GATE_WORDS.split())
# Drawn among roads and rails, but nothing that parts the ground.
_NOTHING_WORDS: Final = """
ferry proposed construction planned razed dismantled abandoned disused platform raceway elevator aerialway pipeline
power station halt switch signal tree_row 轮渡 规划
"""
NO_BARRIERS: Final = frozenset(_NOTHING_WORDS.split())
# A layer's or file's name says what it holds where no field does.
_NAMES: Final = (
    ("rail", re.compile(r"rail|铁路|轨道", re.IGNORECASE)),
    ("wall", re.compile(r"wall|fence|围墙|栅栏|围栏", re.IGNORECASE)),
    ("water", re.compile(r"water|river|canal|stream|河|水", re.IGNORECASE)),
    ("road", re.compile(r"road|street|highway|道路|路网|街", re.IGNORECASE)),
)


def _index() -> dict[str, tuple[str, float]]:
    return {
        word: (kind, strength)
        for kind, table in _KINDS.items()
        for strength, words in table.items()
        for word in words.split()
    }


_KNOWN: Final = _index()


def known(value: str) -> bool:
    """Whether the tables know a class."""
    return value.casefold() in _KNOWN


def kind_of_layer(name: str) -> str:
    """What a layer of this name holds: "road", "rail", "water", "wall" or "other"."""
    return next((kind for kind, pattern in _NAMES if pattern.search(name)), "other")


def describe(value: str | None, layer_kind: str) -> tuple[str, str, float]:
    """The kind, class and strength of a barrier.

    Parameters
    ----------
    value : the class as the file has it; None if the file does not say.
    layer_kind : what the layer's name says, for values that say nothing.

    Examples
    --------
    >>> describe("primary", "other"), describe(None, "rail"), describe("hutong", "road")
    (('road', 'primary', 0.85), ('rail', 'rail', 0.97), ('road', 'hutong', 0.5))
    """
    if value is None:
        value = _DEFAULT_CLASS.get(layer_kind, "other")
    kind, strength = _KNOWN.get(value.casefold(), (layer_kind, UNKNOWN_STRENGTH))
    return kind, value, strength
