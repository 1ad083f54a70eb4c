"""What a test of the page does again and again."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

from aisle.core.event import Event
from aisle.core.heat import Place
from aisle.service.records import Evidence
from service.running import Running

if TYPE_CHECKING:
    from .browser import Visit


def send(visit: Visit, *files: Path) -> None:
    visit.page.set_input_files("#files", list(files))


def analysed(service: Running, clip: Path, **wishes: str) -> str:
    """The id of an analysis that is done."""
    wishes = {"annotate": "true", **wishes}
    with clip.open("rb") as file:
        answer = service.client.post("/v1/analyses", files={"file": (clip.name, file)}, data=wishes)
    return service.finished(answer.json()["id"]).id


def alarm(service: Running, id_: str, clip: Path, *, camera: str = "Front door", place: Place | None = None) -> None:
    """An alarm that is over and has its clip; whoever listens is told."""
    evidence = service.folder.evidence / f"{id_}.mp4"
    evidence.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(clip, evidence)
    now = Fraction(int(time()))
    event = Event(id_, camera, "shoplifting", Fraction(3), Fraction(9), Fraction(9), 0.9, clock=now, place=place)
    service.store.add_event(event, Evidence(str(evidence.relative_to(service.folder.root)), Fraction(0)))
    service.hub.publish("event", {"id": id_})


def moment(visit: Visit) -> float:
    at: float = visit.page.evaluate("document.querySelector('.screen video').currentTime")
    return at
