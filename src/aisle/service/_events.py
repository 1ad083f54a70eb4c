"""Events in the database: as they start, last and end, and what people say of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from aisle.core import UsageError
from aisle.core.event import Event
from aisle.service._part import LARGEST, Part
from aisle.service._tables import Events, Reviews
from aisle.service.records import EventRecord, Evidence, Review, Verdict

UNREVIEWED = "none"
"""Asks for the events that nobody has looked at."""

_FIELDS = ("id", "camera", "kind", "started", "updated", "ended", "peak", "clock", "place")


class EventStore(Part):
    """Events and their reviews."""

    def add_event(self, event: Event, evidence: Evidence | None = None) -> EventRecord:
        """Raises UsageError where an event of this id is there already."""
        at = self._database.now() if event.clock is None else float(event.clock + event.started)
        values = {name: getattr(event, name) for name in _FIELDS} | _clip(evidence)
        try:
            with self._database.writing() as connection:
                number = connection.scalar(insert(Events).values(**values, at=at).returning(Events.number))
        except IntegrityError as error:
            raise UsageError("this event is known already", got=event.id, do="update it") from error
        return EventRecord(int(number or 0), event, at, evidence)

    def update_event(self, event: Event, evidence: Evidence | None = None) -> bool:
        """How the event is now; what evidence there is stays unless there is new one.

        False where the event is not there, or has ended already and this is from before.
        """
        values = {"updated": event.updated, "ended": event.ended, "peak": event.peak, "place": event.place}
        change = update(Events).where(Events.id == event.id)
        if event.ended is None:
            change = change.where(Events.ended.is_(None))
        return self._changed(change.values(values if evidence is None else values | _clip(evidence)))

    def end_events(self) -> int:
        """Ends all that are open where they were last known to hold: whoever watched was killed. Returns how many."""
        ended = update(Events).where(Events.ended.is_(None)).values(ended=Events.updated)
        with self._database.writing() as connection:
            return connection.execute(ended).rowcount

    def event(self, id_: str) -> EventRecord | None:
        with self._database.reading() as connection:
            row = connection.execute(_events().where(Events.id == id_)).mappings().first()
        return None if row is None else _event(row)

    def events(
        self,
        *,
        camera: str | None = None,
        kind: str | None = None,
        since: float | None = None,
        until: float | None = None,
        state: str | None = None,
        review: str | None = None,
        limit: int = 50,
        before: int | None = None,
    ) -> tuple[EventRecord, ...]:
        """The latest first. `since` and `until` bound when they started, in Unix seconds, half-open; `state` is `open`
        or `ended`; `review` is a verdict, or `none` for what nobody has looked at; `before` is the `number` of the last
        one of the page before. Raises UsageError for another state or review.
        """
        conditions = [
            Events.number < min(before or LARGEST, LARGEST),
            *([] if camera is None else [Events.camera == camera]),
            *([] if kind is None else [Events.kind == kind]),
            *([] if since is None else [Events.at >= since]),
            *([] if until is None else [Events.at < until]),
            *([] if state is None else [_in_state(state)]),
            *([] if review is None else [_reviewed(review)]),
        ]
        wanted = _events().where(*conditions).order_by(Events.number.desc()).limit(limit)
        with self._database.reading() as connection:
            rows = connection.execute(wanted).mappings().all()
        return tuple(map(_event, rows))

    def review(self, id_: str, verdict: Verdict, note: str = "", by: str | None = None) -> EventRecord | None:
        """What somebody says of the event, in place of what was said before; None where the event is not there."""
        with self._database.writing() as connection:
            number = connection.scalar(select(Events.number).where(Events.id == id_))
            if number is None:
                return None
            connection.execute(delete(Reviews).where(Reviews.event == number))
            values = {"verdict": Verdict(verdict), "note": note, "by": by, "at": self._database.now()}
            connection.execute(insert(Reviews).values(event=number, **values))
        return self.event(id_)

    def remove_event(self, id_: str) -> bool:
        """Forgets the event and its review."""
        return self._changed(delete(Events).where(Events.id == id_))

    def drop_evidence(self, id_: str) -> bool:
        """The event has no clip any more."""
        return self._changed(update(Events).where(Events.id == id_).values(_clip(None)))

    def count_events(self, *, state: str | None = None) -> int:
        """How many there are. Raises UsageError for another state than `open` and `ended`."""
        counted = select(func.count()).select_from(Events)
        with self._database.reading() as connection:
            return int(connection.scalar(counted if state is None else counted.where(_in_state(state))) or 0)


def _in_state(state: str) -> ColumnElement[bool]:
    if state not in ("open", "ended"):
        raise UsageError("no such state of an event", got=ascii(state), allowed="open, ended")
    return Events.ended.is_(None) if state == "open" else Events.ended.is_not(None)


def _reviewed(review: str) -> ColumnElement[bool]:
    if review == UNREVIEWED:
        return Reviews.verdict.is_(None)
    if review not in list(Verdict):
        raise UsageError("no such review", got=ascii(review), allowed=", ".join([*Verdict, UNREVIEWED]))
    return Reviews.verdict == review


def _events() -> Select[Any]:
    said = [column.label(f"review_{column.name}") for column in Reviews.__table__.c if column.name != "event"]
    return select(*Events.__table__.c, *said).outerjoin(Reviews, Reviews.event == Events.number)


def _clip(evidence: Evidence | None) -> dict[str, object]:
    if evidence is None:
        return {"evidence": None, "evidence_start": None}
    return {"evidence": evidence.path, "evidence_start": evidence.start}


def _event(row: RowMapping) -> EventRecord:
    event = Event(**{name: row[name] for name in _FIELDS})
    evidence = None if row["evidence"] is None else Evidence(row["evidence"], row["evidence_start"])
    review = None
    if row["review_verdict"] is not None:
        said = (row["review_note"], row["review_by"], row["review_at"])
        review = Review(Verdict(row["review_verdict"]), *said)
    return EventRecord(row["number"], event, row["at"], evidence, review)
