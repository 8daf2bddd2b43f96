"""Personal data is found and masked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from geo.masks import patterns as p

# Of a street, a community or a grid.
_AREA_CODE: Final = re.compile(r"[0-9]{9,20}")
# As messages list them: alone or behind the row, and how many more there are.
_LISTED: Final = re.compile(r"(?P<before>(?:[0-9]{1,9} \()?)(?P<code>[0-9A-Za-z_.:/\-]{1,128})(?P<after>\)?)")
_MORE: Final = re.compile(r" …(?: \(\+[0-9]{1,9}\))?$")
# Two coordinates, of which the mask of long numbers would make one.
_PLACE: Final = re.compile(r"-?[0-9]{1,9}\.[0-9]{1,12},? -?[0-9]{1,9}\.[0-9]{1,12}")


@dataclass(frozen=True, order=True)
class Span:
    """Where personal data stands: characters `start` to `end` (exclusive)."""

    start: int
    end: int
    kind: p.Kind


def find_personal(text: str, kinds: Iterable[p.Kind] = p.KINDS) -> tuple[Span, ...]:
    """Personal data in `text`, from left to right; spans do not overlap, the earlier and then the longer one stays.

    Parameters
    ----------
    text : of any length; time grows with it and with nothing else.
    kinds : what to look for.
    """
    wanted = frozenset(kinds)
    folded = text.translate(p.plain_forms())
    digits = folded.translate(p.chinese_digits())
    found = [*_numbers(folded, digits), *_names(folded)]
    found += [Span(*_group(match), "room") for match in p.ROOM.finditer(folded)]
    for match in p.EMAIL.finditer(folded):
        found.append(Span(*match.span(), "email"))
    found += [Span(*match.span(), "plate") for match in p.PLATE.finditer(folded)]
    found += [Span(*match.span(1), "account") for match in p.ACCOUNT.finditer(folded)]
    kept: list[Span] = []
    for span in sorted((s for s in found if s.kind in wanted), key=lambda s: (s.start, -s.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
        elif span.end > kept[-1].end:  # what hangs over the end is personal too
            kept[-1] = Span(kept[-1].start, span.end, kept[-1].kind)
    return tuple(kept)


def mask_text(
    text: str, *, kinds: Iterable[p.Kind] = p.KINDS, partial: bool = False, also: Iterable[tuple[int, int]] = ()
) -> str:
    """`text` without personal data; masking it again changes nothing.

    Parameters
    ----------
    text : free text.
    kinds : what to hide.
    partial : keep what tells one number from another to somebody who knows it (138****5678, 张**); else all is hidden.
    also : more (start, end) to hide: where a name stands that is known from elsewhere.
    """
    if not text:
        return text
    spans = [*find_personal(text, kinds), *(Span(start, end, "name") for start, end in also)]
    if not spans:
        return text
    pieces: list[str] = []
    at = 0
    for span in sorted(spans):
        if span.end <= at:
            continue
        start = max(span.start, at)
        pieces += (text[at:start], _shown(text[start : span.end], span.kind) if partial else p.HIDDEN)
        at = span.end
    return "".join((*pieces, text[at:]))


def find_known(text: str, names: Iterable[str | None]) -> tuple[tuple[int, int], ...]:
    """Where any of `names` (a reporter's name, a phone) stands in `text` as written, as (start, end)."""
    found: list[tuple[int, int]] = []
    for name in {name.strip() for name in names if name}:
        if len(name) < 2:
            continue
        start = text.find(name)
        while start >= 0:
            found.append((start, start + len(name)))
            start = text.find(name, start + len(name))
    return tuple(sorted(found))


def mask_phone(phone: str) -> str:
    """A phone that can be told from another and cannot be called: 138****5678."""
    return _shown(phone, "phone")


def mask_name(name: str) -> str:
    """A name without the given name: 张**."""
    return _shown(name, "name")


def mask_value(value: Any, *, keep: frozenset[str] = frozenset()) -> Any:
    """`value` with every text in it masked, through lists and mappings; values of keys in `keep` stay as they are."""
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, Mapping):
        return {key: item if key in keep else mask_value(item, keep=keep) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [mask_value(item, keep=keep) for item in value]
    return value


def mask_code(value: str) -> str:
    """A code without what plainly is a phone, an identity, an address of a person; other text is masked as text.

    A code of digits may look like an old identity number or a card: those are told from it by nothing.
    """
    if _PLACE.fullmatch(value):
        return value
    more = _MORE.search(value)
    parts = [_LISTED.fullmatch(part) for part in _MORE.sub("", value).split(", ")]
    # A list of codes is not one long number; pieces of fewer digits than a street's may be.
    listed = [part for part in parts if part and (part["before"] or _AREA_CODE.fullmatch(part["code"]))]
    if len(listed) == len(parts) and (len(parts) > 1 or more or listed[0]["before"]):
        codes = (part["before"] + mask_code(part["code"]) + part["after"] for part in listed)
        return ", ".join(codes) + (more[0] if more else "")
    if not p.CODE.fullmatch(value):
        return mask_text(value)
    return p.HIDDEN if is_identity(value) else mask_text(value, kinds=("phone", "email", "plate"))


def is_identity(number: str) -> bool:
    """Whether eighteen characters are an identity number by their check digit (GB 11643: ISO 7064, MOD 11-2)."""
    if len(number) != 18 or not number[:17].isascii() or not number[:17].isdigit():
        return False
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(number[:17]))
    return number[17].upper() == "10X98765432"[total % 11]


def is_card(number: str) -> bool:
    """Whether digits are a card's number by their check digit (ISO/IEC 7812: Luhn)."""
    if not 13 <= len(number) <= 19 or not number.isascii() or not number.isdigit():
        return False
    doubled = [int(d) * (2 if place % 2 else 1) for place, d in enumerate(reversed(number))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


# Private functions


def _numbers(folded: str, digits: str) -> list[Span]:
    """Phones, identities, cards and other long numbers, also where some digits are Chinese or letters."""
    found: list[Span] = []
    for view in {folded, digits, _lettered(digits)}:
        found += [Span(*match.span(), "phone") for match in p.PHONE.finditer(view)]
        found += [Span(*match.span(1), "phone") for match in p.LOCAL.finditer(view)]
        for pattern in (p.IDENTITY, p.CARD, p.LONG):
            for match in pattern.finditer(view):
                found.append(Span(*match.span(), _number_kind(re.sub(r"[^0-9Xx]", "", match[0]))))
    return found


def _number_kind(number: str) -> p.Kind:
    if is_identity(number) or len(number) == 15:
        return "identity"
    return "card" if is_card(number) else "number"


def _names(folded: str) -> list[Span]:
    found = [Span(*_group(match), "name") for match in (*p.CUED.finditer(folded), *p.TITLED.finditer(folded))]
    for phone in p.PHONE.finditer(folded.translate(p.chinese_digits())):
        after = p.AFTER_PHONE.match(folded, phone.end())
        if after:
            found.append(Span(*after.span("name"), "name"))
        start = max(0, phone.start() - 20)
        match = p.BEFORE_PHONE.search(folded[start : phone.start()])
        if match:
            found.append(Span(start + match.start("name"), start + match.end("name"), "name"))
    return found


def _group(match: re.Match[str]) -> tuple[int, int]:
    """The one group that took part."""
    return match.span(match.lastgroup or 0)


def _shown(text: str, kind: p.Kind) -> str:
    if kind == "name":
        return text[:1] + "*" * max(1, len(text) - 1)
    if kind in ("phone", "identity", "card", "number") and len(text) >= 9:
        return text[:3] + "*" * (len(text) - 7) + text[-4:]
    return p.HIDDEN


_LOOKS_LIKE: Final = re.compile(r"[0-9OoIlQ|]{8,}")


def _lettered(digits: str) -> str:
    """`digits` where letters that look like digits are such, inside runs that mostly are digits."""

    def read(match: re.Match[str]) -> str:
        run = match[0]
        return run.translate(_LETTERS) if sum(c.isdigit() for c in run) * 5 >= 2 * len(run) else run

    return _LOOKS_LIKE.sub(read, digits)


_LETTERS: Final = str.maketrans("OoQIl|", "000111")
