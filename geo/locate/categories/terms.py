"""What a text may be about by the words of the directory alone: for a place that has trained no model."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

import ahocorasick

from geo.locate.categories.features import Plain, plain
from geo.model.catalogues import FORMS, Key, read_shapes, read_terms
from geo.model.place import Category
from geo.model.suggestions import Reason, Suggestion, Suggestions

SHOWN: Final = 3
_REASONS: Final = 5
_PARTS: Final = re.compile(r"[、，；/（）()]+|与|及")
_ENDINGS: Final = ("（自定义）", "异常")


def terms_of(categories: Iterable[Category]) -> dict[Key, tuple[str, ...]]:
    """Words of each category that a case can be about: parts of its name, and this project's own for it.

    Majors stand for no case, a part is what a matter is about, and the form of a call is no matter.
    """
    held: dict[Key, tuple[str, ...]] = {}
    for category in categories:
        key = (category.scheme, category.kind, category.code)
        if category.kind != "part" and category.scheme != FORMS and not _is_major(category):
            held[key] = tuple(sorted({*_of_name(category.name), *read_terms().get(key, ())}))
    return held


class TermIndex:
    """Words by which categories are spoken of, all found in one pass over a text (Aho–Corasick)."""

    def __init__(self, terms: Mapping[Key, Iterable[str]], names: Mapping[Key, str]) -> None:
        self._names = names
        held: dict[str, set[Key]] = defaultdict(set)
        for key, words in terms.items():
            for word in words:
                folded = plain(word).text.replace(" ", "")
                if len(folded) >= 2:
                    held[folded].add(key)
        self._keys = {word: tuple(sorted(keys)) for word, keys in held.items()}
        self._automaton: Any = ahocorasick.Automaton()
        for word in held:
            self._automaton.add_word(word, word)
        if held:
            self._automaton.make_automaton()

    def hits(self, body: Plain) -> list[tuple[int, int, float, tuple[Key, ...]]]:
        """Words in a text, each once and none inside a longer one: start, length, weight, categories.

        A longer word says more; one that several categories share says less.
        """
        return [
            (start, len(word), len(word) / len(self._keys[word]), self._keys[word])
            for start, word in self._found(body.text)
        ]

    def suggest(self, text: str, *, scheme: str = "") -> Suggestions:
        """The three categories whose words the text holds most of; there is no probability and nothing is accepted."""
        body = plain(text)
        scores: dict[Key, float] = defaultdict(float)
        reasons: dict[Key, list[Reason]] = defaultdict(list)
        for start, length, weight, keys in self.hits(body):
            first, last = body.at[start], body.at[start + length - 1] + 1
            for key in keys:
                if scheme in ("", key[0]):
                    scores[key] += weight
                    reasons[key].append(Reason(text[first:last], first, last, round(weight, 4)))
        best = sorted(scores, key=lambda key: (-scores[key], key))[:SHOWN]
        found = tuple(
            Suggestion(*key, self._names.get(key, key[2]), None, tuple(reasons[key][:_REASONS])) for key in best
        )
        return Suggestions("terms", False, None, found, "suggest_terms_only" if found else "suggest_no_terms")

    def _found(self, body: str) -> list[tuple[int, str]]:
        """Words in the text, each once, none inside a longer one."""
        if not self._keys:
            return []
        spans = sorted(
            ((end - len(term) + 1, term) for end, term in self._automaton.iter(body)),
            key=lambda hit: (-len(hit[1]), hit[0]),
        )
        covered = bytearray(len(body))
        seen: set[str] = set()
        kept = []
        for start, term in spans:
            if term not in seen and not any(covered[start : start + len(term)]):
                covered[start : start + len(term)] = b"\x01" * len(term)
                seen.add(term)
                kept.append((start, term))
        return kept


def _is_major(category: Category) -> bool:
    shape = read_shapes().get(category.scheme)
    return shape is not None and len(shape.digits) > 1 and len(category.code) <= shape.digits[0]


def _of_name(name: str) -> list[str]:
    for ending in _ENDINGS:
        name = name.removesuffix(ending)
    return [part for part in _PARTS.split(name) if len(part) >= 2]
