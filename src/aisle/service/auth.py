"""Who may do what: keys with roles, and what protects a service without keys from other people's web pages.

Each route declares the least role it needs by `needs(role)`; a route that declares none cannot be made. The role is
checked before anything of a body is read. A key comes as `Authorization: Bearer`, as `X-API-Key`, or in the cookie that
`POST /v1/session` gives to a page, as a browser's video and event stream send no headers.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from aisle.core import UsageError
from aisle.service import problems
from aisle.service.problems import Kind, RefusedError
from aisle.service.records import Key, Role
from aisle.service.settings import Settings, is_loopback

ANYONE = "anyone"
"""Declared by a route that needs no key."""

COOKIE, DECLARED = "aisle_key", "x-role"
SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer aisle_...`"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "For clients that prefer it."},
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "Given by `POST /v1/session` to a page; only with requests of the same site.",
    },
}
_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})

Check = Callable[[str], Key | None]
"""Tells whose key a text is; None for one that is wrong, expired or revoked. Thread-safe; may take its time."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the name of the key, None on a service without keys; no role for who showed no key that is right."""

    role: Role | None
    name: str | None = None


NOBODY, HERE = Caller(None), Caller(Role.admin)


def needs(role: Role | None) -> dict[str, Any]:
    """For a route's `openapi_extra`: the least role that may use it, None for anyone, and that in the OpenAPI."""
    return {DECLARED: role.value if role else ANYONE, "security": [{name: []} for name in SCHEMES] if role else []}


def route(
    role: Role | None, *kinds: Kind, answers: Mapping[int | str, dict[str, Any]] | None = None, **extra: Any
) -> dict[str, Any]:
    """What a route says of itself: who may use it, the problems it may answer, other `answers` than its model says, and
    more for the OpenAPI.
    """
    asked = (problems.NO_KEY, problems.ROLE) if role else ()
    return {
        "openapi_extra": {**needs(role), **extra},
        "responses": {**problems.told(*asked, *kinds), **(answers or {})},
    }


class Guarded(APIRoute):
    """A route that refuses whoever may not use it, before the body is read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Raises UsageError for a route that declares no role."""
        handle = super().get_route_handler()
        declared = str((self.openapi_extra or {}).get(DECLARED))
        if declared not in (ANYONE, *Role):
            raise UsageError(f"the route {self.path} declares no role", got=declared, allowed=", ".join(Role))
        role = None if declared == ANYONE else Role(declared)

        async def guarded(request: Request) -> Response:
            request.state.template = self.path_format
            request.state.caller = await request.app.state.door.admit(request, role)
            return await handle(request)

        return guarded


class Door:
    """Lets requests in: knows the settings, and asks `check` whose a key is."""

    def __init__(self, settings: Settings, check: Check) -> None:
        self._settings, self._check = settings, check

    async def admit(self, request: Request, role: Role | None) -> Caller:
        """Who asks. Raises RefusedError where that one may not do what `role` may, or another site asks."""
        if self._settings.open:
            _same_machine(request)
        if request.method in _CHANGING:
            _same_site(request)
        if self._settings.open:
            return HERE
        if role is None:
            return NOBODY
        token = presented(request)
        key = await self.key(token)
        if key is None:
            raise no_key("a key that is wrong, expired or revoked" if token else "no key")
        if not key.role.covers(role):
            raise RefusedError(
                problems.ROLE, got=f"the role {key.role}", allowed=f"{role} and above", do=problems.ROLE.about
            )
        return Caller(key.role, key.name)

    async def key(self, token: str | None) -> Key | None:
        """Whose `token` is; None if it is wrong."""
        return await run_in_threadpool(self._check, token) if token else None


def no_key(got: str) -> RefusedError:
    do = "send Authorization: Bearer KEY; an admin makes keys with aisle keys add"
    return RefusedError(problems.NO_KEY, got=got, do=do, headers={"WWW-Authenticate": 'Bearer realm="aisle"'})


def presented(request: Request) -> str | None:
    """The key that a request brings, from the most to the least deliberate place."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip() or None
    return request.headers.get("x-api-key") or request.cookies.get(COOKIE) or None


def _same_machine(request: Request) -> None:
    """A page elsewhere can point a name of its own at 127.0.0.1 and would then be the same site; its name tells it."""
    host = request.headers.get("host", "")
    if not is_loopback(_name(host)):
        raise RefusedError(
            problems.HOST, got=host or "no host", allowed="localhost, 127.0.0.1, [::1]", do=problems.HOST.about
        )


def _same_site(request: Request) -> None:
    """A browser says where the page that asks came from; clients that are no browsers say nothing."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    same = origin is None or origin.partition("://")[2] == request.headers.get("host")
    if site not in ("same-origin", "none") or not same:
        raise RefusedError(
            problems.CROSS_SITE, got=origin or site, allowed="pages of this service", do="use its own page"
        )


def _name(host: str) -> str:
    """`host` without its port; "" for what is no host."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
