"""A base map of tiles that somebody else serves, as the settings describe it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class TileSource:
    """One layer of tiles.

    Attributes
    ----------
    url : address with the placeholders {z}, {x}, {y} (or {-y}, rows counted from the south), {s} and {key}.
    origins : scheme, host and port of every address that it can become; none where the tiles are this server's own.
    subdomains : what {s} stands for, in turn.
    degrees : the tiles are squares of degrees (EPSG:4326 and 4490) with 2 × 1 of them at level 1, else those of
        EPSG:3857.
    shift : what is added to a level to make {z}: −1 where a service counts the 2 × 1 squares as its level 0.
    low, high : the first and the last level, before `shift`.
    datum : "EPSG:4326", "EPSG:4490", "GCJ-02" or "BD-09".
    """

    url: str
    origins: tuple[str, ...]
    subdomains: tuple[str, ...]
    degrees: bool
    shift: int
    low: int
    high: int
    datum: str


@dataclass(frozen=True)
class TileMap:
    """Sources one over another, the first at the bottom.

    `credit` names the source and its approval number (审图号) on the map; `key` fills {key} and is shown nowhere.
    """

    sources: tuple[TileSource, ...]
    credit: str
    key: str = field(default="", repr=False)

    @property
    def origins(self) -> tuple[str, ...]:
        """What a page must be allowed to ask for images, each once."""
        return tuple(dict.fromkeys(origin for source in self.sources for origin in source.origins))
