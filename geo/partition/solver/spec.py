"""What a planner asks of the solver, and what the solver answers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidInput

if TYPE_CHECKING:
    from geo.partition.solver.certificate import Certificate


@dataclass(frozen=True, eq=False)
class PartitionSpec:
    """The wishes.

    Give the number of grids by `grids`, by `target` (the number that brings grids nearest to that weight), or leave it
    to the band `min_weight` … `max_weight`. A band given in weights takes the place of `tolerance`.

    Attributes
    ----------
    grids : int, number of grids, exact.
    target : float, wished weight of a grid.
    min_weight, max_weight : float, the band, inclusive.
    tolerance : float, fraction of the ideal (total / grids), inclusive; 0 asks for the least possible deviation.
    workload_tolerance : one fraction for each column of `UnitGraph.workload`, of that weight's own mean per grid.
    parent : int32 (n,), area of each unit: a grid never reaches over two. Any numbers.
    group : int32 (n,), units with the same number ≥ 0 stay together, −1 for none.
    locked : bool (n,), units that keep their `current` grid.
    current : int32 (n,), today's grid, −1 for none: as little weight as possible changes grids.
    max_moved : float, most of the total weight that may change grids, a fraction; needs `current`.
    staff : int32 (n,), the member of staff 0 … k − 1 whose seat the unit is, −1 for none: one grid around each.
    capacity : float64 (k,), > 0: how much each grid shall bear beside the others, by number of `staff` or, in a redraw,
        of `current`; the band of a grid is then around its share of the total.
    border_share : float, 0 … 1: how much the metres of a border count in the price of a cut, beside the mere number of
        cut adjacencies. More makes smoother outlines on the map (0.4 suits drawings from polygons) and a higher `cut`.
    seconds : float, time budget; the result is then the best so far and may differ from machine to machine.
    """

    grids: int | None = None
    target: float | None = None
    min_weight: float | None = None
    max_weight: float | None = None
    tolerance: float = 0.05
    workload_tolerance: tuple[float, ...] = ()
    parent: NDArray[np.int32] | None = None
    group: NDArray[np.int32] | None = None
    locked: NDArray[np.bool_] | None = None
    current: NDArray[np.int32] | None = None
    max_moved: float | None = None
    staff: NDArray[np.int32] | None = None
    capacity: NDArray[np.float64] | None = None
    border_share: float = 0.0
    seconds: float | None = None

    def __post_init__(self) -> None:
        """Refuse wishes that contradict one another or make no sense by themselves."""
        if self.grids is not None and (int(self.grids) != self.grids or self.grids < 1):
            raise InvalidInput("wish_grids_bad", got=self.grids)
        if self.grids is not None and self.target is not None:
            raise InvalidInput("wish_grids_and_target")
        if self.grids is None and self.target is None and not self.has_band and self.staff is None:
            raise InvalidInput("wish_size_missing")
        for name in ("target", "max_weight", "seconds"):
            value = getattr(self, name)
            if value is not None and not (np.isfinite(value) and value > 0):
                raise InvalidInput("wish_not_positive", name=name, got=value)
        for name in ("min_weight", "tolerance", "max_moved"):
            value = getattr(self, name)
            if value is not None and not (np.isfinite(value) and value >= 0):
                raise InvalidInput("wish_negative", name=name, got=value)
        if not 0 <= self.border_share <= 1:
            raise InvalidInput("wish_share_bad", name="border_share", got=self.border_share)
        if (self.min_weight is None) != (self.max_weight is None):
            raise InvalidInput("wish_half_band", min=self.min_weight, max=self.max_weight)
        if self.has_band and (self.min_weight or 0) > (self.max_weight or 0):
            raise InvalidInput("wish_band_reversed", min=self.min_weight, max=self.max_weight)
        for value in self.workload_tolerance:
            if not (np.isfinite(value) and value >= 0):
                raise InvalidInput("wish_negative", name="workload_tolerance", got=value)
        self._check_staff()
        if self.current is None and (self.locked is not None or self.max_moved is not None):
            raise InvalidInput("wish_needs_current", name="locked" if self.locked is not None else "max_moved")

    def _check_staff(self) -> None:
        if self.staff is not None:
            if self.current is not None:
                raise InvalidInput("wish_staff_and_current")
            if self.target is not None:
                raise InvalidInput("wish_staff_and_target", target=self.target)
            present = np.unique(self.staff[np.asarray(self.staff) >= 0])
            if not len(present) or present[-1] != len(present) - 1:
                raise InvalidInput("wish_staff_numbers", staff=len(present), last=int(present.max(initial=-1)))
            if self.grids is not None and self.grids != len(present):
                raise InvalidInput("wish_staff_grids", staff=len(present), grids=self.grids)
        if self.capacity is None:
            return
        if self.staff is None and self.current is None:
            raise InvalidInput("wish_needs_staff")
        if self.has_band:
            raise InvalidInput("wish_capacity_and_band", min=self.min_weight, max=self.max_weight)
        count = int(np.max(np.asarray(self.homes), initial=-1)) + 1
        value = np.asarray(self.capacity)
        if value.shape != (count,) or not (np.isfinite(value) & (value > 0)).all():
            raise InvalidInput("wish_capacity_bad", got=value.tolist()[:5], grids=count)

    @property
    def homes(self) -> NDArray[np.int32] | None:
        """The grid that each unit is at home in: its seat of staff, or its grid of today; None if there is neither."""
        return self.staff if self.staff is not None else self.current

    @property
    def held(self) -> NDArray[np.bool_] | None:
        """The units that may not leave home; None for none."""
        return np.asarray(self.staff) >= 0 if self.staff is not None else self.locked

    @property
    def has_band(self) -> bool:
        """Whether the band is given in weights."""
        return self.min_weight is not None and self.max_weight is not None

    def check_length(self, n: int) -> None:
        """Refuse arrays that do not have one value per unit."""
        for name in ("parent", "group", "locked", "current", "staff"):
            value = getattr(self, name)
            if value is not None and np.shape(value) != (n,):
                raise InvalidInput("wish_length", name=name, got=np.shape(value), units=n)


@dataclass(frozen=True, eq=False)
class PartitionReport:
    """Figures of a partition, and the certificate of how good it can be.

    Attributes
    ----------
    grids : number of grids. ideal : total weight / grids.
    band : least and greatest weight asked for; `outside_band` counts the grids beyond it. A tolerance of 0 asks for the
        least deviation and sets no band: both are then the ideal, and no grid counts as outside.
    max_deviation : greatest |weight − ideal| / ideal; with capacities, each grid's own ideal.
    workload_deviation : the same for each column of `UnitGraph.workload`.
    certificate : what was proved, with the units that force it.
    lower_bound : no partition into that many grids has a smaller `max_deviation`; `certificate` says why.
    cut : adjacencies between two grids; cut_m : their length in metres (None without border lengths).
    disconnected : grids in more than one piece (always 0; counted independently of the solver).
    oversize_units : indices of units that are heavier than the band allows alone.
    split_groups : groups that had to be split, because they are heavier than the band allows.
    moved_share : share of the weight that changed grids; None without `current`.
    seconds : time taken. interrupted : stopped by hand or by the time budget; the result is the best until then.
    seed : filled in by the caller who made the generator.
    """

    grids: int
    ideal: float
    band: tuple[float, float]
    max_deviation: float
    lower_bound: float
    cut: int
    cut_m: float | None
    disconnected: int
    outside_band: int
    oversize_units: tuple[int, ...]
    split_groups: tuple[int, ...]
    moved_share: float | None
    workload_deviation: tuple[float, ...]
    certificate: Certificate
    seconds: float
    interrupted: bool = False
    seed: int | None = None

    @property
    def excess(self) -> float:
        """How far `max_deviation` is above the least possible."""
        return self.certificate.excess

    def as_dict(self) -> dict[str, Any]:
        """The figures as plain values for JSON; unit indices as a list."""
        values = asdict(self)
        values["excess"] = self.excess
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


@dataclass(frozen=True, eq=False)
class PartitionResult:
    """A partition.

    Attributes
    ----------
    grid_of_unit : int32 (n,), 0 … grids − 1, numbered the same for any order of the rows. With `current`, a grid that
        goes on keeps its number where that is below `grids`.
    goes_on : int32 (grids,), the grid of `current` that each grid goes on from, −1 for a new one.
    """

    grid_of_unit: NDArray[np.int32]
    goes_on: NDArray[np.int32]
    report: PartitionReport


def shares_of(goes_on: NDArray[np.int32], spec: PartitionSpec) -> NDArray[np.float64]:
    """What each grid of a result shall bear beside the mean one: float64 (grids,)."""
    share = np.ones(len(goes_on))
    if spec.capacity is not None:
        old = goes_on >= 0
        share[old] = (spec.capacity / spec.capacity.mean())[goes_on[old]]
    return share
