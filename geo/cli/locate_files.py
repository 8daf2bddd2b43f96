"""The part of geo locate that has files: progress, where it was stopped, and what became of the rows."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from geo.cli.console import Progress, language, tell, warn
from geo.cli.outputs import check_outputs
from geo.errors import InvalidInput
from geo.messages import say

if TYPE_CHECKING:
    from geo.bulk.run import Job
    from geo.model import MicroEdition
    from geo.service.context import Net, Service

_INTERRUPTED = 130  # what a shell says of a command that Ctrl-C ended


def check_result(out: str, sources: Sequence[str]) -> None:
    """Refuse a result that could not be written at the end; one that ends in a slash is a folder."""
    if not out.endswith("/"):
        check_outputs(Path(out), sources=sources)
        return
    folder = Path(out).parent
    if not folder.is_dir():
        raise InvalidInput("out_folder_missing", path=out, folder=str(folder))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InvalidInput("out_not_writable", path=out, detail=os.strerror(13))
    if any(Path(source).resolve() == Path(out).resolve() for source in sources):
        raise InvalidInput("out_is_input", path=out)


def make_job(
    paths: Sequence[str],
    out: str,
    edition: MicroEdition | None,
    *,
    crs: str | None,
    fields: Mapping[str, Any],
) -> Job:
    """What is asked, with the edition of micro-grids: a run goes on only with the same."""
    from geo.bulk.run import Job

    token = None if edition is None else f"{edition.id} {edition.created_at.isoformat()}"
    return Job(tuple(paths), out, crs, lang=language(), micro=token, **fields)


def locate_all(
    service: Service, net: Net, job: Job, scheduler: str | None, edition: MicroEdition | None = None
) -> None:
    """Locate the rows of files, on a cluster if one is named, and say what became of them."""
    from geo.bulk.run import Listener, locate_files, work_folder
    from geo.bulk.write import Target
    from geo.service.datum import known_places
    from geo.service.micro_lookup import micro_index_of
    from geo.wiring import build_file_ports

    ports = build_file_ports()
    pace = _Pace()
    folder = work_folder(Target.of(job.out, ports))
    try:
        listener, known = Listener(pace.show, _notice), known_places(service)
        doors = None if edition is None else micro_index_of(service, net, edition)
        if scheduler is None:
            counts = locate_files(net, job, ports, listener=listener, known_xy=known, doors=doors)
        else:
            from geo.bulk.cluster import locate_on_cluster

            counts = locate_on_cluster(
                net, job, ports, scheduler=scheduler, listener=listener, known_xy=known, doors=doors
            )
    except KeyboardInterrupt:
        pace.progress.done()
        if folder.is_dir():  # without a finished part it has gone
            warn("bulk_stopped", folder=folder)
        else:
            warn("bulk_stopped_early", path=job.out)
        raise typer.Exit(_INTERRUPTED) from None
    finally:
        pace.progress.done()
    tell("locate_file_done", path=job.out, **counts)


def _notice(key: str, **values: Any) -> None:
    if "what" in values:
        values["what"] = say(f"bulk_changed_{values['what']}", language())
    warn(key, **values)


class _Pace:
    """Rows, rows a second, and the time that is left, by what this run has done so far."""

    def __init__(self) -> None:
        self.progress = Progress("geo locate")
        self.start = time.monotonic()
        self.first: tuple[int, float] | None = None

    def show(self, rows: int, share: float | None) -> None:
        """Show it on stderr."""
        if self.first is None:
            self.first = (rows, share or 0.0)
            self.start = time.monotonic()
        if share is None:
            self.progress.rows(rows)
            return
        seconds = time.monotonic() - self.start
        gained = share - self.first[1]
        if not (gained > 0 and seconds > 0):  # the first tick: how quick it goes is not known yet
            self.progress(share, say("bulk_progress_first", language(), rows=rows))
            return
        left = round(seconds * (1.0 - share) / gained)
        rate = (rows - self.first[0]) / seconds
        text = say("bulk_progress", language(), rows=rows, rate=rate, left=f"{left // 60}:{left % 60:02}")
        self.progress(share, text)
