"""Where issues are elevated beyond chance: pure arrays in, arrays out."""

from geo.hotspots.neighbourhood import Neighbourhoods, NeighbourhoodSpec, neighbourhood_ratio
from geo.hotspots.shrink import ShrunkRates, shrink_rates
from geo.hotspots.tails import false_discovery, ratio_interval, upper_tail

__all__ = [
    "NeighbourhoodSpec",
    "Neighbourhoods",
    "ShrunkRates",
    "false_discovery",
    "neighbourhood_ratio",
    "ratio_interval",
    "shrink_rates",
    "upper_tail",
]
