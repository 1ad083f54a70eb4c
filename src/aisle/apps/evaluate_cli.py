"""`aisle evaluate`: how good a model is, or a table of predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aisle.apps.console import progress, remark, say
from aisle.core import MissingPartError, UsageError, exact

if TYPE_CHECKING:
    from aisle.apps.judging import Rules
    from aisle.core import Dataset
    from aisle.data.store import FeatureStore
    from aisle.deploy.model import Opened

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no remarks.")]

FORMS = "aisle evaluate BUNDLE --data DIR [--probe or --predict], or aisle evaluate --truth CSV --predicted CSV"


class Protocol(StrEnum):
    merl = "merl"


def evaluate(
    bundle: Annotated[
        str | None, typer.Argument(help="A name from `aisle models list`, or a bundle's folder.", metavar="BUNDLE")
    ] = None,
    data: Annotated[Path | None, typer.Option("--data", help="The dataset's folder, for a bundle.")] = None,
    truth: Annotated[Path | None, typer.Option(help="CSV: video,start,end,label in seconds.")] = None,
    predicted: Annotated[Path | None, typer.Option(help="CSV: video,start,end,label,score.")] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for the results; made if need be.")] = Path("evaluation"),
    split: Annotated[
        str | None, typer.Option(help="train, validation or test; default: test, where there are splits.")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="The dataset's layout; default: the one that fits.")] = None,
    features: Annotated[Path | None, typer.Option(help="Where features are kept; default: in the cache.")] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Compute features anew, and so measure what it costs.")
    ] = False,
    clips: Annotated[
        int | None,
        typer.Option(help="Stretches that a network of clips is shown of each; papers take 10. Default: all of it."),
    ] = None,
    crops: Annotated[int, typer.Option(help="Squares of each stretch: 1, in the middle, or 3 side by side.")] = 1,
    beta: Annotated[float, typer.Option(help="How much more recall counts than precision in F-beta.")] = 1.0,
    protocol: Annotated[Protocol, typer.Option(help="The rules of scoring timelines.")] = Protocol.merl,
    rate: Annotated[
        list[str] | None,
        typer.Option(help="Samples a second of timelines; repeat it. The protocol's own, 30, is always among them."),
    ] = None,
    probe: Annotated[
        bool,
        typer.Option(
            "--probe", help="How good a backbone's features are: read in simple ways, with ever fewer labels."
        ),
    ] = False,
    against: Annotated[
        list[str] | None,
        typer.Option(
            help="With --probe: another model to stand beside; repeat it. Default: kinetics-i3d where it is at hand."
        ),
    ] = None,
    fine_tune: Annotated[
        bool, typer.Option("--fine-tune", help="With --probe: train the network end to end too, which takes long.")
    ] = False,
    epochs: Annotated[int, typer.Option(min=1, help="With --fine-tune: of all labels; of fewer up to tenfold.")] = 10,
    predict: Annotated[
        bool,
        typer.Option(
            "--predict", help="How far its pictures are from those that came; without --data on moving shapes."
        ),
    ] = False,
    windows: Annotated[int, typer.Option(min=1, help="With --predict: stretches that are judged at most.")] = 1000,
    quiet: Quiet = False,
) -> None:
    """How good a model is on labelled video, or predicted timelines against the truth: figures, a page, a table."""
    from aisle.apps.judging import Rules
    from aisle.apps.judging_boxes import is_detector_name, judge_detector
    from aisle.apps.judging_pixels import judge_pixels
    from aisle.apps.judging_products import judge_products
    from aisle.apps.views import Views
    from aisle.deploy.product_bundle import is_products

    for_models = {"--split": split, "--kind": kind, "--features": features, "--fresh": fresh, "--beta": beta != 1.0}
    for_models |= {"--clips": clips is not None, "--crops": crops != 1}
    views = None if clips is None and crops == 1 else Views(1 if clips is None else clips, crops)
    rules = Rules(split, tuple(exact(one) for one in rate or ()), protocol.value, beta, fresh, views)
    for_probes = {"--against": against is not None, "--fine-tune": fine_tune, "--epochs": epochs != 10}
    if not probe:
        _refuse(for_probes, "only a probe has these options", "aisle evaluate BUNDLE --data DIR --probe")
    if not predict:
        _refuse({"--windows": windows != 1000}, "only pictures have windows", "aisle evaluate BUNDLE --predict")
    match bundle, data, truth, predicted:
        case str(), _, None, None if predict:
            _refuse({**for_models, "--probe": probe, "--kind": kind, "--rate": rate}, "pictures have no such options")
            judge_pixels(bundle, data, out, windows, quiet=quiet)
        case str(), Path(), None, None if probe:
            _refuse({**for_models, "--kind": 0, "--features": 0, "--rate": rate}, "a probe has none of these options")
            _probe(bundle, data, kind, features, against, out, tune=fine_tune, epochs=epochs, quiet=quiet)
        case str(), Path(), None, None if is_detector_name(bundle):
            judge_detector(bundle, data, kind, out, split, quiet=quiet)
        case str(), Path(), None, None if is_products(bundle):
            judge_products(bundle, data, kind, out, split, quiet=quiet)
        case str(), Path(), None, None:
            _judge(bundle, data, kind, features, out, rules, quiet=quiet)
        case None, None, Path(), Path():
            _refuse({**for_models, "--probe": probe}, "tables are judged as they are")
            _score(truth, predicted, out, rules, quiet=quiet)
        case _:
            given = {"BUNDLE": bundle, "--data": data, "--truth": truth, "--predicted": predicted}
            said = ", ".join(name for name, value in given.items() if value is not None)
            raise UsageError(
                "evaluate a model on data, or one table against another", got=said or "neither", allowed=FORMS
            )


def _refuse(options: Mapping[str, object], what: str, allowed: str = FORMS) -> None:
    given = [name for name, value in options.items() if value]
    if given:
        raise UsageError(what, got=", ".join(given), allowed=allowed, do="leave them out")


def _probe(
    name: str,
    data: Path,
    kind: str | None,
    features: Path | None,
    against: Sequence[str] | None,
    out: Path,
    *,
    tune: bool,
    epochs: int,
    quiet: bool,
) -> None:
    for package in ("torch", "lightning", "sklearn"):
        if find_spec(package) is None:
            raise MissingPartError("probing", name=package, extra="train")
    from aisle.analysis.outputs import prepare
    from aisle.apps.probe_files import table, write_probed
    from aisle.apps.probing import Asked, probed
    from aisle.apps.verdicts import METRICS, PAGE

    prepare(out)
    others = None if against is None else tuple(against)
    found = probed(Asked(name, data, kind, features, others, tune, epochs, quiet))
    write_probed(found, out)
    _note([*found.doubts, *found.notes], quiet=quiet)
    say(table(found))
    say(f"written to {out / METRICS} and {out / PAGE}")


def _judge(
    name: str, data: Path, kind: str | None, features: Path | None, out: Path, rules: Rules, *, quiet: bool
) -> None:
    from aisle.analysis.outputs import prepare
    from aisle.apps.figures import verdict
    from aisle.apps.judging import judge
    from aisle.apps.judging_anomalies import tells_unusual
    from aisle.apps.verdicts import METRICS, PAGE, PREDICTIONS, write_verdict
    from aisle.data.find import open_dataset
    from aisle.data.store import FeatureStore
    from aisle.deploy.cache import cache_folder
    from aisle.deploy.model import open_model

    dataset = open_dataset(data, kind)
    with progress(f"preparing {name}", quiet=quiet) as listener:
        model = open_model(name, progress=listener)
    prepare(out)
    store = FeatureStore(features or cache_folder() / "features")
    if tells_unusual(model):
        _judge_unusual(model, dataset, store, rules, out, quiet=quiet)
        return
    with progress(f"judging {model.name}", quiet=quiet) as listener:
        judged = judge(model, dataset, store, rules, progress=listener)
    _note(write_verdict(judged, out), quiet=quiet)
    say(verdict(judged))
    say(f"written to {out / METRICS}, {out / PAGE} and {out / PREDICTIONS}")


def _judge_unusual(
    model: Opened, dataset: Dataset, store: FeatureStore, rules: Rules, out: Path, *, quiet: bool
) -> None:
    from aisle.apps.figures import verdict
    from aisle.apps.judging_anomalies import judge_unusual_clips, judge_unusual_frames, judges_clips, told
    from aisle.apps.noticed_files import write_noticed
    from aisle.apps.verdicts import METRICS, PAGE, PREDICTIONS, write_verdict

    with progress(f"judging {model.name}", quiet=quiet) as listener:
        if judges_clips(model, dataset):
            judged, at_recall = judge_unusual_clips(model, dataset, store, rules, progress=listener)
            figures, notes = verdict(judged), write_verdict(judged, out, {"at_recall": at_recall.to_json()})
        else:
            noticed = judge_unusual_frames(model, dataset, store, rules, progress=listener)
            figures, notes = told(noticed), write_noticed(noticed, out)
    _note(notes, quiet=quiet)
    say(figures)
    say(f"written to {out / METRICS}, {out / PAGE} and {out / PREDICTIONS}")


def _score(truth: Path, predicted: Path, out: Path, rules: Rules, *, quiet: bool) -> None:
    from aisle.apps.figures import timelines
    from aisle.apps.scoring import score_tables
    from aisle.apps.verdicts import METRICS, PAGE

    with progress(f"scoring {predicted}", quiet=quiet) as listener:
        reports = score_tables(truth, predicted, out, rules.all_rates, rules.protocol, progress=listener)
    _note([note for report in reports for note in report.notes], quiet=quiet)
    say(timelines(reports))
    say(f"written to {out / METRICS} and {out / PAGE}")


def _note(notes: Sequence[str], *, quiet: bool) -> None:
    if not quiet:
        for note in dict.fromkeys(notes):
            remark(f"note: {note}")
