"""A streaming OpenVINO model to int8 with NNCF, in such a way that integers flow from the first frame to the last
layer.

NNCF places a quantiser where a convolution needs one. In a stream every convolution in time is fed by a concatenation
(state, new steps, end), and each of its branches must carry the same quantiser, else the processor falls back to floats
around it. So the states' outputs are taken off while NNCF works, the quantisers are moved up to where the values
arise, and the states' outputs are put back behind them.
"""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Sequence
from typing import Any

import numpy as np

from aisle.core import MissingPartError
from aisle.deploy.network import Arrays
from aisle.deploy.runtime import openvino

# Quantising commutes with these: they only choose or copy values, and every quantiser here represents 0 exactly.
COPIES = {"Concat", "MaxPool", "Pad", "Slice"}
Levels = tuple[float, float, float, float, int]
BYTES_LESS_128: Levels = (-128, 127, -128, 127, 256)


def tap_name(index: int) -> str:
    return f"tap_{index}"


def quantize(model: Any, calibration: Sequence[Arrays], keep: Sequence[int]) -> Any:
    """int8 weights and activations; `keep` is how many steps each state holds. Leaves `model` as it is.

    `calibration` holds the inputs of single calls, states included, in the order of the model's inputs.
    """
    nncf = nncf_module()
    stripped = model.clone()
    for result in stripped.get_results()[2:]:
        stripped.remove_result(result)
    with contextlib.redirect_stdout(io.StringIO()):  # its bars would stand among the results
        quantized = nncf.quantize(
            stripped,
            nncf.Dataset(list(calibration), list),
            preset=nncf.QuantizationPreset.PERFORMANCE,
            subset_size=len(calibration),
            fast_bias_correction=True,
            # NNCF's fix for old processors gives the first layer 7 bits, which costs twice the error of everything else
            # together (docs/log.md). Where sums do overflow, the check on the card shows it and int8 is not chosen.
            advanced_parameters=nncf.AdvancedQuantizationParameters(overflow_fix=nncf.OverflowFix.DISABLE),
            # the head, and where a network looks: a thousandth of the work, and they decide alone
            ignored_scope=nncf.IgnoredScope(types=["MatMul"], names=_looking(stripped)),
        )
    _pin_input(quantized)
    _cover_concatenations(quantized)
    while _lift_one(quantized):
        pass
    _add_states(quantized, keep)
    return quantized


def fold_pads(model: Any) -> None:
    """Puts zero padding before a max pooling into the pooling itself: the values are not negative, so both agree."""
    ops = openvino().opset8
    for node in model.get_ordered_ops():
        pad = node.input_value(0).get_node() if node.get_type_name() == "MaxPool" else None
        if pad is None or pad.get_type_name() != "Pad":
            continue
        amounts = [pad.input_value(index).get_node() for index in (1, 2)]
        if any(amount.get_type_name() != "Constant" for amount in amounts):
            continue
        begin, end = ([int(n) for n in amount.data[2:]] for amount in amounts)
        said = node.get_attributes()
        pooled = ops.max_pool(
            pad.input_value(0),
            list(said["strides"]),
            [1, 1, 1],
            begin,
            end,
            list(said["kernel"]),
            rounding_type="floor",
        )
        _replace(node, pooled.output(0))
    model.validate_nodes_and_infer_types()


def nncf_module() -> Any:
    openvino()  # NNCF reports its use by the same means
    try:
        import nncf
    except ImportError as error:
        raise MissingPartError("converting to int8", name="nncf", extra="convert") from error
    logging.getLogger("nncf").setLevel(logging.ERROR)  # it writes to stdout; its own function silences everybody's log
    return nncf


def _looking(model: Any) -> list[str]:
    """Names of what measures how much changes from frame to frame, by sizes of differences, and of all that reads it.

    In 256 levels small changes would be none, and the quantiser of their bytes would be taken for the network's.
    """
    sizes = [node for node in model.get_ordered_ops() if node.get_type_name() == "Abs"]
    waiting = [node.input_value(0).get_node() for node in sizes]
    found: set[str] = set()
    while waiting:
        node = waiting.pop()
        if node.get_friendly_name() not in found and node.get_type_name() != "Result":
            found.add(node.get_friendly_name())
            waiting += [target.get_node() for output in node.outputs() for target in output.get_target_inputs()]
    return sorted(found)


def _levels(node: Any) -> Levels | None:
    """The range of an activation quantiser, None for any other node."""
    if node.get_type_name() != "FakeQuantize":
        return None
    bounds = [node.input_value(index).get_node() for index in range(1, 5)]
    if any(bound.get_type_name() != "Constant" or bound.data.size != 1 for bound in bounds):
        return None
    low, high, out_low, out_high = (float(bound.data.ravel()[0]) for bound in bounds)
    return low, high, out_low, out_high, int(node.get_attributes()["levels"])


def _quantiser(source: Any, levels: Levels) -> Any:
    ops = openvino().opset13
    bounds = [ops.constant(np.full((1,), bound, np.float32)) for bound in levels[:4]]
    return ops.fake_quantize(source, *bounds, levels[4]).output(0)


def _replace(node: Any, output: Any) -> None:
    for target in list(node.output(0).get_target_inputs()):
        target.replace_source_output(output)


def _pin_input(model: Any) -> None:
    """Bytes less 128 are integers already: NNCF's range, a little wider than theirs, would round every one of them."""
    nodes = [model.inputs[0].get_node()]
    while nodes:
        node = nodes.pop()
        readers = [target.get_node() for output in node.outputs() for target in output.get_target_inputs()]
        for reader in readers:
            if _levels(reader) is not None:
                _replace(reader, _quantiser(reader.input_value(0), BYTES_LESS_128))
                return
        nodes += readers


def _cover_concatenations(model: Any) -> None:
    """Where one branch of a concatenation is quantised, all are, to the same levels."""
    for node in model.get_ordered_ops():
        if node.get_type_name() != "Concat":
            continue
        branches = [node.input_value(index) for index in range(node.get_input_size())]
        found = [_levels(branch.get_node()) for branch in branches]
        levels = next((one for one in found if one is not None), None)
        if levels is None:
            continue
        for index, (branch, own) in enumerate(zip(branches, found, strict=True)):
            if own is None:
                node.input(index).replace_source_output(_quantiser(branch, levels))
    model.validate_nodes_and_infer_types()


def _lift_one(model: Any) -> bool:
    """Moves the quantisers behind one node that only copies values in front of it. False when none is left."""
    for node in model.get_ordered_ops():
        if node.get_type_name() not in COPIES:
            continue
        readers = [target.get_node() for target in node.output(0).get_target_inputs()]
        readers = [reader for reader in readers if _is_used(reader) and reader.get_type_name() != "ShapeOf"]
        found = [_levels(reader) for reader in readers]
        levels = [one for one in found if one is not None]
        if not levels or len(levels) < len(found):
            continue
        widest = max(levels, key=lambda one: one[1] - one[0])
        for index in range(node.get_input_size() if node.get_type_name() == "Concat" else 1):
            source = node.input_value(index)
            if _levels(source.get_node()) != widest:
                node.input(index).replace_source_output(_quantiser(source, widest))
        for reader in readers:
            _replace(reader, node.output(0))
        return True
    model.validate_nodes_and_infer_types()
    return False


def _is_used(node: Any) -> bool:
    if node.get_type_name() == "Result":
        return True
    return any(output.get_target_inputs() for output in node.outputs())


def _add_states(model: Any, keep: Sequence[int]) -> None:
    ops = openvino().opset13
    taps = {node.get_friendly_name(): node for node in model.get_ops()}
    results = []
    for index, count in enumerate(keep):
        start, stop, step, axis = (ops.constant(np.array([n])) for n in (-count, np.iinfo(np.int64).max, 1, 2))
        results.append(ops.result(ops.slice(taps[tap_name(index)].output(0), start, stop, step, axis)))
    model.add_results(results)
    model.validate_nodes_and_infer_types()
