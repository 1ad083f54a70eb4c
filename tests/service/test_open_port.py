"""A port that anyone can connect to: idle, slow and too many connections do not keep others from being answered."""

from __future__ import annotations

import contextlib
import resource
import socket
from pathlib import Path

import pytest

from aisle.service import serving

from .running import running, wait

MANY = 1000


@pytest.fixture
def files() -> None:
    """Each connection is two open files here: the test's and the service's."""
    if serving.more_files() < 2 * MANY + 200:
        pytest.skip(f"needs {2 * MANY + 200} open files, {resource.getrlimit(resource.RLIMIT_NOFILE)[1]} are allowed")


@pytest.mark.usefixtures("files")
def test_a_thousand_idle_connections_do_not_keep_others_out(tmp_path: Path) -> None:
    with running(tmp_path / "data") as service, contextlib.ExitStack() as connections:
        opened = [connections.enter_context(service.connect()) for _ in range(MANY)]
        for connection in opened[::2]:
            connection.sendall(b"GET /v1/me HTTP/1.1\r\nHost: loc")  # half a head
        for _ in range(10):
            assert service.client.get("/healthz").status_code == 200
            assert service.client.get("/v1/analyses").status_code == 200
        opened[1].sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert opened[1].recv(100).startswith(b"HTTP/1.1 200")


def test_a_head_that_never_ends_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "HEAD_S", 0.2)
    with running(tmp_path / "data") as service, contextlib.ExitStack() as stack:
        silent, slow, again = (stack.enter_context(service.connect()) for _ in range(3))
        slow.sendall(b"GET / HTTP/1.1\r\nHost: loc")
        again.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = again.recv(65536)
        while not answer.endswith(b"}"):  # the head and the body may come one after the other
            answer += again.recv(65536)
        assert answer.startswith(b"HTTP/1.1 200")
        again.sendall(b"GET /healthz HTTP/1.1\r\n")
        for connection in (silent, slow, again):
            assert connection.recv(1) == b""


def test_beyond_the_most_requests_health_is_still_told(tmp_path: Path) -> None:
    with running(tmp_path / "data", requests=3) as service, contextlib.ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(service.client.stream("GET", "/v1/live"))
        refused = service.client.get("/v1/me")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert refused.json()["type"] == "/docs#problem-unavailable"
        assert service.client.get("/healthz").status_code == 200
        stack.close()
        wait(lambda: service.client.get("/v1/me").status_code == 200)


def test_a_client_that_stops_reading_holds_up_nobody(tmp_path: Path) -> None:
    with running(tmp_path / "data") as service:
        video = service.folder.uploads / "large.mp4"
        video.write_bytes(b"a" * (32 << 20))
        job = service.store.add_job(model="kinetics-i3d", name="large.mp4", source="uploads/large.mp4", owned=True)
        with contextlib.ExitStack() as stack:
            for _ in range(60):  # more than there are threads
                connection = stack.enter_context(service.connect())
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                connection.sendall(f"GET /v1/analyses/{job.id}/source HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            assert service.client.get("/v1/analyses").status_code == 200
            assert service.client.get("/readyz").status_code == 200
