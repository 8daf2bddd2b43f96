"""The few numbers that turn likeness into an order and a probability: a small fitted JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from geo.errors import InvalidInput
from geo.locate.address import normalise
from geo.locate.address.documents import FEATURES

# Changes with the meaning of a column. Weights of another version are refused.
VERSION: Final = f"{normalise.VERSION}.4"

RANK_COLUMNS: Final = (
    *FEATURES,
    "area_agrees",
    "area_differs",
    "ruled_place",
    "ruled_number",
    "ruled_area",
    "ruled_rival",
    "ruled_conflict",
    "ruled_bare",
)
SURE_COLUMNS: Final = (
    "share",
    "margin",
    *RANK_COLUMNS,
    "rules_agree",
    "rules_differ",
    "rules_ambiguous",
    "rules_conflict",
    "rules_area_only",
    "rules_agree_bare",
    "bare",
    "bias",
)


@dataclass(frozen=True)
class Weights:
    """What `fit` found.

    Attributes
    ----------
    rank : weight of each of `RANK_COLUMNS`: candidates are ordered by the weighted sum.
    sure : weight of each of `SURE_COLUMNS`: the logit of the probability that the first candidate is the place meant.
    accept : probability from which a first candidate is a match.
    accept_ruled : the same where the strict rules say so too, of a place whose area is known.
    source : what they were fitted on.
    seed, cases : of the fit, and how many texts it saw.
    version : of the columns and the normal form that they hold for.
    """

    rank: Mapping[str, float]
    sure: Mapping[str, float]
    accept: float
    accept_ruled: float = 0.9
    source: str = ""
    seed: int = 0
    cases: int = 0
    version: str = VERSION

    def to_json(self) -> str:
        """As a JSON text that `from_json` reads back to the bit."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Weights:
        """Read what `to_json` wrote.

        Raises
        ------
        InvalidInput
            If it is no such file, of another version, or lacks a column.
        """
        try:
            given: dict[str, Any] = json.loads(text)
            read = cls(
                rank={name: float(given["rank"][name]) for name in RANK_COLUMNS},
                sure={name: float(given["sure"][name]) for name in SURE_COLUMNS},
                accept=float(given["accept"]),
                accept_ruled=float(given["accept_ruled"]),
                source=str(given["source"]),
                seed=int(given["seed"]),
                cases=int(given["cases"]),
                version=str(given["version"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidInput("match_weights_unreadable", problem=str(error)) from None
        if read.version != VERSION:
            raise InvalidInput("match_weights_version", version=read.version, wanted=VERSION)
        return read

    @classmethod
    def read(cls, path: Path) -> Weights:
        """Read a file; see `from_json`."""
        return cls.from_json(path.read_text(encoding="utf-8"))


@cache
def shipped() -> Weights:
    """The weights that come with the package, fitted on its own generated texts."""
    return Weights.from_json(files("geo.locate.address").joinpath("weights.json").read_text(encoding="utf-8"))
