"""The log keeps nobody waiting."""

from __future__ import annotations

import io
import logging
import os
import threading

from aisle.service.logs import LINES, Behind, log_to

from .running import wait


def test_what_is_written_arrives_in_order() -> None:
    kept = io.StringIO()
    behind = Behind(kept)
    for number in range(1000):
        behind.write(f"{number}\n")
    behind.close()
    wait(lambda: kept.getvalue().endswith("999\n"))
    assert kept.getvalue().splitlines() == [str(number) for number in range(1000)]


def test_a_pipe_that_nobody_reads_stops_nobody() -> None:
    reading, writing = os.pipe()
    behind = Behind(os.fdopen(writing, "w"))
    log_to(behind)
    told = threading.Thread(target=_say_much)
    told.start()
    told.join(30)
    assert not told.is_alive()
    assert behind.lost > 0
    log_to()
    with os.fdopen(reading, "rb", buffering=0) as pipe:  # what waited is read in the end, which lets the thread go
        while not behind.is_empty:
            pipe.read(1 << 16)


def _say_much() -> None:
    log = logging.getLogger("aisle.service.test")
    for _ in range(LINES + 2000):
        log.info("a line", extra={"filling": "x" * 100})
