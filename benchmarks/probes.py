"""How good features learnt without labels are on jhmdb: beside random weights, beside I3D, and together with it.

Names are folders of bundles, as `aisle pretrain` writes them. Each is probed as by `aisle evaluate --probe`, by source
film, and its figures replace those that results/probes.json has of the same name.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import record
from accuracy import JHMDB

from aisle.apps.probe_files import HOW, table
from aisle.apps.probing import RANDOM, USUAL, Asked, probed
from aisle.deploy.clip import read_clip_bundle
from aisle.evaluate.bootstrap import Interval
from aisle.evaluate.probes import LINEAR, ProbeReport, Row

FEW = 0.1
"""Of the labels: where features learnt without any should help."""


TWINS = 1
"""Random weights of each network: every draw costs a pass over the data."""


def in_percent(span: Interval) -> list[float]:
    """The figure and its interval."""
    return [round(100 * value, 1) for value in (span.value, span.low, span.high)]


def told(row: Row, report: ProbeReport) -> dict[str, Any]:
    shown = {f"{measure} {share:g}": row.figure(measure, share) for measure, share in report.columns}
    figures = {name: in_percent(one.interval) for name, one in shown.items() if one}
    lead = {"ahead of random": in_percent(row.lead)} if row.lead else {}
    return {"numbers": row.width, "seen": row.seen, **figures, **lead}


def probe(folder: Path) -> tuple[dict[str, Any], ProbeReport]:
    found = probed(Asked(str(folder), JHMDB, against=(USUAL,), quiet=True, twins=TWINS))
    print(table(found), flush=True)
    rows = {row.name: row for row in found.report.rows}
    card = read_clip_bundle(folder)
    mine = {
        "network": card.network,
        "gflops_a_view": card.gflops,
        "trained_on": card.trained_on,
        "alone": told(rows[found.model.name], found.report),
        RANDOM: told(rows[RANDOM], found.report),
        f"with {USUAL}": told(rows[f"{found.model.name} + {USUAL}"], found.report),
        "doubts": list(found.doubts),
    }
    return mine | {"comparison": told(rows[USUAL], found.report)}, found.report


def summary(methods: dict[str, Any], usual: dict[str, Any]) -> dict[str, Any]:
    """Of the best ones: points ahead of random weights, and beside I3D with few labels."""
    ahead = {name: one["alone"]["ahead of random"][0] for name, one in methods.items()}
    few = f"{LINEAR} {FEW:g}"
    best, fused = (
        max(ahead, key=ahead.__getitem__),
        {name: one[f"with {USUAL}"][few][0] for name, one in methods.items()},
    )
    nearest = max(fused, key=fused.__getitem__)
    return {
        "most_ahead_of_random": [best, ahead[best]],
        f"best_fused_with_{FEW:.0%}_of_labels": [nearest, fused[nearest]],
        f"{USUAL}_with_{FEW:.0%}_of_labels": usual[few][0],
        "points_from_it": round(fused[nearest] - usual[few][0], 1),
        "points_from_it_alone": round(max(one["alone"][few][0] for one in methods.values()) - usual[few][0], 1),
    }


def main() -> None:
    figures = record.load("probes")
    methods: dict[str, Any] = figures.get("methods", {})
    for folder in map(Path, sys.argv[1:]):
        mine, report = probe(folder)
        usual = mine.pop("comparison")
        methods[folder.name] = mine
        amounts = {f"{one.share:g}": {"clips": one.clips, "classes": one.classes} for one in report.labelled}
        figures = {"data": JHMDB.name, "clips": sum(report.support.values()), "how": HOW, "labels": amounts}
        figures |= {"frequent_class": round(100 * report.frequent, 1), USUAL: usual, "methods": methods}
        record.save("probes", figures | {"summary": summary(methods, usual)})


if __name__ == "__main__":
    main()
