"""The same keys after mapping, the same numbers: against torchvision and pytorchvideo, from random weights.

Their heads pool windows of a fixed size; so pictures have that size, or theirs are built with one for smaller pictures.
"""

from __future__ import annotations

import copy
import functools
import importlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn

from aisle.models.clip import clip_model
from aisle.models.entry import network
from aisle.models.renaming import IGNORED, filled
from published import published_state

pytestmark = pytest.mark.usefixtures("importable")

CLOSE = 1e-4
SMALL = 64
"""Pixels of the pictures where size does not matter."""


def _slowfast(side: int) -> nn.Module:
    from pytorchvideo.models.hub import slowfast_r50

    cells = side // 32
    return slowfast_r50(head_pool_kernel_sizes=((8, cells, cells), (32, cells, cells)))


def _slowfast_4x16(side: int) -> nn.Module:
    """The configuration of this name in the authors' repository: the hub has no function for it."""
    from pytorchvideo.models.slowfast import create_slowfast

    cells = side // 32
    return create_slowfast(
        slowfast_fusion_conv_kernel_size=(5, 1, 1),
        slowfast_fusion_conv_stride=(8, 1, 1),
        head_pool_kernel_sizes=((4, cells, cells), (32, cells, cells)),
    )


def _slow(side: int) -> nn.Module:
    from pytorchvideo.models.hub import slow_r50
    from pytorchvideo.models.resnet import create_resnet

    if side == 224:
        return slow_r50()
    cells = side // 32
    return create_resnet(stem_conv_kernel_size=(1, 7, 7), head_pool_kernel_size=(8, cells, cells))


def _x3d(name: str, *, activation: type[nn.Module] | None = None) -> Callable[[int], nn.Module]:
    def make(side: int) -> nn.Module:
        """Logits, where pytorchvideo's own choice is a softmax."""
        from pytorchvideo.models import hub
        from pytorchvideo.models.x3d import create_x3d

        card = clip_model(name)
        if side == card.sampling.crop:
            return getattr(hub, card.name.replace("-", "_"))(head_activation=activation)
        return create_x3d(input_clip_length=card.sampling.frames, input_crop_size=side, head_activation=activation)

    return make


def _r2plus1d(_: int) -> nn.Module:
    from torchvision.models.video import r2plus1d_18

    return r2plus1d_18()


@dataclass(frozen=True)
class Case:
    """A network's name here, theirs for pictures of a size, and the file of published names."""

    name: str
    theirs: Callable[[int], nn.Module]
    facts: str = ""
    alpha: int = 0

    def inputs(self, clip: Tensor) -> Tensor | list[Tensor]:
        """What theirs takes: SlowFast the pictures of each pathway, as its authors choose them."""
        if not self.alpha:
            return clip
        frames = clip.shape[2]
        return [clip[:, :, torch.linspace(0, frames - 1, frames // self.alpha).long()], clip]


CASES = (
    Case("slowfast-r50", _slowfast, alpha=4),
    Case("slowfast-r50-4x16", _slowfast_4x16, alpha=8),
    Case("slow-r50", _slow),
    Case("x3d-xs", _x3d("x3d-xs"), facts="x3d"),
    Case("x3d-s", _x3d("x3d-s"), facts="x3d"),
    Case("x3d-m", _x3d("x3d-m"), facts="x3d"),
    Case("r2plus1d-18", _r2plus1d),
)


@pytest.fixture(scope="module", params=CASES, ids=[case.name for case in CASES])
def case(request: pytest.FixtureRequest) -> Case:
    """All tests of one network follow each other, and share what is built."""
    found: Case = request.param
    return found


@functools.lru_cache(maxsize=2)
def pair(case: Case, side: int) -> tuple[nn.Module, nn.Module]:
    """Theirs, with statistics that hide nothing, and ours with theirs in it."""
    torch.manual_seed(0)
    theirs = case.theirs(side).eval()
    for norm in norms(theirs):
        nn.init.uniform_(norm.weight, 0.2, 0.6)
        nn.init.normal_(norm.bias, std=0.2)
        nn.init.normal_(norm.running_mean, std=0.2)
        nn.init.uniform_(norm.running_var, 0.5, 1.5)
    nn.init.normal_(list(theirs.parameters())[-2], std=0.1)  # the classifier's weights, so that answers are not small
    return theirs, filled(network(clip_model(case.name), 400), mapped(case, theirs))


def mapped(case: Case, theirs: nn.Module) -> dict[str, Tensor]:
    module = importlib.import_module(f"aisle.models.{clip_model(case.name).network}")
    found: dict[str, Tensor] = module.published(theirs.state_dict())
    return found


def norms(of: nn.Module) -> Iterator[nn.BatchNorm3d]:
    return (module for module in of.modules() if isinstance(module, nn.BatchNorm3d))


def clips(case: Case, side: int, count: int = 1) -> Tensor:
    return torch.randn((count, 3, clip_model(case.name).sampling.frames, side, side))


def test_answers_at_the_published_size(case: Case) -> None:
    side = clip_model(case.name).sampling.crop
    theirs, ours = pair(case, side)
    clip = clips(case, side)
    with torch.no_grad():
        wanted, got = theirs(case.inputs(clip)), ours(clip)
    assert wanted.std() > 0.01
    print(
        f"{case.name}: {(got - wanted).abs().max():.1e} is the largest difference, {wanted.abs().max():.1f} the largest"
    )
    torch.testing.assert_close(got, wanted, atol=CLOSE, rtol=0)


def test_answers_for_several_small_clips(case: Case) -> None:
    theirs, ours = pair(case, SMALL)
    clip = clips(case, SMALL, count=3)
    with torch.no_grad():
        torch.testing.assert_close(ours(clip), theirs(case.inputs(clip)), atol=CLOSE, rtol=0)


def test_pytorchvideos_own_x3d_gives_the_probabilities_of_our_logits() -> None:
    case = Case("x3d-xs", _x3d("x3d-xs", activation=nn.Softmax))
    theirs, ours = pair(case, SMALL)
    clip = clips(case, SMALL)
    with torch.no_grad():
        torch.testing.assert_close(ours(clip).softmax(1), theirs(clip), atol=1e-6, rtol=0)


def test_the_names_in_the_repository_are_theirs(case: Case) -> None:
    facts = {name: value.shape for name, value in published_state(case.facts or case.name).items()}
    with torch.device("meta"):
        theirs = {name: value.shape for name, value in case.theirs(SMALL).state_dict().items()}
    assert facts == {name: shape for name, shape in theirs.items() if not IGNORED.fullmatch(name)}


def test_weights_are_drawn_as_theirs(case: Case) -> None:
    torch.manual_seed(0)
    wanted, got = mapped(case, case.theirs(SMALL)), network(clip_model(case.name), 400).state_dict()
    for name, value in got.items():
        if value.numel() > 5000:
            assert float(value.std()) == pytest.approx(float(wanted[name].std()), rel=0.1), name
        elif value.ndim == 1:
            assert torch.equal(value, wanted[name]), name


def test_statistics_are_gathered_as_theirs(case: Case) -> None:
    """Momentum and epsilon: after one step of training without dropout."""
    theirs, ours = copy.deepcopy(pair(case, SMALL))
    clip = clips(case, SMALL, count=2)
    for of in (theirs, ours):
        of.train()
        _without_dropout(of)
    with torch.no_grad():
        answers: Sequence[Tensor] = (ours(clip), theirs(case.inputs(clip)))
    torch.testing.assert_close(*answers, atol=10 * CLOSE, rtol=CLOSE)
    wanted = mapped(case, theirs)
    for name, value in ours.state_dict().items():
        torch.testing.assert_close(value, wanted[name], atol=CLOSE, rtol=CLOSE, msg=name)


def _without_dropout(of: nn.Module) -> None:
    for module in of.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0
