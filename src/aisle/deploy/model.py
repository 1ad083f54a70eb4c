"""A bundle, opened: what `analyze`, the command line and a service run. Imports no PyTorch."""

from __future__ import annotations

from pathlib import Path

from aisle.core import Progress, UnknownNameError, UsageError, silent
from aisle.deploy.bundle import Bundle, bundle_folder, read_card, verify
from aisle.deploy.network import Network
from aisle.deploy.runtime import RUNTIMES, load_network
from aisle.deploy.stream import PieceStream
from aisle.models.card import Reads, Steps, card, names

SAME_ENOUGH = 0.97
"""An int8 network is the default where its answers point the way the reference's do: their mean cosine is at least
this.
"""


class Model:
    """A packaged model with the runtime it runs on. Opened by `open_model`."""

    def __init__(self, bundle: Bundle, folder: Path, runtime: str) -> None:
        self.bundle, self.folder, self.runtime = bundle, folder, runtime
        self.labels = bundle.card.label_set
        self._networks: dict[tuple[int, int], Network] = {}

    @property
    def name(self) -> str:
        return self.bundle.card.name

    @property
    def reads(self) -> Reads:
        return self.bundle.card.reads

    @property
    def steps(self) -> Steps:
        return self.bundle.card.steps

    @property
    def fingerprint(self) -> str:
        return f"{self.bundle.fingerprint}-{self.runtime}"

    def stream(self, *, height: int, width: int) -> PieceStream:
        """A new stream; the network for a size is prepared once and shared by all streams of that size, one at a
        time.
        """
        size = (height, width)
        if size not in self._networks:
            self._networks[size] = load_network(self.runtime, self.folder, height=height, width=width)
        return PieceStream(self._networks[size], self.bundle.states, self.steps, height=height, width=width)


def open_model(name: str | Path, *, runtime: str | None = None, progress: Progress = silent) -> Model:
    """A bundle by its folder, or a model of `aisle models list` by name, which is built first if it is not in the
    cache.

    `runtime` is one of `RUNTIMES`; None takes OpenVINO, in int8 where the card says that this agrees with the
    reference. Raises UnknownNameError, UsageError or DamagedError, each with what to do.
    """
    if runtime is not None and runtime not in RUNTIMES:
        raise UnknownNameError("runtime", runtime, RUNTIMES)
    folder = find_bundle(name)
    if folder is None:
        wanted = card(str(name))
        from aisle.deploy.build import build_into_cache

        folder = build_into_cache(wanted, progress=progress)
    bundle = read_card(folder)
    chosen = runtime or _best_runtime(bundle)
    verify(bundle, folder, part="onnx" if chosen == "onnxruntime" else f"openvino/{_file_of(chosen)}")
    return Model(bundle, folder, chosen)


def find_bundle(name: str | Path) -> Path | None:
    """The folder of a bundle that exists, be it damaged: `name` itself, or a model's in the cache.

    Raises UsageError for a folder that is not a bundle.
    """
    folder = Path(name)
    if (folder / "card.json").is_file():
        return folder
    if str(name) in names():
        built = bundle_folder(str(name))
        return built if built.is_dir() else None
    if folder.is_dir():
        raise UsageError(
            "this folder is not a bundle",
            got=f"no card.json in {folder}",
            allowed="a folder written by aisle models export, or a name from aisle models list",
        )
    return None


def is_ready(name: str | Path) -> bool:
    """Whether `name` can be opened without fetching or building anything."""
    return find_bundle(name) is not None


def _best_runtime(bundle: Bundle) -> str:
    check = bundle.checks.get("openvino-int8")
    if check is not None and check.cosine >= SAME_ENOUGH:
        return "openvino-int8"
    return "openvino-fp32" if "openvino/fp32.xml" in bundle.files else "onnxruntime"


def _file_of(runtime: str) -> str:
    return "int8" if runtime.endswith("int8") else "fp32"
