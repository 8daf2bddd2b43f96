"""The board kept in a file beside the saved indexes: a server that starts reads what has changed since, not all.

A file is believed if it was written for the same plan, and if the line of the log that it goes up to is still the one
with the same digest (a database that was made anew has other lines under the same numbers). It is made anew otherwise.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.service.context import Net, Service

log = logging.getLogger(__name__)

# Fewer issues are read from the database as fast.
LEAST: Final = 20_000
# A file that lags behind by so many lines of the log is written anew.
BEHIND: Final = 20_000
_NAME: Final = "board.npz"
_FORMAT: Final = 1


class Kept(NamedTuple):
    """A board as it is kept: the line of the log it goes up to, its columns and its tables."""

    stamp: int
    columns: Mapping[str, NDArray[Any]]
    tables: Mapping[str, Sequence[Any]]


def read_kept(service: Service, net: Net) -> Kept | None:
    """The board of a net as it was kept; None where there is none that can be believed."""
    path = service.indexes.path_of(_NAME)
    if path is None or not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as held:
            about = json.loads(str(held["about"]))
            columns = {name: held[name] for name in held.files if name != "about"}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        log.warning("%s cannot be used and is made anew: %s", path, error)
        return None
    if about.get("of") != _identity(net) or about["digest"] != service.store.find_line_digest(about["stamp"]):
        return None
    tables = {
        name: [tuple(v) if isinstance(v, list) else v for v in values] for name, values in about["tables"].items()
    }
    return Kept(about["stamp"], columns, tables)


def keep(service: Service, net: Net, kept: Kept) -> None:
    """Write a board beside and rename; without a folder that can be written nothing is kept."""
    path = service.indexes.path_of(_NAME)
    digest = service.store.find_line_digest(kept.stamp)
    if path is None or digest is None:
        return
    about = {"of": _identity(net), "stamp": kept.stamp, "digest": digest, "tables": kept.tables}
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            # Which issues lie where is nobody's business but the server's.
            beside.chmod(0o600)
            parts: dict[str, Any] = {"about": np.array(json.dumps(about)), **kept.columns}
            np.savez(file, **parts)
        beside.replace(path)
    except OSError as error:
        log.warning("the board cannot be kept in %s: %s", path.parent, error)
        with contextlib.suppress(OSError):
            beside.unlink()


def _identity(net: Net) -> str:
    return repr((_FORMAT, net.plan.id, net.plan.revision, net.plan.created_at.isoformat(), len(net.grids)))
