"""`aisle recommend`: what of a collection to watch next, from what was watched."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import typer

from aisle.apps.console import remark, say
from aisle.apps.finding import Collection, collection, filters
from aisle.apps.similar_cli import By, Camera, Category, Count, Since, Until
from aisle.core import UsageError
from aisle.core.rows import problem, read_lines

COLUMNS = ("video", "user", "at", "rating")


def recommend(
    history: Annotated[
        Path,
        typer.Option(
            "--history",
            help="A CSV of what was watched, the latest last: video; user, at (by which it is sorted) and rating (1 to "
            "5) where you have them.",
            metavar="WATCHED.csv",
            show_default=False,
        ),
    ],
    where: Annotated[
        Path, typer.Option("--in", help="A folder of videos that aisle index has seen, or an index.", metavar="DIR")
    ] = Path(),
    user: Annotated[
        str | None,
        typer.Option("--user", help="For whom; all others of the table say what is popular.", show_default=False),
    ] = None,
    count: Count = 10,
    by: By = None,
    category: Category = None,
    camera: Camera = None,
    since: Since = None,
    until: Until = None,
    diversity: Annotated[
        float, typer.Option("--diversity", min=0, max=1, help="What likeness to other recommendations takes away.")
    ] = 0.3,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No remarks.")] = False,
) -> None:
    """What to watch next: like what was watched, without it, and varied; for newcomers what is popular."""
    import json

    from aisle.search.index import Index
    from aisle.search.recommend import recommend as found_next

    at_hand = collection(where, by=by)
    rows = read_history(history, at_hand)
    if user is None and len({row["user"] for row in rows}) > 1:
        users = ", ".join(sorted({row["user"] for row in rows})[:5])
        raise UsageError("the table is of several users", got=users, do="name one with --user")
    mine = [row for row in rows if user is None or row["user"] == user]
    popular = Counter(row["video"] for row in rows)
    wanted = filters(category or (), camera or (), since, until)
    with Index(at_hand.index) as index:
        known = index.videos()
        strange = sorted({row["video"] for row in mine} - set(known))
        found = found_next(index, _watched(mine), count, wanted, popular=popular, diversity=diversity)
    if strange and not quiet:
        remark(f"{len(strange)} watched videos are not in the collection: {', '.join(strange[:3])}")
    if as_json:
        told = [
            {
                "video": one.part.video,
                "category": one.part.about.category,
                "score": round(one.score, 4),
                "because": one.because or None,
            }
            for one in found
        ]
        say(json.dumps({"user": user, "watched": len(mine), "recommendations": told}, indent=2))
        return
    for number, one in enumerate(found, 1):
        why = f"like {one.because}" if one.because else "popular" if popular[one.part.video] else "something else"
        say(f"{number:3}  {one.part.video}  ({why})")


def read_history(file: Path, at_hand: Collection) -> list[dict[str, Any]]:
    """What was watched, by column, in order of `at`, where there is one. Raises InputError, with the line."""
    lines = read_lines(file)
    head, heading = lines[0] if lines else (1, ())
    if "video" not in heading or set(heading) - set(COLUMNS):
        got = ", ".join(heading) or "nothing"
        raise problem(file, head, "the heading is another", got, "name the columns so", ", ".join(COLUMNS))
    found = []
    for line, cells in lines[1:]:
        if len(cells) != len(heading):
            raise problem(file, line, "the line does not fit the heading", ", ".join(cells), "write it anew")
        row: dict[str, Any] = dict.fromkeys(COLUMNS, "") | dict(zip(heading, cells, strict=True))
        name = at_hand.name_of(Path(row["video"])) if Path(row["video"]).exists() else None
        row["video"] = name or PurePosixPath(row["video"]).as_posix()
        row["rating"] = _rating(row["rating"], file, line)
        found.append(row)
    moments = [_number(row["at"]) for row in found]
    if all(moment is not None for moment in moments):  # seconds, or whatever counts up
        return [row for _, row in sorted(zip(moments, found, strict=True), key=lambda pair: pair[0] or 0.0)]
    return sorted(found, key=lambda row: str(row["at"]))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _rating(text: str, file: Path, line: int) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 1 <= value <= 5:
        raise problem(file, line, "no rating", text, "write another, or none", "1 to 5")
    return value


def _watched(rows: list[dict[str, Any]]) -> list[Any]:
    """The last time that each was watched; a rating of 3 is neither liked nor disliked, and counts as half liked."""
    from aisle.search.recommend import Watched

    last = {row["video"]: row for row in rows}
    order = sorted(last.values(), key=rows.index)
    return [Watched(row["video"], 1.0 if row["rating"] is None else _liked(row["rating"])) for row in order]


def _liked(rating: float) -> float:
    return (rating - 2) / 3 if rating >= 2 else -1.0
