"""The bodies of geocoding: an address as it was understood, many of them, and an entry of the gazetteer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from geo.api.locate_schemas import RowError
from geo.api.schemas import LevelOut, MicroOut, Out
from geo.messages import Lang, catalogue, say
from geo.model import Geocoded, GeocodeLevel, GeocodeStatus
from geo.service.micro_lookup import note_values

ROWS_MOST: Final = 5_000
TEXT_MOST: Final = 10_000


class GridPartOut(Out):
    """A grid that is possible."""

    grid: str
    name: str
    share: float = Field(description="How likely it is among the grids listed, 0-1.")


class CandidateOut(Out):
    """An entry of the gazetteer that the text may mean."""

    id: str
    kind: str
    name: str
    score: float
    grid: str | None = Field(description="Null where the place lies in several grids or in none.")
    grids: list[str]
    lon: float | None = Field(description="WGS84.")
    lat: float | None = Field(description="WGS84.")


class SpanOut(Out):
    """A piece of the original text, `text[start:end]`, and what it was taken for."""

    kind: str
    start: int
    end: int
    value: str


class FaultOut(Out):
    """What speaks against the answer."""

    key: str
    penalty: float
    text: str = Field(description="As a sentence in the request's language.")


class VersionsOut(Out):
    """What the answer was made with."""

    plan: int | None
    gazetteer: str
    weights: str
    normaliser: str


class GeocodeOut(Out):
    """What a text was found to mean, and why.

    `match`: one grid. `ambiguous`: places in several grids. `conflict`: a clear name that does not lie where the text
    says. `area_only`: an area or road is known, the place in it is not. `none`: no place.
    """

    status: GeocodeStatus
    level: GeocodeLevel
    confidence: float
    grid: str | None
    grid_name: str | None
    chain: list[str] = Field(description="Codes from the district down to the grid.")
    names: list[str] = Field(default_factory=list, description="Names along the chain.")
    levels: list[LevelOut] = Field(default_factory=list)
    lon: float | None = Field(description="WGS84.")
    lat: float | None = Field(description="WGS84.")
    grids: list[GridPartOut] = Field(description="The grids that are possible, most likely first.")
    candidates: list[CandidateOut]
    spans: list[SpanOut]
    faults: list[FaultOut]
    stairwell: str = Field(description="The 单元 that the text names.")
    correction: int | None = Field(description="The correction by a person that decided, if one did.")
    versions: VersionsOut
    note: str = ""
    note_text: str = Field(default="", description="Why there is no grid, as a sentence.")
    micro: MicroOut | None = Field(None, description="Only with `level=micro`, of a match to a building.")

    @classmethod
    def of(cls, found: Geocoded, names: Mapping[str, str], lang: Lang) -> GeocodeOut:
        """The body for an outcome; `names` are those of areas and grids by code."""
        faults = [FaultOut(key=f.key, penalty=f.penalty, text=say(f.key, lang, **f.context)) for f in found.faults]
        place = found.location
        note = place.note if place is not None else ("" if found.grid else f"address_{found.status}")
        micro = None
        if place is not None and place.micro is not None:
            micro = MicroOut.model_validate(place.micro)
            micro.note_text = say(micro.note, lang, **note_values(place.micro)) if micro.note else ""
        return cls(
            status=found.status,
            level=found.level,
            confidence=round(found.confidence, 4),
            grid=found.grid,
            grid_name=found.grid_name,
            chain=list(found.chain),
            names=[names.get(code, code) for code in found.chain],
            levels=[LevelOut.model_validate(level) for level in (place.levels if place is not None else ())],
            lon=found.lon,
            lat=found.lat,
            grids=[GridPartOut.model_validate(part) for part in found.grids],
            candidates=[CandidateOut.model_validate(candidate) for candidate in found.candidates],
            spans=[SpanOut.model_validate(span) for span in found.spans],
            faults=faults,
            stairwell=found.stairwell,
            correction=found.correction,
            versions=VersionsOut.model_validate(found.versions),
            note=note,
            note_text=say(note, lang) if note in catalogue() else "",
            micro=micro,
        )


class GeocodeIn(BaseModel):
    """Texts to be geocoded in one plan."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"texts": ["阳光小区3号楼2单元", "人民路88号"]}}
    )

    texts: list[str | None] = Field(description=f"At most {ROWS_MOST:,}.")
    scope: str | None = Field(None, max_length=64, description="Code or name of the area that they lie in.")
    as_of: str | None = Field(
        None, description="Answer with the plan in force on this day.", json_schema_extra={"format": "date"}
    )


class GeocodesOut(Out):
    """One answer a text, in order; null for a row in `errors`."""

    plan: int
    results: list[GeocodeOut | None]
    errors: list[RowError]


class EntryOut(Out):
    """An entry of the gazetteer, and the grids that it lies in."""

    entry: dict[str, Any]
    version: str = Field(description="Of the whole gazetteer; changes with any entry or correction.")
    plan: int | None
    grids: list[GridPartOut]
