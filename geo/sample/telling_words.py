"""The phrases of `data/telling.toml`, and chance among them."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")


@cache
def phrases() -> dict[str, Any]:
    """What callers say, by chapter."""
    return tomllib.loads((resources.files(__package__) / "data" / "telling.toml").read_text(encoding="utf-8"))


def pick(options: Sequence[T], rng: np.random.Generator) -> T:
    """One of `options`, each as likely."""
    return options[int(rng.integers(0, len(options)))]


def chance(share: float, rng: np.random.Generator) -> bool:
    """True in `share` of the cases."""
    return bool(rng.random() < share)
