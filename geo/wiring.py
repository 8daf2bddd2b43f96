"""Builds a `Service` from `Settings`: the composition root, and the one place for lazy imports of heavy rooms."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from geo.service.context import Service
from geo.service.ports import Files
from geo.settings import Settings


def build_files() -> Files:
    """The files room alone, for commands that need no database."""
    from geo.files import LocalFiles

    return LocalFiles()


def build_service(settings: Settings) -> Service:
    """The whole program on the database that `settings` names; an embedded database that is not there is made."""
    from geo.maps import FoliumPages
    from geo.maps.tiles import encode_tile
    from geo.store import SqlStore

    return Service(
        store=SqlStore(settings.database_url),
        files=build_files(),
        pages=FoliumPages(),
        encode_tile=encode_tile,
        timezone=ZoneInfo(settings.timezone),
        clock=lambda: datetime.now(UTC),
    )
