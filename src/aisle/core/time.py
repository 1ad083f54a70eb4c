"""Time: seconds as exact fractions inside, as floats only where a person or a table reads them.

Over two hours an integer frame rate drifts by seconds to minutes and `t // step` in floats names half of the windows
wrongly, so rates, steps and time stamps stay fractions until they are printed.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from aisle.core.errors import UsageError

Seconds = Fraction


def exact(value: str | float | Fraction) -> Fraction:
    """A number as an exact fraction; floats by their shortest decimal form, so that 29.97 is 2997/100.

    Raises UsageError for text that is no number, and for infinities.
    """
    try:
        return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        raise UsageError("not a number", got=repr(value), allowed="12, 12.5 or 30000/1001") from error


def seconds(value: Fraction) -> float:
    """Seconds for people and tables: a float rounded to the microsecond."""
    return round(float(value), 6)


def clock(value: Fraction | float) -> str:
    """`h:mm:ss.mmm`, as players show it, rounded to the millisecond."""
    milliseconds = round(Fraction(value) * 1000)
    sign = "-" if milliseconds < 0 else ""
    total, thousandths = divmod(abs(milliseconds), 1000)
    minutes, second = divmod(total, 60)
    hour, minute = divmod(minutes, 60)
    return f"{sign}{hour}:{minute:02d}:{second:02d}.{thousandths:03d}"


@dataclass(frozen=True, slots=True)
class Grid:
    """`count` cells on the time axis: cell i covers [start + i*step, start + i*step + span), in seconds."""

    start: Fraction
    step: Fraction
    span: Fraction
    count: int

    def __post_init__(self) -> None:
        if self.step <= 0 or self.span <= 0:
            raise UsageError("a grid needs a positive step and span", got=f"step {self.step}, span {self.span}")
        if self.count < 0:
            raise UsageError("a grid cannot have a negative count", got=self.count)

    @property
    def end(self) -> Fraction:
        """End of the last cell; the start for an empty grid."""
        return self.start if self.count == 0 else self.start + (self.count - 1) * self.step + self.span

    def cell(self, index: int) -> tuple[Fraction, Fraction]:
        """Start and end of cell `index`. Raises UsageError outside 0..count-1."""
        if not 0 <= index < self.count:
            raise UsageError("no such cell of the grid", got=index, allowed=f"0 to {self.count - 1}")
        first = self.start + index * self.step
        return first, first + self.span

    def index(self, time: Fraction) -> int:
        """The last cell that starts at or before `time`, held within the grid. Raises UsageError for an empty grid."""
        if self.count == 0:
            raise UsageError("an empty grid has no cells", got=f"time {time}")
        return min(max((time - self.start) // self.step, 0), self.count - 1)
