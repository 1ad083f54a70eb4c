"""Published weights to a bundle: convert, quantise, compare with the PyTorch network, write the card. Needs PyTorch."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aisle.core import OutputError, Progress, silent
from aisle.data.rendered import textures
from aisle.deploy.bundle import Bundle, Check, bundle_folder, write_card
from aisle.deploy.cache import locked, rebuilt
from aisle.deploy.convert import state_shapes, to_openvino
from aisle.deploy.network import Array, Arrays, Network
from aisle.deploy.quantize import quantize
from aisle.deploy.reference import as_runtime, streaming_network
from aisle.deploy.runtime import load_network, openvino
from aisle.deploy.stream import PieceStream
from aisle.deploy.weights import sha256
from aisle.media.fit import fit
from aisle.media.read import Reader
from aisle.models.card import Card

Clip = npt.NDArray[np.uint8]

CALIBRATION_CLIPS = 8
CHECK_CLIPS = 2
STAGES = 6


def build_into_cache(
    card: Card,
    *,
    weights: Path | None = None,
    calibrate_on: Sequence[Path] = (),
    again: bool = False,
    progress: Progress = silent,
) -> Path:
    """The folder of `card`'s bundle, built if it is missing or `again`. Two processes never build at the same time.

    `weights` is a folder that holds the published file; int8 is calibrated on the videos given, else on generated
    ones. Raises UnreachableError without a network, MissingPartError without PyTorch, OutputError on a full disk;
    nothing half built stays.
    """
    target = bundle_folder(card.name)
    with locked(f"bundle-{card.name}"):
        if target.is_dir() and not again:
            return target
        with rebuilt(target) as place:
            place.mkdir()
            exact, integer = (streaming_network(card, centre=centre, weights=weights) for centre in (127.5, 128.0))
            clips = clips_of(calibrate_on, card) if calibrate_on else generated_clips(CALIBRATION_CLIPS, card, seed=1)
            build(card, exact, integer, place, clips=clips, progress=progress)
    return target


def build(
    card: Card, exact: Any, integer: Any, folder: Path, *, clips: Iterable[Clip], progress: Progress = silent
) -> Bundle:
    """Writes the bundle into `folder`. `integer` is the network whose zero is a whole byte, for int8."""
    states = state_shapes(exact)
    (folder / "openvino").mkdir()
    example = first_call(exact, generated_clips(1, card, seed=0))
    progress(1, STAGES)
    save(to_openvino(exact, example), folder / "openvino/fp32.xml")
    progress(2, STAGES)
    calls = [call for clip in clips for call in _calls(folder, card, states, clip)]
    progress(3, STAGES)
    quantized = quantize(to_openvino(integer, example), calls, [state.keep for state in states])
    save(quantized, folder / "openvino/int8.xml")
    progress(4, STAGES)
    held_out = list(generated_clips(CHECK_CLIPS, card, seed=2))
    checks = compare(card, exact, folder, ["openvino-fp32", "openvino-bf16", "openvino-int8"], held_out)
    progress(5, STAGES)
    bundle = Bundle(card, states, checks, made=made("torch", "openvino", "nncf"), files=hashes(folder))
    write_card(bundle, folder)
    progress(6, STAGES)
    return bundle


def compare(card: Card, network: Any, folder: Path, runtimes: Iterable[str], clips: Sequence[Clip]) -> dict[str, Check]:
    """Each runtime's features and answers beside those of the PyTorch `network`, over all steps of `clips`."""
    states = state_shapes(network)

    def answers(run: Network) -> tuple[Array, Array]:
        parts = [_stream(run, card, states, clip).push(clip, last=True) for clip in clips]
        return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])

    truth, wanted = answers(as_runtime(network))
    height, width = clips[0].shape[1:3]
    checks = {}
    for name in runtimes:
        got, said = answers(load_network(name, folder, height=height, width=width))
        cosine = (truth * got).sum(1) / (np.linalg.norm(truth, axis=1) * np.linalg.norm(got, axis=1))
        same = float((said.argmax(1) == wanted.argmax(1)).mean())
        checks[name] = Check(len(truth), round(float(cosine.mean()), 6), round(float(cosine.min()), 6), round(same, 4))
    return checks


def generated_clips(count: int, card: Card, *, seed: int) -> Iterator[Clip]:
    """Moving pictures with the statistics of natural ones, as long as what the network was trained on."""
    side = card.reads.short_side
    return textures(count=count, frames=card.steps.trained_frames, width=side, height=side, seed=seed)


def clips_of(videos: Iterable[Path], card: Card) -> Iterator[Clip]:
    """The first frames of each of the user's videos, all brought to one size, in pieces of the trained length."""
    side, length = fit(1, 1, short_side=card.reads.short_side, multiple=card.reads.multiple), card.steps.trained_frames
    for video in videos:
        with Reader(video, size=side, rate=card.reads.rate) as reader:
            images = [frame.image for frame, _ in zip(reader, range(length), strict=False)]
        yield np.stack([images[min(index, len(images) - 1)] for index in range(length)])


def first_call(network: Any, clips: Iterable[Clip]) -> Arrays:
    """What a network is given when a stream starts and ends with the first of `clips`."""
    clip = next(iter(clips))
    height, width = clip.shape[1:3]
    zeros = [state.begin(height=height, width=width) for state in state_shapes(network)]
    return [clip, np.zeros(1, np.float32), np.zeros(1, np.float32), *zeros]


def save(model: Any, path: Path) -> None:
    """An OpenVINO model as it is. Raises OutputError."""
    try:
        openvino().save_model(model, path, compress_to_fp16=False)
    except RuntimeError as error:  # OpenVINO does not say why it cannot write
        free = shutil.disk_usage(path.parent).free >> 20
        raise OutputError(f"cannot write {path}", got=f"{error}, {free} MB are free", do="free some space") from error


def _calls(folder: Path, card: Card, states: Sequence[Any], clip: Clip) -> list[Arrays]:
    """What the network is given while it streams `clip`, states and all."""
    height, width = clip.shape[1:3]
    network = load_network("openvino-fp32", folder, height=height, width=width)
    calls: list[Arrays] = []

    def recorded(inputs: Arrays) -> list[Array]:
        calls.append(inputs)
        return network(inputs)

    stream = _stream(recorded, card, states, clip)
    stream.push(clip[: card.steps.first], last=False)
    stream.push(clip[card.steps.first :], last=True)
    return calls


def _stream(network: Network, card: Card, states: Sequence[Any], clip: Clip) -> PieceStream:
    return PieceStream(network, tuple(states), card.steps, height=clip.shape[1], width=clip.shape[2])


def made(*packages: str) -> dict[str, str]:
    """When and where a bundle is made, and with which versions of aisle and `packages`."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: version(name) for name in ("aisle", *packages)},
    }


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a bundle but its card, by relative path."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "card.json")
    return {path.relative_to(folder).as_posix(): sha256(path) for path in files}
