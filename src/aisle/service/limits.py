"""The outermost layer of the service: how much and how slowly may be sent, how many at a time, and what every answer
carries. Nothing that goes wrong further in gets past it but as a problem.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import secrets
import time
from collections.abc import Callable
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aisle.service import problems
from aisle.service.problems import RefusedError, Stopped
from aisle.service.settings import Settings

SECURITY = {
    "content-security-policy": "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""What every answer carries, unless a route says otherwise."""

ALWAYS = ("/healthz",)
"""Answered however many requests there are."""

LINGER_S, LINGER_BYTES = 1.0, 1 << 20
"""A refused upload is read on for so long: a connection closed at once would take the answer with it."""

GONE = 499
"""The status that the log gives to a request whose client went away."""

Observe = Callable[[str, str, int, float], None]
"""Told of each request: its method, the template of its route, the status and the seconds."""

log = logging.getLogger("aisle.service.access")
_IDENTITY = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Body:
    """The body of one request as it arrives. A route that takes more than a little says so by `expect`."""

    def __init__(self, receive: Receive, headers: Headers, settings: Settings) -> None:
        self.limit = settings.small_bytes
        self.received = 0
        self._receive, self._settings, self._waited = receive, settings, 0.0
        length = headers.get("content-length", "")
        self.declared = int(length) if length.isascii() and length.isdigit() else None
        self.complete = self.declared == 0 or (self.declared is None and "transfer-encoding" not in headers)

    def expect(self, limit: int) -> None:
        """As many bytes may come. Raises Stopped where more were announced."""
        self.limit = limit
        if self.declared is not None and self.declared > limit:
            raise self._too_large(self.declared)

    async def __call__(self) -> Message:
        """Raises Stopped for a body that is too large or comes too slowly."""
        if self.complete:
            return await self._receive()
        self.expect(self.limit)
        message = await self._in_time()
        self.received += len(message.get("body", b""))
        self.complete = not message.get("more_body", False)
        if self.received > self.limit:
            raise self._too_large(self.received)
        return message

    async def drain(self) -> None:
        """Reads on for a moment and throws it away."""
        until = self.received + LINGER_BYTES
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER_S):
                while not self.complete and self.received < until:
                    message = await self._receive()
                    self.received += len(message.get("body", b""))
                    self.complete = not message.get("more_body", False)

    async def _in_time(self) -> Message:
        """The time that the service itself takes between two pieces is not counted."""
        settings, begun = self._settings, time.monotonic()
        allowed = settings.patience_s + self.received / settings.slowest
        try:
            async with asyncio.timeout(max(allowed - self._waited, 0.0)):
                return await self._receive()
        except TimeoutError:
            at_least = f"{settings.slowest} bytes a second after the first {settings.patience_s:g} s"
            got = f"{self.received} bytes in {self._waited + time.monotonic() - begun:.0f} s"
            raise Stopped(RefusedError(problems.SLOW, got=got, allowed=at_least, do=problems.SLOW.about)) from None
        finally:
            self._waited += time.monotonic() - begun

    def _too_large(self, got: int) -> Stopped:
        allowed = f"up to {self.limit} bytes"
        return Stopped(RefusedError(problems.LARGE, got=f"{got} bytes", allowed=allowed, do=problems.LARGE.about))


def body_of(request: Request) -> Body:
    """For a route that takes more than `small_bytes`."""
    body: Body = request.state.body
    return body


class Outermost:
    """Wraps the whole application; pure ASGI, as an answer that streams must not be held up."""

    def __init__(self, app: ASGIApp, settings: Settings, observe: Observe) -> None:
        self._app, self._settings, self._observe = app, settings, observe
        self.inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send, self._settings)
        self.inside += 1
        try:
            await exchange.run(self._app if self._room(scope) else _too_many)
        finally:
            self.inside -= 1
            self._observe(scope["method"], exchange.template, exchange.status, exchange.seconds)
            exchange.note()

    def _room(self, scope: Scope) -> bool:
        return self.inside <= self._settings.requests or scope["path"] in ALWAYS


async def _too_many(scope: Scope, receive: Receive, send: Send) -> None:
    refusal = RefusedError(
        problems.UNAVAILABLE, got="too many requests at a time", do="come back later", headers={"Retry-After": "1"}
    )
    await problems.answer(refusal)(scope, receive, send)


class _Exchange:
    """One request and its answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, settings: Settings) -> None:
        headers = Headers(scope=scope)
        self.status, self._begun, self._scope, self._send = 0, time.monotonic(), scope, send
        self._body = Body(receive, headers, settings)
        self._waits_to_send = "expect" in headers
        given = headers.get("x-request-id", "")
        self.identity = given if _IDENTITY.fullmatch(given) else secrets.token_hex(8)
        scope.setdefault("state", {}).update(body=self._body, identity=self.identity)

    @property
    def template(self) -> str:
        """Of the route; requests for no route are one row in the figures, whatever they ask for."""
        found: str = self._scope["state"].get("template", "(none)")
        return found

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._begun

    async def run(self, app: ASGIApp) -> None:
        try:
            await app(self._scope, self._body, self._answer)
        except ClientDisconnect:
            self.status = self.status or GONE
        except Exception:  # the last place where anything can be caught
            log.exception("unexpected error", extra={"id": self.identity, "route": self.template})
            if not self.status:
                await problems.unexpected(self.identity)(self._scope, self._body, self._answer)

    async def _answer(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._head(message)
        elif not message.get("more_body", False) and not self._body.complete:
            await self._send({**message, "more_body": True})
            if not self._waits_to_send:
                await self._body.drain()
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self._send(message)

    def _head(self, message: Message) -> None:
        self.status = message["status"]
        headers = MutableHeaders(scope=message)
        for name, value in SECURITY.items():
            headers.setdefault(name, value)
        headers.setdefault("cache-control", "no-store")
        headers["x-request-id"] = self.identity
        if not self._body.complete:
            headers["connection"] = "close"

    def note(self) -> None:
        client = self._scope.get("client")
        caller = self._scope["state"].get("caller")
        said: dict[str, Any] = {
            "id": self.identity,
            "method": self._scope["method"],
            "route": self.template,
            "status": self.status or GONE,
            "ms": round(self.seconds * 1000, 1),
            "client": client[0] if client else None,
            "key": getattr(caller, "name", None),
            "bytes": self._body.received,
        }
        log.info("request", extra=said)
