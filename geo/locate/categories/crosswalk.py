"""What a category is in other directories, in both directions."""

from __future__ import annotations

from dataclasses import dataclass

from geo.model.catalogues import Correspondence, Key, Relation, read_all, read_crosswalk, read_shapes

_MIRROR_SOURCE = "01–05 大类的事项与部件同号，名称加“异常”（公开二手目录，未与标准原文核对）"


@dataclass(frozen=True)
class Link:
    """What corresponds to a category.

    Attributes
    ----------
    other : key of the category at the other end, None where there is none.
    name : the other end's name; of a minor class whose number is not known, its name under `other`.
    direction : `to` as the crosswalk says it, `from` read backwards.
    """

    other: Key | None
    name: str
    relation: Relation
    direction: str
    certainty: str
    source: str


def links_of(key: Key) -> tuple[Link, ...]:
    """Everything that is known to correspond to a category: its mirror, then rows that start there, then that end."""
    rows = read_all()
    links = [] if (mirror := mirror_of(key)) is None else [_mirror_link(mirror)]
    for row in read_crosswalk():
        if row.origin == key:
            links.append(_link(row, row.target, "to"))
        elif row.target == key:
            links.append(_link(row, row.origin, "from"))
    return tuple(link for link in links if link.other is None or link.other in rows)


def mirror_of(key: Key) -> Key | None:
    """The matter that reports on a part, or the part that a matter is about; None where there is no such pair."""
    scheme, kind, code = key
    shape = read_shapes().get(scheme)
    if shape is None or kind not in shape.kinds or code[: shape.digits[0]] not in shape.mirrors:
        return None
    other = (scheme, shape.kinds[1 - shape.kinds.index(kind)], code)
    return other if other in read_all() else None


def _mirror_link(other: Key) -> Link:
    return Link(other, read_all()[other].name, "related", "to", read_all()[other].certainty, _MIRROR_SOURCE)


def _link(row: Correspondence, other: Key | None, direction: str) -> Link:
    name = "" if other is None else read_all()[other].name
    # A minor class without a known number is told by its name, on whichever side it stands.
    if row.name:
        name = f"{row.name} → {name or '–'}" if direction == "to" else f"{name} · {row.name}"
    return Link(other, name, row.relation, direction, row.certainty, row.source)
