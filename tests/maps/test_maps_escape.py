"""Text is made safe in one place."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.maps.escape import html_text, json_script, visible

REORDERING = {chr(n) for n in (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))}
ANY = st.text(st.characters(exclude_categories=()), max_size=60)


@given(ANY)
def test_visible_leaves_nothing_that_reorders_or_hides(text: str) -> None:
    shown = visible(text)
    assert not REORDERING & set(shown)
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cs") and c not in "\t\n\r"]
    shown.encode("utf-8")


@given(st.text(st.characters(categories=("L", "N", "P", "Zs", "S")), max_size=60))
def test_visible_keeps_ordinary_text(text: str) -> None:
    assert visible(text) == text


@given(st.dictionaries(ANY, st.one_of(ANY, st.integers(), st.none(), st.lists(ANY, max_size=3)), max_size=4))
def test_json_in_a_script_survives_and_closes_nothing(value: dict[str, object]) -> None:
    text = json_script(value)
    assert not set("<>&\u2028\u2029") & set(text)
    back = json.loads(text)

    def shown(item: object) -> object:
        if isinstance(item, str):
            return visible(item)
        if isinstance(item, list):
            return [shown(part) for part in item]
        return item

    # Two keys may become one when both are made visible; then the later one stands.
    assert back == {visible(key): shown(item) for key, item in value.items()}


def test_marks_name_the_character() -> None:
    assert visible("a\u202eb") == "a⟦U+202E⟧b"
    assert json.loads(json_script(["\x00\x08\x0c\x1f\\u0001 \\\\b"])) == [
        "⟦U+0000⟧⟦U+0008⟧⟦U+000C⟧⟦U+001F⟧\\u0001 \\\\b"
    ]


def test_numbers_that_are_no_json_are_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        json_script([float("nan")])


def test_html_text_closes_nothing() -> None:
    assert html_text('</b><script>"x"\'&\u202e') == "&lt;/b&gt;&lt;script&gt;&quot;x&quot;&#x27;&amp;⟦U+202E⟧"
