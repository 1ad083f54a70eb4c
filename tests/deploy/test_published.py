"""Weights at a publisher's address, from the download to a model that answers."""

from __future__ import annotations

import hashlib
import io
import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from aisle.core import DamagedError, InputError, UnknownNameError, UnreachableError, UsageError
from aisle.core.weights import WeightsSource
from aisle.deploy.bundle import mend
from aisle.deploy.clip import read_clip_bundle
from aisle.deploy.model import find_bundle, missing, open_model
from aisle.deploy.published import (
    build_published,
    published_bundle,
    published_folder,
    published_network,
    published_networks,
)
from aisle.deploy.weights import find_file, hash_told, must_be_fetched, read_published, read_state
from aisle.models.clip import ClipCard, clip_model, clip_models
from clip_networks import SAMPLING, Toy, toy
from servers import Shop, serving

FILE = "TOY.pyth"


def saved(content: object) -> bytes:
    file = io.BytesIO()
    torch.save(content, file)
    return file.getvalue()


def published_state() -> dict[str, torch.Tensor]:
    """As after a training on several devices."""
    return {f"module.{name}": value for name, value in toy().state_dict().items()}


CONTENT = saved({"epoch": 100, "model_state": published_state()})
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def shop() -> Iterator[Shop]:
    with serving(Shop({f"/zoo/{FILE}": CONTENT})) as opened:
        yield opened


def source(shop: Shop, *, digest: str = DIGEST, megabytes: int = 1, member: str = FILE) -> WeightsSource:
    return WeightsSource(url=f"{shop.url}/zoo/{member}", member=member, member_sha256=digest, megabytes=megabytes)


def card_of(*weights: WeightsSource) -> ClipCard:
    return ClipCard(
        name="shop-toy",
        network="toy",
        title="A test's network",
        paper="none",
        task="clips",
        views=("rgb",),
        sampling=SAMPLING,
        options={"width": 8, "steps": 0},
        mean=(0.45, 0.45, 0.45),
        spread=(0.225, 0.225, 0.225),
        features=8,
        gflops=0.001,
        parameters=0.002,
        labels=("a", "b", "c"),
        weights=weights,
    )


def left_in(cache: Path) -> list[str]:
    return sorted(path.relative_to(cache).as_posix() for path in cache.rglob("*") if path.is_file())


# --- the file


@pytest.mark.parametrize("digest", [DIGEST, DIGEST[:8], ""], ids=["whole", "first digits", "none"])
def test_a_file_is_fetched_once_and_checked_by_what_is_known_of_its_hash(shop: Shop, digest: str) -> None:
    wanted = source(shop, digest=digest)
    assert must_be_fetched(wanted)
    assert find_file(wanted).read_bytes() == CONTENT
    assert find_file(wanted).read_bytes() == CONTENT
    assert [method for method, _ in shop.requests] == ["GET"]
    assert DIGEST in hash_told(find_file(wanted), wanted)


@pytest.mark.parametrize("digest", ["0" * 64, "0" * 8])
def test_a_file_with_another_hash_is_refused(shop: Shop, digest: str) -> None:
    with pytest.raises(DamagedError, match=rf"not the published ones; got: {DIGEST}; allowed: {digest}; do: rm "):
        find_file(source(shop, digest=digest))


def test_where_no_hash_is_known_a_later_change_is_noticed(shop: Shop) -> None:
    kept = find_file(source(shop, digest=""))
    kept.write_bytes(CONTENT[:-1])
    with pytest.raises(DamagedError, match=f"not the published ones; got: .*; allowed: {DIGEST}"):
        find_file(source(shop, digest=""))


def test_what_a_stopped_fetch_left_without_its_hash_gets_it(shop: Shop, own_cache: Path) -> None:
    (own_cache / "weights").mkdir(parents=True)
    (own_cache / "weights" / FILE).write_bytes(CONTENT)
    assert find_file(source(shop, digest="")).read_bytes() == CONTENT
    assert (own_cache / "weights" / f"{FILE}.sha256").read_text() == f"{DIGEST}\n"
    assert shop.requests == []


def test_a_download_that_is_cut_off_goes_on(shop: Shop, own_cache: Path) -> None:
    shop.cuts = 1
    assert find_file(source(shop)).read_bytes() == CONTENT
    assert [begin for _, begin in shop.requests] == ["", f"bytes={len(CONTENT) // 2}-"]
    assert [name for name in left_in(own_cache) if "lock" not in name] == [f"weights/{FILE}"]


def test_a_file_that_is_much_larger_than_it_should_be_is_not_fetched(shop: Shop, own_cache: Path) -> None:
    shop.files[f"/zoo/{FILE}"] = bytes(3_000_000)
    with pytest.raises(DamagedError, match=r"is not the published file; got: 3 MB and more; allowed: about 1 MB"):
        find_file(source(shop))
    assert not (own_cache / "weights" / FILE).exists()


@pytest.mark.parametrize("url", ["http://example.org/a.pyth", "file:///etc/passwd", "ftp://example.org/a.pyth"])
def test_only_encrypted_addresses_are_asked(url: str) -> None:
    with pytest.raises(UsageError, match=r"over https only; got: .*do: .*name the folder"):
        find_file(WeightsSource(url=url, member="a.pyth", megabytes=1))


def test_an_address_that_does_not_answer_says_how_else_to_get_the_file() -> None:
    with serving(Shop({})) as shop:
        gone = source(shop)
    with pytest.raises(UnreachableError) as raised:
        find_file(gone)
    told = str(raised.value)
    assert gone.url in told
    assert "fetch TOY.pyth (1 MB) on another machine and name the folder that holds it with --weights" in told


def test_the_users_own_folder_is_taken_first(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(CONTENT)
    assert find_file(source(shop), folder=tmp_path) == tmp_path / FILE
    assert shop.requests == []
    with pytest.raises(InputError, match=rf"no weights at .*; do: put {FILE} there, from {shop.url}"):
        find_file(source(shop), folder=tmp_path / "elsewhere")


# --- what is in it


@pytest.mark.parametrize("wrapped", [None, "state_dict", "model_state", "model"])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_a_state_is_found_however_it_is_wrapped(tmp_path: Path, wrapped: str | None, prefix: str) -> None:
    state = {f"{prefix}{name}": value for name, value in toy().state_dict().items()}
    (tmp_path / "a").write_bytes(saved({wrapped: state, "meta": {"epoch": 1}} if wrapped else state))
    read = read_state(tmp_path / "a")
    assert read.keys() == toy().state_dict().keys()
    torch.testing.assert_close(read["classifier.weight"], toy().classifier.weight.data)


class Harm:
    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("harm",)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no checkpoint",
        CONTENT[: len(CONTENT) // 2],
        saved({"a": Harm()}),
        saved({"epoch": 3}),
        saved([1]),
        pickle.dumps(Harm()),
    ],
    ids=["empty", "text", "cut off", "code", "no tensors", "a list", "a bare pickle"],
)
def test_anything_but_tensors_is_damaged(tmp_path: Path, content: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.pyth").write_bytes(content)
    with pytest.raises(DamagedError, match=r"cannot read weights from .*a\.pyth; got: .*allowed: a checkpoint of"):
        read_state(tmp_path / "a.pyth")
    assert "harm" not in capfd.readouterr().out


def test_what_is_in_a_file_decides_how_it_is_read_and_not_its_name(tmp_path: Path) -> None:
    state = dict(toy().state_dict())
    before_zip = io.BytesIO()
    torch.save(state, before_zip, _use_new_zipfile_serialization=False)
    arrays = pickle.dumps({"params": {"kernel": np.zeros((2, 3), np.float32)}}, protocol=4)
    for name in ("a.ckpt", "a.pt", "a"):
        for content in (saved({"state_dict": state}), before_zip.getvalue()):
            (tmp_path / name).write_bytes(content)
            assert read_published(tmp_path / name).keys() == state.keys()
        (tmp_path / name).write_bytes(arrays)
        assert read_published(tmp_path / name)["params"]["kernel"].shape == (2, 3)


@pytest.mark.parametrize(
    "content",
    [b"", b"no checkpoint", CONTENT[:-100], pickle.dumps([1]), pickle.dumps(3), pickle.dumps(Harm())],
    ids=["empty", "text", "cut off", "a list", "a number", "code"],
)
def test_a_file_of_neither_kind_is_damaged(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.ckpt").write_bytes(content)
    with pytest.raises(DamagedError, match=r"cannot read weights from .*a\.ckpt; got: "):
        read_published(tmp_path / "a.ckpt")


# --- the model


def test_it_is_built_into_the_cache_once_and_opens_by_name(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    toy()
    card = card_of(source(shop, digest=DIGEST[:8]))
    monkeypatch.setattr("aisle.deploy.model.published_networks", lambda: [card.name])
    monkeypatch.setattr("aisle.deploy.model.clip_models", lambda: [card.name])
    monkeypatch.setattr("aisle.deploy.model.clip_model", lambda _: card)
    assert find_bundle(card.name) is None
    assert missing(card.name) == card
    model = open_model(card.name, runtime="openvino-fp32")
    assert (model.name, list(model.labels)) == ("shop-toy", ["a", "b", "c"])
    folder = published_folder(card)
    assert find_bundle(card.name) == folder
    assert missing(card.name) is None
    bundle = read_clip_bundle(folder)
    assert bundle.identity == card.identity
    assert f"{FILE} from {shop.url}" in bundle.weights_told
    assert "first digits" in bundle.weights_told
    assert build_published(card) == folder
    assert len(shop.requests) == 1
    assert [path for path in folder.parent.iterdir() if path.name.startswith(".")] == []


def test_weights_may_lie_in_several_files(shop: Shop) -> None:
    state = toy().state_dict()
    parts = {"first.pyth": list(state)[:1], "second.pyth": list(state)[1:]}
    for name, own in parts.items():
        shop.files[f"/zoo/{name}"] = saved({each: state[each] for each in own})
    card = card_of(*(source(shop, digest="", member=name) for name in parts))
    bundle = read_clip_bundle(build_published(card))
    assert all(name in bundle.weights_told for name in parts)
    with pytest.raises(DamagedError, match="weights of another network; got: lacks"):
        published_network(card_of(source(shop, digest="", member="first.pyth")))


def test_weights_of_another_network_leave_no_bundle(shop: Shop, own_cache: Path) -> None:
    other = saved(torch.nn.Linear(2, 3).state_dict())
    shop.files[f"/zoo/{FILE}"] = other
    with pytest.raises(DamagedError, match=r"weights of another network; got: lacks .*has weight too.*|lacks "):
        build_published(card_of(source(shop, digest="")))
    assert [name for name in left_in(own_cache) if name.startswith("bundles")] == []


def test_a_network_without_published_weights_must_be_trained() -> None:
    with pytest.raises(UsageError, match=r"nobody has published weights of slowfast-tiny; .*aisle train --model"):
        open_model("slowfast-tiny")
    with pytest.raises(UsageError, match="nobody has published"):
        published_bundle(card_of())


def test_a_damaged_bundle_of_a_published_network_is_mended_by_its_name() -> None:
    assert mend(published_folder(clip_model("slowfast-r50"))) == "aisle models get slowfast-r50 --again"


def test_an_unknown_name_is_told_the_networks_too() -> None:
    with pytest.raises(UnknownNameError, match=r"slowfast-r50.*did you mean slowfast-r50"):
        open_model("slowfst-r50")


@pytest.mark.parametrize("name", clip_models())
def test_every_published_network_says_what_its_bundle_will_be(name: str) -> None:
    card = clip_model(name)
    if name not in published_networks():
        assert not (card.weights and card.labels)
        return
    bundle = published_bundle(card, weights_told="from a test")
    assert bundle.window >= card.sampling.span
    assert len(bundle.labels) == len(card.labels)
    assert bundle.identity == card.identity
    for source in card.weights:
        assert source.package or source.url.startswith("https://")


def test_the_identity_of_a_network_follows_its_weights(shop: Shop) -> None:
    one, other = card_of(source(shop)), card_of(source(shop, digest="1" * 64))
    assert one.identity != other.identity
    assert replace(one, about="new words").identity == one.identity
    assert isinstance(toy(), Toy)
