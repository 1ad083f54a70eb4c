"""Nothing is kept longer than was said, and nothing is kept that no record knows: records and files go together.

Files go first and the record after them, so that a deletion that is broken off is found and taken up again. What the
disk itself keeps of a deleted file is beyond a program's reach; encrypt the disk where that matters.
"""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aisle.core import AisleError, UsageError, writing
from aisle.service.folder import DataFolder
from aisle.service.records import EventRecord, Job, JobState
from aisle.service.store import Store

DAY_S = 86400.0
SWEEP_S = 3600.0
"""Between two looks at what is due."""

GRACE_S = 600.0
"""How long a file may be there before its record is."""

NO_VIDEO = "the video of this analysis is gone from the disk; do: send it again"
NO_RESULTS = "the results of this analysis are gone from the disk; do: ask for it again"

_PAGE = 1000
log = logging.getLogger("aisle.service.retention")


@dataclass(frozen=True, slots=True)
class Swept:
    """How many jobs and events were deleted, files without a record removed, records without their files mended."""

    jobs: int = 0
    events: int = 0
    orphans: int = 0
    mended: int = 0


def delete_job(store: Store, folder: DataFolder, job: Job) -> None:
    """The job with its results and, where it is ours, its video; one that runs stops. Raises OutputError."""
    with writing(folder.root):
        if job.owned:
            folder.inside(job.source).unlink(missing_ok=True)
        _remove(folder.results(job.id))
    store.remove(job.id)


def drop_video(store: Store, folder: DataFolder, id_: str) -> bool:
    """The video of a job that is over, where it is ours; its results stay. Raises OutputError."""
    job = store.job(id_)
    if job is None or not job.owned or not job.state.final:
        return False
    video = folder.inside(job.source)
    there = video.exists()
    with writing(folder.root):
        video.unlink(missing_ok=True)
    return there


def delete_event(store: Store, folder: DataFolder, record: EventRecord) -> None:
    """The event with its review and its clip. Raises OutputError."""
    if record.evidence is not None:
        with writing(folder.root):
            folder.inside(record.evidence.path).unlink(missing_ok=True)
    store.remove_event(record.event.id)


def purge(store: Store, folder: DataFolder, *, days: float, now: float) -> Swept:
    """Deletes the jobs that were accepted, and the events that started, more than `days` before `now`."""
    if not days > 0:
        raise UsageError("what is kept is kept for a while", got=f"{days} days", allowed="more than 0")
    oldest = now - days * DAY_S
    jobs = [job for job in _jobs(store) if job.created < oldest]
    events = [record for record in _events(store) if record.at < oldest]
    for job in jobs:
        delete_job(store, folder, job)
    for record in events:
        delete_event(store, folder, record)
    return Swept(jobs=len(jobs), events=len(events))


def mend(store: Store, folder: DataFolder, *, grace_s: float = GRACE_S) -> Swept:
    """Brings files and records together again where a process was killed between the two.

    Files that no record names and that have not changed for `grace_s` are removed. Jobs without their video or results
    have failed, events without their clip have none.
    """
    lying = [*folder.uploads.iterdir(), *folder.evidence.iterdir(), *folder.analyses.iterdir()]  # before the records
    jobs, events = list(_jobs(store)), list(_events(store))
    known = {folder.root / job.source for job in jobs} | {folder.results(job.id) for job in jobs}
    known |= {folder.inside(record.evidence.path) for record in events if record.evidence}
    oldest = time.time() - grace_s
    orphans = [path for path in lying if path not in known and _changed_before(path, oldest)]
    with writing(folder.root):
        for path in orphans:
            _remove(path)
    mended = sum(_mend_job(store, folder, job) for job in jobs)
    mended += sum(_mend_event(store, folder, record) for record in events)
    return Swept(orphans=len(orphans), mended=mended)


class Sweeper:
    """Looks after one data folder from `start` to `stop`: mends it at once and then each hour, and purges what is older
    than `days`, which may be None for nothing. Unless it `keeps_videos`, those of jobs that are over are deleted too.
    """

    def __init__(self, store: Store, folder: DataFolder, *, days: float | None, keeps_videos: bool = True) -> None:
        self._store, self._folder, self._days, self._keeps_videos = store, folder, days, keeps_videos
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="retention", daemon=True)

    def start(self) -> None:
        """The first sweep is over when this returns. Where no other process has the folder open, events that are open
        are of one that was killed, and end. Raises what the store and the disk raise.
        """
        alone = self._folder.alone()
        if alone and (count := self._store.end_events()):
            log.warning("events were open when their process was killed", extra={"events": count})
        self.sweep(grace_s=0.0 if alone else GRACE_S)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def sweep(self, *, grace_s: float = GRACE_S) -> Swept:
        """One look at everything. Raises OutputError or UnreachableError."""
        mended = mend(self._store, self._folder, grace_s=grace_s)
        purged = Swept() if self._days is None else purge(self._store, self._folder, days=self._days, now=time.time())
        if not self._keeps_videos:
            for job in list(_jobs(self._store)):
                drop_video(self._store, self._folder, job.id)
        self._store.scrub()
        swept = Swept(purged.jobs, purged.events, mended.orphans, mended.mended)
        if swept != Swept():
            log.info("swept", extra={name: getattr(swept, name) for name in Swept.__slots__})
        return swept

    def _serve(self) -> None:
        while not self._stopping.wait(SWEEP_S):
            try:
                self.sweep()
            except (AisleError, OSError) as error:
                log.error("the data folder was not swept", extra={"reason": str(error)})
            except Exception:
                log.exception("the data folder was not swept")


def _mend_job(store: Store, folder: DataFolder, job: Job) -> bool:
    if job.state is JobState.done and not folder.results(job.id).is_dir():
        return store.write_off(job.id, NO_RESULTS, state=job.state)
    if not job.state.final and job.owned and not folder.inside(job.source).is_file():
        return store.write_off(job.id, NO_VIDEO, state=job.state)
    return False


def _mend_event(store: Store, folder: DataFolder, record: EventRecord) -> bool:
    if record.evidence is None or folder.inside(record.evidence.path).is_file():
        return False
    return store.drop_evidence(record.event.id)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _changed_before(path: Path, oldest: float) -> bool:
    try:
        return path.lstat().st_ctime < oldest  # not its mtime, which a move leaves as it was
    except FileNotFoundError:
        return False


def _jobs(store: Store) -> Iterator[Job]:
    before = None
    while page := store.jobs(limit=_PAGE, before=before):
        yield from page
        before = page[-1].number


def _events(store: Store) -> Iterator[EventRecord]:
    before = None
    while page := store.events(limit=_PAGE, before=before):
        yield from page
        before = page[-1].number
