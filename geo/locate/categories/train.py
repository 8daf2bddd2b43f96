"""Training a model on a place's own confirmed cases. The one part that needs scikit-learn (`wangge[suggest]`).

Cases are set apart by time where all have one: what is trained on came in before what is measured on. Calibration and
threshold come from predictions for cases that were left out in turn; texts that differ in digits alone stay together.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from geo.errors import InvalidInput
from geo.locate.categories import features
from geo.locate.categories.calibrate import (
    FOLDS,
    IMPOSSIBLE,
    any_fold,
    calibrate,
    draw,
    hold_precision,
    new_wordings,
    wording_fold,
)
from geo.locate.categories.figures import Figures, as_values, measure
from geo.locate.categories.model import SuggestModel, term_scores
from geo.locate.categories.terms import TermIndex, terms_of
from geo.model.catalogues import Key
from geo.model.place import Category
from geo.model.words import CategoryKind

_LEAST_TEXTS: Final = 2  # texts that an n-gram has to stand in
_MOST_GRAMS: Final = 40_000
_STRENGTH: Final = 10.0  # inverse of the L2 penalty
_UNKNOWN_SHARE: Final = 0.01  # of the cases left out in turn, those least known of that share count as not known
_MOST_KNOWN: Final = 0.5  # a text half of whose pairs are known is always judged, however alike the cases are

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Case:
    """A text whose category a person has confirmed; `at` None where the time is not known."""

    text: str
    key: Key
    at: datetime | None = None


@dataclass(frozen=True)
class TrainSpec:
    """How a model is trained.

    Attributes
    ----------
    precision : what the accepted suggestions have to hold; least : different texts that a category needs.
    skip_small : leave categories with fewer out instead of refusing; held_out : share set apart to measure on.
    """

    precision: float = 0.95
    least: int = 20
    skip_small: bool = False
    held_out: float = 0.25


@dataclass(frozen=True)
class Trained:
    """A model and how it did on what was set apart (before it was fitted again on everything)."""

    model: SuggestModel
    figures: Figures
    skipped: Mapping[Key, int]
    by_time: bool


def train(
    cases: Sequence[Case], names: Mapping[Key, str], spec: TrainSpec, *, facts: Mapping[str, Any], progress: Progress
) -> Trained:
    """Fit, calibrate, choose the threshold, measure on what was set apart, and fit again on everything.

    Parameters
    ----------
    names : of the categories; one without is shown by its code.
    facts : kept in the model (when, from what).

    Raises
    ------
    InvalidInput
        scikit-learn is not installed; a setting is out of range; categories have too few different texts (all are
        listed), or fewer than two are left.
    """
    _check(spec)
    texts = [features.plain(case.text) for case in cases]
    kept, skipped = _enough(cases, texts, spec, names)
    # Cases of categories that are not learnt come in all the same: they count wherever something is measured.
    early, late, by_time = _set_apart(cases, texts, spec.held_out)
    keys = tuple(sorted({cases[k].key for k in kept}))
    label = {key: k for k, key in enumerate(keys)}
    target = np.array([label.get(case.key, -1) for case in cases], dtype=np.int64)

    words = terms_of(Category(key[0], cast(CategoryKind, key[1]), key[2], names.get(key, "")) for key in keys)
    terms = tuple(words.get(key, ()) for key in keys)
    index = TermIndex(dict(zip(keys, terms, strict=True)), names)
    spoken = term_scores(index, [texts[k] for k in early], keys)
    folds = [any_fold(texts, early), wording_fold(texts, target, early)]
    made = [_left_out(texts, target, early, fold, len(keys), progress, 0.35 * n) for n, fold in enumerate(folds)]
    scores = np.vstack([one[0] for one in made])
    known = np.concatenate([one[1] for one in made])
    truth, spoken = np.tile(target[early], 2), np.vstack([spoken, spoken])
    calibration = calibrate(scores, known, spoken, truth)
    chances = calibration.chances(scores, known, spoken)
    least_known = min(float(np.quantile(known, _UNKNOWN_SHARE)), _MOST_KNOWN)
    judged = (known >= least_known) & (known > 0)
    right = chances.argmax(axis=1) == truth
    threshold = hold_precision(chances.max(axis=1), right, judged, len(early), spec.precision)
    fresh = new_wordings(chances, right, judged, threshold, len(early))

    def model_of(rows: Sequence[int], about: Mapping[str, Any]) -> SuggestModel:
        vocabulary, idf, weights, intercept = _fit(texts, target, rows, len(keys))
        return SuggestModel(
            keys=keys,
            names=tuple(names.get(key, key[2]) for key in keys),
            vocabulary=tuple(vocabulary),
            idf=idf.astype(np.float32),
            weights=weights.astype(np.float32),
            intercept=intercept.astype(np.float32),
            terms=terms,
            calibration=calibration,
            threshold=threshold,
            least_known=least_known,
            facts=about,
        )

    figures = evaluate(model_of(early, {}), [cases[k] for k in late])
    progress(0.8, "suggest_step_final")
    about = {
        **facts,
        "cases": len(kept),
        "not_learnt": {"/".join(key): n for key, n in skipped.items()},
        "precision": spec.precision,
        "held_out_by_time": by_time,
        "held_out": as_values(figures, names),
        "new_wordings": fresh,
    }
    return Trained(model_of(kept, about), figures, skipped, by_time)


def evaluate(model: SuggestModel, cases: Sequence[Case]) -> Figures:
    """How a model does on cases with known categories."""
    made = [model.suggest(case.text) for case in cases]
    return measure(
        [case.key for case in cases],
        [[(c.scheme, c.kind, c.code) for c in one.candidates] for one in made],
        [one.accepted for one in made],
        [(one.candidates[0].confidence or 0.0) if one.candidates else 0.0 for one in made],
    )


def _check(spec: TrainSpec) -> None:
    try:
        import sklearn  # noqa: F401
    except ImportError:
        raise InvalidInput("suggest_not_installed") from None
    for name, value, low, high in (
        ("precision", spec.precision, 0.5, 0.999),
        ("held_out", spec.held_out, 0.05, 0.5),
        ("least", spec.least, 4, 1_000_000),
    ):
        if not low <= value <= high:
            raise InvalidInput("suggest_setting", field=name, value=value, low=low, high=high)


def _enough(
    cases: Sequence[Case], texts: Sequence[features.Plain], spec: TrainSpec, names: Mapping[Key, str]
) -> tuple[list[int], dict[Key, int]]:
    """Rows of the categories with enough different texts, and the counts of the others."""
    different: dict[Key, set[str]] = defaultdict(set)
    for case, text in zip(cases, texts, strict=True):
        different[case.key].add(text.text)
    small = {key: len(held) for key, held in sorted(different.items()) if len(held) < spec.least}
    if small and not spec.skip_small:
        listed = "; ".join(f"{'/'.join(key)} {names.get(key, '')} ({n})" for key, n in small.items())
        raise InvalidInput("suggest_too_few", least=spec.least, count=len(small), classes=listed)
    if len(different) - len(small) < 2:
        raise InvalidInput("suggest_one_class", least=spec.least, classes=len(different) - len(small), cases=len(cases))
    return [k for k, case in enumerate(cases) if case.key not in small], small


def _set_apart(
    cases: Sequence[Case], texts: Sequence[features.Plain], share: float
) -> tuple[list[int], list[int], bool]:
    """Rows to train on and rows to measure on: the latest ones, or, without times, whole texts by their digest.

    No category loses more than half of its cases to the measuring: one that is new comes to the training too.
    """
    n = len(cases)
    by_time = all(case.at is not None for case in cases)
    if by_time:
        order = sorted(range(n), key=lambda k: (cases[k].at, k))
        late = set(order[n - round(n * share) :])
    else:
        late = {k for k in range(n) if draw(texts[k].text, "held out") < share}
    total: dict[Key, int] = defaultdict(int)
    taken: dict[Key, list[int]] = defaultdict(list)
    for k, case in enumerate(cases):
        total[case.key] += 1
        if k in late:
            taken[case.key].append(k)
    for key, rows in taken.items():
        late.difference_update(rows[: max(0, len(rows) - total[key] // 2)])
    return [k for k in range(n) if k not in late], sorted(late), by_time


def _left_out(
    texts: Sequence[features.Plain],
    target: NDArray[np.int64],
    rows: Sequence[int],
    fold: NDArray[np.int64],
    classes: int,
    progress: Progress,
    begun: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scores (n, classes) and known shares (n,) of each row by a model that did not see the row's fold."""
    scores = np.zeros((len(rows), classes))
    known = np.zeros(len(rows))
    for number in range(FOLDS):
        progress(begun + 0.1 * number, "suggest_step_calibrate")
        inside = np.flatnonzero(fold == number)
        others = [rows[k] for k in np.flatnonzero(fold != number).tolist()]
        if not len(inside):
            continue
        seen = len(set(target[others].tolist()) - {-1})
        if seen < 2:
            raise InvalidInput("suggest_one_class", least=2, classes=seen, cases=len(rows))
        vocabulary, idf, weights, intercept = _fit(texts, target, others, classes)
        matrix, known[inside] = _matrix([texts[rows[k]] for k in inside.tolist()], vocabulary, idf)
        scores[inside] = matrix @ weights + intercept
    return scores, known


def _fit(
    texts: Sequence[features.Plain], target: NDArray[np.int64], rows: Sequence[int], classes: int
) -> tuple[list[str], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Vocabulary, idf, weights (n_grams, classes) and intercepts; a class that `rows` lack can never come first."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    rows = [k for k in rows if target[k] >= 0]
    some = [texts[k] for k in rows]
    vocabulary, idf = features.build_vocabulary(some, least=_LEAST_TEXTS, most=_MOST_GRAMS)
    if not vocabulary:
        raise InvalidInput("suggest_no_words", cases=len(rows))
    matrix, _ = _matrix(some, vocabulary, idf)
    with warnings.catch_warnings():
        # The rounds are bounded; what they reach is judged on cases left out, whether or not it is the very optimum.
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = LogisticRegression(C=_STRENGTH, solver="lbfgs", max_iter=500, tol=1e-3).fit(matrix, target[rows])
    weights = np.zeros((len(vocabulary), classes))
    intercept = np.full(classes, IMPOSSIBLE)
    slopes, levels = np.atleast_2d(fitted.coef_), np.atleast_1d(fitted.intercept_)
    if len(fitted.classes_) == 2:  # one row stands for both: half of it each way is the same softmax
        slopes, levels = np.vstack([-slopes, slopes]) / 2, np.concatenate([-levels, levels]) / 2
    # Adding one number to all classes changes nothing; centred, a weight says what speaks for a class.
    weights[:, fitted.classes_] = (slopes - slopes.mean(axis=0)).T
    intercept[fitted.classes_] = levels - levels.mean()
    return vocabulary, idf, weights, intercept


def _matrix(
    texts: Sequence[features.Plain], vocabulary: Sequence[str], idf: NDArray[np.float64]
) -> tuple[csr_array, NDArray[np.float64]]:
    places = features.places_of(vocabulary)
    rows = [features.weigh(text, places, idf) for text in texts]
    ends = np.cumsum([0, *(len(columns) for columns, _, _ in rows)])
    columns = np.concatenate([columns for columns, _, _ in rows]) if rows else np.zeros(0, dtype=np.int64)
    values = np.concatenate([values for _, values, _ in rows]) if rows else np.zeros(0)
    matrix = csr_array((values, columns.astype(np.int32), ends.astype(np.int32)), shape=(len(rows), len(vocabulary)))
    return matrix, np.array([known for _, _, known in rows])
