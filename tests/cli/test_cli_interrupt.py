"""Ctrl-C outside the search: a sentence and the exit code that shells expect, no traceback, no silence."""

from __future__ import annotations

import pytest
import typer

from tests.cli.small_files import Run


def _stopped(*_arguments: object, **_named: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("place", ["geo.service.partition.partition_file", "geo.cli.app._commands"])
def test_says_that_it_was_stopped(run: Run, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setattr(place, _stopped)
    ran = run("partition", __file__, "--weight", "people", "--grids", "2", "--out", "plan.gpkg")
    assert (ran.code, ran.out, ran.err) == (130, "", "Stopped by Ctrl-C.\n")


def test_a_command_that_told_its_own_sentence_is_not_doubled(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(*_arguments: object, **_named: object) -> None:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            raise typer.Exit(130) from None

    monkeypatch.setattr("geo.service.partition.partition_file", told)
    ran = run("partition", __file__, "--weight", "people", "--grids", "2", "--out", "plan.gpkg")
    assert (ran.code, ran.err) == (130, "")
