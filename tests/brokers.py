"""Who is told of events: a web server, a broker and a mail server on this machine, which fail as real ones do."""

from __future__ import annotations

import contextlib
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from aisle.core import Event


def happening(
    number: int = 0, *, updated: int = 2, ended: bool = False, clock: Fraction | None = None, camera: str = "till 1"
) -> Event:
    """Event e<number>, that began at second 1."""
    end = Fraction(updated)
    return Event(f"e{number}", camera, "shoplifting", Fraction(1), end, end if ended else None, 0.75, clock)


def until(condition: Callable[[], object], seconds: float = 20) -> None:
    """Waits for what another thread or process is about to do."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.005)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# Web server


@dataclass(frozen=True)
class Answer:
    """What the web server says to one request; it stalls before that while `stalls` is not set."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    stalls: threading.Event | None = None


@dataclass(frozen=True)
class Posted:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """`answers` are given one after the other, and then 200 to everything."""

    answers: list[Answer] = field(default_factory=list)
    url: str = ""
    got: list[Posted] = field(default_factory=list)


class _Web(ThreadingHTTPServer):
    daemon_threads = True
    receiver: Receiver


class _Hook(BaseHTTPRequestHandler):
    server: _Web

    def do_POST(self) -> None:
        receiver = self.server.receiver
        answer = receiver.answers.pop(0) if receiver.answers else Answer()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        receiver.got.append(Posted(self.path, dict(self.headers.items()), body))
        if answer.stalls is not None:
            answer.stalls.wait(30)
        with contextlib.suppress(ConnectionError):
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": "0"}.items():
                self.send_header(name, value)
            self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing on the tests' own output."""


@contextlib.contextmanager
def receiving(receiver: Receiver, port: int = 0, certificate: Certificate | None = None) -> Iterator[Receiver]:
    """Sets `receiver.url`, and answers until the block ends; with a certificate, over TLS."""
    server = _Web(("127.0.0.1", port), _Hook)
    server.receiver = receiver
    if certificate is not None:
        server.socket = certificate.context().wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    receiver.url = f"http{'s' if certificate else ''}://127.0.0.1:{server.server_port}/hook"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# Certificates


@dataclass(frozen=True)
class Certificate:
    """Of localhost, signed by itself."""

    cert: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """Of a server that shows it."""
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(self.cert, self.key)
        return made


@contextlib.contextmanager
def trusted_certificate(folder: Path) -> Iterator[Certificate]:
    """A new one, that this process trusts until the block ends."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl on this machine to make a certificate with")
    made = Certificate(folder / "cert.pem", folder / "key.pem")
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    files = ["-keyout", str(made.key), "-out", str(made.cert)]
    new = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    subprocess.run([*new, *names, *files], check=True, capture_output=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(made.cert))
        yield made


# Broker


@dataclass
class Mosquitto:
    """Debian's broker. What it holds for those who subscribed survives `kill`, as it would with a real one."""

    program: str
    folder: Path
    settings: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        config = self.folder / "mosquitto.conf"
        lines = [
            f"listener {self.port} 127.0.0.1",
            "user root",
            "persistence true",
            f"persistence_location {self.folder}/",
            "autosave_on_changes true",
            "autosave_interval 1",
            *(self.settings or ("allow_anonymous true",)),
        ]
        config.write_text("\n".join(lines) + "\n", encoding="utf-8")
        output = (self.folder / "mosquitto.log").open("ab")
        with output:
            self._process = subprocess.Popen([self.program, "-c", str(config)], stdout=output, stderr=output)
        until(self._answers)

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "mosquitto.log").read_text(encoding="utf-8")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False


@contextlib.contextmanager
def mosquitto(folder: Path, *settings: str) -> Iterator[Mosquitto]:
    """Started, and killed at the end of the block. Without `settings`, everybody may come in."""
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if program is None:
        pytest.skip("no mosquitto on this machine")
    broker = Mosquitto(program, folder, settings)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()
