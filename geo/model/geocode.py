"""What an address was found to be under one plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from geo.model.issues import Location

GeocodeStatus = Literal["match", "ambiguous", "conflict", "area_only", "none"]
GeocodeLevel = Literal["building", "compound", "poi", "number", "road", "community", "street", ""]


@dataclass(frozen=True)
class GridPart:
    """A grid that is possible: code, name, and its share of what is meant (0–1)."""

    grid: str
    name: str
    share: float


@dataclass(frozen=True)
class PlaceCandidate:
    """An entry of the gazetteer that a text may mean.

    `grid` is None where the place lies in several grids or in none; `grids` are all it lies in. `score` is 0–1;
    `lon`, `lat` are degrees WGS84, None where the entry has no place.
    """

    id: str
    kind: str
    name: str
    score: float
    grid: str | None
    grids: tuple[str, ...]
    lon: float | None
    lat: float | None


@dataclass(frozen=True)
class TextSpan:
    """A piece of the original text, ``text[start:end]``, and what it was taken for."""

    kind: str
    start: int
    end: int
    value: str


@dataclass(frozen=True)
class TextFault:
    """What speaks against an answer: a message key, its values, and what it costs (0–1)."""

    key: str
    penalty: float
    context: Mapping[str, Any]


@dataclass(frozen=True)
class Versions:
    """What an answer was made with: plan, gazetteer, weights of the score, and the function that normalises texts."""

    plan: int | None
    gazetteer: str
    weights: str
    normaliser: str


@dataclass(frozen=True)
class Geocoded:
    """The typed answer for one text.

    Attributes
    ----------
    status : "match": one grid · "ambiguous": places in several grids · "conflict": a clear name that does not lie where
        the text says · "area_only": an area or a road is known, the place in it is not · "none": no place.
    level : how exact it is; "" without a place.
    confidence : 0–1, that the answer is right.
    grid, grid_name, chain, lon, lat : of a match; WGS84 degrees. None and () otherwise.
    grids : the grids that are possible, most likely first.
    stairwell : the 单元 that the text names, "" without one.
    correction : number of the correction by a person that decided, None otherwise.
    location : the same as a `Location`, with the chain by name; None in answers of a batch.
    """

    status: GeocodeStatus
    level: GeocodeLevel
    confidence: float
    versions: Versions
    grid: str | None = None
    grid_name: str | None = None
    chain: tuple[str, ...] = ()
    lon: float | None = None
    lat: float | None = None
    grids: tuple[GridPart, ...] = ()
    candidates: tuple[PlaceCandidate, ...] = ()
    spans: tuple[TextSpan, ...] = ()
    faults: tuple[TextFault, ...] = ()
    stairwell: str = ""
    correction: int | None = None
    location: Location | None = field(default=None, compare=False)
