"""`aisle similar`: what of a collection is like a video, or like some seconds of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aisle.apps.console import remark, say
from aisle.apps.finding import collection, filters, query, stretch

if TYPE_CHECKING:
    from aisle.core.collection import Match, Part
    from aisle.core.time_map import Stretch

IN = Annotated[
    Path | None,
    typer.Option(
        "--in",
        help="A folder of videos that aisle index has seen, or an index itself; default: the nearest around VIDEO.",
        metavar="DIR",
        show_default=False,
    ),
]
By = Annotated[
    str | None,
    typer.Option("--by", help="Which index, of several; default: the one that was changed last.", show_default=False),
]
Category = Annotated[list[str] | None, typer.Option("--category", help="Answers of this category alone; repeat it.")]
Camera = Annotated[list[str] | None, typer.Option("--camera", help="Answers of this camera alone; repeat it.")]
Since = Annotated[str | None, typer.Option("--since", help="Answers from this day on, 2026-01-31.", show_default=False)]
Until = Annotated[str | None, typer.Option("--until", help="Answers from before this day.", show_default=False)]
Count = Annotated[int, typer.Option("--k", min=1, help="How many answers.")]
Diversity = Annotated[
    float,
    typer.Option(
        "--diversity", min=0, max=1, help="What likeness to earlier answers counts against an answer; 0: nothing."
    ),
]


def similar(
    video: Annotated[Path, typer.Argument(help="A video, of the collection or not.", metavar="VIDEO")],
    at: Annotated[
        str | None,
        typer.Option("--at", help="Look for these seconds of it: 12.5s-15s. Default: all of it.", show_default=False),
    ] = None,
    count: Count = 10,
    where: IN = None,
    by: By = None,
    category: Category = None,
    camera: Camera = None,
    since: Since = None,
    until: Until = None,
    diversity: Diversity = 0.2,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no remarks.")] = False,
) -> None:
    """The videos of a collection that are most like this one, or the moments most like some seconds of it, and why."""
    import json

    from aisle.analysis.similar import similar as found_similar
    from aisle.search.index import Index

    asked = stretch(at)
    wanted = filters(category or (), camera or (), since, until)
    at_hand = collection(where, video, by)
    with Index(at_hand.index) as index:
        found = found_similar(
            index, query(index, at_hand, video, asked, quiet=quiet), count, wanted, diversity=diversity
        )
    if as_json:
        record = {
            "video": str(video),
            "at": _times(asked),
            "index": str(at_hand.index),
            "matches": list(map(told, found)),
        }
        say(json.dumps(record, indent=2))
        return
    for number, match in enumerate(found, 1):
        say(line(number, match))
    if not found and not quiet:
        remark("nothing in the collection is what was asked for")


def told(match: Match) -> dict[str, Any]:
    """For programs."""
    return {
        **_part(match.part),
        "similarity": round(match.similarity, 4),
        "copies": [_part(copy) for copy in match.copies],
        "objects": [{"label": one.label, "share": round(one.share, 4)} for one in match.objects],
        "moments": [
            {"asked": _times(one.asked), "found": _times(one.found), "similarity": round(one.similarity, 4)}
            for one in match.moments
        ],
    }


def line(number: int, match: Match) -> str:
    """For people: what it is, how alike, and why."""
    part = match.part
    where = "" if part.is_whole else f"  {_clock(part.stretch)}"
    about = ", ".join(str(one) for one in (part.about.category, part.about.camera, part.about.recorded) if one)
    reasons = []
    if match.objects:
        reasons.append("both show " + ", ".join(f"{one.label} ({one.share:.0%})" for one in match.objects[:3]))
    if match.moments:
        best = match.moments[0]
        reasons.append(f"{_clock(best.asked)} is like its {_clock(best.found)}")
    if match.copies:
        more = f", and {len(match.copies) - 3} more" if len(match.copies) > 3 else ""
        reasons.append("copies: " + ", ".join(copy.video for copy in match.copies[:3]) + more)
    head = f"{number:3}  {match.similarity:.3f}  {part.video}{where}" + (f"  ({about})" if about else "")
    return "\n".join([head, *(f"            {reason}" for reason in reasons)])


def _part(part: Part) -> dict[str, Any]:
    about = part.about
    return {
        "video": part.video,
        "start_s": float(part.start),
        "end_s": float(part.end),
        "whole": part.is_whole,
        "category": about.category,
        "camera": about.camera,
        "recorded": about.recorded and about.recorded.isoformat(),
    }


def _times(at: Stretch | None) -> dict[str, float] | None:
    return None if at is None else {"start_s": float(at.start), "end_s": float(at.end)}


def _clock(at: Stretch) -> str:
    from aisle.core import clock

    return f"{clock(at.start)} to {clock(at.end)}"
