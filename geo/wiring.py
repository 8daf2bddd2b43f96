"""Builds a `Service` from `Settings`: the composition root, and the one place for lazy imports of heavy rooms."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from geo.crs import Systems
from geo.errors import NotFound
from geo.service.context import Service
from geo.service.index_files import IndexFolder
from geo.service.ports import Files, Pages
from geo.service.sheets_view import SheetPress
from geo.settings import Settings

if TYPE_CHECKING:
    from geo.bulk.ports import FilePorts


def shipped_place() -> Path:
    """The folder of the invented district: inside an installed package, or at its place in a checkout.

    Raises
    ------
    NotFound
        The installation lacks it.
    """
    package = Path(__file__).parent
    for folder in (package / "sample" / "chenguang", package.parent / "data" / "boundaries" / "chenguang"):
        if (folder / "SOURCE.toml").is_file():
            return folder
    raise NotFound("sample_place_missing")


def build_files(systems: Systems | None = None) -> Files:
    """The files room alone, for commands that need no database."""
    from geo.files import LocalFiles

    return LocalFiles(systems=systems)


def build_pages(settings: Settings | None = None) -> Pages:
    """The maps room alone; without `settings` for pages made of files, which have no base map from elsewhere."""
    from geo.maps import FoliumPages

    return FoliumPages(None if settings is None else settings.tile_map())


def build_press(settings: Settings) -> SheetPress:
    """What draws printed sheets."""
    from geo.maps.sheets.press import Press

    return Press(settings.sheet_font)


def build_file_ports() -> FilePorts:
    """What the files room knows about files, for the bulk path."""
    from geo.bulk.ports import FilePorts
    from geo.files import LocalFiles, layers, names, points, sniff, text

    files = LocalFiles()
    return FilePorts(
        find=names.find_source,
        check=sniff.check_file,
        kind_of=names.kind_of,
        layer_of=layers.choose_layer,
        crs_of=layers.crs_of,
        delimiter_of=text.delimiter_of,
        header_of=text.header_of,
        column_of=points.find_column,
        lon_names=points.LON_NAMES,
        lat_names=points.LAT_NAMES,
        read_points=lambda name: files.read_points(name, lon=None, lat=None),
        write_layers=lambda path, values: files.write_layers(str(path), values),
    )


def build_systems(settings: Settings) -> Systems:
    """The local reference systems of this deployment; none where `settings` names no file."""
    return Systems() if settings.systems is None else read_systems_file(settings.systems)


def read_systems_file(path: Path) -> Systems:
    """The local reference systems that a TOML file defines."""
    from geo.files.systems import read_systems_file

    return read_systems_file(path)


def build_service(settings: Settings, *, create: bool = False) -> Service:
    """The whole program on the database that `settings` names.

    With `create` an embedded database that is not there is made: for commands that bring data in. Others say that it
    is missing, so that a command in the wrong folder does not answer from an empty one.
    """
    from geo.maps.tiles import VectorTiles
    from geo.store import SqlStore, upgrade

    if create and settings.database_url.startswith("sqlite:"):
        upgrade(settings.database_url, busy_s=settings.busy_seconds)
    systems = build_systems(settings)
    weights = None
    if settings.address_weights is not None:
        from geo.service.address_fit import weights_in_use

        # A wrong file is said now, not at the first report; and a file that changes does so for the next start.
        weights = weights_in_use(settings.address_weights)
    return Service(
        store=SqlStore(settings.database_url, busy_s=settings.busy_seconds),
        files=build_files(systems),
        pages=build_pages(settings),
        tiles=VectorTiles(),
        timezone=ZoneInfo(settings.timezone),
        clock=lambda: datetime.now(UTC),
        indexes=IndexFolder(index_folder(settings)),
        systems=systems,
        suggest_model=settings.suggest_model,
        address_weights=weights,
        conflict_m=settings.conflict_m,
    )


def index_folder(settings: Settings) -> Path | None:
    """Where the indexes of the database are kept; None where there is no place for them.

    Each database has a folder of its own, also within one that `settings` names: plans are numbered alike in all.
    """
    from geo.store.engine import read_target

    target = read_target(settings.database_url)
    if settings.index_dir is None and target.path is not None:
        return target.path.with_name(target.path.name + ".index")
    folder = settings.index_dir or _user_cache()
    own = hashlib.blake2b(target.label.encode(), digest_size=8).hexdigest()
    return None if folder is None else folder.expanduser().absolute() / f"database-{own}"


def _user_cache() -> Path | None:
    """The user's folder for what can be made again."""
    named = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    try:
        return (Path(named) if named else Path.home() / ".cache") / "wangge"
    except RuntimeError:  # nobody's home
        return None
