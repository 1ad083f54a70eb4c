"""`aisle train --task products`: from pictures of products to a packaged recogniser, and one that learns new ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from aisle.apps.console import progress, remark, say
from aisle.apps.training import EVERY, Asked, Way
from aisle.apps.tuned_products import SIZE, Chosen, looked, tuned
from aisle.core import LabelSet, UnknownNameError, UsageError
from aisle.core.page import many

if TYPE_CHECKING:
    from aisle.core.pictures import PictureSet
    from aisle.deploy.product_bundle import ProductBundle
    from aisle.models.product_readout import Nearness
    from aisle.train.products import Learnt

DEFAULT, FINETUNE, PROTOTYPES = "cosine", "finetune", "prototypes"
NEARNESSES: dict[str, Nearness] = {
    DEFAULT: "angle",
    "linear": "distance",
    FINETUNE: "angle",
    PROTOTYPES: "angle",
}
TITLES = {
    DEFAULT: "nearest direction",
    "linear": "linear discriminants",
    FINETUNE: "fine-tuned, nearest direction",
    PROTOTYPES: "one picture each, nearest direction",
}
SAMPLES = 8
"""Pictures that the packaged network is compared on."""

NOT_FOR = "Prices and till slips: what is named is a guess from a picture."
LICENCE = "that of the pictures it was trained on; the image network: Apache-2.0"
NETWORK = "EfficientNet-Lite0 (ImageNet)"
BY_LOOK = (
    "Each picture was judged by a recogniser that had learnt from no picture that looks much like it, as pictures from "
    "another shop or another day do not."
)


def train(asked: Asked) -> None:
    """Reads the pictures, learns, says how good that is on pictures that look unlike, and packages."""
    if asked.extend is not None:
        _extend(asked)
        return
    name = asked.model or DEFAULT
    if name not in NEARNESSES:
        raise UnknownNameError("recogniser of products", name, NEARNESSES)
    if asked.epochs is not None and name != FINETUNE:
        got = f"--epochs with --model {name}"
        raise UsageError("only fine-tuning has epochs", got=got, allowed=f"--model {FINETUNE}", do="leave --epochs out")
    _learn(asked, name)


def _learn(asked: Asked, name: str) -> None:
    from aisle.data.picture_check import at_least_two, picture
    from aisle.deploy.product_bundle import NETWORK as FILE
    from aisle.deploy.product_package import convert, package_products, published_features
    from aisle.train.products import learn

    pictures = _read(asked)
    at_least_two(pictures)
    chosen = _chosen(pictures, name)
    with progress("preparing EfficientNet-Lite0", quiet=asked.quiet) as listener:
        network = published_features(progress=listener)
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        samples = [picture(one) for one in chosen.pictures[:: max(len(chosen.pictures) // SAMPLES, 1)][:SAMPLES]]
        apart = convert(network, SIZE, samples, folder)
        seen = looked(chosen.pictures, chosen.labels, folder, quiet=asked.quiet)
        if name == FINETUNE:
            aside = _aside(pictures, chosen)
            learnt, apart = tuned(asked, network, chosen, aside, seen, folder, samples)
        else:
            learnt = learn(seen, chosen.labels, chosen.coarse, NEARNESSES[name])
        with progress("packaging", quiet=asked.quiet):
            bundle = _bundle(asked, name, chosen, learnt, apart)
            complete = package_products(bundle, learnt.readout, folder / FILE, asked.out)
    _tell(asked, complete, learnt)


def _read(asked: Asked) -> PictureSet:
    """Tells what it holds; what is left out of it even to who wants no remarks."""
    from aisle.apps.datasets import picture_counts
    from aisle.data.picture_check import usable_pictures
    from aisle.data.picture_folder import open_pictures

    with progress("reading the pictures", quiet=asked.quiet) as listener:
        pictures = usable_pictures(open_pictures(asked.data, asked.kind), progress=listener)
    for problem in pictures.problems:
        remark(f"left out: {problem}")
    if not asked.quiet:
        for line in picture_counts(pictures).splitlines():
            remark(line)
    return pictures


def _chosen(pictures: PictureSet, name: str) -> Chosen:
    """Prototypes are clean pictures where there are some."""
    learnt = pictures.clean if name == PROTOTYPES and pictures.clean else pictures.to_learn().pictures
    used = {one.label for one in learnt}
    pairs = [(label, coarse) for label, coarse in zip(pictures.labels, pictures.coarse, strict=True) if label in used]
    return Chosen(tuple(learnt), LabelSet(tuple(label for label, _ in pairs)), tuple(coarse for _, coarse in pairs))


def _aside(pictures: PictureSet, chosen: Chosen) -> Chosen | None:
    """The validation split, to judge by, where there is one."""
    kept = tuple(one for one in pictures.pictures if one.split == "validation" and one.label in set(chosen.labels))
    return replace(chosen, pictures=kept) if kept else None


# --- the bundle


def _bundle(asked: Asked, name: str, chosen: Chosen, learnt: Learnt, apart: float) -> ProductBundle:
    from aisle.data.picture_check import mark
    from aisle.deploy.product_bundle import ProductBundle

    told = f"{len(chosen.pictures)} pictures of {len(chosen.labels)} products in {asked.data.resolve().name}"
    return ProductBundle(
        name=asked.out.name,
        title=f"{TITLES[name]} on {NETWORK}, {len(chosen.labels)} products",
        model=name,
        labels=chosen.labels,
        coarse=chosen.coarse,
        size=SIZE,
        nearness=learnt.readout.nearness,
        scale=learnt.readout.scale,
        threshold=round(learnt.threshold, 4),
        trained_on=asked.trained_on or told,
        not_for=asked.not_for or NOT_FOR,
        licence=asked.licence or LICENCE,
        apart=apart,
        seen=tuple(sorted({mark(one) for one in chosen.pictures})),
        measured=learnt.judged.measured() if learnt.judged else {},
    )


def _tell(asked: Asked, bundle: ProductBundle, learnt: Learnt) -> None:
    from aisle.apps.product_files import headlines, write_product_files
    from aisle.apps.verdicts import PAGE

    say(f"{bundle.name}: {bundle.title}")
    if learnt.judged is None:
        say("  it was not judged: no product has two pictures of which one could be kept aside")
    else:
        judged = many(int(learnt.judged.report.confusion.counts.sum()), "picture that looks", "pictures that look")
        say(f"  on {judged} unlike those that the judged recogniser had learnt from:")
        for figure, text in headlines(learnt.judged).items():
            say(f"  {figure:22}{text}")
        title = f"{bundle.name}, trained on {asked.data.resolve().name}"
        facts = {"Recogniser": bundle.title, "Learnt from": bundle.trained_on}
        write_product_files(asked.out, title, learnt.judged, facts=facts, notes=[BY_LOOK])
        say(f"{asked.out / PAGE}  (the figures, product by product)")
    say(f"aisle evaluate {asked.out} --data OTHER  (how good it is on pictures that it has not seen)")
    say(f"{asked.out}  (aisle classify PICTURE --model {asked.out})")


# --- new products


def _extend(asked: Asked) -> None:
    """Raises UsageError for products that the recogniser knows already."""
    from aisle.data.picture_check import mark
    from aisle.deploy.product_bundle import NETWORK as FILE
    from aisle.deploy.product_model import open_recogniser
    from aisle.deploy.product_package import package_products
    from aisle.train.products import added

    if asked.model is not None or asked.epochs is not None:
        got = ", ".join(sorted(asked.named & {"--model", "--epochs"}))
        raise UsageError("a recogniser that is extended stays as it is", got=got, do="leave them out")
    known = open_recogniser(asked.extend or "")
    pictures = _read(asked)
    new = _chosen(pictures, PROTOTYPES if not pictures.pictures else DEFAULT)
    if twice := sorted(set(new.labels) & set(known.labels)):
        do = "give the new ones other names, or train anew with all pictures"
        raise UsageError("the recogniser knows these products already", got=", ".join(twice), do=do)
    folder = Path(asked.extend or "")
    seen = looked(new.pictures, new.labels, folder, quiet=asked.quiet)
    old = known.bundle
    told = f"{len(new.pictures)} pictures of {', '.join(new.labels)} in {asked.data.resolve().name}"
    bundle = replace(
        old,
        name=asked.out.name,
        title=f"{old.title}, and {len(new.labels)} more",
        labels=LabelSet((*old.labels, *new.labels)),
        coarse=(*old.coarse, *new.coarse),
        trained_on=f"{old.trained_on}; and {asked.trained_on or told}",
        seen=tuple(sorted({*old.seen, *(mark(one) for one in new.pictures)})),
        measured={**old.measured, "before": f"figures are those of {len(old.labels)} products, before the others"},
    )
    complete = package_products(bundle, added(known.readout, seen, len(new.labels)), folder / FILE, asked.out)
    say(f"{complete.name}: {complete.title}")
    say(f"  learnt without training: {', '.join(new.labels)}")
    say(f"aisle evaluate {asked.out} --data OTHER  (how good it is now, on pictures that it has not seen)")


WAY = Way(
    "a recogniser of products",
    frozenset({*EVERY, "--extend"} - {"--resume", "--features", "--devices"}),
    train,
)
