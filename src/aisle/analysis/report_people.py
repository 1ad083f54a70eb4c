"""The part of a video's page that tells who was seen and what they did with products."""

from __future__ import annotations

from fractions import Fraction

from aisle.analysis.seen import Seen
from aisle.core.interaction import Interaction, InteractionKind
from aisle.core.page import length, many, percent, short_clock, text
from aisle.core.time import seconds

_NOTE = "A hint for whoever looks at the video, never a verdict."


def people_section(seen: Seen, duration: Fraction) -> str:
    """HTML: how many people and products in a sentence, and every interaction with a button to its moment."""
    rows = "".join(_row(did, duration) for did in seen.interactions)
    head = "".join(f"<th>{title}</th>" for title in ("Start", "Person", "What", "Product", "Shelf", "How sure"))
    table = (
        f'<div class="sheet" tabindex="0" role="region" aria-label="What people did"><table class="people">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
    return f"<section><h2>People</h2><p>{_told(seen)}</p>{table if rows else ''}</section>"


def jump(time: Fraction, duration: Fraction) -> str:
    """A button that takes the page's video to `time` seconds."""
    return f'<button data-at="{seconds(time)}">{short_clock(time, duration)}</button>'


def _told(seen: Seen) -> str:
    if not seen.visits:
        return "Nobody was seen."
    stay = sum((visit.end - visit.start for visit in seen.visits), Fraction(0)) / len(seen.visits)
    told = f"{many(len(seen.visits), 'person was', 'people were')} followed, for {length(stay)} on average."
    counts = [(kind, sum(did.kind is kind for did in seen.interactions)) for kind in InteractionKind]
    did = [f"{count} times {kind.value}" if count > 1 else f"once {kind.value}" for kind, count in counts if count]
    told += f" Products: {', '.join(did)}." if did else " No product was seen to be handled."
    is_hidden = any(did.kind is InteractionKind.CONCEALED for did in seen.interactions)
    return f"{told} {_NOTE}" if is_hidden else told


def _row(did: Interaction, duration: Fraction) -> str:
    return (
        f"<tr><td>{jump(did.start, duration)}</td><td>{did.track}</td><td>{text(did.kind.value)}</td>"
        f"<td>{text(did.product or '—')}</td><td>{text(did.zone or '—')}</td><td>{percent(did.confidence)}</td></tr>"
    )
