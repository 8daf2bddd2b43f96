"""What a machine needs to answer for a plan: the index, names for its codes, and which plan it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import shapely

from geo.service.chain_columns import Chains
from geo.service.columns import Columns

if TYPE_CHECKING:
    from geo.locate import GridIndex
    from geo.locate.micro import MicroIndex
    from geo.service.context import Net

_INDEX: Final = "grids.index"
_BASE: Final = "net.index"
_CHAINS: Final = "chains.npz"
_MICRO: Final = "micro.npz"
_NAMES: Final = "names.json"


@dataclass(frozen=True, eq=False)
class Grids:
    """The grids of one plan, ready to be asked without a database.

    Attributes
    ----------
    names : in the order of `index.codes`
    chains : what lies above and beneath each grid; None on an index by itself
    micro : the doors of its micro-grids, where they are asked for
    """

    index: GridIndex
    names: tuple[str, ...]
    plan: int
    chains: Chains | None = None
    micro: MicroIndex | None = None

    @classmethod
    def of(cls, net: Net, micro: MicroIndex | None = None) -> Grids:
        """Those of a net."""
        names = tuple(grid.name for grid in net.grids)
        return cls(index=net.index, names=names, plan=net.plan.id, chains=Chains.of(net), micro=micro)

    def save(self, folder: Path) -> None:
        """Write the grids to a folder from which any process can open them: the indexes, and what they do not hold."""
        folder.mkdir(exist_ok=True)
        self.index.save(folder / _INDEX)
        told: dict[str, Any] = {"names": self.names, "plan": self.plan, "micro": self.micro is not None}
        if self.chains is not None:
            chains = self.chains
            if chains.base is not None:
                chains.base.save(folder / _BASE)
            arrays = {"special": chains.special, "over": chains.over, "base_position": chains.base_position}
            _save_arrays(folder / _CHAINS, arrays | dict(chains.area))
            told |= {"words": chains.words, "base": chains.base is not None}
        if self.micro is not None:
            _save_arrays(folder / _MICRO, self.micro.arrays())
        half = folder / f"{_NAMES}.half"
        half.write_text(json.dumps(told), "utf-8")
        half.replace(folder / _NAMES)

    @classmethod
    def open(cls, folder: Path) -> Grids:
        """Those that `save` wrote; the index is mapped into memory, so that all processes of a machine share it."""
        from geo.locate import GridIndex
        from geo.locate.micro import MicroIndex

        told = json.loads((folder / _NAMES).read_text("utf-8"))
        chains = micro = None
        if "words" in told:
            arrays = _open_arrays(folder / _CHAINS)
            chains = Chains(
                words={level: tuple((code, name) for code, name in words) for level, words in told["words"].items()},
                area={level: arrays[level] for level in told["words"]},
                special=arrays["special"],
                over=arrays["over"],
                base=GridIndex.open(folder / _BASE, verify=False) if told["base"] else None,
                base_position=arrays["base_position"],
            )
        if told["micro"]:
            micro = MicroIndex.of_arrays(_open_arrays(folder / _MICRO))
        index = GridIndex.open(folder / _INDEX, verify=False)
        return cls(index, tuple(told["names"]), told["plan"], chains, micro)

    def under(self, found: Columns) -> Any:
        """The base grid of each row, int32 (n,): its own, or the one beneath; −1 for none."""
        if self.chains is None:
            return found.grid
        return self.chains.under(found.grid, found.lon, found.lat)

    @cached_property
    def codes(self) -> Any:
        """The codes as an Arrow array."""
        return pa.array(self.index.codes, type=pa.string())

    @cached_property
    def _name_words(self) -> Any:
        return pa.array(self.names, type=pa.string())

    def code_column(self, found: Any) -> Any:
        """Positions int32 (n,), −1 for none, as a dictionary column of codes."""
        return _dictionary(found, self.codes)

    def name_column(self, found: Any) -> Any:
        """The same of names."""
        return _dictionary(found, self._name_words)

    def words_of(self, found: Any) -> tuple[Any, Any]:
        """Codes and names of positions as plain columns."""
        at = pa.array(found, mask=found < 0)
        return self.codes.take(at), self._name_words.take(at)


def fingerprint(net: Net) -> str:
    """A token that differs for nets that could answer differently."""
    digest = hashlib.blake2b(digest_size=16)
    for grid in net.grids:
        digest.update(f"{net.plan.id}\x00{grid.code}\x00{grid.name}\x00{grid.lies_over}\x00".encode())
        digest.update(shapely.to_wkb(grid.geometry))
    return digest.hexdigest()


def _dictionary(found: Any, words: Any) -> Any:
    return pa.DictionaryArray.from_arrays(pa.array(found, mask=found < 0), words)


def _save_arrays(path: Path, arrays: Mapping[str, Any]) -> None:
    half = path.with_name(f"{path.name}.half")
    with half.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    half.replace(path)


def _open_arrays(path: Path) -> dict[str, Any]:
    with np.load(path, allow_pickle=False) as held:
        return dict(held)
