"""Coordinates to grids, exactly: a point of a seamless net gets one grid, on borders the one with the lowest code."""

from geo.locate.index.edges import Edges, shared_edges
from geo.locate.index.faults import Fault, net_faults
from geo.locate.index.grid_index import GridIndex

__all__ = ["Edges", "Fault", "GridIndex", "net_faults", "shared_edges"]
