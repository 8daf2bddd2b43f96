"""Puts our ES modules into one script and our style sheets into one text, for pages that must open from a disk.

A browser refuses to import modules over ``file://``, so a standalone page carries them as one classic script. The
modules keep to a small form that needs no parser, and anything else is refused: imports are ``import { a, b } from
"./x.js";`` on one line, exports are ``export function``, ``export class`` or ``export const``.
"""

from __future__ import annotations

import base64
import mimetypes
import re
from functools import partial
from pathlib import Path
from typing import Final

_IMPORT: Final = re.compile(r'^import \{ ([\w, ]+) \} from "\./([\w-]+)\.js";$', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?:async )?(?:function|class|const) (\w+)", re.MULTILINE)
_LEFT: Final = re.compile(r"^\s*(?:import|export)\b.*$", re.MULTILINE)
_CSS_URL: Final = re.compile(r"""url\(\s*['"]?([^'")]+)['"]?\s*\)""")


def bundle_modules(folder: Path, entry: str) -> str:
    """One script that runs `entry`.js of `folder` and what it imports, each module in a scope of its own.

    Raises
    ------
    ValueError
        A module uses a form of import or export that this does not know, or imports itself in a circle.
    """
    parts: list[str] = []
    done: set[str] = set()

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise ValueError(f"modules import one another in a circle: {' → '.join((*above, name))}")
        if name in done:
            return
        source = (folder / f"{name}.js").read_text(encoding="utf-8")
        for found in _IMPORT.finditer(source):
            visit(found[2], (*above, name))
        done.add(name)
        parts.append(_wrap(name, source))

    visit(entry, ())
    script = '"use strict";\n(() => {\nconst modules = {};\n' + "".join(parts) + "})();\n"
    if "</script" in script.lower():
        raise ValueError("a module holds </script, which would end the script of a standalone page")
    return script


def bundle_styles(files: list[Path]) -> str:
    """The style sheets one after another, with the images that they name as ``data:`` addresses."""
    out = []
    for file in files:
        text = file.read_text(encoding="utf-8")
        out.append(_CSS_URL.sub(partial(_inline, file.parent), text))
    return "\n".join(out)


def _wrap(name: str, source: str) -> str:
    exported = _EXPORT.findall(source)
    body = _IMPORT.sub(lambda m: f'const {{ {m[1].strip()} }} = modules["{m[2]}"];', source)
    body = re.sub(r"^export (?=(?:async )?(?:function|class|const) )", "", body, flags=re.MULTILINE)
    left = _LEFT.search(body)
    if left:
        raise ValueError(f"{name}.js: cannot bundle {left[0].strip()!r}")
    return f'modules["{name}"] = (() => {{\n{body}\nreturn {{ {", ".join(exported)} }};\n}})();\n'


def _inline(base: Path, found: re.Match[str]) -> str:
    return f'url("{_data_url(base, found[1])}")'


def _data_url(base: Path, address: str) -> str:
    if address.startswith(("data:", "#")):
        return address
    path = base / address
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"
