"""Is a batch of coordinates in the system it claims? Told by how it lies to the net and to known places.

Two witnesses speak. **The outline**: how many points lie in the net. **Known places** (buildings, addresses): reports
come from them, so in the right datum points lie nearer to them than anywhere around.

A batch may rightly lie beyond the net, at one border, or in one compound, so a better share under another datum proves
nothing by itself. What proves is that the other datum fits better than *every* displacement of similar size: where
points fill the net, only their true place does; where they lie at one border or in a few spots, a hundred
displacements fit as well, and nothing is said. Points close together count once, since they share their fate.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from geo import crs as crs_
from geo.errors import InvalidCoordinate
from geo.locate.hypotheses import Hypothesis, of_the_datum, of_the_order

if TYPE_CHECKING:
    from geo.locate.index import GridIndex

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_SAMPLE: Final = 2_048  # points looked at, by a fixed stride
_SAMPLE_FAR: Final = 256
_FEWEST: Final = 5  # fewer points are no batch
_DEGREE_M: Final = 111_195.0
_NEAR_M: Final = 20_000.0  # beyond a part of the net by more than this and by half its size: not near it

# Points of one square share their fate and count once.
_SPOT_M: Final = 60.0
_PLACE_M: Final = 20.0
_REACH_M: Final = 20.0  # how fast nearness to a known place fades
_FAR_M: Final = 10.0 * _REACH_M  # not near at all
_LEAST_SHIFT_M: Final = 150.0  # datums that are closer than this cannot be told apart

_OUTLINE_SIGMAS: Final = 5.0
_RIVAL_SIGMAS: Final = 3.0
_PEAK_SIGMAS: Final = 6.0
_SLIGHT_SIGMAS: Final = 3.0
_LEAST_SHARE: Final = 0.5
_LEAST_PLACES: Final = 15  # different known places that the points must lie at


@dataclass(frozen=True)
class Verdict:
    """What was found.

    Attributes
    ----------
    crs : str, the canonical name of what the batch claims
    better : what it is instead, or None: it fits, or nothing proves that it does not
    points : number of points looked at
    share, better_share : part of them in the net as claimed and under `better`
    near_m, better_near_m : median distance to the nearest known place, metres; NaN where none are known
    """

    crs: str
    better: Hypothesis | None
    points: int
    share: float
    better_share: float = float("nan")
    near_m: float = float("nan")
    better_near_m: float = float("nan")

    @property
    def fits(self) -> bool:
        """False if the batch fits much better as something else."""
        return self.better is None


def detect_datum(
    index: GridIndex, x: ArrayLike, y: ArrayLike, *, crs: str, known_xy: ArrayLike | None = None
) -> Verdict:
    """Say whether a batch is in the system that it claims.

    Parameters
    ----------
    index : the net that the batch is for
    x, y : float64 (n,)
        Longitude, latitude in degrees or easting, northing in the unit of `crs`; NaN where a row has none.
    crs : str
        What the batch claims, see `geo.crs.canonical`.
    known_xy : float64 (m, 2), degrees WGS84, optional
        Longitude and latitude of places that reports come from: buildings, addresses.

    Returns
    -------
    Verdict
        The same for the same batch: nothing is drawn by lot.

    Raises
    ------
    InvalidCrs
        If `crs` is unknown.
    """
    name = crs_.canonical(crs)
    a, b = np.asarray(x, dtype=np.float64).ravel(), np.asarray(y, dtype=np.float64).ravel()
    if a.shape != b.shape:
        raise InvalidCoordinate("crs_shapes_differ", got_x=a.shape, got_y=b.shape)
    usable = np.flatnonzero(np.isfinite(a) & np.isfinite(b))
    usable = usable[:: max(1, -(-len(usable) // _SAMPLE))]
    a, b = a[usable], b[usable]
    bounds = index.bounds
    if bounds is None or len(a) < _FEWEST:
        return Verdict(name, None, len(a), float("nan"))
    scene = _Scene(index, bounds, known_xy)
    claim = scene.place(*crs_.transform_xy(a, b, source=name, target=crs_.WGS84))
    share = float(np.mean(scene.covered(claim)))
    if np.mean(scene.about(claim)) <= 0.1:
        better, better_share = _elsewhere(scene, name, a, b)
        return Verdict(name, better, len(a), share, better_share)
    best, rank = None, 0.0
    for other in of_the_datum(name):
        moved = scene.place(*other.to_wgs84(a, b))
        force = _proof(scene, claim, moved)
        if force > rank:
            best, rank = (other, moved), force
    if best is None:
        return Verdict(name, None, len(a), share, near_m=scene.median_m(claim))
    other, moved = best
    better_share = float(np.mean(scene.covered(moved)))
    return Verdict(name, other, len(a), share, better_share, scene.median_m(claim), scene.median_m(moved))


class _Scene:
    """The net and the known places on a plane in metres around the middle of the net."""

    def __init__(self, index: GridIndex, bounds: tuple[float, float, float, float], known_xy: ArrayLike | None) -> None:
        west, south, east, north = bounds
        self.index = index
        self.lon, self.lat = (west + east) / 2.0, (south + north) / 2.0
        self._scale = np.array([_DEGREE_M * np.cos(np.radians(self.lat)), _DEGREE_M])
        self._half = (np.array([east - west, north - south]) / 2.0) * self._scale
        # Towns far from one another have their own surroundings: what lies between them is near none.
        boxes = index.patches - np.array([self.lon, self.lat] * 2)
        self._parts = [self._around(box.reshape(2, 2) * self._scale) for box in boxes]
        self._known: cKDTree | None = None
        if known_xy is not None:
            places = self.place(*np.asarray(known_xy, dtype=np.float64).reshape(-1, 2).T)
            places = places[_within(places, *self._around(np.array([-self._half, self._half])))]
            if len(places):
                self._known = cKDTree(places)

    def place(self, lon: Floats, lat: Floats) -> Floats:
        """Degrees as metres (n, 2) from the middle; NaN stays NaN."""
        return np.asarray(np.column_stack((lon - self.lon, lat - self.lat)) * self._scale, dtype=np.float64)

    def about(self, xy: Floats) -> Bools:
        """True (n,) for points in or not far from a part of the net."""
        near = np.zeros(len(xy), dtype=np.bool_)
        for middle, reach in self._parts:
            near |= _within(xy, middle, reach)
        return near

    def middles(self) -> list[tuple[float, float]]:
        """Longitude and latitude of the middle of the net and of its parts."""
        parts = [(middle / self._scale + (self.lon, self.lat)).tolist() for middle, _ in self._parts]
        return [(self.lon, self.lat), *((lon, lat) for lon, lat in parts)]

    @staticmethod
    def _around(box: Floats) -> tuple[Floats, Floats]:
        """Middle and half sides of a box (2, 2) with its surroundings."""
        half = (box[1] - box[0]) / 2.0
        return (box[0] + box[1]) / 2.0, half + np.maximum(half, _NEAR_M)

    def covered(self, xy: Floats) -> Bools:
        """True (n,) for points in the net."""
        inside = (np.abs(xy) <= self._half + 1.0).all(axis=1)
        lon, lat = (xy[inside] / self._scale + (self.lon, self.lat)).T
        inside[inside] = self.index.locate(lon=lon, lat=lat) >= 0
        return np.asarray(inside, dtype=np.bool_)

    def knows(self) -> bool:
        """Whether any place near the net is known."""
        return self._known is not None

    def near_m(self, xy: Floats) -> Floats:
        """Distance (n,) to the nearest known place, metres; inf beyond reach."""
        assert self._known is not None
        metres, _ = self._known.query(xy, distance_upper_bound=_FAR_M)
        return np.asarray(metres, dtype=np.float64)

    def places_at(self, xy: Floats) -> int:
        """How many different known places the points lie at."""
        assert self._known is not None
        metres, which = self._known.query(xy, distance_upper_bound=2.0 * _REACH_M)
        return len(np.unique(np.asarray(which)[np.isfinite(metres)]))

    def median_m(self, xy: Floats) -> float:
        """Median distance to the nearest known place."""
        if self._known is None:
            return float("nan")
        return float(np.median(self._known.query(xy[np.isfinite(xy).all(axis=1)])[0]))


def _within(xy: Floats, middle: Floats, reach: Floats) -> Bools:
    return np.asarray((np.abs(xy - middle) <= reach).all(axis=1), dtype=np.bool_)  # False for NaN


def _elsewhere(scene: _Scene, name: str, x: Floats, y: Floats) -> tuple[Hypothesis | None, float]:
    """What puts points into the net that lie nowhere near it; the best of those that put half of them there."""
    step = max(1, -(-len(x) // _SAMPLE_FAR))
    x, y = x[::step], y[::step]
    largest = float(max(np.abs(x).max(), np.abs(y).max()))
    best, best_share = None, 0.0
    systems = (of_the_order(name, lon=lon, lat=lat, largest=largest) for lon, lat in scene.middles())
    for other in dict.fromkeys(chain.from_iterable(systems)):
        share = float(np.mean(scene.covered(scene.place(*other.to_wgs84(x, y)))))
        if share >= _LEAST_SHARE and share > best_share:
            best, best_share = other, share
    return best, best_share if best else float("nan")


def _proof(scene: _Scene, claim: Floats, moved: Floats) -> float:
    """How firmly the batch lies at `moved` and not at `claim`, in standard deviations; 0 if that is not proved."""
    good = np.isfinite(claim).all(axis=1) & np.isfinite(moved).all(axis=1)
    claim, moved = claim[good], moved[good]
    if len(claim) < _FEWEST or np.median(np.hypot(*(moved - claim).T)) < _LEAST_SHIFT_M:
        return 0.0
    outline = _outline(scene, claim, moved)
    here = there = 0.0
    sharp = False
    if scene.knows():
        _, first = np.unique(_squares(claim, _PLACE_M), return_index=True)
        at, to = claim[first], moved[first]
        nearer = _nearness(scene, to) > _nearness(scene, at)
        if outline <= _OUTLINE_SIGMAS and not nearer:
            return 0.0
        (here, _), (there, sharp) = _peak(scene, at), _peak(scene, to)
        sharp = sharp and scene.places_at(to) >= _LEAST_PLACES
    spoken_against = here >= _SLIGHT_SIGMAS and there <= here + _SLIGHT_SIGMAS
    if outline > _OUTLINE_SIGMAS and not spoken_against and _alone(scene, claim, moved):
        return outline
    if sharp and there > _PEAK_SIGMAS and here < _SLIGHT_SIGMAS and outline > -_SLIGHT_SIGMAS:
        return there
    return 0.0


def _outline(scene: _Scene, claim: Floats, moved: Floats) -> float:
    spot = _squares(claim, _SPOT_M)
    return _gain(spot, scene.covered(claim), scene.covered(moved))


def _alone(scene: _Scene, claim: Floats, moved: Floats) -> bool:
    """True if no other displacement keeps the points in the net as well as `moved` does."""
    spot = _squares(claim, _SPOT_M)
    there = scene.covered(moved)
    if np.mean(there) < _LEAST_SHARE:
        return False
    return all(_gain(spot, scene.covered(moved + offset), there) >= _RIVAL_SIGMAS for offset in _rings())


def _gain(spot: NDArray[np.intp], before: Bools, after: Bools) -> float:
    """By how many standard deviations more squares come into the net than leave it (McNemar's test on squares)."""
    change = np.bincount(spot, weights=after.astype(np.float64) - before)
    won, lost = int((change > 0).sum()), int((change < 0).sum())
    return (won - lost) / float(np.sqrt(max(won + lost, 1)))


def _peak(scene: _Scene, xy: Floats) -> tuple[float, bool]:
    """By how many standard deviations nearness to known places exceeds that around; and if none around is higher."""
    around = np.array([_nearness(scene, xy + offset) for offset in _spiral()])
    mine = _nearness(scene, xy)
    return float((mine - around.mean()) / max(around.std(), 1e-9)), bool(mine > around.max())


def _nearness(scene: _Scene, xy: Floats) -> float:
    return float(np.mean(np.exp(-scene.near_m(xy) / _REACH_M)))


def _squares(xy: Floats, side: float) -> NDArray[np.intp]:
    """The number (n,) of the square that each point lies in."""
    _, number = np.unique(np.floor(xy / side).astype(np.int64), axis=0, return_inverse=True)
    return np.asarray(number, dtype=np.intp).ravel()


def _rings() -> Floats:
    """Displacements (36, 2) of 300, 600 and 1,000 m in twelve directions."""
    angle = np.arange(12) * (np.pi / 6.0)
    around = np.column_stack((np.cos(angle), np.sin(angle)))
    return np.concatenate([around * radius for radius in (300.0, 600.0, 1000.0)])


def _spiral() -> Floats:
    """Displacements (48, 2) of 70 to 300 m, evenly over the ring between."""
    k = np.arange(48)
    radius = np.sqrt(70.0**2 + (300.0**2 - 70.0**2) * (k + 0.5) / 48.0)
    angle = k * (np.pi * (3.0 - np.sqrt(5.0)))
    return np.column_stack((radius * np.cos(angle), radius * np.sin(angle)))
