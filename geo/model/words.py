"""Words that are chosen from a list, and the empty mapping."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal

AreaLevel = Literal["district", "street", "community"]
GridKind = Literal["base", "special", "micro"]
# What a place lies in, from the top down; "area" is an area of no known level.
LevelName = Literal["district", "street", "community", "area", "base", "special", "micro"]
PlanState = Literal["draft", "scheduled", "active", "retired"]
IssueStatus = Literal["to_confirm", "to_dispatch", "in_progress", "closed"]
# located: in exactly one grid · outside: a good coordinate that no grid covers · unlocated: no usable place, see `note`
LocationStatus = Literal["located", "outside", "unlocated"]
CategoryKind = Literal["part", "event", "hotline"]

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
