"""Frames between a camera and whoever uses them: bounded, and what was dropped is counted."""

from __future__ import annotations

from collections import deque
from fractions import Fraction
from threading import Condition

from aisle.core import AisleError, Frame


class Buffer:
    """Frames in order, at most `most` of them.

    The frame that finds the buffer full takes the place of all that wait: one gap of many frames, as long as `most`,
    costs whoever watches for actions less than many gaps of one, and what comes after it is as fresh as can be.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: deque[Frame] = deque()
        self._changed = Condition()
        self._ended = False
        self._error: AisleError | None = None
        self.dropped = 0
        """Frames given up so far."""

    @property
    def lag(self) -> Fraction:
        """Seconds from the oldest frame that waits to the newest."""
        with self._changed:
            return self._waiting[-1].time - self._waiting[0].time if self._waiting else Fraction(0)

    def put(self, frame: Frame) -> None:
        """Once it has ended, nothing more is taken."""
        with self._changed:
            if self._ended:
                return
            if len(self._waiting) >= self._most:
                self.dropped += len(self._waiting)
                self._waiting.clear()
            self._waiting.append(frame)
            self._changed.notify_all()

    def get(self) -> Frame | None:
        """Waits for the next frame; None once there will be none. Raises what `end` was given."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended)
            if self._waiting:
                return self._waiting.popleft()
            if self._error is not None:
                raise self._error
            return None

    def end(self, error: AisleError | None = None, *, at_once: bool = False) -> None:
        """No more will come; what waits is still given, unless `at_once`. A second call cannot undo the first."""
        with self._changed:
            if at_once:
                self._waiting.clear()
            if not self._ended:
                self._ended, self._error = True, error
            self._changed.notify_all()
