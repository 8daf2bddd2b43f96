"""The picture of a sheet: the PDF itself, painted, with the few colours that a map has."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image

# What a picture with a palette can hold, and how far apart its colours are. Pillow looks the nearest one up in steps of
# eight, so that of two nearer ones it might take the wrong one, and white would be grey.
_COLOURS: Final = 256
_STEP: Final = 8


def painted(pdf: bytes, dpi: int) -> bytes:
    """The first page of a PDF as a PNG. All that is filled keeps its colour; the edges of letters lose a little."""
    import pypdfium2
    from PIL import Image

    document = pypdfium2.PdfDocument(pdf)
    try:
        image = document[0].render(scale=dpi / 72).to_pil().convert("RGB")
    finally:
        document.close()
    palette = Image.new("P", (1, 1))
    palette.putpalette(_palette(image))
    out = io.BytesIO()
    image.quantize(palette=palette, dither=Image.Dither.NONE).save(out, "PNG", dpi=(dpi, dpi))
    return out.getvalue()


def _palette(image: Image) -> list[int]:
    """The commonest colours that differ: red, green and blue one after the other."""
    counted = image.getcolors(1 << 24) or []
    colours = np.array([colour for _, colour in sorted(counted, reverse=True)], dtype=np.int16)
    kept = colours[:1]
    for colour in colours[1:]:
        if np.abs(kept - colour).max(axis=1).min() >= _STEP:
            kept = np.vstack([kept, colour])
            if len(kept) == _COLOURS:
                break
    flat: list[int] = kept.ravel().tolist()
    return flat
