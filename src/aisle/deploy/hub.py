"""Large video networks through the library transformers, frozen: what is read of the Hugging Face hub, or of a folder.

    hub:facebook/vjepa2-vitl-fpc16-256-ssv2         from the hub, or from its cache on this computer
    hub:facebook/vjepa2-vitl-fpc64-256@COMMIT       one version of it
    hub:/models/vjepa2                              a folder as transformers writes it

Nothing here needs PyTorch or transformers; `aisle.deploy.hub_model` does. No code that comes with a model is ever run,
and nothing is told to anybody but which files are asked for.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from aisle.core import (
    DamagedError,
    InputError,
    MissingPartError,
    OutputError,
    Progress,
    UnknownNameError,
    UnreachableError,
    UsageError,
    silent,
)
from aisle.deploy.weights import sha256

PREFIX = "hub:"

TELL_NOBODY = {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_UPDATE_CHECK": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
"""Set before the libraries are imported, which read them then."""

ACCEPT = "AISLE_NON_COMMERCIAL"
"""The variable by which a user says that weights may be used that are not for business."""

RATES: Mapping[str, Fraction] = {
    "vjepa2": Fraction(15, 2),
    "videomae": Fraction(15, 2),
    "timesformer": Fraction(15, 16),
    "vivit": Fraction(25, 2),
    "videoprism_vision_model": Fraction(8, 5),
}
"""Pictures a second that each kind is given, which no file says. V-JEPA 2 and VideoMAE take every fourth of 30, as
their authors judge them, TimeSformer every 32nd, ViViT every second of 25; VideoPrism 16 of Kinetics' ten seconds.
"""

LICENCES: Mapping[str, str] = {"vjepa2": "mit", "videomae": "cc-by-nc-4.0"}
"""Of the published weights of a kind, where their own page says nothing."""

SMALL, WHOLE, PICKLED = ("*.json", "README.md"), "*.safetensors", "pytorch_model*.bin"


@dataclass(frozen=True, slots=True)
class Files:
    """A network's `folder` on this computer. `version` is the commit of the hub, empty for a folder of the user's."""

    name: str
    folder: Path
    version: str = ""

    @property
    def digest(self) -> str:
        """Of all that decides the answers."""
        parts = sorted(path for path in self.folder.iterdir() if path.suffix in (".json", ".safetensors", ".bin"))
        said = json.dumps([(path.name, sha256(path)) for path in parts])
        return hashlib.sha256(said.encode()).hexdigest()

    def json(self, *names: str) -> dict[str, Any]:
        """The first of these files that is there; empty where none is. Raises DamagedError."""
        for name in names:
            path = self.folder / name
            if path.is_file():
                try:
                    return dict(json.loads(path.read_text("utf-8")))
                except (OSError, ValueError, TypeError) as error:
                    raise DamagedError(f"cannot read {path}", got=str(error), do="copy the model here again") from error
        return {}


def is_hub(name: str | Path) -> bool:
    """Whether `name` asks for a network of the hub. A path loses nothing of it but doubled slashes."""
    return str(name).startswith(PREFIX)


def find_files(name: str, *, progress: Progress = silent) -> Files:
    """What `name`, with its prefix, stands for, fetched if need be.

    Raises UsageError for a name that cannot be one, UnknownNameError for a model that the hub does not have,
    UnreachableError where the hub does not answer and the cache lacks it, MissingPartError without transformers.
    """
    place = name.removeprefix(PREFIX)
    if place.startswith(("/", "./", "../", "~")):
        folder = Path(place).expanduser()
        if not (folder / "config.json").is_file():
            raise InputError(
                f"no model in {folder}",
                got="no config.json",
                allowed="a folder that transformers' save_pretrained wrote, or a copy of one from the hub",
            )
        return Files(f"{PREFIX}{folder.resolve()}", folder)
    needs_parts()
    repository, _, version = place.partition("@")
    if repository.count("/") != 1 or not all(repository.split("/")):
        raise UsageError(
            "not a name of the hub",
            got=name,
            allowed="hub:OWNER/MODEL, hub:OWNER/MODEL@VERSION, hub:/FOLDER, hub:./FOLDER",
        )
    progress(0, None)
    found = _fetched(repository, version or None, (*SMALL, WHOLE))
    if not any(found.glob(WHOLE)):
        found = _fetched(repository, version or None, (*SMALL, PICKLED))
    return Files(name, found, found.name)


def needs_parts() -> None:
    """Raises MissingPartError for what the networks of the hub need; tells their libraries to keep to themselves."""
    for package in ("torch", "transformers"):
        if find_spec(package) is None:
            raise MissingPartError("a network of the hub", name=package, extra="hub")
    os.environ.update(TELL_NOBODY)


def licence_of(files: Files, kind: str) -> str:
    """As the model's page says, or as its kind is published; empty where neither is known."""
    page = files.folder / "README.md"
    lines = page.read_text("utf-8", errors="replace").splitlines() if page.is_file() else []
    if lines and lines[0].strip() == "---":
        for line in lines[1:]:
            if line.strip() == "---":
                break
            key, _, value = line.partition(":")
            if key.strip() == "license":
                return value.strip().strip("\"'").lower()
    return LICENCES.get(kind, "")


def check_licence(name: str, licence: str) -> None:
    """Raises UsageError for weights that are not for business, unless the user has said that this is known."""
    if "nc" in licence.split("-") and not os.environ.get(ACCEPT):
        raise UsageError(
            f"the weights of {name} are not for business",
            got=licence,
            allowed="a licence that permits it, such as that of V-JEPA 2 (MIT)",
            do=f"take other weights, or set {ACCEPT}=yes where the use is not commercial",
        )


def rate_of(kind: str) -> Fraction:
    """Raises UnknownNameError for a kind of network that reads no video, or that is not known here."""
    if kind not in RATES:
        raise UnknownNameError("kind of video network", kind, RATES, do="name a video network of one of these kinds")
    return RATES[kind]


def _fetched(repository: str, version: str | None, patterns: tuple[str, ...]) -> Path:
    from huggingface_hub import errors, snapshot_download

    here = f"copy the model's folder here and name it, as in {PREFIX}/models/{repository.rpartition('/')[2]}"
    try:
        return Path(snapshot_download(repository, revision=version, allow_patterns=list(patterns)))
    except errors.GatedRepoError as error:
        raise UnreachableError(
            f"the hub gives {repository} only to those whom its owner lets in",
            got=_first_line(error),
            do=f"ask for it on its page and log in with hf auth login, or {here}",
        ) from error
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError, errors.HFValidationError) as error:
        raise UsageError(
            f"the hub has no such model, or shows it to nobody: {repository}{f'@{version}' if version else ''}",
            got=_first_line(error),
            do="check the name at huggingface.co",
        ) from error
    except PermissionError as error:
        raise OutputError(
            "cannot keep what the hub gives", got=str(error), do="set HF_HOME to another folder"
        ) from error
    except (OSError, errors.RevisionResolutionError) as error:  # no answer, and none kept: httpx's errors are OSErrors
        raise UnreachableError(
            f"{repository} is not on this computer, and the hub does not answer",
            got=_first_line(error),
            do=f"check the network (and HF_HUB_OFFLINE), or {here}",
        ) from error


def _first_line(error: BaseException) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
