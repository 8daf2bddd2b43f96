"""A trained model of what texts are about: prediction, reasons, and its bytes. Needs numpy alone.

The bytes are an npz archive without pickles: reading one never runs code, and what it says of itself is checked.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidInput
from geo.locate.categories import features
from geo.locate.categories.terms import SHOWN, TermIndex
from geo.model.catalogues import Key
from geo.model.suggestions import Reason, Suggestion, Suggestions

FORMAT: Final = 1
_REASONS: Final = 5
_MOST_BYTES: Final = 1_000_000_000  # unpacked
_ARRAYS: Final = {"vocabulary", "idf", "weights", "intercept", "facts"}


@dataclass(frozen=True)
class Calibration:
    """How scores become probabilities: softmax(scores / exp(level + newness · new) + words · term scores).

    `new` is the share of a text's pairs of characters that the vocabulary lacks: wordings that were never seen are
    judged more carefully than those that come every week, and the directory's own words count for more there.
    """

    level: float
    newness: float
    words: float

    def chances(
        self, scores: NDArray[np.float64], known: NDArray[np.float64], terms: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Probabilities (n, classes) of scores (n, classes), known shares (n,) and term scores (n, classes)."""
        return softmax(scores / self.spread(known)[:, None] + self.words * terms)

    def spread(self, known: NDArray[np.float64]) -> NDArray[np.float64]:
        """What scores are divided by, (n,)."""
        return np.asarray(np.exp(self.level + self.newness * (1.0 - known)))


@dataclass(frozen=True, eq=False)
class SuggestModel:
    """A multinomial logistic regression over character n-grams, with its calibration.

    Attributes
    ----------
    keys, names : of the classes; vocabulary : n-grams, ascending; idf : float32 (n_grams,)
    weights : float32 (n_grams, n_classes), centred so that each n-gram's weights sum to 0; intercept (n_classes,)
    terms : words of each class; calibration : see `Calibration`; threshold : None where nothing may be accepted
    least_known : a text of whose pairs of characters fewer are known is none that the model can judge
    facts : what a person should know of the model: when, on how many cases, the figures.
    """

    keys: tuple[Key, ...]
    names: tuple[str, ...]
    vocabulary: tuple[str, ...]
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]
    intercept: NDArray[np.float32]
    terms: tuple[tuple[str, ...], ...]
    calibration: Calibration
    threshold: float | None
    least_known: float
    facts: Mapping[str, Any]

    @cached_property
    def _places(self) -> dict[str, int]:
        return features.places_of(self.vocabulary)

    @cached_property
    def _words(self) -> TermIndex:
        return TermIndex(dict(zip(self.keys, self.terms, strict=True)), dict(zip(self.keys, self.names, strict=True)))

    def suggest(self, text: str, *, scheme: str = "") -> Suggestions:
        """The three likeliest categories with reasons.

        Parameters
        ----------
        text : at most its first 4,000 characters are read.
        scheme : only categories of this directory, "" for all; their probabilities are as among all.
        """
        plain = features.plain(text)
        columns, values, known = features.weigh(plain, self._places, self.idf)
        order: list[int] = []
        if known >= self.least_known and known > 0.0:
            weights = self.weights[columns].astype(np.float64)
            scores = values @ weights + self.intercept.astype(np.float64)
            words = term_scores(self._words, [plain], self.keys)
            share = np.array([known])
            chances = self.calibration.chances(scores[None, :], share, words)[0]
            order = [k for k in np.argsort(-chances, kind="stable").tolist() if scheme in ("", self.keys[k][0])][:SHOWN]
        if not order:
            # The candidates would be the most frequent categories, whatever the text says.
            return Suggestions("model", False, self.threshold, (), "suggest_nothing_known")
        lift = values[:, None] * weights[:, order] / self.calibration.spread(share)
        candidates = tuple(
            Suggestion(
                *self.keys[k],
                self.names[k],
                round(float(chances[k]), 4),
                self._reasons(plain, text, self.keys[k], dict(zip(columns.tolist(), lift[:, n].tolist(), strict=True))),
            )
            for n, k in enumerate(order)
        )
        sure = self.threshold is not None and float(chances[order[0]]) >= self.threshold
        return Suggestions("model", sure, self.threshold, candidates, "" if sure else "suggest_not_sure")

    def _reasons(self, plain: features.Plain, text: str, key: Key, lift: Mapping[int, float]) -> tuple[Reason, ...]:
        """What lifts a class most above the average one: n-grams and the directory's words, none within another."""
        best: dict[tuple[int, int], float] = {}
        for start, length, weight, keys in self._words.hits(plain):
            if key in keys and self.calibration.words > 0:
                best[start, length] = self.calibration.words * weight
        seen: set[str] = set()
        for gram, start in features.grams(plain):
            place = self._places.get(gram)
            if place is not None and lift[place] > 0 and gram not in seen:
                seen.add(gram)
                span = (start, len(gram))
                best[span] = best.get(span, 0.0) + lift[place]
        reasons: list[Reason] = []
        used: set[int] = set()
        for (start, length), weight in sorted(best.items(), key=lambda row: (-row[1], row[0])):
            span_of = range(start, start + length)
            if used.intersection(span_of):
                continue
            used.update(span_of)
            first, last = plain.at[start], plain.at[start + length - 1] + 1
            reasons.append(Reason(text[first:last], first, last, round(weight, 4)))
            if len(reasons) == _REASONS:
                break
        return tuple(reasons)

    def to_bytes(self) -> bytes:
        """The model as a file's content; the same model gives the same bytes."""
        facts = {
            "format": FORMAT,
            "features": features.VERSION,
            "keys": self.keys,
            "names": self.names,
            "terms": self.terms,
            "calibration": [self.calibration.level, self.calibration.newness, self.calibration.words],
            "threshold": self.threshold,
            "least_known": self.least_known,
            "facts": dict(self.facts),
        }
        out = io.BytesIO()
        np.savez_compressed(
            out,
            vocabulary=_bytes("\n".join(self.vocabulary)),
            idf=self.idf,
            weights=self.weights,
            intercept=self.intercept,
            facts=_bytes(json.dumps(facts, ensure_ascii=False, sort_keys=True)),
        )
        return out.getvalue()


def read_model(data: bytes, *, path: str = "") -> SuggestModel:
    """A model from a file's content.

    Raises
    ------
    InvalidInput
        It is no such file, was made for another version of the features, or its parts do not fit together.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if {m.filename.removesuffix(".npy") for m in members} != _ARRAYS or len(members) != len(_ARRAYS):
                raise ValueError(f"want the arrays {', '.join(sorted(_ARRAYS))}")
            if sum(member.file_size for member in members) > _MOST_BYTES:
                raise ValueError(f"more than {_MOST_BYTES:,} bytes unpacked")
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            held = {name: arrays[name] for name in _ARRAYS}
        facts = json.loads(held["facts"].tobytes().decode("utf-8"))
        if (facts["format"], facts["features"]) != (FORMAT, features.VERSION):
            raise ValueError(f"format {facts['format']}.{facts['features']}, want {FORMAT}.{features.VERSION}")
        return _assemble(held, facts)
    except (ValueError, KeyError, TypeError, OSError, zipfile.BadZipFile, NotImplementedError, RecursionError) as error:
        raise InvalidInput("suggest_model_bad", path=path, why=str(error)[:200]) from None


def _assemble(held: Mapping[str, NDArray[Any]], facts: Mapping[str, Any]) -> SuggestModel:
    keys = tuple((str(a), str(b), str(c)) for a, b, c in facts["keys"])
    vocabulary = tuple(held["vocabulary"].tobytes().decode("utf-8").split("\n"))
    shapes = (held["idf"].shape, held["weights"].shape, held["intercept"].shape)
    named = len(facts["names"]) == len(facts["terms"]) == len(keys)
    if not named or shapes != ((len(vocabulary),), (len(vocabulary), len(keys)), (len(keys),)):
        raise ValueError("its arrays do not fit one another")
    numbers = {name: held[name].astype(np.float32) for name in ("idf", "weights", "intercept")}
    level, newness, words = (float(value) for value in facts["calibration"])
    least = float(facts["least_known"])
    finite = all(np.isfinite(values).all() for values in numbers.values())
    if not finite or not np.isfinite([level, newness, words]).all() or not 0 <= least <= 1:
        raise ValueError("a number is not finite or out of range")
    return SuggestModel(
        keys=keys,
        names=tuple(str(name) for name in facts["names"]),
        vocabulary=vocabulary,
        idf=numbers["idf"],
        weights=numbers["weights"],
        intercept=numbers["intercept"],
        terms=tuple(tuple(str(word) for word in words_of) for words_of in facts["terms"]),
        calibration=Calibration(level, newness, words),
        threshold=None if facts["threshold"] is None else float(facts["threshold"]),
        least_known=least,
        facts=dict(facts["facts"]),
    )


def term_scores(index: TermIndex, texts: Sequence[features.Plain], keys: Sequence[Key]) -> NDArray[np.float64]:
    """How much of each class's words stands in each text, (n_texts, n_classes)."""
    label = {key: k for k, key in enumerate(keys)}
    scores = np.zeros((len(texts), len(keys)))
    for row, text in enumerate(texts):
        for _, _, weight, held in index.hits(text):
            for key in held:
                scores[row, label[key]] += weight
    return scores


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities of scores along the last axis."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def _bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode("utf-8"), dtype=np.uint8)
