"""Coordinates to grids, exactly: a point of a seamless net gets one grid, on borders the one with the lowest code."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from geo.errors import InvalidInput
from geo.locate.index import cover
from geo.locate.index.batch import kernel_ready, look_up, rename
from geo.locate.index.distances import Distances
from geo.locate.index.edges import shared_edges
from geo.locate.index.overlaps import any_overlap, claims, contested, covering
from geo.locate.index.patches import bounds, patches
from geo.locate.index.sections import pack_names, read_sections, unpack_names, write_sections
from geo.locate.index.shapes import usable_polygons
from geo.locate.index.single import asker
from geo.locate.index.tree import Tree, build_tree

_LAYERS: Final = ("over", "net")


class GridIndex:
    """An index over the polygons of one plan (WGS84 degrees).

    A point belongs to the grid with the lowest code (string order) among the closed polygons that cover it, those that
    lie over the net before all others; nothing else decides, in bulk or singly, on a seamless net or on one with
    overlaps. Degrees nearer to 0 than 1e-100 are 0, of polygons and of points. Make it with `GridIndex.build`, keep it
    with `save`, and share it with `open`. It never changes and may be asked from any number of threads; batches do not
    hold the interpreter's lock.

    Attributes
    ----------
    codes : tuple of str, in the caller's order; every answer is an index into it.
    mended : tuple of str, codes of grids whose polygons cross themselves and were read as `build` says.
    overlaps : bool, whether there is any place that `contested` is true of.
    """

    def __init__(self, arrays: dict[str, NDArray[Any]]) -> None:
        """An index of the arrays that `build` makes and `save` keeps."""
        self._arrays = arrays
        self._order: NDArray[np.int32] = arrays["order"]
        # Those over the net first: where one of them covers a point, the net is not asked.
        self._trees = [Tree(*(arrays[f"{layer}.{name}"] for name in Tree.names)) for layer in _LAYERS]
        self._trees = [tree for tree in self._trees if len(tree.lines)]
        self.overlaps = bool(arrays["overlaps"].any())
        self._ask = asker(self._trees, self._order)

    @classmethod
    def build(
        cls,
        polygons: Sequence[BaseGeometry] | NDArray[np.object_],
        codes: Sequence[str],
        over: Collection[int] = (),
        *,
        mend: bool = False,
    ) -> Self:
        """Build an index.

        Parameters
        ----------
        polygons : (n_grids,) Polygon or MultiPolygon, WGS84 degrees, x = longitude. Holes and parts are respected.
        codes : (n_grids,) unique strings.
        over : numbers of the grids that lie over the net (专属网格) and win against every other, on their border too.
        mend : read a polygon that crosses itself as what `shapely.make_valid` makes of it (where its rings run round
            a place an odd number of times), and name it in `mended`, instead of refusing it.

        Raises
        ------
        InvalidInput
            If the lengths differ or a code stands twice.
        InvalidBoundary
            If a geometry is missing, empty, no polygon, not in degrees, or (without `mend`) crosses itself; names it.
        """
        names = tuple(str(code) for code in codes)
        shapes, mended = usable_polygons(polygons, names, mend=mend)
        order = np.array(sorted(range(len(names)), key=lambda k: (k not in over, names[k])), dtype=np.int32)
        first = len(set(over) & set(range(len(names))))
        arrays: dict[str, NDArray[Any]] = {"order": order, "codes": pack_names(names), "mended": pack_names(mended)}
        arrays["overlaps"] = np.zeros(1, dtype=np.bool_)
        for layer, begin, end in (("over", 0, first), ("net", first, len(names))):
            edges = shared_edges(shapes[order[begin:end]])
            tree = build_tree(edges.ranked_from(begin))
            arrays |= {f"{layer}.{name}": getattr(tree, name) for name in Tree.names}
            arrays["overlaps"] = arrays["overlaps"] | any_overlap(tree, len(names))
        for array in arrays.values():
            array.setflags(write=False)
        return cls(arrays)

    def save(self, path: str | Path) -> None:
        """Write the index to one file: beside its place, then renamed, so that readers see the old one or the new."""
        write_sections(Path(path), self._arrays | {f"distances.{k}": v for k, v in self._distances.arrays().items()})

    @classmethod
    def open(cls, path: str | Path, *, verify: bool = True) -> Self:
        """An index from a file, mapped into memory read-only: processes that open the same file share it.

        Parameters
        ----------
        verify : read the whole file and compare its content with its hash. False checks the header and the length
            alone, in milliseconds at any size: for workers that open what one process has verified.

        Raises
        ------
        NotFound
            If there is no such file.
        InvalidInput
            If the file is no index, is damaged, or was written by another version.
        """
        return cls(read_sections(Path(path), verify=verify))

    @staticmethod
    def warm_up() -> None:
        """Compile every kernel, or load what was compiled before: seconds once, so that no request waits for it."""
        # Two over the net are one upon another, so that what answers there is compiled too.
        square = shapely.box(0, 0, 1, 1)
        index = GridIndex.build([square, square, shapely.box(1, 0, 2, 1)], ["a", "b", "c"], over={0, 1})
        place = {"lon": np.array([0.5, 1.5, 3.0]), "lat": np.array([0.5, 0.5, 3.0])}
        index.locate_one(lon=0.5, lat=0.5)
        index.claims(**place)
        index.border_m(**place)
        index.border_one(lon=0.5, lat=0.5)
        index.border_m(**place, index=index.locate(**place))
        index.nearest(**place)
        index.neighbours_within(**place, metres=1.0)

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Codes in the caller's order."""
        return unpack_names(self._arrays["codes"])

    @cached_property
    def mended(self) -> tuple[str, ...]:
        """Codes of grids that were mended."""
        return unpack_names(self._arrays["mended"])

    def __reduce__(self) -> tuple[type[Self], tuple[dict[str, NDArray[Any]]]]:
        """Only the arrays travel: what answers singly holds addresses of this process."""
        return type(self), (self._arrays,)

    def __len__(self) -> int:
        return len(self._order)

    def __repr__(self) -> str:
        return f"GridIndex({len(self)} grids, {sum(len(tree.lines) for tree in self._trees)} edges)"

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north of all grids, degrees WGS84; None where there are no grids."""
        return bounds(self._trees)

    def locate(self, *, lon: ArrayLike, lat: ArrayLike) -> NDArray[np.int32]:
        """The grid of each point.

        Parameters
        ----------
        lon, lat : (n,) float, degrees WGS84.

        Returns
        -------
        int32 (n,) index into `codes`, −1 outside.

        Raises
        ------
        InvalidCoordinate
            If a value is NaN, infinite or no place on earth; names the row.
        """
        return self._named(self._ranks(*kernel_ready(lon, lat)))

    def locate_one(self, *, lon: float, lat: float) -> int:
        """The same answer as `locate` for one point, without array overhead."""
        grid = self._ask(lon, lat)
        # Below −1: no place on earth, or one in more than one grid, which only a net with overlaps has.
        return grid if grid >= -1 else int(self.locate(lon=lon, lat=lat)[0])

    def contested(self, *, lon: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
        """Whether more than one grid claims a place at or right beside each point, bool (n,): a fault of the net.

        A border that two grids share is not contested, and neither is a place in a grid over the net.
        """
        return contested(self._trees, *kernel_ready(lon, lat))

    def claims(self, *, lon: ArrayLike, lat: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Who claims each contested point: point int64 (m,), index int32 (m,) into `codes`; by point, then code."""
        point, rank = claims(self._trees, *kernel_ready(lon, lat))
        return point, self._named(rank)

    def border_m(self, *, lon: ArrayLike, lat: ArrayLike, index: ArrayLike | None = None) -> NDArray[np.float64]:
        """Distance to the nearest border, float64 (n,), metres; inf where there is no border to measure to.

        Without `index` to the nearest border of any grid; with `index` (n,) to the border of that grid (−1: inf).
        How exact: see `Distances`.
        """
        x, y = kernel_ready(lon, lat)
        if index is None:
            return self._distances.metres(x, y)
        wanted = np.atleast_1d(np.asarray(index, dtype=np.int32))
        if wanted.shape != x.shape:
            raise InvalidInput("locate_lengths_differ", lon=x.shape, lat=wanted.shape)
        known = wanted >= 0
        rank = np.full(len(x), -1, dtype=np.int32)
        rank[known] = self._rank[wanted[known]]
        return self._distances.to_each(x, y, rank)

    def border_one(self, *, lon: float, lat: float) -> float:
        """`border_m` of one checked point, to the nearest border of any grid, without array overhead."""
        return self._distances.metres_one(lon, lat)

    def nearest(self, *, lon: ArrayLike, lat: ArrayLike) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """The nearest grid and how far it is: int32 (n,) index into `codes`, float64 (n,) metres.

        0 m where a grid covers the point; equally near grids: the lowest code. How exact: see `Distances`.
        """
        x, y = kernel_ready(lon, lat)
        rank = self._ranks(x, y)
        metres = np.zeros(len(x))
        out = np.flatnonzero(rank < 0)
        if len(out):
            rank[out], metres[out] = self._distances.nearest(x[out], y[out])
        return self._named(rank), metres

    def nearest_one(self, *, lon: float, lat: float) -> tuple[int, float]:
        """`nearest` of one checked point that lies in no grid; −1 and inf where there are none."""
        rank, metres = self._distances.nearest(np.array([lon]), np.array([lat]))
        return (int(self._order[rank[0]]) if rank[0] >= 0 else -1), float(metres[0])

    def neighbours_within(
        self, *, lon: ArrayLike, lat: ArrayLike, metres: float
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
        """Every grid within `metres` of each point, those that cover it included (0 m).

        Returns
        -------
        point int64 (m,), index int32 (m,) into `codes`, distance float64 (m,) metres: one row a pair, by point, then
        distance, then code.
        """
        if not metres >= 0:
            raise InvalidInput("locate_bad_radius", metres=metres)
        x, y = kernel_ready(lon, lat)
        inside, cover_rank = covering(self._trees, x, y)
        point, rank, distance = self._distances.within(x, y, metres)
        beyond = ~np.isin(point * len(self) + rank, inside * len(self) + cover_rank)
        point = np.concatenate((inside, point[beyond]))
        rank = np.concatenate((cover_rank, rank[beyond]))
        distance = np.concatenate((np.zeros(len(inside)), distance[beyond]))
        sequence = np.lexsort((rank, np.round(distance, 6), point))
        return point[sequence], self._named(rank[sequence]), distance[sequence]

    # Inside, an answer is a rank: the position of the grid in the order of codes, those over the net first.

    def _named(self, rank: NDArray[np.int32]) -> NDArray[np.int32]:
        """Ranks as indices in the caller's order; in place."""
        rename(rank, self._order)
        return rank

    def _ranks(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int32]:
        rank = np.full(len(x), -1, dtype=np.int32)
        for number, tree in enumerate(self._trees):
            arrays = (tree.frame, tree.nodes, tree.lines)
            found = rank if number == 0 else np.empty_like(rank)
            if look_up(*arrays, x, y, found):
                cover.settle(*arrays, x, y, found)
            if number:
                rank = np.where(rank >= 0, rank, found)
        return rank

    @cached_property
    def patches(self) -> NDArray[np.float64]:
        """Boxes of the parts of the net that lie far from one another: west, south, east, north (k, 4), degrees."""
        return patches(self._trees, len(self))

    @cached_property
    def _rank(self) -> NDArray[np.int32]:
        """The rank of each grid in the caller's order."""
        rank = np.empty_like(self._order)
        rank[self._order] = np.arange(len(rank), dtype=np.int32)
        return rank

    @cached_property
    def _distances(self) -> Distances:
        kept = {k.removeprefix("distances."): v for k, v in self._arrays.items() if k.startswith("distances.")}
        return Distances([tree.lines for tree in self._trees], len(self), kept or None)
