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
# The length of a name of eight rare characters or so.
_RARE: Final = 40.0
# Of places with a common name, so many that lie nearest to those that the text names besides.
_BY_HOST: Final = 8
_HOSTS: Final = 3
_HELD: Final = 0.9
_FEW: Final = 3
_HARD: Final = "0123456789abcdefghijklmnopqrstuvwxyz东南西北中上下前后左右新老一二三四五六七八九十甲乙丙丁"
_ADDRESS: Final = ("district", "town", "community", "road", "number", "address")

FEATURES: Final = (
    *COMPARED,
    "whole_near",
    "name_held",
    "address_held",
    "text_held",
    "name_cosine",
    "address_cosine",
    "name_rarity",
    "beside_host",
)


@dataclass(frozen=True)
class Likenesses:
    """Entries that resemble a text, (k,) indices of entries, each by the name that fits best.

    `features` (k, 29) are those of `FEATURES`; `where` (k, 2) is where the name stands in the normalised text.
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
        lengths = [self._whole.length, self._name.length, self._context.length]
        self._inverse = (1.0 / np.maximum(np.stack(lengths), 1e-6)).astype(np.float32)
        flat = [part for pair in codes for part in pair]
        self._bounds = np.concatenate([[0], np.cumsum([len(part) for part in flat], dtype=np.int64)]).astype(np.int64)
        self._codes = np.concatenate([*flat, np.empty(0, dtype=np.int32)])
        self._heard = sound(self._codes)
        self._stiff = _flags(self._codes)
        self._alike = Alike(names)
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
        sums = np.empty((3, count), dtype=np.float32)
        for out, index in zip(sums, (self._whole, self._name, self._context), strict=True):
            out[:] = shared(asked, index.start, index.documents, self._rarity, count)
        length = max(float(np.sqrt(np.square(self._rarity[asked], dtype=np.float64).sum())), 1e-6)
        wanted, near = nearest(sums, self._inverse, length, _BY_WHOLE, _BY_NAME)
        more = [np.flatnonzero(np.isin(self._owner, also)).astype(np.int32)] if len(also) else []
        beside = np.zeros(count, dtype=np.float32)
        if len(common := self._alike.common(wanted[near[:, 1] >= _HELD])):
            beside = self._beside(wanted, near, common)
            more.append(common[np.argsort(-beside[common], kind="stable")[:_BY_HOST]])
        if more and len(rest := np.setdiff1d(np.concatenate(more), wanted)):
            wanted = np.concatenate([wanted, rest])
            near = measures(wanted, sums, self._inverse, length)
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
        return Likenesses(self._owner[wanted], np.hstack([features, near, beside[wanted, None]]), where)

    def _beside(
        self, wanted: NDArray[np.int32], near: NDArray[np.float64], common: NDArray[np.int32]
    ) -> NDArray[np.float32]:
        """How near the `common` documents lie to the places that a text names besides, by address: (n,), 0–1.

        A car park of which only the street is registered is found by the street of the place whose car park is meant.
        """
        hosts = np.setdiff1d(wanted[np.argsort(-near[:, 0], kind="stable")[: _HOSTS * 2]], common, assume_unique=True)
        hosts = wanted[np.isin(wanted, hosts)][np.argsort(-near[np.isin(wanted, hosts), 0], kind="stable")[:_HOSTS]]
        out = np.zeros(len(self._owner), dtype=np.float32)
        if len(hosts):
            texts = [self._codes[self._bounds[2 * d + 1] : self._bounds[2 * d + 2]] for d in hosts.tolist()]
            asked = np.unique(np.concatenate([grams(text, sound(text)) for text in texts]))
            sums = shared(asked, self._context.start, self._context.documents, self._rarity, len(out))
            length = float(np.sqrt(np.square(self._rarity[asked], dtype=np.float64).sum())) or 1.0
            out[common] = (sums / np.maximum(self._context.length, 1e-6) / length)[common]
        return out


class Alike:
    """Documents that bear the same name; a name that more than a few bear tells nothing by itself."""

    def __init__(self, names: Sequence[str]) -> None:
        _, name, count = np.unique(np.array(names or [""]), return_inverse=True, return_counts=True)
        self._name = name
        self._many = count > _FEW
        self._order = np.argsort(name, kind="stable").astype(np.int32)
        self._start = np.concatenate([[0], np.cumsum(count)])

    def common(self, documents: NDArray[np.int32]) -> NDArray[np.int32]:
        """Every document that bears a common name that one of `documents` bears, ascending."""
        names = np.unique(self._name[documents])
        names = names[self._many[names]]
        parts = [self._order[self._start[name] : self._start[name + 1]] for name in names.tolist()]
        return np.sort(np.concatenate(parts)) if parts else np.empty(0, dtype=np.int32)


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
    wanted: NDArray[np.int32], sums: NDArray[np.float32], inverse: NDArray[np.float32], length: float
) -> NDArray[np.float64]:
    """The features of each wanted document that grams give, (k, 7).

    `sums` (3, n) are of the whole, the name and the address of each document, `inverse` is one over their lengths,
    `length` is the length of the text.
    """
    out = np.zeros((len(wanted), 7))
    scale = 1.0 / length
    for row in range(len(wanted)):
        d = wanted[row]
        out[row, 0] = sums[0, d] * inverse[0, d] * scale
        out[row, 1] = sums[1, d] * inverse[1, d] * inverse[1, d]
        out[row, 2] = sums[2, d] * inverse[2, d] * inverse[2, d]
        out[row, 3] = sums[0, d] * scale * scale
        out[row, 4] = sums[1, d] * inverse[1, d] * scale
        out[row, 5] = sums[2, d] * inverse[2, d] * scale
        out[row, 6] = min(1.0 / inverse[1, d] / _RARE, 1.0)
    return out


@jit
def nearest(
    sums: NDArray[np.float32], inverse: NDArray[np.float32], length: float, by_whole: int, by_name: int
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Documents whose whole, or whose name, is most like the text, and their measures; ties go to the earlier one."""
    first, second = np.full(by_whole, -1, dtype=np.int32), np.full(by_name, -1, dtype=np.int32)
    best, other = np.zeros(by_whole), np.zeros(by_name)
    scale = 1.0 / length
    for d in range(sums.shape[1]):
        if sums[0, d] <= 0.0:
            continue
        held = sums[1, d] * inverse[1, d] * inverse[1, d]
        near = sums[0, d] * inverse[0, d] * scale
        _insert(first, best, d, near + 0.3 * held)
        at = sums[2, d] * inverse[2, d] * scale
        _insert(second, other, d, held + sums[1, d] * inverse[1, d] * scale + 0.8 * at)
    every = np.unique(np.concatenate((first, second)))
    every = every[every >= 0]
    return every, measures(every, sums, inverse, length)


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
