"""Every way of learning without labels, for some minutes of a processor, and what its features are worth then.

Learns from half of the films of jhmdb, without their labels, and from all other shared videos of people; the features
are probed on the other half of the films, which no network has seen. DIR keeps the bundles and their courses; methods
that are not named keep their figures of the last run.

    python benchmarks/pretraining.py DIR [METHOD ...] [--minutes 2]
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import record
from accuracy import JHMDB
from probes import TWINS, told

from aisle.apps.probe_files import table
from aisle.apps.probing import RANDOM, USUAL, Asked, probed
from aisle.deploy.clip import read_clip_bundle

OTHERS = ("surveillance_fight", "shoplifting_lab", "cctv_samples")

METHODS: dict[str, tuple[str, ...]] = {
    "contrastive": (
        *("--precision", "bf16"),
        *("--model", "slow-moving-tiny", "--set", "batch=64", "--set", "learning_rate=0.003"),
        *("--set", "temperature=0.1"),
    ),
    "order": ("--model", "slow-moving-tiny"),
    "vae": (),
    "gan": (),
    "lstm": (),
    "simvp": (),
    "masked": (),
}
"""And what is set, chosen on clips of the films that are learnt from."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("methods", nargs="*", default=[*METHODS])
    parser.add_argument("--minutes", type=float, default=2)
    given = parser.parse_args()
    unlabelled, labelled = halves(given.folder)
    figures = record.load("pretraining")
    for method in given.methods:
        bundle = given.folder / method
        if not bundle.exists():
            command = ["pretrain", "--data", str(unlabelled), "--method", method, "--out", str(bundle)]
            more = ["--minutes", str(given.minutes), "--workers", "0", *METHODS[method]]
            kept = ["--features", str(given.folder / "pictures")]
            subprocess.run([sys.executable, "-m", "aisle", *command, *more, *kept], check=True)
        figures[method] = {"minutes": given.minutes, **probe(bundle, labelled)}
        record.save("pretraining", figures)


def halves(folder: Path) -> tuple[Path, Path]:
    """Links to what is learnt from, without labels, and to what is probed on, with them."""
    unlabelled, labelled = folder / "unlabelled", folder / "labelled"
    with (JHMDB / "clips.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        learnt = hashlib.sha1(row["group"].encode(), usedforsecurity=False).digest()[0] % 2 == 0
        row["kept"] = "" if learnt else "yes"
        link((unlabelled / "jhmdb" if learnt else labelled) / row["path"], JHMDB / row["path"])
    for other in OTHERS:
        for video in (JHMDB.parent / other).rglob("*.mp4"):
            link(unlabelled / other / video.relative_to(JHMDB.parent / other), video)
    with (labelled / "clips.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["path", "label", "group"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(row for row in rows if row["kept"])
    return unlabelled, labelled


def link(path: Path, target: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.symlink_to(target.resolve())


def probe(bundle: Path, labelled: Path) -> dict[str, Any]:
    found = probed(Asked(str(bundle), labelled, against=(USUAL,), quiet=True, twins=TWINS))
    print(table(found), flush=True)
    rows = {row.name: row for row in found.report.rows}
    card = read_clip_bundle(bundle)
    return {
        "network": card.network,
        "parameters": card.parameters,
        "measured": dict(card.measured),
        "alone": told(rows[found.model.name], found.report),
        RANDOM: told(rows[RANDOM], found.report),
        USUAL: told(rows[USUAL], found.report),
        f"with {USUAL}": told(rows[f"{found.model.name} + {USUAL}"], found.report),
        "doubts": list(found.doubts),
    }


if __name__ == "__main__":
    main()
