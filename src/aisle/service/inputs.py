"""The four ways in which a video is sent: a form with the file, a path, an address, or base64 in JSON.

What arrives is written to disk as it comes, under the limits of the settings; a file is whole or absent, and goes when
its request ends unless `keep` has moved it.
"""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, Generic, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool

from aisle.core import writing
from aisle.core.address import without_password
from aisle.service import problems
from aisle.service._multipart import Form, boundary_of
from aisle.service.asking import Source
from aisle.service.fetch import check, fetch
from aisle.service.limits import body_of
from aisle.service.paths import under
from aisle.service.problems import RefusedError
from aisle.service.settings import MIB, Settings

NAME = 200
"""Letters of a video's name that are kept."""

Options = TypeVar("Options", bound=BaseModel)
Shape = TypeVar("Shape", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Sent(Generic[Options]):
    """A video as it was sent: the file at `path`, called `name` by its sender; `owned` files are the service's own."""

    path: Path
    name: str
    owned: bool
    options: Options

    def keep(self, folder: Path) -> Path:
        """Moves an owned file into `folder`, where it outlasts a crash; where it lies then. Raises OutputError."""
        if not self.owned:
            return self.path
        target = folder / self.path.name
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            with self.path.open("rb") as file:
                os.fsync(file.fileno())
            self.path.rename(target)
        return target


@asynccontextmanager
async def sent(request: Request, settings: Settings, options: type[Options]) -> AsyncIterator[Sent[Options]]:
    """The video of a request and what is asked of it. Raises RefusedError, RequestValidationError for options."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("multipart/form-data", "application/json"):
        allowed = "multipart/form-data, application/json"
        raise RefusedError(
            problems.MEDIA, got=kind or "no content type", allowed=allowed, do="see the examples at /docs"
        )
    is_form = kind == "multipart/form-data"
    body_of(request).expect(settings.upload_bytes + MIB if is_form else settings.json_bytes)  # forms add a little
    await run_in_threadpool(_room, settings, body_of(request).declared or 0)
    part = settings.incoming / f"{secrets.token_hex(8)}.part"
    try:
        arrive = _form if is_form else _json
        yield await arrive(request, settings, options, part)
    finally:
        await run_in_threadpool(_clear, part)


def _room(settings: Settings, size: int) -> None:
    """Raises RefusedError where the disk would be left too full for the service itself."""
    with writing(settings.incoming):
        settings.incoming.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(settings.incoming).free
    if free - size < settings.free_bytes:
        raise RefusedError(problems.STORAGE, got=f"{free // MIB} MiB are free", do=problems.STORAGE.about)


def _clear(part: Path) -> None:
    for path in part.parent.glob(f"{part.stem}.*"):
        path.unlink(missing_ok=True)


# --- a form


async def _form(request: Request, settings: Settings, options: type[Options], part: Path) -> Sent[Options]:
    form = Form(boundary_of(request.headers["content-type"]))
    size = 0
    file = await run_in_threadpool(_create, part)
    try:
        async for piece in request.stream():
            form.feed(piece)
            if form.pending >= MIB:
                size += await run_in_threadpool(_write, file, form.take(), settings, size)
        form.end()
        size += await run_in_threadpool(_write, file, form.take(), settings, size)
    finally:
        await run_in_threadpool(file.close)
    asked = _checked(options, {name: _typed(options, name, text) for name, text in form.fields.items()})
    return await run_in_threadpool(_arrived, part, size, form.filename or "video", asked)


def _typed(options: type[BaseModel], name: str, text: str) -> object:
    """The text of a field as the JSON of its kind; as it is where it is none, to be refused as such."""
    kind = options.model_fields[name].annotation if name in options.model_fields else str
    if kind is bool:
        return {"true": True, "false": False}.get(text, text)
    return int(text) if kind is int and re.fullmatch(r"[0-9]{1,9}", text) else text


def _create(part: Path) -> IO[bytes]:
    with writing(part):
        return part.open("xb", buffering=0)


def _write(file: IO[bytes], pieces: list[bytes], settings: Settings, before: int) -> int:
    """How many bytes were written. Raises OutputError, and RefusedError where they are too many in all."""
    joined = b"".join(pieces)
    _room(settings, len(joined))  # again for each MiB, as others arrive beside it
    if before + len(joined) > settings.upload_bytes:
        allowed = f"up to {settings.upload_bytes} bytes"
        raise RefusedError(problems.LARGE, got=f"more than {before} bytes", allowed=allowed, do=problems.LARGE.about)
    with writing(Path("the upload")):
        rest = memoryview(joined)
        while rest:
            rest = rest[file.write(rest) :]
    return len(joined)


def _arrived(part: Path, size: int, name: str, options: Options) -> Sent[Options]:
    """The whole file under its name, whose ending some formats are known by."""
    if not size:
        raise RefusedError(
            problems.INPUT, what="the video is empty", got="0 bytes", do="send a file that holds a video"
        )
    shown = called(name)
    ending = Path(shown).suffix.lower()
    path = part.with_suffix(ending if re.fullmatch(r"\.[a-z0-9]{1,8}", ending) and ending != ".part" else ".video")
    with writing(Path("the upload")):
        part.rename(path)
    return Sent(path, shown, True, options)


def called(name: str) -> str:
    """The last part of a file's name, as it may be shown: printable, of bounded length."""
    last = re.split(r"[/\\]", name)[-1]
    plain = "".join(letter for letter in last if letter.isprintable()).strip()
    return plain[-NAME:] or "video"


# --- JSON


async def _json(request: Request, settings: Settings, options: type[Options], part: Path) -> Sent[Options]:
    given = await run_in_threadpool(_object, await request.body())
    rest = {name: value for name, value in given.items() if name not in Source.model_fields}
    source = _checked(Source, {name: value for name, value in given.items() if name in Source.model_fields})
    return await run_in_threadpool(_named, source, _checked(options, rest), settings, part)


def _object(text: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        do = 'send an object such as {"path": "till.mp4"}'
        raise RefusedError(problems.MALFORMED, what="the body is no JSON", got=str(error), do=do) from None
    if not isinstance(found, dict):
        raise RefusedError(
            problems.INVALID, got=type(found).__name__, allowed="an object", do="see the example at /docs"
        )
    return found


def _named(source: Source, asked: Options, settings: Settings, part: Path) -> Sent[Options]:
    if source.path is not None:
        return Sent(under(settings.media_root, source.path), source.path, False, asked)
    if source.url is not None:
        address = check(source.url, settings.url_hosts)
        with writing(Path("the video")):
            fetch(
                address,
                part,
                hosts=settings.url_hosts,
                most=settings.upload_bytes,
                seconds=settings.fetch_s,
                room=partial(_room, settings),
            )
        return _arrived(part, part.stat().st_size, without_password(address).partition("?")[0], asked)
    try:
        content = base64.b64decode(source.video or "", validate=True)
    except ValueError as error:
        raise RefusedError(
            problems.INPUT, what="the video is no base64", got=str(error), do="encode it again"
        ) from None
    with _create(part) as file:
        size = _write(file, [content], settings, 0)
    return _arrived(part, size, "video", asked)


def _checked(shape: type[Shape], given: Mapping[str, Any]) -> Shape:
    """Raises RequestValidationError."""
    try:
        return shape.model_validate(given, strict=True)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_context=False)
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in wrong]) from None
