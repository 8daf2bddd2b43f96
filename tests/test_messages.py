"""Every sentence exists in both languages with the same values, and every key that the code names exists."""

from __future__ import annotations

import ast
import string
from pathlib import Path

import pytest

from geo.messages import LANGS, catalogue, say

SOURCE = Path(__file__).resolve().parent.parent / "geo"
# Calls whose first argument is a key.
CALLS = {"say", "tell", "warn"}


def fields(text: str) -> set[str]:
    return {name.partition("!")[0] for _, name, _, _ in string.Formatter().parse(text) if name}


def literal_keys() -> dict[str, str]:
    """Keys that stand as a literal in an error or a sentence call, and where."""
    found: dict[str, str] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            key = node.args[0].value
            if isinstance(key, str) and (name in CALLS or name in ERRORS):
                found[key] = f"{path.relative_to(SOURCE)}:{node.lineno}"
    return found


ERRORS = {
    "GeoError",
    "InvalidInput",
    "InvalidCoordinate",
    "InvalidCrs",
    "InvalidBoundary",
    "OutsideCoverage",
    "NotFound",
    "Conflict",
    "PartitionInfeasible",
    "StoreError",
}


@pytest.mark.parametrize("key", sorted(catalogue()))
def test_both_languages_say_the_same(key: str) -> None:
    texts = catalogue()[key]
    assert set(texts) == set(LANGS)
    if key.startswith("word_"):
        # Words of the pages: a unit may be silent in one language, and a month is a number in one and a name in the
        # other.
        return
    assert all(text.strip() for text in texts.values())
    assert fields(texts["zh"]) == fields(texts["en"])


def test_every_key_in_the_code_exists() -> None:
    keys = literal_keys()
    assert len(keys) > 50
    missing = {key: where for key, where in keys.items() if key not in catalogue()}
    assert not missing


def test_chinese_is_chinese() -> None:
    # Some sentences are symbols and figures alone; no Chinese one is plain English.
    plain = [
        key
        for key, texts in catalogue().items()
        if texts["zh"] == texts["en"] and any(part.isalpha() and len(part) > 6 for part in texts["zh"].split())
    ]
    assert not plain


def test_unknown_key_is_an_error() -> None:
    with pytest.raises(KeyError):
        say("no_such_sentence_exists")
