"""Reading in a thread of its own, so that decoding and whatever uses the pictures overlap."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from threading import Event, Semaphore
from typing import TypeVar

from aisle.core import UsageError

T = TypeVar("T")


def ahead(items: Iterable[T], depth: int) -> Generator[T, None, None]:
    """`items` in order, up to `depth` of them taken ahead of time in a thread; what they raise is raised here.

    Closing the generator (`contextlib.closing`, or leaving the loop over it) ends the thread before it returns, so that
    what `items` reads from may be closed right after. Raises UsageError for a depth below 1.
    """
    if depth < 1:
        raise UsageError("reading ahead needs room for at least one", got=f"depth {depth}")
    taken: SimpleQueue[tuple[T] | None] = SimpleQueue()
    room, stop = Semaphore(depth - 1), Event()  # one is taken before the first wait

    def take() -> None:
        try:
            for item in items:
                taken.put((item,))
                room.acquire()
                if stop.is_set():
                    return
        finally:
            taken.put(None)

    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:
        taking = pool.submit(take)
        try:
            while (entry := taken.get()) is not None:
                room.release()
                yield entry[0]
            taking.result()
        finally:
            stop.set()
            room.release()
