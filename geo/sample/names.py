"""Invented names: unique where they must be, alike where places are really alike."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from itertools import product
from typing import Any

import numpy as np


@cache
def word_list() -> dict[str, Any]:
    """The word lists of `data/names.toml`."""
    return tomllib.loads((resources.files(__package__) / "data" / "names.toml").read_text(encoding="utf-8"))


def stems(listed: Sequence[str], count: int, rng: np.random.Generator, *, shuffle: bool = False) -> list[str]:
    """`count` different stems: first the listed ones, then combinations of two signs, then of three."""
    words = word_list()
    names = list(listed)
    if shuffle:
        names = [names[k] for k in rng.permutation(len(names))]
    if len(names) < count:
        pairs = [a + b for a, b in product(words["first"], words["second"]) if a != b]
        known = set(names)
        names += [pair for pair in (pairs[k] for k in rng.permutation(len(pairs))) if pair not in known]
    if len(names) < count:
        names += ["".join(three) for three in product(words["first"], words["first"], words["second"])]
    if len(names) < count:
        names += [f"{names[k % 2000]}{k // 2000}" for k in range(2000, count + 2000)]
    return names[:count]


def road_names(count: int, axis: str, rng: np.random.Generator) -> list[str]:
    """`count` road names: …路 runs south–north, …大街 or …街 west–east."""
    listed = stems(word_list()["roads_ns" if axis == "x" else "roads_ew"], count, rng)
    ends = ("路",) if axis == "x" else ("大街", "街", "街")
    return [stem + ends[k % len(ends)] for k, stem in enumerate(listed)]


def lane_names(count: int, rng: np.random.Generator) -> list[str]:
    """`count` names for the lanes of old towns and for small local roads."""
    words = word_list()
    names = stems(words["lanes"], count, rng, shuffle=True)
    ends = rng.integers(0, len(words["lane_ends"]), count)
    return [name + words["lane_ends"][end] for name, end in zip(names, ends, strict=True)]


def local_names(count: int, rng: np.random.Generator) -> list[str]:
    """`count` names of local roads between compounds."""
    made = stems([], count, rng)
    ends = ("支路", "巷", "里弄")
    return [stem + ends[int(k)] for stem, k in zip(made, rng.integers(0, 3, count), strict=True)]


def compound_names(ages: Sequence[str], rng: np.random.Generator) -> list[str]:
    """A name for each compound; `ages` says "old", "mid" or "new". No two are the same."""
    words = word_list()["compounds"]
    pool: dict[str, list[str]] = {}
    taken: set[str] = set()
    for age in ("old", "mid", "new"):
        need = ages.count(age) if isinstance(ages, list) else list(ages).count(age)
        ends = words[f"{age}_ends"]
        listed = stems(words[f"{age}_stems"], max(need, 1), rng, shuffle=True)
        pool[age] = []
        for stem, end in zip(listed, rng.integers(0, len(ends), len(listed)), strict=True):
            name = stem + (ends[end] if ends[end][0] != stem[-1] else ends[(end + 1) % len(ends)])
            while name in taken:
                end = (end + 1) % len(ends)
                name = stem + ends[end] if stem + ends[end] not in taken else name + "东区"
            taken.add(name)
            pool[age].append(name)
    return [pool[age].pop() for age in ages]


def person_names(count: int, rng: np.random.Generator) -> list[str]:
    """`count` invented people; the same name may come twice."""
    words = word_list()["people"]
    first = rng.integers(0, len(words["surnames"]), count)
    last = rng.integers(0, len(words["given"]), count)
    return [words["surnames"][a] + words["given"][b] for a, b in zip(first, last, strict=True)]


def phone(prefix: int, number: int) -> str:
    """An eleven-digit number in a range that is not handed out to anybody (102…)."""
    return f"102{prefix:02d}{number % 1_000_000:06d}"
