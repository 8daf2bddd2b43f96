"""What changed with a theme, in plain words."""

from __future__ import annotations

import math

from geo.messages import Lang, say
from geo.model.themes import ThemeReport


def told_theme(report: ThemeReport, lang: Lang) -> list[str]:
    """What changed in its grids, and the comparison with all others in the same days."""
    return [_change_of(report, lang), *_others(report, lang)]


def _change_of(report: ThemeReport, lang: Lang) -> str:
    """What changed, in one sentence."""
    theme = report.theme
    if report.since is None or report.until is None:
        return say("theme_not_yet", lang, before=number_in_words(theme.counted["incidents"], lang))
    days = ((theme.last - theme.first).days + 1, (report.until - report.since).days + 1)
    values = {
        "before": number_in_words(theme.counted["incidents"], lang), "days_before": days[0],
        "after": number_in_words(report.after, lang), "days": days[1], "since": report.since, "until": report.until,
    }  # fmt: skip
    if report.ratio is None:
        return say("theme_change_bare", lang, **values)
    return say("theme_change", lang, **values, change=_change(report.ratio), sure=say(_sure(report.ratio), lang))


def _others(report: ThemeReport, lang: Lang) -> list[str]:
    """The comparison with all other grids in the same days."""
    if report.since is None:
        return []
    values = {
        "before": number_in_words(report.theme.counted["others"], lang),
        "after": number_in_words(report.others_after, lang),
    }
    if report.against is None:
        return [say("theme_others_bare", lang, **values)]
    return [say("theme_others", lang, **values, change=_change(report.against), sure=say(_sure(report.against), lang))]


def _change(ratio: tuple[float, float, float]) -> str:
    """Such as "×0.62 [0.40, 0.95]"."""
    value, low, high = ("∞" if math.isinf(x) else f"{x:.2f}" for x in ratio)
    return f"×{value} [{low}, {high}]"


def _sure(ratio: tuple[float, float, float]) -> str:
    if ratio[2] < 1.0:
        return "theme_fell"
    return "theme_rose" if ratio[1] > 1.0 else "theme_unsure"


def number_in_words(value: int, lang: Lang) -> str:
    """A count, or that it is not shown."""
    return say("theme_few", lang) if value < 0 else f"{value:,}"
