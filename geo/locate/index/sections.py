"""Named arrays in one file that many processes map into memory.

The file: eight bytes that say what it is, the length of the header (uint64, little-endian), the SHA-256 of the header,
the header (JSON: version of the format, SHA-256 of the body, and name, dtype, shape and place of each array), the body.
Arrays begin at multiples of 64 bytes.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidInput, NotFound

_MAGIC: Final = b"WanggeIx"
# Of the meaning of all arrays: another number, and older files are made anew.
FORMAT: Final = 3
_ALIGN: Final = 64
_LENGTH: Final = slice(8, 16)
_HASH: Final = slice(16, 48)
_HEAD: Final = 48


def write_sections(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays to a file; it appears whole or not at all."""
    sections, body, place = {}, hashlib.sha256(), 0
    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    for name, array in whole.items():
        sections[name] = (array.dtype.newbyteorder("<").str, array.shape, place)
        padding = -array.nbytes % _ALIGN
        body.update(_bytes(array))
        body.update(bytes(padding))
        place += array.nbytes + padding
    header = json.dumps({"format": FORMAT, "body": body.hexdigest(), "length": place, "sections": sections}).encode()
    handle, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_MAGIC + len(header).to_bytes(8, "little") + hashlib.sha256(header).digest() + header)
            file.write(bytes(-file.tell() % _ALIGN))
            for array in whole.values():
                file.write(_bytes(array))
                file.write(bytes(-array.nbytes % _ALIGN))
            file.flush()
            os.fsync(file.fileno())
        Path(beside).chmod(0o644)
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def read_sections(path: Path, *, verify: bool) -> dict[str, NDArray[Any]]:
    """The arrays of a file, read-only and not yet read: pages come in as they are used.

    Raises
    ------
    NotFound, InvalidInput
        As `GridIndex.open`.
    """
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size < _HEAD:
                raise InvalidInput("index_not_one", path=str(path))
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError:
        raise NotFound("index_missing", path=str(path)) from None
    except (IsADirectoryError, PermissionError):
        raise InvalidInput("index_not_one", path=str(path)) from None
    if mapped[: len(_MAGIC)] != _MAGIC:
        raise InvalidInput("index_not_one", path=str(path))
    length = int.from_bytes(mapped[_LENGTH], "little")
    text = mapped[_HEAD : _HEAD + length]
    if hashlib.sha256(text).digest() != mapped[_HASH]:
        raise InvalidInput("index_damaged", path=str(path))
    header = json.loads(text)
    if header["format"] != FORMAT:
        raise InvalidInput("index_other_version", path=str(path), found=header["format"], wanted=FORMAT)
    begin = _HEAD + length + -(_HEAD + length) % _ALIGN
    body = memoryview(mapped)[begin:]
    if len(body) != header["length"] or (verify and hashlib.sha256(body).hexdigest() != header["body"]):
        raise InvalidInput("index_damaged", path=str(path))
    return {
        name: np.ndarray(shape, np.dtype(kind), buffer=body, offset=place)
        for name, (kind, shape, place) in header["sections"].items()
    }


def _bytes(array: NDArray[Any]) -> memoryview:
    return array.reshape(-1).view(np.uint8).data


def pack_names(names: Sequence[str]) -> NDArray[np.uint8]:
    """Names as an array that can stand in a file of arrays."""
    return np.frombuffer(json.dumps(names).encode(), dtype=np.uint8).copy()


def unpack_names(packed: NDArray[np.uint8]) -> tuple[str, ...]:
    """What `pack_names` packed."""
    return tuple(json.loads(packed.tobytes()))
