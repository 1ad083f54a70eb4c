"""Parts of the shop's page: two periods beside each other, and what to look at because of the till."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from aisle.apps.report_compare import FEW, Comparison, sentence, span, told
from aisle.apps.report_figures import Period
from aisle.core.page import Column, Html, bullets, folded, many, section, short_clock, table, tag
from aisle.events.unpaid import Compared, Hint

_MOST = 40


def comparison(found: Sequence[Comparison], before: Period | None, now: Period) -> Html:
    """Nothing without another period."""
    if before is None:
        return Html()
    says = (
        f"“{now.name}” against “{before.name}”. Each of {len(found)} figures is compared by itself, and about one in "
        "20 such figures stands out by chance alone."
    )
    few = [period.name for period in (before, now) if period.people < FEW]
    warned = [f"Fewer than {FEW} people were seen in: {', '.join(few)}. That is too few to compare."] if few else []
    clear = [sentence(one, before.name, now.name) for one in found if one.clear]
    overall = [sentence(one, before.name, now.name) for one in found if not one.shelf and not one.clear]
    columns = [
        Column("Figure"),
        Column(before.name, number=True),
        Column(now.name, number=True),
        Column("Difference", number=True),
        Column("Range", number=True),
        Column(""),
    ]
    rows = [_row(one) for one in found]
    return section(
        "Two periods compared",
        bullets([*warned, *clear] or ["No figure differs by more than chance may do."]),
        folded("Figures that may differ by chance", bullets(overall)) if overall else Html(),
        table("Two periods compared", columns, rows),
        says=says,
    )


def _row(one: Comparison) -> list[str]:
    name = f"{one.shelf}: {one.name}" if one.shelf else one.name
    change = one.change
    values = [told(value, one.unit) for value in (one.before.value, one.now.value)]
    verdict = "beyond chance" if one.clear else "may be chance"
    return [name, *values, told(change.value, one.unit, signed=True), span(one), verdict]


def till(found: Compared, zone: tzinfo) -> Html:
    """What to look at; the words are chosen so that nobody is accused."""
    says = (
        "Products counted in the pictures when somebody left, beside what the till sold around that time. A difference "
        "is a reason to look at the recording and nothing else: counts from pictures are often wrong, people pay for "
        "each other, and tills print late. It says nothing about anybody's honesty."
    )
    compared = found.agreeing + len(found.hints)
    agree = [
        "Nobody left whose products could be compared with what was sold."
        if not compared
        else f"For {many(found.agreeing, 'person', 'people')} who left, the till sold at least what was counted.",
        *([f"Of {many(found.unknown, 'person', 'people')} the export does not speak."] if found.unknown else []),
    ]
    columns = [
        Column("Where to look"),
        Column("Left at", number=True),
        Column("Counted", number=True),
        Column("Sold", number=True),
        Column("To check", number=True),
        Column("Also to know"),
    ]
    rows = [_hint(hint, zone) for hint in found.hints[:_MOST]]
    rest = len(found.hints) - len(rows)
    more = tag("p", f"{rest} more are in the table beside this page.", class_="small") if rest > 0 else Html()
    nothing = tag("p", "There is nothing to look at.", class_="says") if compared else Html()
    drawn = table("Worth a look", columns, rows) if rows else nothing
    return section("Worth a look, beside the till", bullets(agree), drawn, more, says=says)


def _hint(hint: Hint, zone: tzinfo) -> list[str]:
    one = hint.leaving
    hidden = ["not all of it was in view"] if one.visit.concealed else []
    shared = ["others left around then, and a sale may be theirs"] if hint.shared else []
    at = short_clock(one.visit.end, one.visit.end).split(".")[0]
    return [
        f"{one.recording}, at {at}, person {one.visit.track}",
        f"{one.left.astimezone(zone):%Y-%m-%d %H:%M:%S}",
        str(one.visit.items),
        str(hint.sold),
        str(hint.more),
        "; ".join([*hidden, *shared]),
    ]
