"""Can the results be written? Said before the work begins, not after minutes of it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from geo.errors import InvalidInput


def check_outputs(*targets: Path | None, sources: Iterable[str | Path] = ()) -> None:
    """Refuse targets that could not be written at the end; None is no target.

    Parameters
    ----------
    sources : files that are read (FILE or FILE:LAYER); none of them may be written over.

    Raises
    ------
    InvalidInput
        A folder is missing or may not be written to, a target is a folder, an input or another target.
    """
    inputs = [path for source in sources for path in _paths_of(str(source)) if path.exists()]
    seen: set[Path] = set()
    for target in targets:
        if target is None:
            continue
        folder = target.parent
        if not folder.is_dir():
            raise InvalidInput("out_folder_missing", path=str(target), folder=str(folder))
        if target.is_dir():
            raise InvalidInput("file_is_folder", path=str(target))
        if not os.access(folder, os.W_OK | os.X_OK):
            raise InvalidInput("out_not_writable", path=str(target), detail=os.strerror(13))
        if target.exists() and any(path.samefile(target) for path in inputs):
            raise InvalidInput("out_is_input", path=str(target))
        if target.resolve() in seen:
            raise InvalidInput("out_twice", path=str(target))
        seen.add(target.resolve())


def check_geopackage(path: Path) -> None:
    """A plan has several layers, which only a GeoPackage holds: `InvalidInput` for any other ending."""
    if path.suffix.lower() != ".gpkg":
        raise InvalidInput("plan_needs_geopackage", path=path, better=path.with_suffix(".gpkg"))


def make_folder(folder: Path) -> None:
    """Make a folder for results, with those above it.

    Raises
    ------
    InvalidInput
        A file is in the way, or the disk refuses.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = error.strerror or str(error)
        raise InvalidInput("out_not_writable", path=str(folder), detail=why) from None


def _paths_of(source: str) -> tuple[Path, ...]:
    """The files that FILE or FILE:LAYER may mean: a colon may stand in a file's name too."""
    stem = source.rpartition(":")[0]
    return (Path(source), Path(stem)) if stem else (Path(source),)
