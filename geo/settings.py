"""One frozen `Settings`, read from the environment with the prefix ``GEO_``."""

from __future__ import annotations

import getpass
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from geo.errors import InvalidInput
from geo.messages import Lang

if TYPE_CHECKING:
    from geo.model import TileMap

PREFIX = "GEO_"
# As a browser writes an origin: without a path, in lower case (RFC 6454 6.2). No wildcard: whoever may ask is listed.
_ORIGIN = re.compile(r"https?://([a-z0-9_.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")


def _language_of_locale() -> Lang:
    """English where the locale says so; Chinese first everywhere else."""
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "en" if locale.lower().startswith("en") else "zh"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container user without a passwd row
        return "unknown"


class Settings(BaseSettings):
    """How this deployment runs; ``geo config`` prints it.

    Attributes
    ----------
    database_url : ``sqlite:///file.db`` (embedded, the default) or ``postgresql://…`` with PostGIS.
    lang : language of messages and pages where a request names none.
    timezone : IANA name; naive times of day are in it.
    actor : who writes, for the journal, where a request names nobody.
    busy_seconds : how long to wait for a database that another process holds.
    log_level : of the server.
    index_dir : folder for the indexes that serving processes share; beside an SQLite file, or in the user's cache for a
        database server, if None.
    systems : a TOML file with local reference systems that may be used by name.
    roles : a TOML file of bearer tokens and their roles; without it nobody reads reporters through the interface.
    suggest_model : what `geo categories train` wrote; categories are suggested by the directory's words if None.
    conflict_m : a coordinate and an address of one report that are farther apart contradict each other, metres.
    address_weights : what `geo address fit` wrote; the weights that the program ships with if None.
    public_url : where people reach this server (https://grid.example.cn); QR codes of sheets lead there.
    cors_origins : pages of these origins (https://city.example.cn), parted by blanks, may ask the interface from a
        browser; none if empty.
    sheet_font : the font of printed sheets (.ttf, .otf, .ttc); a usual Chinese one of this machine if None.
    basemap_sources : addresses of map tiles to lie under the pages, or `tianditu:vec` and the like, parted by blanks;
        the place's own roads, water and buildings alone if empty. See docs/basemaps.md for these seven.
    basemap_key : fills {key} in the addresses; never shown.
    basemap_datum : of the tiles: WGS84, CGCS2000, GCJ-02 or BD-09.
    basemap_subdomains : what {s} stands for: `0-7` or `a,b,c`.
    basemap_zoom : first and last level of the tiles, `1-18`.
    basemap_matrix : the name of the tile matrix set where the address does not tell it.
    basemap_credit : source and approval number (审图号) as the map shows them.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    database_url: str = "sqlite:///geo.db"
    lang: Literal["zh", "en"] = Field(default_factory=_language_of_locale)
    timezone: str = "Asia/Shanghai"
    actor: str = Field(default_factory=_user)
    busy_seconds: float = Field(default=30.0, gt=0)
    log_level: Literal["critical", "error", "warning", "info", "debug"] = "warning"

    index_dir: Path | None = None
    systems: Path | None = None
    roles: Path | None = None
    suggest_model: Path | None = None
    address_weights: Path | None = None
    public_url: str = ""
    cors_origins: str = ""
    sheet_font: Path | None = None
    conflict_m: float = Field(default=150.0, gt=0, allow_inf_nan=False)

    basemap_sources: str = ""
    basemap_key: SecretStr = SecretStr("")
    basemap_datum: str = ""
    basemap_subdomains: str = ""
    basemap_zoom: str = ""
    basemap_matrix: str = ""
    basemap_credit: str = Field(default="", max_length=200)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("not an IANA time zone such as Asia/Shanghai") from error
        return value

    @field_validator("cors_origins")
    @classmethod
    def _plain_origins(cls, value: str) -> str:
        for origin in value.split():
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is no origin such as https://city.example.cn or http://localhost:5173")
        return value

    def tile_map(self) -> TileMap | None:
        """The base map from elsewhere; None where there is none.

        Raises
        ------
        InvalidInput
            The ``GEO_BASEMAP_…`` settings name none that can be drawn in its right place.
        """
        if not self.basemap_sources.strip():
            return None
        from geo.service.basemaps import read_tile_map  # only where one is set: few commands draw a page

        return read_tile_map(
            self.basemap_sources,
            key=self.basemap_key.get_secret_value(),
            datum=self.basemap_datum,
            subdomains=self.basemap_subdomains,
            zoom=self.basemap_zoom,
            matrix=self.basemap_matrix,
            credit=self.basemap_credit,
        )


def read_settings(**given: Any) -> Settings:
    """Settings from the environment; a ``given`` value other than None wins.

    Raises
    ------
    InvalidInput
        A value is not acceptable, or a ``GEO_`` variable has no meaning (a misspelt setting must not pass in silence).
    """
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in known and not name.startswith("GEO_TEST_"):
            raise InvalidInput("setting_unknown", name=name, known=", ".join(sorted(known)))
    try:
        settings = Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else "?"
        raise InvalidInput(
            "setting_invalid", name=PREFIX + field.upper(), value=first.get("input"), why=first["msg"]
        ) from None
    settings.tile_map()
    return settings
