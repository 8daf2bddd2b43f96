"""Saved indexes of plans in a folder: made once, mapped into memory by every process that serves.

Whoever publishes a plan makes its file before the plan comes into force, so that servers have nothing to build. A file
is named by the plan, its revision and what was stored when; one that is missing, damaged or from another version of the
program is made anew, and without a folder that can be written every process keeps an index of its own.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from geo.errors import InvalidInput, NotFound
from geo.model import Plan

if TYPE_CHECKING:
    from geo.locate import GridIndex

log = logging.getLogger(__name__)

# Of plans that are neither in force nor to come: answers for old dates are rare, and a file is easily made again.
_OLD_KEPT: Final = 8
# A file that another process is writing, or has made for a plan that is not published yet, is younger than this.
_YOUNG_S: Final = 3_600.0


class IndexFolder:
    """The saved indexes of one database.

    Parameters
    ----------
    folder : made when the first index is saved; None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._said = False

    def get(self, plan: Plan, part: str, codes: Sequence[str], build: Callable[[], GridIndex]) -> GridIndex:
        """The index of a plan: mapped from its file, else built and saved for those who come after.

        Parameters
        ----------
        part : which of the plan's indexes, "all" or "net"
        codes : of the grids, in the order that answers count in: a file of other grids is not believed
        """
        from geo.locate import GridIndex

        if self._folder is None:
            return build()
        path = self._folder / file_name(plan, part)
        try:
            index = GridIndex.open(path, verify=False)  # it was written whole or not at all
            if index.codes == tuple(codes):
                with contextlib.suppress(OSError):
                    os.utime(path)
                return index
            log.warning("%s holds other grids than the plan; it is made anew", path)
        except NotFound:
            pass
        except (InvalidInput, OSError) as error:
            log.warning("%s cannot be used and is made anew: %s", path, error)
        index = build()
        return self._saved(index, path)

    def path_of(self, name: str) -> Path | None:
        """Where something else that is made of this database may be kept; None keeps nothing."""
        return None if self._folder is None else self._folder / name

    def _saved(self, index: GridIndex, path: Path) -> GridIndex:
        """The index out of its new file, so that all processes share one copy; itself where that does not work."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            index.save(path)
            return type(index).open(path, verify=False)
        except (InvalidInput, NotFound, OSError) as error:
            if not self._said:
                log.warning("indexes cannot be kept in %s, so each process builds its own: %s", path.parent, error)
            self._said = True
            return index

    def clean(self, current: Collection[Plan], past: Collection[Plan]) -> None:
        """Remove files that nobody will ask for: of plans unknown here, and of long gone ones but the last few used.

        Young files are left alone, whatever they are. A process that has a file mapped keeps it to the end.
        """
        if self._folder is None:
            return
        kept = {_stem(plan) for plan in current}
        known = {_stem(plan) for plan in past} - kept
        with contextlib.suppress(OSError):
            now = time.time()
            found = [(path.stat().st_mtime, path) for path in self._folder.iterdir() if _PREFIX in path.name[:6]]
            old = sorted((at, path) for at, path in found if path.name.partition(".")[0] in known)
            spare = {path for _, path in old[-_OLD_KEPT:]}
            surplus = {path for _, path in old} - spare
            for at, path in found:
                stem = path.name.partition(".")[0]
                unknown = stem not in kept and stem not in known and now - at > _YOUNG_S
                if path in surplus or unknown:
                    with contextlib.suppress(OSError):  # another process was faster, or holds it open (Windows)
                        path.unlink()


_PREFIX: Final = "plan-"


def _stem(plan: Plan) -> str:
    # A database that was made anew counts its plans from 1 again: the moment of storing tells them apart.
    facts = (plan.created_at.isoformat(), plan.name, plan.grids, plan.units, plan.weight, plan.crs)
    return f"{_PREFIX}{plan.id}-r{plan.revision}-{hashlib.blake2b(repr(facts).encode(), digest_size=8).hexdigest()}"


def file_name(plan: Plan, part: str) -> str:
    """The name of the file for a part of a plan's index."""
    return f"{_stem(plan)}.{part}.index"
