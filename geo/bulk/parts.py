"""The folder of a run beside its result: finished parts and a list of them, from which a second run goes on.

A part is written under another name, brought to the disk, renamed, and only then put on the list; the list itself is
replaced as a whole. Whenever the run ends, the list names whole parts only, and each row is in one of them at most.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from geo import __version__
from geo.errors import Conflict, InvalidInput

_LIST: Final = "parts.json"
_LOCK: Final = "lock"
_SAMPLES: Final = 16
_SAMPLE_BYTES: Final = 1 << 16


@dataclass(frozen=True)
class Part:
    """A finished part: its number, its size, the place in the source behind it, and what became of its rows."""

    number: int
    bytes: int
    next: int
    rows: int
    located: int
    outside: int
    bad: int


class Work:
    """The folder of one run.

    Attributes
    ----------
    folder : beside the result, called after it
    parts : finished ones by number
    """

    def __init__(self, folder: Path, ending: str) -> None:
        self.folder = folder
        self.parts: dict[int, Part] = {}
        self._ending = ending
        self._key: Mapping[str, Any] = {}

    def begin(self, key: Mapping[str, Any]) -> str | None:
        """Take up what an earlier run with the same `key` left; else start afresh.

        Returns
        -------
        What has changed since an earlier run that is thrown away ("input", "plan", "options"), None if nothing is.
        """
        self._key = json.loads(json.dumps(key))
        try:
            held = json.loads((self.folder / _LIST).read_text("utf-8"))
            parts = [Part(**part) for part in held["parts"]]
            before = held["key"]
        except (OSError, ValueError, TypeError, KeyError):
            parts, before = [], None
        if before == self._key:
            whole = (part for part in parts if self._is_whole(part))
            self.parts = {part.number: part for part in whole}
            return None
        changed = next((name for name in self._key if (before or {}).get(name) != self._key[name]), None)
        for entry in self.folder.iterdir():
            if entry.name != _LOCK:
                remove(entry)
        self._save()
        return changed if parts else None

    def path(self, number: int) -> Path:
        """Where a part stands."""
        return self.folder / f"part-{number:06d}{self._ending}"

    def put(self, number: int, half: Path, *, after: int, counts: Mapping[str, int]) -> None:
        """Put a part that is written as `half` on the list."""
        size = settle(half, self.path(number))
        self.note(Part(number=number, bytes=size, next=after, **counts))

    def note(self, part: Part) -> None:
        """Put a part that stands in its place on the list."""
        self.parts[part.number] = part
        self._save()

    def first_parts(self) -> list[Part]:
        """The parts from the first on without a gap."""
        out: list[Part] = []
        while (part := self.parts.get(len(out))) is not None:
            out.append(part)
        return out

    def counts(self) -> dict[str, int]:
        """Rows of all parts, and how many were located, lie outside, or are bad."""
        names = ("rows", "located", "outside", "bad")
        return {name: sum(getattr(part, name) for part in self.parts.values()) for name in names}

    def _is_whole(self, part: Part) -> bool:
        try:
            return self.path(part.number).stat().st_size == part.bytes
        except OSError:
            return False

    def _save(self) -> None:
        value = {"key": self._key, "parts": [asdict(self.parts[number]) for number in sorted(self.parts)]}
        half = self.folder / f"{_LIST}.half"
        half.write_text(json.dumps(value), "utf-8")
        settle(half, self.folder / _LIST)


def remove(entry: Path) -> None:
    """Delete a file, or a folder with all that is in it."""
    if entry.is_dir():
        shutil.rmtree(entry)
    else:
        entry.unlink()


def settle(half: Path, target: Path) -> int:
    """Bring a file to the disk, then rename it; its size in bytes."""
    with half.open("rb+") as file:
        os.fsync(file.fileno())
        size = os.fstat(file.fileno()).st_size
    half.replace(target)
    return size


@contextmanager
def working(folder: Path, ending: str) -> Iterator[Work]:
    """The folder of a run, held against a second run on it; without a finished part it goes away with an error.

    Raises
    ------
    Conflict
        Another run works in it.
    InvalidInput
        The disk refuses.
    """
    try:
        folder.mkdir(exist_ok=True)
        lock = (folder / _LOCK).open("a")
    except OSError as error:
        raise InvalidInput("out_not_writable", path=str(folder), detail=error.strerror or str(error)) from error
    with lock:
        _hold(lock, folder)
        work = Work(folder, ending)
        try:
            yield work
        except BaseException as error:
            if not work.parts:
                shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, OSError):
                raise InvalidInput("out_not_writable", path=str(folder), detail=error.strerror or str(error)) from error
            raise


def _hold(lock: Any, folder: Path) -> None:
    """The system lets go of the lock when the process ends, however it ends."""
    try:
        import fcntl
    except ImportError:  # Windows: a second run at the same time is the user's own care
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise Conflict("bulk_busy", folder=str(folder)) from error


def fingerprint(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """Tokens of files: size, time of change, and a digest of pieces spread over each."""
    return [_fingerprint(path) for path in paths]


def _fingerprint(path: Path) -> dict[str, Any]:
    found = path.stat()
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        for k in range(_SAMPLES + 1):
            file.seek(max(0, found.st_size - _SAMPLE_BYTES) * k // _SAMPLES)
            digest.update(file.read(_SAMPLE_BYTES))
    return {
        "path": str(path.resolve()),
        "size": found.st_size,
        "changed": found.st_mtime_ns,
        "digest": digest.hexdigest(),
        "version": __version__,
    }
