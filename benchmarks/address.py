"""The address matcher beside TF-IDF, SQLite FTS5 and rapidfuzz, in one run: every column of the goals, speed, memory.

Run ``make bench-address`` or ``python -m benchmarks.address --help``. Seeds are fixed. "ours" has the weights that the
program ships with, "ours, fitted" those of `geo address fit` on the training half of a set that has one. Peers choose
between the names alone and all that entries say, and tune a threshold, on training texts of the set. Rates are texts
per CPU second of one process. Index seconds (CPU) and peak memory are those of a fresh process each.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks._address_peers import Fts5, Fuzzy, Judge, TfIdf, start
from benchmarks._address_sets import (
    CITY_SEED,
    DATA,
    ENTITIES,
    Texts,
    dev_reports,
    generated,
    real_queries,
    sample_district,
)
from geo.locate import Gazetteer
from geo.locate.address.fit import fit
from geo.locate.address.weights import Weights
from geo.sample.telling_city import city
from geo.service.address_cases import AddressCase
from geo.service.address_figures import AddressFigures, Answer, measure
from geo.service.address_fit import answer_of

COLUMNS = (
    "top1", "top5", "accepted", "precision", "right", "wrong", "covered", "ece",
    "absent_accepted", "ambiguous_accepted", "conflict_flagged", "none_kept",
)  # fmt: skip
_FEW = 300


class Report:
    """Lines on the screen at once, and in a file at the end."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str = "") -> None:
        print(line, flush=True)
        self.lines.append(line)

    def row(self, values: Sequence[Any]) -> None:
        self.say("| " + " | ".join(map(str, values)) + " |")

    def head(self, title: str, columns: Sequence[str]) -> None:
        self.say(f"\n## {title}\n")
        self.row(columns)
        self.say("|" + "---|" * len(columns))

    def figures(self, name: str, figures: AddressFigures, rate: float) -> None:
        values = figures.as_dict()
        shown = ["–" if values[c] is None else f"{values[c]:.4f}" for c in COLUMNS]
        self.row([name, *shown, f"{rate:,.0f}"])


def asking(gazetteer: Gazetteer) -> Callable[[Sequence[AddressCase]], list[Answer]]:
    """The matcher alone, as it is measured."""
    return lambda cases: [answer_of(gazetteer.match(case.text)) for case in cases]


def ours(report: Report, texts: Texts, name: str, weights: Weights | None) -> None:
    """One row: our matcher with these weights."""
    ask = texts.ask or asking(Gazetteer.build(texts.entries, weights=weights))
    ask(texts.test[:1])  # the compiler is warm
    began = time.process_time()
    answers = ask(texts.test)
    seconds = time.process_time() - began
    report.figures(name, measure(texts.test, answers, grid_of=texts.grid_of), len(texts.test) / seconds)


def peer(report: Report, texts: Texts, make: Any, few: int | None) -> None:
    """One row: a peer, its threshold tuned on the training texts."""
    engine = start(make, texts.entries, texts.train)
    test, train = texts.test[:few], texts.train[: few or 2500]
    judge = Judge(train, engine.find([case.text for case in train]))
    began = time.process_time()
    found = engine.find([case.text for case in test])
    seconds = time.process_time() - began
    name = engine.name if few is None else f"{engine.name} (first {len(test)})"
    report.figures(name, measure(test, judge.answers(found), grid_of=texts.grid_of), len(test) / seconds)


def one_set(report: Report, texts: Texts, *, fuzzy: bool) -> None:
    """All rows of a set."""
    kinds = {
        kind: sum(case.status == kind for case in texts.test)
        for kind in ("match", "ambiguous", "absent", "conflict", "none")
    }
    counts = ", ".join(f"{count:,} {kind}" for kind, count in kinds.items() if count)
    report.head(f"{texts.name}: {len(texts.test):,} texts ({counts})", ["", *COLUMNS, "texts/CPU s"])
    ours(report, texts, "ours", None)
    if texts.fitted:
        ids = {str(entry["id"]): entry["id"] for entry in texts.entries}
        pairs = [(c.text, ids[c.entries[0]] if c.status == "match" else None) for c in texts.train]
        ours(report, texts, "ours, fitted", fit(texts.entries, pairs, source="training half"))
    peer(report, texts, TfIdf, None)
    peer(report, texts, Fts5, None)
    if fuzzy:
        peer(report, texts, Fuzzy, _FEW)


ENGINES: dict[str, Callable[[Any], Any]] = {"ours": Gazetteer.build, "TF-IDF": TfIdf, "FTS5": Fts5}


def index_alone(kind: str, entities: int) -> None:
    """In a process of its own: CPU seconds to build an index, and the peak of memory."""
    entries = city(entities, seed=CITY_SEED)
    Gazetteer.build(entries[:200]).match("暖机")  # compiled code is loaded
    before = peak_mb(anew=True)
    began = time.process_time()
    engine = ENGINES[kind](entries)
    seconds = time.process_time() - began
    texts = [case["name"] + "3号楼漏水" for case in entries[:: max(1, len(entries) // 500)]]
    began = time.process_time()
    if kind == "ours":
        for text in texts:
            engine.match(text)
    else:
        engine.find(texts)
    rate = len(texts) / (time.process_time() - began)
    peak = peak_mb()
    print(json.dumps({"seconds": seconds, "before": before, "peak": peak, "rate": rate}))


def peak_mb(*, anew: bool = False) -> float:
    """Peak memory of this process so far; `anew` counts from now on, so that compiling before is left out."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if anew:
        Path("/proc/self/clear_refs").write_text("5")
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def indexes(report: Report, sizes: Sequence[int]) -> None:
    """Seconds and megabytes of the indexes."""
    columns = ["entries", "engine", "index, CPU s", "process before, MB", "peak, MB", "texts/CPU s"]
    report.head("Index: a fresh process each", columns)
    # The first process compiles what the others load.
    runs = [(min(sizes), "ours", True)] + [(size, kind, False) for size in sizes for kind in ENGINES]
    for size, kind, first in runs:
        command = [sys.executable, "-m", "benchmarks.address", "--index", kind, "--sizes", str(size)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        if first:
            continue
        found = json.loads(done.stdout.splitlines()[-1])
        shown = [f"{found[key]:,.0f}" for key in ("before", "peak", "rate")]
        report.row([f"{size:,}", kind, f"{found['seconds']:.1f}", *shown])


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=3000, help="generated texts a set")
    parser.add_argument("--sizes", type=int, nargs="+", default=[ENTITIES, 50_000], help="entries of the indexes")
    parser.add_argument("--quick", action="store_true", help="small sets, no rapidfuzz")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the real sets; left out where absent")
    parser.add_argument("--only", nargs="*", default=[], help="hotline map sample real dev index")
    parser.add_argument("--out", type=Path, help="write the tables into this file too")
    parser.add_argument("--index", choices=list(ENGINES), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.index:
        index_alone(options.index, options.sizes[0])
        return
    report = Report()
    count, size = (200, 1_500) if options.quick else (options.texts, ENTITIES)
    makes: dict[str, Callable[[], Texts | None]] = {
        "hotline": lambda: generated("hotline", count, size),
        "map": lambda: generated("query", count, size),
        "sample": lambda: sample_district(count),
        "real": lambda: None if options.quick else real_queries(options.data),
        "dev": lambda: None if options.quick else dev_reports(options.data),
    }
    for name, make in makes.items():
        if options.only and name not in options.only:
            continue
        texts = make()
        if texts is None:
            report.say(f"\nleft out: {name}")
        else:
            one_set(report, texts, fuzzy=not options.quick)
    if not options.only or "index" in options.only:
        indexes(report, [1_500] if options.quick else options.sizes)
    if options.out:
        options.out.write_text("\n".join(report.lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
