from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from aisle.core import UnknownNameError, UsageError
from aisle.models.clip import clip_model
from aisle.models.entry import network
from aisle.models.msb_rnn import STREAMS, MsbRnn, build, initial
from aisle.models.resnet import ResNet
from aisle.models.vgg import Vgg16

FACTS = Path(__file__).parent / "published/vgg16.txt"

CHUNK = 3


def facts() -> dict[str, tuple[int, ...]]:
    rows = (line.split() for line in FACTS.read_text("utf-8").splitlines())
    return {name: tuple(int(length) for length in shape.split("x")) for name, shape in rows}


def small() -> MsbRnn:
    torch.manual_seed(0)
    image = partial(ResNet, 14, 0.125)
    return MsbRnn(4, image=image, chunk=CHUNK, projected=16, units=5, dropout=0.5).eval()


def views(frames: int, count: int = 1, side: int = 32, seed: int = 0) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    channels = (3 if name.endswith("rgb") else 2 for name in STREAMS)
    return [torch.rand(count, width, frames, side, side, generator=generator) * 2 - 1 for width in channels]


def asked(built: nn.Module, given: list[Tensor]) -> Tensor:
    with torch.no_grad():
        logits = built(*given)
    assert isinstance(logits, Tensor)
    return logits


def test_every_chunk_is_answered() -> None:
    for chunks in (1, 2, 7):
        assert asked(small(), views(chunks * CHUNK, 2)).shape == (2, chunks, 4)


@pytest.mark.parametrize("stream", range(4), ids=STREAMS)
def test_every_stream_counts(stream: int) -> None:
    built, given = small(), views(2 * CHUNK)
    other = [view if place != stream else -view for place, view in enumerate(given)]
    assert not torch.equal(asked(built, given), asked(built, other))


def test_of_a_chunk_one_picture_is_looked_at_and_all_of_its_motion() -> None:
    built, given = small(), views(3 * CHUNK)

    def changed(stream: int, picture: int) -> bool:
        other = [view.clone() for view in given]
        other[stream][:, :, picture] *= -1
        return not torch.equal(asked(built, other), asked(built, given))

    assert [changed(STREAMS.index("rgb"), picture) for picture in range(9)] == [False, True, False] * 3
    assert all(changed(STREAMS.index("person_flow"), picture) for picture in range(9))


def test_motion_keeps_its_order_within_a_chunk() -> None:
    built, given = small(), views(CHUNK)
    backwards = [view.flip(2) if name.endswith("flow") else view for name, view in zip(STREAMS, given, strict=True)]
    assert not torch.allclose(asked(built, given), asked(built, backwards))


def test_an_answer_knows_what_comes_before_and_after() -> None:
    built, given = small(), views(4 * CHUNK)
    whole, first = asked(built, given), asked(built, [view[:, :, :CHUNK] for view in given])
    last = asked(built, [view[:, :, -CHUNK:] for view in given])
    assert not torch.allclose(whole[:, 0], first[:, 0])
    assert not torch.allclose(whole[:, -1], last[:, 0])


def test_crops_and_whole_pictures_may_differ_in_size() -> None:
    given = views(CHUNK)
    given[1], given[3] = torch.rand(1, 3, CHUNK, 48, 70), torch.rand(1, 2, CHUNK, 48, 70)
    assert asked(small(), given).shape == (1, 1, 4)


@pytest.mark.parametrize("frames", [0, 1, CHUNK - 1, CHUNK + 1])
def test_chunks_are_whole(frames: int) -> None:
    with pytest.raises(UsageError, match=f"got: {frames} pictures; allowed: a multiple of 3"):
        asked(small(), views(frames))


def test_an_unknown_image_network_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="vgg16"):
        build(3, image="vgg-16", width=1.0, chunk=6, projected=200, units=60, dropout=0.5)


# --- weights of image networks


def test_the_published_vgg_fits_name_by_name() -> None:
    state = {name: torch.empty(shape, device="meta") for name, shape in facts().items()}
    with torch.device("meta"):
        own = network(clip_model("msb-rnn"), 5).state_dict()
    begun = initial(state)
    assert len(begun) == 2 * (len(state) - 2)  # both streams of pictures; not the last layer
    assert {name: value.shape for name, value in begun.items()} == {name: own[name].shape for name in begun}
    missing = {".".join(name.split(".")[:2]) for name in own.keys() - begun.keys()}
    assert {name for name in missing if name.startswith("streams")} == {"streams.person_flow", "streams.flow"}


def test_the_layers_of_vgg_are_in_their_published_order() -> None:
    state = {name: torch.tensor(float(number)) for number, name in enumerate(facts())}
    begun = initial(state)
    ours = [name.removeprefix("streams.rgb.") for name in begun if name.startswith("streams.rgb.")]
    assert ours == list(Vgg16(1 / 64).state_dict())
    assert [begun[f"streams.rgb.{name}"].item() for name in ours] == list(range(len(ours)))


def test_at_224_pixels_the_maps_of_vgg_are_read_as_they_are() -> None:
    torch.manual_seed(0)
    vgg, maps = Vgg16(1 / 64).eval(), torch.rand(2, 8, 7, 7)
    with torch.no_grad():
        torch.testing.assert_close(vgg.pooled(maps), vgg.fc7(vgg.fc6(maps.flatten(1))))
        assert vgg.pooled(torch.rand(2, 8, 7, 9)).shape == (2, 64)


def test_motion_streams_see_all_motion_of_a_chunk() -> None:
    for name in ("msb-rnn", "msb-rnn-mobilenetv2", "msb-rnn-tiny"):
        card = clip_model(name)
        with torch.device("meta"):
            streams = network(card, 5).get_submodule("streams")
        first = {
            stream: next(part for part in streams.get_submodule(stream).modules() if isinstance(part, nn.Conv2d))
            for stream in STREAMS
        }
        seen = {stream: (layer.in_channels, layer.weight.shape[1]) for stream, layer in first.items()}
        motion = 2 * int(card.options["chunk"])
        assert list(seen.values()) == [(3, 3), (3, 3), (motion, motion), (motion, motion)]
