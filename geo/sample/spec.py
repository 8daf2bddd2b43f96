"""What a sample place is asked to be, and what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidInput
from geo.model import Drawing, Layer

CRS: Final = "EPSG:4547"
DISTRICT_CODE: Final = "990101"
DISTRICT_NAME: Final = "晨光区"
SMALLEST: Final = 1_000
LARGEST: Final = 1_000_000
# About how many households a grid and a community have when nothing is out of balance (domain facts, not a standard).
HOUSEHOLDS_PER_GRID: Final = 400
GRIDS_PER_COMMUNITY: Final = 14
MOST_STREETS: Final = 99  # codes 001–099 are 街道
MOST_COMMUNITIES: Final = 199  # codes 001–199 within a street are 居委会


@dataclass(frozen=True)
class SampleSpec:
    """How large the invented district is.

    Attributes
    ----------
    buildings : how many buildings to aim at, 1,000 to 1,000,000; the district comes within a few percent of it.
    communities, streets : None follows the number of households (about 14 grids a community).
    seed : the same seed gives the same place.
    issues : reports in twelve months; None is six a building, at most 60,000. 0 makes none.
    until : the last day that issues were reported on.
    plan : whether to draw today's plan (units and grids).
    """

    buildings: int = SMALLEST
    communities: int | None = None
    streets: int | None = None
    seed: int = 47
    issues: int | None = None
    until: date = date(2026, 10, 31)
    plan: bool = True

    def __post_init__(self) -> None:
        if not SMALLEST <= self.buildings <= LARGEST:
            raise InvalidInput(
                "sample_size_out_of_range", field="buildings", value=self.buildings, least=SMALLEST, most=LARGEST
            )
        for name, least, most in (
            ("streets", 1, MOST_STREETS),
            ("communities", 1, MOST_STREETS * MOST_COMMUNITIES),
            ("issues", 0, 10_000_000),
            ("seed", 0, 2**63 - 1),
        ):
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                raise InvalidInput("sample_size_out_of_range", field=name, value=value, least=least, most=most)

    @property
    def issue_count(self) -> int:
        """How many reports the place gets."""
        return min(6 * self.buildings, 60_000) if self.issues is None else self.issues


@dataclass(frozen=True)
class Table:
    """A CSV table before it is written: every cell is text or a number, None is an empty cell."""

    header: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def column(self, name: str) -> list[Any]:
        """One column by its name."""
        at = self.header.index(name)
        return [row[at] for row in self.rows]


@dataclass(frozen=True, eq=False)
class SamplePlace:
    """An invented district, ready to be written.

    Attributes
    ----------
    layers : layers of `place.gpkg` by name, in EPSG:4547 (easting, northing in metres).
    drawing : today's plan, None if the spec did not ask for it; its grids are not coloured yet (all 0).
    grid_pairs : int64 (m, 2), indices of grids of the drawing that share a border; empty without a drawing.
    tables : CSV tables by their path in the place folder.
    source : text of SOURCE.toml.
    owners : layers of the rule set's `owners.gpkg` by name: what has an owner, and who it is.
    heads : texts of the rule sets' ruleset.toml by their path in the place folder.
    """

    spec: SampleSpec
    layers: Mapping[str, Layer]
    drawing: Drawing | None
    grid_pairs: NDArray[np.int64]
    tables: Mapping[str, Table]
    source: str
    owners: Mapping[str, Layer]
    heads: Mapping[str, str]
