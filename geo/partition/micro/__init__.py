"""Micro-grids (微网格): 10–15 households of one grid around a centre."""

from geo.partition.micro.counts import group_counts, smallest_relaxation
from geo.partition.micro.solve import micro_grids
from geo.partition.micro.spec import Households, MicroGrid, MicroResult, MicroSpec

__all__ = [
    "Households",
    "MicroGrid",
    "MicroResult",
    "MicroSpec",
    "group_counts",
    "micro_grids",
    "smallest_relaxation",
]
