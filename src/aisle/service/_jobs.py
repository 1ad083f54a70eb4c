"""Jobs in the database: accepted, claimed by one worker at a time, ended once."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import RowMapping, Select, Update, delete, func, insert, select, update

from aisle.service._part import LARGEST, Part
from aisle.service._tables import Jobs, Outcomes
from aisle.service.records import MAX_ATTEMPTS, Job, JobState, Outcome

LEASE_S = 30.0
"""How long a worker may be silent before its job is another's."""

BROKEN_OFF = f"the analysis was broken off {MAX_ATTEMPTS} times; do: ask whoever runs the server to read its log"
"""The error of a job whose workers were killed, for instance because the video needed more memory than there is."""

_LIVE = (JobState.queued, JobState.running)


class JobStore(Part):
    """Jobs. `owner` and `attempt` say who speaks: a worker whose job was cancelled or taken over is told False."""

    def add_job(
        self,
        *,
        model: str,
        name: str,
        source: str,
        owned: bool,
        annotate: bool = False,
        objects: bool = False,
        site: str | None = None,
    ) -> Job:
        now = self._database.now()
        values = {"model": model, "name": name, "source": source, "owned": owned, "annotate": annotate}
        values |= {"objects": objects, "site": site}
        fresh = {"id": secrets.token_hex(8), "state": JobState.queued, "created": now, "due": now}
        with self._database.writing() as connection:
            row = connection.execute(
                insert(Jobs).values(**values, **fresh, progress=0.0, attempts=0).returning(*Jobs.__table__.c)
            )
            return _job(row.mappings().one())

    def job(self, id_: str) -> Job | None:
        with self._database.reading() as connection:
            row = connection.execute(_jobs().where(Jobs.id == id_)).mappings().first()
        return None if row is None else _job(row)

    def jobs(self, *, limit: int = 50, before: int | None = None, state: JobState | None = None) -> tuple[Job, ...]:
        """The latest first; `before` is the `number` of the last one of the page before."""
        wanted = _jobs().where(Jobs.number < min(before or LARGEST, LARGEST))
        if state is not None:
            wanted = wanted.where(Jobs.state == state)
        with self._database.reading() as connection:
            rows = connection.execute(wanted.order_by(Jobs.number.desc()).limit(limit)).mappings().all()
        return tuple(map(_job, rows))

    def count_jobs(self, *states: JobState) -> int:
        """How many there are in one of these states."""
        counted = select(func.count()).select_from(Jobs).where(Jobs.state.in_(states))
        with self._database.reading() as connection:
            return int(connection.scalar(counted) or 0)

    def claim(self, owner: str, lease_s: float = LEASE_S) -> Job | None:
        """The longest waiting job that is due, now run by `owner`; None where there is none.

        A job whose worker has been silent for its lease is due too, and fails once it was begun MAX_ATTEMPTS times.
        """
        now = self._database.now()
        due = Jobs.state.in_(_LIVE) & (Jobs.due <= now)
        with self._database.reading() as connection:
            if connection.execute(select(Jobs.number).where(due).limit(1)).first() is None:
                return None
        first = select(Jobs.number).where(due).order_by(Jobs.number).limit(1).with_for_update(skip_locked=True)
        with self._database.writing() as connection:
            connection.execute(_ended(JobState.failed, now, error=BROKEN_OFF).where(due, Jobs.attempts >= MAX_ATTEMPTS))
            claimed = connection.execute(
                update(Jobs)
                .where(Jobs.number == first.scalar_subquery())
                .values(state=JobState.running, owner=owner, attempts=Jobs.attempts + 1, progress=0.0)
                .values(started=now, due=now + lease_s)
                .returning(*Jobs.__table__.c)
            )
            row = claimed.mappings().first()
        return None if row is None else _job(row)

    def heartbeat(self, id_: str, owner: str, attempt: int, progress: float, lease_s: float = LEASE_S) -> bool:
        """A sign of life; False where the job is no longer this worker's, who should stop."""
        due = self._database.now() + lease_s
        return self._changed(_held(id_, owner, attempt).values(progress=min(max(progress, 0.0), 1.0), due=due))

    def finish(self, id_: str, owner: str, attempt: int, outcome: Outcome) -> bool:
        """The job is done. True for exactly one caller over the job's life."""
        values = {name: getattr(outcome, name) for name in Outcome.__slots__}
        ended = _ended(JobState.done, self._database.now(), progress=1.0)
        with self._database.writing() as connection:
            number = connection.scalar(_of(ended, id_, owner, attempt).returning(Jobs.number))
            if number is not None:
                connection.execute(insert(Outcomes).values(job=number, **values))
        return number is not None

    def fail(self, id_: str, owner: str, attempt: int, error: str) -> bool:
        """The job has failed for good, with a text for whoever asked for it."""
        return self._changed(_of(_ended(JobState.failed, self._database.now(), error=error), id_, owner, attempt))

    def requeue(self, id_: str, owner: str, attempt: int, *, after_s: float = 0.0, counted: bool = True) -> bool:
        """The job waits again, for `after_s` at least; `counted` says whether this attempt was one."""
        due, attempts = self._database.now() + after_s, attempt if counted else attempt - 1
        again = _held(id_, owner, attempt).values(state=JobState.queued, owner=None, progress=0.0)
        return self._changed(again.values(due=due, attempts=attempts))

    def cancel(self, id_: str) -> bool:
        """False where the job is over already, or not there."""
        ended = _ended(JobState.cancelled, self._database.now())
        return self._changed(ended.where(Jobs.id == id_, Jobs.state.in_(_LIVE)))

    def remove(self, id_: str) -> Job | None:
        """Forgets the job, whatever its state; returns it as it was, so that its files can go too."""
        found = self.job(id_)
        return found if found and self._changed(delete(Jobs).where(Jobs.id == id_)) else None

    def write_off(self, id_: str, error: str, *, state: JobState) -> bool:
        """The job, which was in `state`, has failed: its files are gone. False where it is in another by now."""
        with self._database.writing() as connection:
            number = connection.scalar(
                _ended(JobState.failed, self._database.now(), error=error)
                .where(Jobs.id == id_, Jobs.state == state)
                .returning(Jobs.number)
            )
            connection.execute(delete(Outcomes).where(Outcomes.job == number))
        return number is not None

    def release(self, owner: str) -> int:
        """The jobs of an owner that is known to be dead are due at once; returns how many."""
        due = self._database.now()
        held = update(Jobs).where(Jobs.owner == owner, Jobs.state == JobState.running)
        with self._database.writing() as connection:
            return connection.execute(held.values(due=due)).rowcount


def _jobs() -> Select[Any]:
    outcome = [column for column in Outcomes.__table__.c if column.name != "job"]
    return select(*Jobs.__table__.c, *outcome).outerjoin(Outcomes, Outcomes.job == Jobs.number)


def _held(id_: str, owner: str, attempt: int) -> Update:
    return _of(update(Jobs), id_, owner, attempt)


def _of(change: Update, id_: str, owner: str, attempt: int) -> Update:
    mine = (Jobs.owner == owner, Jobs.attempts == attempt, Jobs.state == JobState.running)
    return change.where(Jobs.id == id_, *mine)


def _ended(state: JobState, now: float, **values: object) -> Update:
    return update(Jobs).values(state=state, finished=now, owner=None, **values)


def _job(row: RowMapping) -> Job:
    values = dict(row)
    cost = {name: values.pop(name, None) for name in Outcome.__slots__}
    outcome = None if cost["label"] is None else Outcome(**cost)
    del values["due"]
    return Job(**values | {"state": JobState(values["state"]), "outcome": outcome})
