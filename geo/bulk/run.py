"""`geo locate FILE --out FILE`: read, locate and write in a stream, and go on where an earlier run stopped."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from geo.bulk.ahead import ahead, in_order
from geo.bulk.arrow import Asked, locate_batch, located_schema
from geo.bulk.ask import asked_of, check_sample
from geo.bulk.grids import Grids, fingerprint
from geo.bulk.parts import Work, remove, settle, working
from geo.bulk.parts import fingerprint as fingerprint_files
from geo.bulk.ports import Chunk, FilePorts, Source
from geo.bulk.read import files_of, open_source
from geo.bulk.shape import Shape
from geo.bulk.write import Target, write_file, write_parquet
from geo.crs import Systems
from geo.errors import Conflict
from geo.messages import Lang
from geo.service.columns import LOCATED, OUTSIDE, STATUS
from geo.service.context import Net

if TYPE_CHECKING:
    from geo.locate.micro import MicroIndex

PART_ROWS: Final = 1 << 20
# The kernels let go of the interpreter's lock; more than these wait for the one that writes.
_THREADS: Final = min(4, os.cpu_count() or 1)
_PARTS: Final = "part-*.parquet"


@dataclass(frozen=True)
class Job:
    """What `geo locate` was asked to do with files.

    Attributes
    ----------
    names : files (FILE or FILE:LAYER), or folders of Parquet files
    out : a file, or a folder if it ends in a slash
    crs, lon, lat, crs_field : as named by the user, None where not
    force : True takes the coordinates as they are, whatever the numbers say
    border : False leaves the distance to the border out
    micro : names the edition of micro-grids that is asked too, None where none is
    stairwell, floor, accuracy : columns as named by the user, None where not
    accuracy_m : radius of the location error of all rows
    full : True adds all that the answer for one point has: its chain, the nearest grid, candidates
    systems : local systems that a column of reference systems may name
    """

    names: tuple[str, ...]
    out: str
    crs: str | None = None
    lon: str | None = None
    lat: str | None = None
    crs_field: str | None = None
    lang: Lang = "zh"
    force: bool = False
    border: bool = True
    micro: str | None = None
    stairwell: str | None = None
    floor: str | None = None
    accuracy: str | None = None
    accuracy_m: float | None = None
    full: bool = False
    systems: Systems = field(default_factory=Systems)

    def options(self) -> dict[str, Any]:
        """What changes the result, beside the files and the plan."""
        names = ["crs", "lon", "lat", "crs_field", "lang", "border", "micro"]
        names += ["stairwell", "floor", "accuracy", "accuracy_m", "full"]
        local = {"systems": dict(self.systems.wkt)} if self.systems.wkt else {}
        return {name: getattr(self, name) for name in names} | local


@dataclass(frozen=True)
class Listener:
    """Who is told how it goes: `progress(rows, share)`, share None if the total is unknown; `notice(key, **values)`."""

    progress: Callable[[int, float | None], None] = lambda rows, share: None
    notice: Callable[..., None] = lambda key, **values: None


def locate_files(
    net: Net,
    job: Job,
    ports: FilePorts,
    *,
    listener: Listener | None = None,
    known_xy: Any = None,
    doors: MicroIndex | None = None,
    part_rows: int = PART_ROWS,
) -> Mapping[str, int]:
    """Locate each point of a file and write all its rows; counts of rows, located, outside, bad.

    A run that was stopped goes on from its last finished part when it is started again with the same files, plan and
    options; else it starts afresh.

    Parameters
    ----------
    known_xy : float64 (m, 2), degrees WGS84, optional
        Places that are known, against which the datum is checked.
    doors : of the edition that `job.micro` names

    Raises
    ------
    InvalidInput, NotFound
        The files cannot be read, the result cannot be written, no column holds coordinates.
    InvalidCrs
        No reference system is named, or the points fit the net much better under another.
    Conflict
        Another run writes the same result.
    """
    told = listener or Listener()
    target = Target.of(job.out, ports)
    refuse_folder(target)
    with working(work_folder(target), ".parquet" if target.kind == "dataset" else ".arrows") as work:
        changed = work.begin(key_of(net, job))
        if changed is not None:
            told.notice("bulk_afresh", what=changed)
        source = open_source(job.names, ports, work.folder)
        asked = asked_of(source, job, ports)
        shape = Shape.of(asked)
        target.refuse(shape)
        if not work.parts:
            check_sample(net, source, asked, force=job.force, known_xy=known_xy)
        else:
            told.notice("bulk_goes_on", rows=work.counts()["rows"])
        _locate_parts(Grids.of(net, doors), source, asked, work, told, target, part_rows)
        finish(target, work, located_schema(source.schema, asked), shape, ports, told)
        return work.counts()


def work_folder(target: Target) -> Path:
    """The folder of the run, beside its result."""
    return target.path.parent / f"{target.path.name}.parts"


def key_of(net: Net, job: Job) -> dict[str, Any]:
    """What has to be the same for a second run to go on with the parts of the first."""
    names = [name if Path(name).exists() else name.rpartition(":")[0] for name in job.names]
    paths = [path for path in files_of(names) if path.is_file()]
    return {
        "input": [fingerprint_files(paths), list(job.names)],
        "plan": fingerprint(net),
        "options": job.options(),
    }


def refuse_folder(target: Target) -> None:
    """A folder that holds anything but parts of ours is nobody's to replace.

    Raises
    ------
    Conflict
        There is such a folder where the result should go.
    """
    if target.kind == "dataset" and target.path.is_dir():
        other = next((entry for entry in target.path.iterdir() if not entry.match(_PARTS)), None)
        if other is not None:
            raise Conflict("bulk_folder_taken", folder=str(target.path), entry=other.name)


def finish(target: Target, work: Work, schema: Any, shape: Shape, ports: FilePorts, told: Listener) -> None:
    """Make the result of the parts, put it in its place, and remove what the run left."""
    if target.kind == "dataset":
        if target.path.is_dir():
            shutil.rmtree(target.path)
        work.folder.replace(target.path)
        for entry in target.path.iterdir():
            if not entry.match(_PARTS):
                remove(entry)
    else:
        total = work.counts()["rows"]
        # A Shapefile is several files, which the files room writes beside their place and moves together.
        half = target.path if target.kind == "Shapefile" else work.folder / target.path.name
        if half != target.path:
            half.unlink(missing_ok=True)

        def batches() -> Iterator[Any]:
            done = 0
            for part in work.first_parts():
                with pa.OSFile(str(work.path(part.number)), "rb") as file, pa.ipc.open_stream(file) as reader:
                    for batch in reader:
                        yield batch
                        done += batch.num_rows
                        told.progress(total, 0.5 + 0.5 * done / total)

        write_file(target, half, schema, ahead(batches()), shape, ports)
        if half != target.path:
            settle(half, target.path)
    shutil.rmtree(work.folder, ignore_errors=True)


def count(batch: Any) -> dict[str, int]:
    """What became of the rows of a located batch."""
    column = batch.column("status")
    status = np.bincount(column.indices.to_numpy(zero_copy_only=False), minlength=len(STATUS))
    rows, located, outside = batch.num_rows, int(status[LOCATED]), int(status[OUTSIDE])
    return {"rows": rows, "located": located, "outside": outside, "bad": rows - located - outside}


def _locate_parts(
    grids: Grids, source: Source, asked: Asked, work: Work, told: Listener, target: Target, part_rows: int
) -> None:
    done = work.first_parts()
    work.parts = {part.number: part for part in done}
    start = done[-1].next if done else source.begin
    row = sum(part.rows for part in done)
    # A result of one file is half of the work: the parts are read again to make it.
    share = 1.0 if target.kind == "dataset" else 0.5
    schema = located_schema(source.schema, asked)
    write = write_parquet if target.kind == "dataset" else _write_part

    def located(chunk: Chunk) -> tuple[Chunk, Any]:
        return chunk, locate_batch(chunk.batch, grids, asked, chunk.faults)

    rows = _Rows(source, in_order(located, ahead(source.chunks(start, row)), _THREADS), told, row, start, share)
    number = len(done)
    while rows.more():
        half = work.folder / f"half-{number:06d}"
        write(half, schema, rows.part(part_rows))
        work.put(number, half, after=rows.at, counts=rows.counts)
        number += 1


@dataclass
class _Rows:
    """The rows of a source on their way: `row` of them are located, the source goes on `at`; `counts` of this part."""

    source: Source
    located: Iterator[tuple[Chunk, Any]]
    told: Listener
    row: int
    at: int
    share: float
    counts: dict[str, int] = field(default_factory=dict)
    _next: tuple[Chunk, Any] | None = None

    def more(self) -> bool:
        """Whether rows are left."""
        self._next = next(self.located, None)
        return self._next is not None

    def part(self, most: int) -> Iterator[Any]:
        """Located batches of the next part, `most` rows or a little more."""
        self.counts = dict.fromkeys(("rows", "located", "outside", "bad"), 0)
        span = self.source.end - self.source.begin
        while self._next is not None:
            chunk, batch = self._next
            for name, value in count(batch).items():
                self.counts[name] += value
            self.row += batch.num_rows
            self.at = chunk.next
            yield batch
            self.told.progress(self.row, self.share * (self.at - self.source.begin) / span if self.source.end else None)
            self._next = next(self.located, None) if self.counts["rows"] < most else None


def _write_part(path: Path, schema: Any, batches: Iterator[Any]) -> None:
    """A stream, because dictionaries of the input may change from batch to batch."""
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
