"""Files of the service as answers: parts of them by Range, and again only where they changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import FileResponse
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from aisle.service import problems
from aisle.service.problems import RefusedError

TYPES = {
    ".avi": "video/x-msvideo",
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".m4v": "video/mp4",
    ".mkv": "video/x-matroska",
    ".mov": "video/quicktime",
    ".mp4": "video/mp4",
    ".mpeg": "video/mpeg",
    ".mpg": "video/mpeg",
    ".ogv": "video/ogg",
    ".parquet": "application/vnd.apache.parquet",
    ".ts": "video/mp2t",
    ".webm": "video/webm",
}
"""What a file is said to be, by its ending; anything else is bytes, so that no browser takes an upload for a page."""

UNCHANGED = 304
BYTES = "application/octet-stream"
_RANGE = re.compile(
    r"bytes\s*=\s*(\d{1,18}-\d{0,18}|-\d{1,18})(\s*,\s*(\d{1,18}-\d{0,18}|-\d{1,18}))*\s*", re.IGNORECASE
)
VIDEO_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "All of it.", "content": {"video/*": {}, BYTES: {}}},
    206: {"description": "The part that Range asked for.", "content": {"video/*": {}, BYTES: {}}},
}


class FileAnswer(FileResponse):
    """As FileResponse, but what has not changed is not sent again, a range that is none is overlooked (RFC 9110), and
    416 is a problem.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if headers.get("if-none-match") == self.headers["etag"]:
            kept = {name: self.headers[name] for name in ("etag", "cache-control") if name in self.headers}
            await Response(status_code=UNCHANGED, headers=kept)(scope, receive, send)
            return
        asked = headers.get("range")
        if asked is not None and not _is_range(asked):
            scope = {**scope, "headers": [each for each in scope["headers"] if each[0] != b"range"]}
        refused: list[Message] = []

        async def pass_on(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == problems.RANGE.status:
                refused.append(message)
            elif not refused:
                await send(message)

        await super().__call__(scope, receive, pass_on)
        if refused:
            length = Headers(raw=refused[0]["headers"])["content-range"]
            refusal = RefusedError(problems.RANGE, got=asked, allowed=length, headers={"Content-Range": length})
            await problems.answer(refusal)(scope, receive, send)


def _is_range(text: str) -> bool:
    """Whether `text` asks for parts that end after they begin."""
    if not _RANGE.fullmatch(text):
        return False
    parts = [part.strip().partition("-") for part in text.partition("=")[2].split(",")]
    return all(not first or not last or int(first) <= int(last) for first, _, last in parts)


def file_answer(path: Path, what: str, *, name: str | None = None, download: bool = False) -> FileAnswer:
    """`path` as an answer, called `name`. Raises RefusedError where there is no such `what`."""
    try:
        stat = path.stat()
    except OSError:
        raise problems.absent(what, path.stem) from None
    way = "attachment" if download else "inline"
    named = {"Content-Disposition": f"{way}; filename*=UTF-8''{quote(name, safe='')}"} if name else {}
    return FileAnswer(
        path,
        media_type=TYPES.get(path.suffix.lower(), BYTES),
        stat_result=stat,
        headers={**named, "Cache-Control": "private, no-cache"},
    )


def best(request: Request, offered: Mapping[str, str]) -> str:
    """The one of `offered`, names by media type, that the header Accept likes best. Raises RefusedError for none."""
    accepted = dict(_ranked(each) for each in request.headers.get("accept", "*/*").split(","))

    def liked(media: str) -> float:
        """By the entry that names it most closely."""
        names = (media, f"{media.split('/')[0]}/*", "*/*")
        return next((accepted[name] for name in names if name in accepted), 0.0)

    media = max(offered, key=liked)
    if not liked(media):
        got, allowed = request.headers.get("accept"), ", ".join(offered)
        raise RefusedError(problems.FORM, got=got, allowed=allowed, do="ask with ?format= instead")
    return offered[media]


def _ranked(accepted: str) -> tuple[str, float]:
    media, _, rest = accepted.partition(";")
    found = re.search(r"\bq\s*=\s*(0(?:\.\d{1,3})?|1(?:\.0{1,3})?)\s*$", rest)
    return media.strip().lower(), float(found[1]) if found else 1.0
