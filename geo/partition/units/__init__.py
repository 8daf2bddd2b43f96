"""Seamless units from a boundary, barriers and buildings.

One noded subdivision of the area: barriers cut it into enclosures, the buildings of an enclosure share it out by the
nearest wall, and what no building claims stays a unit of its own. Pure: arrays in metres in, arrays out.
"""

from geo.partition.units.borders import draw_borders
from geo.partition.units.build import build_units
from geo.partition.units.crossings import BRIDGE, CROSSING_NAMES, GATE, Crossings, Ground, find_crossings
from geo.partition.units.groups import Groups, group_units
from geo.partition.units.inputs import UnitInputs, UnitSettings, hull_of
from geo.partition.units.people import own_ground
from geo.partition.units.result import Borders, UnitsReport, UnitsResult
from geo.partition.units.weights import count_once, share_out, sum_units

__all__ = [
    "BRIDGE",
    "CROSSING_NAMES",
    "GATE",
    "Borders",
    "Crossings",
    "Ground",
    "Groups",
    "UnitInputs",
    "UnitSettings",
    "UnitsReport",
    "UnitsResult",
    "build_units",
    "count_once",
    "draw_borders",
    "find_crossings",
    "group_units",
    "hull_of",
    "own_ground",
    "share_out",
    "sum_units",
]
