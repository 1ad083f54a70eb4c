from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

import numpy as np
import pytest

from aisle.media._child import Child

PARENT = """
import os, sys, time
from aisle.media._child import Child
child = Child("children:busy")
child.receive()
print(child.pid, flush=True)
{ending}
"""


def soon(holds: Callable[[], bool]) -> bool:
    """Whether it comes true; no test waits for longer than this unless it fails."""
    limit = monotonic() + 30
    while not holds() and monotonic() < limit:
        sleep(0.01)
    return holds()


def is_gone(pid: int) -> bool:
    """Ended; whoever inherited it may not have taken note yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("parts", [(), (b"",), (b"abc",), (b"a", b"", b"bc"), (bytes(range(256)) * 40_000,)])
def test_what_is_sent_comes_back(parts: tuple[bytes, ...]) -> None:
    header = {"text": 'é "\n\0', "number": 0.1, "list": [1, None, True], "surrogate": "\udcff"}
    with Child("children:echo") as child:
        for _ in range(2):
            child.send(header, *parts)
            message = child.receive(60)
            assert message.header == header
            assert bytes(message.payload) == b"".join(parts)


def test_pictures_come_without_a_copy_and_in_order() -> None:
    with Child("children:pictures") as child:
        for number in range(3):
            message = child.receive(60)
            images = np.frombuffer(message.payload, np.uint8).reshape(2, 4, 5, 3)
            assert message.header == {"number": number}
            assert [int(image.max()) for image in images] == [10 * number, 10 * number + 1]
            images[:] = 0  # their own memory
        with pytest.raises(EOFError):
            child.receive(60)
        child.close()
        assert child.ended == "ended with code 0"


def test_waiting_in_vain_spoils_nothing() -> None:
    with Child("children:adder") as child:
        child.send({"number": 1})
        for _ in range(3):
            with pytest.raises(TimeoutError):
                child.receive(0.01)
        assert child.ended == ""
        child.send({"number": 2})
        assert child.receive(60).header == {"sum": 3}


def test_a_child_may_wait_for_a_while_only() -> None:
    with Child("children:impatient") as child:
        assert child.receive(60).header == {"came": False}
        child.send({"now": 1})
        assert child.receive(60).header == {"came": {"now": 1}}


def test_many_threads_may_send() -> None:
    with Child("children:echo") as child:
        payloads = [bytes([number]) * 100_000 for number in range(8)]
        threads = [threading.Thread(target=child.send, args=({}, payload)) for payload in payloads]
        for thread in threads:
            thread.start()
        come = {bytes(child.receive(60).payload) for _ in payloads}
        for thread in threads:
            thread.join()
        assert come == set(payloads)


@pytest.mark.parametrize(
    ("target", "ended"), [("children:crash", "killed by SIGABRT"), ("children:mistake", "ended with code 1")]
)
def test_a_child_that_fails_is_told_of(target: str, ended: str) -> None:
    with Child(target) as child:
        child.send({})
        with pytest.raises(EOFError):
            child.receive(60)
        child.close()
        assert child.ended == ended
        with pytest.raises(EOFError):
            child.send({})


@pytest.mark.parametrize("target", ["shouts", "floods", "babbles", "nests", "lists", "breaks_off"])
def test_a_child_that_talks_nonsense_counts_as_gone(target: str) -> None:
    with Child(f"children:{target}") as child:
        child.send({})
        with pytest.raises(EOFError):
            child.receive(60)


def test_a_busy_child_is_killed_while_someone_waits() -> None:
    with Child("children:busy") as child:
        child.receive(60)
        threading.Timer(0.05, child.kill).start()
        with pytest.raises(EOFError):
            child.receive()
    assert child.ended == "killed by SIGKILL"
    assert is_gone(child.pid)
    child.close()


@pytest.mark.parametrize("ending", ["os._exit(0)", "os.kill(os.getpid(), 9)", "sys.exit()"])
def test_a_child_ends_with_its_parent(ending: str) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", PARENT.format(ending=ending)], env=environment, stdout=subprocess.PIPE, check=False
    )
    pid = int(done.stdout)
    assert soon(lambda: is_gone(pid))


def test_a_child_inherits_nothing_that_it_does_not_need(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AISLE_WEBHOOK_SECRET", "hush")
    with (tmp_path / "private").open("w") as private, Child("children:surroundings", files=32) as child:
        found = child.receive(60).header
        assert private.name not in found["open"]
    assert "AISLE_WEBHOOK_SECRET" not in found["environment"]
    assert found["privileges"] == "1"
    assert found["core"] == [0, 0]
    assert found["files"] == [32, 32]


@pytest.mark.parametrize(("size", "refused"), [(10 << 20, False), (2000 << 20, True)])
def test_memory_is_limited(size: int, refused: bool) -> None:
    with Child("children:hungry", megabytes=1000) as child:
        child.send({"bytes": size})
        assert child.receive(60).header == {"refused": refused}


def test_processor_time_is_limited() -> None:
    with Child("children:dear") as child:
        assert child.receive(60).header == {"ready": True}
        with pytest.raises(EOFError):
            child.receive(60)
        child.close()
        assert child.ended == f"killed by {signal.SIGXCPU.name}"


def test_a_job_that_may_not_write_cannot(tmp_path: Path) -> None:
    with Child("children:writer") as child:
        child.send({"path": str(tmp_path / "file")})
        assert "File too large" in child.receive(60).header["refused"]
