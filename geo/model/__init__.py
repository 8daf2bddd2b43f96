"""Frozen values that travel between rooms.

Geometry is shapely; lon, lat in degrees WGS84 unless a `crs` says otherwise.
"""

from geo.model.drafts import Draft, DraftStep
from geo.model.geocode import (
    Geocoded,
    GeocodeLevel,
    GeocodeStatus,
    GridPart,
    PlaceCandidate,
    TextFault,
    TextSpan,
    Versions,
)
from geo.model.ground import Adjacency, Barriers, BuildingColumns, Buildings, Units
from geo.model.households import HouseholdColumns, HouseholdRows
from geo.model.issues import Issue, Level, Location, MicroCandidate, MicroFound, Report, Route
from geo.model.layers import Layer
from geo.model.micro import Doors, MicroDrawing, MicroEdition, MicroGrid
from geo.model.place import Area, Category, Department, Feature, Place, Staff
from geo.model.plans import Drawing, Grid, Plan, Timetable, Violation
from geo.model.rules import (
    Asset,
    Handler,
    Mode,
    ModeSwitch,
    Negative,
    Override,
    RouteStep,
    Rule,
    RuleFault,
    RuleSet,
    RuleSetRecord,
    Rung,
    Stage,
    Window,
    WorkCalendar,
)
from geo.model.tile_map import TileMap, TileSource
from geo.model.words import AreaLevel, CategoryKind, GridKind, IssueStatus, LevelName, LocationStatus, PlanState

__all__ = [
    "Adjacency",
    "Area",
    "AreaLevel",
    "Asset",
    "Barriers",
    "BuildingColumns",
    "Buildings",
    "Category",
    "CategoryKind",
    "Department",
    "Doors",
    "Draft",
    "DraftStep",
    "Drawing",
    "Feature",
    "GeocodeLevel",
    "GeocodeStatus",
    "Geocoded",
    "Grid",
    "GridKind",
    "GridPart",
    "Handler",
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
    "Mode",
    "ModeSwitch",
    "Negative",
    "Override",
    "Place",
    "PlaceCandidate",
    "Plan",
    "PlanState",
    "Report",
    "Route",
    "RouteStep",
    "Rule",
    "RuleFault",
    "RuleSet",
    "RuleSetRecord",
    "Rung",
    "Staff",
    "Stage",
    "TextFault",
    "TextSpan",
    "TileMap",
    "TileSource",
    "Timetable",
    "Units",
    "Versions",
    "Violation",
    "Window",
    "WorkCalendar",
]
