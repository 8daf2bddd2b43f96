"""Hand work: whatever is done in whatever order, the figures are those of a count from scratch, and undo is exact."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from geo.errors import Conflict, InvalidInput, PartitionInfeasible
from geo.partition.edit import Session, open_sketch
from geo.partition.metrics import grid_metrics
from tests.partition.edit_oracle import Oracle, worlds

REFUSED = (InvalidInput, Conflict, PartitionInfeasible)


class HandWork(RuleBasedStateMachine):
    """Any sequence of operations, sensible or not."""

    @initialize(world=worlds())
    def begin(self, world):
        self.graph, label, parent, group, homes, self.band = world
        self.facts = {"band": self.band, "parent": parent, "group": group, "households": homes}
        self.start = open_sketch(self.graph, label, **self.facts)
        self.session = Session(self.start)
        self.oracle = Oracle(self.graph, parent, group, homes, self.band)
        self.past, self.future = [], []
        self.ever = set(self.start.labels.tolist())
        self.marks = {}

    def pick(self, data, most=1):
        """Labels of grids, near one another or anywhere, seldom one that is none."""
        sketch = self.session.sketch
        if not len(sketch.labels) or not data.draw(st.integers(0, 11), label="known"):
            return [10_000]
        label = sketch.grid_of_unit
        seen = [data.draw(st.sampled_from(sketch.labels.tolist()), label="grid")]
        for grid in seen:
            around = {int(label[y]) for x in np.flatnonzero(label == grid) for y in self.oracle.linked(x)}
            seen += sorted(around - {*seen, -1})
        if data.draw(st.booleans(), label="shuffled"):
            seen = seen[:1] + seen[:0:-1]
        return seen[:most]

    def some(self, data, most=6):
        """Units in a clump, or anywhere."""
        unit = st.integers(0, len(self.graph) - 1)
        if not data.draw(st.integers(0, 3), label="clump"):
            return data.draw(st.lists(unit, min_size=1, max_size=most), label="units")
        seen = [data.draw(unit, label="unit")]
        for x in seen:
            seen += [y for y in self.oracle.linked(x) if y not in seen]
        return seen[: data.draw(st.integers(1, most), label="size")]

    def beside(self, data, units):
        """A grid that touches the units, or any."""
        label = self.session.sketch.grid_of_unit
        near = {int(label[y]) for x in units for y in self.oracle.linked(x)} - {int(label[x]) for x in units} - {-1}
        if near and data.draw(st.integers(0, 3), label="near"):
            return data.draw(st.sampled_from(sorted(near)), label="grid")
        return self.pick(data)[0]

    def act(self, call, *, whole=True):
        """Run one operation and hold its step against the drawings before and after."""
        before, digest = self.session.sketch, self.session.sketch.digest()
        log, refused = len(self.session.log), None
        try:
            step = call()
        except REFUSED as error:
            refused = error
        if refused is not None:
            event(f"refused: {refused.code}")
            assert refused.message("zh")
            assert refused.message("en")
            assert self.session.sketch is before
            assert len(self.session.log) == log
            return None
        event(f"done: {step.entry.op}, changed: {step.changed}")
        after = self.session.sketch
        assert step.sketch is after
        self.check_step(step, before, after)
        if step.changed:
            self.past.append(digest)
            self.future.clear()
            assert after.revision == before.revision + 1
        else:
            assert after is before
        if whole:
            self.check_whole(before, after)
        return step

    def check_step(self, step, before, after):
        was, now = before.grid_of_unit, after.grid_of_unit
        moved = np.flatnonzero(was != now)
        assert step.units.tolist() == moved.tolist()
        told = {u: (a, b) for a, b, units in step.entry.moves for u in units}
        assert told == {int(u): (int(was[u]), int(now[u])) for u in moved}
        assert step.people == pytest.approx(self.graph.weight[moved].sum())
        assert step.households == pytest.approx(self.facts["households"][moved].sum())
        old, new = set(before.labels.tolist()), set(after.labels.tolist())
        assert set(step.made) == new - old
        assert set(step.gone) == old - new
        touched = {int(x) for x in [*was[moved], *now[moved]]}
        assert set(step.grids) == touched & new
        assert {f.key for f in step.opened} == after.faults.keys() - before.faults.keys()
        assert {f.key for f in step.solved} == before.faults.keys() - after.faults.keys()
        told = {f.key for f in step.altered}
        for key in before.faults.keys() & after.faults.keys():
            a, b = before.faults[key], after.faults[key]
            assert (key in told) == ((a.units, a.context) != (b.units, b.context))
        json.dumps(step.as_dict())

    def check_whole(self, before, after):
        """Nothing that was whole is torn; locks held; new labels are new."""
        was, now = before.grid_of_unit, after.grid_of_unit
        locked = before.locked_units
        assert (was[locked] == now[locked]).all()
        for label in before.locked_grids:
            assert ((was == label) == (now == label)).all()
        for units in self.oracle.bound_groups().values():
            if len(set(was[units].tolist())) == 1:
                assert len(set(now[units].tolist())) == 1
        fresh = set(after.labels.tolist()) - set(before.labels.tolist())
        assert all(label >= before.next_label for label in fresh)
        assert not fresh & self.ever
        self.ever |= fresh
        kinds = {key for key in after.faults if key[0] in ("grid_in_pieces", "grid_over_two_areas")}
        torn = {key for key in kinds - before.faults.keys() if key[0] == "grid_in_pieces"}
        # A merge or an insertion of torn grids may carry their pieces on, never more of them.
        count = lambda s: int(s.tally.pieces[1:].sum() - (s.tally.units[1:] > 0).sum())  # noqa: E731
        assert not torn or count(after) <= count(before)
        assert not {k for k in kinds - before.faults.keys() if k[0] == "grid_over_two_areas"} or any(
            k[0] == "grid_over_two_areas" for k in before.faults
        )

    @rule(data=st.data(), contiguity=st.sampled_from(["complete", "refuse", "allow"]))
    def move(self, data, contiguity):
        units = self.some(data)
        grid = self.beside(data, units)
        step = self.act(lambda: self.session.move(units, grid, contiguity=contiguity), whole=contiguity != "allow")
        if step is not None:
            assert (self.session.sketch.grid_of_unit[units] == grid).all()
            mates = {m for group in self.oracle.bound_groups().values() if set(group) & set(units) for m in group}
            assert (self.session.sketch.grid_of_unit[sorted(mates)] == grid).all()
            if contiguity != "complete":
                assert set(step.units.tolist()) <= set(units) | mates

    @rule(data=st.data(), some=st.booleans())
    def repair(self, data, some):
        grids = self.pick(data) if some else None
        before = {f.key: f for f in self.session.sketch.faults.values()}
        step = self.act(lambda: self.session.repair(grids))
        if step is not None:
            strays = {
                u for f in before.values() if f.kind in ("grid_in_pieces", "edit_units_without_grid") for u in f.units
            }
            mates = {m for group in self.oracle.bound_groups().values() if set(group) & strays for m in group}
            assert set(step.units.tolist()) <= strays | mates
            assert not [f for f in step.opened if f.kind == "grid_in_pieces"]

    @rule(data=st.data(), seed=st.integers(0, 5))
    def rebalance(self, data, seed):
        grids = self.pick(data, data.draw(st.integers(2, 5), label="count"))
        before = self.session.sketch
        step = self.act(lambda: self.session.rebalance(grids, seed=seed))
        if step is not None:
            outside = ~np.isin(before.grid_of_unit, grids)
            assert (before.grid_of_unit[outside] == step.sketch.grid_of_unit[outside]).all()
            assert set(step.grids) <= set(grids)
            assert not step.made
            assert not step.gone

    @rule(data=st.data(), seed=st.integers(0, 5))
    def split(self, data, seed):
        grid = self.pick(data)[0]
        units = set(np.flatnonzero(self.session.sketch.grid_of_unit == grid).tolist())
        step = self.act(lambda: self.session.split(grid, seed=seed))
        if step is not None:
            assert len(step.made) == 1
            assert set(step.units.tolist()) < units
            assert all(len(self.oracle.pieces(self.session.sketch.units_of(g).tolist())) == 1 for g in step.grids)

    @rule(data=st.data())
    def split_along(self, data):
        grid = self.pick(data)[0]
        inside = np.flatnonzero(self.session.sketch.grid_of_unit == grid).tolist()
        line = data.draw(st.lists(st.sampled_from(inside), min_size=1, max_size=4)) if inside else [0]
        self.act(lambda: self.session.split(grid, along=line))

    @rule(data=st.data(), named=st.booleans())
    def merge(self, data, named):
        grids = self.pick(data, data.draw(st.integers(1, 3), label="count"))
        step = self.act(lambda: self.session.merge(grids, into=grids[0] if named else None))
        if step is not None:
            assert set(step.gone) == set(grids) - set(step.grids)
            assert len(step.grids) == 1

    @rule(data=st.data(), contiguity=st.sampled_from(["complete", "refuse", "allow"]))
    def insert(self, data, contiguity):
        units = self.some(data)
        label = self.session.sketch.next_label
        step = self.act(lambda: self.session.insert(units, contiguity=contiguity), whole=contiguity != "allow")
        if step is not None:
            assert step.made == (label,)
            assert (self.session.sketch.grid_of_unit[units] == label).all()
            self.ever.add(label)

    @rule(data=st.data(), weight=st.sampled_from([None, 20.0]))
    def insert_around(self, data, weight):
        unit = data.draw(st.integers(0, len(self.graph) - 1))
        step = self.act(lambda: self.session.insert_around(unit, weight=weight))
        if step is not None:
            assert step.made == (int(self.session.sketch.grid_of_unit[unit]),)

    @rule(data=st.data(), seed=st.integers(0, 5))
    def dissolve(self, data, seed):
        grid = self.pick(data)[0]
        units = np.flatnonzero(self.session.sketch.grid_of_unit == grid)
        step = self.act(lambda: self.session.dissolve(grid, seed=seed))
        if step is not None:
            assert step.gone == (grid,)
            assert step.units.tolist() == units.tolist()

    @rule(data=st.data(), locked=st.booleans(), whole=st.booleans())
    def locks(self, data, locked, whole):
        grids = self.pick(data) if whole else []
        units = [] if whole else self.some(data, 2)
        call = self.session.lock if locked else self.session.unlock
        step = self.act(lambda: call(units=units, grids=grids))
        if step is not None:
            sketch = self.session.sketch
            assert set(grids) <= sketch.locked_grids or not locked
            assert set(units) <= set(sketch.locked_units.tolist()) or not locked

    @rule()
    def undo(self):
        if not self.past:
            with pytest.raises(Conflict):
                self.session.undo()
            return
        self.future.append(self.session.sketch.digest())
        before = self.session.sketch
        step = self.session.undo()
        self.check_step(step, before, step.sketch)
        assert self.session.sketch.digest() == self.past.pop()

    @rule()
    def redo(self):
        if not self.future:
            with pytest.raises(Conflict):
                self.session.redo()
            return
        self.past.append(self.session.sketch.digest())
        self.session.redo()
        assert self.session.sketch.digest() == self.future.pop()

    @rule(name=st.sampled_from(["a", "b"]))
    def checkpoint(self, name):
        self.session.checkpoint(name)
        self.marks[name] = self.session.sketch.digest()

    @rule(name=st.sampled_from(["a", "b"]))
    def restore(self, name):
        digest = self.session.sketch.digest()
        if name not in self.marks:
            with pytest.raises(InvalidInput):
                self.session.restore(name)
            return
        step = self.session.restore(name)
        if step.changed:
            self.past.append(digest)
            self.future.clear()
        assert self.session.sketch.digest() == self.marks[name]

    @invariant()
    def figures_are_those_of_a_count_from_scratch(self):
        if not hasattr(self, "session"):
            return
        sketch = self.session.sketch
        label = sketch.grid_of_unit
        figures = sketch.figures()
        told = {
            row["label"]: (row["weight"], row["households"], row["units"], row["cut"], row["pieces"])
            for row in figures.as_dicts()
        }
        wanted = self.oracle.figures(label)
        assert told.keys() == wanted.keys()
        for grid, values in wanted.items():
            assert told[grid] == pytest.approx(values)
        assert set(sketch.faults) == self.oracle.faults(label)
        afresh = open_sketch(
            self.graph, label, locked_units=sketch.locked_units, locked_grids=sketch.locked_grids, **self.facts
        )
        assert afresh.digest() == sketch.digest()
        names, compact = np.unique(label, return_inverse=True)
        if names[0] >= 0 and self.graph.closed is None and len(set(self.facts["parent"].tolist())) == 1:
            metrics = grid_metrics(compact, self.graph)
            assert np.allclose(metrics.weight, figures.weight)
            assert np.allclose(metrics.deviation, figures.deviation)
            for name in ("units", "cut", "pieces"):
                assert getattr(metrics, name).tolist() == getattr(figures, name).tolist()

    def teardown(self):
        if not hasattr(self, "session"):
            return
        lines = json.loads(json.dumps([entry.as_dict() for entry in self.session.log]))
        again = Session.replay(self.start, lines)
        assert again.sketch.digest() == self.session.sketch.digest()
        assert again.revision == self.session.revision
        assert again.log == self.session.log
        assert (again.can_undo, again.can_redo) == (self.session.can_undo, self.session.can_redo)
        assert again.sketch.next_label == self.session.sketch.next_label


HandWork.TestCase.settings = settings(
    max_examples=30,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


TestHandWork = HandWork.TestCase
