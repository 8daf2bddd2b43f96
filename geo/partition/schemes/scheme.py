"""What a grid code is made of: prefix + area code + marker of the kind + number."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from geo.errors import InvalidInput
from geo.messages import Lang
from geo.model import GridKind

_KINDS: tuple[GridKind, ...] = ("base", "special", "micro")


@dataclass(frozen=True)
class AreaRange:
    """Numbers of one sort of area, and how names of that sort end."""

    first: str
    last: str
    suffixes: tuple[str, ...] = ()


@dataclass(frozen=True)
class AreaField:
    """One level of the area code: `width` digits, a regular expression or ranges that they lie in."""

    name: str
    width: int
    pattern: str = ""
    ranges: tuple[AreaRange, ...] = ()

    def range_of(self, digits: str) -> AreaRange | None:
        """The range that holds `digits`."""
        return next((r for r in self.ranges if r.first <= digits <= r.last), None)

    def fits(self, digits: str) -> bool:
        """Whether these digits may stand here."""
        if len(digits) != self.width or not (digits.isascii() and digits.isdigit()):
            return False
        if self.pattern and not re.fullmatch(self.pattern, digits):
            return False
        return not self.ranges or self.range_of(digits) is not None


@dataclass(frozen=True)
class Numbers:
    """The numbers of one kind of grid: `first` … `last` without `skip`, in `width` places after `marker`."""

    marker: str
    width: int
    first: int
    last: int
    skip: tuple[int, int] | None = None

    def __contains__(self, number: int) -> bool:
        return self.first <= number <= self.last and not (self.skip and self.skip[0] <= number <= self.skip[1])

    def __iter__(self) -> Iterator[int]:
        return (number for number in range(self.first, self.last + 1) if number in self)


@dataclass(frozen=True)
class CodeScheme:
    """One way to write grid codes.

    Attributes
    ----------
    name : file name without ending. title : what it is, by language. source : the publication whose structure it has.
    prefix : what each code of a base or special grid begins with.
    area : levels of the area code; none means that any text may stand there.
    lead : letters that take the first place of the number once its digits are used up.
    widen : whether numbers may become longer than `width`.
    zero_if_single : whether the only base grid of an area gets the number 0.
    kinds : numbers by kind of grid. A micro-grid's code is that of the grid that holds it, a marker and a number.
    """

    name: str
    title: Mapping[Lang, str]
    source: str
    prefix: str
    area: tuple[AreaField, ...]
    lead: str
    widen: bool
    zero_if_single: bool
    kinds: Mapping[GridKind, Numbers]

    def numbers(self, kind: GridKind) -> Numbers:
        """The numbers of `kind`."""
        if kind not in self.kinds:
            raise InvalidInput("scheme_kind_unknown", scheme=self.name, kind=kind)
        return self.kinds[kind]

    def area_fits(self, area: str) -> bool:
        """Whether `area` is a full area code of this scheme."""
        return not self.area or (self.fault_of_area(area) is None and len(area) == self.area_width)

    @property
    def area_width(self) -> int:
        """Places of the area code; 0 where any text may stand."""
        return sum(level.width for level in self.area)

    def fault_of_area(self, area: str) -> AreaField | None:
        """The first level whose digits are wrong, None if all are right."""
        at = 0
        for level in self.area:
            if not level.fits(area[at : at + level.width]):
                return level
            at += level.width
        return None

    def write(self, area: str, number: int, kind: GridKind = "base", *, width: int | None = None) -> str:
        """The code of grid `number` in `area` (for a micro-grid: in the grid with that code)."""
        numbers = self.numbers(kind)
        places = width or numbers.width
        return self._stem(area, kind) + _digits(number, places, self.lead)

    def number_of(self, code: str, area: str, kind: GridKind = "base") -> int | None:
        """The number in `code`, None if it is no code of that kind in that area."""
        numbers, stem = self.numbers(kind), self._stem(area, kind)
        rest = code[len(stem) :]
        if not code.startswith(stem) or len(rest) < numbers.width or (len(rest) > numbers.width and not self.widen):
            return None
        number = _value(rest, self.lead)
        if number is None:
            return None
        if number == 0 and self.zero_if_single and kind == "base":
            return 0
        return number if number in numbers else None

    def area_of(self, code: str, areas: Iterable[str], kind: GridKind = "base") -> str | None:
        """The one of `areas` that `code` belongs to, None if it belongs to none."""
        if kind != "micro" and self.area:
            stem = code[len(self.prefix) :][: self.area_width]
            return stem if stem in set(areas) and self.number_of(code, stem, kind) is not None else None
        # The longest that fits: of the areas "1" and "11", "11001" lies in "11". Names of any form may be carried on.
        fits = [a for a in areas if code.startswith(a) and (kind != "micro" or self.number_of(code, a, kind))]
        return max(fits, key=len, default=None)

    def _stem(self, area: str, kind: GridKind) -> str:
        return (area if kind == "micro" else self.prefix + area) + self.numbers(kind).marker


def scheme_names() -> tuple[str, ...]:
    """Names of the schemes that come with the program."""
    return tuple(sorted(_shipped()))


def find_scheme(name: str) -> CodeScheme:
    """A scheme by its name.

    Raises
    ------
    InvalidInput
        There is no such scheme; the message names those there are.
    """
    if name not in _shipped():
        raise InvalidInput("scheme_unknown", name=name, known=", ".join(scheme_names()))
    return _shipped()[name]


@cache
def _shipped() -> dict[str, CodeScheme]:
    found = {}
    for file in resources.files(__package__).iterdir():
        if file.name.endswith(".toml"):
            found[file.name.removesuffix(".toml")] = parse_scheme(file.read_text(encoding="utf-8"))
    return found


def parse_scheme(text: str) -> CodeScheme:
    """Read a scheme from TOML; the files that come with the program show all keys.

    Raises
    ------
    InvalidInput
        The text is no TOML, a key is missing, or a number range makes no sense; the message says which.
    """
    try:
        data = tomllib.loads(text)
        area = tuple(_area_field(level) for level in data.get("area", ()))
        sequence = data["sequence"]
        width, lead, widen = int(sequence["width"]), str(sequence.get("lead", "")), bool(sequence.get("widen", False))
        kinds = {kind: _numbers(data["kinds"][kind], width, lead, widen) for kind in _KINDS if kind in data["kinds"]}
        return CodeScheme(
            name=str(data["name"]),
            title={"zh": str(data["zh"]), "en": str(data["en"])},
            source=str(data.get("source", "")),
            prefix=str(data.get("prefix", "")),
            area=area,
            lead=lead,
            widen=widen,
            zero_if_single=bool(sequence.get("zero_if_single", False)),
            kinds=kinds,
        )
    except (KeyError, TypeError, AttributeError, ValueError, re.error) as fault:
        problem = f"{fault.args[0]!r} is missing" if isinstance(fault, KeyError) else str(fault)
        raise InvalidInput("scheme_bad", problem=problem) from None


def _area_field(level: Mapping[str, Any]) -> AreaField:
    width = int(level["width"])
    ranges = tuple(
        AreaRange(str(r["first"]), str(r["last"]), tuple(map(str, r.get("suffixes", ()))))
        for r in level.get("range", ())
    )
    for r in ranges:
        if not len(r.first) == len(r.last) == width or r.first > r.last:
            raise ValueError(f"range {r.first}-{r.last} of {level['name']} does not have {width} digits")
    re.compile(str(level.get("pattern", "")))
    return AreaField(str(level["name"]), width, str(level.get("pattern", "")), ranges)


def _numbers(data: Mapping[str, Any], width: int, lead: str, widen: bool) -> Numbers:
    width = int(data.get("width", width))
    most = 10**width + len(lead) * 10 ** (width - 1) - 1
    if widen:
        most = 10**9
    first, last = int(data["first"]), int(data.get("last", most))
    if not 0 < first <= last <= most:
        raise ValueError(f"numbers {first}-{last} do not fit into {width} places")
    skip = data.get("skip")
    return Numbers(str(data.get("marker", "")), width, first, last, None if skip is None else (skip[0], skip[1]))


def _digits(number: int, width: int, lead: str) -> str:
    """`number` in `width` places: digits, then a letter of `lead` and digits; longer where neither suffices."""
    if number < 10**width or not lead:
        return f"{number:0{width}d}"
    rest = number - 10**width
    return f"{lead[rest // 10 ** (width - 1)]}{rest % 10 ** (width - 1):0{width - 1}d}"


def _value(text: str, lead: str) -> int | None:
    if not text.isascii():
        return None
    if text.isdigit():
        return int(text)
    if text[:1] in lead and text[:1] and text[1:].isdigit():
        return int(10 ** len(text) + lead.index(text[0]) * 10 ** (len(text) - 1) + int(text[1:]))
    return None
