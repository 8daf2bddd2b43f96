"""The bodies and the parameters of questions where points lie; those of batches too."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from geo.api.schemas import CRS_HELP, LocationOut, Out

FIELDS_HELP = (
    "Columns of the answer: any of grid, grid_name, status, shift_m, border_m, lon, lat, nearest_grid, nearest_m, "
    "district, district_name, street, street_name, community, community_name, area, area_name, base_grid, "
    "special_grid, overlap, note, accuracy_m, candidates, micro, micro_m, micro_note. "
    "Unless said: grid, status and shift_m, with an accuracy note and candidates too. border_m takes as long as all "
    "the rest; note, accuracy_m and candidates are told for 100,000 points in one request at most."
)
ACCURACY_HELP = (
    "Radius of the location error (68 %), metres; 0 is exact. Over 500 m a point is `unlocated`; less than 0 and "
    "infinite are errors."
)
Accuracy = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class CandidateOut(BaseModel):
    """A grid that a point may lie in."""

    grid: str | None = Field(description="Code; null is outside all grids.")
    name: str | None
    probability: float


class PointQuery(BaseModel):
    """What is asked about one point, as query parameters."""

    lon: float = Field(description="Longitude, degrees (easting where `crs` is projected).")
    lat: float = Field(description="Latitude, degrees (northing where `crs` is projected).")
    crs: str = Field(min_length=1, max_length=4000, description=CRS_HELP)
    as_of: str | None = Field(
        None, description="Answer with the plan in force on this day.", json_schema_extra={"format": "date"}
    )
    accuracy_m: float | None = Field(
        None, ge=0, allow_inf_nan=False, description="Radius of the location error (68 %), metres; 0 is exact."
    )
    text: str | None = Field(
        None, max_length=10_000, description="Words about the same place, to be weighed together with the point."
    )
    level: Literal["grid", "micro"] = Field(
        "grid", description="`micro` asks for the micro-grid (微网格) too: that of the nearest household of the grid."
    )
    stairwell: str | None = Field(
        None, max_length=40, description="With `level=micro`: 单元, where a tower has several micro-grids."
    )
    floor: float | None = Field(
        None, allow_inf_nan=False, description="With `level=micro`: the floor, below ground negative."
    )


class ExplainOut(LocationOut):
    """Where a point lies, and the reasons in sentences of the request's language."""

    why: list[str] = Field(
        description="The plan, the datum, the grid and its border, and other readings of the numbers."
    )


class RowError(Out):
    """Why a row of a batch has no answer."""

    row: int = Field(description="Counted from 1.")
    code: str
    detail: str


class BatchIn(BaseModel):
    """What a JSON batch says beside its points."""

    model_config = ConfigDict(extra="forbid")

    crs: str = Field(min_length=1, max_length=4000, description=CRS_HELP)
    as_of: str | None = Field(
        None, description="Answer with the plan in force on this day.", json_schema_extra={"format": "date"}
    )
    fields: list[str] | None = Field(None, max_length=32, description=FIELDS_HELP)
    force: bool = Field(False, description="Answer even if the batch clearly is in another system than it claims.")
    accuracy_m: Accuracy | None = Field(None, description=f"Of all points. {ACCURACY_HELP}")


class BatchBody(BatchIn):
    """Points to locate: `points` as pairs, or the columns `lon` and `lat`; null is a row without a coordinate."""

    # For the interface's description alone: numbers are read by faster means (`geo.api.batch_read`).

    points: list[Annotated[list[float | None], Field(min_length=2, max_length=2)] | None] | None = Field(
        None, description="[[lon, lat], …]"
    )
    lon: list[float | None] | None = None
    lat: list[float | None] | None = None
    accuracy_m: Accuracy | list[float | None] | None = Field(  # type: ignore[assignment]
        None, description=f"Of all points, or a list with one for each, null where unknown. {ACCURACY_HELP}"
    )
    stairwell: list[str | int | None] | None = Field(
        None, description="单元 of each point, where a tower has several micro-grids; only with `micro` in `fields`."
    )
    floor: list[float | None] | None = Field(
        None, description="Floor of each point, below ground negative; only with `micro` in `fields`."
    )


class BatchQuery(BaseModel):
    """What an Arrow batch says beside its points, as query parameters; a JSON body says it itself."""

    crs: str = Field(min_length=1, max_length=4000, description=CRS_HELP)
    as_of: str | None = Field(
        None, description="Answer with the plan in force on this day.", json_schema_extra={"format": "date"}
    )
    fields: str | None = Field(None, max_length=400, description=f"With commas between them. {FIELDS_HELP}")
    force: bool = Field(False, description="Answer even if the batch clearly is in another system than it claims.")
    accuracy_m: Accuracy | None = Field(
        None, description=f"Of all points that a number column `accuracy_m` of the body tells none of. {ACCURACY_HELP}"
    )


class BatchOut(Out):
    """One answer a point, in order: the columns that were asked for. Values are null where a row has none."""

    plan: int
    crs: str
    grid: list[str | None] | None = Field(None, description="Code of the grid; null outside all and for a bad row.")
    status: list[Literal["located", "outside", "unlocated", "error"]] | None = None
    shift_m: list[float | None] | None = Field(None, description="How far the change of datum moved the point.")
    border_m: list[float | None] | None = Field(None, description="To the nearest border of a grid, metres.")
    grid_name: list[str | None] | None = None
    lon: list[float | None] | None = Field(None, description="WGS84.")
    lat: list[float | None] | None = Field(None, description="WGS84.")
    nearest_grid: list[str | None] | None = Field(None, description="The nearest grid of a point outside all.")
    nearest_m: list[float | None] | None = None
    note: list[str | None] | None = Field(
        None,
        description="As of one point: grids_overlap, near_border, coordinate_rounded_near, accuracy_too_coarse, "
        "outside_all_grids, outside_swapped, outside_degrees, or empty; null for a bad row.",
    )
    accuracy_m: list[float | None] | None = Field(
        None, description="The radius that the note speaks of; of a rounded point half of its step."
    )
    overlap: list[list[str] | None] | None = Field(
        None, description="Codes of all grids that claim the point, where several grids of a faulty plan do."
    )
    district: list[str | None] | None = Field(None, description="Code of the area of this level above the grid.")
    district_name: list[str | None] | None = None
    street: list[str | None] | None = None
    street_name: list[str | None] | None = None
    community: list[str | None] | None = None
    community_name: list[str | None] | None = None
    area: list[str | None] | None = Field(None, description="An area of no known level above the grid.")
    area_name: list[str | None] | None = None
    base_grid: list[str | None] | None = Field(None, description="The base grid: its own, or beneath a special grid.")
    special_grid: list[str | None] | None = None
    candidates: list[list[CandidateOut] | None] | None = Field(
        None, description="Of a point that may lie in another grid with 5 % or more: whatever has 1 %, likeliest first."
    )
    micro: list[str | None] | None = Field(
        None, description="Code of the micro-grid (微网格): that of the nearest household of the same grid."
    )
    micro_m: list[float | None] | None = Field(None, description="To that household, metres.")
    micro_note: list[str | None] | None = Field(
        None,
        description="Why a located point has no micro-grid: micro_none_in_plan, micro_none_in_grid, micro_far, or "
        "micro_several (`stairwell` and `floor` tell them apart); empty where it has one.",
    )
    errors: list[RowError]
