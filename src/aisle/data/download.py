"""Large files from a web server: a download that was cut off goes on where it stopped, today or next week."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from email.message import Message
from pathlib import Path
from typing import Any

from aisle.core import Progress, UnreachableError, UsageError, silent, writing

PATIENCE = 60
"""Seconds without a byte after which a connection counts as cut."""

_BLOCK = 1 << 20
_CUT = (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError)
_PARTIAL, _NOT_ALLOWED, _BEYOND_THE_END, _NOT_KNOWN = 206, 405, 416, 501


@dataclass(frozen=True, slots=True)
class Remote:
    """A file on a server: its bytes, None if unsaid, and the ETag or date that changes when it does, "" if unsaid."""

    url: str
    size: int | None
    mark: str


def ask(url: str) -> Remote:
    """What the server says of `url` without sending it; nothing, where it does not answer that question.

    Raises UnreachableError, UsageError for what is no address.
    """
    try:
        with _open(url, method="HEAD") as answer:
            return _remote(url, answer.headers, answer.headers.get("Content-Length"))
    except urllib.error.HTTPError as error:
        if error.code in (_NOT_ALLOWED, _NOT_KNOWN):
            return Remote(url, None, "")
        raise _unreachable(url, error) from error
    except _CUT as error:
        raise _unreachable(url, error) from error


def download(url: str, path: Path, *, progress: Progress = silent) -> Remote:
    """Fetches `url` into `path`, which is there only once it is whole; until then `path`.part and .part.json lie there.

    What an earlier call fetched is kept if the server still has the same file (same size, same ETag or date) and can
    begin in the middle. A cut connection is taken up again as long as each attempt brings something. `progress` hears
    bytes. Raises UnreachableError where the server does not answer, refuses, keeps hanging up, or leads from https to
    an address without encryption, OutputError where the disk refuses, UsageError for what is no address.
    """
    part = path.with_name(f"{path.name}.part")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    remote = None
    while remote is None:
        had = _size(part)
        try:
            remote = _fetch(url, part, progress)
        except _CUT as error:
            if _size(part) <= had:
                raise _unreachable(url, error, kept=_size(part)) from error
    with writing(path):
        part.replace(path)
        _note(part).unlink(missing_ok=True)
    return remote


def _fetch(url: str, part: Path, progress: Progress) -> Remote:
    """One attempt, after which `part` is whole. Raises one of `_CUT` where the connection ends earlier."""
    known = _known(part, url)
    had = _size(part) if known else 0
    if known and had == known.size:
        return known
    try:
        with _open(url, begin=had) as answer:
            goes_on = answer.status == _PARTIAL
            said = answer.headers.get("Content-Range", "").rpartition("/")[2] if goes_on else None
            remote = _remote(url, answer.headers, said or answer.headers.get("Content-Length"))
            if not goes_on or remote == known:
                _write(part, answer, had if goes_on else 0, remote, progress)
                if remote.size in (None, _size(part)):
                    return remote
                raise http.client.IncompleteRead(b"", (remote.size or 0) - _size(part))
    except urllib.error.HTTPError as error:
        if error.code != _BEYOND_THE_END or not had:
            raise
    with writing(part):  # the server has another file by now
        part.unlink()
    return _fetch(url, part, progress)


def _open(url: str, *, method: str = "GET", begin: int = 0) -> Any:
    headers = {"User-Agent": "aisle"} | ({"Range": f"bytes={begin}-"} if begin else {})
    if not url.startswith(("http://", "https://")):
        raise UsageError("no address to download from", got=url, allowed="http://... or https://...")
    request = urllib.request.Request(url, headers=headers, method=method)
    return urllib.request.build_opener(_Encrypted).open(request, timeout=PATIENCE)


class _Encrypted(urllib.request.HTTPRedirectHandler):
    """What begins over https does not end over anything else."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: http.client.HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        if req.full_url.startswith("https://") and not newurl.lower().startswith("https://"):
            raise urllib.error.HTTPError(req.full_url, code, f"it leads to {newurl}, not encrypted", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _remote(url: str, headers: Message, size: str | None) -> Remote:
    mark = headers.get("ETag") or headers.get("Last-Modified") or ""
    return Remote(url, int(size) if size and size.isdigit() else None, mark)


def _write(part: Path, answer: Any, begin: int, remote: Remote, progress: Progress) -> None:
    with writing(part):
        _note(part).write_text(json.dumps(asdict(remote)), "utf-8")
        file = part.open("ab" if begin else "wb")
    with file:
        while block := answer.read(_BLOCK):
            with writing(part):
                file.write(block)
                file.flush()
            begin += len(block)
            progress(begin, remote.size)


def _note(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _known(part: Path, url: str) -> Remote | None:
    """What the server said when `part` was begun; None if that was another address, or nobody wrote it down."""
    try:
        known = Remote(**json.loads(_note(part).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return known if known.url == url else None


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _unreachable(url: str, error: Exception, *, kept: int = 0) -> UnreachableError:
    again = f"; the same command goes on after {kept / 1e6:.1f} MB" if kept else ""
    return UnreachableError(f"cannot fetch {url}", got=str(error), do=f"check the network and the address{again}")
