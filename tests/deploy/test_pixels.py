from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from aisle.core import DamagedError, InputError, OutputError, UnknownNameError, UsageError
from aisle.data.rendered import textures
from aisle.deploy.bundle import verify
from aisle.deploy.clip import read_clip_bundle
from aisle.deploy.pixels import (
    PIXEL_RUNTIMES,
    PixelCheck,
    PixelsCard,
    best_runtime,
    covers,
    has_pixels,
    open_pixels,
    read_pixels_card,
    squeezed,
)
from aisle.deploy.pixels_package import package_pixels, there_and_back
from aisle.train.objectives import OBJECTIVES
from pixel_networks import card_of, painted, pretext_of

Made = tuple[Path, Any, PixelsCard]


@pytest.fixture(scope="module", params=["vae", "gan", "masked", "simvp"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("pixels") / request.param
    return folder, *painted(request.param, folder)


def windows(card: PixelsCard, count: int = 2, *, side: int = 32) -> np.ndarray:
    return np.stack(list(textures(count=count, frames=card.frames, width=side, height=side, seed=5)))


def test_the_card_says_what_it_takes(made: Made) -> None:
    folder, pretext, card = made
    assert read_pixels_card(folder) == card
    assert (card.frames, card.ahead, card.doubts) == (pretext.frames, pretext.ahead, card.network == "gan")
    assert card.predicts == (card.network == "simvp")
    assert card.painted == (2 if card.predicts else card.frames)
    assert card.rate == (Fraction(10) if card.predicts else Fraction(15, 2))
    assert {"pixels.onnx", "fp32.xml", "fp32.bin"} <= set(card.files)
    assert set(card.checks) == set(PIXEL_RUNTIMES)


def test_the_bundle_answers_for_its_pixels_too(made: Made) -> None:
    folder, _, card = made
    bundle = read_clip_bundle(folder)
    assert {f"pixels/{name}" for name in card.files} <= set(bundle.files)
    verify(bundle.files, folder)


def test_packaged_it_paints_as_pytorch_does(made: Made) -> None:
    folder, pretext, card = made
    frames = windows(card)
    x = torch.from_numpy(frames).permute(0, 4, 1, 2, 3).float() / 255
    with torch.no_grad():
        wanted = pretext.pictures(x).permute(0, 2, 3, 4, 1).numpy()
    came = frames[:, -card.painted :] / 255
    for runtime in ("openvino-fp32", "onnxruntime"):
        looked = open_pixels(folder, runtime=runtime).looked(frames)
        np.testing.assert_allclose(looked.pictures, wanted, atol=1e-3)
        np.testing.assert_allclose(looked.errors, np.square(wanted - came).mean(4), atol=2e-3)
        assert looked.pictures.dtype == looked.errors.dtype == np.float32
        if card.doubts:
            with torch.no_grad():
                np.testing.assert_allclose(looked.doubts, pretext.doubts(x).numpy(), atol=1e-3)
        else:
            assert looked.doubts is None


def test_the_quickest_runtime_that_agrees_is_taken(made: Made) -> None:
    folder, _, card = made
    chosen, exact = open_pixels(folder), open_pixels(folder, runtime="openvino-fp32")
    frames = windows(card, 1)
    assert np.sqrt(np.square(chosen.pictures(frames) - exact.pictures(frames)).mean()) < 0.02
    assert best_runtime(card) in PIXEL_RUNTIMES


def test_larger_pictures_are_squeezed(made: Made) -> None:
    folder, _, card = made
    pixels = open_pixels(folder, runtime="openvino-fp32")
    large = windows(card, 1, side=64)
    assert np.array_equal(pixels.errors(large), pixels.errors(squeezed(large, 32, 32)))
    assert pixels.errors(large).shape == (1, card.painted, 32, 32)


def test_windows_of_another_length_are_refused(made: Made) -> None:
    folder, _, card = made
    with pytest.raises(UsageError, match=r"takes windows of pictures; got: \(1, 3, 32, 32, 3\)"):
        open_pixels(folder).errors(windows(card, 1)[:, :3])


CARD = PixelsCard("vae", Fraction(10), 8, 0, 32, 32, False)
FILES = {"fp32.xml": "", "int8.xml": "", "pixels.onnx": ""}


@pytest.mark.parametrize(
    ("int8", "bf16", "files", "chosen"),
    [
        ((0.005, 0.99), (0.001, 1.0), FILES, "openvino-int8"),
        ((0.02, 0.99), (0.001, 1.0), FILES, "openvino-bf16"),
        ((0.005, 0.9), (0.001, 1.0), FILES, "openvino-bf16"),
        ((0.02, 0.99), (0.02, 1.0), FILES, "openvino-fp32"),
        ((0.005, 0.99), (0.001, 1.0), {"pixels.onnx": ""}, "onnxruntime"),
    ],
)
def test_what_is_taken_by_the_card(
    int8: tuple[float, float], bf16: tuple[float, float], files: dict[str, str], chosen: str
) -> None:
    checks = {"openvino-int8": PixelCheck(4, *int8), "openvino-bf16": PixelCheck(4, *bf16)}
    card = PixelsCard("vae", Fraction(10), 8, 0, 32, 32, False, checks=checks, files=files)
    assert best_runtime(card) == chosen


# --- what can be wrong


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("alone") / "vae"
    card_of("vae", folder)
    return folder


def test_a_bundle_without_pixels_says_so(encoder: Path) -> None:
    assert not has_pixels(encoder)
    with pytest.raises(InputError, match=r"paints no pictures; .*allowed: a bundle by aisle pretrain"):
        open_pixels(encoder)


def test_samples_of_any_length_and_size_are_calibrated_on(encoder: Path) -> None:
    samples = list(textures(count=5, frames=3, width=48, height=40, seed=1))
    card = package_pixels(pretext_of("vae"), encoder, samples=samples, size=(24, 40))
    try:
        assert (card.height, card.width) == (24, 40)
        assert card.checks["openvino-fp32"].clips == 4
        with pytest.raises(OutputError, match="it exists"):
            package_pixels(pretext_of("vae"), encoder)
        with pytest.raises(UnknownNameError):
            open_pixels(encoder, runtime="openvino")
        (encoder / "pixels/int8.bin").write_bytes(b"")
        with pytest.raises(DamagedError, match="is damaged"):
            open_pixels(encoder, runtime="openvino-int8")
    finally:
        for path in (encoder / "pixels").iterdir():
            path.unlink()
        (encoder / "pixels").rmdir()


def test_another_network_than_was_learnt_is_refused(encoder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aisle.deploy.pixels_package.EXACT", -1.0)
    with pytest.raises(DamagedError, match="paints otherwise on onnxruntime"):
        package_pixels(pretext_of("vae"), encoder, size=(16, 16))
    assert not has_pixels(encoder)


def test_painting_needs_no_pytorch(made: Made) -> None:
    folder, _, card = made
    code = (
        "import sys, numpy; from pathlib import Path; from aisle.deploy.pixels import open_pixels; "
        f"open_pixels(Path({str(folder)!r})).errors(numpy.zeros((1, {card.frames}, 32, 32, 3), numpy.uint8)); "
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# --- sizes and orders


def test_a_new_pixel_is_the_mean_of_what_it_covers() -> None:
    frames = np.arange(2 * 4 * 6 * 3, dtype=np.uint8).reshape(1, 2, 4, 6, 3)
    wanted = frames.reshape(1, 2, 2, 2, 3, 2, 3).mean((3, 5))
    assert np.abs(squeezed(frames, 2, 3).astype(float) - wanted).max() <= 0.5
    assert squeezed(frames, 4, 6) is frames
    np.testing.assert_allclose(covers(5, 2), [[0.4, 0.4, 0.2, 0, 0], [0, 0, 0.2, 0.4, 0.4]], atol=1e-6)
    np.testing.assert_allclose(covers(2, 4), [[1, 0], [1, 0], [0, 1], [0, 1]], atol=1e-6)


def test_short_samples_are_played_there_and_back() -> None:
    assert there_and_back(4, 10).tolist() == [0, 1, 2, 3, 2, 1, 0, 1, 2, 3]
    assert there_and_back(1, 3).tolist() == [0, 0, 0]
    assert there_and_back(9, 3).tolist() == [0, 1, 2]


# --- what it is for


def test_a_square_that_appears_is_where_the_error_is(tmp_path: Path) -> None:
    """A network that has learnt what empty pictures look like, of one soft colour each."""
    pretext = pretext_of("vae").train()
    optimizer = torch.optim.AdamW(pretext.parameters(), 3e-3)
    generator = torch.Generator().manual_seed(0)
    for _ in range(24):
        x = (0.4 + 0.2 * torch.rand(4, 3, 1, 1, 1, generator=generator)).expand(-1, -1, 8, 32, 32)
        loss = OBJECTIVES["vae"][0].loss(pretext, x)["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    card_of("vae", tmp_path / "vae")
    package_pixels(pretext.eval(), tmp_path / "vae", size=(32, 32))
    frames = np.full((1, 8, 32, 32, 3), 128, np.uint8)
    pixels = open_pixels(tmp_path / "vae")
    quiet = pixels.errors(frames)
    frames[:, :, 4:12, 20:28] = (255, 0, 0)
    errors = pixels.errors(frames).mean((0, 1))
    row, column = np.unravel_index(errors.argmax(), errors.shape)
    assert 4 <= row < 12
    assert 20 <= column < 28
    assert errors[4:12, 20:28].mean() > 4 * np.delete(errors, range(4, 12), 0).mean()
    assert errors.max() > 4 * quiet.max()
