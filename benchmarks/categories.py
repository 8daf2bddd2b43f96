"""Category suggestions on the sample district: the trained model beside matching by the directory's words.

Two questions, in one run on the same cases. *The last three months*: the sentences of the sample come from some hundred
templates, which occur in both parts, so that this says little of how well citizens are understood. *Templates that
were left out*: one of each category is kept from the training; so a model does on wordings that it never saw.
"""

from __future__ import annotations

import csv
import re
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from geo.locate.categories.figures import Figures, measure
from geo.locate.categories.terms import TermIndex, terms_of
from geo.locate.categories.train import Case, Trained, TrainSpec, evaluate, train
from geo.model.catalogues import Key, read_all
from geo.sample.topics import read_topics

PLACE = Path(__file__).resolve().parent.parent / "data" / "boundaries" / "chenguang"


def main() -> None:
    """Print the figures of both questions."""
    print("Category suggestions on the sample district (accepted at a precision of 0.95)\n")
    cases = read_cases()
    cases.sort(key=lambda case: (case.at or datetime.min, case.text))
    cut = next(k for k, case in enumerate(cases) if case.at is not None and case.at.month == 8 and case.at.year == 2026)
    compare("first nine months → last three", cases[:cut], cases[cut:])
    early, late = split_by_template(cases)
    compare("one template a category left out", early, late)


def compare(title: str, early: list[Case], late: list[Case]) -> None:
    """Train on `early`, judge model and words on those of `late` whose category could be learnt."""
    names = {key: row.name for key, row in read_all().items()}
    begun = time.process_time()
    trained = train(early, names, TrainSpec(skip_small=True), facts={}, progress=lambda share, step: None)
    took = time.process_time() - begun
    strange = sum(case.key not in set(trained.model.keys) for case in late)
    print(
        f"{title}: {len(early):,} cases, {len(trained.model.keys)} categories learnt in {took:.1f} s of CPU; judged on "
        f"{len(late):,}, {strange} of them of categories with too few cases to learn"
    )
    print(f"  {'':22}{'top-1':>8}{'top-3':>8}{'accepted':>10}{'precision':>11}{'ECE':>8}{'texts/s':>10}")
    begun = time.process_time()
    ours = evaluate(trained.model, late)
    line("trained model", ours, len(late) / (time.process_time() - begun))
    words = TermIndex(terms_of(row.category for row in read_all().values()), names)
    begun = time.process_time()
    matched = [words.suggest(case.text) for case in late]
    speed = len(late) / (time.process_time() - begun)
    ranked: Sequence[Sequence[Key]] = [[(c.scheme, c.kind, c.code) for c in one.candidates] for one in matched]
    line("words of the directory", measure([c.key for c in late], ranked, [False] * len(late), None), speed)
    if "-v" in sys.argv:
        tell_classes(ours, names)
    tell_own(trained)


def line(name: str, figures: Figures, speed: float) -> None:
    """One row of the table."""
    precision = "–" if figures.precision is None else f"{figures.precision:.4f}"
    ece = "–" if figures.ece is None else f"{figures.ece:.4f}"
    shares = f"{figures.top1:8.4f}{figures.top3:8.4f}{figures.coverage:10.4f}"
    print(f"  {name:22}{shares}{precision:>11}{ece:>8}{speed:10,.0f}")


def tell_own(trained: Trained) -> None:
    """What training itself said about wordings that are new, and how it was calibrated."""
    model, fresh = trained.model, trained.model.facts["new_wordings"]
    print(f"  training's own estimate for new wordings: {fresh}")
    print(f"  threshold {model.threshold}, {model.calibration}\n")


def tell_classes(figures: Figures, names: dict[Key, str]) -> None:
    """The categories that were missed most."""
    for row in sorted(figures.classes, key=lambda row: row.top1 / row.cases)[:25]:
        print(f"    {names[row.key]:16} {row.cases:5} cases, first {row.top1}, among three {row.top3}")


def read_cases() -> list[Case]:
    """The sample's issues with a category."""
    with (PLACE / "issues.csv").open(encoding="utf-8-sig", newline="") as file:
        return [
            Case(row["text"], (row["scheme"], row["kind"], row["category"]), datetime.fromisoformat(row["reported_at"]))
            for row in csv.DictReader(file)
            if row["category"]
        ]


def split_by_template(cases: list[Case]) -> tuple[list[Case], list[Case]]:
    """Cases without and with the last template of their category; categories of one template are left out of both."""
    forms: dict[Key, list[re.Pattern[str]]] = {}
    for topic in read_topics()[0]:
        key = (topic.scheme, topic.kind, topic.category)
        patterns = [re.compile(re.sub(r"\\\{\w+\\\}", ".+?", re.escape(text))) for text in topic.texts]
        forms.setdefault(key, []).extend(patterns)
    early: list[Case] = []
    late: list[Case] = []
    for case in cases:
        known = forms.get(case.key, [])
        if len(known) > 1:
            (late if known[-1].search(case.text) else early).append(case)
    return early, late


if __name__ == "__main__":
    main()
