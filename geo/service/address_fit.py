"""Fit the weights of the address matcher to texts whose meaning is known, and measure what any weights are worth."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from geo.errors import Conflict, InvalidInput, NotFound
from geo.service.address_cases import AddressCase
from geo.service.address_figures import AddressFigures, Answer, measure
from geo.service.ports import Files

if TYPE_CHECKING:
    from geo.locate import Gazetteer, Outcome
    from geo.locate.address.weights import Weights

Entries = Sequence[Mapping[str, Any]]
Progress = Callable[[float, str], None]

_HELD_OUT: Final = 5
_FEWEST: Final = 20
# A case sent to the wrong place costs so many that a person has to read.
_WRONG: Final = 10.0
# What the held-out cases cannot tell apart from chance is no loss.
_SLACK: Final = 0.002


@dataclass(frozen=True)
class Trial:
    """What a matcher makes of cases: the figures, texts per CPU second, and the answers in order of the cases."""

    figures: AddressFigures
    per_second: float
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Fitted:
    """New weights, the figures before and after on the cases that were held out, and how many cases were for what."""

    weights: Weights
    before: Trial
    after: Trial
    trained: int
    held_out: int

    @property
    def worse(self) -> bool:
        """Whether the new weights cost more than the old ones on the held-out cases."""
        return cost(self.after.figures) > cost(self.before.figures) + _SLACK


def weights_in_use(path: Path | None) -> Weights:
    """The weights of `path`, or those that the program ships with.

    Raises
    ------
    NotFound
        There is no such file.
    InvalidInput
        It holds no weights, or those of another version of the matcher.
    """
    from geo.locate.address.weights import Weights, shipped

    if path is None:
        return shipped()
    if not path.is_file():
        raise NotFound("weights_missing", path=str(path))
    return Weights.read(path)


def try_cases(
    gazetteer: Gazetteer,
    cases: Sequence[AddressCase],
    *,
    grid_of: Mapping[str, str | None] | None = None,
    progress: Progress | None = None,
) -> Trial:
    """Ask the matcher about every case and measure the answers; the clock is the CPU's of this process."""
    answers: list[Answer] = []
    began = time.process_time()
    for number, case in enumerate(cases, start=1):
        answers.append(answer_of(gazetteer.match(case.text)))
        if progress is not None and number % 200 == 0:
            progress(number / len(cases), "")
    seconds = max(time.process_time() - began, 1e-9)
    return Trial(measure(cases, answers, grid_of=grid_of), len(cases) / seconds, tuple(answers))


def answer_of(outcome: Outcome) -> Answer:
    """An outcome as it is measured."""
    return Answer(outcome.status, outcome.confidence, tuple(str(key) for key, _ in outcome.candidates))


def fit(entries: Entries, cases: Sequence[AddressCase], *, before: Weights, seed: int = 0, source: str = "") -> Fitted:
    """Weights fitted to four fifths of `cases`, measured beside `before` on the fifth; the same input, the same bytes.

    Cases with equal texts stay on one side, so nothing is measured that was learned by heart.

    Raises
    ------
    InvalidInput
        There are fewer than 20 cases.
    """
    from geo.locate import Gazetteer
    from geo.locate.address.fit import fit as fit_weights

    if len(cases) < _FEWEST:
        raise InvalidInput("fit_too_few_cases", count=len(cases), least=_FEWEST)
    train, held = split(cases, seed)
    ids = {str(entry["id"]): entry["id"] for entry in entries}
    pairs = [(case.text, ids[case.entries[0]] if case.status == "match" else None) for case in train]
    weights = fit_weights(entries, pairs, source=source, seed=seed)
    return Fitted(
        weights=weights,
        before=try_cases(Gazetteer.build(entries, weights=before), held),
        after=try_cases(Gazetteer.build(entries, weights=weights), held),
        trained=len(train),
        held_out=len(held),
    )


def write_weights(files: Files, fitted: Fitted, path: Path, *, force: bool = False) -> None:
    """Write the weights beside and rename.

    Raises
    ------
    Conflict
        They are worse than those in use, and `force` does not insist.
    """
    if fitted.worse and not force:
        raise Conflict(
            "fit_worse",
            before=round(cost(fitted.before.figures), 4),
            after=round(cost(fitted.after.figures), 4),
            count=fitted.held_out,
        )
    files.write_text(path, fitted.weights.to_json())


def cost(figures: AddressFigures) -> float:
    """What answers cost per case, in cases that a person has to read: a wrong one counts ten times."""
    parts = (
        (figures.match, 1.0 - _zero(figures.right) + (_WRONG - 1.0) * _zero(figures.wrong)),
        (figures.absent, _WRONG * _zero(figures.absent_accepted)),
        (figures.ambiguous, _WRONG * _zero(figures.ambiguous_accepted)),
        (figures.conflict, 1.0 - _zero(figures.conflict_flagged)),
        (figures.none, 1.0 - _zero(figures.none_kept)),
    )
    return sum(count * each for count, each in parts) / max(figures.cases, 1)


def split(cases: Sequence[AddressCase], seed: int) -> tuple[list[AddressCase], list[AddressCase]]:
    """Cases to learn from, and every fifth or so to measure with, by their texts and the seed alone."""
    train: list[AddressCase] = []
    held: list[AddressCase] = []
    for case in cases:
        mark = hashlib.blake2b(f"{seed} {case.text}".encode("utf-8", "replace"), digest_size=8).digest()
        (held if int.from_bytes(mark) % _HELD_OUT == 0 else train).append(case)
    return train, held


def _zero(share: float) -> float:
    return 0.0 if share != share else share
