"""A service that runs: a real server on a real port, whose model is made up but reads the video it is given."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from time import monotonic, sleep

import httpx
import uvicorn

from aisle.analysis.seen import Seen
from aisle.core import Analysis, Progress, Timeline, UsageError, silent
from aisle.core.interaction import Visit
from aisle.core.site import Site
from aisle.deploy.turns import Urgency
from aisle.media.probe import probe
from aisle.service.app import create_app
from aisle.service.collection import Searched
from aisle.service.folder import DataFolder, database_in
from aisle.service.hub import Hub
from aisle.service.jobs import Runner
from aisle.service.metrics import Metrics
from aisle.service.records import Job, StreamRecord
from aisle.service.serving import configure, more_files
from aisle.service.settings import Settings
from aisle.service.store import Store
from aisle.service.work import Work
from analyses import made_up_analysis, noticed
from seen import PICKED, observed

MODELS = ("kinetics-i3d", "shoplifting")


class MadeUp:
    """Reads what a video says of itself and makes the rest up. While `held` it goes on, and asks whether it may."""

    names = MODELS
    waiting = 0
    is_warm = True

    def __init__(self) -> None:
        self.held = threading.Event()
        self.seen: list[tuple[Path, Urgency]] = []
        self.inside = 0
        self.notices = False
        """Whether it says where something is unusual, and what became of the camera."""

    def analyze(
        self, video: Path, model: str | None = None, *, urgency: Urgency, progress: Progress = silent
    ) -> Analysis:
        """See aisle.service.engine.Engine."""
        self.seen.append((video, urgency))
        self.inside += 1
        try:
            info = probe(video)
            progress(0.0, 1.0)
            while self.held.is_set():
                progress(0.5, 1.0)
                sleep(0.005)
        finally:
            self.inside -= 1
        made = noticed() if self.notices else made_up_analysis(path=str(video))
        return replace(made, info=info, model=model or self.names[0])


@dataclass
class Status:
    """See aisle.service.cameras.Status."""

    state: str = "live"
    reason: str | None = None
    risks: Mapping[str, float] = field(default_factory=lambda: {"shoplifting": 0.25})
    threshold: float = 0.4
    judged_s: float = 12.5
    delay_s: float | None = 0.5
    frames: int = 300
    dropped: int = 2
    gaps: int = 1


class Wall:
    """Cameras that show one picture; see aisle.service.cameras.Cameras."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.now: dict[str, Status] = {}

    def add(self, *, name: str, source: str, model: str | None = None, threshold: float | None = None) -> StreamRecord:
        """See aisle.service.cameras.Cameras."""
        if name == "one too many":
            raise UsageError("no more cameras", got=64, allowed="64", do="remove one first")
        record = self._store.add_stream(
            f"camera-{len(self._store.streams())}",
            name=name,
            source=source,
            model=model or MODELS[0],
            threshold=threshold,
        )
        self.now[record.id] = Status()
        return record

    def remove(self, id_: str) -> bool:
        self.now.pop(id_, None)
        return self._store.remove_stream(id_)

    def status(self, id_: str) -> Status | None:
        return self.now.get(id_)

    def picture(self, id_: str) -> bytes | None:
        return b"\xff\xd8picture\xff\xd9" if id_ in self.now else None


@dataclass
class Running:
    """What a test needs of it. `client` speaks to it without a key."""

    url: str
    settings: Settings
    store: Store
    folder: DataFolder
    models: MadeUp
    cameras: Wall
    hub: Hub
    client: httpx.Client

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def finished(self, id_: str) -> Job:
        """The job once it is over."""
        wait(lambda: (job := self.store.job(id_)) is not None and job.state.final)
        job = self.store.job(id_)
        assert job is not None
        return job


def wait(for_: object, seconds: float = 15.0) -> None:
    """Until the function says so."""
    assert callable(for_)
    until = monotonic() + seconds
    while not for_():
        assert monotonic() < until, "it did not come to pass"
        sleep(0.01)


@contextlib.contextmanager
def running(data: Path, *, collection: Searched | None = None, **settings: object) -> Iterator[Running]:
    """Starts it, and ends it with the block."""
    more_files()
    chosen = Settings(data, **{"free_bytes": 1, "models": MODELS, "objects": True, **settings})  # type: ignore[arg-type]
    models, hub = MadeUp(), Hub()
    with DataFolder(data) as folder, contextlib.closing(Store(database_in(folder.root))) as store:
        figures = Metrics()
        work = Work(models, _copy, folder, figures, see=_see)  # type: ignore[arg-type]
        runner = Runner(store, work, folder)
        cameras = Wall(store)
        app = create_app(
            chosen,
            store=store,
            folder=folder,
            models=models,
            jobs=runner,
            cameras=cameras,
            hub=hub,
            metrics=figures,
            collection=collection,
        )
        runner.start()
        with _served(app, chosen) as url, httpx.Client(base_url=url, timeout=20) as client:
            yield Running(url, chosen, store, folder, models, cameras, hub, client)
        models.held.clear()
        runner.stop()


def _see(video: Path, *, site: Site | None, timeline: Timeline | None, progress: Progress) -> Seen:
    """Stands for the following of people: what is known of a made-up shop."""
    assert video.is_file()
    assert timeline is not None
    progress(1.0, 1.0)
    return Seen(observed(), (PICKED,), (Visit(1, Fraction(0), Fraction(3), 1),), site)


def _copy(source: Path, _: object, out: Path, *, objects: object, unusual: object, progress: Progress) -> None:
    """Stands for the drawing of an annotated copy."""
    del objects, unusual
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(Path(source).read_bytes())
    progress(1.0, 1.0)


@contextlib.contextmanager
def _served(app: object, settings: Settings) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listening:
        server = uvicorn.Server(configure(app, settings))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            wait(lambda: server.started)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
