from __future__ import annotations

import torch

from aisle.deploy.weights import read_state
from aisle.models.clip import clip_model
from aisle.models.cnn_lstm import CnnLstm, initial
from aisle.models.entry import network
from weights import found


def made(name: str) -> CnnLstm:
    torch.manual_seed(0)
    built = network(clip_model(name), 5).eval()
    assert isinstance(built, CnnLstm)
    return built


def test_every_picture_is_answered_with_what_came_before_it() -> None:
    """One step after the other, as an LSTM is defined, and their mean."""
    built, clips = made("cnn-lstm-tiny"), torch.randn(2, 3, 3, 40, 48)
    cell = torch.nn.LSTMCell(built.lstm.input_size, built.lstm.hidden_size)
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in built.lstm.state_dict().items()})
    state, told = None, []
    with torch.no_grad():
        for picture in clips.unbind(2):
            state = cell(built.image(picture).mean((2, 3)), state)
            told.append(built.classifier(state[0]))
        torch.testing.assert_close(built(clips), torch.stack(told).mean(0))


def test_the_order_of_pictures_counts() -> None:
    built, clips = made("cnn-lstm-tiny"), torch.randn(1, 3, 4, 64, 64)
    with torch.no_grad():
        assert not torch.allclose(built.features(clips), built.features(clips.flip(2)), atol=1e-6)


def test_a_training_can_begin_with_imagenet() -> None:
    card = clip_model("cnn-lstm")
    begun, own = initial(read_state(found(card.initial))), made("cnn-lstm").state_dict()
    assert begun.keys() == {name for name in own if name.startswith("image.")}
    assert all(own[name].shape == value.shape for name, value in begun.items())
