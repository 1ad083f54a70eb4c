"""The database itself: made once, refused where it is not ours, honest when it cannot be used, clean when deleted."""

from __future__ import annotations

import sqlite3
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from aisle.core import AisleError, DamagedError, OutputError, UnreachableError, UsageError
from aisle.service._database import CONNECTIONS, Database
from aisle.service._jobs import JobStore
from aisle.service._streams import StreamStore
from aisle.service.records import JobState
from aisle.service.store import Store

from .databases import Cluster
from .stores import OUTCOME, add_job, event

SECRET = "the-man-in-the-green-coat"


def test_what_was_kept_is_there_the_next_time(url: str) -> None:
    first = Store(url)
    job = add_job(first)
    first.close()
    second = Store(url)
    assert second.job(job.id) == job
    second.close()


def test_processes_that_start_together_make_the_tables_once(url: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(Store, [url] * 8))
    add_job(stores[0])
    assert [len(store.jobs()) for store in stores] == [1] * 8
    for store in stores:
        store.close()


def test_tables_of_a_newer_aisle_are_left_alone(url: str) -> None:
    database = Database(url, time.time)
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE schema SET version = 99")
    database.close()
    with pytest.raises(DamagedError, match=r"newer aisle; got: tables of version 99 .*do: update aisle"):
        Store(url)


@pytest.mark.parametrize("url", ["", "jobs.db", "mysql://host/name", "sqlite://", "sqlite:///:memory:", "a\0b"])
def test_another_kind_of_address_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="allowed: sqlite"):
        Store(url)


def test_a_password_is_never_told(tmp_path: Path) -> None:
    for url in (f"mysql://me:{SECRET}@host/name", f"postgresql://me:{SECRET}@/name?host={tmp_path}"):
        with pytest.raises(AisleError) as caught:
            Store(url)
        assert SECRET not in str(caught.value)


def test_a_file_that_is_no_database_is_damage(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    file.write_bytes(b"something else entirely" * 100)
    with pytest.raises(DamagedError, match="not a database"):
        Store(f"sqlite:///{file}")
    assert file.read_bytes() == b"something else entirely" * 100


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="as a file has this name"):
        Store(f"sqlite:///{tmp_path / 'file' / 'a.db'}")


def test_a_full_disk_is_told_and_nothing_is_half_kept(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.db'}", time.time)
    with database.writing() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")  # of this connection, the pool's only one
    with pytest.raises(OutputError, match="full"):
        add_job(JobStore(database), "x" * 10_000)
    assert JobStore(database).jobs() == ()
    database.close()


def test_a_server_that_does_not_answer_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match="does not answer"):
        Store(f"postgresql:///name?host={tmp_path}")


def test_a_server_that_was_started_anew_is_used_again(postgres: Cluster) -> None:
    store = Store(postgres.new("restarted"))
    job = add_job(store)
    postgres.run("pg_ctl", "restart", "--wait", "--pgdata", str(postgres.folder / "data"), "--mode", "fast")
    assert store.job(job.id) == job
    store.close()


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'data' / 'a.db'}")
    add_job(store)
    modes = {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "data").iterdir()}
    assert (stat.S_IMODE((tmp_path / "data").stat().st_mode), modes) == (0o700, {0o600})
    store.close()


def test_reading_waits_for_no_writer(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'a.db'}")
    job = add_job(store)
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert store.job(job.id) == job
    other.close()
    store.close()


def test_a_transaction_that_fails_leaves_nothing(url: str) -> None:
    database = Database(url, time.time)

    def breaks_off() -> None:
        with database.writing() as connection:
            connection.exec_driver_sql("INSERT INTO streams VALUES ('id', 'name', 'source', 'model', 1, NULL)")
            raise OutputError("no", got="no")

    with pytest.raises(OutputError):
        breaks_off()
    assert StreamStore(database).streams() == ()
    database.close()


def _files_with(folder: Path, text: str) -> list[str]:
    files = [file for file in folder.rglob("*") if file.is_file()]
    return [str(file.relative_to(folder)) for file in files if text.encode() in file.read_bytes()]


def test_what_is_deleted_is_in_no_file_of_sqlite(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'a.db'}")
    ids = [add_job(store, f"{SECRET}-{number}.mp4").id for number in range(50)]
    store.claim("me")
    store.finish(ids[0], "me", 1, OUTCOME)
    store.add_event(event(camera=SECRET))
    assert _files_with(tmp_path, SECRET)
    for id_ in ids:
        store.remove(id_)
    store.remove_event("e1")
    store.scrub()
    assert _files_with(tmp_path, SECRET) == []
    store.close()


def test_what_is_deleted_is_in_no_table_of_postgresql(postgres: Cluster) -> None:
    url, base = postgres.new("scrubbed"), postgres.folder / "data" / "base"
    store = Store(url)
    ids = [add_job(store, f"{SECRET}-{number}.mp4").id for number in range(50)]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")  # what is in memory goes to the files
        assert _files_with(base, SECRET)
        for id_ in ids:
            store.remove(id_)
        store.scrub()
        connection.execute("CHECKPOINT")
    store.close()
    assert _files_with(base, SECRET) == []


def test_many_threads_share_few_connections(url: str) -> None:
    files = Path("/proc/self/fd")
    before, store = len(list(files.iterdir())), Store(url)
    with ThreadPoolExecutor(64) as pool:
        list(pool.map(lambda number: add_job(store, str(number)), range(200)))
    assert len(list(files.iterdir())) <= before + 3 * CONNECTIONS
    assert store.count_jobs(JobState.queued) == 200
    store.close()
