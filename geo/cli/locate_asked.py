"""The part of geo locate that knows which options go with which question."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import typer

from geo.errors import InvalidInput

Kind = Literal["FILE", "--shape", "--address", "--lon --lat"]

_GOES_WITH: Final[dict[str, tuple[Kind, ...]]] = {
    "--out": ("FILE", "--shape"),
    "--crs": ("FILE", "--shape", "--lon --lat"),
    "--accuracy-m": ("FILE", "--lon --lat"),
    "--lon-field": ("FILE",),
    "--lat-field": ("FILE",),
    "--crs-field": ("FILE",),
    "--accuracy-field": ("FILE",),
    "--stairwell-field": ("FILE",),
    "--floor-field": ("FILE",),
    "--stairwell": ("--lon --lat", "--address"),
    "--floor": ("--lon --lat", "--address"),
    "--full": ("FILE",),
    "--force": ("FILE",),
    "--no-border": ("FILE",),
    "--scheduler": ("FILE",),
    "--level micro": ("FILE", "--lon --lat", "--address"),
    "--json": ("--lon --lat", "--address"),
}


def refuse_idle(kind: Kind, given: Mapping[str, bool]) -> None:
    """Refuse an option that would be left out of account.

    Raises
    ------
    InvalidInput
        One of the options that are `given` does not go with the question.
    """
    for option, named in given.items():
        if named and kind not in _GOES_WITH[option]:
            raise InvalidInput("locate_idle_option", option=option, kind=kind, kinds=", ".join(_GOES_WITH[option]))


class Written(float):
    """A number of the command line with the decimals that it was written with: 114.1300 has four.

    Attributes
    ----------
    decimals : int, −128 where the text does not tell
    """

    decimals: int = -128

    @classmethod
    def read(cls, text: str) -> Written:
        """Read an option; refused in the words that typer has for a float."""
        from geo.locate.accuracy import written_decimals

        try:
            number = cls(text)
        except ValueError:
            raise typer.BadParameter(f"{text!r} is not a valid float.") from None
        told = written_decimals(text)
        number.decimals = -128 if told is None else max(min(told, 127), -128)
        return number
