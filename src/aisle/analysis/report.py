"""One page about one video, for people: the video, how sure the model is over time, and the actions as a list.

The page is a single file that needs no network and works from a folder. All that it says stands in the HTML; the script
adds the lines over time and the jumping. `report.html`, `report.css` and `report.js` beside this module are its parts.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from importlib import resources
from pathlib import Path, PurePosixPath
from string import Template
from urllib.parse import quote

import numpy as np

from aisle.core.analysis import Analysis, Prediction, Timing
from aisle.core.colour import PALETTE, Colour, label_colour
from aisle.core.errors import UsageError
from aisle.core.features import Floats, Scores
from aisle.core.files import whole
from aisle.core.time import clock, seconds
from aisle.core.timeline import Segment, Timeline

_TOP = 5
_LINES = 6
_POINTS = 2000


@dataclass(frozen=True, slots=True, eq=False)
class _Curves:
    """`values` is points x lines, probabilities; point i is the highest of `merged` readings around start + i * step.

    `covers` is the stretch of time behind all points, which begins before the first and ends after the last.
    """

    labels: tuple[str, ...]
    values: Floats
    start: Fraction
    step: Fraction
    covers: tuple[Fraction, Fraction]
    merged: int


def write_report(analysis: Analysis, path: Path, *, video: str | None) -> None:
    """Writes the page. `video` is where the playing video lies as seen from the page's folder, with forward slashes.

    None leaves the video out; a browser that cannot play it says so, and the rest of the page works all the same.
    Raises UsageError for a `video` that is not relative, OutputError where the disk refuses.
    """
    page = _page(analysis, video)
    with whole(path) as part:
        # The fingerprints in the content security policy hold for these line ends.
        part.write_text(page, encoding="utf-8", newline="\n")


def _page(analysis: Analysis, video: str | None) -> str:
    timeline, curves = analysis.timeline, _curves(analysis.scores)
    style = _part("report.css") + _palette()
    script = _part("report.js")
    return Template(_part("report.html")).substitute(
        policy=_policy(style, script),
        style=style,
        script=script,
        name=_html(_name(analysis)),
        facts=_facts(analysis),
        screen=_screen(video),
        predictions="\n".join(map(_prediction, analysis.predictions[:_TOP])),
        curves=_explained(curves),
        count=_count(timeline),
        segments="\n".join(_row(segment, timeline.duration) for segment in timeline.segments),
        skipped=_skipped(timeline),
        notes=_remarks("Good to know", map(_html, analysis.notes)),
        making=_making(analysis),
        data=_data(analysis, curves),
    )


def _part(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Only this very style and script run, and nothing is fetched but the video."""
    return (
        f"default-src 'none'; style-src {_fingerprint(style)}; script-src {_fingerprint(script)}; "
        "media-src 'self' file:; base-uri 'none'; form-action 'none'"
    )


def _fingerprint(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


# --- the parts of the page, from top to bottom


def _facts(analysis: Analysis) -> str:
    info = analysis.info
    picture = f"{info.width} by {info.height} pixels"
    return " · ".join(_html(fact) for fact in (_length(analysis.timeline.duration), picture, analysis.model))


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
        f"To watch it, open <b>{_html(video)}</b> in a video player.</p>"
    )


def _prediction(prediction: Prediction) -> str:
    return (
        f'<li class="{_key(prediction.label)}"><span class="name">{_html(prediction.label)}</span>'
        f'<span class="percent">{_percent(prediction.probability)}</span>{_bar(prediction.probability)}</li>'
    )


def _explained(curves: _Curves) -> str:
    if not curves.labels:
        return "There are no readings of this video."
    full = _percent(_ceiling(curves))
    text = f"A row for each action that stood out at some moment. The higher, the surer; a row reaches up to {full}."
    if curves.merged > 1:
        text += f" Each point is the highest of {curves.merged} readings, so that no peak is lost."
    return text


def _count(timeline: Timeline) -> str:
    if not timeline.segments:
        return "No action was recognised."
    actions = len({segment.label for segment in timeline.segments})
    return f"{_many(len(timeline.segments), 'stretch', 'stretches')}, {_many(actions, 'action', 'actions')}"


def _row(segment: Segment, duration: Fraction) -> str:
    return (
        f"<tr><td>{_jump(segment.start, duration)}</td><td>{_short(segment.end, duration)}</td>"
        f"<td>{_length(_tenths(segment.end) - _tenths(segment.start))}</td>"
        f'<td><i class="{_key(segment.label)}"></i>{_html(segment.label)}</td>'
        f'<td class="{_key(segment.label)}"><span class="percent">{_percent(segment.score)}</span>'
        f"{_bar(segment.score)}</td></tr>"
    )


def _skipped(timeline: Timeline) -> str:
    return _remarks(
        "Not analysed",
        (
            f"{_jump(gap.start, timeline.duration)} to {_short(gap.end, timeline.duration)}: {_html(gap.reason)}"
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
        "Resolution": f"One reading every {float(grid.step):.2g} s, {_many(grid.count, 'reading', 'readings')} in all. "
        "An action shorter than that can be missed.",
        "How sure": "The model's own probability, from 0 to 100%. For a stretch it is the mean over the stretch.",
        "Time taken": _effort(analysis.timing, duration),
    }
    return "".join(f"<dt>{term}</dt><dd>{_html(text)}</dd>" for term, text in entries.items())


def _effort(timing: Timing, duration: Fraction) -> str:
    text = (
        f"{timing.total_s:.1f} s. Reading the pictures took {timing.decode_s:.1f} s and recognising actions "
        f"{timing.inference_s:.1f} s, partly at the same time."
    )
    if timing.total_s == 0:
        return text
    return f"{text} The video was analysed {float(duration) / timing.total_s:.1f} times as fast as it plays."


# --- the data for the script


def _curves(scores: Scores) -> _Curves:
    """The surest classes by their peak, held to `_POINTS` points a line by taking the highest of neighbours.

    The maximum, not the mean: a page about two hours must still show a peak of two seconds.
    """
    grid = scores.grid
    if grid.count == 0:
        return _Curves((), scores.values[:, :0], grid.start, grid.step, (grid.start, grid.end), merged=1)
    best = np.argsort(-scores.values.max(axis=0), kind="stable")[:_LINES]
    merged = -(-grid.count // _POINTS)
    return _Curves(
        labels=tuple(scores.labels[int(index)] for index in best),
        values=np.maximum.reduceat(scores.values[:, best], np.arange(0, grid.count, merged), axis=0),
        start=grid.start + ((merged - 1) * grid.step + grid.span) / 2,
        step=merged * grid.step,
        covers=(grid.start, grid.end),
        merged=merged,
    )


def _data(analysis: Analysis, curves: _Curves) -> str:
    timeline = analysis.timeline
    names = list(dict.fromkeys([*curves.labels, *(segment.label for segment in timeline.segments)]))
    numbers = {name: number for number, name in enumerate(names)}
    points = np.round(curves.values.astype(np.float64), 3)
    text = json.dumps(
        {
            "duration": seconds(timeline.duration),
            "labels": [{"name": name, "colour": _key(name)} for name in names],
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
                    for name, values in zip(curves.labels, points.T.tolist(), strict=True)
                ],
            },
        },
        allow_nan=False,
        separators=(",", ":"),
    )
    # Inside a script element only these could end it early; JSON reads the escapes as the same characters.
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _ceiling(curves: _Curves) -> float:
    """The probability at the full height of a row, the same for all of them so that they can be compared."""
    peak = curves.values.max(initial=0)
    return next((level for level in (0.25, 0.5) if peak <= level), 1.0)


# --- words and marks


def _html(text: str) -> str:
    return escape(text.encode("utf-8", "backslashreplace").decode("utf-8"))


def _name(analysis: Analysis) -> str:
    return Path(analysis.info.path).name or analysis.info.path


def _jump(time: Fraction, duration: Fraction) -> str:
    return f'<button data-at="{seconds(time)}">{_short(time, duration)}</button>'


def _short(time: Fraction, duration: Fraction) -> str:
    """The clock to a tenth of a second, with hours only where the video has some."""
    text = clock(_tenths(time))[:-2]
    return text if duration >= 3600 else text.removeprefix("0:")


def _tenths(time: Fraction) -> Fraction:
    # Halves go up, as in the script, so that both write the same.
    return Fraction(math.floor(time * 10 + Fraction(1, 2)), 10)


def _length(span: Fraction) -> str:
    if span < 60:
        return f"{float(span):.1f} s"
    minutes, rest = divmod(round(span), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _many(count: int, one: str, more: str) -> str:
    return f"{count:,} {one if count == 1 else more}"


def _percent(probability: float) -> str:
    return f"{100 * probability:.0f}%"


def _bar(probability: float) -> str:
    return f'<svg class="bar" aria-hidden="true"><rect width="{100 * probability:.1f}%" height="100%"/></svg>'


def _key(label: str) -> str:
    return _rule(label_colour(label))


def _rule(colour: Colour) -> str:
    """The name of the style rule that sets a colour; the page's policy forbids styles on single elements."""
    return f"k-{bytes(colour).hex()}"


def _palette() -> str:
    return "".join(f".{_rule(colour)} {{ --k: #{bytes(colour).hex()}; }}\n" for colour in PALETTE)
