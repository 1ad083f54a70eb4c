"""A tiny example of every kind of dataset: `make_KIND(folder)` fills an empty folder and returns it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from aisle.data.merl import write_labels
from videos import Picture, make_video

SHARED = Path(os.environ.get("AISLE_SHARED") or Path(__file__).resolve().parents[2] / "shared")
FRAMES = 12


def shared(name: str) -> Path:
    """A data set that is too large, or not ours, to lie in the repository."""
    folder = SHARED / "data" / name
    if not folder.is_dir():
        pytest.skip(f"needs {folder}; AISLE_SHARED names the folder that holds data/")
    return folder


def scene(number: int) -> Picture:
    """A still picture of large blocks, another for each number."""
    blocks = np.random.default_rng(number).integers(40, 215, (3, 4, 3), np.uint8)
    return np.kron(blocks, np.ones((16, 16, 1), np.uint8))


def film(path: Path, number: int, frames: int = FRAMES) -> Path:
    """A video of `scene(number)`, 30 frames a second."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return make_video(path, [scene(number)] * frames)


def write_rows(file: Path, *rows: str) -> Path:
    file.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    return file


def make_clips_csv(folder: Path) -> Path:
    rows = ["path,label,group"]
    for number in range(6):
        label = ("normal", "theft")[number % 2]
        film(folder / label / f"{number}.mp4", number)
        rows.append(f"{label}/{number}.mp4,{label},shop {number // 2}")
    write_rows(folder / "clips.csv", *rows)
    return folder


def make_folder(folder: Path) -> Path:
    for number in range(4):
        film(folder / ("look", "take")[number % 2] / f"{number}.mp4", number)
    film(folder / "long.mp4", 4, frames=30)
    write_rows(folder / "labels.csv", "path,start,end,label", "long.mp4,0.1,0.4,take", "long.mp4,0.5,,look")
    return folder


def make_dcsass(folder: Path) -> Path:
    rows = []
    for number in range(6):
        source = f"Shoplifting{number // 2 + 1:03}_x264"
        name = f"{source}_{number % 2}"
        film(folder / "Shoplifting" / f"{source}.mp4" / f"{name}.mp4", number)
        rows.append(f"{name},Shoplifting,{number % 2}")
    (folder / "Labels").mkdir()
    write_rows(folder / "Labels" / "Shoplifting.csv", *rows)
    return folder


def make_merl(folder: Path, subjects: Sequence[int] = (1, 2, 21, 27)) -> Path:
    for subject in subjects:
        film(folder / f"{subject}_1_crop.mp4", subject, frames=30)
        acts = {
            "reach_to_shelf": [(0, 5)],
            "hand_in_shelf": [(5, 8)],
            "retract_from_shelf": [(8, 12)],
            "inspect_product": [(14, 20)],
            "inspect_shelf": [(22, 30)],
        }
        write_labels(folder / f"{subject}_1_label.mat", acts)
    return folder


def make_rendered_incidents(folder: Path) -> Path:
    """Three short videos of what `aisle data render --incidents` makes, the last with a rare event."""
    from aisle.data.rendered_incidents import write_incidents

    write_incidents(folder, videos=3, seed=3, seconds=Fraction(20), jobs=1)
    return folder


FLAGS = [False] * 4 + [True] * 5 + [False] * 3
"""Of `FRAMES` frames, those that are unusual."""


def make_pictures(folder: Path, number: int, name: str = "{:03}.png", first: int = 1) -> Path:
    """`FRAMES` numbered pictures of `scene(number)`."""
    from PIL import Image

    folder.mkdir(parents=True)
    for at in range(FRAMES):
        Image.fromarray(scene(number)).save(folder / name.format(first + at))
    return folder


def make_masks(folder: Path, flags: Sequence[bool] = FLAGS, size: tuple[int, int] = (64, 48)) -> Path:
    """A mask a frame as a picture, with a white corner where it is unusual."""
    from PIL import Image

    folder.mkdir(parents=True)
    for at, flag in enumerate(flags, 1):
        mask = np.zeros(size[::-1], np.uint8)
        mask[:8, :8] = 255 * flag
        Image.fromarray(mask).save(folder / f"{at:03}.bmp")
    return folder


def make_ucsd(folder: Path) -> Path:
    """Ped1 with a Matlab file, Ped2 with masks."""
    for scene_name in ("UCSDped1", "UCSDped2"):
        for number in (1, 2):
            make_pictures(folder / scene_name / "Train" / f"Train{number:03}", number, "{:03}.tif")
            make_pictures(folder / scene_name / "Test" / f"Test{number:03}", number + 2, "{:03}.tif")
    lines = (
        "TestVideoFile = {};",
        "TestVideoFile{end+1}.gt_frame = [5:9];",
        "TestVideoFile{end+1}.gt_frame = [1:2, 4];",
    )
    write_rows(folder / "UCSDped1" / "Test" / "UCSDped1.m", *lines)
    for number in (1, 2):
        make_masks(folder / "UCSDped2" / "Test" / f"Test{number:03}_gt")
    return folder


def make_avenue(folder: Path) -> Path:
    for number in (1, 2):
        for home in ("training_videos", "testing_videos"):
            (folder / home).mkdir(parents=True, exist_ok=True)
            make_video(folder / home / f"{number:02}.avi", [scene(number)] * FRAMES, Fraction(25), codec="mpeg4")
        write_avenue(folder / "testing_label_mask" / f"{number}_label.mat")
    return folder


def write_avenue(file: Path, flags: Sequence[bool] = FLAGS, size: tuple[int, int] = (64, 48)) -> Path:
    from scipy.io import savemat

    file.parent.mkdir(parents=True, exist_ok=True)
    cells = np.empty((1, len(flags)), dtype=object)
    for at, flag in enumerate(flags):
        cells[0, at] = np.zeros(size[::-1], np.uint8)
        cells[0, at][:8, :8] = flag
    savemat(file, {"volLabel": cells})
    return file


def make_shanghaitech(folder: Path) -> Path:
    for number in (1, 2):
        film(folder / "training" / "videos" / f"{number:02}_001.avi", number)
        make_pictures(folder / "testing" / "frames" / f"{number:02}_0014", number + 2, "{:03}.jpg", first=0)
    for name in ("test_frame_mask", "test_pixel_mask"):
        (folder / "testing" / name).mkdir()
    np.save(folder / "testing" / "test_frame_mask" / "01_0014.npy", np.array(FLAGS, np.int8))
    masks = np.zeros((FRAMES, 48, 64), np.uint8)
    masks[FLAGS, :8, :8] = 1
    np.save(folder / "testing" / "test_pixel_mask" / "02_0014.npy", masks)
    return folder
