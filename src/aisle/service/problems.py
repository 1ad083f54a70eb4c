"""Every error as a problem of RFC 9457, with the four parts of the project's errors, and nothing of the server's.

`KINDS` are all there are; `type` leads to their description on the page `/docs`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from aisle.core import (
    AisleError,
    DamagedError,
    InputError,
    MissingPartError,
    OutputError,
    UnknownNameError,
    UnreachableError,
    UsageError,
)

MEDIA_TYPE = "application/problem+json"
LONGEST = 300
"""Letters of a caller's own value that an answer repeats."""

log = logging.getLogger("aisle.service")
_PATH = re.compile(r"(?:(?<=[\s'\"(=:,])|^)(?!//)(?:[A-Za-z]:)?[/\\](?:[^\s'\"<>:;,/\\]+[/\\])*([^\s'\"<>:;,/\\]*)")


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of problem: `slug` names it in addresses, `about` says when it comes and what helps."""

    slug: str
    status: int
    title: str
    about: str


MALFORMED = Kind("malformed", 400, "The request cannot be read", "It is no HTTP request that this service understands.")
NO_KEY = Kind("no-key", 401, "A key is needed", "Send one as `Authorization: Bearer KEY` or `X-API-Key: KEY`.")
ROLE = Kind("role", 403, "This key may not do that", "Ask an admin for a key with the role that the route needs.")
CROSS_SITE = Kind("cross-site", 403, "Another site asked", "A page of another site may not act through your browser.")
ABSENT = Kind("absent", 404, "There is no such thing", "It never was, or it was removed.")
METHOD = Kind("method", 405, "This cannot be done there", "The header Allow says what can.")
FORM = Kind("form", 406, "Not in that form", "The forms that there are stand in `allowed`.")
SLOW = Kind("slow", 408, "The request came too slowly", "Uploads must keep up a least rate; try a better connection.")
CONFLICT = Kind("conflict", 409, "Not in this state", "Wait for the state that `allowed` names, then ask again.")
LARGE = Kind("large", 413, "The request is too large", "Send less; `allowed` says how much.")
MEDIA = Kind("media", 415, "Not sent in a form that is understood", "`allowed` names the content types.")
RANGE = Kind("range", 416, "No such part of the file", "Content-Range says how long the file is.")
HOST = Kind("host", 421, "This service is not that host", "Without keys only localhost is answered.")
INVALID = Kind("invalid", 422, "The request is not right", "`errors` says what is wrong, and where.")
INPUT = Kind("input", 422, "The video cannot be used", "It cannot be read, or is over a limit; `do` says what helps.")
BUSY = Kind("busy", 429, "Too much is waiting", "Come back after the seconds that Retry-After says.")
UNEXPECTED = Kind("unexpected", 500, "An error of the service", "The log of the service tells more about `id`.")
UPSTREAM = Kind("upstream", 502, "Another server does not answer", "Try again later, or send the video itself.")
UNAVAILABLE = Kind("unavailable", 503, "The service cannot do this now", "`do` says what helps.")
STORAGE = Kind("storage", 507, "The service cannot store this", "Its disk is full or locked; ask who runs it.")

EVERYWHERE = (MALFORMED, LARGE, SLOW, HOST, INVALID, UNEXPECTED, UNAVAILABLE)
"""What any route may answer."""

KINDS = tuple(value for value in dict(globals()).values() if isinstance(value, Kind))


class RefusedError(AisleError):
    """A request is refused: a problem of `kind`, with further `headers` of the answer."""

    def __init__(
        self,
        kind: Kind,
        *,
        got: object,
        what: str = "",
        allowed: str = "",
        do: str = "",
        headers: Mapping[str, str] | None = None,
        errors: Iterable[Mapping[str, str]] = (),
    ) -> None:
        super().__init__(what or kind.title, got=got, allowed=allowed, do=do)
        self.kind, self.headers, self.errors = kind, dict(headers or {}), [dict(each) for each in errors]


class Stopped(HTTPException):
    """A body is not read on. FastAPI lets nothing but an HTTPException out of its reading."""

    def __init__(self, refusal: RefusedError) -> None:
        super().__init__(refusal.kind.status, refusal.what)
        self.refusal = refusal


def absent(what: str, got: str) -> RefusedError:
    """There is no `what` called `got`."""
    return RefusedError(
        ABSENT, what=f"there is no such {what}", got=got, do=f"list what there is, or add the {what} again"
    )


def show(value: object) -> str:
    """A value as an answer may repeat it: short, one line, printable, without folders of this machine."""
    text = " ".join(str(value).split())
    plain = "".join(letter if letter.isprintable() else "?" for letter in text)
    named = _PATH.sub(lambda match: match[1] or "...", plain)
    return named if len(named) <= LONGEST else named[:LONGEST] + "..."


def refusal_of(error: AisleError) -> RefusedError:
    """The problem that an error of the family is to whoever asked; without folders of this machine."""
    if isinstance(error, RefusedError):
        return error
    got = None if error.got is None else show(error.got)
    return RefusedError(_kind(error), what=show(error.what), got=got, allowed=show(error.allowed), do=show(error.do))


def _kind(error: AisleError) -> Kind:
    kinds: tuple[tuple[type[AisleError], Kind], ...] = (
        (UnknownNameError, INVALID),
        (UsageError, INVALID),
        (InputError, INPUT),
        (OutputError, STORAGE),
        (UnreachableError, UPSTREAM),
        (DamagedError, UNAVAILABLE),
        (MissingPartError, UNAVAILABLE),
    )
    return next((kind for family, kind in kinds if isinstance(error, family)), UNEXPECTED)


def body(refusal: RefusedError, identity: str | None = None) -> dict[str, Any]:
    """The members of the answer; those that say nothing are left out."""
    kind = refusal.kind
    members = {
        "type": f"/docs#problem-{kind.slug}",
        "title": kind.title,
        "status": kind.status,
        "detail": " ".join(refusal.what.split()),
        "got": None if refusal.got is None else show(refusal.got),
        "allowed": refusal.allowed,
        "do": refusal.do,
        "errors": refusal.errors,
        "id": identity,
    }
    return {name: value for name, value in members.items() if value not in (None, "", [])}


def answer(refusal: RefusedError, identity: str | None = None) -> JSONResponse:
    """What is sent."""
    return JSONResponse(body(refusal, identity), refusal.kind.status, refusal.headers, MEDIA_TYPE)


def unexpected(identity: str) -> JSONResponse:
    """For an error that nobody foresaw: the log alone tells it, under the `identity` that the answer carries."""
    do = f"tell who runs the service the id {identity}"
    return answer(RefusedError(UNEXPECTED, got=None, do=do), identity)


def told(*kinds: Kind) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: the problems it may answer, with an example of each."""
    found: dict[int | str, dict[str, Any]] = {}
    for kind in sorted({*kinds, *EVERYWHERE}, key=lambda each: each.status):
        example = {"summary": kind.about, "value": body(RefusedError(kind, got="what was sent", do=kind.about))}
        place = found.setdefault(kind.status, {"description": kind.title, "content": {MEDIA_TYPE: {"examples": {}}}})
        place["content"][MEDIA_TYPE].update(schema={"$ref": "#/components/schemas/Problem"})
        place["content"][MEDIA_TYPE]["examples"][kind.slug] = example
    return found


SCHEMA = {
    "title": "Problem",
    "description": "What went wrong (RFC 9457). `got` is what was sent, `do` what helps.",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "got": {"type": "string"},
        "allowed": {"type": "string"},
        "do": {"type": "string"},
        "id": {"type": "string", "description": "Names an unexpected error in the log of the service."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"where": {"type": "string"}, "problem": {"type": "string"}},
                "required": ["where", "problem"],
            },
        },
    },
}


# --- what FastAPI and Starlette raise themselves


def install(app: FastAPI) -> None:
    """Has every error of `app` answered as a problem, but for those that nobody foresaw, which a middleware catches."""
    app.add_exception_handler(AisleError, _family)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)


async def _family(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, AisleError):
        raise error
    refusal = refusal_of(error)
    if refusal.kind.status >= UNEXPECTED.status:
        log.error("failed", extra={"problem": refusal.kind.slug, "detail": str(error)})
    return answer(refusal)


async def _validation(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    errors = [
        {"where": show(".".join(map(str, each["loc"]))), "problem": show(each["msg"].removeprefix("Value error, "))}
        for each in error.errors()[:20]
    ]
    told = f"{errors[0]['where']}: {errors[0]['problem']}" if errors else "nothing that can be read"
    return answer(RefusedError(INVALID, got=told, errors=errors, do="see the example at /docs"))


async def _http(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, Stopped):
        return answer(error.refusal)
    if not isinstance(error, HTTPException):
        raise error
    kind = next((each for each in KINDS if each.status == error.status_code), MALFORMED)
    if kind is METHOD:  # Starlette names the methods of the first route alone
        allowed = ", ".join(sorted(request.app.methods(request.url.path)))
        return answer(RefusedError(kind, got=request.method, allowed=allowed, headers={"Allow": allowed}))
    return answer(RefusedError(kind, got=None, headers=error.headers))
