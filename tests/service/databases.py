"""The databases of the service's tests: SQLite files, and Debian's PostgreSQL, started for one run of the tests."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

SERVERS = Path("/usr/lib/postgresql")
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",  # nothing here outlives the tests
    "shared_buffers": "16MB",
    "max_connections": "60",
}


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL server that listens on a socket in `folder`."""

    programs: Path
    folder: Path
    user: str

    def run(self, program: str, *words: str) -> None:
        """One of PostgreSQL's own programs, as a user that may run it: never root."""
        account = pwd.getpwnam(self.user)
        change = ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
        done = subprocess.run(
            [*(change if os.geteuid() == 0 else []), str(self.programs / program), *words],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # the server keeps what it is given
            stderr=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode:
            log = self.folder / "log"
            told = log.read_text(encoding="utf-8") if log.exists() else "and wrote no log"
            raise AssertionError(f"{program} ended with {done.returncode}: {told}")

    def url(self, name: str) -> str:
        return f"postgresql://{self.user}@/{name}?host={quote(str(self.folder))}"

    def new(self, name: str) -> str:
        """The address of an empty database."""
        self._command(f"CREATE DATABASE {name}")
        return self.url(name)

    def drop(self, name: str) -> None:
        self._command(f"DROP DATABASE {name} WITH (FORCE)")

    def _command(self, text: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(text)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Starts PostgreSQL in a folder of its own, and ends it. Skips the test where it is not installed."""
    found = sorted(SERVERS.glob("*/bin"), key=lambda path: int(path.parent.name))
    if not found or (os.geteuid() == 0 and shutil.which("setpriv") is None):
        pytest.skip(f"needs Debian's PostgreSQL, and {SERVERS} has none: apt-get install postgresql")
    user = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    folder = Path(tempfile.mkdtemp(prefix="aisle-pg-", dir="/tmp"))  # the path of a socket must be short
    running = Cluster(found[-1], folder, user)
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, user)
        data, settings = str(folder / "data"), {**SETTINGS, "unix_socket_directories": str(folder)}
        running.run("initdb", "--pgdata", data, "--no-sync", "--auth=trust", f"--username={user}", "--encoding=UTF8")
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        running.run("pg_ctl", "start", "--wait", "--pgdata", data, "--log", str(folder / "log"), "--options", options)
        try:
            yield running
        finally:
            running.run("pg_ctl", "stop", "--wait", "--pgdata", data, "--mode", "immediate")
    finally:
        shutil.rmtree(folder)
