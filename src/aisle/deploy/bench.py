"""How fast a model runs on this machine, part by part, and how far that is from what the processor can do."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from aisle.analysis.backbone import Backbone
from aisle.analysis.video import analyze
from aisle.core import InputError, Progress, silent
from aisle.deploy.headed import HeadedModel
from aisle.deploy.model import Opened
from aisle.deploy.runtime import openvino
from aisle.media.fit import fit
from aisle.media.probe import probe
from aisle.media.read import Reader

PIECE = 64


@dataclass(frozen=True, slots=True)
class Speed:
    """Frames are the model's, at its rate; `times_real` is seconds of video a second; flops count multiply and add."""

    model: str
    runtime: str
    video: str
    size: str
    seconds: float
    decode_fps: float
    inference_fps: float
    whole_fps: float
    times_real: float
    gflops: float
    peak_int8_gflops: float
    peak_fp32_gflops: float
    memory_mb: float

    def __str__(self) -> str:
        peaks = self.peak_int8_gflops, self.peak_fp32_gflops
        shares = self.gflops / peaks[0], self.gflops / peaks[1]
        lines = {
            "model": f"{self.model} on {self.runtime}, pictures of {self.size}",
            "video": f"{self.video}, {self.seconds:.1f} s",
            "decoding alone": f"{self.decode_fps:.0f} frames/s",
            "inference alone": f"{self.inference_fps:.0f} frames/s, {self.gflops:.0f} GFLOP/s",
            "both together": f"{self.whole_fps:.0f} frames/s, {self.times_real:.2f} times real time",
            "processor's peak": f"int8 {peaks[0]:.0f}, fp32 {peaks[1]:.0f} GFLOP/s (measured)",
            "share of the peak": f"int8 {shares[0]:.0%}, fp32 {shares[1]:.0%}",
            "peak memory": f"{self.memory_mb:.0f} MB",
        }
        return "\n".join(f"{key + ':':20}{value}" for key, value in lines.items())


def measure(video: str | Path, model: Opened, *, progress: Progress = silent) -> Speed:
    """Each part is run once to warm up and then timed. Takes a few times the analysis of the video."""
    info = probe(video)
    backbone = model.backbone if isinstance(model, HeadedModel) else model
    width, height = fit(info.width, info.height, short_side=model.reads.short_side, multiple=model.reads.multiple)
    inference = inference_fps(model, height=height, width=width)
    progress(1, 4)
    frames, decode = _decoding(video, (width, height), model.reads.rate)
    progress(2, 4)
    begun = perf_counter()
    seconds = analyze(video, model).timeline.duration
    whole = perf_counter() - begun
    progress(3, 4)
    peaks = peak_gflops(integers=True), peak_gflops(integers=False)
    progress(4, 4)
    return Speed(
        model=model.name,
        runtime=model.runtime,
        video=f"{Path(info.path).name} ({info.width}x{info.height}, {float(info.rate):.2f} frames/s, {info.codec})",
        size=f"{width}x{height}",
        seconds=float(seconds),
        decode_fps=frames / decode,
        inference_fps=inference,
        whole_fps=frames / whole,
        times_real=float(seconds) / whole,
        gflops=inference * backbone.gflops(height=height, width=width),
        peak_int8_gflops=peaks[0],
        peak_fp32_gflops=peaks[1],
        memory_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def inference_fps(model: Backbone, *, height: int, width: int, pieces: int = 6) -> float:
    """Frames a second of the network alone, in the middle of a stream; the best of `pieces`, as others use the
    machine.
    """
    rng, stride = np.random.default_rng(0), model.steps.stride
    length = -(-max(PIECE, model.steps.trained_frames) // stride) * stride  # as many answers for every piece
    piece = rng.integers(0, 256, (length, height, width, 3), np.uint8)
    stream = model.stream(height=height, width=width)
    times = []
    for _ in range(pieces + 2):
        begun = perf_counter()
        stream.push(piece, last=False)
        times.append(perf_counter() - begun)
    return length / min(times[2:])


def peak_gflops(*, integers: bool) -> float:
    """What the processor reaches on one large convolution, 256 to 256 channels, 3x3, on 8 pictures of 56x56."""
    ov = openvino()
    ops = ov.opset13
    rng = np.random.default_rng(0)
    x = ops.parameter([8, 256, 56, 56], np.float32)
    weight = rng.standard_normal((256, 256, 3, 3)).astype(np.float32)
    taken: Any = x
    kernel: Any = ops.constant(weight)
    if integers:
        taken = ops.fake_quantize(x, *(ops.constant(np.float32(bound)) for bound in (0, 2.55, 0, 2.55)), 256)
        kernel = ops.fake_quantize(kernel, *(ops.constant(np.float32(bound)) for bound in (-5, 5, -5, 5)), 255)
    convolved = ops.convolution(taken, kernel, [1, 1], [1, 1], [1, 1], [1, 1])
    out = ops.reduce_max(ops.relu(convolved), ops.constant([2, 3]))
    hints = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    request = ov.Core().compile_model(ov.Model([out], [x]), "CPU", hints).create_infer_request()
    data = [rng.random((8, 256, 56, 56), np.float32)]
    times = []
    for _ in range(6):
        begun = perf_counter()
        request.infer(data)
        times.append(perf_counter() - begun)
    return 2 * 8 * 256 * 256 * 9 * 56 * 56 / min(times) / 1e9


def _decoding(video: str | Path, size: tuple[int, int], rate: Fraction) -> tuple[int, float]:
    with Reader(video, size=size, rate=rate) as reader:
        frames = sum(1 for _ in reader)
    if frames == 0:
        raise InputError(f"no picture of {video} could be read", got=f"{len(reader.skipped)} damaged stretches")
    return frames, reader.decode_s
