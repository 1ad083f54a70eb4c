"""What happens now, told to whoever listens: from any thread to any number of event streams."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

BEHIND = 256
"""News that may wait for a listener; the oldest go first when it does not keep up."""


@dataclass(frozen=True, slots=True)
class News:
    """`kind` names what `data` tells of, which can be written as JSON."""

    kind: str
    data: Mapping[str, Any]


class Listener:
    """One who listens, of one event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Queue[News] = asyncio.Queue(BEHIND)

    async def next(self, patience_s: float) -> News | None:
        """The next news; None when there is none for so many seconds."""
        try:
            return await asyncio.wait_for(self._waiting.get(), patience_s)
        except TimeoutError:
            return None

    def tell(self, news: News) -> None:
        """From any thread. Does nothing once the loop is over."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._put, news)

    def _put(self, news: News) -> None:
        if self._waiting.full():
            self._waiting.get_nowait()
        self._waiting.put_nowait(news)


class Hub:
    """Thread-safe. Nothing is kept for those who come later."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self._lock = Lock()

    @property
    def listeners(self) -> int:
        """How many listen."""
        with self._lock:
            return len(self._listeners)

    def publish(self, kind: str, data: Mapping[str, Any]) -> None:
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener.tell(News(kind, data))

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Listener]:
        listener = Listener()
        with self._lock:
            self._listeners.add(listener)
        try:
            yield listener
        finally:
            with self._lock:
                self._listeners.discard(listener)
