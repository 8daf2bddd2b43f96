"""The same batches on many machines: one task a piece of Parquet, the index mapped by path, each result a part.

Every machine sees the same files (a shared disk). A task is told by paths and numbers alone, writes its part under
another name and renames it, so that a task that is done twice, or whose machine dies, leaves one whole part.
"""

from __future__ import annotations

import importlib
import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow.parquet as pq

from geo.bulk.arrow import Asked, locate_batch, located_schema
from geo.bulk.ask import asked_of, check_sample
from geo.bulk.grids import Grids
from geo.bulk.parts import Part, Work, settle, working
from geo.bulk.ports import FilePorts
from geo.bulk.read import files_of, open_source
from geo.bulk.read_arrow import ParquetSource, parquet_batches
from geo.bulk.run import Job, Listener, count, finish, key_of, refuse_folder, work_folder
from geo.bulk.shape import Shape
from geo.bulk.write import Target, with_points, write_parquet
from geo.errors import InvalidInput, StoreError

if TYPE_CHECKING:
    from geo.locate.micro import MicroIndex
    from geo.service.context import Net

_TASKS_A_THREAD: Final = 3
_RETRIES: Final = 3
TASK_ROWS: Final = 1 << 20
_PATIENCE: Final = "30s"


@dataclass(frozen=True)
class Task:
    """A piece of the input and where its result goes; paths that every machine knows."""

    number: int
    path: str
    groups: tuple[int, ...]
    folder: str
    asked: Asked


def locate_on_cluster(
    net: Net,
    job: Job,
    ports: FilePorts,
    *,
    scheduler: str,
    listener: Listener | None = None,
    known_xy: Any = None,
    doors: MicroIndex | None = None,
) -> Mapping[str, int]:
    """Locate Parquet files with the workers of a Dask scheduler; the result is a folder with one part a task.

    Resumable as `locate_files` is: parts that are done are not done again.

    Raises
    ------
    InvalidInput
        Dask's distributed is not installed, the files are not Parquet, or `job.out` is no folder.
    StoreError
        The scheduler does not answer, or a task failed on every machine that tried it.
    """
    told = listener or Listener()
    target = Target.of(job.out, ports)
    if target.kind != "dataset":
        raise InvalidInput("bulk_cluster_folder", out=job.out)
    refuse_folder(target)
    client = _client(scheduler)
    with client, working(work_folder(target), ".parquet") as work:
        changed = work.begin(key_of(net, job))
        if changed is not None:
            told.notice("bulk_afresh", what=changed)
        source = open_source(job.names, ports, work.folder)
        if not isinstance(source, ParquetSource):
            raise InvalidInput("bulk_many_parquet", path=source.name)
        asked = asked_of(source, job, ports)
        if not work.parts:
            check_sample(net, source, asked, force=job.force, known_xy=known_xy)
        else:
            told.notice("bulk_goes_on", rows=work.counts()["rows"])
        Grids.of(net, doors).save(work.folder / "grids")
        tasks = tasks_of(source, files_of(job.names), work.folder, asked)
        _run(client, [task for task in tasks if task.number not in work.parts], work, told, source.end)
        finish(target, work, located_schema(source.schema, asked), Shape.of(asked), ports, told)
        return work.counts()


def tasks_of(source: ParquetSource, paths: Sequence[Path], folder: Path, asked: Asked) -> list[Task]:
    """One task a row group, small ones of a file together."""
    groups: list[list[tuple[int, int, int]]] = []
    for k, g, rows in source.groups:
        last = groups[-1] if groups else []
        if last and last[0][0] == k and sum(held for _, _, held in last) + rows <= TASK_ROWS:
            last.append((k, g, rows))
        else:
            groups.append([(k, g, rows)])
    return [
        Task(
            number=number,
            path=str(paths[held[0][0]].resolve()),
            groups=tuple(g for _, g, _ in held),
            folder=str(folder.resolve()),
            asked=asked,
        )
        for number, held in enumerate(groups)
    ]


def locate_task(task: Task) -> Part:
    """What a worker does: read a piece, locate it, write its part; what became of the rows."""
    grids = _grids(str(Path(task.folder) / "grids"))
    counts = dict.fromkeys(("rows", "located", "outside", "bad"), 0)
    file = pq.ParquetFile(task.path)

    def located() -> Iterator[Any]:
        for batch in parquet_batches(file, task.groups):
            found = locate_batch(batch, grids, task.asked)
            for name, value in count(found).items():
                counts[name] += value
            yield found

    schema, batches = with_points(
        located_schema(file.schema_arrow, task.asked), located(), Shape.of(task.asked), wanted=False
    )
    place = Path(task.folder) / f"part-{task.number:06d}.parquet"
    half = place.with_name(f"half-{task.number:06d}-{os.getpid()}-{os.uname().nodename}")
    write_parquet(half, schema, batches)
    return Part(number=task.number, bytes=settle(half, place), next=0, **counts)


@lru_cache(maxsize=2)
def _grids(folder: str) -> Grids:
    """Opened once a process; the pages of the index are shared by all processes of a machine."""
    return Grids.open(Path(folder))


def _run(client: Any, tasks: list[Task], work: Work, told: Listener, total: int) -> None:
    """Keep the workers busy with a few tasks each, and list each part as it comes."""
    threads = sum(worker["nthreads"] for worker in client.scheduler_info()["workers"].values())
    waiting = iter(tasks)

    def submit(task: Task) -> Any:
        return client.submit(locate_task, task, pure=False, retries=_RETRIES)

    first = [submit(task) for task in itertools.islice(waiting, max(1, threads) * _TASKS_A_THREAD)]
    running = _distributed().as_completed(first, loop=client.loop)
    for future in running:
        if future.status != "finished":
            error = future.exception()
            raise StoreError("bulk_task_failed", detail=str(error)) from error
        part = future.result()
        work.note(part)
        rows = work.counts()["rows"]
        told.progress(rows, rows / total if total else 1.0)
        following = next(waiting, None)
        if following is not None:
            running.add(submit(following))


def _client(scheduler: str) -> Any:
    distributed = _distributed()
    try:
        client = distributed.Client(scheduler, timeout=_PATIENCE, set_as_default=False)
        try:
            client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError:
            client.close()
            raise
        return client
    except (OSError, ValueError, TimeoutError) as error:
        raise StoreError("bulk_no_scheduler", address=scheduler, detail=str(error)) from error


def _distributed() -> Any:
    try:
        return importlib.import_module("distributed")
    except ImportError:
        raise InvalidInput("bulk_no_distributed") from None
