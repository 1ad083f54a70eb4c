"""The server around the application: uvicorn, with what an open port needs."""

from __future__ import annotations

import asyncio
import contextlib
import resource
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from aisle.service import problems
from aisle.service.problems import RefusedError
from aisle.service.settings import Settings

HEAD_S = 15.0
"""How long a client may take for the head of a request, and a fresh connection may say nothing."""

IDLE_S = 30
"""How long a connection is kept between two requests."""

LEAVE_S = 3
"""How long requests may go on when the service is asked to end."""

FILES = 65536
"""Files and connections that are open at a time, where the system lets us."""


class Protocol(HttpToolsProtocol):
    """Closes connections that do not come to the point."""

    _due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expected()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """See httptools.HttpRequestParser."""
        self._expect()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """See httptools.HttpRequestParser."""
        self._expected()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP is answered as a problem too."""
        refusal = RefusedError(problems.MALFORMED, got=msg, do=problems.MALFORMED.about)
        body = problems.answer(refusal).body
        lines = ["HTTP/1.1 400 Bad Request", f"content-type: {problems.MEDIA_TYPE}", f"content-length: {len(body)}"]
        self.transport.write("\r\n".join([*lines, "connection: close", "", ""]).encode("ascii") + bytes(body))
        self.transport.close()

    def _expect(self) -> None:
        self._expected()
        self._due = self.loop.call_later(HEAD_S, self._give_up)

    def _expected(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _give_up(self) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.close()


def configure(app: Any, settings: Settings) -> uvicorn.Config:
    """Of a server for `app`; the log is ours."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=Protocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=2048,
        timeout_keep_alive=IDLE_S,
        timeout_graceful_shutdown=LEAVE_S,
    )


def more_files() -> int:
    """Raises the limit on open files, which each connection is one of; returns what it is now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
