"""Seamless units from a boundary, barriers and buildings.

One noded subdivision of the area: barriers cut it into enclosures, the buildings of an enclosure share it out by the
nearest wall, and what no building claims stays a unit of its own. Pure: arrays in metres in, arrays out.
"""

from geo.partition.units.build import build_units
from geo.partition.units.inputs import UnitInputs, UnitSettings, hull_of
from geo.partition.units.result import Borders, UnitsReport, UnitsResult

__all__ = ["Borders", "UnitInputs", "UnitSettings", "UnitsReport", "UnitsResult", "build_units", "hull_of"]
