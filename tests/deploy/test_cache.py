from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from aisle.core import OutputError
from aisle.deploy.cache import cache_folder, locked

TAKES_THE_LOCK = """
import sys
from pathlib import Path
from aisle.deploy.cache import locked
with locked("thing"):
    order = Path(sys.argv[1])
    with order.open("a") as file:
        file.write("in ")
    sys.stdout.write("inside\\n")
    sys.stdout.flush()
    sys.stdin.readline()
    with order.open("a") as file:
        file.write("out ")
"""


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"AISLE_CACHE": "/a/b", "XDG_CACHE_HOME": "/x"}, Path("/a/b")),
        ({"AISLE_CACHE": "", "XDG_CACHE_HOME": "/x"}, Path("/x/aisle")),
        ({"XDG_CACHE_HOME": ""}, Path("/home/me/.cache/aisle")),
        ({"AISLE_CACHE": "~/c"}, Path("/home/me/c")),
    ],
)
def test_the_cache_lies_where_the_user_says(
    variables: dict[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AISLE_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/home/me", **variables}.items():
        monkeypatch.setenv(name, value)
    assert cache_folder() == folder


def start(order: Path) -> subprocess.Popen[str]:
    call = [sys.executable, "-c", TAKES_THE_LOCK, str(order)]
    return subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.usefixtures("own_cache")
def test_two_processes_are_never_inside_at_once(tmp_path: Path) -> None:
    order = tmp_path / "order"
    with start(order) as one, start(order) as other:
        for process in (one, other):  # each leaves once it is in, whichever comes first
            assert process.stdin
            process.stdin.write("\n")
            process.stdin.flush()
        told = [process.communicate(timeout=60)[0] for process in (one, other)]
    assert told == ["inside\n", "inside\n"]
    assert (one.returncode, other.returncode) == (0, 0)
    assert order.read_text("utf-8") == "in out in out "


@pytest.mark.usefixtures("own_cache")
def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    with start(tmp_path / "order") as killed:
        assert killed.stdout
        assert killed.stdout.readline() == "inside\n"
        killed.kill()
    with locked("thing"):
        assert (tmp_path / "order").read_text("utf-8") == "in "


@pytest.mark.usefixtures("own_cache")
def test_different_things_do_not_wait_for_each_other() -> None:
    with locked("one"), locked("other"):
        assert sorted(path.name for path in cache_folder().iterdir()) == [".one.lock", ".other.lock"]


def test_a_cache_that_cannot_be_written_to_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(OutputError, match="AISLE_CACHE"), locked("thing"):
        raise AssertionError("inside without a lock")
