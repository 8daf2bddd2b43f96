"""Themes as the public sees them."""

from __future__ import annotations

from dataclasses import replace

from geo.model.themes import Theme, ThemeRank, ThemeRanking, ThemeReport
from geo.service.hotspot_counts import LEAST_SHOWN


def public_ranking(ranking: ThemeRanking) -> ThemeRanking:
    """Ranks as the public sees them: rows of few incidents are left out, and small figures in the others are −1."""
    rows = [_public_rank(row) for row in ranking.rows if row.incidents >= LEAST_SHOWN]
    return replace(ranking, rows=tuple(rows))


def _public_rank(row: ThemeRank) -> ThemeRank:
    before = _few(row.before)
    # A trend is reckoned from both figures.
    trend = -1.0 if before < 0 else row.trend
    return replace(row, before=before, trend=trend, repeats=_few(row.repeats), handovers=_few(row.handovers))


def public_theme(theme: Theme) -> Theme:
    """A theme as the public sees it: without the numbers of its issues and without small figures."""
    counted = {key: _few(number) for key, number in theme.counted.items()}
    return replace(theme, issues=(), note="", created_by="", by_grid={}, counted=counted)


def _few(number: int) -> int:
    return -1 if 0 < number < LEAST_SHOWN else number


def shown(report: ThemeReport) -> ThemeReport:
    """A report as the public sees it: figures from 1 to 4, and what they would be reckoned back from, are −1."""
    theme = report.theme
    total, by_grid = _few(theme.counted["incidents"]), {}
    for code, (before, after) in report.by_grid.items():
        by_grid[code] = (_few(before), _few(after))
    for side in (0, 1):
        _hide_second(by_grid, side)
    after = _few(report.after)
    hidden = total < 0 or after < 0
    elsewhere = hidden or _few(report.others_after) < 0 or _few(theme.counted["others"]) < 0
    return replace(
        report,
        theme=replace(
            theme, issues=(), note="", created_by="", by_grid={code: pair[0] for code, pair in by_grid.items()},
            counted={key: _few(number) for key, number in theme.counted.items()},
        ),
        after=after,
        others_after=_few(report.others_after),
        ratio=None if hidden else report.ratio,
        against=None if elsewhere else report.against,
        by_grid=by_grid,
        # A week left out alone would be the rest of a sum.
        weeks=() if any(_few(n) < 0 for _, *counts in report.weeks for n in counts) else report.weeks,
    )  # fmt: skip


def _hide_second(by_grid: dict[str, tuple[int, int]], side: int) -> None:
    """Where one figure alone is hidden, the sum would give it away: the smallest of the others is hidden too."""
    if sum(1 for pair in by_grid.values() if pair[side] < 0) != 1:
        return
    shown = [code for code, pair in by_grid.items() if pair[side] >= 0]
    if shown:
        code = min(shown, key=lambda c: (by_grid[c][side], c))
        pair = list(by_grid[code])
        pair[side] = -1
        by_grid[code] = (pair[0], pair[1])
