"""A web server on this machine that does what real ones do to large files: it cuts off, forgets, and changes them."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Shop:
    """`files` by path, and where what was `moved` is now. The first `cuts` answers stop half-way. `requests` are the
    method and range of each request.
    """

    files: dict[str, bytes]
    cuts: int = 0
    ranges: bool = True
    mark: str = '"one"'
    says_size: bool = True
    answers_head: bool = True
    moved: dict[str, str] = field(default_factory=dict)
    url: str = ""
    requests: list[tuple[str, str]] = field(default_factory=list)


class _Server(ThreadingHTTPServer):
    shop: Shop


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._send(self._answer())

    def log_message(self, *_: object) -> None:
        """Nothing on the tests' own output."""

    def _answer(self) -> bytes:
        """Sends the head, and returns the body."""
        shop, asked = self.server.shop, self.headers.get("Range", "")
        shop.requests.append((self.command, asked))
        if self.path in shop.moved:
            self.send_response(302)
            self.send_header("Location", shop.moved[self.path])
            self.end_headers()
            return b""
        content = shop.files.get(self.path)
        begin = int(asked.removeprefix("bytes=").rstrip("-")) if asked and shop.ranges else 0
        if content is None or begin > len(content) or (self.command == "HEAD" and not shop.answers_head):
            self.send_error(404 if content is None else 416 if begin else 405)
            return b""
        self.send_response(206 if begin else 200)
        headers = {
            "ETag": shop.mark,
            "Content-Range": f"bytes {begin}-{len(content) - 1}/{len(content)}" if begin else "",
            "Content-Length": str(len(content) - begin) if shop.says_size else "",
        }
        for name, value in headers.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        return content[begin:]

    def _send(self, body: bytes) -> None:
        shop, cut = self.server.shop, self.server.shop.cuts > 0
        shop.cuts -= cut
        self.wfile.write(body[: len(body) // 2] if cut else body)
        self.close_connection = True


@contextlib.contextmanager
def serving(shop: Shop, *, secured: ssl.SSLContext | None = None) -> Iterator[Shop]:
    """Sets `shop.url`, and serves until the block ends; over https where it is `secured`."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.shop = shop
    if secured:
        server.socket = secured.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    shop.url = f"{'https' if secured else 'http'}://127.0.0.1:{server.server_port}"
    try:
        yield shop
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
