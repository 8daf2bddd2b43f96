"""Pages as a PDF file: the same pages give the same bytes, on any day."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pikepdf
from numpy.typing import NDArray
from pikepdf import Array, Dictionary, Name, OutlineItem, Pdf, Stream

from geo.maps.sheets.font import Face
from geo.maps.sheets.ink import PT_MM, Ink

WIDTH_MM, HEIGHT_MM = 420.0, 297.0


@dataclass(frozen=True)
class Page:
    """A finished page: its operators (deflated), the codes it writes, its title, and the chapter it belongs to."""

    content: bytes
    used: dict[str, NDArray[np.uint16]]
    title: str
    chapter: str = ""


def finish(ink: Ink, title: str, chapter: str = "") -> Page:
    """A page from what was drawn."""
    used = {key: np.array(sorted(codes), dtype=np.uint16) for key, codes in ink.used.items()}
    return Page(zlib.compress(ink.content(), 9), used, title, chapter)


def bind(pages: Sequence[Page], faces: dict[str, Face], *, title: str, lang: str) -> bytes:
    """One PDF of `pages`; with more than one it has bookmarks by chapter."""
    with Pdf.new() as pdf:
        fonts = Dictionary()
        for key, face in faces.items():
            used = np.unique(np.concatenate([page.used[key] for page in pages])).tolist()
            if used:
                fonts[f"/{key}"] = _font(pdf, face, used, key)
        shared = pdf.make_indirect(Dictionary(Font=fonts))
        for page in pages:
            content = Stream(pdf, page.content)
            content[Name.Filter] = Name.FlateDecode
            pdf.pages.append(
                pikepdf.Page(
                    pdf.make_indirect(
                        Dictionary(
                            Type=Name.Page,
                            MediaBox=Array([0, 0, round(WIDTH_MM * PT_MM, 2), round(HEIGHT_MM * PT_MM, 2)]),
                            Resources=shared,
                            Contents=pdf.make_indirect(content),
                        )
                    )
                )
            )
        pdf.Root.Lang = pikepdf.String(lang)
        # A scale is true only where the printer does not fit the sheet to its page.
        pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True, PrintScaling=Name("/None"))
        pdf.docinfo["/Title"] = pikepdf.String(title)
        if len(pages) > 1:
            _bookmarks(pdf, pages)
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        return out.getvalue()


def _bookmarks(pdf: Pdf, pages: Sequence[Page]) -> None:
    with pdf.open_outline() as outline:
        chapter: OutlineItem | None = None
        for number, page in enumerate(pages):
            if chapter is None or chapter.title != page.chapter:
                chapter = OutlineItem(page.chapter, number)
                outline.root.append(chapter)
            chapter.children.append(OutlineItem(page.title, number))


def _font(pdf: Pdf, face: Face, used: Sequence[int], key: str) -> pikepdf.Object:
    """A composite font whose codes are those of `face` (PDF 32000-1, 9.7)."""
    # The file and what is told of it bear the mark of a part, one that differs from part to part.
    mark = "".join(chr(65 + digit % 26) for digit in _digits(zlib.crc32(bytes(str(used), "ascii"))))
    name = Name(f"/{mark}+{face.name}-{key}")
    program = face.program(used)
    file = Stream(pdf, zlib.compress(program.data, 9))
    file[Name.Filter] = Name.FlateDecode
    descriptor = Dictionary(
        Type=Name.FontDescriptor, FontName=name, Flags=4, FontBBox=Array(list(face.box)), ItalicAngle=0,
        Ascent=face.ascent, Descent=face.descent, CapHeight=face.cap, StemV=80,
    )  # fmt: skip
    if program.cff:
        file[Name.Subtype] = Name.CIDFontType0C
        descriptor[Name.FontFile3] = pdf.make_indirect(file)
    else:
        file[Name.Length1] = len(program.data)
        descriptor[Name.FontFile2] = pdf.make_indirect(file)
    widths = Array()
    for code in used:
        widths.append(code)
        widths.append(Array([face.width_of[code]]))
    inner = Dictionary(
        Type=Name.Font, Subtype=Name.CIDFontType0 if program.cff else Name.CIDFontType2, BaseFont=name,
        CIDSystemInfo=Dictionary(Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor), DW=1000, W=widths,
    )  # fmt: skip
    if not program.cff:
        inner[Name.CIDToGIDMap] = Name.Identity
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font, Subtype=Name.Type0, BaseFont=name, Encoding=Name("/Identity-H"),
            DescendantFonts=Array([pdf.make_indirect(inner)]),
            ToUnicode=pdf.make_indirect(Stream(pdf, _to_unicode(face, used))),
        )
    )  # fmt: skip


def _digits(value: int) -> list[int]:
    return [value // 26**k % 26 for k in range(6)]


def _to_unicode(face: Face, used: Sequence[int]) -> bytes:
    rows = [f"<{code:04X}> <{chr(face.char(code)).encode('utf-16-be').hex().upper()}>" for code in used]
    blocks = [rows[k : k + 100] for k in range(0, len(rows), 100)]
    body = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n{body}\n"
        "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    ).encode("ascii")
