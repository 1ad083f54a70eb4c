"""A network that reads clips in int8, by NNCF's quantisation after training."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from typing import Any

from aisle.core.clip import Array
from aisle.deploy.quantize import nncf_module


def quantized(model: Any, calibration: Sequence[Sequence[Array]]) -> Any:
    """`model`, an OpenVINO model of one view or more, with int8 weights and activations; it is left as it is.

    `calibration` holds the views of single calls, each (1, T, ...), in the order of the model's inputs.
    """
    library = nncf_module()
    with contextlib.redirect_stdout(io.StringIO()):  # its bars would stand among the results
        return library.quantize(
            model,
            library.Dataset(list(calibration), list),
            preset=library.QuantizationPreset.PERFORMANCE,
            subset_size=len(calibration),
            fast_bias_correction=True,
            # See aisle.deploy.quantize: seven bits in the first layer cost more than everything else together. Where
            # sums do overflow, the check shows it and int8 is left out.
            advanced_parameters=library.AdvancedQuantizationParameters(overflow_fix=library.OverflowFix.DISABLE),
        )
