"""Errors as one sentence on stderr and an exit code: one table from the error tree."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Final

from geo import errors

EXIT: Final[Mapping[type[errors.GeoError], int]] = {
    errors.InvalidInput: 2,
    errors.InvalidCoordinate: 2,
    errors.InvalidCrs: 2,
    errors.InvalidBoundary: 2,
    errors.OutsideCoverage: 2,
    errors.NotFound: 3,
    errors.Conflict: 4,
    errors.NotAllowed: 7,
    errors.PartitionInfeasible: 5,
    errors.StoreError: 6,
}
VIOLATIONS: Final = 1  # `geo check` found faults
UNEXPECTED: Final = 70  # EX_SOFTWARE of sysexits.h
INTERRUPTED: Final = 130  # what a shell says of a command that Ctrl-C ended


def show(error: BaseException) -> int:
    """Print an error for a person and return its exit code."""
    from geo.cli.console import language
    from geo.masks import mask_text
    from geo.messages import say

    lang = language()
    mark = say("cli_error", lang)
    if isinstance(error, errors.GeoError):
        print(f"{mark}{error.masked().message(lang)}", file=sys.stderr)
        return EXIT.get(type(error), UNEXPECTED)
    detail = mask_text(f"{type(error).__name__}: {error}")
    print(f"{mark}{say('unexpected', lang, detail=detail)}", file=sys.stderr)
    return UNEXPECTED


def show_interrupted() -> None:
    """Say that Ctrl-C ended the command."""
    from geo.cli.console import language
    from geo.messages import say

    print(say("cli_interrupted", language()), file=sys.stderr)
