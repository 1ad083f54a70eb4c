"""Jobs in the store: one worker at a time, three attempts, one end."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from aisle.core import UsageError
from aisle.service.records import MAX_ATTEMPTS, JobState
from aisle.service.store import Store

from .stores import NOON, OUTCOME, Clock, add_job

LEASE_S = 30.0


def test_a_job_is_kept_as_it_was_accepted(store: Store) -> None:
    added = store.add_job(model="tiny", name="été \U0001f3a5.mp4", source="uploads/x", owned=True, annotate=True)
    assert added == store.job(added.id)
    assert (added.state, added.name, added.created, added.attempts) == (
        JobState.queued,
        "été \U0001f3a5.mp4",
        NOON,
        0,
    )
    assert (added.owned, added.annotate, added.outcome, added.error) == (True, True, None, None)
    assert store.job("nothing") is None


def test_a_job_goes_from_accepted_to_done(store: Store, clock: Clock) -> None:
    added = add_job(store)
    clock.now += 5
    claimed = store.claim("me", LEASE_S)
    assert claimed is not None
    assert (claimed.id, claimed.state, claimed.attempts) == (added.id, JobState.running, 1)
    assert (claimed.owner, claimed.started) == ("me", NOON + 5)
    assert store.heartbeat(added.id, "me", 1, 0.25, LEASE_S)
    assert store.job(added.id).progress == 0.25
    clock.now += 5
    assert store.finish(added.id, "me", 1, OUTCOME)
    done = store.job(added.id)
    assert (done.state, done.progress, done.finished, done.owner) == (JobState.done, 1.0, NOON + 10, None)
    assert done.outcome == OUTCOME


def test_jobs_are_claimed_in_the_order_in_which_they_came(store: Store) -> None:
    names = [add_job(store, f"{number}.mp4").name for number in range(3)]
    assert [store.claim("me", LEASE_S).name for _ in names] == names
    assert store.claim("me", LEASE_S) is None


def test_a_worker_that_is_heard_of_keeps_its_job(store: Store, clock: Clock) -> None:
    job = add_job(store)
    store.claim("me", LEASE_S)
    for _ in range(5):
        clock.now += LEASE_S - 1
        assert store.heartbeat(job.id, "me", 1, 0.5, LEASE_S)
        assert store.claim("you", LEASE_S) is None


def test_a_silent_worker_loses_its_job_and_is_told(store: Store, clock: Clock) -> None:
    job = add_job(store)
    store.claim("me", LEASE_S)
    clock.now += LEASE_S
    taken = store.claim("you", LEASE_S)
    assert (taken.id, taken.attempts, taken.owner) == (job.id, 2, "you")
    assert not store.heartbeat(job.id, "me", 1, 0.9, LEASE_S)
    assert not store.finish(job.id, "me", 1, OUTCOME)
    assert not store.fail(job.id, "me", 1, "no")
    assert not store.requeue(job.id, "me", 1)
    assert store.finish(job.id, "you", 2, OUTCOME)


def test_the_same_owner_cannot_end_an_older_attempt(store: Store, clock: Clock) -> None:
    job = add_job(store)
    store.claim("me", LEASE_S)
    clock.now += LEASE_S
    store.claim("me", LEASE_S)
    assert not store.finish(job.id, "me", 1, OUTCOME)
    assert store.finish(job.id, "me", 2, OUTCOME)


def test_a_job_whose_workers_all_die_fails_after_three_attempts(store: Store, clock: Clock) -> None:
    job = add_job(store)
    attempts = []
    for _ in range(MAX_ATTEMPTS + 2):
        claimed = store.claim("me", LEASE_S)
        attempts += [claimed.attempts] if claimed else []
        clock.now += LEASE_S
    assert attempts == [1, 2, 3]
    failed = store.job(job.id)
    assert (failed.state, failed.attempts, failed.owner) == (JobState.failed, 3, None)
    assert "3 times" in failed.error


@pytest.mark.parametrize(("counted", "attempt"), [(True, 2), (False, 1)])
def test_a_job_that_is_given_back_waits_for_its_pause(store: Store, clock: Clock, counted: bool, attempt: int) -> None:
    job = add_job(store)
    store.claim("me", LEASE_S)
    assert store.requeue(job.id, "me", 1, after_s=7, counted=counted)
    assert store.job(job.id).state is JobState.queued
    assert store.claim("me", LEASE_S) is None
    clock.now += 7
    assert store.claim("me", LEASE_S).attempts == attempt


def test_a_job_fails_once_with_its_text(store: Store) -> None:
    job = add_job(store)
    store.claim("me", LEASE_S)
    assert store.fail(job.id, "me", 1, "no video")
    assert not store.fail(job.id, "me", 1, "another text")
    failed = store.job(job.id)
    assert (failed.state, failed.error, failed.outcome) == (JobState.failed, "no video", None)


def test_a_cancelled_job_is_not_claimed_and_its_worker_is_told(store: Store) -> None:
    waiting, running = add_job(store, "waiting.mp4"), add_job(store, "running.mp4")
    assert store.cancel(waiting.id)
    assert store.claim("me", LEASE_S).id == running.id
    assert store.cancel(running.id)
    assert not store.heartbeat(running.id, "me", 1, 0.5, LEASE_S)
    assert not store.finish(running.id, "me", 1, OUTCOME)
    assert [store.job(each.id).state for each in (waiting, running)] == [JobState.cancelled] * 2
    assert not store.cancel(running.id)
    assert not store.cancel("nothing")


def test_a_removed_job_is_gone_with_its_outcome(store: Store) -> None:
    done, running = add_job(store), add_job(store)
    store.claim("me", LEASE_S)
    store.finish(done.id, "me", 1, OUTCOME)
    store.claim("me", LEASE_S)
    assert store.remove(done.id).outcome == OUTCOME
    assert store.remove(running.id).state is JobState.running
    assert not store.heartbeat(running.id, "me", 1, 0.5, LEASE_S)
    assert store.remove(done.id) is None
    assert store.jobs() == ()


def test_jobs_are_listed_by_page_and_state_the_latest_first(store: Store) -> None:
    added = [add_job(store, f"{number}.mp4") for number in range(5)]
    store.cancel(added[3].id)
    first = store.jobs(limit=2)
    assert [job.id for job in first] == [added[4].id, added[3].id]
    store.remove(first[-1].id)  # between two pages
    assert [job.id for job in store.jobs(limit=9, before=first[-1].number)] == [job.id for job in added[2::-1]]
    assert len(store.jobs(state=JobState.queued)) == 4
    assert store.jobs(before=10**30) == store.jobs()
    assert store.count_jobs(JobState.queued) == 4


def test_a_number_is_never_given_twice(store: Store) -> None:
    job = add_job(store)
    store.remove(job.id)
    assert add_job(store).number > job.number


def test_the_jobs_of_an_owner_known_to_be_dead_are_due_at_once(store: Store) -> None:
    theirs, mine = add_job(store), add_job(store)
    store.claim("killed", LEASE_S)
    store.claim("me", LEASE_S)
    assert store.release("killed") == 1
    assert store.claim("you", LEASE_S).id == theirs.id
    assert store.job(mine.id).owner == "me"


def test_a_job_whose_files_are_gone_is_written_off(store: Store) -> None:
    job = add_job(store)
    store.claim("me", LEASE_S)
    store.finish(job.id, "me", 1, OUTCOME)
    assert not store.write_off(job.id, "gone", state=JobState.failed)
    assert store.write_off(job.id, "gone", state=JobState.done)
    lost = store.job(job.id)
    assert (lost.state, lost.error, lost.outcome) == (JobState.failed, "gone", None)
    assert not store.write_off("nothing", "gone", state=JobState.done)


@pytest.mark.parametrize("text", ["a\0b", "half \ud83c"])
def test_text_that_no_database_keeps_is_refused_by_both(store: Store, text: str) -> None:
    with pytest.raises(UsageError, match="cannot be kept"):
        add_job(store, text)
    with pytest.raises(UsageError, match="cannot be kept"):
        store.job(text)
    assert store.jobs() == ()


def test_threads_that_claim_at_once_share_the_jobs(store: Store) -> None:
    jobs = {add_job(store, f"{number}.mp4").id for number in range(40)}
    begin = threading.Barrier(8)

    def work(owner: str) -> list[str]:
        begin.wait()
        mine = []
        while job := store.claim(owner, LEASE_S):
            mine += [job.id] if store.finish(job.id, owner, job.attempts, OUTCOME) else []
        return mine

    with ThreadPoolExecutor(8) as pool:
        done = [id_ for mine in pool.map(work, map(str, range(8))) for id_ in mine]
    assert sorted(done) == sorted(jobs)
    assert store.count_jobs(JobState.done) == 40
