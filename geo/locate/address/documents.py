"""Every name of every entry with what is known of its address: found by shared grams, compared in compiled code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit
from geo.locate.address.grams import Codes, Postings, encode, grams, rarities, shared, sound
from geo.locate.address.likeness import COMPARED, compare
from geo.locate.address.normalise import normalise

# By likeness of the whole, and by how much of the name stands in the text (a short name in a long text).
_BY_WHOLE: Final = 16
_BY_NAME: Final = 16
_HARD: Final = "0123456789abcdefghijklmnopqrstuvwxyz东南西北中上下前后左右新老一二三四五六七八九十甲乙丙丁"
_ADDRESS: Final = ("district", "town", "community", "road", "number", "address")

FEATURES: Final = (*COMPARED, "whole_near", "name_held", "address_held", "text_held", "name_cosine")


@dataclass(frozen=True)
class Likenesses:
    """Entries that resemble a text, (k,) indices of entries, each by the name that fits best.

    `features` (k, 26) are those of `FEATURES`; `where` (k, 2) is where the name stands in the normalised text.
    """

    entries: NDArray[np.int32]
    features: NDArray[np.float64]
    where: NDArray[np.int64]


class Documents:
    """An index of names and addresses; immutable."""

    def __init__(self, raw: Sequence[Mapping[str, Any]]) -> None:
        names, contexts, owners = [], [], []
        for k, entry in enumerate(raw):
            context = " " + address_text(entry)
            for name in names_of(entry):
                names.append(name)
                contexts.append(context)
                owners.append(k)
        self._owner = np.array(owners, dtype=np.int32)
        codes = [[encode(name), encode(context)] for name, context in zip(names, contexts, strict=True)]
        name_grams = [grams(name, sound(name)) for name, _ in codes]
        # Entries of one street share their address: each is cut into grams once.
        known = {context: grams(code, sound(code)) for context, (_, code) in zip(contexts, codes, strict=True)}
        context_grams = [known[context] for context in contexts]
        whole = [np.union1d(a, b).astype(np.int32) for a, b in zip(name_grams, context_grams, strict=True)]
        self._rarity = rarities(whole)
        self._whole = Postings.of(whole, self._rarity)
        self._name = Postings.of(name_grams, self._rarity)
        self._context = Postings.of(context_grams, self._rarity)
        flat = [part for pair in codes for part in pair]
        self._bounds = np.concatenate([[0], np.cumsum([len(part) for part in flat], dtype=np.int64)]).astype(np.int64)
        self._codes = np.concatenate([*flat, np.empty(0, dtype=np.int32)])
        self._heard = sound(self._codes)
        self._stiff = _flags(self._codes)
        mains = np.array([name.find(" ") if " " in name else len(name) for name in names], dtype=np.int64)
        self._split = self._bounds[:-1:2] + mains

    def like(self, text: str, also: Sequence[int] = ()) -> Likenesses:
        """The entries most like a normalised text, and the entries `also`, by index."""
        codes = encode(text)
        said = sound(codes)
        asked = grams(codes, said)
        count = len(self._owner)
        if not count or not len(asked):
            return Likenesses(np.empty(0, np.int32), np.empty((0, len(FEATURES))), np.empty((0, 2), np.int64))
        sums = [
            shared(asked, index.start, index.documents, self._rarity, count)
            for index in (self._whole, self._name, self._context)
        ]
        length = float(np.sqrt(np.square(self._rarity[asked], dtype=np.float64).sum()))
        lengths = (self._whole.length, self._name.length, self._context.length)
        wanted, near = nearest(*sums, *lengths, length, _BY_WHOLE, _BY_NAME)
        if len(also):
            more = np.setdiff1d(np.flatnonzero(np.isin(self._owner, also)), wanted).astype(np.int32)
            if len(more):
                wanted = np.concatenate([wanted, more])
                near = measures(wanted, *sums, *lengths, length)
        features, where = compare(
            codes,
            said,
            _flags(codes),
            wanted,
            self._codes,
            self._heard,
            self._stiff,
            self._bounds,
            self._split,
        )
        return Likenesses(self._owner[wanted], np.hstack([features, near]), where)


def names_of(entry: Mapping[str, Any]) -> list[str]:
    """Name, aliases and old names in normal form; the address of an entry that has none."""
    every = [str(entry.get("name") or "")]
    for field in ("aliases", "old_names"):
        given = entry.get(field) or ()
        every += given.split("|") if isinstance(given, str) else [str(one) for one in given]
    names = [normalise(name).text.strip() for name in every]
    names = list(dict.fromkeys(name for name in names if name))
    return names or [key for key in [normalise(str(entry.get("address") or "")).text.strip()] if key]


def address_text(entry: Mapping[str, Any]) -> str:
    """What an entry says about where it lies, in normal form."""
    parts = []
    for field in _ADDRESS:
        given = entry.get(field)
        if isinstance(given, float) and given.is_integer():
            given = int(given)
        text = str(given) if isinstance(given, str | int) and given != "" else ""
        if field == "number" and text.isdigit():
            text += "号"
        parts.append(normalise(text).text.strip())
    return " ".join(dict.fromkeys(part for part in parts if part))


def _flags(codes: Codes) -> NDArray[np.uint8]:
    return _hard_table()[np.minimum(codes, 0xFFFF)]


_TABLE: Final[list[NDArray[np.uint8]]] = []


def _hard_table() -> NDArray[np.uint8]:
    """Whether a character is a figure, a letter or a direction."""
    if not _TABLE:
        table = np.zeros(0x10000, dtype=np.uint8)
        table[[ord(c) for c in _HARD]] = 1
        _TABLE.append(table)
    return _TABLE[0]


@jit
def measures(
    wanted: NDArray[np.int32],
    whole: NDArray[np.float32],
    name: NDArray[np.float32],
    context: NDArray[np.float32],
    whole_length: NDArray[np.float32],
    name_length: NDArray[np.float32],
    context_length: NDArray[np.float32],
    length: float,
) -> NDArray[np.float64]:
    """The last five features of each wanted document."""
    out = np.zeros((len(wanted), 5))
    for row in range(len(wanted)):
        d = wanted[row]
        w, n, c = max(whole_length[d], 1e-6), max(name_length[d], 1e-6), max(context_length[d], 1e-6)
        out[row, 0] = whole[d] / w / length
        out[row, 1] = name[d] / n / n
        out[row, 2] = context[d] / c / c
        out[row, 3] = whole[d] / length / length
        out[row, 4] = name[d] / n / length
    return out


@jit
def nearest(
    whole: NDArray[np.float32],
    name: NDArray[np.float32],
    context: NDArray[np.float32],
    whole_length: NDArray[np.float32],
    name_length: NDArray[np.float32],
    context_length: NDArray[np.float32],
    length: float,
    by_whole: int,
    by_name: int,
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Documents whose whole, or whose name, is most like the text, and their measures; ties go to the earlier one."""
    first, second = np.full(by_whole, -1, dtype=np.int32), np.full(by_name, -1, dtype=np.int32)
    best, other = np.zeros(by_whole), np.zeros(by_name)
    for d in range(len(whole)):
        if whole[d] <= 0.0:
            continue
        n = max(name_length[d], 1e-6)
        held, near = name[d] / n / n, whole[d] / max(whole_length[d], 1e-6) / length
        _insert(first, best, d, near + 0.3 * held)
        at = context[d] / max(context_length[d], 1e-6) / length
        _insert(second, other, d, held + name[d] / n / length + 0.8 * at)
    every = np.unique(np.concatenate((first, second)))
    every = every[every >= 0]
    return every, measures(every, whole, name, context, whole_length, name_length, context_length, length)


@jit
def _insert(places: NDArray[np.int32], values: NDArray[np.float64], place: int, value: float) -> None:
    """Keep the largest values, in falling order."""
    at = len(values) - 1
    if value <= values[at]:
        return
    while at > 0 and values[at - 1] < value:
        values[at], places[at] = values[at - 1], places[at - 1]
        at -= 1
    values[at], places[at] = value, place
