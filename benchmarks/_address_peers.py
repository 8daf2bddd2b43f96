"""What is beside ours in the address bench: TF-IDF, SQLite FTS5 and rapidfuzz, each over one text an entry.

None of them refuses by itself. Each gets the same chance: a logistic curve over its best score and the lead over the
second, and a threshold on it, both tuned on the training texts to the cost by which ours is judged.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from geo.service.address_cases import AddressCase
from geo.service.address_figures import Answer, measure
from geo.service.address_fit import cost

Found = list[tuple[str, float]]
_FIELDS = ("district", "town", "community", "address", "road", "number", "name", "aliases")
_NAMES = ("name", "aliases")


class Peer(Protocol):
    """An engine that ranks entries for a text."""

    name: str

    def find(self, texts: Sequence[str]) -> list[Found]:
        """Five entries a text, best first, with a score that grows with likeness."""
        ...


def line_of(entry: Mapping[str, Any], fields: Sequence[str] = _FIELDS) -> str:
    """All that an entry says about itself."""
    values = [entry.get(field) for field in fields]
    flat = ["".join(map(str, v)) if isinstance(v, list | tuple) else str(v) for v in values if v]
    return unicodedata.normalize("NFKC", "".join(flat)).lower()


class TfIdf:
    """scikit-learn: characters, grams of one to three, cosine."""

    name = "TF-IDF char(1–3)"

    def __init__(self, entries: Sequence[Mapping[str, Any]], fields: Sequence[str] = _FIELDS) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._ids = [str(entry["id"]) for entry in entries]
        self._vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, dtype=np.float32)
        self._table = self._vectors.fit_transform([line_of(entry, fields) for entry in entries]).T.tocsr()

    def find(self, texts: Sequence[str]) -> list[Found]:
        found: list[Found] = []
        for begin in range(0, len(texts), 64):
            part = [unicodedata.normalize("NFKC", text).lower() for text in texts[begin : begin + 64]]
            for row in (self._vectors.transform(part) @ self._table).toarray():
                best = np.argpartition(-row, min(5, len(row) - 1))[:5]
                best = best[np.argsort(-row[best], kind="stable")]
                found.append([(self._ids[k], float(row[k])) for k in best if row[k] > 0])
        return found


class Fts5:
    """SQLite FTS5 with trigrams, any of a text's trigrams, ranked by bm25."""

    name = "SQLite FTS5 trigram"

    def __init__(self, entries: Sequence[Mapping[str, Any]], fields: Sequence[str] = _FIELDS) -> None:
        self._base = sqlite3.connect(":memory:")
        self._base.execute("CREATE VIRTUAL TABLE line USING fts5(id UNINDEXED, words, tokenize='trigram')")
        self._base.executemany("INSERT INTO line VALUES (?, ?)", [(str(e["id"]), line_of(e, fields)) for e in entries])

    def find(self, texts: Sequence[str]) -> list[Found]:
        ask = "SELECT id, -bm25(line) FROM line WHERE line MATCH ? ORDER BY bm25(line) LIMIT 5"
        found: list[Found] = []
        for text in texts:
            plain = re.sub(r"[^\w#]+", " ", unicodedata.normalize("NFKC", text).lower())
            grams = dict.fromkeys(w[k : k + 3] for w in plain.split() for k in range(len(w) - 2))
            words = " OR ".join(f'"{gram}"' for gram in grams)
            found.append([(str(k), float(s)) for k, s in self._base.execute(ask, (words,))] if words else [])
        return found


class Fuzzy:
    """rapidfuzz WRatio over all entries: too slow for more than a few hundred texts."""

    name = "rapidfuzz WRatio"

    def __init__(self, entries: Sequence[Mapping[str, Any]], fields: Sequence[str] = _FIELDS) -> None:
        self._ids = [str(entry["id"]) for entry in entries]
        self._lines = [line_of(entry, fields) for entry in entries]

    def find(self, texts: Sequence[str]) -> list[Found]:
        from rapidfuzz import fuzz, process

        return [
            [(self._ids[k], score) for _, score, k in process.extract(text, self._lines, scorer=fuzz.WRatio, limit=5)]
            for text in texts
        ]


def start(make: Any, entries: Sequence[Mapping[str, Any]], train: Sequence[AddressCase]) -> Peer:
    """A peer over the names alone or over all that entries say: what finds more of the training texts."""
    asked = [case for case in train if case.status == "match"][:200]
    made: list[Peer] = [make(entries, fields) for fields in (_FIELDS, _NAMES)]
    hits = []
    for engine in made:
        found = engine.find([case.text for case in asked])
        hits.append(sum(bool(f) and f[0][0] in (*c.entries, *c.also) for c, f in zip(asked, found, strict=True)))
    return made[int(hits[1] > hits[0])]


class Judge:
    """Turns scores into answers: how sure, and from where on it is accepted."""

    def __init__(self, cases: Sequence[AddressCase], found: Sequence[Found]) -> None:
        from sklearn.linear_model import LogisticRegression
        from sklearn.preprocessing import StandardScaler

        right = [bool(f) and f[0][0] in (*c.entries, *c.also) for c, f in zip(cases, found, strict=True)]
        right = [r and c.status == "match" for c, r in zip(cases, right, strict=True)]
        self._scale = StandardScaler().fit(self._marks(found))
        self._curve = LogisticRegression().fit(self._scale.transform(self._marks(found)), right)
        sure = self._sure(found)
        cut = {level: cost(measure(cases, self._answers(found, sure, level))) for level in np.arange(0.02, 1.0, 0.02)}
        self.level = float(min(cut, key=lambda level: (cut[level], -level)))

    def answers(self, found: Sequence[Found]) -> list[Answer]:
        """Matches above the threshold, none below."""
        return self._answers(found, self._sure(found), self.level)

    def _sure(self, found: Sequence[Found]) -> Any:
        return self._curve.predict_proba(self._scale.transform(self._marks(found)))[:, 1]

    @staticmethod
    def _answers(found: Sequence[Found], sure: Any, level: float) -> list[Answer]:
        return [
            Answer("match" if f and p >= level else "none", float(p), tuple(key for key, _ in f))
            for f, p in zip(found, sure, strict=True)
        ]

    @staticmethod
    def _marks(found: Sequence[Found]) -> Any:
        """Best score, lead over the second, and both as a share."""
        marks = np.zeros((len(found), 3))
        for row, f in zip(marks, found, strict=True):
            if f:
                second = f[1][1] if len(f) > 1 else 0.0
                row[:] = f[0][1], f[0][1] - second, (f[0][1] - second) / max(f[0][1], 1e-9)
        return marks
