"""A video network of transformers as it runs: frozen, on a graphics card where there is one. Needs the extra `hub`.

Shapes: B windows, T pictures, S side, N tokens, D features, C classes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import transformers
from torch.utils.flop_counter import FlopCounterMode

from aisle.core import DamagedError, InputError

Floats = npt.NDArray[np.float32]


class Network:
    """What `load` gives. See aisle.deploy.hub_model.Frozen."""

    def __init__(self, network: Any, *, names_clips: bool) -> None:
        self.names_clips = names_clips
        self.parameters = sum(weight.numel() for weight in network.parameters())
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._network = network.eval().requires_grad_(False).to(self._device)
        self._encoder = network.get_submodule(network.base_model_prefix) if names_clips else network
        # V-JEPA 2 has a second network, which guesses what is hidden; nothing is hidden here
        self._how = {"skip_predictor": True} if network.config.model_type == "vjepa2" and not names_clips else {}

    def run(self, pictures: Floats) -> tuple[Floats, Floats]:
        """(B, T, 3, S, S) to features (B, D) and logits (B, C). Raises InputError where memory does not suffice."""
        tokens: list[torch.Tensor] = []  # (B, N, D)
        hook = self._encoder.register_forward_hook(lambda _module, _given, told: tokens.append(told[0]))
        try:
            with torch.inference_mode():
                given = {self._network.main_input_name: torch.from_numpy(pictures).to(self._device)}
                told = self._network(**given, **self._how)
        except (torch.cuda.OutOfMemoryError, MemoryError) as error:
            raise InputError(
                "the network of the hub does not fit into memory",
                got=f"{pictures.shape[1]} pictures of {pictures.shape[-1]} pixels on {self._device}",
                do="take a smaller network, or one that takes fewer pictures (fpc16 rather than fpc64)",
            ) from error
        finally:
            hook.remove()
        features: Floats = tokens[0].mean(1).cpu().numpy()
        logits = told.logits.cpu().numpy() if self.names_clips else np.empty((len(features), 0), np.float32)
        return features, logits

    def gflops(self, pictures: Floats) -> float:
        """Measured by running them once."""
        with FlopCounterMode(display=False) as counter:
            self.run(pictures)
        return float(counter.get_total_flops()) / 1e9


def load(folder: Path, *, names_clips: bool) -> Network:
    """The network that `folder` holds, with its classifier where it `names_clips`.

    Raises DamagedError for weights that are missing, too few, or broken.
    """
    loader: Any = transformers.AutoModelForVideoClassification if names_clips else transformers.AutoModel
    logging: Any = transformers.utils.logging
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    mend = "copy the model here again"
    try:
        network, told = loader.from_pretrained(
            str(folder), local_files_only=True, trust_remote_code=False, output_loading_info=True, dtype=torch.float32
        )
    except Exception as error:  # safetensors, the checks of configurations and torch have errors of their own
        got = next(iter(str(error).splitlines()), type(error).__name__)
        raise DamagedError(f"cannot load the network in {folder}", got=got, do=mend) from error
    lacking = [*map(str, sorted(told["missing_keys"])), *map(str, told["mismatched_keys"])]
    if lacking:
        raise DamagedError(
            f"the weights in {folder} are of another network",
            got=f"without {lacking[0]}" + (f" and {len(lacking) - 1} more" if lacking[1:] else ""),
            do=mend,
        )
    return Network(network, names_clips=names_clips)
