"""Models side by side: each asked about the same clips in a process of its own, and judged by the same measures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aisle.apps.apart import apart
from aisle.apps.contender import Asked, Contender, Terms, ask, prepare
from aisle.apps.judging import chosen
from aisle.core import AisleError, Dataset, Example, LabelSet, Progress, UnknownNameError, UsageError, silent
from aisle.data.check import usable
from aisle.data.contents import Contents
from aisle.data.views import as_clips
from aisle.deploy.head import seen_mark
from aisle.deploy.model import is_ready
from aisle.evaluate.counterparts import NamedReport, evaluate_named
from aisle.models.clip import clip_models

MANY = 12
"""Labels that an error or a note spells out."""

Names = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds a clip: half of the clips took at most `median`, 95 of 100 at most `p95`; of the median, `reading` went
    into decoding and what else makes pictures into views, `network` into the network. `videos_a_second` is of all.
    """

    median: float
    p95: float
    reading: float
    network: float
    videos_a_second: float


@dataclass(frozen=True, slots=True)
class Row:
    """One model. `report` is None where its weights are random; with `error` nothing else was found out."""

    model: str
    error: str = ""
    title: str = ""
    weights: str = ""
    runtime: str = ""
    views: str = ""
    report: NamedReport | None = None
    times: Times | None = None
    gflops: float | None = None
    parameters: float | None = None
    peak_memory: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """`rows` in the order the models were named; `dataset` has the clips that all were asked about, of `split`, or of
    all of it where that is empty.
    """

    rows: tuple[Row, ...]
    dataset: Dataset
    split: str
    notes: tuple[str, ...]


Listening = Callable[[str, str], Progress]
"""What is done with a model, and its name; the listener that hears how far it is."""


def _nobody(doing: str, name: str) -> Progress:
    del doing, name
    return silent


def compare(
    models: Sequence[str],
    dataset: Dataset,
    terms: Terms,
    scratch: Path,
    *,
    split: str | None = None,
    names: Names | None = None,
    listening: Listening = _nobody,
) -> Comparison:
    """All `models`, by name or folder, on the clips of `dataset` whose classes each trained one knows, by the same
    label or through `names`, and which none was trained on.

    What goes wrong with one model is told in its row. Raises UsageError for an empty split, and for models that know no
    class of the data, UnknownNameError for a name that there is not, InputError where no clip can be used.
    """
    _check_models(models)
    where, picked = chosen(dataset, split)
    sound = usable(picked)
    if not sound.examples:
        raise sound.problems[0]
    clips = as_clips(sound)
    ready: dict[str, Contender | AisleError] = {}
    for name in models:
        try:
            ready[name] = apart(prepare, name, terms, scratch, progress=listening("preparing", name))
        except AisleError as error:
            ready[name] = error
    contenders = [one for one in ready.values() if isinstance(one, Contender)]
    clips, notes = _common(clips, [one for one in contenders if one.trained], names or {})
    if sound.problems:
        notes.append(f"{len(sound.problems)} examples could not be used, for instance: {sound.problems[0]}")
    rows = tuple(_row(name, ready[name], clips, terms, names or {}, listening) for name in models)
    return Comparison(rows, clips, where, tuple(notes))


def _row(
    name: str, one: Contender | AisleError, clips: Dataset, terms: Terms, names: Names, listening: Listening
) -> Row:
    if isinstance(one, AisleError):
        return Row(name, error=str(one))
    try:
        asked = apart(ask, one, terms, clips.examples, progress=listening("asking", name))
    except AisleError as error:
        return Row(name, error=str(error))
    return Row(
        model=name,
        title=one.title,
        weights=one.weights,
        runtime=one.runtime,
        views=one.views,
        report=_judged(one, asked, clips.examples, names) if one.trained else None,
        times=times(asked),
        gflops=asked.gflops,
        parameters=one.parameters,
        peak_memory=asked.peak_memory,
    )


def times(asked: Asked) -> Times:
    """Of the clips one after the other, as they were asked."""
    whole = asked.reading_s + asked.network_s
    return Times(
        median=float(np.median(whole)),
        p95=float(np.quantile(whole, 0.95)),
        reading=float(np.median(asked.reading_s)),
        network=float(np.median(asked.network_s)),
        videos_a_second=float(len(whole) / whole.sum()),
    )


def _judged(one: Contender, asked: Asked, examples: Sequence[Example], names: Names) -> NamedReport:
    truth = [example.label for example in examples]
    meant = {label: known(label, one.labels, names) for label in dict.fromkeys(truth)}
    groups = [example.group for example in examples]
    return evaluate_named(asked.probabilities.astype(np.float64), truth, one.labels, meant, groups=groups)


def _check_models(models: Sequence[str]) -> None:
    """Raises UsageError for a model that is named twice, UnknownNameError for one that there is not."""
    if twice := sorted({name for name in models if models.count(name) > 1}):
        raise UsageError("a model is compared with others", got=f"{', '.join(twice)}, twice", do="name each once")
    for name in models:
        if name not in clip_models():
            is_ready(name)


# --- which clips


def known(label: str, labels: LabelSet, names: Names) -> tuple[str, ...]:
    """The labels of a model that mean the data's class `label`: those that `names` gives, else the same word."""
    given = tuple(name for name in names.get(label, ()) if name in labels.names)
    return given or ((label,) if label in labels.names else ())


def _common(clips: Dataset, trained: Sequence[Contender], names: Names) -> tuple[Dataset, list[str]]:
    """The clips that every trained model can be judged on, and what was left out."""
    labels = sorted({example.label for example in clips.examples})
    _check_names(names, trained)
    for one in trained:
        _check(one, labels, names)
    shared = [label for label in labels if all(known(label, one.labels, names) for one in trained)]
    if not shared:
        raise UsageError(
            "there is no class of the data that all of the models know",
            got=f"{', '.join(one.name for one in trained)}",
            do="compare fewer of them at once",
        )
    marks, contents = frozenset[str]().union(*(one.seen for one in trained)), Contents()
    fresh = [example for example in clips.examples if not marks or seen_mark(contents.of(example.path)) not in marks]
    kept = tuple(example for example in fresh if example.label in shared)
    gone = len(clips.examples) - len(fresh)
    if not kept:
        learnt = ", ".join(one.name for one in trained if one.seen)
        raise UsageError(
            "no clip is left to compare on",
            got=f"{len(clips.examples)}, of which {gone} are from videos that a model learnt from ({learnt or 'none'})",
            do="use other data; or train on data with a test split (a column `split`), which compare then takes alone",
        )
    notes = []
    if strange := sorted(set(names) - set(labels)):
        notes.append(f"the table of names has classes that these clips do not show: {_listed(strange)}")
    if len(shared) < len(labels):
        notes.append(
            f"{len(shared)} of the data's {len(labels)} classes are known to all models: {_listed(shared)}; clips of "
            "the others are left out"
        )
    if gone:
        notes.append(f"{gone} of {len(clips.examples)} clips are left out: a model was trained on their videos")
    return Dataset(
        clips.kind, clips.folder, "clips", LabelSet(tuple(shared)), kept, clips.grouped, clips.notes, clips.problems
    ), notes


def _check_names(names: Names, trained: Sequence[Contender]) -> None:
    """Raises UnknownNameError for a label that is none of any model's."""
    labels = {label for one in trained for label in one.labels}
    for label in (label for meant in names.values() for label in meant if trained):
        if label not in labels:
            raise UnknownNameError("label in the table of names", label, labels)


def _check(one: Contender, labels: Sequence[str], names: Names) -> None:
    """Raises UsageError for a model that knows no class of the data."""
    if not any(known(label, one.labels, names) for label in labels):
        raise UsageError(
            f"{one.name} knows no class of the data",
            got=f"the data's: {_listed(labels)}",
            allowed=f"the model's: {_listed(one.labels.names)}",
            do="say with --names CSV (class,label) which of the model's labels mean a class of the data",
        )


def _listed(labels: Sequence[str]) -> str:
    return ", ".join(labels[:MANY]) + (", ..." if len(labels) > MANY else "")
