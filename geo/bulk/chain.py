"""The chain of areas and grids of located rows: street, community, base grid, special grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from geo.service.chain_columns import AREAS, CHAIN
from geo.service.columns import Columns

if TYPE_CHECKING:
    from geo.bulk.grids import Grids

ADDED: Final = CHAIN
TYPES: Final = (pa.dictionary(pa.int32(), pa.string()),) * len(CHAIN)


def chain_columns(grids: Grids, found: Columns, under: Any) -> list[Any]:
    """The columns `ADDED`; `under` is the base grid of each row, int32 (n,)."""
    chains = grids.chains
    assert chains is not None
    positions = chains.columns(found.grid, under)
    out: list[Any] = []
    for level in AREAS:
        words = chains.words[level]
        out += [dictionary(positions[level], [pair[part] for pair in words]) for part in (0, 1)]
    return [*out, grids.code_column(positions["base_grid"]), grids.code_column(positions["special_grid"])]


def dictionary(position: Any, words: Any) -> Any:
    """Positions int32 (n,), −1 for none, as a dictionary column."""
    return pa.DictionaryArray.from_arrays(pa.array(position, mask=position < 0), pa.array(words, type=pa.string()))
