"""What a service may do and how much of it: one record, made by the command line and never changed afterwards."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from aisle.core import UsageError

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


@dataclass(frozen=True, slots=True)
class Settings:
    """`data` holds everything that the service keeps. Sizes are in bytes, times in seconds.

    Videos may also be named by a path under `media_root`, and by an address on one of `url_hosts`. `keys` asks for keys
    on loopback too; anywhere else they are always asked for. An upload may be silent for `patience_s`, and must bring
    `slowest` bytes a second in the mean after that.

    `running` videos are classified at a time while up to `waiting` more stand in line; `queued` analyses may stand in
    theirs. `objects` says whether these may ask for people and things. `seconds`, `pixels` and `streams` are what one
    video may have. With `blur`, `heads` or `people`, nothing is kept in which these can be recognised.
    """

    data: Path
    host: str = "127.0.0.1"
    port: int = 8000
    models: tuple[str, ...] = ("kinetics-i3d",)
    media_root: Path | None = None
    url_hosts: tuple[str, ...] = ()
    keys: bool = False
    upload_bytes: int = 2 * GIB
    json_bytes: int = 16 * MIB
    small_bytes: int = 64 * KIB
    patience_s: float = 10.0
    slowest: int = 16 * KIB
    fetch_s: float = 300.0
    seconds: float = 4 * 3600.0
    pixels: int = 4096 * 2304
    streams: int = 16
    running: int = 2
    waiting: int = 32
    queued: int = 1000
    requests: int = 512
    heartbeat_s: float = 15.0
    session_s: float = 12 * 3600.0
    free_bytes: int = GIB
    blur: str | None = None
    objects: bool = False
    retention_days: float | None = 30.0

    def __post_init__(self) -> None:
        counts = ("upload_bytes", "json_bytes", "small_bytes", "slowest", "running", "queued", "requests")
        for name in counts:
            if getattr(self, name) < 1:
                raise UsageError(f"the service needs a positive {name}", got=getattr(self, name))
        if not 0 <= self.port <= 65535:
            raise UsageError("no such port", got=self.port, allowed="0 to 65535; 0 takes a free one")
        if self.waiting < 0:
            raise UsageError("a line cannot be shorter than empty", got=self.waiting)
        if not self.models:
            raise UsageError("a service needs a model", got="none", do="name one with --models")

    @property
    def open(self) -> bool:
        """Whether callers need no key: only where nobody but this machine can call."""
        return not self.keys and is_loopback(self.host)

    @property
    def incoming(self) -> Path:
        """Where videos lie while they arrive and while they are classified; emptied when the service starts."""
        return self.data / "incoming"

    @property
    def uploads(self) -> Path:
        """Where videos lie that an analysis was acknowledged for."""
        return self.data / "uploads"


def is_loopback(host: str) -> bool:
    """Whether `host`, a name or an address, is this machine alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"
