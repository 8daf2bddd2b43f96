"""What a machine needs to answer for a plan: the index, names for its codes, and which plan it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import shapely

if TYPE_CHECKING:
    from geo.bulk.micro import MicroDoors
    from geo.locate import GridIndex
    from geo.service.context import Net

_INDEX: Final = "grids.index"
_NAMES: Final = "names.json"


@dataclass(frozen=True, eq=False)
class Grids:
    """The grids of one plan, ready to be asked without a database.

    Attributes
    ----------
    names : in the order of `index.codes`
    micro : the doors of its micro-grids, where they are asked for; they do not go into the folder of `save`
    """

    index: GridIndex
    names: tuple[str, ...]
    plan: int
    micro: MicroDoors | None = None

    @classmethod
    def of(cls, net: Net, micro: MicroDoors | None = None) -> Grids:
        """Those of a net."""
        return cls(index=net.index, names=tuple(grid.name for grid in net.grids), plan=net.plan.id, micro=micro)

    def save(self, folder: Path) -> None:
        """Write the grids to a folder from which any process can open them: the index, and what it does not hold."""
        folder.mkdir(exist_ok=True)
        self.index.save(folder / _INDEX)
        half = folder / f"{_NAMES}.half"
        half.write_text(json.dumps({"names": self.names, "plan": self.plan}), "utf-8")
        half.replace(folder / _NAMES)

    @classmethod
    def open(cls, folder: Path) -> Grids:
        """Those that `save` wrote; the index is mapped into memory, so that all processes of a machine share it."""
        from geo.locate import GridIndex

        told = json.loads((folder / _NAMES).read_text("utf-8"))
        return cls(GridIndex.open(folder / _INDEX, verify=False), tuple(told["names"]), told["plan"])

    def code_column(self, found: Any) -> Any:
        """Positions int32 (n,), −1 for none, as a dictionary column of codes."""
        return _dictionary(found, self.index.codes)

    def name_column(self, found: Any) -> Any:
        """The same of names."""
        return _dictionary(found, self.names)


def fingerprint(net: Net) -> str:
    """A token that differs for nets that could answer differently."""
    digest = hashlib.blake2b(digest_size=16)
    for grid in net.grids:
        digest.update(f"{net.plan.id}\x00{grid.code}\x00{grid.name}\x00{grid.lies_over}\x00".encode())
        digest.update(shapely.to_wkb(grid.geometry))
    return digest.hexdigest()


def _dictionary(found: Any, words: Sequence[str]) -> Any:
    position = pa.array(found, mask=found < 0)
    return pa.DictionaryArray.from_arrays(position, pa.array(words, type=pa.string()))
