"""A base map from elsewhere, as a served page is told of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from geo.model import TileMap


def foreign_data(tile_map: TileMap | None) -> dict[str, Any]:
    """The page's entry ``foreign``; empty where there is none.

    The key stands in it, since the browser asks the source itself: a page that is kept as a file never gets it.
    """
    if tile_map is None:
        return {}
    key = quote(tile_map.key, safe="")
    sources = [
        {
            "url": source.url.replace("{key}", key),
            "subdomains": list(source.subdomains),
            "degrees": source.degrees,
            "shift": source.shift,
            "low": source.low,
            "high": source.high,
            "datum": source.datum,
        }
        for source in tile_map.sources
    ]
    return {"foreign": {"sources": sources, "credit": tile_map.credit}}
