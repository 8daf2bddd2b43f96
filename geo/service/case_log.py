"""The log of a case, and whether its chain is whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC

from geo.model.cases import LogLine
from geo.service.context import Service


def check_log(service: Service, issue_id: int) -> tuple[tuple[LogLine, ...], int | None]:
    """All steps of an issue, and the position of the first line that does not follow from those before it.

    Raises
    ------
    NotFound
        There is no such issue.
    """
    lines = service.store.get_case_log(issue_id)
    return lines, first_broken(lines)


def digest_of(before: str, line: LogLine) -> str:
    """The digest (SHA-256) of a line: its fields, and the digest of the line before it ("" at the start)."""
    fields = [
        before, line.issue, line.position, line.at.astimezone(UTC).isoformat(), line.actor, line.action, line.revision,
        line.detail,
    ]  # fmt: skip
    text = json.dumps(fields, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def first_broken(lines: Sequence[LogLine]) -> int | None:
    """The position of the first line that was changed, dropped or put in later; None where the chain is whole."""
    before = ""
    for number, line in enumerate(lines, start=1):
        if line.position != number or digest_of(before, line) != line.digest:
            return line.position
        before = line.digest
    return None
