from __future__ import annotations

import json
from pathlib import Path

import pytest

from aisle.apps import train_products, tuned_products
from aisle.deploy import product_package
from aisle.deploy.product_bundle import read_products
from goods import SIDE, make_lists, make_products, product, save, small_features

from .conftest import Run


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that is not fetched, and pictures of 64 pixels."""
    monkeypatch.setattr(product_package, "published_features", lambda **_: small_features())
    for module in (train_products, tuned_products):
        monkeypatch.setattr(module, "SIZE", SIDE)


def test_train_ask_judge_and_teach(aisle: Run, tmp_path: Path) -> None:
    data = make_products(tmp_path / "data")
    done = aisle("train", "-q", "--task", "products", "--data", data, "--out", tmp_path / "goods")
    assert done.code == 0, done.err
    assert "top1" in done.out
    card = read_products(tmp_path / "goods")
    assert card.model == "cosine"
    assert 0 <= card.measured["top1"] <= 1
    assert (tmp_path / "goods" / "report.html").is_file()

    told = json.loads(aisle("classify", data / "red/red-disc/0.png", "--json", "--model", tmp_path / "goods").out)
    assert told[0]["predictions"][0]["kind"] == "red"

    fresh = make_products(tmp_path / "fresh", 3, first=50)
    judged = aisle("evaluate", tmp_path / "goods", "--data", fresh, "--out", tmp_path / "judged")
    assert judged.code == 0, judged.err
    record = json.loads((tmp_path / "judged" / "metrics.json").read_text("utf-8"))
    assert record["clips"]["clips"] == 12
    assert record["coarse"] >= record["top1"] > 0.3
    assert record["cost"]["peak_memory"] > 0
    assert (tmp_path / "judged" / "report.html").is_file()

    more = make_products(tmp_path / "more", 1, ("blue",))
    base = ("train", "--task", "products", "--data", more, "--out", tmp_path / "both")
    taught = aisle(*base, "--extend", tmp_path / "goods")
    assert taught.code == 0, taught.err
    assert tuple(read_products(tmp_path / "both").labels) == (*card.labels, "blue-bar", "blue-disc")
    again = aisle("train", "--task", "products", "--data", more, "--out", tmp_path / "x", "--extend", tmp_path / "both")
    assert again.code == 2
    assert "knows these products already; got: blue-bar, blue-disc" in again.err


def test_seen_pictures_are_told(aisle: Run, tmp_path: Path) -> None:
    data = make_lists(tmp_path / "data")
    out = tmp_path / "goods"
    assert aisle("train", "-q", "--task", "products", "--data", data, "--out", out, "--model", "linear").code == 0
    split = aisle("evaluate", out, "--data", data, "--out", tmp_path / "one")
    assert "the validation split: 8 pictures" in split.out
    assert "trained on" not in split.err
    known = aisle("evaluate", out, "--data", data, "--out", tmp_path / "two", "--split", "train")
    assert "16 of 16 pictures are among those that it was trained on" in known.err


@pytest.mark.parametrize("model", ["prototypes", "finetune"])
def test_other_ways(aisle: Run, tmp_path: Path, model: str) -> None:
    out = tmp_path / model
    epochs = ("--epochs", 1) if model == "finetune" else ()
    data = make_lists(tmp_path / "data")
    done = aisle("train", "--task", "products", "--data", data, "--out", out, "--model", model, *epochs)
    assert done.code == 0, done.err
    card = read_products(out)
    assert card.trained_on.startswith("4 pictures" if model == "prototypes" else "16 pictures")
    assert bool(card.measured) == (model == "finetune")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--model", "linea"), "unknown recogniser of products; got: 'linea'"),
        (("--epochs", "3"), "only fine-tuning has epochs"),
        (("--kind", "clips"), "unknown layout of pictures of products; got: 'clips'"),
        (("--folds", "3"), "no options of a recogniser of products; got: --folds"),
        (("--model", "cosine", "--task", "product"), "unknown task; got: 'product'"),
    ],
)
def test_wrong_calls(aisle: Run, tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    data = make_products(tmp_path / "data", 1)
    done = aisle("train", "--task", "products", "--data", data, "--out", tmp_path / "out", *words)
    assert done.code == 2
    assert told in done.error
    assert not (tmp_path / "out").exists()


def test_one_product_is_refused(aisle: Run, tmp_path: Path) -> None:
    save(product("red", "disc", 1), tmp_path / "data" / "only" / "1.png")
    done = aisle("train", "-q", "--task", "products", "--data", tmp_path / "data", "--out", tmp_path / "out")
    assert done.code == 2
    assert "nothing to tell apart" in done.error


def test_a_folder_of_products_is_checked(aisle: Run, tmp_path: Path) -> None:
    data = make_lists(tmp_path / "data")
    assert aisle("data", "check", data).out.endswith("no problems\n")
    (data / "train/red/red-disc/0.png").write_bytes(b"")
    done = aisle("data", "check", data)
    assert done.code == 1
    assert "train.txt:1" in done.out


def test_strangers_are_told_when_judging(aisle: Run, tmp_path: Path) -> None:
    data = make_products(tmp_path / "data")
    assert aisle("train", "-q", "--task", "products", "--data", data, "--out", tmp_path / "goods").code == 0
    other = make_products(tmp_path / "other", 1, ("blue",))
    done = aisle("evaluate", "-q", tmp_path / "goods", "--data", other, "--out", tmp_path / "judged")
    assert done.code == 2
    assert "does not know blue-bar, blue-disc" in done.error
