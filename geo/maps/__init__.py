"""Pages that people look at: Folium maps with our own layers, tiles, static files; the one place that escapes text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geo.maps.pages import FoliumPages

__all__ = ["FoliumPages"]


def __getattr__(name: str) -> Any:
    # folium takes a second to import; `python -m geo.maps.assets` and the tile encoder do not need it.
    if name == "FoliumPages":
        from geo.maps.pages import FoliumPages

        return FoliumPages
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
