"""SOURCE.toml: what the folder is, in both languages."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any, Final

from geo.sample.spec import CRS, DISTRICT_CODE, DISTRICT_NAME, SampleSpec

_TEXTS: Final = "source.toml"


def source_text(spec: SampleSpec) -> str:
    """The text of SOURCE.toml for a place made from `spec`."""
    data = tomllib.loads((resources.files(__package__) / "data" / _TEXTS).read_text(encoding="utf-8"))
    head: dict[str, Any] = {
        "code": DISTRICT_CODE,
        "name": DISTRICT_NAME,
        "invented": True,
        "licence": "Apache-2.0",
        "crs": CRS,
        "seed": spec.seed,
        "buildings_asked": spec.buildings,
        "issues_until": spec.until.isoformat(),
        "note": data["note"],
    }
    lines = [f"{key} = {_value(value)}" for key, value in head.items()]
    for table in ("files", "fields"):
        lines += ["", f"[{table}]", *(f"{_value(key)} = {_value(text)}" for key, text in data[table].items())]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
