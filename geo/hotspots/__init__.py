"""Where issues are elevated beyond chance: pure arrays in, arrays out."""

from geo.hotspots.neighbourhood import Neighbourhoods, NeighbourhoodSpec, neighbourhood_ratio
from geo.hotspots.scan.clusters import Cluster, Clusters
from geo.hotspots.scan.space import scan_bernoulli, scan_poisson
from geo.hotspots.scan.space_time import TimeWindow, scan_permutation, scan_space_time
from geo.hotspots.shrink import ShrunkRates, shrink_rates
from geo.hotspots.tails import false_discovery, ratio_interval, upper_tail

__all__ = [
    "Cluster",
    "Clusters",
    "NeighbourhoodSpec",
    "Neighbourhoods",
    "ShrunkRates",
    "TimeWindow",
    "false_discovery",
    "neighbourhood_ratio",
    "ratio_interval",
    "scan_bernoulli",
    "scan_permutation",
    "scan_poisson",
    "scan_space_time",
    "shrink_rates",
    "upper_tail",
]
