"""What does not fit the interface, said in the project's own sentences: what was given, what is wanted, what to do.

The checks are pydantic's, whose sentences are English only and speak of Python's types.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from geo.masks import mask_text
from geo.messages import Lang, say

Fault = Mapping[str, Any]

# The sentence of each kind of fault, by the name that pydantic gives it.
_SENTENCES: Final[Mapping[str, str]] = {
    "missing": "fault_missing",
    "extra_forbidden": "fault_unknown",
    "float_parsing": "fault_number",
    "float_type": "fault_number",
    "finite_number": "fault_finite",
    "int_parsing": "fault_whole",
    "int_parsing_size": "fault_whole",
    "int_type": "fault_whole",
    "int_from_float": "fault_whole",
    "bool_parsing": "fault_truth",
    "bool_type": "fault_truth",
    "string_type": "fault_text",
    "string_unicode": "fault_text",
    "string_too_short": "fault_text_short",
    "string_too_long": "fault_text_long",
    "string_pattern_mismatch": "fault_pattern",
    "literal_error": "fault_choice",
    "enum": "fault_choice",
    "list_type": "fault_list",
    "tuple_type": "fault_list",
    "set_type": "fault_list",
    "too_short": "fault_list_short",
    "too_long": "fault_list_long",
    "greater_than": "fault_greater_than",
    "greater_than_equal": "fault_at_least",
    "less_than": "fault_less_than",
    "less_than_equal": "fault_at_most",
    "date_type": "fault_date",
    "date_parsing": "fault_date",
    "date_from_datetime_parsing": "fault_date",
    "date_from_datetime_inexact": "fault_date",
    "datetime_type": "fault_moment",
    "datetime_parsing": "fault_moment",
    "datetime_from_date_parsing": "fault_moment",
    "timezone_aware": "fault_moment",
    "model_type": "fault_object",
    "model_attributes_type": "fault_object",
    "dict_type": "fault_object",
    # Our own, of numbers that pydantic does not read.
    "numbers": "fault_numbers",
    "pairs": "fault_pairs",
}
# Under these names pydantic tells what a bound is.
_BOUNDS: Final = ("gt", "ge", "lt", "le", "pattern", "min_length", "max_length")
_SHOWN_MOST: Final = 40
_BITS_MOST: Final = 120


def place_of(fault: Fault) -> str:
    """Where a fault is, as a path. Of a body that is no JSON this is the body: the sentence tells the place in it."""
    parts = fault["loc"][:1] if fault["type"] == "json_invalid" else fault["loc"]
    return _printable(mask_text(".".join(str(part) for part in parts)))


def sentence_of(fault: Fault, lang: Lang) -> str:
    """What is wrong, without a full stop at the end: it stands within another sentence."""
    kind, told = fault["type"], fault.get("ctx") or {}
    if kind == "json_invalid":
        return _not_json(fault, lang)
    given = fault.get("input")
    bound = next((told[name] for name in _BOUNDS if name in told), "")
    choices = str(told.get("expected", "")).replace(" or ", ", ").replace(", ", "、" if lang == "zh" else ", ")
    count = told.get("actual_length") or (len(given) if isinstance(given, str | list) else 0)
    key = _SENTENCES.get(kind, "fault_other")
    return say(key, lang, value=_shown(given, lang), limit=bound, choices=choices, count=count)


def _not_json(fault: Fault, lang: Lang) -> str:
    at = fault["loc"][-1]
    if isinstance(at, int):
        return say("fault_json", lang, at=at + 1)
    place = re.search(r"line (\d+) column (\d+)", fault["msg"])
    line, column = place.groups() if place else (1, 1)
    return say("fault_json_line", lang, line=line, column=column)


def _shown(value: Any, lang: Lang) -> str:
    """A value as the client wrote it, but for what tells of persons; of a long one the beginning."""
    if isinstance(value, list | tuple | dict):
        return say("fault_an_object" if isinstance(value, dict) else "fault_a_list", lang)
    if isinstance(value, bool | None):
        return "null" if value is None else str(value).lower()
    if isinstance(value, int) and value.bit_length() > _BITS_MOST:
        return f"{hex(value)[:_SHOWN_MOST]}…"  # more digits than the interpreter writes
    quote = '"' if isinstance(value, str) else ""
    text = _printable(mask_text(str(value)))
    return f"{quote}{text[:_SHOWN_MOST]}{'…' if len(text) > _SHOWN_MOST else ''}{quote}"


def _printable(text: str) -> str:
    """Signs that cannot be seen, turn the text or stand for none are written as escapes."""
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
