"""A font as a sheet uses it: which code writes a character, how wide it is, and the part of it that a PDF carries."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from fontTools import subset
from fontTools.ttLib import TTFont

from geo.maps.escape import visible
from geo.maps.sheets.find_font import FontFile

# Always there: every sheet's own figures, and the marks of what cannot be written.
_ALWAYS: Final = frozenset(map(chr, range(0x20, 0x7F))) | frozenset("〔〕·—…、。，：；（）《》−×")
_CID_NAME: Final = re.compile(r"cid(\d+)")
# What lays text out, hints, colours and names: a PDF asks for none of it.
_DROPPED: Final = [
    "GSUB", "GPOS", "GDEF", "BASE", "JSTF", "VORG", "vhea", "vmtx", "DSIG", "morx", "mort", "feat", "kern", "hdmx",
    "VDMX", "LTSH", "gasp", "cvt ", "fpgm", "prep", "EBDT", "EBLC", "MATH", "STAT", "meta", "COLR", "CPAL", "SVG ",
]  # fmt: skip


@dataclass(frozen=True)
class Program:
    """The part of a font that goes into a PDF; `cff` tells a bare CFF program from a TrueType file."""

    data: bytes
    cff: bool


class Face:
    """One face, cut to the characters of a plan. Codes stay the same however few of them a sheet carries.

    Parameters
    ----------
    file : the face.
    texts : everything that may be written; what the font cannot write is in `missing`, and is written as its number.
    """

    def __init__(self, file: FontFile, texts: Iterable[str]) -> None:
        self.bold = file.bold
        wanted = set(_ALWAYS)
        for text in texts:
            wanted.update(_clean(text))
        with TTFont(file.path, fontNumber=file.face, lazy=True, recalcTimestamp=False) as font:
            known = font.getBestCmap() or {}
            self.missing = tuple(sorted(char for char in wanted - _ALWAYS if ord(char) not in known))
            self.name = _plain_name(font)
            _cut(font, (ord(char) for char in wanted))
            held = io.BytesIO()
            font.save(held)
        self._master = held.getvalue()
        self.cff = False
        self._read()

    def _read(self) -> None:
        with TTFont(io.BytesIO(self._master)) as font:
            self.cff = "CFF " in font
            scale = 1000 / font["head"].unitsPerEm
            # A character-keyed CFF font is addressed by its own numbers, all others by the order of the glyphs.
            keyed = self.cff and hasattr(font["CFF "].cff.topDictIndex[0], "ROS")
            advance = {name: round(width * scale) for name, (width, _) in font["hmtx"].metrics.items()}
            code = {name: _code(name, k, keyed) for k, name in enumerate(font.getGlyphOrder())}
            self._code = {char: code[name] for char, name in (font.getBestCmap() or {}).items()}
            self._char: dict[int, int] = {}
            for char, number in sorted(self._code.items(), reverse=True):
                self._char[number] = char
            self.width_of = {code[name]: advance[name] for name in code}
            self.box = tuple(round(v * scale) for v in (font["head"].xMin, font["head"].yMin))
            self.box += tuple(round(v * scale) for v in (font["head"].xMax, font["head"].yMax))
            self.ascent = round(font["hhea"].ascent * scale)
            self.descent = round(font["hhea"].descent * scale)
            self.cap = round((getattr(font["OS/2"], "sCapHeight", 0) or 0) * scale) or 720

    def text(self, text: str) -> str:
        """`text` as it will stand on paper: on one line, with marks for controls and for what the font lacks."""
        return "".join(char if ord(char) in self._code else self._stand_in(char) for char in _clean(text))

    def _stand_in(self, char: str) -> str:
        if unicodedata.category(char) in ("Zs", "Zl", "Zp"):
            return " "
        left, right = "〔〕" if {0x3014, 0x3015} <= self._code.keys() else "[]"
        if char in "⟦⟧":
            return left if char == "⟦" else right
        return f"{left}U+{ord(char):04X}{right}"

    def codes(self, text: str) -> list[int]:
        """The code of each character of what `text` returned."""
        return [self._code[ord(char)] for char in text]

    def width(self, text: str, size: float) -> float:
        """How wide `text` runs at `size`, in the same unit."""
        total = sum(self.width_of[code] for code in self.codes(text))
        return float(total * size / 1000)

    def char(self, code: int) -> int:
        """The character of a code, for those who search or copy."""
        return self._char[code]

    def program(self, codes: Iterable[int]) -> Program:
        """The font with these codes alone."""
        wanted = sorted(self._char[code] for code in set(codes))
        with TTFont(io.BytesIO(self._master), lazy=True, recalcTimestamp=False, recalcBBoxes=False) as font:
            _cut(font, wanted, again=True)
            if self.cff:
                return Program(font["CFF "].compile(font), cff=True)
            held = io.BytesIO()
            font.save(held)
            return Program(held.getvalue(), cff=False)


def _clean(text: str) -> str:
    return re.sub(r"\s+", " ", visible(text)).strip()


def _code(name: str, k: int, keyed: bool) -> int:
    found = _CID_NAME.fullmatch(name)
    return int(found[1]) if keyed and found else k


def _cut(font: TTFont, characters: Iterable[int], *, again: bool = False) -> None:
    options = subset.Options()
    # What was cut before has no hints and no subroutines left to look for.
    options.set(
        layout_features=[], hinting=again, desubroutinize=not again, notdef_outline=True, glyph_names=False,
        recalc_bounds=False, ignore_missing_unicodes=True, name_IDs=[], drop_tables=_DROPPED,
    )  # fmt: skip
    # The order of glyphs is the code of all fonts but character-keyed ones: it must not change from cut to cut.
    options.retain_gids = "glyf" in font or not hasattr(font["CFF "].cff.topDictIndex[0], "ROS")
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=sorted(set(characters)))
    cutter.subset(font)


def _plain_name(font: TTFont) -> str:
    name = font["name"].getDebugName(6) or font["name"].getDebugName(4) or "Sheet"
    return re.sub(r"[^A-Za-z0-9-]", "", name) or "Sheet"
