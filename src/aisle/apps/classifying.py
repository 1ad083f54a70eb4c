"""`aisle classify`: what each file shows, by whatever kind of bundle was named."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from aisle.apps.console import progress, say
from aisle.apps.one_by_one import Failures
from aisle.core import Prediction

Said = tuple[dict[str, Any], str]
"""Of a file: the record for programs, and the lines for people."""
Ask = Callable[[str], Said]


def classify_files(files: list[str], model: str, runtime: str | None, top: int, *, as_json: bool, quiet: bool) -> None:
    """Says the `top` likeliest labels of each. Raises what opening the model raises, and UsageError for a `runtime`
    where there is no choice.
    """
    from aisle.deploy.bundle import kind_of

    folder = Path(model)
    kind = kind_of(folder) if (folder / "card.json").is_file() else ""
    ask = _BY_KIND.get(kind, _of_actions)(model, runtime, top, quiet)
    done, failed = [], Failures()
    for file in files:
        with failed.noting(file):
            record, lines = ask(file)
            done.append(record)
            if not as_json:
                say(lines)
    if as_json:
        say(json.dumps(done, indent=2))
    failed.leave()


def _of_actions(model: str, runtime: str | None, top: int, quiet: bool) -> Ask:
    from aisle.apps.one_by_one import analyzed
    from aisle.apps.opening import opened
    from aisle.apps.show import classification, classification_json

    network = opened(model, runtime, quiet=quiet)

    def ask(video: str) -> Said:
        analysis = analyzed(video, network, quiet=quiet)
        return classification_json(analysis, top), classification(analysis, top)

    return ask


def _of_products(model: str, runtime: str | None, top: int, quiet: bool) -> Ask:
    from aisle.deploy.product_model import open_recogniser

    with progress(f"preparing {model}", quiet=quiet):
        recogniser = open_recogniser(model, runtime=runtime)

    def ask(file: str) -> Said:
        kinds = recogniser.coarse
        answers = recogniser([_picture(file)])[0][:top]
        said = [{"label": one.label, "kind": kinds.get(one.label), "probability": one.probability} for one in answers]
        return _said("picture", file, recogniser.bundle.name, said)

    return ask


def _of_pictures(model: str, runtime: str | None, top: int, quiet: bool) -> Ask:
    from aisle.deploy.labeller import open_labeller

    with progress(f"preparing {model}", quiet=quiet) as listener:
        labeller = open_labeller(model, runtime=runtime, progress=listener)

    def ask(file: str) -> Said:
        shares = labeller.probabilities([_picture(file)])[0]
        order = (-shares).argsort(kind="stable")[:top].tolist()
        answers = (Prediction(labeller.labels[at], float(shares[at])) for at in order)
        return _said("picture", file, labeller.bundle.name, _plain(answers))

    return ask


def _of_whole_videos(model: str, runtime: str | None, top: int, quiet: bool) -> Ask:
    from aisle.core import UsageError
    from aisle.deploy.video_class import open_video_classifier

    if runtime is not None:
        do = "leave --runtime out"
        raise UsageError("videos are described as they were when it learnt", got=f"--runtime {runtime}", do=do)
    with progress(f"preparing {model}", quiet=quiet) as listener:
        classifier = open_video_classifier(model, progress=listener)

    def ask(video: str) -> Said:
        with progress(video, quiet=quiet) as listener:
            answers = classifier(Path(video), progress=listener)[:top]
        return _said("video", video, classifier.bundle.name, _plain(answers))

    return ask


_BY_KIND: dict[str, Callable[[str, str | None, int, bool], Ask]] = {
    "pictures": _of_pictures,
    "products": _of_products,
    "video-class": _of_whole_videos,
}
"""By `aisle.deploy.bundle.kind_of`; any other kind, and any name, recognises actions or says that it does not."""


def _plain(answers: Iterable[Prediction]) -> list[dict[str, Any]]:
    return [{"label": one.label, "probability": one.probability} for one in answers]


def _said(what: str, file: str, model: str, answers: list[dict[str, Any]]) -> Said:
    rounded: list[Mapping[str, Any]] = [one | {"probability": round(one["probability"], 6)} for one in answers]
    lines = [file, *(f"  {one['probability']:6.1%}  {one['label']}" for one in answers)]
    return {what: file, "model": model, "predictions": rounded}, "\n".join(lines)


def _picture(file: str) -> Any:
    """Raises InputError for what is no picture."""
    from aisle.core.pictures import Pictured
    from aisle.data.picture_check import picture

    return picture(Pictured(file, Path(file), ""))
