"""The page /docs: the HTTP interface for people, made from its OpenAPI document; no script, nothing from outside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from geo.maps.escape import html_text
from geo.maps.plain_page import plain_page
from geo.messages import Lang, say

# The parts in the order in which somebody new wants to read them; others follow.
_FIRST: Final = ("locate", "geocode", "issues", "cases", "queues", "plans", "drafts")
_METHODS: Final = ("get", "post", "put", "patch", "delete")
# Titles that only repeat the name, and what a program alone needs to know.
_DEEPEST: Final = 4

_STYLE: Final = (
    "body{font:15px/1.55 system-ui,sans-serif;color:#17222d;max-width:60rem;margin:1rem auto;padding:0 1rem;"
    "overflow-wrap:anywhere}h1{font-size:1.5rem;margin:.2rem 0}h2{font-size:1.2rem;margin:2rem 0 .4rem;"
    "border-bottom:2px solid #1f5f99;padding-bottom:.2rem}h3{font-size:1rem;margin:1.4rem 0 .2rem}"
    "code,pre{font:14px/1.45 ui-monospace,monospace}h3 code{font-size:15px}p{margin:.3rem 0}"
    "pre{background:#f3f5f7;padding:.6rem .8rem;overflow-x:auto;white-space:pre;margin:.4rem 0}"
    ".verb{display:inline-block;min-width:3.2rem;color:#fff;background:#1f5f99;border-radius:3px;padding:0 .4rem;"
    "margin-right:.5rem;text-align:center}.verb.post{background:#1d6b3a}.verb.other{background:#7a3d00}"
    "table{border-collapse:collapse;width:100%;margin:.3rem 0 .6rem}th,td{text-align:left;vertical-align:top;"
    "padding:.2rem .6rem .2rem 0;border-bottom:1px solid #e2e6ea}"
    "td:nth-child(2){min-width:9rem;overflow-wrap:normal}td:first-child{white-space:nowrap}"
    "summary{cursor:pointer;padding:.25rem 0;color:#1f5f99}nav a,a{color:#1f5f99}nav ul{columns:2;padding-left:1.1rem;"
    "margin:.2rem 0}nav li a{display:inline-block;min-height:26px;line-height:26px}"
    ".must{color:#9c1c1c}@media (max-width:40rem){nav ul{columns:1}td,th{display:block;border:0;padding:.05rem 0}"
    "tr{display:block;border-bottom:1px solid #e2e6ea;padding:.3rem 0}thead{display:none}"
    "td:first-child{white-space:normal}}"
)


def interface_page(document: Mapping[str, Any], lang: Lang) -> str:
    """The HTML of an OpenAPI 3.1 document: how to ask, then every operation with its parameters, bodies and answers."""
    parts: dict[str, list[str]] = {tag: [] for tag in _FIRST}
    links: dict[str, list[str]] = {tag: [] for tag in _FIRST}
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                operation = methods[method]
                tag = next(iter(operation.get("tags", ())), "operations")
                name = f"{method.upper()} {path}"
                mark = html_text(operation.get("operationId", name))
                parts.setdefault(tag, []).append(_operation(document, method, path, operation, mark, lang))
                links.setdefault(tag, []).append(f'<li><a href="#{mark}"><code>{html_text(name)}</code></a></li>')
    body = [f"<h1>{html_text(say('interface_title', lang))}</h1>", _introduction(lang), '<nav aria-label="API">']
    body += [
        f"<p><b>{html_text(say(f'interface_tag_{tag}', lang))}</b></p><ul>{''.join(items)}</ul>"
        for tag, items in links.items()
        if items
    ]
    body.append("</nav>")
    for tag, operations in parts.items():
        if operations:
            body += [f"<h2>{html_text(say(f'interface_tag_{tag}', lang))}</h2>", *operations]
    return plain_page(html_text(say("interface_title", lang)), body, _STYLE, lang)


_POINT: Final = "curl 'http://127.0.0.1:8000/v1/locate?lon=116.39&lat=39.90&crs=GCJ-02'"
_BATCH: Final = """curl http://127.0.0.1:8000/v1/locate -H 'Content-Type: application/json' \\
     -d '{"crs": "WGS84", "lon": [116.3912, 116.4023], "lat": [39.9021, 39.9107], "fields": ["grid", "note"]}'"""


def _introduction(lang: Lang) -> str:
    says = [say(key, lang) for key in ("interface_intro", "interface_crs", "interface_errors", "interface_language")]
    told = "".join(f"<p>{html_text(text)}</p>" for text in says)
    examples = "".join(f'<pre tabindex="0">{html_text(text)}</pre>' for text in (_POINT, _BATCH))
    return f'{told}{examples}<p><a href="/openapi.json">/openapi.json</a></p>'


def _operation(
    document: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any], mark: str, lang: Lang
) -> str:
    """One operation."""
    kind = method if method in ("get", "post") else "other"
    out = [f'<h3 id="{mark}"><span class="verb {kind}">{method.upper()}</span><code>{html_text(path)}</code></h3>']
    text = operation.get("description") or operation.get("summary", "")
    out += [f"<p>{_said(part)}</p>" for part in text.split("\n\n") if part.strip()]
    rows = [
        (part["name"], part["schema"], part.get("required", False), part.get("description", ""))
        for part in operation.get("parameters", ())
    ]
    if rows:
        out.append(_table(document, say("interface_parameters", lang), rows, lang))
    for content, media in operation.get("requestBody", {}).get("content", {}).items():
        out.append(_body(document, say("interface_body", lang, kind=content), media.get("schema", {}), lang))
    for status, answer in operation.get("responses", {}).items():
        for content, media in answer.get("content", {}).items() if status.startswith("2") else ():
            title = say("interface_answer", lang, status=status, kind=content)
            out.append(_body(document, title, media.get("schema", {}), lang))
    return "\n".join(out)


def _body(document: Mapping[str, Any], title: str, schema: Mapping[str, Any], lang: Lang) -> str:
    rows = list(_fields(document, schema, "", 0, ()))
    told = _resolved(document, schema).get("description", "")
    inner = f"<p>{_said(told)}</p>" if told else ""
    if not rows:
        return f"<p>{html_text(title)}</p>{inner}"
    return f"<details><summary>{html_text(title)}</summary>{inner}{_table(document, '', rows, lang)}</details>"


def _table(document: Mapping[str, Any], title: str, rows: list[tuple[str, Any, bool, str]], lang: Lang) -> str:
    head = "".join(
        f'<th scope="col">{html_text(say(f"interface_{name}", lang))}</th>' for name in ("name", "type", "meaning")
    )
    must = f' <span class="must">{html_text(say("interface_required", lang))}</span>'
    lines = [
        f"<tr><td><code>{html_text(name)}</code>{must if required else ''}</td>"
        f"<td>{html_text(_type(document, schema))}</td>"
        f"<td>{_said(told or schema.get('description', ''))}{_limits(schema)}</td></tr>"
        for name, schema, required, told in rows
    ]
    caption = f"<p>{html_text(title)}</p>" if title else ""
    return f"{caption}<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def _said(text: str) -> str:
    """A description: what stands between backticks is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html_text(" ".join(text.split())))


def _fields(
    document: Mapping[str, Any], schema: Mapping[str, Any], before: str, depth: int, seen: tuple[str, ...]
) -> Iterator[tuple[str, Any, bool, str]]:
    """The fields of an object or of the objects in a list, those within them after their own."""
    if "$ref" in schema:
        if schema["$ref"] in seen:
            return
        seen = (*seen, schema["$ref"])
    found = _resolved(document, schema)
    if depth > _DEEPEST:
        return
    for option in (*found.get("anyOf", ()), *found.get("oneOf", ())):
        yield from _fields(document, option, before, depth + 1, seen)
    if "items" in found:
        yield from _fields(document, found["items"], f"{before}[]", depth + 1, seen)
    for name, field in found.get("properties", {}).items():
        full = f"{before}.{name}" if before else name
        yield full, field, name in found.get("required", ()), ""
        yield from _fields(document, field, full, depth + 1, seen)


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        found: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        schema = found
    return schema


def _type(document: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """What a value is, in few words: `number`, `list of string`, `"a" | "b"`."""
    found = _resolved(document, schema)
    options = (*found.get("anyOf", ()), *found.get("oneOf", ()))
    if options:
        return " | ".join(dict.fromkeys(_type(document, option) for option in options))
    if "enum" in found:
        return " | ".join(f'"{value}"' for value in found["enum"])
    if "const" in found:
        return f'"{found["const"]}"'
    kind = found.get("type", "")
    if kind == "array":
        return f"[{_type(document, found.get('items', {}))}]"
    return str(found.get("format") or kind)


def _limits(schema: Mapping[str, Any]) -> str:
    """Limits and the default of a value."""
    parts = [schema, *schema.get("anyOf", ())]
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    told = [f"{sign} {part[key]}" for part in parts for key, sign in signs.items() if key in part]
    told += [f"≤ {part[key]}" for part in parts for key in ("maxLength", "maxItems") if key in part]
    if schema.get("default") not in (None, "", [], {}):
        told.append(f"= {json.dumps(schema['default'], ensure_ascii=False)}")
    return f" <code>{html_text('; '.join(told))}</code>" if told else ""
