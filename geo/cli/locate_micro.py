"""The part of geo locate that tells of micro-grids."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from geo.cli.console import language, tell
from geo.errors import InvalidInput, NotFound
from geo.messages import say
from geo.model import MicroCandidate, MicroEdition, MicroFound

if TYPE_CHECKING:
    from geo.service.context import Net, Service


def check_level(level: str, *, doors: bool) -> None:
    """Refuse words that would have no effect."""
    if level != "micro" and doors:
        raise InvalidInput("locate_door_without_level")


def find_edition_asked(service: Service, net: Net, level: str, *, as_of: date | None) -> MicroEdition | None:
    """The edition that the rows of files are to be asked of, None if they are not.

    Raises
    ------
    NotFound
        The plan has none on that day.
    """
    if level != "micro":
        return None
    from geo.service.micro_lookup import find_edition

    edition = find_edition(service, net.plan, as_of)
    if edition is None:
        raise NotFound("micro_none_in_plan")
    return edition


def tell_micro(found: MicroFound | None) -> None:
    """The micro-grid, or why there is none and what is left to choose from."""
    if found is None:
        return
    if found.code is not None:
        tell("located_micro", code=found.code, metres=f"{found.distance_m or 0:.0f}")
        return
    from geo.service.micro_lookup import note_values

    print("  " + say(found.note, language(), **note_values(found)))
    for candidate in found.candidates:
        print(f"  · {candidate.code}  {_door(candidate)}".rstrip())


def _door(candidate: MicroCandidate) -> str:
    floors = [f"{floor:g}" for floor in (candidate.lowest_floor, candidate.highest_floor) if floor is not None]
    values = {"stairwell": candidate.stairwell or "-", "floors": "–".join(dict.fromkeys(floors)) or "-"}
    return say("micro_door", language(), **values)
