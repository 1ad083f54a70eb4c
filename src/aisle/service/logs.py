"""The log: one JSON object a line. It says who asked for what and how it went, never what a video shows.

Query strings, keys and bodies are not written: keys travel in some of them, and names of places in others.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from queue import Full, Queue
from threading import Thread
from time import monotonic, sleep
from typing import Protocol, TextIO

LOGGERS = ("aisle.service", "aisle.events", "uvicorn.error")
LINES = 10_000
_KNOWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


class Stream(Protocol):
    """What a log is written to."""

    def write(self, text: str, /) -> object: ...

    def flush(self) -> None: ...


class Behind:
    """A stream that never keeps its writer waiting: a thread passes on to `stream` what is written.

    While `stream` takes nothing, for instance a pipe that nobody reads, at most `LINES` wait; `lost` counts the others.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream, self.lost = stream, 0
        self._waiting: Queue[str] = Queue(LINES)
        Thread(target=self._pass_on, name="log", daemon=True).start()

    @property
    def is_empty(self) -> bool:
        """Whether all was passed on, but for the line that is being written."""
        return self._waiting.empty()

    def write(self, text: str) -> None:
        try:
            self._waiting.put_nowait(text)
        except Full:
            self.lost += 1

    def flush(self) -> None:
        """Nothing: what is written is on its way."""

    def close(self, patience_s: float = 1.0) -> None:
        """Waits a little for what is still on its way."""
        until = monotonic() + patience_s
        while not self.is_empty and monotonic() < until:
            sleep(0.01)

    def _pass_on(self) -> None:
        while True:
            text = self._waiting.get()
            with contextlib.suppress(OSError, ValueError):  # a log that cannot be written is no reason to stop
                self._stream.write(text)
                self._stream.flush()


class Lines(logging.Formatter):
    """Time (UTC), level, message, what was given as `extra`, and the traceback of an error as one string."""

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **{name: value for name, value in vars(record).items() if name not in _KNOWN},
        }
        if record.exc_info:
            said["error"] = "".join(traceback.format_exception(*record.exc_info))
        return json.dumps(said, default=str)


def log_to(stream: Stream | None = None, level: int = logging.INFO) -> logging.Handler:
    """Sends the service's and the server's records to `stream`, by default stderr. Returns the handler."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Lines())
    for name in LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level)
    return handler
