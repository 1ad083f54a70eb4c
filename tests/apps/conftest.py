"""What the stories share: the program as its user starts it, a video that it likes, and a disk that is soon full."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aisle.analysis.backbone import Answers
from aisle.apps.cli import app
from videos import make_video, numbered

AISLE = (sys.executable, "-m", "aisle")


@dataclass(frozen=True)
class Done:
    """What the user sees once a command has ended."""

    code: int
    out: str
    err: str

    def __post_init__(self) -> None:
        assert "Traceback" not in self.out + self.err

    @property
    def errors(self) -> list[str]:
        return [line for line in self.err.splitlines() if line.startswith("error: ")]

    @property
    def error(self) -> str:
        """The one line that is the whole of what was told."""
        (line,) = self.err.splitlines()
        assert line.startswith("error: ")
        return line


Run = Callable[..., Done]


@pytest.fixture
def aisle(tiny_bundle: Path) -> Run:
    """Runs the command line in this process: `aisle("classify", video)`."""
    assert tiny_bundle.is_dir()

    def run(*words: object) -> Done:
        done = CliRunner().invoke(app, [str(word) for word in words], prog_name="aisle")
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Done(done.exit_code, done.stdout, done.stderr)

    return run


@pytest.fixture
def easily_sure(monkeypatch: pytest.MonkeyPatch) -> None:
    """The small model's weights are random, so it is not sure of anything; here it names an action all the same."""
    monkeypatch.setattr("aisle.deploy.model.Model.answers", Answers(surest=0.0))


@pytest.fixture
def program(tiny_bundle: Path, tmp_path: Path) -> Run:
    """Runs the command line in a process of its own, in `tmp_path`; `environment` is added to this one's."""
    assert tiny_bundle.is_dir()

    def run(*words: str | bytes | Path, environment: Mapping[str, str] | None = None, shell: str = "") -> Done:
        command = ["sh", "-c", shell, *AISLE] if shell else [*AISLE, *words]
        done = subprocess.run(
            command, capture_output=True, cwd=tmp_path, env={**os.environ, **(environment or {})}, check=False
        )
        return Done(done.returncode, *(text.decode("utf-8", "surrogateescape") for text in (done.stdout, done.stderr)))

    return run


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds with sound."""
    return make_video(tmp_path_factory.mktemp("clip") / "clip.mp4", 90, sound="aac", clicks=[1.0])


@pytest.fixture(scope="session")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Takes seconds to annotate, which makes a file of more than 64 kB."""
    pictures = (numbered(number, 320, 240) for number in range(750))
    return make_video(tmp_path_factory.mktemp("long") / "long.mp4", pictures, Fraction(25))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a disk of its own: `disk("size=64k")`, `disk("ro")`. Skips where only root may and we are not."""
    mounted: list[Path] = []

    def mount(options: str) -> Path:
        folder = tmp_path / f"disk-{len(mounted)}"
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"a disk cannot be mounted here: {done.stderr.strip()}")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", folder], check=True)


def files(folder: Path) -> list[str]:
    """Everything below `folder`, hidden or not."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
