"""Every sentence exists in both languages with the same values, and every key that the code names exists."""

from __future__ import annotations

import ast
import itertools
import re
import string
from functools import cache
from pathlib import Path

import pytest

from geo.messages import LANGS, catalogue, say

SOURCE = Path(__file__).resolve().parent.parent / "geo"
# Calls whose first argument is a key.
CALLS = {"say", "tell", "warn"}


def fields(text: str) -> set[str]:
    return {name.partition("!")[0] for _, name, _, _ in string.Formatter().parse(text) if name}


@cache
def nodes() -> list[tuple[Path, ast.AST]]:
    """Every node of the code that a key may stand in, and its file."""
    wanted = (ast.Call, ast.Constant, ast.JoinedStr)
    return [
        (path, node)
        for path in sorted(SOURCE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, wanted)
    ]


def literal_keys() -> dict[str, str]:
    """Keys that stand as a literal in an error or a sentence call, and where."""
    found: dict[str, str] = {}
    for path, node in nodes():
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


def test_both_languages_say_the_same() -> None:
    # Two thousand sentences: a test of its own for each would take half a minute.
    told = catalogue()
    assert len(told) > 1000
    assert [key for key, texts in told.items() if set(texts) != set(LANGS)] == []
    # Words of the pages: a unit may be silent in one language, and a month is a number in one and a name in the other.
    sentences = {key: texts for key, texts in told.items() if not key.startswith("word_")}
    assert [key for key, texts in sentences.items() if not all(text.strip() for text in texts.values())] == []
    assert [key for key, texts in sentences.items() if fields(texts["zh"]) != fields(texts["en"])] == []


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


def python_texts() -> tuple[set[str], list[str]]:
    """Every text of the code, and a pattern for every text that is put together from parts."""
    whole: set[str] = set()
    patterns: list[str] = []
    for _, node in nodes():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            whole.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else None for part in node.values]
            patterns.append("".join(r"\w+" if part is None else re.escape(str(part)) for part in parts))
    return whole, patterns


def script_texts() -> tuple[set[str], list[str]]:
    """The same of the pages' scripts."""
    texts: list[str] = []
    for path in sorted((SOURCE / "maps" / "static" / "app").glob("*.js")):
        source = path.read_text(encoding="utf-8")
        texts += [text for pair in re.findall(r"""\"([^"\n]*)\"|'([^'\n]*)'""", source) for text in pair if text]
        # A template may hold another one: what stands between any two marks is looked at.
        marks = [match.start() for match in re.finditer("`", source)]
        texts += [source[a + 1 : b] for a, b in itertools.pairwise(marks) if b - a < 80]
    patterns = [re.sub(r"\\\$\\\{.*?\\\}", r"\\w+", re.escape(text)) for text in texts if "${" in text]
    return {text for text in texts if "${" not in text}, patterns


def says_something(pattern: str) -> bool:
    """Whether a pattern fixes enough of a key: `word_` with anything after it does not."""
    fixed = pattern.replace(r"\w+", "").replace("\\", "")
    return len(fixed) >= 3 and fixed != "word_"


def test_every_sentence_is_said_somewhere() -> None:
    texts, patterns = python_texts()
    words, word_patterns = script_texts()
    known = texts | {f"word_{word}" for word in words}
    made = [re.compile(p) for p in patterns + [f"word_{p}" for p in word_patterns] if says_something(p)]
    unused = [
        key for key in sorted(catalogue()) if key not in known and not any(pattern.fullmatch(key) for pattern in made)
    ]
    assert not unused


@pytest.mark.parametrize(("count", "said"), [(0, "0 cases"), (1, "1 case"), (2, "2 cases"), (1200, "1,200 cases")])
def test_what_is_counted_agrees_with_its_number(monkeypatch: pytest.MonkeyPatch, count: int, said: str) -> None:
    monkeypatch.setitem(catalogue(), "counted", {"zh": "{n:,} 件", "en": "{n:,|case|cases} of {n:,}"})
    assert say("counted", "en", n=count) == f"{said} of {count:,}"
    assert say("counted", n=count) == f"{count:,} 件"


def test_what_is_counted_once_with_two_forms_always_is() -> None:
    english = {key: texts["en"] for key, texts in catalogue().items()}
    forms = [pair for text in english.values() for pair in re.findall(r"\|([^|}]*)\|([^|}]*)\}", text)]
    nouns = {word for one, many in forms for word in many.split() if word[-1] == "s" and word[:-1] in one.split()}
    assert {"grids", "units", "issues"} <= nouns
    # Bounds are never one; the others are what a sentence about several says.
    bounds = r"(?!\{(?:\w*(?:most|least|limit|max|length)\w*|barriers|sheets|staff)[:}])"
    bare = re.compile(rf"{bounds}\{{\w+(?::[^|}}]*)?\}} ({'|'.join(sorted(nouns))})\b")
    assert {key: found[0] for key, text in english.items() if (found := bare.search(text))} == {}
