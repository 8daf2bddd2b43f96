"""The error tree. It knows no HTTP and no exit code: each door has one table for that.

::

    GeoError
    ├── InvalidInput            what was given cannot be used: a row, a field, a file
    │   ├── InvalidCoordinate   a coordinate that is no number or no place on earth
    │   ├── InvalidCrs          a reference system that is missing, unknown or clearly wrong
    │   ├── InvalidBoundary     a polygon that is empty, crosses itself or overlaps another
    │   └── OutsideCoverage     a point that no grid of the plan covers, where one is required
    ├── NotFound                a plan, grid, issue, file or layer that does not exist
    ├── NotAllowed              a role that may not do or read this
    ├── Conflict                the state has moved on: stale revision, name taken, port in use
    ├── PartitionInfeasible     no plan meets the wishes: says which units, and the smallest relaxation
    └── StoreError              the database cannot be reached, is locked, or is not at this version
"""

from __future__ import annotations

from typing import Any, Self

from geo.masks import mask_code
from geo.messages import Lang, say


class GeoError(Exception):
    """An error that a person can act on.

    Parameters
    ----------
    code : str
        Key of the sentence in `geo.messages`, which says what was got, what was wanted and what to do.
    context : Any
        The values of the sentence (row, field, value …); doors pass them on as data as well.
    """

    def __init__(self, code: str, /, **context: Any) -> None:
        super().__init__(code, context)
        self.code = code
        self.context = context

    def message(self, lang: Lang = "en") -> str:
        """The sentence in ``lang``."""
        return say(self.code, lang, **self.context)

    def masked(self) -> Self:
        """The same error without personal data in its values: what a door shows, writes down or sends."""
        shown = {key: mask_code(value) if isinstance(value, str) else value for key, value in self.context.items()}
        return type(self)(self.code, **shown)

    def __str__(self) -> str:
        return self.message("en")

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions cross process borders (workers); the default rebuilds from args and loses the keywords.
        return (_rebuild, (type(self), self.code, self.context))


def _rebuild(kind: type[GeoError], code: str, context: dict[str, Any]) -> GeoError:
    return kind(code, **context)


class InvalidInput(GeoError):
    """What was given cannot be used as it is."""


class InvalidCoordinate(InvalidInput):
    """A coordinate that is no number or no place on earth."""


class InvalidCrs(InvalidInput):
    """A reference system that is missing, unknown or clearly wrong."""


class InvalidBoundary(InvalidInput):
    """A polygon that is empty, crosses itself or overlaps its neighbour."""


class OutsideCoverage(InvalidInput):
    """A point that no grid covers, where one is required."""


class NotFound(GeoError):
    """Something named does not exist."""


class NotAllowed(GeoError):
    """Who asks may not do or read this."""


class Conflict(GeoError):
    """The state has moved on or the name is taken."""


class PartitionInfeasible(GeoError):
    """No plan meets the wishes. `relaxations`, if any, were tried and work; `area` names the area it concerns."""

    def message(self, lang: Lang = "en") -> str:
        """The sentence in ``lang``, the area, and what was found to help."""
        text = super().message(lang)
        if self.context.get("area"):
            text += say("infeasible_area", lang, area=self.context["area"])
        ways = [say(f"relax_{way['kind']}", lang, **way) for way in self.context.get("relaxations", ())]
        if ways:
            text += (
                say("relax_found", lang) + ("；" if lang == "zh" else "; ").join(ways) + ("。" if lang == "zh" else ".")
            )
        return text


class StoreError(GeoError):
    """The database cannot serve."""
