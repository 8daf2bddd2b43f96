"""The one place where text becomes safe to stand in a page.

Everything that people wrote (names, issue texts, addresses …) goes into a page as JSON inside a
``<script type="application/json">`` and is shown by the page through ``textContent`` only. The few strings that stand
in the HTML itself (title, place name) go through `html_text`.
"""

from __future__ import annotations

import html
import json
import re
from typing import Any, Final

# Controls that reorder what stands around them (bidi), that are invisible, or that no text should hold. They are
# replaced by a mark that shows their number, so that a spoofed text is seen for what it is.
_MARKED: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\x7f-\x9f]")
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
# "</script>", "<!--" and a bare "&" must not be seen by the HTML parser; U+2028/9 end a line in old JavaScript.
_IN_SCRIPT: Final = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_IN_SCRIPT_RE: Final = re.compile("[<>&\u2028\u2029]")

# One escape of a JSON string; matching them one after another never takes an escaped backslash for a new escape.
_ESCAPE: Final = re.compile(r"\\(u[0-9a-f]{4}|.)")
_SHORT: Final = {"b": "\x08", "f": "\x0c"}


def visible(text: str) -> str:
    """`text` with bidi and other control characters replaced by a visible mark such as ``⟦U+202E⟧``."""
    text = _SURROGATE.sub("\ufffd", text)
    text = _CONTROL.sub(_mark, text)
    return _MARKED.sub(_mark, text)


def html_text(text: str) -> str:
    """`text` for an HTML element or a quoted attribute."""
    return html.escape(visible(text), quote=True)


def json_script(value: Any) -> str:
    r"""`value` as JSON that may stand inside ``<script type="application/json">``.

    Raises
    ------
    ValueError
        A number is NaN or infinite.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # Outside strings JSON is ASCII punctuation, digits and words, so what is replaced here stands inside strings only.
    text = _ESCAPE.sub(_show_escape, text)
    text = visible(text)
    return _IN_SCRIPT_RE.sub(lambda m: _IN_SCRIPT[m[0]], text)


def _mark(found: re.Match[str]) -> str:
    return f"⟦U+{ord(found[0]):04X}⟧"


def _show_escape(found: re.Match[str]) -> str:
    """C0 controls, which json writes as escapes, become their mark; every other escape stays."""
    what = found[1]
    control = _SHORT.get(what) or (chr(int(what[1:], 16)) if len(what) == 5 else "")
    return visible(control) if control and _CONTROL.match(control) else found[0]
