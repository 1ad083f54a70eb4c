"""The parts of a service put together, started and stopped in order, and run on a port."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from threading import Thread

import uvicorn
from fastapi import FastAPI

from aisle.analysis.backbone import Backbone
from aisle.analysis.seen import See
from aisle.core import OutputError, UsageError
from aisle.events.sink import open_sink
from aisle.media.apart import Apart
from aisle.media.blur import BlurredAnnotate, Find
from aisle.media.limits import Limits
from aisle.media.read import Read
from aisle.service.app import create_app
from aisle.service.cameras import Cameras
from aisle.service.collection import Searched
from aisle.service.engine import Engine
from aisle.service.folder import DataFolder, database_in
from aisle.service.hub import Hub
from aisle.service.jobs import Runner
from aisle.service.logs import Behind, log_to
from aisle.service.metrics import Metrics
from aisle.service.retention import Sweeper
from aisle.service.serving import configure, more_files
from aisle.service.settings import Settings
from aisle.service.store import Store
from aisle.service.work import Work

READING_MB = 2048
"""Of address space for each process that decodes; pictures of 4K take a quarter of it."""

READING_S = 120.0
"""Of processor time for decoding one video, or half of what the longest may last."""


@contextmanager
def assembled(
    settings: Settings,
    models: Sequence[Backbone],
    *,
    database: str | None = None,
    sinks: Sequence[str] = (),
    find: Find | None = None,
    see: Callable[[Read], See] | None = None,
    collection: Path | None = None,
) -> Iterator[FastAPI]:
    """The application of a service that runs while the block lasts: jobs, cameras and all.

    `database` is an address as for Store, None for a file in the data folder; `sinks` are addresses as for `open_sink`.
    With `find`, what that finds is blurred in all that is kept. `see` makes what follows people and things, for videos
    that are opened as it is told. `collection` is the folder of an index to search.
    Raises UsageError where others could call it and there is no key yet, and what its parts raise.
    """
    with ExitStack() as open_:
        folder = open_.enter_context(DataFolder(settings.data))
        store = open_.enter_context(closing(Store(database or database_in(settings.data))))
        _check_keys(settings, store)
        apart = open_.enter_context(Apart(processes=settings.running + 1, limits=_limits(settings)))
        told = [open_.enter_context(closing(open_sink(one, spool=folder.root / "spool"))) for one in sinks]
        engine = open_.enter_context(closing(Engine(models, apart.reader)))
        open_.callback(apart.close)  # before the engine waits for those who read
        hub, metrics = Hub(), Metrics()
        kept = {"keeps_videos": find is None}
        blurring = BlurredAnnotate(find, read=apart.reader, annotate=apart.annotate) if find else None
        seeing = None if see is None else see(apart.reader)
        work = Work(engine, blurring or apart.annotate, folder, metrics, see=seeing, **kept)
        jobs = Runner(store, work, folder, **kept)
        blur = None if blurring is None else lambda plain, out: blurring(plain, None, out)
        cameras = open_.enter_context(closing(Cameras(engine, store, folder, hub, sinks=told, blur=blur)))
        searched = open_.enter_context(closing(Searched(collection, read=apart.reader))) if collection else None
        app = create_app(
            settings,
            store=store,
            folder=folder,
            models=engine,
            jobs=jobs,
            cameras=cameras,
            hub=hub,
            metrics=metrics,
            collection=searched,
        )
        sweeper = Sweeper(store, folder, days=settings.retention_days, **kept)
        sweeper.start()
        open_.callback(sweeper.stop)
        Thread(target=engine.warm, name="warm", daemon=True).start()
        jobs.start()
        open_.callback(jobs.stop)
        cameras.start()
        yield app


def run(app: FastAPI, settings: Settings, *, started: Callable[[str], None], quiet: bool = False) -> None:
    """Serves until SIGINT or SIGTERM; `started` hears the address. Raises OutputError where the port is taken."""
    more_files()
    with closing(Behind(sys.stderr)) as stream, _listening(settings) as listening:
        log_to(stream, logging.WARNING if quiet else logging.INFO)
        host, port = listening.getsockname()[:2]
        started(f"http://{f'[{host}]' if ':' in host else host}:{port}")
        with suppress(KeyboardInterrupt):  # which uvicorn raises once it has ended in good order
            asyncio.run(uvicorn.Server(configure(app, settings)).serve(sockets=[listening]))


def _listening(settings: Settings) -> socket.socket:
    try:
        places = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, *_, place = places[0]
        return socket.create_server(place[:2], family=family, backlog=2048)
    except OSError as error:
        raise OutputError(
            "the port cannot be listened on",
            got=f"{settings.host}:{settings.port}: {error.strerror}",
            do="choose another with --port, or end what uses it",
        ) from error


def _check_keys(settings: Settings, store: Store) -> None:
    known = store.keys()
    if not settings.open and not any(key.valid(time.time()) for key in known):
        raise UsageError(
            "a service that others can call needs a key",
            got=f"{settings.host}, and no key",
            allowed="no keys on 127.0.0.1 alone",
            do=f"make one: aisle keys add NAME --role admin --data {settings.data}",
        )


def _limits(settings: Settings) -> Limits:
    return Limits(
        seconds=max(READING_S, settings.seconds / 2),
        megabytes=READING_MB,
        pixels=settings.pixels,
        duration=Fraction(settings.seconds),
        streams=settings.streams,
    )
