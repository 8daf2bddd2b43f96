"""Codes of categories, parts and matters, by the shape of their scheme; the next code of a local extension."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final

from geo.errors import InvalidInput, NotFound
from geo.model.catalogues import CodeShape, read_shapes

_DIGITS: Final = frozenset("0123456789")


@dataclass(frozen=True)
class CategoryCode:
    """A category's code cut up; `minor` "" for a major class."""

    scheme: str
    kind: str
    major: str
    minor: str

    @property
    def code(self) -> str:
        """Major and minor together."""
        return self.major + self.minor


@dataclass(frozen=True)
class ObjectCode:
    """An identifier cut up: the code of the county, the category and, of a part, its sequence number ("" of a matter).

    A matter's identifier names its class in a county, not a single case.
    """

    admin: str
    category: CategoryCode
    sequence: str


def shape_of(scheme: str) -> CodeShape:
    """The shape of a scheme's codes.

    Raises
    ------
    NotFound
        The scheme is none of those that come with the program.
    """
    shapes = read_shapes()
    if scheme not in shapes:
        raise NotFound("category_scheme_unknown", scheme=scheme[:64], known=", ".join(shapes))
    return shapes[scheme]


def parse_code(scheme: str, kind: str, code: str) -> CategoryCode:
    """Cut the code of a category.

    Raises
    ------
    NotFound
        The scheme is not known.
    InvalidInput
        The scheme has no such kind, or the code has not as many digits as a major class or a minor one has.
    """
    shape = shape_of(scheme)
    if kind not in shape.kinds:
        raise InvalidInput(
            "category_kind_of_scheme", scheme=scheme, field="kind", value=kind[:32], known=", ".join(shape.kinds)
        )
    major, whole = shape.digits[0], sum(shape.digits)
    if not _DIGITS.issuperset(code) or len(code) not in {major, whole}:
        wanted = " / ".join(str(n) for n in sorted({major, whole}))
        raise InvalidInput("category_code_shape", scheme=scheme, field="code", value=code[:64], digits=wanted)
    return CategoryCode(scheme, kind, code[:major], code[major:])


def parse_object(scheme: str, kind: str, text: str) -> ObjectCode:
    """Cut a part's identifier (17 digits in the directory of 2026: 6+2+3+6, 16 in that of 2013: 6+2+2+6) or a matter's.

    A matter's of 2026 has 11: 6+2+3. Only the shape is judged: whether the category exists is the directory's to say.

    Raises
    ------
    NotFound
        The scheme is not known.
    InvalidInput
        The scheme has no identifiers of this kind, or there are not as many digits as it wants.
    """
    shape = shape_of(scheme)
    lengths = shape.ids.get(kind)
    if lengths is None:
        raise InvalidInput("category_no_object_code", scheme=scheme, field="kind", value=kind[:32])
    if not text or not _DIGITS.issuperset(text) or len(text) != sum(lengths):
        raise InvalidInput(
            "category_object_shape", scheme=scheme, field="code", value=text[:64], digits=sum(lengths),
            parts="+".join(map(str, lengths)),
        )  # fmt: skip
    cuts = accumulate(lengths, initial=0)
    parts = [text[a:b] for a, b in pairwise(cuts)]
    return ObjectCode(parts[0], CategoryCode(scheme, kind, parts[1], parts[2]), parts[3] if len(parts) > 3 else "")


def is_extension(code: CategoryCode) -> bool:
    """Whether a place gave this number out itself."""
    extension = shape_of(code.scheme).extension
    return bool(code.minor) and extension is not None and extension[0] <= int(code.minor) <= extension[1]


def next_extension(scheme: str, kind: str, major: str, taken: Iterable[str]) -> str:
    """The code that the next local category under `major` gets.

    Parameters
    ----------
    taken : codes of this scheme and kind that are in use or ever were: none is given twice, so of numbers that count
        down the next is one below the lowest, even where a higher one is free again.

    Raises
    ------
    InvalidInput
        `major` is no major class, the scheme has no numbers for extensions, or all are given out.
    """
    shape = shape_of(scheme)
    if parse_code(scheme, kind, major).minor:
        raise InvalidInput("category_under_minor", scheme=scheme, field="parent", value=major, digits=shape.digits[0])
    if len(shape.digits) < 2:
        raise InvalidInput("category_no_extensions", scheme=scheme, field="scheme", value=scheme)
    width = shape.digits[1]
    under = [
        int(code[len(major) :])
        for code in taken
        if len(code) == len(major) + width and code.startswith(major) and _DIGITS.issuperset(code)
    ]
    if shape.extension is None:  # a directory of the place's own simply goes on
        first, last = 1, 10**width - 1
        number = max(under, default=0) + 1
    else:
        first, last = shape.extension
        number = min((n for n in under if first <= n <= last), default=last + 1) - 1
    if not first <= number <= last:
        raise InvalidInput(
            "category_extensions_full", scheme=scheme, field="parent", value=major, first=first, last=last
        )
    return f"{major}{number:0{width}d}"
