"""Which font sheets are written in: the one that a setting names, else the first usual Chinese one on this machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTFont, TTLibError

from geo.errors import InvalidInput, NotFound

# Regular and bold by file name, best first. A bold that is not there is drawn by thicker strokes.
_USUAL: Final = (
    ("NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc"),
    ("NotoSansCJKsc-Regular.otf", "NotoSansCJKsc-Bold.otf"),
    ("NotoSansSC-Regular.otf", "NotoSansSC-Bold.otf"),
    ("NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf"),
    ("SourceHanSansSC-Regular.otf", "SourceHanSansSC-Bold.otf"),
    ("SourceHanSansCN-Regular.otf", "SourceHanSansCN-Bold.otf"),
    ("SourceHanSans.ttc", "SourceHanSans.ttc"),
    ("msyh.ttc", "msyhbd.ttc"),
    ("msyh.ttf", "msyhbd.ttf"),
    ("PingFang.ttc", "PingFang.ttc"),
    ("Hiragino Sans GB.ttc", "Hiragino Sans GB.ttc"),
    ("STHeiti Medium.ttc", ""),
    ("wqy-microhei.ttc", ""),
    ("wqy-zenhei.ttc", ""),
    ("uming.ttc", ""),
    ("DroidSansFallbackFull.ttf", ""),
    ("simhei.ttf", ""),
    ("simsun.ttc", ""),
)
# A font with these can write sheets: the common characters of names, and whatever marks those that it lacks.
_NEEDED: Final = "网格社区街道办" + "".join(map(chr, range(0x20, 0x7F)))
# The face of a collection that is for simplified Chinese, by the end of its name; the others draw some parts otherwise.
_MAINLAND: Final = ("SC", "CN", "GB")
# OS/2 fsType: the maker forbids embedding, or embedding of a part.
_FORBIDS: Final = 0x0002 | 0x0100
_FACES_MAX: Final = 64


@dataclass(frozen=True)
class FontFile:
    """A face of a font file: `face` is its number in a collection. `bold` asks for thicker strokes."""

    path: Path
    face: int = 0
    bold: bool = False


def find_fonts(named: Path | None = None) -> tuple[FontFile, FontFile]:
    """The regular and the bold face to write with.

    Raises
    ------
    InvalidInput
        The font that the setting names cannot be read, embedded, or has no Chinese characters.
    NotFound
        No Chinese font is installed; the message says what to install.
    """
    if named is not None:
        return _named_fonts(named)
    there = _fonts_here()
    for regular, bold in _USUAL:
        for path in there.get(regular.lower(), ()):
            face = usable_face(path)
            if face is not None:
                second = next((p for p in there.get(bold.lower(), ()) if p.parent == path.parent), None)
                return FontFile(path, face), _bold_of(path, face, second)
    raise NotFound("sheet_font_missing", looked="、".join(str(folder) for folder in font_folders()))


def _named_fonts(path: Path) -> tuple[FontFile, FontFile]:
    if not path.is_file():
        raise InvalidInput("sheet_font_no_file", path=path)
    try:
        face = usable_face(path)
    except (OSError, TTLibError) as error:
        raise InvalidInput("sheet_font_unreadable", path=path, detail=str(error)) from None
    if face is None:
        raise InvalidInput("sheet_font_unfit", path=path)
    name = path.name.replace("Regular", "Bold")
    second = path.with_name(name) if name != path.name else None
    return FontFile(path, face), _bold_of(path, face, second)


def _bold_of(path: Path, face: int, second: Path | None) -> FontFile:
    if second is not None and second != path and second.is_file():
        own = usable_face(second)
        if own is not None:
            return FontFile(second, own)
    return FontFile(path, face, bold=True)


def usable_face(path: Path) -> int | None:
    """The number of the face that sheets can be written in, that of simplified Chinese first; None if there is none.

    Outlines that vary (`CFF2`) cannot stand in a PDF.
    """
    # The file is opened here, since a font that cannot be read would leave it open.
    with path.open("rb") as file:
        head = file.read(12)
        count = int.from_bytes(head[8:12], "big") if head[:4] == b"ttcf" else 1
        found = None
        for number in range(min(count, _FACES_MAX)):
            file.seek(0)
            font = TTFont(file, fontNumber=number, lazy=True)
            if _fits(font):
                if (font["name"].getDebugName(1) or "").endswith(_MAINLAND):
                    return number
                found = number if found is None else found
    return found


def _fits(font: TTFont) -> bool:
    outlines = "glyf" in font or "CFF " in font
    if not outlines or font["OS/2"].fsType & _FORBIDS:
        return False
    known = font.getBestCmap() or {}
    return all(ord(char) in known for char in _NEEDED)


def _fonts_here() -> dict[str, list[Path]]:
    """Font files by their name in small letters."""
    wanted = {name.lower() for pair in _USUAL for name in pair if name}
    found: dict[str, list[Path]] = {}
    for folder in font_folders():
        for path in _files_in(folder):
            if path.name.lower() in wanted:
                found.setdefault(path.name.lower(), []).append(path)
    return found


def _files_in(folder: Path) -> Iterator[Path]:
    for where, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            yield Path(where, name)


def font_folders() -> tuple[Path, ...]:
    """Where fonts lie on this kind of machine."""
    home = _home()
    own = () if home is None else (home,)
    if sys.platform == "win32":
        folders = [Path(os.environ.get("WINDIR", r"C:\Windows"), "Fonts")]
        local = os.environ.get("LOCALAPPDATA")
        return (*folders, *([Path(local, "Microsoft", "Windows", "Fonts")] if local else []))
    if sys.platform == "darwin":
        return (Path("/System/Library/Fonts"), Path("/Library/Fonts"), *(h / "Library" / "Fonts" for h in own))
    data = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    shared = [Path(part, "fonts") for part in data.split(":") if part]
    return (*shared, *(h / ".local" / "share" / "fonts" for h in own), *(h / ".fonts" for h in own))


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:
        return None
