"""Wangge (网格): partition a district into grids, publish the plan, locate, route and map what residents report."""

__version__ = "0.1.0"
