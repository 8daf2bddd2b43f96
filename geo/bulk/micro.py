"""Micro-grids (微网格) of located rows: two columns more, and the reason of a row that gets none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from geo.messages import Lang, say
from geo.service.columns import LOCATED, Columns
from geo.service.micro_lookup import micro_columns

if TYPE_CHECKING:
    from geo.locate.micro import MicroIndex
    from geo.service.context import Net

# Code of the micro-grid, and metres to the nearest household of the same grid.
ADDED: Final = ("micro", "micro_m")
TYPES: Final = (pa.dictionary(pa.int32(), pa.string()), pa.float64())


@dataclass(frozen=True, eq=False)
class MicroDoors:
    """The doors of one edition, and the net whose grids they lie in."""

    net: Net
    index: MicroIndex

    def ask(self, found: Columns, lang: Lang) -> tuple[list[Any], Any, Sequence[str]]:
        """The columns `ADDED`; why each row has none, int8 (n,), as a position in sentences; the sentences ("" first).

        Rows that are not located have no reason here: they have their own.
        """
        from geo.locate.micro import LIMIT_M, REASONS

        rows = np.flatnonzero(found.status == LOCATED)
        answer = micro_columns(self.index, self.net, lon=found.lon[rows], lat=found.lat[rows], grid=found.grid[rows])
        micro = np.full(len(found), -1, dtype=np.int32)
        metres, reason = np.full(len(found), np.nan), np.zeros(len(found), dtype=np.int8)
        micro[rows], reason[rows] = answer.micro, answer.reason
        metres[rows] = np.where(np.isfinite(answer.distance_m), answer.distance_m, np.nan)
        codes = pa.DictionaryArray.from_arrays(pa.array(micro, mask=micro < 0), pa.array(self.index.codes, pa.string()))
        sentences = [
            say("micro_several_of_row" if key == "micro_several" else key, lang, limit_m=LIMIT_M) if key else ""
            for key in REASONS
        ]
        return [codes, pa.array(metres, from_pandas=True)], reason, sentences
