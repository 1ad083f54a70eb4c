"""Parts of the service on their own: the log's lines, the line of those who wait, what is fetched, settings."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from starlette.requests import ClientDisconnect

from aisle.core import UsageError
from aisle.service import fetch
from aisle.service.admission import Line
from aisle.service.logs import Lines
from aisle.service.problems import RefusedError
from aisle.service.settings import Settings

# --- the log


def test_the_log_is_one_object_a_line() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Lines())
    logger = logging.getLogger("aisle.service.test")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.info("request", extra={"id": "1f", "ms": 2.5, "route": "/v1/events\nforged", "key": None})
    try:
        raise RuntimeError("of a test")
    except RuntimeError:
        logger.exception("unexpected error")
    logger.removeHandler(handler)
    first, second = map(json.loads, stream.getvalue().splitlines())
    said = {"level": "info", "logger": "aisle.service.test", "message": "request", "id": "1f", "ms": 2.5, "key": None}
    assert {name: first[name] for name in said} == said
    assert first["route"] == "/v1/events\nforged"
    assert first["time"].endswith("+00:00")
    assert "RuntimeError: of a test" in second["error"]


# --- the line


async def _never() -> None:
    await asyncio.Event().wait()


def test_nobody_is_let_in_beyond_the_line() -> None:
    async def story() -> int:
        line = Line(running=2, waiting=1)
        line.mean_s = 30.0
        async with line.place(), line.place(), line.place():
            with pytest.raises(RefusedError) as refused:
                async with line.place():
                    pass
        assert line.inside == 0
        return int(refused.value.headers["Retry-After"])

    assert asyncio.run(story()) == 45  # three wait, two at a time, 30 s each


def test_those_who_leave_and_those_who_are_cut_off_free_their_turn() -> None:
    async def story() -> None:
        line = Line(running=1, waiting=9)
        left = asyncio.Event()

        async def served(gone: Any) -> None:
            async with line.place(), line.turn(gone):
                await asyncio.sleep(0)

        async with line.place(), line.turn(_never):
            leaving = asyncio.create_task(served(left.wait))
            cut = asyncio.create_task(served(_never))
            patient = asyncio.create_task(served(_never))
            await asyncio.sleep(0.01)
            assert (line.waiting, line.serving) == (3, 1)
            left.set()
            cut.cancel()
            with pytest.raises(ClientDisconnect):
                await leaving
            with pytest.raises(asyncio.CancelledError):
                await cut
            assert (line.waiting, line.serving) == (1, 1)
        await patient
        assert (line.inside, line.serving) == (0, 0)
        await served(_never)  # the turn is free again

    asyncio.run(story())


# --- what is fetched


class _Sender(BaseHTTPRequestHandler):
    """`/to/ADDRESS` leads elsewhere, `/round` to itself, `/endless` never ends."""

    def do_GET(self) -> None:
        if self.path.startswith("/to/") or self.path == "/round":
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        try:
            while self.path == "/endless":
                self.wfile.write(b"a" * 65536)
            self.wfile.write(b"a video")
        except OSError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Nothing on the tests' own output."""


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Sender)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def fetched(host: str, path: str, to: Path, most: int = 1 << 20, seconds: float = 10.0) -> bytes:
    fetch.fetch(f"http://{host}{path}", to, hosts=(host,), most=most, seconds=seconds, room=lambda _: None)
    return to.read_bytes()


def test_redirects_are_followed_where_they_may_be(host: str, tmp_path: Path) -> None:
    assert fetched(host, f"/to/http://{host}/a.mp4", tmp_path / "a") == b"a video"
    assert fetched(host, "/to//a.mp4", tmp_path / "a") == b"a video"


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:1/a",
        "http://localhost/a",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "ftp://{host}/a",
    ],
)
def test_redirects_lead_nowhere_else(host: str, tmp_path: Path, target: str) -> None:
    with pytest.raises(RefusedError) as refused:
        fetched(host, f"/to/{target.format(host=host)}", tmp_path / "a")
    assert refused.value.kind.slug in ("input", "upstream")
    assert not (tmp_path / "a").exists()


def test_redirects_do_not_go_round_for_ever(host: str, tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as refused:
        fetched(host, "/round", tmp_path / "a")
    assert refused.value.kind.slug == "upstream"


def test_what_is_fetched_is_bounded_in_size_and_time(host: str, tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as large:
        fetched(host, "/endless", tmp_path / "a", most=1 << 20)
    with pytest.raises(RefusedError) as late:
        fetched(host, "/endless", tmp_path / "a", most=1 << 40, seconds=0.1)
    assert (large.value.kind.slug, late.value.kind.slug) == ("large", "upstream")


# --- settings


@pytest.mark.parametrize(
    "wrong", [{"port": 70_000}, {"port": -1}, {"running": 0}, {"waiting": -1}, {"models": ()}, {"upload_bytes": 0}]
)
def test_settings_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        Settings(Path("data"), **wrong)
