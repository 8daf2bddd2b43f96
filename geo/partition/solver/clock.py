"""Time, progress and Ctrl-C during a long run."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Clock:
    """Tells how much of a run's time is used, and whether it shall stop.

    Parameters
    ----------
    seconds : float or None
        Budget of the whole run; None never stops it.
    progress : callable or None
        Called with the finished fraction, 0 … 1, and the message key of what is being done.
    """

    def __init__(self, seconds: float | None, progress: Callable[[float, str], None] | None) -> None:
        self._start = time.perf_counter()
        self._seconds = seconds
        self._progress = progress
        self._done = 0.0
        self._share = 1.0
        self._share_start = self._start
        self.interrupted = False

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self._start

    @property
    def over(self) -> bool:
        """Whether the run shall come to its end now."""
        return self.interrupted or (self._seconds is not None and self.elapsed >= self._seconds)

    @property
    def left(self) -> float:
        """Seconds until the budget is spent; infinite without one."""
        return float("inf") if self._seconds is None else max(0.0, self._seconds - self.elapsed)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Note the first Ctrl-C instead of raising it; a second one is raised.

        Raised, it would be lost inside a callback of the compiler, and between two steps it would end the run without
        the best so far. Only where Ctrl-C is still Python's own: in the main thread, under no server.
        """
        mine = threading.current_thread() is threading.main_thread()
        if not mine or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            yield
            return

        def note(number: int, frame: FrameType | None) -> None:
            if self.interrupted:
                signal.default_int_handler(number, frame)
            self.interrupted = True

        signal.signal(signal.SIGINT, note)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def begin(self, share: float) -> None:
        """Enter a part of the run that is `share` of it; call `finish` after it."""
        self._share = share
        self._share_start = time.perf_counter()

    def used(self) -> float:
        """Fraction of the current part's time that is gone; 0 without a budget."""
        if self._seconds is None:
            return 0.0
        left = self._seconds - (self._share_start - self._start)
        # The part may take its share of what is left; a quarter is kept for repair.
        mine = 0.75 * left * self._share / max(1e-9, 1.0 - self._done)
        return (time.perf_counter() - self._share_start) / max(mine, 1e-9)

    def tell(self, fraction: float) -> None:
        """Report that `fraction` of the current part is done."""
        if self._progress is not None:
            self._progress(min(1.0, self._done + fraction * self._share), "partition_step_solve")

    def finish(self) -> None:
        """Leave the current part."""
        self._done += self._share
        self.tell(0.0)


class Strand(Clock):
    """The clock of one piece of several that are solved side by side; the whole run's clock tells the time.

    Parameters
    ----------
    whole : Clock
        Of the whole run.
    share : float
        The share of the time that is left which this piece may take.
    """

    def __init__(self, whole: Clock, share: float) -> None:
        super().__init__(None, None)
        self._whole, self._mine, self._begun = whole, share, False
        self.fraction = 0.0

    @property
    def over(self) -> bool:
        """Whether the run shall come to its end now."""
        return self._whole.over

    def used(self) -> float:
        """Fraction of this piece's time that is gone, from its first question on."""
        if not self._begun:
            self._begun = True
            self._start = time.perf_counter()
        mine = 0.75 * self._whole.left * self._mine
        gone = time.perf_counter() - self._start
        # Both run: what is gone is part of what there was.
        return gone / max(mine + gone, 1e-9) if mine < float("inf") else 0.0

    def tell(self, fraction: float) -> None:
        """Note that `fraction` is done; the thread that watches reports it."""
        self.fraction = fraction
