"""Colours, widths (mm) and sizes (pt) of printed sheets."""

from __future__ import annotations

from typing import Final

INK: Final = "#17222D"
INK_2: Final = "#465361"
INK_3: Final = "#5F6C79"
LINE: Final = "#C9CFD6"
ACCENT: Final = "#174A76"
WARN: Final = "#865000"
WARN_WASH: Final = "#FFF5DF"
PAPER: Final = "#F1F1ED"
WHITE: Final = "#FFFFFF"
WATER: Final = "#B5D5E6"
WATER_TEXT: Final = "#2A5A72"
PARK: Final = "#7BA07B"
PARK_TEXT: Final = "#2F5E2F"
ROAD: Final = "#CCCCCC"  # grey 20 %
RAIL: Final = "#5F6C79"
GRID: Final = "#2B3844"
OTHER_GRID: Final = "#7C8894"
COMMUNITY: Final = "#123F66"
WASH: Final = ("#F3C7C4", "#EBCDA0", "#FBF0CC", "#D6E8BC", "#C4E6D7", "#B9D3DC", "#E4EBFD", "#DCCBF4")
BUILDING_SHARE: Final = 0.16

GRID_MM: Final = 0.7
COMMUNITY_MM: Final = 1.0
COMMUNITY_DASH: Final = (6.0, 2.2, 0.4, 2.2)
OVER_DASH: Final = (2.4, 1.4)

TEXT_PT: Final = 8.0
# Metres from kerb to kerb by class of road, and the classes that other sources name.
ROAD_M: Final = {"lane": 4.0, "local": 7.0, "secondary": 12.0, "arterial": 18.0}
ROAD_CLASS: Final = {
    "alley": "lane", "service": "lane", "footway": "lane", "path": "lane", "track": "lane", "residential": "local",
    "tertiary": "local", "primary": "arterial", "trunk": "arterial", "motorway": "arterial",
}  # fmt: skip
ROAD_LEAST_MM: Final = 0.5
# Layers and kinds of a place that are green.
GREEN: Final = ("park", "green", "garden", "square")


def mixed(ground: str, share: float, ink: str = INK) -> str:
    """`ink` laid over `ground` with that share: opaque, so that printers need not mix."""
    pairs = [(int(ground[k : k + 2], 16), int(ink[k : k + 2], 16)) for k in (1, 3, 5)]
    return "#" + "".join(f"{round(below + (above - below) * share):02X}" for below, above in pairs)


def road_class(kind: str) -> str:
    """The class that a kind of road is drawn as."""
    return kind if kind in ROAD_M else ROAD_CLASS.get(kind, "local")
