"""Records and files go together: what is old is deleted, and what a killed process left is put in order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from aisle.core import UsageError
from aisle.service import retention
from aisle.service.folder import DataFolder, database_in
from aisle.service.records import Evidence, Job, JobState
from aisle.service.retention import DAY_S, Swept, delete_event, delete_job, mend, purge
from aisle.service.store import Store

from .stores import NOON, OUTCOME, Clock, add_job, event

SECRET = "a-face-at-the-till"


@pytest.fixture
def kept(folder: DataFolder, clock: Clock) -> Store:
    return Store(database_in(folder.root), now=clock)


def uploaded(store: Store, folder: DataFolder, name: str, *, done: bool = True) -> Job:
    """A job with its video and, where it is done, its results."""
    (folder.uploads / name).write_text(SECRET)
    job = add_job(store, name)
    if done:
        store.claim("me")
        folder.results(job.id).mkdir()
        (folder.results(job.id) / "timeline.json").write_text(SECRET)
        store.finish(job.id, "me", 1, OUTCOME)
    return store.job(job.id)


def files(folder: DataFolder) -> set[str]:
    parts = (folder.uploads, folder.analyses, folder.evidence)
    return {str(file.relative_to(folder.root)) for part in parts for file in part.rglob("*") if file.is_file()}


def test_what_is_older_than_was_said_is_deleted_record_and_files(kept: Store, folder: DataFolder, clock: Clock) -> None:
    uploaded(kept, folder, "old.mp4")
    (folder.evidence / "old.mp4").write_text(SECRET)
    kept.add_event(event("old", started=0, ended=5), Evidence("evidence/old.mp4"))
    kept.review("old", "confirmed", SECRET)
    clock.now += 2
    new = uploaded(kept, folder, "new.mp4")
    kept.add_event(event("new", started=2, ended=5))
    assert purge(kept, folder, days=30, now=NOON + 1 + 30 * DAY_S) == Swept(jobs=1, events=1)
    assert [job.id for job in kept.jobs()] == [new.id]
    assert [record.event.id for record in kept.events()] == ["new"]
    assert files(folder) == {"uploads/new.mp4", f"analyses/{new.id}/timeline.json"}
    kept.close()


def test_nothing_is_left_in_any_file(kept: Store, folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    uploaded(kept, folder, f"{SECRET}.mp4")
    (folder.evidence / "a.mp4").write_text(SECRET)
    kept.add_event(event(camera=SECRET), Evidence("evidence/a.mp4"))
    kept.review("e1", "dismissed", SECRET)
    monkeypatch.setattr(retention.time, "time", lambda: NOON + 2 * DAY_S)
    sweeper = retention.Sweeper(kept, folder, days=1)
    sweeper.start()
    sweeper.stop()
    held = [file for file in folder.root.rglob("*") if file.is_file()]
    assert [file for file in held if SECRET.encode() in file.read_bytes() or SECRET in file.name] == []
    kept.close()


def test_a_job_that_still_waits_is_deleted_in_time_too(kept: Store, folder: DataFolder) -> None:
    uploaded(kept, folder, "stuck.mp4", done=False)
    assert purge(kept, folder, days=1, now=NOON + DAY_S + 1).jobs == 1
    assert (kept.jobs(), files(folder)) == ((), set())
    kept.close()


def test_a_video_of_the_media_folder_is_never_deleted(kept: Store, folder: DataFolder, tmp_path: Path) -> None:
    video = tmp_path / "media.mp4"
    video.touch()
    job = kept.add_job(model="tiny", name="media.mp4", source=str(video), owned=False)
    mend(kept, folder, grace_s=0)
    delete_job(kept, folder, job)
    assert (video.exists(), kept.jobs()) == (True, ())
    kept.close()


def test_a_record_never_deletes_outside_its_folder(kept: Store, folder: DataFolder, tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    job = kept.add_job(model="tiny", name="a", source="../precious", owned=True)
    with pytest.raises(UsageError, match="leads out"):
        delete_job(kept, folder, job)
    assert (tmp_path / "precious").exists()
    kept.close()


def test_deleting_again_is_no_error(kept: Store, folder: DataFolder) -> None:
    job = uploaded(kept, folder, "a.mp4")
    record = kept.add_event(event(), Evidence("evidence/gone.mp4"))
    for _ in range(2):
        delete_job(kept, folder, job)
        delete_event(kept, folder, record)
    assert (kept.jobs(), kept.events(), files(folder)) == ((), (), set())
    kept.close()


@pytest.mark.parametrize("days", [0, -1, float("nan")])
def test_keeping_for_no_time_is_refused(kept: Store, folder: DataFolder, days: float) -> None:
    with pytest.raises(UsageError, match="for a while"):
        purge(kept, folder, days=days, now=NOON)
    kept.close()


def test_files_that_no_record_knows_are_removed(kept: Store, folder: DataFolder) -> None:
    job = uploaded(kept, folder, "a.mp4")
    for orphan in (folder.uploads / ".1234.part.mp4", folder.uploads / "b.mp4", folder.evidence / "c.mp4"):
        orphan.touch()
    folder.results("0123456789abcdef").mkdir()
    (folder.results("0123456789abcdef") / "timeline.json").touch()
    assert mend(kept, folder) == Swept()  # they may be somebody's who is still at work
    assert mend(kept, folder, grace_s=-1) == Swept(orphans=4)
    assert files(folder) == {"uploads/a.mp4", f"analyses/{job.id}/timeline.json"}
    assert mend(kept, folder, grace_s=-1) == Swept()
    kept.close()


def test_what_is_kept_for_a_future_part_is_left_alone(kept: Store, folder: DataFolder) -> None:
    (folder.root / "spool").mkdir()
    (folder.root / "spool" / "1").touch()
    mend(kept, folder, grace_s=-1)
    assert (folder.root / "spool" / "1").exists()
    kept.close()


def test_records_whose_files_are_gone_say_so(kept: Store, folder: DataFolder) -> None:
    waiting = uploaded(kept, folder, "waiting.mp4", done=False)
    kept.cancel(waiting.id)
    lost = uploaded(kept, folder, "lost.mp4", done=False)
    (folder.uploads / "lost.mp4").unlink()
    kept.add_event(event(), Evidence("evidence/gone.mp4"))
    assert mend(kept, folder) == Swept(mended=2)
    assert (kept.job(lost.id).state, kept.job(lost.id).error) == (JobState.failed, retention.NO_VIDEO)
    assert kept.job(waiting.id).state is JobState.cancelled
    assert kept.event("e1").evidence is None
    kept.close()


def test_a_done_job_without_results_has_failed(kept: Store, folder: DataFolder) -> None:
    job = uploaded(kept, folder, "a.mp4")
    (folder.results(job.id) / "timeline.json").unlink()
    folder.results(job.id).rmdir()
    mend(kept, folder)
    mended = kept.job(job.id)
    assert (mended.state, mended.error, mended.outcome) == (JobState.failed, retention.NO_RESULTS, None)
    kept.close()


def test_a_deletion_that_was_broken_off_is_taken_up_again(
    kept: Store, folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = uploaded(kept, folder, "a.mp4")

    def killed(_: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(kept, "remove", killed)
        with pytest.raises(KeyboardInterrupt):
            delete_job(kept, folder, job)
    assert (files(folder), kept.jobs()) == (set(), (job,))
    mend(kept, folder)
    assert purge(kept, folder, days=1, now=NOON + DAY_S + 1).jobs == 1
    assert kept.jobs() == ()
    kept.close()


def test_a_start_ends_what_a_killed_process_left_open(kept: Store, folder: DataFolder) -> None:
    kept.add_event(event("e1"))
    (folder.uploads / ".1234.part").touch()
    with DataFolder(folder.root):  # another process, to which all this may belong
        other = retention.Sweeper(kept, folder, days=None)
        other.start()
        other.stop()
        assert (kept.event("e1").event.state, files(folder)) == ("open", {"uploads/.1234.part"})
    sweeper = retention.Sweeper(kept, folder, days=None)
    sweeper.start()
    sweeper.stop()
    assert (kept.event("e1").event.state, files(folder)) == ("ended", set())
    kept.close()


def test_more_than_a_page_is_swept(kept: Store, folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_PAGE", 2)
    for number in range(5):
        uploaded(kept, folder, f"{number}.mp4", done=False)
        kept.add_event(replace(event(str(number), started=0)))
    assert purge(kept, folder, days=1, now=NOON + DAY_S + 1) == Swept(jobs=5, events=5)
    kept.close()
