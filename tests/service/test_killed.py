"""Workers are killed at any moment: no job is lost, none is done twice, none is tried more than three times."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from aisle.service.folder import DataFolder
from aisle.service.jobs import Runner
from aisle.service.records import MAX_ATTEMPTS, Job, JobState
from aisle.service.store import Store

from .stores import add_job
from .test_jobs import SOON_S, until

WORKERS, JOBS, KILLS = 4, 60, 12

WORKER = """
import os, random, sys, time
from aisle.service.records import Outcome
from aisle.service.store import Store

url, log, lease_s = sys.argv[1], os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND), float(sys.argv[3])
me, store = str(os.getpid()), Store(url)

def tell(*words):
    os.write(log, (" ".join(map(str, words)) + "\\n").encode())  # one write, so lines of processes do not mix

while True:
    job = store.claim(me, lease_s)
    if job is None:
        time.sleep(0.02)
        continue
    tell("claimed", job.id, job.attempts)
    if random.random() < 0.05:
        time.sleep(1.5 * lease_s)  # out of breath: another one takes the job over
    for step in range(4):
        time.sleep(random.random() * 0.02)
        if not store.heartbeat(job.id, me, job.attempts, step / 4, lease_s):
            break
    if store.finish(job.id, me, job.attempts, Outcome("walk", 1.0, 1.0, 1.0, 1.0, 1.0)):
        tell("finished", job.id, job.attempts)
"""

LEASE_S = 1.0


def test_jobs_survive_workers_that_are_killed(url: str, tmp_path: Path) -> None:
    chance, log = random.Random(4), tmp_path / "log"
    log.touch()
    store = Store(url)
    jobs = [add_job(store, f"{number}.mp4") for number in range(JOBS)]

    def worker() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", WORKER, url, str(log), str(LEASE_S)])

    workers, kills = [worker() for _ in range(WORKERS)], 0
    deadline = time.monotonic() + 3 * SOON_S
    while store.count_jobs(JobState.queued, JobState.running):
        assert time.monotonic() < deadline
        time.sleep(chance.random() * 0.2)
        if kills < KILLS and b"claimed" in log.read_bytes():
            victim = chance.randrange(WORKERS)
            _end(workers[victim])
            workers[victim], kills = worker(), kills + 1
    for each in workers:
        _end(each)
    _check(store, jobs, [line.split() for line in log.read_text().splitlines()], kills + WORKERS)
    store.close()


def _check(store: Store, jobs: list[Job], told: list[list[str]], kills: int) -> None:
    """What the workers told and what the store holds are one story."""
    kept = [store.job(job.id) for job in jobs]
    claims = Counter((id_, attempt) for what, id_, attempt in told if what == "claimed")
    finishes = Counter(id_ for what, id_, _ in told if what == "finished")
    done = {job.id for job in kept if job.state is JobState.done}
    assert {job.state for job in kept} <= {JobState.done, JobState.failed}
    assert all(1 <= job.attempts <= MAX_ATTEMPTS for job in kept)
    assert all(job.attempts == MAX_ATTEMPTS for job in kept if job.state is JobState.failed)
    assert all((job.outcome is not None) == (job.id in done) for job in kept)
    assert set(claims.values()) | set(finishes.values()) == {1}
    assert set(finishes) <= done
    assert len(done) - len(finishes) <= kills  # killed between the end of a job and the telling


SERVER = """
import sys, time
from pathlib import Path
from aisle.service.folder import DataFolder
from aisle.service.jobs import Runner
from aisle.service.store import Store

def work(job, report):
    (folder.root / "begun").touch()
    while True:
        time.sleep(0.01)
        report(0.5)

folder = DataFolder(Path(sys.argv[2]))
Runner(Store(sys.argv[1]), work, folder).start()
time.sleep(600)
"""


def test_a_server_that_is_killed_three_times_in_one_job_gives_up(url: str, tmp_path: Path) -> None:
    store, data = Store(url), tmp_path / "data"
    job = add_job(store)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        server = subprocess.Popen([sys.executable, "-c", SERVER, url, str(data)])
        until((data / "begun").exists)  # long before the lease of the one before is over
        assert store.job(job.id).attempts == attempt
        _end(server)
        (data / "begun").unlink()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("aisle.service.jobs.POLL_S", 0.05)
        _serve_until_over(store, data, job)
    failed = store.job(job.id)
    assert (failed.state, failed.attempts) == (JobState.failed, MAX_ATTEMPTS)
    assert "broken off 3 times" in failed.error
    store.close()


def _serve_until_over(store: Store, data: Path, job: Job) -> None:
    with DataFolder(data) as folder:
        runner = Runner(store, _never, folder)
        runner.start()
        until(lambda: store.job(job.id).state.final)
        assert runner.stop(SOON_S)


def _never(job: Job, _report: object) -> None:
    raise AssertionError(f"{job.id} was begun a fourth time")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()
