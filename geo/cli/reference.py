"""What --crs may be: any system that is known, a local system of this deployment, or a file that defines one."""

from __future__ import annotations

from pathlib import Path

from geo.cli.console import settings
from geo.errors import InvalidCrs


def reference(value: str | None) -> str | None:
    """The value of --crs with the name of a local system replaced by its definition (a callback of the option).

    ``local.toml`` names the one system of a file, ``local.toml:NAME`` one of several.
    """
    if value is None:
        return None
    from geo.wiring import build_systems, read_systems_file

    path, _, name = value.partition(".toml")
    if not name or name.startswith(":"):
        if value == path:  # no such ending: the name of a system
            return build_systems(settings()).resolve(value)
        file = Path(path + ".toml")
        systems = read_systems_file(file)
        if name and systems.resolve(name[1:]) != name[1:]:
            return systems.resolve(name[1:])
        if not name and len(systems.wkt) == 1:
            return next(iter(systems.wkt.values()))
        raise InvalidCrs("local_which", source=file, known=", ".join(systems.wkt), got=name[1:] or "-")
    return value
