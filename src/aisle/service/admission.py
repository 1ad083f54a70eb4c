"""Who is served at once, who stands in line, and who is asked to come back: the line never grows without bound."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from starlette.requests import ClientDisconnect

from aisle.service import problems
from aisle.service.problems import RefusedError

LONGEST_S = 600
RECENT = 0.1
"""The share of the newest service time in the running mean."""


class Line:
    """`running` are served at a time while up to `waiting` more stand in line. Of one event loop."""

    def __init__(self, running: int, waiting: int) -> None:
        self._running, self._places = running, running + waiting
        self._turns = asyncio.Semaphore(running)
        self.inside = 0
        self.serving = 0
        self.mean_s = 1.0

    @property
    def waiting(self) -> int:
        return self.inside - self.serving

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place for as long as the block lasts. Raises RefusedError, with Retry-After, when none is free."""
        if self.inside >= self._places:
            raise self._full()
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1

    @asynccontextmanager
    async def turn(self, gone: Callable[[], Awaitable[None]]) -> AsyncIterator[float]:
        """Waits in line, then serves; yields the seconds waited. Raises ClientDisconnect once `gone` returns before."""
        begun = time.monotonic()
        await self._wait(gone)
        self.serving += 1
        started = time.monotonic()
        try:
            yield started - begun
        finally:
            self.serving -= 1
            self._turns.release()
            self.mean_s += RECENT * (time.monotonic() - started - self.mean_s)

    async def _wait(self, gone: Callable[[], Awaitable[None]]) -> None:
        leaving = asyncio.ensure_future(gone())
        coming = asyncio.ensure_future(self._turns.acquire())
        try:
            await asyncio.wait({leaving, coming}, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                raise ClientDisconnect
        except BaseException:
            if coming.done() and not coming.cancelled():
                self._turns.release()
            coming.cancel()
            raise
        finally:
            leaving.cancel()

    def _full(self) -> RefusedError:
        """What stands in line is done after so many seconds, by what one took lately."""
        seconds = min(max(math.ceil(self.waiting * self.mean_s / self._running), 1), LONGEST_S)
        return RefusedError(
            problems.BUSY,
            got=f"{self.waiting} waiting, {self.serving} being served",
            allowed=f"{self._places} in all",
            do=f"come back in {seconds} s, or send it to /v1/analyses, where it can wait for longer",
            headers={"Retry-After": str(seconds)},
        )
