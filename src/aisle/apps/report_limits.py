"""What a folder lacks for a full report, and how far its figures can be trusted, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aisle.apps.report_figures import Period
from aisle.apps.report_reading import Results
from aisle.core.page import many
from aisle.core.site import Site, ZoneKind

_FEW = 30


def missing(now: Period, site: Site | None, folder: Path) -> tuple[str, ...]:
    """Each with what to do."""
    return tuple(_missing(now, site, folder))


def _missing(now: Period, site: Site | None, folder: Path) -> Iterator[str]:
    recordings = [one.recording for one in now.scenes]
    if not now.people:
        yield (
            "No person was found in any recording. Look at one with `aisle analyze --annotate --objects`; seen from "
            "above, people need another detector: `aisle detect --detector overhead`."
        )
    if site is None:
        yield (
            f"Where the shelves are is not known, so nothing can be said of visits. Begin with `aisle site edit VIDEO "
            f"--out {folder / 'site.yaml'}`, and report again."
        )
    elif not site.of_kind(ZoneKind.SHELF):
        yield "The site has no shelf, so nothing can be said of visits. Add one to the site file."
    if site is not None and all(one.interactions is None for one in recordings):
        yield (
            "What people took and put back is not known, as there are no files STEM.interactions. They come with "
            "`aisle analyze VIDEO --objects --site SITE --out DIR`."
        )
    if all(one.actions is None for one in recordings):
        yield "There is no timeline of actions; `aisle analyze VIDEO --out DIR` adds who inspects and who reaches."
    if not now.clocked and recordings:
        yield (
            "When the recordings began is not known, so hours count from their start. Say it with --started "
            "'2026-11-30 09:00', or with a table for several."
        )


def limits(now: Period, results: Results) -> tuple[str, ...]:
    """What a reader must know before acting on the figures."""
    return tuple(_limits(now, results))


def _limits(now: Period, results: Results) -> Iterator[str]:
    if results.problems:
        yield f"{many(len(results.problems), 'recording', 'recordings')} could not be read and are left out."
    if 0 < now.people < _FEW:
        yield f"Few people were seen, {now.people}. Chance alone moves such figures a lot; mind the ranges."
    yield (
        "People are numbered anew in each recording and whenever they were lost from view, so one shopper may count as "
        "two, and a visit as two visits. People who work in the shop count as shoppers."
    )
    yield "Looking is guessed from standing still: a camera above a shelf does not see where eyes go."
    yield from _from_scenes(now)
    yield (
        "What was seen is what networks recognise, and they err. Before you decide anything by a figure, watch twenty "
        "of the visits behind it; the table of visits says where they are."
    )


def _from_scenes(now: Period) -> Iterator[str]:
    skipped = sum(gap.end - gap.start for one in now.scenes for gap in one.recording.observed.skipped)
    if skipped:
        yield f"{float(skipped):.0f} s of video could not be read and are not in the figures."
    lost = sum(one.at_shelves.lost_interactions for one in now.scenes)
    if lost:
        yield f"{many(lost, 'thing', 'things')} done with products could not be laid to any visit, and do not count."
    unclear = sum(one.at_shelves.lost_actions for one in now.scenes)
    if unclear:
        yield (
            f"{many(unclear, 'action', 'actions')} of the timeline do not count: people were at several shelves then, "
            "or at none, and a timeline does not say who it means."
        )
    above = [one.above for one in now.scenes if one.walks]
    if above:
        way = "from above: they stand where the middle of their box is"
        side = "from the side: they stand where their feet are"
        told = [text for text, seen in ((way, any(above)), (side, not all(above))) if seen]
        yield f"People are taken to be seen {'; in other recordings '.join(told)}."
