"""Every sentence that the program says, in Chinese and English, keyed by name.

One TOML file a room; a table a sentence, with the keys ``zh`` and ``en``. Placeholders are ``str.format`` fields,
the same set in both languages. Code names a key; only a door decides the language. English has two forms for what is
counted: ``{rows:,|row|rows}`` says "1 row" and "2,000 rows" (the form of the number stands before the first stroke).
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final, Literal

Lang = Literal["zh", "en"]
LANGS: Final[tuple[Lang, ...]] = ("zh", "en")


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """All sentences by key: ``{key: {"zh": …, "en": …}}``; a key that stands in two files is an error."""
    sentences: dict[str, dict[str, str]] = {}
    for file in sorted(resources.files(__package__).iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            for key, texts in tomllib.loads(file.read_text(encoding="utf-8")).items():
                if key in sentences:
                    raise ValueError(f"message {key!r} is defined twice, again in {file.name}")
                sentences[key] = texts
    return sentences


@dataclass(frozen=True)
class Sentence:
    """A sentence that is said inside another one, in the language of that one."""

    key: str
    values: Mapping[str, Any]

    def __str__(self) -> str:
        return say(self.key, "en", **self.values)


class _Counting(string.Formatter):
    """`str.format` with two forms of a word beside a number: ``{count:|row|rows}``."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """The value, and behind it the word that goes with it."""
        form, *words = format_spec.split("|")
        said = format(value, form)
        return f"{said} {words[said != '1']}" if words else said


_FILLER: Final = _Counting()
# Of a sentence: the text before each value, the value's name (None at the end), its form, and the words beside it.
_Part = tuple[str, str | None, str, tuple[str, ...]]


@cache
def _parts(key: str, lang: Lang) -> tuple[_Part, ...] | None:
    """A sentence taken apart once; None where a place holds more than a name and a form."""
    parts: list[_Part] = []
    for text, name, form, conversion in _FILLER.parse(catalogue()[key][lang]):
        if conversion or (name is not None and not name.isidentifier()) or "{" in (form or ""):
            return None
        form, *words = (form or "").split("|")
        parts.append((text, name, form, tuple(words)))
    return tuple(parts)


def say(key: str, lang: Lang = "zh", /, **values: Any) -> str:
    """The sentence of ``key`` in ``lang`` with ``values`` filled in; an unknown key is a ``KeyError``."""
    parts = _parts(key, lang)
    if parts is None:
        said = {name: say(v.key, lang, **v.values) if isinstance(v, Sentence) else v for name, v in values.items()}
        return _FILLER.vformat(catalogue()[key][lang], (), said)
    pieces: list[str] = []
    for text, name, form, words in parts:
        pieces.append(text)
        if name is None:
            continue
        value = values[name]
        told = say(value.key, lang, **value.values) if isinstance(value, Sentence) else value
        pieces.append(format(told, form))
        if words:
            pieces.append(f" {words[pieces[-1] != '1']}")
    return "".join(pieces)
