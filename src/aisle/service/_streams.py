"""Cameras to watch, in the database."""

from __future__ import annotations

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from aisle.core import UsageError
from aisle.service._part import Part
from aisle.service._tables import Streams
from aisle.service.records import StreamRecord


class StreamStore(Part):
    """Cameras, in the order in which they were added."""

    def add_stream(
        self, id_: str, *, name: str, source: str, model: str, threshold: float | None = None
    ) -> StreamRecord:
        """Raises UsageError where there is a stream of this id."""
        record = StreamRecord(id_, name, source, model, self._database.now(), threshold)
        values = {field: getattr(record, field) for field in StreamRecord.__slots__}
        try:
            with self._database.writing() as connection:
                connection.execute(insert(Streams).values(**values))
        except IntegrityError as error:
            raise UsageError("there is a stream of this id already", got=id_, do="choose another id") from error
        return record

    def stream(self, id_: str) -> StreamRecord | None:
        with self._database.reading() as connection:
            row = connection.execute(select(*Streams.__table__.c).where(Streams.id == id_)).mappings().first()
        return None if row is None else StreamRecord(**row)

    def streams(self) -> tuple[StreamRecord, ...]:
        with self._database.reading() as connection:
            rows = connection.execute(select(*Streams.__table__.c).order_by(Streams.created, Streams.id)).mappings()
            return tuple(StreamRecord(**row) for row in rows)

    def remove_stream(self, id_: str) -> bool:
        return self._changed(delete(Streams).where(Streams.id == id_))
