"""Videos at an address."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from .conftest import Run


class Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served(clip: Path) -> Iterator[str]:
    """The address of the folder that holds `clip`."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=clip.parent)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_an_address_is_a_video(aisle: Run, served: str, tmp_path: Path) -> None:
    address = f"{served}/clip.mp4"
    assert aisle("classify", address).out.startswith(f"{address}  (0:00:03.000")
    done = aisle("analyze", address, "--annotate", "--out", tmp_path)
    assert (done.code, done.err) == (0, "")
    assert (tmp_path / "clip.annotated.mp4").is_file()
    assert 'src="clip.annotated.mp4"' in (tmp_path / "clip.html").read_text("utf-8")


def test_an_address_that_does_not_answer(aisle: Run, served: str) -> None:
    videos = [f"{served}/none.mp4", "http://127.0.0.1:9/clip.mp4", "nothing://clip.mp4"]
    done = aisle("classify", *videos)
    assert done.code == 1
    assert [line.rpartition("; do: ")[0] for line in done.errors] == [
        f"error: the address cannot be opened; got: {video}: {why}"
        for video, why in zip(
            videos, ["Server returned 404 Not Found", "Connection refused", "Protocol not found"], strict=True
        )
    ]


def test_a_password_is_not_shown(aisle: Run, served: str, tmp_path: Path) -> None:
    secret = served.replace("//", "//anna:se%23cret@")
    done = aisle("analyze", f"{secret}/none.mp4", f"{secret}/clip.mp4", "--out", tmp_path)
    written = [path.read_bytes() for path in tmp_path.iterdir()]
    assert done.code == 1
    assert len(written) == 4
    assert "se%23cret" not in done.out + done.err
    assert not any(b"se%23cret" in text for text in written)
