"""Jobs are run: claimed from the store, worked on by threads, and ended once, whatever is killed in between."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable
from time import monotonic

from aisle.core import AisleError, InputError, UsageError
from aisle.service._jobs import LEASE_S
from aisle.service.folder import DataFolder
from aisle.service.records import MAX_ATTEMPTS, Job, JobState, Outcome
from aisle.service.retention import drop_video
from aisle.service.store import Store

Report = Callable[[float], None]
"""Hears how far the work is, 0 to 1; raises StoppedError where it should end now."""

Work = Callable[[Job, Report], Outcome]
"""Runs one job. Raises InputError or UsageError where running it again would change nothing."""

POLL_S = 1.0
"""How soon this process notices what another one did: a new job, a cancelled one, a killed server."""

PAUSE_S = 2.0
"""Before work that failed for an unknown reason is tried again; twice that the second time."""

PATIENCE_S = 10.0
"""How long a stop waits for the work to hear of it."""

UNKNOWN = "the analysis failed for a reason that is not in the video; do: ask whoever runs the server to read its log"

log = logging.getLogger("aisle.service.jobs")


class StoppedError(Exception):
    """Raised inside the work: the job was cancelled, removed or taken over, or the service stops."""


class Runner:
    """Runs jobs with `workers` threads from `start` to `stop`; thread-safe.

    A job runs while its owner is heard of at least every `lease_s` seconds. Those of a killed process of this folder
    are taken over within POLL_S, those of another machine once their lease is over. Unless it `keeps_videos`, those of
    jobs that are over go at once.
    """

    def __init__(
        self,
        store: Store,
        work: Work,
        folder: DataFolder,
        *,
        workers: int = 1,
        lease_s: float = LEASE_S,
        keeps_videos: bool = True,
    ) -> None:
        if workers < 1 or lease_s < 2 * POLL_S:
            got = f"{workers} workers, a lease of {lease_s} s"
            raise UsageError("jobs need a worker and time to be heard of", got=got, allowed=f"{2 * POLL_S} s or more")
        self._store, self._work, self._folder, self._lease_s = store, work, folder, lease_s
        self._keeps_videos = keeps_videos
        self._runs: set[_Run] = set()
        self._news = threading.Condition()
        self._told = 0
        self._stopping = False
        names = {"pulse": self._pulse, **{f"worker-{index}": self._serve for index in range(workers)}}
        self._threads = [
            threading.Thread(target=each, name=f"jobs-{name}", daemon=True) for name, each in names.items()
        ]

    @property
    def running(self) -> int:
        """How many jobs run in this process."""
        with self._news:
            return len(self._runs)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Something changed in the store: a job was added, cancelled or removed."""
        with self._news:
            self._told += 1
            self._news.notify_all()

    def stop(self, patience_s: float = PATIENCE_S) -> bool:
        """Jobs that run wait again, as if they had not been begun. False where work did not end in time."""
        with self._news:
            self._stopping = True
            for run in self._runs:
                run.stop.set()
        self.wake()
        deadline = monotonic() + patience_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _serve(self) -> None:
        """What a worker does all its life."""
        while not self._stopping:
            told = self._told
            try:
                job = self._store.claim(self._folder.owner, self._lease_s)
            except AisleError as error:
                log.error("no job can be claimed", extra={"reason": str(error)})
                job = None
            except Exception:  # this thread serves as long as the process
                log.exception("no job can be claimed")
                job = None
            if job is None:
                self._wait(told)
            else:
                self._run(job)

    def _pulse(self) -> None:
        """Tells the store how far the runs of this process are, and the runs what became of their jobs."""
        while not self._stopping:
            told = self._told
            try:
                for owner in self._folder.dead():
                    self._release(owner)
                for run in self._running():
                    if not self._store.heartbeat(*run.place, run.progress, self._lease_s):
                        run.stop.set()
            except (AisleError, OSError) as error:
                log.error("the store hears nothing of the running jobs", extra={"reason": str(error)})
            except Exception:
                log.exception("the store hears nothing of the running jobs")
            self._wait(told)

    def _release(self, owner: str) -> None:
        count = self._store.release(owner)
        self._folder.bury(owner)
        if count:
            log.warning("a process was killed, its jobs run again", extra={"jobs": count})
            self.wake()

    def _wait(self, told: int) -> None:
        """Until something changed since `told`, or for POLL_S."""
        with self._news:
            self._news.wait_for(lambda: self._stopping or self._told != told, POLL_S)

    def _running(self) -> list[_Run]:
        with self._news:
            return list(self._runs)

    def _run(self, job: Job) -> None:
        run = _Run(job, self._folder.owner)
        with self._news:
            self._runs.add(run)
            if self._stopping:
                run.stop.set()
        try:
            self._end(run)
        except Exception:
            log.exception("the end of a job could not be recorded", extra={"job": job.id})
        finally:
            with self._news:
                self._runs.discard(run)

    def _end(self, run: _Run) -> None:
        """Works, and records how that ended; where the job is no longer this run's, clears up behind it."""
        try:
            shutil.rmtree(self._folder.results(run.job.id), ignore_errors=True)  # of an attempt that was broken off
            mine = self._store.finish(*run.place, self._work(run.job, run.report))
        except StoppedError:
            mine = self._store.requeue(*run.place, counted=False)
        except (InputError, UsageError) as error:
            mine = self._given_back(run) or self._store.fail(*run.place, self._plain(str(error), run.job))
        except Exception:
            log.exception("the work failed", extra={"job": run.job.id, "attempt": run.job.attempts})
            mine = self._given_back(run) or self._tried_again(run)
        if not mine:
            self._clear(run.job)
        elif not self._keeps_videos:
            drop_video(self._store, self._folder, run.job.id)

    def _given_back(self, run: _Run) -> bool:
        """Where the work was to stop, what was torn down around it is no fault of the job's."""
        return run.stop.is_set() and self._store.requeue(*run.place, counted=False)

    def _tried_again(self, run: _Run) -> bool:
        if run.job.attempts < MAX_ATTEMPTS:
            return self._store.requeue(*run.place, after_s=PAUSE_S * run.job.attempts)
        return self._store.fail(*run.place, UNKNOWN)

    def _plain(self, text: str, job: Job) -> str:
        """An error as its sender may read it: the video by its name, and no folder of this machine."""
        root = self._folder.root
        return text.replace(str(root / job.source), job.name).replace(f"{root}/", "")

    def _clear(self, job: Job) -> None:
        """Removes what was written for a job that is cancelled or gone; one that was taken over keeps its files."""
        now = self._store.job(job.id)
        if now is None or now.state is JobState.cancelled:
            shutil.rmtree(self._folder.results(job.id), ignore_errors=True)


class _Run:
    """One attempt at a job in this process."""

    def __init__(self, job: Job, owner: str) -> None:
        self.job = job
        self.place = (job.id, owner, job.attempts)
        self.progress = 0.0
        self.stop = threading.Event()

    def report(self, progress: float) -> None:
        if self.stop.is_set():
            raise StoppedError
        self.progress = progress
