"""News on its way to another machine: put on disk first, then delivered in order by a thread, again and again until
the other side takes it. At least once, and whatever comes twice has the same key.
"""

from __future__ import annotations

import hashlib
import logging
import random
import re
import threading
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Protocol
from urllib.parse import urlsplit

from aisle.core import AisleError, DamagedError, Event, UnreachableError, UsageError
from aisle.events.message import Account, Message
from aisle.events.spool import BOUNDS, Bounds, Letter, Spool

log = logging.getLogger("aisle.events")


class NotNowError(UnreachableError):
    """The other side is away or not ready; it asked to be left alone for `after` seconds."""

    def __init__(self, what: str, *, got: object, after: float = 0, do: str = "") -> None:
        super().__init__(what, got=got, do=do)
        self.after = after


class RefusedError(AisleError):
    """The other side will never take this message."""


class Carrier(Protocol):
    """One way to another machine."""

    @property
    def where(self) -> str:
        """The address as it may be shown."""
        ...

    def takes(self, message: Message) -> bool:
        """Whether this kind of news goes this way at all."""
        ...

    def deliver(self, message: Message, clip: Path | None) -> None:
        """Returns once the other side has it. Raises NotNowError, or RefusedError for what it will never take."""
        ...

    def close(self) -> None:
        """Hangs up."""
        ...


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: from a failure to the next attempt at first, doubled with each up to `most`; `farewell` is how long
    `close` waits for what is still going out.
    """

    first: float = 1
    most: float = 60
    farewell: float = 5

    def pause(self, failures: int) -> float:
        """Half of it is chance, so that many senders do not come back all at once."""
        return min(self.most, self.first * 2.0 ** min(failures - 1, 30)) * random.uniform(0.5, 1)


PACE = Pace()


@dataclass(frozen=True, slots=True)
class Statistics:
    """Messages since the start, and `waiting` now. `failed` counts attempts; `problem` says why the last one failed,
    "" once one succeeded.
    """

    waiting: int
    delivered: int
    failed: int
    refused: int
    dropped: int
    problem: str


class Delivery:
    """A sink that reaches another machine by `carrier`, with what waits in `folder`."""

    def __init__(self, carrier: Carrier, folder: Path, *, bounds: Bounds = BOUNDS, pace: Pace = PACE) -> None:
        self._carrier, self._pace, self._account = carrier, pace, Account()
        self._spool = Spool(folder, bounds)
        self._turn = threading.Condition()
        self._delivered = self._failed = self._refused = 0
        self._problem = ""
        self._failures = 0  # in a row
        self._due = 0.0  # when to try again
        self._until: float | None = None  # when to leave, once closed
        self._left = False  # the spool is not ours any more
        self._thread = threading.Thread(target=self._run, name=f"deliver to {carrier.where}", daemon=True)
        self._thread.start()

    @property
    def statistics(self) -> Statistics:
        with self._turn:
            counts = (len(self._spool), self._delivered, self._failed, self._refused, self._spool.dropped)
            return Statistics(*counts, self._problem)

    def send(self, event: Event, evidence: Path | None) -> None:
        """Returns once the message is on disk. Raises OutputError where that refuses, UsageError after `close`."""
        with self._turn:
            if self._until is not None:
                raise UsageError("this sink is closed", got=f"news of {event.id}")
            message = self._account.message(event, evidence)
            if not self._carrier.takes(message):
                return
            dropped = self._spool.dropped
            self._spool.put(message, evidence)
            if self._spool.dropped and not dropped:
                log.warning("messages for %s are dropped, as too many wait: the oldest go first", self._carrier.where)
            self._turn.notify()

    def close(self) -> None:
        """Delivers what waits as long as the other side takes it, for a few seconds at most; the rest stays on disk."""
        with self._turn:
            self._until = monotonic() + self._pace.farewell
            self._turn.notify()
        self._thread.join(self._pace.farewell)
        with self._turn:
            self._left = True  # which a thread that still hangs in a call will find
            self._spool.close()
        self._carrier.close()

    def _run(self) -> None:
        while True:
            try:
                letter = self._await()
                if letter is None:
                    return
                self._deliver(letter)
            except DamagedError as error:
                self._note_refusal(error)
            except AisleError as error:
                self._note_failure(error)

    def _await(self) -> Letter | None:
        """The next message once it is due; None when it is time to go."""
        with self._turn:
            while not self._over():
                if not len(self._spool):
                    self._turn.wait()
                elif (rest := self._due - monotonic()) > 0:
                    self._turn.wait(rest)
                else:
                    return self._spool.first()
            return None

    def _over(self) -> bool:
        if self._until is None:
            return False
        return self._left or not len(self._spool) or self._failures > 0 or monotonic() > self._until

    def _deliver(self, letter: Letter) -> None:
        try:
            self._carrier.deliver(letter.message, letter.clip)
        except RefusedError as error:
            self._set_aside(letter, error)
        except AisleError:
            raise
        except Exception as error:
            log.exception("a fault of ours: %s cannot be told to %s", letter.message.key, self._carrier.where)
            self._set_aside(letter, error)
        else:
            self._note_delivery(letter)

    def _set_aside(self, letter: Letter, reason: Exception) -> None:
        with self._turn:
            if not self._left:
                self._spool.set_aside(letter.name, str(reason))
                self._note_refusal(reason)

    def _note_refusal(self, reason: Exception) -> None:
        with self._turn:
            self._refused += 1
            self._problem = str(reason)
        log.warning("a message for %s was set aside: %s", self._carrier.where, reason)

    def _note_failure(self, error: AisleError) -> None:
        with self._turn:
            self._failed += 1
            self._failures += 1
            self._problem = str(error)
            after = error.after if isinstance(error, NotNowError) else 0
            self._due = monotonic() + max(after, self._pace.pause(self._failures))
        if self._failures == 1:
            log.warning("%s cannot be told, and is tried again: %s", self._carrier.where, error)

    def _note_delivery(self, letter: Letter) -> None:
        with self._turn:
            if not self._left:
                self._delivered += self._spool.remove(letter.name)
            if self._failures:
                log.info("%s is told again", self._carrier.where)
            self._failures, self._problem = 0, ""


def folder_of(address: str, spool: Path) -> Path:
    """The folder below `spool` of the sink at `address`, which stays the same when the password changes."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    same = repr((parts.scheme, parts.username, host, parts.path, parts.query))
    shown = re.sub(r"[^\w.-]", "-", f"{parts.scheme}-{host}")[:80]
    return spool / f"{shown}-{hashlib.sha256(same.encode()).hexdigest()[:12]}"
