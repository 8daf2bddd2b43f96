"""Tiles that were asked for, as they were sent, up to so many bytes."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final

_MOST_BYTES: Final = 64_000_000
# What the dictionary and the key take beside the bytes.
_EACH: Final = 400
# Smaller bodies are not worth packing. Level 9 takes four times as long as 3 for a tenth less.
_SMALLEST, _LEVEL = 1024, 3


@dataclass(frozen=True, eq=False)
class Body:
    """A tile as sent; `packed` is whether `data` is gzip."""

    data: bytes
    packed: bool

    def plain(self) -> bytes:
        """The tile for a client that does not unpack."""
        return gzip.decompress(self.data) if self.packed else self.data


class Drawn:
    """The tiles asked for last, at most `most_bytes` of them together; the one unused for longest leaves first."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most = most_bytes
        self._bodies: dict[Hashable, Body] = {}
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def held(self) -> int:
        """Bytes held now."""
        return self._bytes

    def get(self, key: Hashable, make: Callable[[], bytes]) -> Body:
        """The tile of `key`, made by `make` if it is not here."""
        with self._lock:
            body = self._bodies.pop(key, None)
            if body is not None:
                self._bodies[key] = body
                return body
        # Two that ask at once both make it, rather than one waiting behind a lock that tiles of other places wait at.
        data = make()
        body = Body(data, False) if len(data) < _SMALLEST else Body(gzip.compress(data, _LEVEL, mtime=0), True)
        with self._lock:
            if key not in self._bodies:
                self._bodies[key] = body
                self._bytes += len(body.data) + _EACH
            while self._bytes > self._most:
                oldest = next(iter(self._bodies))
                self._bytes -= len(self._bodies.pop(oldest).data) + _EACH
        return body
