"""A video named by its address: fetched from hosts that were allowed, redirects included, within a size and a time."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, OpenerDirector, Request, build_opener

from aisle.core.address import without_password
from aisle.service import problems
from aisle.service.problems import RefusedError

Room = Callable[[int], None]
"""Raises RefusedError where so many more bytes leave the disk too full."""

PIECE = 1 << 18
SILENCE_S = 20
"""So long may the other server say nothing."""


def check(address: str, hosts: Iterable[str]) -> str:
    """`address`, where it is one that may be fetched. Raises RefusedError."""
    allowed = {host.lower() for host in hosts}
    if not allowed:
        do = "start the service with --url-host, or send the video itself"
        raise RefusedError(problems.INPUT, what="this service fetches nothing", got=without_password(address), do=do)
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    named = {host, f"{host}:{port}"} if port in (None, 80, 443) else {f"{host}:{port}"}
    plain = address.isascii() and address.isprintable() and " " not in address
    if parts.scheme not in ("http", "https") or not host or not plain or not named & allowed or parts.username:
        raise RefusedError(
            problems.INPUT,
            what="this address may not be fetched",
            got=without_password(address),
            allowed=f"http and https on {', '.join(sorted(allowed))}",
            do="send the video itself, or ask who runs the service to allow the host",
        )
    return address


def fetch(address: str, to: Path, *, hosts: Iterable[str], most: int, seconds: float, room: Room) -> None:
    """Writes what lies at `address` to `to`, at most so many bytes in so many seconds; `room` refuses a full disk.

    Raises RefusedError.
    """
    until = time.monotonic() + seconds
    hosts = tuple(hosts)
    request = Request(check(address, hosts), headers={"User-Agent": "aisle", "Accept": "video/*, */*;q=0.5"})
    try:
        with _opener(hosts).open(request, timeout=SILENCE_S) as answer, to.open("wb") as file:
            _copy(answer, file, most, until, room)
    except HTTPError as error:
        error.close()
        raise _upstream(address, f"status {error.code}") from None
    except (URLError, TimeoutError, http.client.HTTPException, ConnectionError) as error:
        raise _upstream(address, str(getattr(error, "reason", error)) or type(error).__name__) from None


def _copy(answer: Any, file: IO[bytes], most: int, until: float, room: Room) -> None:
    received = 0
    while piece := answer.read1(PIECE):
        received += len(piece)
        if received > most:
            got, allowed = f"more than {most} bytes", f"up to {most} bytes"
            raise RefusedError(problems.LARGE, got=got, allowed=allowed, do=problems.LARGE.about)
        if time.monotonic() > until:
            raise RefusedError(problems.UPSTREAM, got=f"{received} bytes in all the time there is", do="send it itself")
        room(len(piece))
        file.write(piece)


def _opener(hosts: tuple[str, ...]) -> OpenerDirector:
    return build_opener(_Redirects(hosts), HTTPSHandler())


class _Redirects(HTTPRedirectHandler):
    """Another place is followed to only where it might have been asked for itself."""

    max_redirections = 5

    def __init__(self, hosts: tuple[str, ...]) -> None:
        self._hosts = hosts

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: http.client.HTTPMessage, newurl: str
    ) -> Request | None:
        """See HTTPRedirectHandler. Raises RefusedError for a place that is not allowed."""
        try:
            return super().redirect_request(req, fp, code, msg, headers, check(newurl, self._hosts))
        except RefusedError:
            fp.close()
            raise


def _upstream(address: str, got: str) -> RefusedError:
    what = f"{without_password(address)} could not be fetched"
    return RefusedError(problems.UPSTREAM, what=what, got=got, do="try again later, or send the video itself")
