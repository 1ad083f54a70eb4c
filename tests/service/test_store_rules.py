"""Any order of calls on jobs, held against a model of a few lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from aisle.service.records import MAX_ATTEMPTS, JobState
from aisle.service.store import Store

from .stores import OUTCOME, Clock, add_job

LEASE_S = 10.0
WORKERS = st.sampled_from(["a", "b"])
Place = tuple[str, str, int]
"""A job, who took it, and which attempt that was."""


@dataclass
class Modelled:
    state: str = "queued"
    attempts: int = 0
    owner: str | None = None
    due: float = 0.0


class Rules(RuleBasedStateMachine):
    """`held` is every claim that was ever given: a worker may speak long after it lost its job."""

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__()
        self.store, self.clock = store, clock
        for job in store.jobs(limit=1000):
            store.remove(job.id)
        self.jobs: dict[str, Modelled] = {}
        self.held: list[Place] = []
        self.finished: list[str] = []

    @rule(owner=WORKERS, pause=st.sampled_from([0.0, LEASE_S - 1, LEASE_S]), another=st.booleans())
    def claim(self, owner: str, pause: float, another: bool) -> None:
        if another or not any(map(self._live, self.jobs.values())):
            self.jobs[add_job(self.store).id] = Modelled(due=self.clock.now)
        self.clock.now += pause
        due = {id_: job for id_, job in self.jobs.items() if self._live(job) and job.due <= self.clock.now}
        for id_, job in list(due.items()):
            if job.attempts == MAX_ATTEMPTS:
                job.state = "failed"
                del due[id_]
        claimed = self.store.claim(owner, LEASE_S)
        assert (claimed.id if claimed else None) == next(iter(due), None)
        if claimed:
            job = self.jobs[claimed.id]
            job.state, job.owner, job.attempts, job.due = "running", owner, job.attempts + 1, self.clock.now + LEASE_S
            self.held.append((claimed.id, owner, job.attempts))

    @precondition(lambda self: self.held)
    @rule(data=st.data(), call=st.sampled_from(["heartbeat", "finish", "fail", "requeue", "give back"]))
    def speak(self, data: st.DataObject, call: str) -> None:
        place = data.draw(st.sampled_from(self.held))
        calls: dict[str, Callable[[], bool]] = {
            "heartbeat": lambda: self.store.heartbeat(*place, 0.5, LEASE_S),
            "finish": lambda: self.store.finish(*place, OUTCOME),
            "fail": lambda: self.store.fail(*place, "no"),
            "requeue": lambda: self.store.requeue(*place, after_s=5),
            "give back": lambda: self.store.requeue(*place, counted=False),
        }
        mine = self._mine(place)
        assert calls[call]() == mine
        if mine:
            self._spoken(place, call)

    def _spoken(self, place: Place, call: str) -> None:
        job, now = self.jobs[place[0]], self.clock.now
        if call == "heartbeat":
            job.due = now + LEASE_S
        elif call in ("finish", "fail"):
            job.state = {"finish": "done", "fail": "failed"}[call]
            self.finished.append(place[0])
        else:
            job.state, job.due = "queued", now + (5 if call == "requeue" else 0)
            job.attempts -= call == "give back"
            self.held.remove(place)  # a worker that gave its job back says no more

    @precondition(lambda self: self.jobs)
    @rule(data=st.data(), call=st.sampled_from(["cancel", "remove", "release"]))
    def meddle(self, data: st.DataObject, call: str) -> None:
        id_ = data.draw(st.sampled_from(list(self.jobs)))
        job = self.jobs[id_]
        if call == "cancel":
            assert self.store.cancel(id_) == self._live(job)
            job.state = "cancelled" if self._live(job) else job.state
        elif call == "remove":
            assert self.store.remove(id_).id == id_
            del self.jobs[id_]
        else:
            self._release(job.owner or "nobody")

    def _release(self, owner: str) -> None:
        theirs = [job for job in self.jobs.values() if job.state == "running" and job.owner == owner]
        assert self.store.release(owner) == len(theirs)
        for job in theirs:
            job.due = self.clock.now

    @invariant()
    def the_store_agrees(self) -> None:
        kept = {job.id: (job.state, job.attempts, job.outcome is not None) for job in self.store.jobs(limit=1000)}
        assert kept == {id_: (job.state, job.attempts, job.state == "done") for id_, job in self.jobs.items()}
        assert len(self.finished) == len(set(self.finished))

    def _live(self, job: Modelled) -> bool:
        return job.state in (JobState.queued, JobState.running)

    def _mine(self, place: Place) -> bool:
        job = self.jobs.get(place[0])
        return job is not None and (job.state, job.owner, job.attempts) == ("running", *place[1:])


def test_any_order_of_calls_is_told_right(store: Store, clock: Clock) -> None:
    run_state_machine_as_test(
        lambda: Rules(store, clock),
        settings=settings(
            max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
