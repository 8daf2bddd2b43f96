"""Frozen values that travel between rooms.

Geometry is shapely; lon, lat in degrees WGS84 unless a `crs` says otherwise.
"""

from geo.model.ground import Adjacency, Barriers, BuildingColumns, Buildings, Units
from geo.model.households import HouseholdColumns, HouseholdRows
from geo.model.issues import Issue, Level, Location, MicroCandidate, MicroFound, Report, Route
from geo.model.layers import Layer
from geo.model.micro import Doors, MicroDrawing, MicroEdition, MicroGrid
from geo.model.place import Area, Category, Department, Feature, Place, Rule, Staff
from geo.model.plans import Drawing, Grid, Plan, Timetable, Violation
from geo.model.words import AreaLevel, CategoryKind, GridKind, IssueStatus, LevelName, LocationStatus, PlanState

__all__ = [
    "Adjacency",
    "Area",
    "AreaLevel",
    "Barriers",
    "BuildingColumns",
    "Buildings",
    "Category",
    "CategoryKind",
    "Department",
    "Doors",
    "Drawing",
    "Feature",
    "Grid",
    "GridKind",
    "HouseholdColumns",
    "HouseholdRows",
    "Issue",
    "IssueStatus",
    "Layer",
    "Level",
    "LevelName",
    "Location",
    "LocationStatus",
    "MicroCandidate",
    "MicroDrawing",
    "MicroEdition",
    "MicroFound",
    "MicroGrid",
    "Place",
    "Plan",
    "PlanState",
    "Report",
    "Route",
    "Rule",
    "Staff",
    "Timetable",
    "Units",
    "Violation",
]
