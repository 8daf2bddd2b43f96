"""Are these codes right? Form, area, kind, use, and names that contradict their numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from geo.model import GridKind, Violation
from geo.partition.schemes.scheme import CodeScheme


def check_codes(
    codes: Sequence[str],
    parents: Sequence[str],
    scheme: CodeScheme,
    *,
    kinds: Sequence[GridKind] | None = None,
    areas: Mapping[str, str] | None = None,
    retired: Collection[str] = (),
) -> tuple[Violation, ...]:
    """Name every code that breaks its scheme.

    Parameters
    ----------
    codes : str (k,)
        Grid codes.
    parents : str (k,)
        Code of the area that each grid lies in; for a micro-grid, of the grid that holds it.
    scheme : CodeScheme
        The scheme that they follow.
    kinds : str (k,), optional
        "base", "special" or "micro" each; all "base" without it.
    areas : mapping, optional
        Names of the areas that exist, by code; then a parent that is none of them is a fault, and so is a name that
        says another sort of area than the number does.
    retired : collection of str
        Codes that were in use once and are not any more.

    Returns
    -------
    tuple of Violation
        `kind` is a key of geo/messages/codes.toml.
    """
    sorts = ["base"] * len(codes) if kinds is None else list(kinds)
    return (
        *_repeated(codes),
        *_forms(codes, parents, sorts, scheme),  # type: ignore[arg-type]
        *_areas(codes, parents, sorts, scheme, areas),  # type: ignore[arg-type]
        *(
            Violation("code_retired", grids=(code,), context={"grid": code})
            for code in sorted(set(codes) & set(retired))
        ),
    )


def _repeated(codes: Sequence[str]) -> Iterator[Violation]:
    count: dict[str, int] = {}
    for code in codes:
        count[code] = count.get(code, 0) + 1
    for code, times in count.items():
        if times > 1:
            yield Violation("grid_code_repeated", grids=(code,), context={"grid": code, "count": times})


def _forms(
    codes: Sequence[str], parents: Sequence[str], kinds: Sequence[GridKind], scheme: CodeScheme
) -> Iterator[Violation]:
    """Codes that are not their area's code and a number of their kind."""
    base_grids: dict[str, int] = {}
    for parent, kind in zip(parents, kinds, strict=True):
        base_grids[parent] = base_grids.get(parent, 0) + (kind == "base")
    for code, parent, kind in zip(codes, parents, kinds, strict=True):
        context = {"grid": code, "parent": parent, "scheme": scheme.name, "kind": kind}
        number = scheme.number_of(code, parent, kind)
        if number is None:
            other = next((k for k in scheme.kinds if scheme.number_of(code, parent, k) is not None), None)
            if other is not None:
                yield Violation("code_of_other_kind", grids=(code,), context={**context, "other": other})
            elif not code.startswith(parent if kind == "micro" else scheme.prefix + parent):
                yield Violation("code_parent_differs", grids=(code,), context=context)
            else:
                want = scheme.write(parent, scheme.numbers(kind).first, kind)
                yield Violation("code_form_wrong", grids=(code,), context={**context, "example": want})
        elif number == 0 and base_grids[parent] > 1:
            yield Violation("code_zero_of_many", grids=(code,), context={**context, "count": base_grids[parent]})


def _areas(
    codes: Sequence[str],
    parents: Sequence[str],
    kinds: Sequence[GridKind],
    scheme: CodeScheme,
    areas: Mapping[str, str] | None,
) -> Iterator[Violation]:
    """Areas whose code cannot be, or is not known, or says another sort of area than the name; micro-grids astray."""
    of: dict[tuple[str, bool], list[str]] = {}
    for code, parent, kind in zip(codes, parents, kinds, strict=True):
        of.setdefault((parent, kind == "micro"), []).append(code)
    known = set(codes)
    for (parent, micro), grids in of.items():
        context = {"parent": parent, "count": len(grids), "grid": grids[0], "scheme": scheme.name}
        if micro:
            if parent not in known:
                yield Violation("code_micro_without_grid", grids=tuple(grids), context=context)
            continue
        if not scheme.area_fits(parent):
            level = scheme.fault_of_area(parent)
            want = scheme.area_width
            context |= {"level": level.name if level is not None else "area", "width": want}
            yield Violation("code_area_bad", grids=tuple(grids), context=context)
        elif areas is not None and parent not in areas:
            yield Violation("code_area_unknown", grids=tuple(grids), context=context)
        elif areas is not None:
            yield from _names(parent, scheme, areas, tuple(grids))


def _names(parent: str, scheme: CodeScheme, areas: Mapping[str, str], grids: tuple[str, ...]) -> Iterator[Violation]:
    """A 街道 has a number of streets, a 村 one of villages: where the ending of a name is of another range."""
    at = 0
    for level in scheme.area:
        upto = parent[: at + level.width]
        own = level.range_of(parent[at : at + level.width])
        name = areas.get(upto, "")
        at += level.width
        endings = {suffix: r for r in level.ranges for suffix in r.suffixes if name.endswith(suffix)}
        if not endings or own is None or not own.suffixes:
            continue
        # The longest ending counts: 居民委员会 of a 村 in its name is still a 居民委员会.
        said = endings[max(endings, key=len)]
        if said is not own:
            context = {"parent": upto, "name": name, "first": said.first, "last": said.last, "scheme": scheme.name}
            yield Violation("code_name_differs", grids=grids, context=context)
