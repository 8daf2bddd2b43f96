"""The gazetteer of a deployment: brought in from files, looked at, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from geo.errors import GeoError, InvalidInput, NotFound
from geo.service.context import Net, Service, knowledge, timetable
from geo.service.gazetteer_check import GazetteerFinding, check_entries
from geo.service.places import places_of, register_of


@dataclass(frozen=True)
class GazetteerImport:
    """What became of the rows of a gazetteer file; `rows` is the sum of `added`, `changed`, `same` and all faults."""

    rows: int
    added: int
    changed: int
    same: int
    removed: int
    faults: tuple[GeoError, ...]
    entries: int
    version: str


def import_gazetteer(
    service: Service,
    path: str,
    *,
    crs: str | None,
    columns: Mapping[str, str],
    source: str,
    actor: str,
) -> GazetteerImport:
    """Bring entries in beside those that are there; those that came from the same `source` before are replaced.

    Raises
    ------
    InvalidInput, InvalidCrs
        The file cannot be used as a whole; bad rows alone are in `faults`.
    NotFound
        The database knows no place yet.
    Conflict
        Somebody saved the place meanwhile.
    """
    stamp = timetable(service).place_stamp
    if not stamp:
        raise NotFound("store_no_place")
    held = knowledge(service).place.entries
    given, faults = service.files.read_gazetteer(
        path, crs=None if crs is None else service.systems.resolve(crs), columns=columns
    )
    others = {str(entry["id"]): entry for entry in held if entry.get("source") != source}
    before = {str(entry["id"]): entry for entry in held if entry.get("source") == source}
    mine: dict[str, Mapping[str, Any]] = {}
    bad = list(faults)
    for entry in given:
        if entry["id"] in others:
            bad.append(InvalidInput("gazetteer_id_taken", id=entry["id"], source=source))
        else:
            mine[entry["id"]] = {**entry, "source": source}
    same = sum(before.get(key) == entry for key, entry in mine.items())
    added = sum(key not in before for key in mine)
    entries = (*others.values(), *mine.values())
    if same < len(mine) or len(before) != len(mine):
        service.store.save_entries(entries, stamp=stamp, actor=actor)
    return GazetteerImport(
        rows=len(given) + len(faults),
        added=added,
        changed=len(mine) - added - same,
        same=same,
        removed=sum(key not in mine for key in before),
        faults=tuple(bad),
        entries=len(entries),
        version=register_of(service).version,
    )


def check_gazetteer(service: Service, net: Net | None) -> tuple[GazetteerFinding, ...]:
    """What is doubtful in the gazetteer as it stands, see `geo.service.gazetteer_check.check_entries`."""
    return check_entries(register_of(service).entries, knowledge(service).place, net)


def list_entries(
    service: Service, *, kind: str | None = None, name: str | None = None, limit: int | None = None
) -> tuple[Mapping[str, Any], ...]:
    """Entries of a kind, and whose name or other names hold `name`, in their order."""
    found = []
    for entry in register_of(service).entries:
        if kind is not None and entry.get("kind") != kind:
            continue
        names = (entry.get("name") or "", *entry.get("aliases", ()), *entry.get("old_names", ()))
        if name is not None and not any(name in one for one in names):
            continue
        found.append(entry)
        if limit is not None and len(found) >= limit:
            break
    return tuple(found)


def get_entry(service: Service, entry_id: str, net: Net | None) -> dict[str, Any]:
    """One entry with the grids that it lies in (with `net`) and the version of the gazetteer.

    Raises
    ------
    NotFound
        There is no entry of this id.
    """
    register = register_of(service)
    entry = next((one for one in register.entries if str(one["id"]) == entry_id), None)
    if entry is None:
        raise NotFound("gazetteer_unknown_entry", id=entry_id[:80])
    told: dict[str, Any] = {"entry": dict(entry), "version": register.version, "plan": None, "grids": []}
    if net is not None:
        places = places_of(service, net)
        told["plan"] = net.plan.id
        told["grids"] = [
            {"grid": places.codes[k], "name": places.names[k], "share": round(share, 4)}
            for k, share in places.parts.get(entry_id, ())
            if k >= 0
        ]
    return told
