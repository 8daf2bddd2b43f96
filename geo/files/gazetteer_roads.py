"""The two sides of a road with the house numbers that are known on them, within one community."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

_NAMES: Final = ("district", "town", "community", "area")


def road_sides(doors: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """One entry for each side of a road in a community on which two numbers or more are known.

    Parameters
    ----------
    doors : entries with `road`, `number`, `lon`, `lat` and the names of their areas; those whose number is no plain
        one (358弄81) are passed over.

    Yields
    ------
    dict
        Of kind "road": `low`, `high`, `side` ("odd" or "even"), `start` and `end` (lon, lat of both) and `numbers`,
        rows of (number, lon, lat) by ascending number, between which others may be looked for.
    """
    sides: dict[tuple[str, str, int], dict[int, Mapping[str, Any]]] = {}
    for door in doors:
        road, number = door.get("road"), str(door.get("number") or "").removesuffix("号")
        if road and number.isdecimal():
            side = sides.setdefault((road, door.get("community", ""), int(number) % 2), {})
            side.setdefault(int(number), door)
    for (road, community, odd), known in sorted(sides.items()):
        if len(known) < 2:
            continue
        numbers = [[number, known[number]["lon"], known[number]["lat"]] for number in sorted(known)]
        first, last = numbers[0], numbers[-1]
        door, middle = known[first[0]], numbers[len(numbers) // 2]
        word = "odd" if odd else "even"
        yield {
            "id": f"side:{road}:{door.get('area') or community}:{word}",
            "kind": "road",
            "name": road,
            "road": road,
            **{name: door[name] for name in _NAMES if door.get(name)},
            "low": first[0],
            "high": last[0],
            "side": word,
            "start": first[1:],
            "end": last[1:],
            "numbers": numbers,
            "lon": middle[1],
            "lat": middle[2],
        }
