"""Cameras behind HTTP on this machine, and one that takes a call and says nothing."""

from __future__ import annotations

import contextlib
import io
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic

from PIL import Image

from videos import numbered

BOUNDARY = "picture"

Parts = Iterator[bytes]


def multipart(pictures: int, rate: int) -> tuple[str, float, Callable[[], Parts]]:
    """Numbered JPEGs, as most webcams send them: the type of the content, seconds between two parts, and the parts."""

    def parts() -> Parts:
        for number in range(pictures):
            jpeg = io.BytesIO()
            Image.fromarray(numbered(number)).save(jpeg, "JPEG", quality=90)
            head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {jpeg.tell()}\r\n\r\n"
            yield head.encode() + jpeg.getvalue() + b"\r\n"

    return f"multipart/x-mixed-replace; boundary={BOUNDARY}", 1 / rate, parts


def transport(stream: Path, seconds: float, pieces: int) -> tuple[str, float, Callable[[], Parts]]:
    """An MPEG-TS file, in so many pieces over so many seconds."""
    content = stream.read_bytes()
    size = -(-len(content) // pieces)
    return "video/mp2t", seconds / pieces, lambda: (content[at : at + size] for at in range(0, len(content), size))


@contextlib.contextmanager
def http_camera(kind: str, pause: float, parts: Callable[[], Parts]) -> Iterator[str]:
    """The address of a stream without a length, sent in its own time."""
    stop = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            begun = monotonic()
            with contextlib.suppress(OSError):
                for number, part in enumerate(parts()):
                    if stop.wait(max(begun + number * pause - monotonic(), 0)):
                        return
                    self.wfile.write(part)

        def log_message(self, *_: object) -> None:
            """Nothing on the tests' own output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/live"
    finally:
        stop.set()
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def silent_camera() -> Iterator[str]:
    """Takes every call and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"rtsp://127.0.0.1:{server.getsockname()[1]}/"
