"""What a person did with a product, and what that came to over a visit."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from aisle.core.errors import UsageError


class InteractionKind(StrEnum):
    """`TOOK_AWAY` is told when a person leaves with a product, in the hand or in a basket; `STOWED` when it is put into
    a basket or trolley; `CONCEALED` when it is hidden under clothes or in a bag.
    """

    PICKED_UP = "picked up"
    PUT_BACK = "put back"
    STOWED = "stowed"
    CONCEALED = "concealed"
    TOOK_AWAY = "took away"


@dataclass(frozen=True, slots=True)
class Interaction:
    """It happened on [start, end) seconds to the person `track`, at the shelf `zone` ("" where at none); `product` is
    its name where it was recognised, else "". `confidence` is 0 to 1.
    """

    kind: InteractionKind
    start: Fraction
    end: Fraction
    track: int
    zone: str = ""
    product: str = ""
    confidence: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise UsageError("a stretch of time starts at or after 0 and ends later", got=f"[{self.start}, {self.end})")
        if not 0 <= self.confidence <= 1:
            raise UsageError("a confidence is a probability", got=self.confidence, allowed="0 to 1")


@dataclass(frozen=True, slots=True)
class Visit:
    """The person `track` was there on [start, end) seconds and had `items` products when last seen, `concealed` of them
    hidden.
    """

    track: int
    start: Fraction
    end: Fraction
    items: int
    concealed: int = 0
