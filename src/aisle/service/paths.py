"""A video named by its path on the server: only a file under the media folder, whatever tricks the path plays."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from aisle.service import problems
from aisle.service.problems import RefusedError

_FOREIGN = re.compile(r"[\\\0]|^[A-Za-z]:|://|^file:", re.IGNORECASE)
_ALLOWED = "a path relative to the media folder, such as tills/2026-11-21.mp4"


def under(root: Path | None, text: str) -> Path:
    """The file that `text` names, without symbolic links. `root` is the media folder; None refuses every path.

    Whether something lies outside the folder is never told. Raises RefusedError for `..`, null bytes, addresses, links
    that lead out, paths of Windows, and whatever is no regular file: folders, devices, pipes.
    """
    if root is None:
        do = "start the service with --media-root, or send the video itself"
        raise RefusedError(problems.INPUT, what="this service reads no paths", got=text, do=do)
    if _FOREIGN.search(text) or ".." in text.split("/") or not text.strip():
        raise _outside(text)
    if text.endswith("/"):
        raise _missing(text, "no regular file")
    folder = root.resolve()
    try:
        path = Path(os.path.realpath(folder / text))
        if not path.is_relative_to(folder):
            raise _outside(text)
        mode = path.stat().st_mode
    except (OSError, ValueError):
        raise _missing(text, "nothing that can be read") from None
    if not stat.S_ISREG(mode):
        raise _missing(text, "no regular file")
    return path


def _outside(text: str) -> RefusedError:
    do = "name a file under the media folder of the service"
    return RefusedError(
        problems.INPUT, what="this path does not lie in the media folder", got=text, allowed=_ALLOWED, do=do
    )


def _missing(text: str, found: str) -> RefusedError:
    what = f"there is {found} at this path of the media folder"
    return RefusedError(problems.INPUT, what=what, got=text, allowed="a file", do="check the path")
