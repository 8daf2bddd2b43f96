"""Personal data in free text: where it stands, and the text without it. Pure, and linear in the length of the text.

Found are phones (mobile, landline, 400 and 800, accounts of messengers), identity numbers, bank cards, other numbers of
eleven digits and more, e-mail addresses, number plates, names after a cue, and room numbers. Digits may be full-width,
Chinese, circled or apart from one another. Every repetition of every pattern is bounded, so none can run away.

Codes (of grids, of plans) are no free text: a grid's code has as many digits as an old identity number.
"""

from geo.masks.find import (
    Span,
    find_known,
    find_personal,
    is_card,
    is_identity,
    mask_code,
    mask_name,
    mask_phone,
    mask_text,
    mask_value,
)
from geo.masks.patterns import HIDDEN, KINDS, PERSON, Kind

__all__ = [
    "HIDDEN",
    "KINDS",
    "PERSON",
    "Kind",
    "Span",
    "find_known",
    "find_personal",
    "is_card",
    "is_identity",
    "mask_code",
    "mask_name",
    "mask_phone",
    "mask_text",
    "mask_value",
]
