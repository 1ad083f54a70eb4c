"""Getting MERL Shopping: 106 videos and their labels, 1.8 GB, from its publisher, a mirror, or a folder of archives."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from urllib.parse import unquote, urlsplit

from aisle.core import DamagedError, InputError, OutputError, Progress, UsageError, silent, whole
from aisle.core.address import is_address
from aisle.data.download import Remote, ask, download
from aisle.data.unpack import room, unpack

PUBLISHED = "https://www.merl.com/pub/tmarks/MERL_Shopping_Dataset/"
"""By Mitsubishi Electric Research Laboratories, for research and teaching only."""

ARCHIVES = ("Labels_MERL_Shopping_Dataset.zip", "Videos_MERL_Shopping_Dataset.zip")
VISITS = dict.fromkeys(range(1, 33), 3) | dict.fromkeys(range(33, 41), 1) | {41: 2}
"""How many videos there are of each subject."""


def get_merl(folder: Path, *, source: str = PUBLISHED, progress: Progress = silent) -> None:
    """Fills `folder` with N_N_crop.mp4 and N_N_label.mat, from where an earlier call stopped.

    `source` is an address below which both archives lie, one that ends in .zip, a zip on this machine, or a folder that
    holds some. `progress` hears bytes, of each archive twice: fetched, then unpacked. Raises UsageError for another
    source, UnreachableError, DamagedError for a broken archive, OutputError where the disk refuses or has too little
    room, and InputError, with what was got left in place, where files are missing at the end.
    """
    if not missing(folder):
        return
    if is_address(source):
        _fetch_all(_addresses(source), folder, progress)
    else:
        for archive in _archives(Path(source)):
            remote = Remote(archive.absolute().as_uri(), archive.stat().st_size, "")
            _use(archive, folder, remote, progress)
    if absent := missing(folder):
        raise InputError(
            f"{folder} is not the whole dataset",
            got=f"{len(absent)} of {2 * sum(VISITS.values())} files are missing: {', '.join(absent)}",
            do="name a source that has them with --from; what is there stays",
        )


def missing(folder: Path) -> list[str]:
    names = [f"{subject}_{visit}" for subject, count in VISITS.items() for visit in range(1, count + 1)]
    wanted = [f"{name}_{tail}" for name in names for tail in ("crop.mp4", "label.mat")]
    return [name for name in wanted if not (folder / name).is_file()]


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _addresses(source: str) -> list[str]:
    if urlsplit(source).path.endswith(".zip"):
        return [source]
    return [f"{source.rstrip('/')}/{name}" for name in ARCHIVES]


def _archives(source: Path) -> list[Path]:
    found = [source] if source.is_file() else sorted(source.glob("*.zip"))
    if not found:
        raise UsageError(
            "nothing to get MERL Shopping from",
            got=f"{source}: {'no zip in it' if source.is_dir() else 'not there'}",
            allowed=f"a folder with {' and '.join(ARCHIVES)}, a zip, or an address",
        )
    return found


def _fetch_all(addresses: list[str], folder: Path, progress: Progress) -> None:
    sizes = [remote.size or 0 for remote in map(ask, addresses)]
    if (needed := 2 * sum(sizes)) > room(folder):  # the archive and what comes out of it: videos do not shrink
        raise OutputError(
            f"{folder} has too little room",
            got=f"{room(folder) / 1e9:.1f} GB free",
            allowed=f"{needed / 1e9:.1f} GB, of which half is free again at the end",
            do="free some space or choose a folder on another disk",
        )
    kept = folder / ".download"
    for address in addresses:
        archive = kept / Path(unquote(urlsplit(address).path)).name
        remote = ask(address) if archive.is_file() else download(address, archive, progress=progress)
        try:
            _use(archive, folder, remote, progress)
        except DamagedError:
            archive.unlink()  # so that the next call gets it anew
            raise
        archive.unlink()
    kept.rmdir()


def _use(archive: Path, folder: Path, remote: Remote, progress: Progress) -> None:
    """Unpacks `archive`, and notes beside what came out of it where it came from, its size and its sha256."""
    unpack(archive, folder, progress=progress)
    with whole(folder / f"{archive.name}.json") as part:
        part.write_text(json.dumps(asdict(remote) | {"sha256": sha256(archive)}, indent=2), "utf-8")
