"""Gazetteer entries as they are compared: dicts in, checked and normalised values out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan
from typing import Any, Final

from geo.errors import InvalidInput
from geo.locate.address.normalise import name_key

_KINDS: Final = {
    "comm": "community",
    "village": "community",
    "town": "street",
    "street": "street",
    "community": "community",
    "compound": "compound",
    "building": "building",
    "road": "road",
}
_BUILDING: Final = re.compile(r"^(.*?)(?:([a-z]?\d{1,4}[a-z]?|[a-z]|[甲乙丙丁戊己])(?:号楼|#楼?|号?[幢栋座]))$")
_RANGE: Final = re.compile(r"^(\d+)(?:[-~至]| )+(\d+)$")
_GENERIC: Final = "小区"
_SHORTEST: Final = 2


@dataclass(frozen=True)
class Entry:
    """One place. Names, areas and roads are in normal form; "" is unknown.

    `names` are its name and aliases, the name first. `number` is its house number in `road`; `low`, `high` a range of
    them, of which a road's `side` bears the "odd" or "even" ones ("" both, or unknown) and `ends` (lon, lat, lon, lat;
    WGS84 degrees) are where the lowest and the highest stand. `buildings` is how many it has. Of a building, `names`
    are those of its compound and `building` its number.
    """

    id: Any
    kind: str
    names: tuple[str, ...]
    town: str
    community: str
    district: str
    road: str
    number: str
    low: int | None
    high: int | None
    buildings: int | None
    building: str
    side: str
    ends: tuple[float, float, float, float] | None


def read_entry(raw: Mapping[str, Any], row: int) -> Entry:
    """Check and normalise one entry; `row` (1-based) is for the message.

    Kinds are community, street, compound, building, road; any other is a poi. `number` may be a number, a text
    ("358弄81号") or a range ("193-348" or a pair); a range may also be given as `low` and `high` (`lo`, `hi`).
    """
    given = {field: value for field, value in raw.items() if not _empty(value)}
    for field in ("id", "kind", "name"):
        if field not in given:
            raise InvalidInput("gazetteer_missing_field", row=row, field=field, id=given.get("id"))
    kind = _KINDS.get(str(given["kind"]), "poi")
    names, building = _names(given, kind)
    low, high = (_whole(given, row, *fields) for fields in (("low", "lo"), ("high", "hi")))
    number = _number(given)
    if isinstance(number, tuple):
        low, high = number
        number = ""
    road = _key(given, "road")
    if not names and not (road and number):
        raise InvalidInput("gazetteer_no_name", row=row, id=given["id"])
    return Entry(
        id=given["id"],
        kind=kind,
        names=names,
        town=_key(given, "town") or (names[0] if kind == "street" else ""),
        community=_key(given, "community") or (names[0] if kind == "community" else ""),
        district=_key(given, "district"),
        road=road or (names[0] if kind == "road" else ""),
        number=number,
        low=low,
        high=high,
        buildings=_whole(given, row, "buildings"),
        building=building,
        side=side if (side := str(given.get("side", "")).strip().lower()) in ("odd", "even") else "",
        ends=_ends(given),
    )


def number_key(number: str) -> str:
    """A house number as it is looked up: "358弄81号" and "358弄81" are the same."""
    return name_key(number).replace("号", "").lstrip("0")


def _empty(value: Any) -> bool:
    """None, and the NaN that a data frame puts in its place."""
    return value is None or (isinstance(value, float) and isnan(value))


def _key(given: Mapping[str, Any], field: str) -> str:
    return name_key(str(given.get(field, "")))


def _names(given: Mapping[str, Any], kind: str) -> tuple[tuple[str, ...], str]:
    """The names that an entry goes by, and of a building its number."""
    aliases = given.get("aliases", ())
    every = [str(given["name"]), *(aliases.split("|") if isinstance(aliases, str) else map(str, aliases))]
    names = list(dict.fromkeys(key for name in every if (key := name_key(name))))
    if kind == "building":
        found = [match for name in [*names, _key(given, "address")] if (match := _BUILDING.match(name))]
        if found:
            bases = [match.group(1) for match in found] + [_key(given, "compound")]
            return tuple(dict.fromkeys(b for b in bases if len(b) >= _SHORTEST)), found[0].group(2).lstrip("0")
    elif kind not in ("street", "community", "road"):
        # 小区 is a word for any compound and often left out; 区, 期 and 苑 never are.
        stems = [name.removesuffix(_GENERIC) for name in names if name.endswith(_GENERIC)]
        names += [stem for stem in stems if len(stem) > _SHORTEST and stem not in names]
    return tuple(names), ""


def _whole(given: Mapping[str, Any], row: int, *fields: str) -> int | None:
    """A whole number from the first of `fields` that is given."""
    for field in fields:
        value = given.get(field, "")
        if value != "":
            try:
                return int(float(value))
            except (TypeError, ValueError, OverflowError):
                raise InvalidInput(
                    "gazetteer_bad_value", row=row, id=given["id"], field=field, value=repr(value)
                ) from None
    return None


def _ends(given: Mapping[str, Any]) -> tuple[float, float, float, float] | None:
    """Where the lowest and the highest number of a road's side stand, from the pairs `start` and `end`."""
    try:
        (a, b), (c, d) = given["start"], given["end"]
        return float(a), float(b), float(c), float(d)
    except (KeyError, TypeError, ValueError):
        return None


def _number(given: Mapping[str, Any]) -> str | tuple[int, int]:
    """A house number, or a range of them."""
    number = given.get("number", "")
    if isinstance(number, list | tuple) and len(number) == 2:
        return int(number[0]), int(number[1])
    # A table that went through a data frame holds 88.0 for 88.
    text = str(int(number)) if isinstance(number, float) and number.is_integer() else str(number)
    if match := _RANGE.match(name_key(text)):
        return int(match.group(1)), int(match.group(2))
    return number_key(text)
