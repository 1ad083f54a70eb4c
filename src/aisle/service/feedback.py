"""What people said of events, as a table to train on: a false alarm is an example of nothing happening."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from fractions import Fraction

from aisle.analysis.drift import KINDS
from aisle.core import seconds
from aisle.service.records import EventRecord, Verdict
from aisle.service.store import Store

NORMAL = "normal"
"""The label of what was dismissed."""

COLUMNS = ("path", "start", "end", "label", "group")
_PAGE = 1000


def training_table(store: Store) -> Iterator[str]:
    """The lines of a `clips.csv` for the data folder, the latest event first: every event that is over, was reviewed
    and has a clip, but for what became of a camera itself.

    Paths are relative to the data folder, times are seconds within the clip; both are empty, for the whole clip, where
    nobody knows at which second of the camera it begins. The group is the camera, so that a head is tested on others.
    """
    yield _line(COLUMNS)
    before = None
    while page := store.events(state="ended", limit=_PAGE, before=before):
        yield from (_line(row) for record in page if (row := _row(record)))
        before = page[-1].number


def _row(record: EventRecord) -> tuple[str, ...] | None:
    if record.review is None or record.evidence is None or record.event.kind in KINDS:
        return None
    label = record.event.kind if record.review.verdict is Verdict.confirmed else NORMAL
    return (record.evidence.path, *_stretch(record, record.evidence.start), label, record.event.camera)


def _stretch(record: EventRecord, first: Fraction | None) -> tuple[str, str]:
    event = record.event
    if first is None or event.ended is None:
        return "", ""
    start, end = seconds(max(event.started - first, Fraction(0))), seconds(event.ended - first)
    return (str(start), str(end)) if start < end else ("", "")


def _line(cells: tuple[str, ...]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
