from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aisle.core import InputError, UnknownNameError
from aisle.deploy.backbone import Model
from aisle.deploy.runtime import RUNTIMES, load_network
from streams import Floats, answers, clip, difference

Opener = Callable[[str], Model]
Size = tuple[int, int]

FRAMES = 96
SMALL, WIDE = (32, 48), (64, 32)

FARTHEST = {
    "openvino-int8": 0.6,
    "openvino-bf16": 0.1,
    "openvino-fp32": 1e-4,
    "onnxruntime": 1e-4,
    "pytorch": 0.0,
}
"""Of the PyTorch network's features, relative to their length, in the worst step. Random weights forgive roundings less
than trained ones; what int8 costs those is in docs/log.md.
"""


@pytest.fixture(scope="module")
def truth(opened: Opener) -> Callable[[Size], tuple[Floats, Floats]]:
    """Features and logits of the PyTorch network for pictures of a size."""

    @functools.cache
    def of(size: Size) -> tuple[Floats, Floats]:
        return answers(opened("pytorch"), clip(FRAMES, *size), [FRAMES])

    return of


@pytest.mark.parametrize("size", [SMALL, WIDE], ids=str)
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_every_runtime_says_what_pytorch_says(
    opened: Opener, truth: Callable[[Size], tuple[Floats, Floats]], runtime: str, size: Size
) -> None:
    features, logits = answers(opened(runtime), clip(FRAMES, *size), [FRAMES])
    assert difference(features, truth(size)[0]) <= FARTHEST[runtime]
    assert difference(logits, truth(size)[1]) <= FARTHEST[runtime]
    assert features.dtype == logits.dtype == np.float32
    assert features.shape == (FRAMES / 8, 7361)
    assert logits.shape == (FRAMES / 8, 400)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_no_runtime_minds_how_the_stream_is_cut(opened: Opener, runtime: str) -> None:
    frames = clip(FRAMES, *SMALL)
    whole, cut = (answers(opened(runtime), frames, lengths) for lengths in ([FRAMES], [56, 8, 24, 8]))
    assert difference(cut[0], whole[0]) < 1e-3
    assert difference(cut[1], whole[1]) < 1e-3


@pytest.mark.parametrize("runtime", ["openvino-int8", "onnxruntime"])
def test_a_step_alone_is_enough(opened: Opener, runtime: str) -> None:
    features, logits = answers(opened(runtime), clip(8, *SMALL), [8])
    assert (features.shape, logits.shape) == ((1, 7361), (1, 400))
    assert np.isfinite(features).all()


def test_two_streams_of_one_size_share_a_network_but_no_state(opened: Opener) -> None:
    model = opened("openvino-int8")
    one, other = clip(64, *SMALL, seed=3), clip(64, *SMALL, seed=4)
    streams = [model.stream(height=SMALL[0], width=SMALL[1]) for _ in range(2)]
    parts = [
        [stream.push(frames[cut], last=last) for stream, frames in zip(streams, (one, other), strict=True)]
        for cut, last in ((slice(0, 56), False), (slice(56, 64), True))
    ]
    for index, frames in enumerate((one, other)):
        mixed = np.concatenate([part[index][0] for part in parts])
        assert difference(mixed, answers(model, frames, [64])[0]) < 1e-3


def test_an_unknown_runtime_is_met_with_the_nearest(tiny_bundle: Path) -> None:
    with pytest.raises(UnknownNameError, match="did you mean openvino-int8"):
        load_network("openvino-int4", tiny_bundle, height=32, width=32)


def test_a_format_that_the_bundle_lacks_is_told_with_what_makes_it(tiny_bundle: Path) -> None:
    with pytest.raises(InputError, match=r"the bundle lacks onnx/network.onnx.*aisle models export .* --to onnx"):
        load_network("onnxruntime", tiny_bundle, height=32, width=32)
