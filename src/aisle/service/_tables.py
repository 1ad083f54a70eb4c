"""The tables. Columns are called as the fields of the records that are made of them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Dialect, Double, ForeignKey, Index, Integer, Text, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from aisle.core import UsageError
from aisle.core.heat import Place

VERSION = 3
"""Of these tables; grows when they change, together with a step that brings older ones along."""

STEPS: dict[int, tuple[str, ...]] = {
    2: (
        "ALTER TABLE jobs ADD COLUMN objects BOOLEAN NOT NULL DEFAULT FALSE",
        "ALTER TABLE jobs ADD COLUMN site TEXT",
    ),
    3: ("ALTER TABLE events ADD COLUMN place TEXT",),
}
"""What makes tables of the version before into those of this one, in both databases."""


class Words(TypeDecorator[str]):
    """Text that every database keeps: PostgreSQL refuses NUL, and half a surrogate pair has no UTF-8."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        if value is not None and ("\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value)):
            raise UsageError("the text holds signs that cannot be kept", got=ascii(value[:80]), do="leave them out")
        return None if value is None else str(value)


class Exact(TypeDecorator[Fraction]):
    """A fraction as its text, such as 30000/1001."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Fraction | None, _dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Fraction | None:
        return None if value is None else Fraction(value)


class Box(TypeDecorator[Place]):
    """A place in the picture as its four shares, such as 0.5 0.25 0.75 1.0."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Place | None, _dialect: Dialect) -> str | None:
        return None if value is None else " ".join(map(repr, map(float, value)))

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Place | None:
        if value is None:
            return None
        left, top, right, bottom = map(float, value.split())
        return left, top, right, bottom


class Real(TypeDecorator[float]):
    """A float also where it is whole, which SQLite keeps as an integer."""

    impl = Double
    cache_ok = True

    def process_result_value(self, value: float | None, _dialect: Dialect) -> float | None:
        return None if value is None else float(value)


class Table(DeclarativeBase):
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Words,
        float: Real,
        Fraction: Exact,
        Place: Box,
        int: BigInteger().with_variant(Integer, "sqlite"),
    }


class Schema(Table):
    __tablename__ = "schema"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Jobs(Table):
    """`due` is when a worker may take the job: a queued one at once or after a pause, a running one once its worker
    has not been heard of for that long.
    """

    __tablename__ = "jobs"
    __table_args__ = (Index("jobs_due", "state", "due"), {"sqlite_autoincrement": True})

    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    model: Mapped[str]
    name: Mapped[str]
    source: Mapped[str]
    owned: Mapped[bool]
    annotate: Mapped[bool]
    objects: Mapped[bool]
    site: Mapped[str | None]
    created: Mapped[float] = mapped_column(index=True)
    due: Mapped[float]
    progress: Mapped[float]
    attempts: Mapped[int]
    owner: Mapped[str | None]
    started: Mapped[float | None]
    finished: Mapped[float | None]
    error: Mapped[str | None]


class Outcomes(Table):
    __tablename__ = "outcomes"

    job: Mapped[int] = mapped_column(ForeignKey(Jobs.number, ondelete="CASCADE"), primary_key=True)
    label: Mapped[str]
    probability: Mapped[float]
    duration_s: Mapped[float]
    decode_s: Mapped[float]
    inference_s: Mapped[float]
    total_s: Mapped[float]


class Events(Table):
    __tablename__ = "events"
    __table_args__ = ({"sqlite_autoincrement": True},)

    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    camera: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    started: Mapped[Fraction]
    updated: Mapped[Fraction]
    ended: Mapped[Fraction | None]
    peak: Mapped[float]
    clock: Mapped[Fraction | None]
    at: Mapped[float] = mapped_column(index=True)
    evidence: Mapped[str | None]
    evidence_start: Mapped[Fraction | None]
    place: Mapped[Place | None]


class Reviews(Table):
    __tablename__ = "reviews"

    event: Mapped[int] = mapped_column(ForeignKey(Events.number, ondelete="CASCADE"), primary_key=True)
    verdict: Mapped[str]
    note: Mapped[str]
    by: Mapped[str | None]
    at: Mapped[float]


class Streams(Table):
    __tablename__ = "streams"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    source: Mapped[str]
    model: Mapped[str]
    created: Mapped[float]
    threshold: Mapped[float | None]


class Keys(Table):
    """`secret` is the SHA-256 of 32 random bytes' text: nobody guesses those, so no slow hash is needed."""

    __tablename__ = "keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    role: Mapped[str]
    secret: Mapped[str]
    created: Mapped[float]
    expires: Mapped[float | None]
    used: Mapped[float | None]
    revoked: Mapped[float | None]
