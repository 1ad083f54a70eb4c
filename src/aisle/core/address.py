"""Addresses such as rtsp://camera/1, which may stand wherever a path may."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

_UNQUOTED = re.compile(r"://([^/?#@:]*):(?!\d+[/?#]).*@")
"""A password with characters that should have been quoted, so that what follows it is no host to a parser."""

_SECRETS = re.compile(r"([?&](?:pass|passwd|password|pwd|pw|token|key|api_?key|secret|auth)=)[^&#]*", re.IGNORECASE)
"""Many cameras take the password as a part of the query."""


def is_address(path: str | Path) -> bool:
    return isinstance(path, str) and "://" in path


def without_password(path: str | Path) -> str:
    """`path` as it may be shown and written down."""
    text = str(path)
    if not is_address(path):
        return text
    password = _password(text)
    hidden = text.replace(f":{password}@", ":...@") if password else _UNQUOTED.sub(r"://\1:...@", text)
    return _SECRETS.sub(r"\1...", hidden)


def _password(address: str) -> str | None:
    try:
        return urlsplit(address).password
    except ValueError:  # such as http://[::1/
        return None
