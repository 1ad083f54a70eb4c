"""Server-sent events: how they are written, and what keeps their connection alive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Header
from fastapi.responses import StreamingResponse

EVENT_STREAM = "text/event-stream"
RETRY_MS = 2000
"""When a browser whose connection was lost comes back."""

LastEventId = Annotated[
    str | None, Header(alias="Last-Event-ID", max_length=100, description="Sent by a browser that comes back.")
]


@dataclass(frozen=True, slots=True)
class Said:
    """One event: its name, its JSON on one line, and the mark by which a client that comes back says what it knows."""

    kind: str
    json: str
    mark: str | None = None

    def __str__(self) -> str:
        mark = f"id: {self.mark}\n" if self.mark is not None else ""
        return f"{mark}event: {self.kind}\ndata: {self.json}\n\n"


def stream(said: AsyncGenerator[Said | None, None], heartbeat_s: float) -> StreamingResponse:
    """`said` as it comes; None for a moment without anything. After `heartbeat_s` of silence a comment is sent, so
    that neither proxies nor clients take the connection for dead, and a client that is gone is noticed.
    """
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_written(said, heartbeat_s), headers=headers, media_type=EVENT_STREAM)


async def _written(said: AsyncGenerator[Said | None, None], heartbeat_s: float) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    yield f"retry: {RETRY_MS}\n\n"
    spoken = loop.time()
    async with aclosing(said):
        async for each in said:
            if each is not None or loop.time() - spoken >= heartbeat_s:
                yield str(each or ": still here\n\n")
                spoken = loop.time()


def event_stream(*examples: Said) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`."""
    text = "".join(map(str, examples))
    return {200: {"description": "Events as they happen.", "content": {EVENT_STREAM: {"example": text}}}}
