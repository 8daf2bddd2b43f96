"""A citizen's words to the places of one deployment: typed outcomes, refused rather than guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from geo.errors import InvalidInput, NotFound
from geo.locate.address.documents import Documents, Likenesses
from geo.locate.address.entries import Entry, read_entry
from geo.locate.address.normalise import LIMIT, Normal, normalise
from geo.locate.address.outcome import Outcome
from geo.locate.address.rank import Columns, Ranker, columns_of
from geo.locate.address.settle import Settling, settle
from geo.locate.address.strict import Strict
from geo.locate.address.weights import Weights, shipped

GridOf = Mapping[Any, Any] | Callable[[Any], Any]
Clues = tuple[Likenesses, Columns, Outcome, Mapping[Any, int], Sequence[Entry]]


class Gazetteer:
    """The places that addresses of one deployment can mean. Build with `Gazetteer.build`; immutable, thread-safe."""

    def __init__(self, raw: Sequence[Mapping[str, Any]], entries: Sequence[Entry], weights: Weights) -> None:
        # By id, so that the order in which entries are given decides nothing.
        order = sorted(range(len(entries)), key=lambda k: str(entries[k].id))
        self._raw = [raw[k] for k in order]
        self._entries = [entries[k] for k in order]
        self._rows = {entry.id: row for row, entry in enumerate(self._entries)}
        self._strict = Strict(self._entries)
        self._documents = Documents(self._raw)
        self._ranker = Ranker(weights)
        self._grid_of: Callable[[Any], Any] | None = None

    @classmethod
    def build(
        cls, entries: Iterable[Mapping[str, Any]], weights: Weights | None = None, grid_of: GridOf | None = None
    ) -> Gazetteer:
        """Build an index over entries.

        Parameters
        ----------
        entries : dicts with `id`, `kind` (community, street, compound, building, road, poi), `name`, and any of
            `aliases`, `old_names`, `town`, `community`, `road`, `number`, `address`, `district`, `buildings`, `lon`,
            `lat`; see `geo.locate.address.entries.read_entry`. Other keys are kept and ignored.
        weights : from `geo.locate.address.fit.fit` on this deployment's confirmed cases (default: the shipped ones).
        grid_of : the grid of an entry's id (None: unknown or several). Rivals in one grid are then a match.

        Raises
        ------
        InvalidInput
            If an id stands twice, or an entry has no id, kind or name; names the row.
        """
        raw = list(entries)
        read = [read_entry(entry, row) for row, entry in enumerate(raw, start=1)]
        first: dict[Any, int] = {}
        for row, entry in enumerate(read, start=1):
            if first.setdefault(entry.id, row) != row:
                raise InvalidInput("gazetteer_id_twice", row=row, id=entry.id, first=first[entry.id])
        built = cls(raw, read, weights or shipped())
        return built.with_grids(grid_of) if grid_of is not None else built

    def with_grids(self, grid_of: GridOf | None) -> Gazetteer:
        """The same index under another plan; shares everything else."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._grid_of = grid_of.get if isinstance(grid_of, Mapping) else grid_of
        return other

    def __len__(self) -> int:
        return len(self._raw)

    @property
    def weights(self) -> Weights:
        """What candidates are ordered and accepted by."""
        return self._ranker.weights

    def entry(self, key: Any) -> Mapping[str, Any]:
        """The entry with this id, as it was given (with `lon`, `lat` if it had them)."""
        return self._raw[self.row(key)]

    def row(self, key: Any) -> int:
        """The row of the entry with this id, in the order of ids."""
        if key not in self._rows:
            raise NotFound("gazetteer_unknown_entry", id=key)
        return self._rows[key]

    def match(self, text: str) -> Outcome:
        """The place that `text` means; any text gives a typed outcome, and only its first 1,000 characters are read."""
        normal, clues = self._read(text)
        ruled = clues[2]
        by = Settling(normal, self._entries, self._rows, self.weights, self._grid_of)
        ranked = self._ranker.order(*clues)
        return settle(ruled, ranked, self._ranker.probability(ranked) if ranked else 0.0, by)

    def match_many(self, texts: Iterable[str]) -> list[Outcome]:
        """`match` of each text."""
        return [self.match(text) for text in texts]

    def clues(self, text: str) -> Clues:
        """What a fit of weights needs of a text."""
        return self._read(text)[1]

    def _read(self, text: str) -> tuple[Normal, Clues]:
        normal = normalise(text)
        anchors = self._strict.anchors(normal.text)
        ruled = self._strict.judge(normal, anchors, truncated=len(text) > LIMIT)
        said = [self._rows[key] for key, _ in ruled.candidates]
        like = self._documents.like(normal.text, said)
        columns = columns_of(like, self._entries, anchors, ruled, self._rows)
        return normal, (like, columns, ruled, self._rows, self._entries)
