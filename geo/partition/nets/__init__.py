"""Many nets into one (多网合一): refine → base net → conflicts, crosswalk."""

from geo.partition.nets.base import BaseNet, BaseWish, draw_base, take_base
from geo.partition.nets.conflicts import Conflicts, find_conflicts
from geo.partition.nets.crosswalk import Crosswalk, carry, make_crosswalk
from geo.partition.nets.inputs import NetLayer, NetsInputs, NetsSettings, People, Within
from geo.partition.nets.refine import Refinement, refine

__all__ = [
    "BaseNet",
    "BaseWish",
    "Conflicts",
    "Crosswalk",
    "NetLayer",
    "NetsInputs",
    "NetsSettings",
    "People",
    "Refinement",
    "Within",
    "carry",
    "draw_base",
    "find_conflicts",
    "make_crosswalk",
    "refine",
    "take_base",
]
