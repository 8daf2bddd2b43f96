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


def say(key: str, lang: Lang = "zh", /, **values: Any) -> str:
    """The sentence of ``key`` in ``lang`` with ``values`` filled in; an unknown key is a ``KeyError``."""
    said = {name: say(v.key, lang, **v.values) if isinstance(v, Sentence) else v for name, v in values.items()}
    return _FILLER.vformat(catalogue()[key][lang], (), said)
