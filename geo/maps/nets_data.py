"""NetsView → what the page of many nets in one shows."""

from __future__ import annotations

from typing import Any, Final

from geo.maps.base_data import base_data, plain
from geo.messages import Lang, say
from geo.service.views import NetsView

# Numbers of disagreeing pairs at which the next shade begins.
_SHARES: Final = (0.15, 0.4)
_KNOWN: Final = {"households": "word_households", "residents": "word_residents"}


def nets_page(view: NetsView, lang: Lang) -> dict[str, Any]:
    """The data of the page."""
    data, encoder = base_data("nets", lang, view.backdrop, view.grids)
    data["measure"] = say(_KNOWN[view.weight_field], lang) if view.weight_field in _KNOWN else view.weight_field
    data["total"] = {
        "contested": view.contested[0],
        "contested_weight": plain(view.contested[1]),
        "incomplete": view.incomplete[0],
        "incomplete_weight": plain(view.incomplete[1]),
    }
    data["layers"] = [
        {
            "name": layer.name,
            "dissent": layer.dissent[0],
            "dissent_weight": plain(layer.dissent[1]),
            "gap": layer.gap[0],
            "gap_weight": plain(layer.gap[1]),
            "overlap": layer.overlap[0],
            "overlap_weight": plain(layer.overlap[1]),
            "agreement": layer.agreement,
        }
        for layer in view.layers
    ]
    data["rows"] = [{"area": area, "weight": plain(weight)} for area, weight in view.by_grid]
    data["breaks"] = shades(len(view.layers))
    data["conflicts"] = [
        {
            "grid": piece.grid,
            "pairs": piece.pairs,
            "area": piece.area_m2,
            "weight": plain(piece.weight),
            "codes": list(piece.codes),
            "overlaps": list(piece.overlaps),
            "rings": encoder.rings(piece.geometry),
        }
        for piece in view.conflicts
    ]
    return data


def shades(layers: int) -> list[int]:
    """Where the second and third shade begin among the numbers of pairs that `layers` nets can disagree in."""
    # n nets in two camps disagree in at most n²/4 pairs.
    most = layers * layers // 4
    limits = {max(2, round(share * most)) for share in _SHARES}
    return sorted(limit for limit in limits if limit <= most)
