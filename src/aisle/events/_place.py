"""The parts of a sink's address, with what may be shown apart from what may not."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from aisle.core import UsageError


@dataclass(frozen=True, slots=True)
class Place:
    """`where`, scheme, host and port alone, may be shown; the rest may hold secrets. "" and None for what is unsaid."""

    where: str
    scheme: str
    host: str
    port: int | None
    name: str = field(repr=False)
    password: str = field(repr=False)
    path: str = field(repr=False)
    query: str = field(repr=False)

    @property
    def options(self) -> dict[str, str]:
        """Of `query`; several values of one name have commas between them."""
        return {name: ",".join(values) for name, values in parse_qs(self.query).items()}


def place(address: str, *, allowed: str) -> Place:
    """Raises UsageError where there is no host or no such port; `allowed` shows what an address looks like."""
    try:
        parts = urlsplit(address)
        port, host = parts.port, parts.hostname or ""
    except ValueError as error:
        raise UsageError("an address that cannot be read", got=str(error), allowed=allowed) from error
    if not host:
        raise UsageError("an address without a host", got=f"{parts.scheme}:", allowed=allowed)
    where = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    name, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Place(where, parts.scheme, host, port, name, password, parts.path, parts.query)
