"""How well pictures are predicted and reconstructed after a few minutes of learning from moving shapes, on one thread.

    benchmarks/prediction.py [METHOD]... [--minutes M] [--sequences N] [--folder DIR]

The protocol of Moving MNIST, with shapes of our own (aisle.data.moving_shapes): 10 pictures are seen, 10 predicted;
what is learnt from is drawn anew in every step and never seen again, what is judged on is drawn from another seed. Each
small network learns for so many minutes of the processor, those that predict in bf16, is packaged, and is judged as
packaged, on the quickest runtime that agrees with PyTorch. Whoever predicts is compared with copying the last picture,
and with black ones; whoever reconstructs has no such rival. DIR keeps the bundles. Methods that are not named keep
their figures of the last run.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import record
import torch
from torch import Tensor

from aisle.core import LabelSet
from aisle.data.moving_shapes import AHEAD, JUDGED, moving_shapes
from aisle.deploy.clip_package import package_network
from aisle.deploy.cost import parameters
from aisle.deploy.pixels import best_runtime, open_pixels
from aisle.deploy.pixels_package import package_pixels
from aisle.deploy.published import bundle_card
from aisle.evaluate.prediction import Judge
from aisle.models.entry import network
from aisle.train.pretexts import Method, method

BATCH, WARM, SEED = 8, 0.05, 1
RATE, SLOWLY = 2e-3, {"gan": 5e-4}
"""Of learning, and where two networks learn against each other."""

TIMED = 20
"""Windows over which a packaged network is timed."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("methods", nargs="*", default=["lstm", "simvp", "vae", "gan", "masked"])
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--sequences", type=int, default=1000)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    figures = record.load("prediction")
    figures["black"] = black(given.sequences)
    with tempfile.TemporaryDirectory() as scratch:
        for name in given.methods:
            figures[name] = measured(method(name), given.folder or Path(scratch), given.minutes, given.sequences)
            record.save("prediction", figures)


def black(sequences: int) -> dict[str, Any]:
    """What black pictures come to: much of a picture is black, so they beat a copy by the squared error."""
    judge = Judge()
    for sequence in moving_shapes(sequences, seed=JUDGED):
        judge.add(np.zeros((AHEAD, *sequence.shape[1:]), np.float32), sequence)
    return asdict(judge.report().all)


def measured(way: Method, folder: Path, minutes: float, sequences: int) -> dict[str, Any]:
    """Learns, packages into `folder`, and judges."""
    card = way.card(None)
    torch.manual_seed(SEED)
    pretext: Any = way.pretext(card, network(card, 1), {})
    steps, losses = learnt(way, pretext, minutes)
    bundle, samples = folder / way.name, list(moving_shapes(24, frames=pretext.frames, seed=SEED + 2))
    told = bundle_card(card, LabelSet(("clip",)), weights_told="learnt by a benchmark")
    package_network(pretext.network, told, bundle, samples=[{"rgb": one[: card.sampling.frames]} for one in samples])
    packaged = package_pixels(pretext, bundle, samples=samples)
    pixels, judge = open_pixels(bundle), Judge()
    for sequence in moving_shapes(sequences, frames=pretext.frames, seed=JUDGED):
        judge.add(pixels.pictures(sequence[None])[0], sequence)
    begun = process_time()
    for sequence in moving_shapes(TIMED, frames=pretext.frames, seed=JUDGED):
        pixels.errors(sequence[None])
    return {
        "network": card.name,
        "parameters_m": round(parameters(pretext), 3),
        "minutes": minutes,
        "steps": steps,
        "sequences_learnt": steps * BATCH,
        "losses": losses,
        "runtime": best_runtime(packaged),
        "ms_a_window": round(1000 * (process_time() - begun) / TIMED, 1),
        **judge.report().to_json(),
    }


def learnt(way: Method, pretext: Any, minutes: float) -> tuple[int, list[float | None]]:
    """Steps that were taken in so many minutes of the processor, and the mean error of pixels in each tenth of them."""
    rate = SLOWLY.get(way.name, RATE)
    optimizers = [torch.optim.AdamW(list(turn.weights(pretext)), rate) for turn in way.turns]
    sequences, begun, steps = drawn(pretext.frames), process_time(), 0
    told: list[tuple[float, float]] = []
    pretext.train()
    while (share := (process_time() - begun) / (60 * minutes)) < 1:
        x = torch.stack([next(sequences) for _ in range(BATCH)])
        for turn, optimizer in zip(way.turns, optimizers, strict=True):
            optimizer.param_groups[0]["lr"] = rate * min(share / WARM + 0.01, 0.5 + 0.5 * math.cos(math.pi * share))
            with torch.autocast("cpu", torch.bfloat16, enabled=pretext.ahead > 0):
                losses = turn.loss(pretext, x)
            optimizer.zero_grad(set_to_none=True)
            losses["loss"].backward()
            torch.nn.utils.clip_grad_norm_(list(turn.weights(pretext)), 1.0)
            optimizer.step()
        told.append((share, float(losses["pixels"].detach())))
        steps += 1
        if steps % 20 == 0:
            print(f"{way.name} {share:.2f} {steps} {np.mean([one for _, one in told[-20:]]):.5f}", flush=True)
    pretext.eval()
    tenths = [[one for at, one in told if tenth <= 10 * at < tenth + 1] for tenth in range(10)]
    return steps, [round(float(np.mean(tenth)), 5) if tenth else None for tenth in tenths]


def drawn(frames: int) -> Iterator[Tensor]:
    """Sequences (3, frames, 64, 64) in [0, 1] without end."""
    for sequence in moving_shapes(2**31, frames=frames, seed=SEED):
        yield torch.from_numpy(sequence).permute(3, 0, 1, 2).float() / 255


if __name__ == "__main__":
    main()
