"""What the house tests share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from .source import Module

Plant = Callable[[str, str], Module]


def hold(breaches: Iterable[str]) -> None:
    """A rule holds where nothing breaks it; otherwise every breach is shown, one a line."""
    if found := sorted(breaches):
        pytest.fail("\n".join(found), pytrace=False)


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    """Writes a file of a made-up package, so that each rule is seen to bite: `plant("core/a.py", "import torch")`."""

    def write(name: str, text: str) -> Module:
        path = tmp_path / "aisle" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return Module(path, tmp_path / "aisle")

    return write


@pytest.fixture(scope="session")
def document_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of H.264, 160x120 at 25 frames a second: a white square that moves to the right."""
    path = tmp_path_factory.mktemp("documents") / "square.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("h264", rate=Fraction(25))
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for index in range(75):
            image = np.zeros((120, 160, 3), dtype=np.uint8)
            image[40:80, index : index + 40] = 255
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    return path
