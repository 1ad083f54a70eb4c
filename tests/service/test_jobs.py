"""Jobs are run: to their end, once, and whatever happens to the work, its process and its database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aisle.core import InputError, OutputError, UnknownNameError, UsageError
from aisle.service.folder import DataFolder
from aisle.service.jobs import UNKNOWN, Report, Runner, Work
from aisle.service.records import MAX_ATTEMPTS, Job, JobState, Outcome
from aisle.service.store import Store

from .stores import OUTCOME, add_job

SOON_S = 20.0
"""Within which anything here happens on a busy machine."""


@contextmanager
def running(store: Store, work: Work, folder: DataFolder, *, workers: int = 1) -> Iterator[Runner]:
    runner = Runner(store, work, folder, workers=workers)
    runner.start()
    try:
        yield runner
    finally:
        assert runner.stop(SOON_S)


def until(true: Callable[[], object]) -> None:
    """Waits, for SOON_S at most."""
    pause, waited = threading.Event(), 0.0
    while not true():
        assert waited < SOON_S
        pause.wait(0.02)
        waited += 0.02


def ended(store: Store, job: Job) -> Job:
    until(lambda: store.job(job.id).state.final)
    return store.job(job.id)


def at_once(_job: Job, _report: Report) -> Outcome:
    return OUTCOME


class Slow:
    """Work that goes on until it is told to stop; `begun` and `ended` are set as it does."""

    def __init__(self) -> None:
        self.begun, self.ended = threading.Event(), threading.Event()

    def __call__(self, _job: Job, report: Report) -> Outcome:
        pause = threading.Event()
        try:
            self.begun.set()
            while True:
                report(0.5)
                pause.wait(0.01)
        finally:
            self.ended.set()


def test_jobs_are_run_to_their_end(plain_store: Store, folder: DataFolder) -> None:
    def work(_job: Job, report: Report) -> Outcome:
        report(0.5)
        return OUTCOME

    before = add_job(plain_store)
    with running(plain_store, work, folder, workers=2) as runner:
        after = [add_job(plain_store, f"{number}.mp4") for number in range(10)]
        runner.wake()
        done = [ended(plain_store, job) for job in [before, *after]]
    assert {(job.state, job.outcome, job.attempts) for job in done} == {(JobState.done, OUTCOME, 1)}


def test_progress_is_told_while_it_runs(plain_store: Store, folder: DataFolder) -> None:
    job = add_job(plain_store)
    with running(plain_store, Slow(), folder):
        until(lambda: plain_store.job(job.id).progress == 0.5)


def test_a_video_that_cannot_be_read_fails_once_in_words_for_its_sender(plain_store: Store, folder: DataFolder) -> None:
    def work(job: Job, _report: Report) -> Outcome:
        raise InputError(f"cannot read {folder.root / job.source}", got=f"nothing in {folder.root}/x", do="try another")

    job = add_job(plain_store)
    with running(plain_store, work, folder):
        failed = ended(plain_store, job)
    assert (failed.state, failed.attempts) == (JobState.failed, 1)
    assert failed.error == "cannot read a.mp4; got: nothing in x; do: try another"


def test_a_model_that_is_gone_fails_once(plain_store: Store, folder: DataFolder) -> None:
    def work(job: Job, _report: Report) -> Outcome:
        raise UnknownNameError("model", job.model, ["shopper"])

    job = add_job(plain_store)
    with running(plain_store, work, folder):
        failed = ended(plain_store, job)
    assert (failed.attempts, "unknown model" in failed.error) == (1, True)


@pytest.mark.parametrize("error", [ZeroDivisionError("secret detail"), OutputError("cannot write /x", got="full")])
def test_what_nobody_expected_is_tried_again_logged_and_told_plainly(
    plain_store: Store,
    folder: DataFolder,
    error: Exception,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("aisle.service.jobs.PAUSE_S", 0.0)
    attempts = []

    def work(job: Job, _report: Report) -> Outcome:
        attempts.append(job.attempts)
        raise error

    job = add_job(plain_store)
    with running(plain_store, work, folder):
        failed = ended(plain_store, job)
    assert attempts == [1, 2, 3]
    assert (failed.state, failed.error, failed.attempts) == (JobState.failed, UNKNOWN, MAX_ATTEMPTS)
    assert [str(record.exc_info[1]) for record in caplog.records] == [str(error)] * 3


def test_work_that_succeeds_the_second_time_is_done(
    plain_store: Store, folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aisle.service.jobs.PAUSE_S", 0.0)

    def work(job: Job, _report: Report) -> Outcome:
        if job.attempts == 1:
            raise MemoryError
        return OUTCOME

    job = add_job(plain_store)
    with running(plain_store, work, folder):
        done = ended(plain_store, job)
    assert (done.state, done.attempts, done.error) == (JobState.done, 2, None)


def test_a_cancelled_job_stops_and_leaves_no_results(plain_store: Store, folder: DataFolder) -> None:
    slow, job = Slow(), add_job(plain_store)
    with running(plain_store, slow, folder) as runner:
        assert slow.begun.wait(SOON_S)
        folder.results(job.id).mkdir()
        plain_store.cancel(job.id)
        runner.wake()
        assert slow.ended.wait(SOON_S)
        until(lambda: runner.running == 0)
    assert not folder.results(job.id).exists()
    assert plain_store.job(job.id).state is JobState.cancelled


def test_a_removed_job_stops_and_leaves_no_results(plain_store: Store, folder: DataFolder) -> None:
    slow, job = Slow(), add_job(plain_store)
    with running(plain_store, slow, folder) as runner:
        assert slow.begun.wait(SOON_S)
        plain_store.remove(job.id)  # by another process, which cannot wake this one
        assert slow.ended.wait(SOON_S)
        folder.results(job.id).mkdir(exist_ok=True)
        until(lambda: runner.running == 0)
    assert plain_store.jobs() == ()


def test_a_stop_gives_jobs_back_as_if_they_had_not_begun(plain_store: Store, folder: DataFolder) -> None:
    slow, job = Slow(), add_job(plain_store)
    with running(plain_store, slow, folder):
        assert slow.begun.wait(SOON_S)
    given_back = plain_store.job(job.id)
    assert (given_back.state, given_back.attempts, given_back.progress) == (JobState.queued, 0, 0.0)
    with running(plain_store, at_once, folder):
        assert ended(plain_store, job).state is JobState.done


def test_a_stop_does_not_wait_for_work_that_does_not_listen(plain_store: Store, folder: DataFolder) -> None:
    begun, free = threading.Event(), threading.Event()

    def deaf(_job: Job, _report: Report) -> Outcome:
        begun.set()
        free.wait(SOON_S)
        return OUTCOME

    add_job(plain_store)
    runner = Runner(plain_store, deaf, folder)
    runner.start()
    assert begun.wait(SOON_S)
    assert not runner.stop(patience_s=0.05)
    free.set()
    assert runner.stop(SOON_S)


def test_results_of_an_attempt_that_was_broken_off_are_cleared_first(plain_store: Store, folder: DataFolder) -> None:
    job = add_job(plain_store)
    left = folder.results(job.id) / ".half.part.mp4"
    left.parent.mkdir()
    left.touch()
    with running(plain_store, at_once, folder):
        assert ended(plain_store, job).state is JobState.done
    assert not left.exists()


def test_a_job_that_another_worker_took_over_keeps_its_files(plain_store: Store, folder: DataFolder) -> None:
    job = add_job(plain_store)

    def work(job: Job, _report: Report) -> Outcome:
        folder.results(job.id).mkdir(exist_ok=True)
        plain_store.release(folder.owner)
        assert plain_store.claim("another").id == job.id
        return OUTCOME

    with running(plain_store, work, folder) as runner:
        until(lambda: plain_store.job(job.id).owner == "another")
        until(lambda: runner.running == 0)
    assert plain_store.job(job.id).state is JobState.running
    assert folder.results(job.id).is_dir()


def test_a_database_that_is_away_for_a_while_is_waited_for(
    plain_store: Store, folder: DataFolder, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file, aside = folder.root / "aisle.db", tmp_path / "aside.db"
    job = add_job(plain_store)
    plain_store.close()
    file.rename(aside)
    file.mkdir()  # no database can be opened there
    with running(plain_store, at_once, folder):
        until(lambda: caplog.records)
        file.rmdir()
        aside.rename(file)
        assert ended(plain_store, job).state is JobState.done
    assert {record.message for record in caplog.records} <= {
        "no job can be claimed",
        "the store hears nothing of the running jobs",
    }


@pytest.mark.parametrize("settings", [{"workers": 0}, {"lease_s": 1.0}])
def test_a_runner_without_workers_or_time_is_refused(
    plain_store: Store, folder: DataFolder, settings: dict[str, int]
) -> None:
    with pytest.raises(UsageError, match="jobs need"):
        Runner(plain_store, Slow(), folder, **settings)
