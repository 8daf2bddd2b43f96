"""Units to grids: unit graph, solver, codes, figures and checks. Pure: arrays in, arrays out."""

from geo.partition.graph import UnitGraph, graph_of
from geo.partition.solver.solve import solve
from geo.partition.solver.spec import PartitionReport, PartitionResult, PartitionSpec

__all__ = ["PartitionReport", "PartitionResult", "PartitionSpec", "UnitGraph", "graph_of", "solve"]
