"""One page about one video, for people: the video, how sure the model is over time, and the actions as a list.

All that it says stands in the HTML; the script adds the lines over time and the jumping. `report.html`, `report.css`
and `report.js` beside this module are its parts, in the shell of `aisle.core.page`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path, PurePosixPath
from string import Template
from urllib.parse import quote

from aisle.analysis.curves import Curves, plain
from aisle.analysis.curves import curves as curves_of
from aisle.analysis.report_people import jump, people_section
from aisle.analysis.seen import Seen
from aisle.core.analysis import Analysis, Prediction, Timing
from aisle.core.charts import bar
from aisle.core.errors import UsageError
from aisle.core.page import Html, key, length, many, page, percent, resource, short_clock, tenths, text, write_page
from aisle.core.time import seconds
from aisle.core.timeline import Segment, Timeline

_TOP = 5
_LINES = 6
_POINTS = 2000


def write_report(analysis: Analysis, path: Path, *, video: str | None, seen: Seen | None = None) -> None:
    """Writes the page. `video` is where the playing video lies as seen from the page's folder, with forward slashes.

    None leaves the video out; a browser that cannot play it says so, and the rest of the page works all the same. With
    `seen` the page also tells what people did. Raises UsageError for a `video` that is not relative, OutputError where
    the disk refuses.
    """
    write_page(_page(analysis, video, seen), path)


def _page(analysis: Analysis, video: str | None, seen: Seen | None) -> str:
    name = Path(analysis.info.path).name or analysis.info.path
    return page(
        f"{name}: what happens when",
        _body(analysis, video, name, seen),
        css=resource("aisle.analysis", "report.css"),
        script=resource("aisle.analysis", "report.js"),
    )


def _body(analysis: Analysis, video: str | None, name: str, seen: Seen | None) -> Html:
    timeline, curves = analysis.timeline, curves_of(analysis.scores, lines=_LINES, points=_POINTS)
    parts = Template(resource("aisle.analysis", "report.html"))
    return Html(
        parts.substitute(
            name=text(name),
            facts=_facts(analysis),
            screen=_screen(video),
            predictions="\n".join(map(_prediction, analysis.predictions[:_TOP])),
            curves=_explained(curves),
            count=_count(timeline),
            segments="\n".join(_row(segment, timeline.duration) for segment in timeline.segments),
            people="" if seen is None else people_section(seen, timeline.duration),
            skipped=_skipped(timeline),
            notes=_remarks("Good to know", map(text, analysis.notes)),
            making=_making(analysis),
            data=_data(analysis, curves),
        )
    )


# --- the parts of the page, from top to bottom


def _facts(analysis: Analysis) -> str:
    info = analysis.info
    picture = f"{info.width} by {info.height} pixels"
    return " · ".join(text(fact) for fact in (length(analysis.timeline.duration), picture, analysis.model))


def _screen(video: str | None) -> str:
    if video is None:
        return '<p class="unplayable">The video is not beside this page. Everything else here works without it.</p>'
    if PurePosixPath(video).is_absolute() or "://" in video:
        raise UsageError(
            "the page needs the video's place as seen from its own folder", got=video, allowed="clips/a.mp4"
        )
    source = quote(video, errors="surrogateescape")
    return (
        f'<video controls playsinline preload="metadata" src="{source}" aria-label="The video"></video>'
        '<p class="unplayable" hidden>This browser cannot play the video here. Everything else on this page works. '
        f"To watch it, open <b>{text(video)}</b> in a video player.</p>"
    )


def _prediction(prediction: Prediction) -> str:
    look = key(prediction.label)
    return (
        f'<li class="{look}"><span class="name">{text(prediction.label)}</span>'
        f'<span class="percent">{percent(prediction.probability)}</span>{bar(prediction.probability, look)}</li>'
    )


def _explained(curves: Curves) -> str:
    if not curves.labels:
        return "There are no readings of this video."
    full = percent(_ceiling(curves))
    told = f"A row for each action that stood out at some moment. The higher, the surer; a row reaches up to {full}."
    if curves.merged > 1:
        told += f" Each point is the highest of {curves.merged} readings, so that no peak is lost."
    return told


def _count(timeline: Timeline) -> str:
    if not timeline.segments:
        return "No action was recognised."
    actions = len({segment.label for segment in timeline.segments})
    return f"{many(len(timeline.segments), 'stretch', 'stretches')}, {many(actions, 'action', 'actions')}"


def _row(segment: Segment, duration: Fraction) -> str:
    look = key(segment.label)
    return (
        f"<tr><td>{jump(segment.start, duration)}</td><td>{short_clock(segment.end, duration)}</td>"
        f"<td>{length(tenths(segment.end) - tenths(segment.start))}</td>"
        f'<td><i class="{look}"></i>{text(segment.label)}</td>'
        f'<td><span class="percent">{percent(segment.score)}</span>'
        f"{bar(segment.score, look)}</td></tr>"
    )


def _skipped(timeline: Timeline) -> str:
    return _remarks(
        "Not analysed",
        (
            f"{jump(gap.start, timeline.duration)} to {short_clock(gap.end, timeline.duration)}: {text(gap.reason)}"
            for gap in timeline.skipped
        ),
    )


def _remarks(title: str, items: Iterable[str]) -> str:
    rows = "".join(f"<li>{item}</li>" for item in items)
    return f'<section class="remarks"><h2>{title}</h2><ul>{rows}</ul></section>' if rows else ""


def _making(analysis: Analysis) -> str:
    info, grid = analysis.info, analysis.scores.grid
    duration = analysis.timeline.duration
    entries = {
        "Video": info.path,
        "Picture": f"{info.width} by {info.height} pixels, {float(info.rate):.4g} pictures a second, {info.codec}",
        "Model": analysis.model,
        "Resolution": f"One reading every {float(grid.step):.2g} s, {many(grid.count, 'reading', 'readings')} in all. "
        "An action shorter than that can be missed.",
        "How sure": "The model's own probability, from 0 to 100%. For a stretch it is the mean over the stretch.",
        "Time taken": _effort(analysis.timing, duration),
    }
    return "".join(f"<dt>{term}</dt><dd>{text(value)}</dd>" for term, value in entries.items())


def _effort(timing: Timing, duration: Fraction) -> str:
    told = (
        f"{timing.total_s:.1f} s. Reading the pictures took {timing.decode_s:.1f} s and recognising actions "
        f"{timing.inference_s:.1f} s, partly at the same time."
    )
    if timing.total_s == 0:
        return told
    return f"{told} The video was analysed {float(duration) / timing.total_s:.1f} times as fast as it plays."


# --- the data for the script


def _data(analysis: Analysis, curves: Curves) -> str:
    timeline = analysis.timeline
    names = list(dict.fromkeys([*curves.labels, *(segment.label for segment in timeline.segments)]))
    numbers = {name: number for number, name in enumerate(names)}
    written = json.dumps(
        {
            "duration": seconds(timeline.duration),
            "labels": [{"name": name, "colour": key(name)} for name in names],
            "segments": [
                [seconds(each.start), seconds(each.end), numbers[each.label], round(float(each.score), 4)]
                for each in timeline.segments
            ],
            "skipped": [[seconds(gap.start), seconds(gap.end)] for gap in timeline.skipped],
            "curves": {
                "from": float(max(curves.covers[0], Fraction(0))),
                "until": float(min(curves.covers[1], timeline.duration)),
                "start": float(curves.start),
                "step": float(curves.step),
                "ceiling": _ceiling(curves),
                "lines": [
                    {"label": numbers[name], "values": values}
                    for name, values in zip(curves.labels, plain(curves.values), strict=True)
                ],
            },
        },
        allow_nan=False,
        separators=(",", ":"),
    )
    # Inside a script element only these could end it early; JSON reads the escapes as the same characters.
    return written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _ceiling(curves: Curves) -> float:
    """The probability at the full height of a row, the same for all of them so that they can be compared."""
    peak = curves.values.max(initial=0)
    return next((level for level in (0.25, 0.5) if peak <= level), 1.0)
