"""Work in threads around a stream: items made ahead of their use, and work on several of them at a time."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, TypeVar

S = TypeVar("S")
T = TypeVar("T")
_AHEAD: Final = 3


def in_order(work: Callable[[S], T], items: Iterator[S], threads: int) -> Iterator[T]:
    """`work` of each item, several at a time, in the order of the items."""
    running: deque[Future[T]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for item in items:
                running.append(pool.submit(work, item))
                if len(running) > threads:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items, made some ahead by a thread: reading and writing share the work with locating."""
    held: queue.Queue[Any] = queue.Queue(_AHEAD)
    stopped = threading.Event()
    end = object()

    def offer(item: Any) -> bool:
        while not stopped.is_set():
            try:
                held.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def make() -> None:
        try:
            for item in items:
                if not offer((item, None)):
                    return
            offer((end, None))
        except BaseException as error:  # belongs to the reader of the items
            offer((end, error))

    thread = threading.Thread(target=make, daemon=True)
    thread.start()
    try:
        while True:
            item, error = held.get()
            if error is not None:
                raise error
            if item is end:
                return
            yield item
    finally:
        stopped.set()
        thread.join()
