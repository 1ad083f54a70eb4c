"""What a till says was sold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Sale:
    """`quantity`, 1 or more, of `product`, "" where the till does not say of what, at `time`, with its time zone.

    Sales of one customer have the same `receipt`, where the till gives it, else "".
    """

    time: datetime
    product: str
    quantity: int
    receipt: str = ""
