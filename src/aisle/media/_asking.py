"""Requests to a process that answers later, among other messages: each answer finds the one who asked."""

from __future__ import annotations

from itertools import count
from queue import Empty, SimpleQueue
from threading import Lock

from aisle.media._child import Child, Message


class Asking:
    """Any number of threads may `ask`; one other thread hands in what comes."""

    def __init__(self) -> None:
        self._numbers = count()
        self._waiting: dict[int, SimpleQueue[Message | None]] = {}
        self._lock = Lock()

    def ask(self, child: Child, timeout: float, **wanted: object) -> Message | None:
        """The answer; None if the process ends first, or does not answer within so many seconds."""
        number, answer = next(self._numbers), SimpleQueue[Message | None]()
        with self._lock:
            self._waiting[number] = answer
        try:
            child.send({"id": number, **wanted})
            return answer.get(timeout=timeout)
        except (EOFError, Empty):
            return None
        finally:
            with self._lock:
                self._waiting.pop(number, None)

    def answered(self, message: Message) -> None:
        with self._lock:
            waiting = self._waiting.get(message.header["id"])
        if waiting is not None:
            waiting.put(message)

    def none_will_come(self) -> None:
        """The process is gone: who waits is told so."""
        with self._lock:
            for waiting in self._waiting.values():
                waiting.put(None)
