"""Barriers, gates and bridges of several files, in one system, numbered by how strongly they part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import crs as crs_
from geo.errors import InvalidInput
from geo.model import Barriers
from geo.service.ports import Files

# Words that people use for the kinds in `--hard`.
_KIND_WORDS = {"river": "water", "railway": "rail", "street": "road"}
WATER_CLASS = ("water", "water", 0.95)
# What a hard river is divided along, so that each half belongs to its bank.
MIDDLE_CLASS = ("water", "middle", 1.0)
# The border of an area names a piece of border only where nothing else runs.
BORDER_CLASS = ("border", "area", 0.5)
NO_CLASS = ("none", "", 0.0)


@dataclass(frozen=True, eq=False)
class Divides:
    """All that divides an area and leads across it, in one system.

    Attributes
    ----------
    lines : object (m,), barriers; `class_of` int32 (m,) says which of `classes` each is.
    classes : (kind, class, strength) by number; 0 is none, larger numbers part more strongly.
    hard : bool (classes,), never to be crossed but at a gate or a bridge.
    split_water : water is hard, so it is divided by the nearest bank.
    gates, bridges : object, points and lines; `gate_ids` and `bridge_ids` name them.
    left_out : what was dropped from the barriers and why: word -> ids.
    unknown : classes that no table knows, which part as streets do: class -> how many barriers have it.
    """

    lines: NDArray[np.object_]
    class_of: NDArray[np.int32]
    classes: tuple[tuple[str, str, float], ...]
    hard: NDArray[np.bool_]
    split_water: bool
    gates: NDArray[np.object_]
    gate_ids: NDArray[np.object_]
    bridges: NDArray[np.object_]
    bridge_ids: NDArray[np.object_]
    left_out: Mapping[str, tuple[str, ...]]
    unknown: Mapping[str, int]

    def number(self, wanted: tuple[str, str, float]) -> int:
        """The number of a class."""
        return self.classes.index(wanted)


@dataclass(frozen=True)
class BarrierFiles:
    """Which files hold what; `hard` are kinds or classes."""

    barriers: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()
    bridges: tuple[str, ...] = ()
    class_field: str | None = None
    hard: tuple[str, ...] = ()
    crs: str | None = None


def read_divides(files: Files, request: BarrierFiles, *, target: str) -> Divides:
    """Read barriers, gates and bridges into the system `target`.

    Raises
    ------
    InvalidInput
        A word of `hard` names no kind and no class of the files.
    """
    layers = [_read(files, path, request, target) for path in request.barriers]
    found = {(str(k), str(n), float(s)) for la in layers for k, n, s in zip(la.kind, la.name, la.strength, strict=True)}
    # Every class has one strength, so the order is one; areas' borders come first, for anything else is stronger.
    classes = (NO_CLASS, BORDER_CLASS, *sorted(found | {WATER_CLASS, MIDDLE_CLASS}, key=lambda c: (c[2], c[0], c[1])))
    number = {wanted: k for k, wanted in enumerate(classes)}
    hard = np.array([is_hard(kind, name, request.hard) for kind, name, _ in classes], dtype=bool)
    _check_words(request.hard, classes)
    gates = [_read(files, path, BarrierFiles(crs=request.crs), target) for path in request.gates]
    bridges = [_read(files, path, request, target) for path in request.bridges]
    gate_at, gate_ids = _pick(layers, "gate", whole=gates)
    bridge_at, bridge_ids = _pick(layers, "bridge", whole=bridges)
    left_out = {word: tuple(map(str, _pick(layers, word)[1])) for word in ("tunnel", "bridge", "none")}
    class_of = [_numbers(layer, number)[layer.role == "barrier"] for layer in layers]
    return Divides(
        lines=_pick(layers, "barrier")[0],
        class_of=np.concatenate([np.empty(0, np.int32), *class_of]),
        classes=classes,
        hard=hard,
        split_water=bool(hard[number[WATER_CLASS]]),
        gates=gate_at,
        gate_ids=gate_ids,
        bridges=bridge_at,
        bridge_ids=bridge_ids,
        left_out={word: ids for word, ids in left_out.items() if ids},
        unknown=_unknown(layers),
    )


def _unknown(layers: Sequence[Barriers]) -> dict[str, int]:
    """The classes of barriers that no table knows, with their numbers."""
    found = Counter(str(name) for layer in layers for name in layer.name[~layer.known & (layer.role == "barrier")])
    return dict(sorted(found.items()))


def is_hard(kind: str, name: str, words: tuple[str, ...]) -> bool:
    """Whether one of the words names the kind or the class."""
    folded = {_KIND_WORDS.get(word.casefold(), word.casefold()) for word in words}
    return kind.casefold() in folded or name.casefold() in folded


def _check_words(words: tuple[str, ...], classes: tuple[tuple[str, str, float], ...]) -> None:
    known = {text for kind, name, _ in classes[1:] for text in (kind, name)}
    for word in words:
        folded = _KIND_WORDS.get(word.casefold(), word.casefold())
        if folded not in {text.casefold() for text in known | {"road", "rail", "water", "wall", "border"}}:
            raise InvalidInput("units_hard_unknown", value=word, known=", ".join(sorted(known)))


def _read(files: Files, path: str, request: BarrierFiles, target: str) -> Barriers:
    """One layer, in the system `target`; rows without geometry stay, with their role."""
    layer = files.read_barriers(path, class_field=request.class_field, crs=request.crs)
    return Barriers(**{**vars(layer), "geometry": crs_.project(layer.geometry, source=layer.crs, target=target)})


def _pick(
    layers: list[Barriers], role: str, *, whole: Sequence[Barriers] = ()
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Geometry and ids of the rows with a role, and of all rows of the layers `whole`, whatever their fields say."""
    shapes, ids = [np.empty(0, dtype=object)], [np.empty(0, dtype=object)]
    for layer, rows in [(layer, layer.role == role) for layer in layers] + [(la, _usable(la)) for la in whole]:
        shapes.append(layer.geometry[rows])
        ids.append(layer.ids[rows])
    return np.concatenate(shapes), np.concatenate(ids)


def _usable(layer: Barriers) -> NDArray[np.bool_]:
    """Bool (m,), True where there is a geometry."""
    return np.asarray(~(shapely.is_missing(layer.geometry) | shapely.is_empty(layer.geometry)), dtype=bool)


def _numbers(layer: Barriers, number: Mapping[tuple[str, str, float], int]) -> NDArray[np.int32]:
    names = zip(layer.kind, layer.name, layer.strength, strict=True)
    return np.array([number[str(k), str(n), float(s)] for k, n, s in names], dtype=np.int32)
