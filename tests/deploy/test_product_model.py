from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aisle.core import DamagedError, LabelSet, OutputError, UsageError
from aisle.deploy import product_package
from aisle.deploy.product_bundle import NETWORK, UNKNOWN, ProductBundle, is_products, read_products
from aisle.deploy.product_model import ASKED, LEARNT, RUNTIMES, View, open_embedder, open_recogniser, prepared
from aisle.deploy.product_package import convert, package_products
from aisle.train.products import Seen, learn
from goods import SIDE, product, small_features

LABELS = LabelSet(("red-disc", "green-disc"))
IMAGES = [product(colour, "disc", seed) for seed in range(6) for colour in ("red", "green")]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("products")
    (folder / "work").mkdir()
    off = convert(small_features(), SIDE, IMAGES[:2], folder / "work")
    targets = np.arange(len(IMAGES)) % 2
    seen = Seen(open_embedder(folder / "work", SIDE).views(IMAGES), targets, len(ASKED))
    learnt = learn(seen, LABELS, ("", ""), "angle")
    card = ProductBundle(
        name="made",
        title="made products",
        model="cosine",
        labels=LABELS,
        coarse=("", ""),
        size=SIDE,
        nearness="angle",
        scale=learnt.readout.scale,
        threshold=0.6,
        trained_on="drawn ones",
        not_for="anything",
        licence="ours",
        apart=off,
    )
    package_products(card, learnt.readout, folder / "work" / NETWORK, folder / "made")
    return folder / "made"


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_recogniser_names_what_it_has_learnt(bundle: Path, runtime: str) -> None:
    recogniser = open_recogniser(bundle, runtime=runtime)
    assert recogniser.labels == LABELS
    assert recogniser.coarse == {"red-disc": "red-disc", "green-disc": "green-disc"}
    said = recogniser(IMAGES)
    known = [[answer for answer in one if answer.label != UNKNOWN] for one in said]
    assert [one[0].label for one in known] == ["red-disc", "green-disc"] * 6
    assert all(abs(sum(answer.probability for answer in one) - 1) < 1e-5 for one in known)
    assert recogniser([]) == []


def test_pictures_are_named_alike_alone_and_together(bundle: Path) -> None:
    recogniser = open_recogniser(bundle)
    together = recogniser.probabilities(IMAGES)
    alone = np.concatenate([recogniser.probabilities([image]) for image in IMAGES])
    np.testing.assert_allclose(alone, together, atol=1e-5)


def test_what_is_not_sure_is_unknown(bundle: Path) -> None:
    recogniser = open_recogniser(bundle)
    between = (IMAGES[0] // 2 + IMAGES[1] // 2).astype(np.uint8)
    said = [recogniser([image])[0] for image in (between, np.zeros((50, 50, 3), np.uint8))]
    for one in said:
        likeliest = max(answer.probability for answer in one if answer.label != UNKNOWN)
        assert (one[0].label == UNKNOWN) == (likeliest < 0.6)
    assert any(one[0].label == UNKNOWN for one in said)


def test_the_card_is_read_as_it_was_written(bundle: Path) -> None:
    card = read_products(bundle)
    assert is_products(bundle)
    assert card.fingerprint.startswith("made-")
    assert set(card.files) == {"network.onnx", "products.npz"}
    assert 0 <= card.apart <= 1e-3


def test_a_damaged_bundle_is_noticed(bundle: Path, tmp_path: Path) -> None:
    import shutil

    broken = tmp_path / "broken"
    shutil.copytree(bundle, broken)
    (broken / "products.npz").write_bytes(b"nothing")
    with pytest.raises(DamagedError, match=r"products.npz is damaged"):
        open_recogniser(broken)
    assert not is_products(tmp_path)
    with pytest.raises(OutputError, match="it exists"):
        package_products(read_products(bundle), open_recogniser(bundle).readout, bundle / NETWORK, broken)


def test_another_network_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(product_package, "SAME", -1.0)
    with pytest.raises(DamagedError, match="answers otherwise"):
        convert(small_features(), SIDE, IMAGES[:1], tmp_path)


@pytest.mark.parametrize(
    "image", [np.zeros((9, 9), np.uint8), np.zeros((9, 9, 4), np.uint8), np.zeros((9, 9, 3), np.float32)]
)
def test_what_is_no_picture_is_refused(image: np.ndarray) -> None:
    with pytest.raises(UsageError, match="a picture is RGB"):
        prepared(image, SIDE)


def test_an_unknown_runtime_is_refused(bundle: Path) -> None:
    with pytest.raises(UsageError, match="nothing runs recognisers so; got: abacus"):
        open_recogniser(bundle, runtime="abacus")


@pytest.mark.parametrize("view", LEARNT)
def test_views_are_squares_inside_of_the_picture(view: View) -> None:
    high = np.zeros((90, 30, 3), np.uint8)
    high[30:60] = 100  # the middle square
    assert (prepared(high, SIDE, view)[4:-4] == 100).all()


def test_a_mirrored_view_is_mirrored() -> None:
    view = View(0.7, 0, 0)
    np.testing.assert_array_equal(
        prepared(IMAGES[0], SIDE, View(0.7, 0, 0, mirrored=True)), prepared(IMAGES[0], SIDE, view)[:, ::-1]
    )
