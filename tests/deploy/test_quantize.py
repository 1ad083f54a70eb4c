from __future__ import annotations

import logging
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aisle.deploy.bundle import read_card
from aisle.deploy.quantize import COPIES, fold_pads, nncf_module
from aisle.deploy.runtime import openvino


def operations(path: Path) -> list[Any]:
    return list(openvino().Core().read_model(path).get_ordered_ops())


def convolutions(path: Path) -> list[Any]:
    return [node for node in operations(path) if node.get_type_name() == "Convolution"]


def sources(node: Any) -> Iterator[Any]:
    """What feeds `node` once the operations that only copy or choose values are looked through."""
    joined = node.get_input_size() if node.get_type_name() == "Concat" else 1
    for index in range(joined):
        source = node.input_value(index).get_node()
        if source.get_type_name() in COPIES:
            yield from sources(source)
        else:
            yield source


def feeds_a_convolution(node: Any) -> bool:
    readers = [target.get_node() for target in node.output(0).get_target_inputs()]
    passed_on = [reader for reader in readers if reader.get_type_name() in COPIES | {"FakeQuantize"}]
    return "Convolution" in {reader.get_type_name() for reader in readers} or any(map(feeds_a_convolution, passed_on))


def fed_by_floats(nodes: list[Any]) -> list[str]:
    return [
        f"{node.get_friendly_name()} is fed by {source.get_friendly_name()}, a {source.get_type_name()}"
        for node in nodes
        for source in sources(node)
        if source.get_type_name() != "FakeQuantize"
    ]


def test_every_convolution_is_fed_by_integers_alone(tiny_bundle: Path) -> None:
    """Were one branch of a concatenation not quantised, the processor would fall back to floats around it."""
    found = convolutions(tiny_bundle / "openvino/int8.xml")
    assert len(found) == len(convolutions(tiny_bundle / "openvino/fp32.xml")) == 57
    assert fed_by_floats(found) == []


def test_poolings_and_concatenations_pass_integers_on(tiny_bundle: Path) -> None:
    """Four times as much memory would be moved if values became integers only behind them."""
    joints = [
        node
        for node in operations(tiny_bundle / "openvino/int8.xml")
        if node.get_type_name() in {"Concat", "MaxPool"} and len(node.get_output_partial_shape(0)) == 5
    ]
    joints = [node for node in joints if feeds_a_convolution(node)]
    assert len(joints) > 50
    assert fed_by_floats(joints) == []


def test_every_kernel_is_kept_in_a_byte(tiny_bundle: Path) -> None:
    kernels = [node.input_value(1).get_node() for node in convolutions(tiny_bundle / "openvino/int8.xml")]
    for kernel in kernels:
        while kernel.get_type_name() != "Constant":
            kernel = kernel.input_value(0).get_node()
        assert kernel.get_element_type().size == 1, kernel.get_friendly_name()


def bounds(quantiser: Any) -> tuple[float, ...]:
    return tuple(float(quantiser.input_value(index).get_node().data.ravel()[0]) for index in range(1, 5))


def test_all_that_a_convolution_reads_is_rounded_to_the_same_levels(tiny_bundle: Path) -> None:
    """Else the processor would bring the branches to one scale in floats."""
    for node in convolutions(tiny_bundle / "openvino/int8.xml"):
        assert len({bounds(source) for source in sources(node)}) == 1, node.get_friendly_name()


@pytest.mark.skipif(platform.machine() not in {"x86_64", "AMD64"}, reason="other processors plan int8 in other ways")
def test_every_convolution_runs_in_integers_here(tiny_bundle: Path) -> None:
    ov = openvino()
    model = ov.Core().read_model(tiny_bundle / "openvino/int8.xml")
    model.reshape({model.inputs[0]: ov.PartialShape([-1, 32, 32, 3])})
    planned = [node.get_rt_info() for node in ov.Core().compile_model(model, "CPU").get_runtime_model().get_ops()]
    found = [said["runtimePrecision"].astype(str) for said in planned if said["layerType"].astype(str) == "Convolution"]
    assert len(found) == 57
    assert set(found) <= {"u8", "i8"}


def test_every_quantiser_of_values_holds_zero_exactly(tiny_bundle: Path) -> None:
    """The zeros before and behind a stream must stay zeros."""
    for node in operations(tiny_bundle / "openvino/int8.xml"):
        if node.get_type_name() == "FakeQuantize" and node.input_value(1).get_node().data.size == 1:
            low, high, *_ = bounds(node)
            zero = -low / (high - low) * (node.get_attributes()["levels"] - 1)
            assert zero == pytest.approx(round(zero), abs=1e-2), node.get_friendly_name()


def test_how_much_moves_is_not_rounded(tiny_bundle: Path) -> None:
    """By the quantiser of bytes less 128, what moves in the bright half of a picture would not count."""
    (size,) = [node for node in operations(tiny_bundle / "openvino/int8.xml") if node.get_type_name() == "Abs"]
    difference = size.input_value(0).get_node()
    readers = [target.get_node() for target in size.output(0).get_target_inputs()]
    assert "FakeQuantize" not in {node.get_type_name() for node in [*readers, *sources(difference)]}


def test_the_states_are_as_the_card_says(tiny_bundle: Path) -> None:
    states = read_card(tiny_bundle).states
    for precision in ("fp32", "int8"):
        model = openvino().Core().read_model(tiny_bundle / f"openvino/{precision}.xml")
        assert len(model.inputs) == 3 + len(states)
        assert len(model.outputs) == 2 + len(states)
        assert [port.get_partial_shape()[1].get_length() for port in model.inputs[3:]] == [s.channels for s in states]


def test_padding_folded_into_a_pooling_changes_nothing() -> None:
    model, folded = padded_pooling(), padded_pooling()
    fold_pads(folded)
    x = np.random.default_rng(0).random((1, 2, 3, 5, 7)).astype(np.float32)
    core = openvino().Core()
    wanted, got = (core.compile_model(one, "CPU")([x])[0] for one in (model, folded))
    assert "Pad" in {node.get_type_name() for node in model.get_ops()}
    assert "Pad" not in {node.get_type_name() for node in folded.get_ops()}
    np.testing.assert_array_equal(got, wanted)


def test_padding_of_unknown_size_is_left_alone() -> None:
    ov = openvino()
    ops = ov.opset13
    x, amounts = ops.parameter([1, 2, 3, 5, 7], np.float32), ops.parameter([5], np.int64)
    padded = ops.pad(x, amounts, amounts, "constant", ops.constant(np.float32(0)))
    pooled = ov.opset8.max_pool(padded, [1, 2, 2], [1, 1, 1], [0, 0, 0], [0, 0, 0], [1, 3, 3])
    model = ov.Model([pooled.output(0)], [x, amounts])
    fold_pads(model)
    assert "Pad" in {node.get_type_name() for node in model.get_ops()}


def padded_pooling() -> Any:
    """As the network has them: zeros behind height and width, then 3x3 windows every two cells."""
    ov = openvino()
    ops = ov.opset13
    x = ops.parameter([1, 2, 3, 5, 7], np.float32)
    begin, end = ops.constant(np.zeros(5, np.int64)), ops.constant(np.array([0, 0, 0, 1, 1]))
    padded = ops.pad(x, begin, end, "constant", ops.constant(np.float32(0)))
    pooled = ov.opset8.max_pool(padded, [1, 2, 2], [1, 1, 1], [0, 0, 0], [0, 0, 0], [1, 3, 3])
    return ov.Model([pooled.output(0)], [x])


def test_it_leaves_everybody_elses_log_alone(caplog: pytest.LogCaptureFixture) -> None:
    nncf_module()
    logging.getLogger("aisle.test").warning("heard")
    assert "heard" in caplog.messages
    assert caplog.handler.level < logging.ERROR
