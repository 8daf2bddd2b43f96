"""Writing so that nobody ever sees half a file: beside the target, then renamed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from geo.errors import GeoError, InvalidInput

# What SQLite leaves beside a database that was not closed well. It belongs to the old file: left there, the next
# reader would roll the new file back to pages of the old one.
_JOURNALS: Final = ("-wal", "-shm", "-journal")


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """Yield a path of the same name in a new folder beside `target`; all files there are moved when the block ends.

    If the block fails the folder goes away with all that was begun, and the target stays as it was.

    Raises
    ------
    InvalidInput
        The folder of the target does not exist, the target is a folder, or the disk refuses.
    """
    folder = target.parent
    if not folder.is_dir():
        raise InvalidInput("out_folder_missing", path=str(target), folder=str(folder))
    if target.is_dir():
        raise InvalidInput("file_is_folder", path=str(target))
    try:
        work = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder))
    except OSError as error:
        raise InvalidInput("out_not_writable", path=str(target), detail=error.strerror or str(error)) from error
    try:
        yield work / target.name
        made = sorted(work.iterdir(), key=lambda entry: entry.name == target.name)  # the target itself last
        for ending in _JOURNALS:
            target.with_name(target.name + ending).unlink(missing_ok=True)
        for entry in made:
            entry.replace(folder / entry.name)
    except GeoError:
        raise
    except OSError as error:
        raise InvalidInput("out_not_writable", path=str(target), detail=error.strerror or str(error)) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
